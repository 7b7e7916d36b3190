// Large collections as bytes: what is written loads as it was, and no payload, however damaged,
// does more than be reported.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ENCODING_HASHTABLE,
  ENCODING_QUICKLIST,
  ENCODING_SKIPLIST,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
} from '../../engine/keyspace/encodings.js';
import { Keyspace } from '../../engine/keyspace/keyspace.js';
import { PackedElement } from '../../engine/memory/packed-list.js';
import { ElementCommands } from '../../engine/snapshot/element-commands.js';
import { LargeCommands } from '../../engine/snapshot/large-commands.js';
import { FRAME_SNAPSHOT_LARGE } from '../../engine/snapshot/snapshot-format.js';
import { SnapshotReader } from '../../engine/snapshot/snapshot-reader.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { contentsOf } from '../support/keyspace-contents.js';

const KIND = {
  list: TYPE_LIST | (ENCODING_QUICKLIST << 4),
  set: TYPE_SET | (ENCODING_HASHTABLE << 4),
  hash: TYPE_HASH | (ENCODING_HASHTABLE << 4),
  zset: TYPE_ZSET | (ENCODING_SKIPLIST << 4),
};
const DEADLINE = 1_893_456_000_000;

const text = (word: string): Buffer => Buffer.from(word, 'latin1');
/** A length below 128 and what has it. */
const counted = (word: string): Buffer => Buffer.concat([Buffer.from([word.length]), text(word)]);

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function head(number: number, kind: number, count: number, key = 'key'): Buffer {
  return Buffer.concat([Buffer.from([number, 0, 0, kind, 0, 1, 2, 3, count]), counted(key)]);
}

function elements(number: number, tag: number, ...items: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([number, tag, items.length, 0]), ...items]);
}

const member = counted;
const scored = (score: number, word: string): Buffer =>
  Buffer.concat([double(score), counted(word)]);

function field(name: string, value: string, deadlineMs = -1): Buffer {
  const has = deadlineMs >= 0;
  const lengths = Buffer.from([name.length * 2 + (has ? 1 : 0), value.length]);
  return Buffer.concat([lengths, has ? double(deadlineMs) : text(''), text(name), text(value)]);
}

function run(number: number, tag: number, ...words: readonly string[]): Buffer {
  const packed = Buffer.alloc(1000);
  let at = 0;
  for (const word of words) {
    const entry = new PackedElement().set(new ByteSlice().ofBuffer(text(word)));
    at = entry.write(viewOf(packed), at);
  }
  const begin = Buffer.from([number, tag, words.length, 0, at]);
  return Buffer.concat([begin, packed.subarray(0, at)]);
}

function makeKeyspace(): Keyspace {
  const random = new SeededRandom(1);
  const keyspace = new Keyspace({ databases: 2, seed: { k0: 1, k1: 2 }, random, now: 1000 });
  keyspace.expiresKeys = false;
  return keyspace;
}

/** @returns what loading says of one payload, and of the end after it */
function problemOf(payload: Buffer, keyspace = makeKeyspace()): string | null {
  const reader = new SnapshotReader(keyspace);
  // What stands around the payload must not matter.
  const bytes = Buffer.concat([Buffer.alloc(8, 1), payload, Buffer.alloc(8, 1)]);
  const problem = reader.read(bytes, 8, 8 + payload.length, FRAME_SNAPSHOT_LARGE);
  return problem ?? reader.finish();
}

const SOUND: Record<keyof typeof KIND, Buffer> = {
  list: Buffer.concat([
    head(1, KIND.list, 4),
    run(1, 1, 'a', '12'),
    run(1, 2, 'a', 'x'.repeat(70)),
  ]),
  set: Buffer.concat([
    head(1, KIND.set, 3),
    elements(1, 1, member('a')),
    elements(1, 2, member(''), member('b')),
  ]),
  hash: Buffer.concat([
    head(1, KIND.hash, 2),
    elements(1, 1, field('f', 'v', DEADLINE), field('', '')),
    elements(1, 2),
  ]),
  zset: Buffer.concat([
    head(1, KIND.zset, 3),
    elements(1, 2, scored(2, 'b'), scored(-0, 'c'), scored(2, 'a')),
  ]),
};

test('sound entries load in the form that their kind names', () => {
  const wanted = {
    list: `list -1\na\n12\na\n${'x'.repeat(70)}`,
    set: '2 5 -1\n\na\nb',
    hash: `4 5 -1\n  -1\nf v ${DEADLINE}`,
    zset: '3 7 -1\nc -0\na 2\nb 2',
  };
  for (const type of ['list', 'set', 'hash', 'zset'] as const) {
    const keyspace = makeKeyspace();
    assert.equal(problemOf(SOUND[type], keyspace), null);
    assert.equal(contentsOf(keyspace)[0].get('key'), wanted[type]);
    assert.equal(keyspace.dirty, 0);
  }
});

test('values may alternate, and their batches may be empty', () => {
  const keyspace = makeKeyspace();
  const payload = Buffer.concat([
    head(1, KIND.zset, 2, 'one'),
    elements(1, 1, scored(7, 'x')),
    head(2, KIND.list, 2, 'two'),
    elements(1, 1),
    run(2, 1, 'head'),
    elements(1, 2, scored(5, 'y')),
    run(2, 1),
    run(2, 2, 'tail'),
  ]);
  assert.equal(problemOf(payload, keyspace), null);
  const [contents] = contentsOf(keyspace);
  assert.equal(contents.get('one'), '3 7 -1\ny 5\nx 7');
  assert.equal(contents.get('two'), 'list -1\nhead\ntail');
});

test('what cannot be is named', () => {
  const set = head(1, KIND.set, 2);
  const cases: [RegExp, Buffer][] = [
    [/do not end/, set],
    [/do not end/, Buffer.concat([set, elements(1, 1, member('a'), member('b'))])],
    [/fewer elements/, Buffer.concat([set, elements(1, 2, member('a'))])],
    [/more elements/, Buffer.concat([set, elements(1, 2, member('a'), member('b'), member('c'))])],
    [/member is there twice/, Buffer.concat([set, elements(1, 2, member('a'), member('a'))])],
    [
      /field is there twice/,
      Buffer.concat([head(1, KIND.hash, 2), elements(1, 2, field('a', '1'), field('a', '2'))]),
    ],
    [
      /member is there twice/,
      Buffer.concat([head(1, KIND.zset, 2), elements(1, 2, scored(1, 'a'), scored(2, 'a'))]),
    ],
    [/no key/, elements(1, 2, member('a'))],
    [/no key/, Buffer.concat([SOUND.set, elements(1, 2, member('c'))])],
    [/large value 2 comes after large value 0/, head(2, KIND.set, 1)],
    [
      /large value 1 comes after large value 1/,
      Buffer.concat([set, head(1, KIND.set, 1, 'other')]),
    ],
    [/key is there twice/, Buffer.concat([set, head(2, KIND.set, 1)])],
    [/empty/, head(1, KIND.set, 0)],
    [/kind 50/, head(1, 0x32, 1)],
    [/unknown tag 3/, elements(1, 3)],
    [
      /score is not a number/,
      Buffer.concat([head(1, KIND.zset, 1), elements(1, 2, scored(Number.NaN, 'a'))]),
    ],
    [
      /impossible deadline 0.5/,
      Buffer.concat([head(1, KIND.hash, 1), elements(1, 2, field('f', 'v', 0.5))]),
    ],
    [
      /not well-formed/,
      Buffer.concat([head(1, KIND.list, 1), Buffer.from([1, 2, 1, 0, 2, 0x81, 0x61])]),
    ],
    [/database 7/, Buffer.from([1, 0, 7, KIND.set, 0, 1, 2, 3, 1, 1, 0x61])],
    [/shape 2/, Buffer.from([1, 0, 0, KIND.set, 2, 1, 2, 3, 1, 1, 0x61])],
    [/among the keys|unknown kind|large value has the kind/, head(1, 0xff, 1)],
  ];
  for (const [wanted, payload] of cases) assert.match(problemOf(payload) ?? 'nothing', wanted);
});

test('a payload that ends too early is reported, at every length', () => {
  for (const payload of Object.values(SOUND)) {
    for (let length = 1; length < payload.length; length++) {
      const problem = problemOf(payload.subarray(0, length));
      assert.ok(problem !== null && problem.length > 10, `${length} bytes: ${problem}`);
    }
  }
});

test('random changes never throw, neither loading nor printing', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const payloads = Object.values(SOUND);
  for (let attempt = 0; attempt < 20_000; attempt++) {
    const payload = Buffer.from(payloads[attempt % payloads.length]);
    for (let changes = 1 + randomBelow(random, 3); changes > 0; changes--) {
      payload[randomBelow(random, payload.length)] = random.next32() & 255;
    }
    const keyspace = makeKeyspace();
    const problem = problemOf(payload, keyspace);
    assert.ok(problem === null || problem.length > 10, `seed ${seed}, attempt ${attempt}`);
    if (problem === null) contentsOf(keyspace);
    new LargeCommands(new ElementCommands(() => undefined)).take(payload, 0, payload.length);
  }
});
