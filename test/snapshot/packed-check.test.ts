// What a snapshot says is a packed collection is believed only when it is one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
} from '../../engine/keyspace/encodings.js';
import { PackedElement } from '../../engine/memory/packed-list.js';
import { PackedCheck } from '../../engine/snapshot/packed-check.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const SEED = { k0: 1, k1: 2 };
const MARGIN = 16;

type Element = string | number;

/** @returns entries behind their number; numbers are scores */
function packed(elements: readonly Element[], count = elements.length): Buffer {
  const out = Buffer.alloc(2 + elements.reduce<number>((sum, e) => sum + String(e).length + 20, 0));
  const view = viewOf(out);
  const entry = new PackedElement();
  let at = 2;
  view.setUint16(0, count, true);
  for (const element of elements) {
    if (typeof element === 'number') entry.setDouble(element);
    else entry.set(new ByteSlice().ofBuffer(Buffer.from(element, 'latin1')));
    at = entry.write(view, at);
  }
  return out.subarray(0, at);
}

function check(type: number, encoding: number, value: Buffer): string | null {
  // What stands before and after the value must not matter.
  const bytes = Buffer.concat([Buffer.alloc(MARGIN, 1), value, Buffer.alloc(MARGIN, 1)]);
  const kind = type | (encoding << 4);
  return new PackedCheck().problemWith(kind, bytes, viewOf(bytes), MARGIN, value.length, SEED);
}

const packedCheck = (type: number, value: Buffer): string | null =>
  check(type, ENCODING_LISTPACK, value);

const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `element ${i}`);

test('sound collections of every type and of many sizes are believed', () => {
  for (const count of [1, 2, 8, 9, 100, 5000]) {
    const elements = many(count);
    assert.equal(packedCheck(TYPE_LIST, packed(elements)), null);
    assert.equal(packedCheck(TYPE_LIST, packed(elements.map(() => 'same'))), null);
    assert.equal(packedCheck(TYPE_SET, packed(elements)), null);
    assert.equal(packedCheck(TYPE_HASH, packed(elements.flatMap((field) => [field, '7']))), null);
    const scored = elements.flatMap((member, i) => [member, i / 2]);
    assert.equal(packedCheck(TYPE_ZSET, packed(scored)), null);
  }
  assert.equal(packedCheck(TYPE_ZSET, packed(['a', 1, 'b', 1, 'b\0', 1, 'a0', 1.5])), null);
  assert.equal(
    packedCheck(TYPE_ZSET, packed(['a', -Infinity, 'b', -0, 'c', 0, 'd', Infinity])),
    null,
  );
});

test('what comes twice is refused, however many there are', () => {
  for (const count of [2, 8, 9, 100, 5000]) {
    const elements = many(count);
    elements[count - 1] = elements[0];
    assert.match(packedCheck(TYPE_SET, packed(elements)) ?? '', /twice/);
    assert.match(
      packedCheck(TYPE_HASH, packed(elements.flatMap((f, i) => [f, `${i}`]))) ?? '',
      /twice/,
    );
    assert.match(packedCheck(TYPE_ZSET, packed(elements.flatMap((m, i) => [m, i]))) ?? '', /twice/);
  }
});

test('disorder, scores that are none, odd numbers and wrong counts are refused', () => {
  assert.match(packedCheck(TYPE_ZSET, packed(['a', 2, 'b', 1])) ?? '', /order/);
  assert.match(packedCheck(TYPE_ZSET, packed(['b', 1, 'a', 1])) ?? '', /order/);
  assert.match(packedCheck(TYPE_ZSET, packed(['a', 'x'])) ?? '', /score is not a number/);
  assert.match(packedCheck(TYPE_ZSET, packed(['a', 1, 'b'])) ?? '', /well-formed/);
  assert.match(packedCheck(TYPE_HASH, packed(['a', 'b', 'c'])) ?? '', /well-formed/);
  assert.match(packedCheck(TYPE_SET, packed([1.5])) ?? '', /well-formed/);
  assert.match(packedCheck(TYPE_LIST, packed([])) ?? '', /empty/);
  assert.match(packedCheck(TYPE_LIST, packed(['a'], 2)) ?? '', /well-formed/);
  assert.match(packedCheck(TYPE_LIST, packed(['a', 'b'], 1)) ?? '', /well-formed/);
  assert.match(packedCheck(TYPE_LIST, Buffer.from([1])) ?? '', /well-formed/);
});

/** @returns an intset of 16-bit, 32-bit or 64-bit integers */
function intset(width: number, values: readonly number[]): Buffer {
  const out = Buffer.alloc(1 + width * values.length);
  out[0] = width;
  values.forEach((value, i) => {
    if (width === 8) out.writeBigInt64LE(BigInt(value), 1 + i * 8);
    else out.writeIntLE(value, 1 + i * width, width);
  });
  return out;
}

test('an intset has integers of one width, from low to high', () => {
  for (const width of [2, 4, 8]) {
    const ask = (values: number[]): string | null =>
      check(TYPE_SET, ENCODING_INTSET, intset(width, values));
    assert.equal(ask([5]), null);
    assert.equal(ask([-300, -1, 0, 1, 255, 256, 30_000]), null);
    assert.match(ask([1, 1]) ?? '', /order/);
    assert.match(ask([1, 0]) ?? '', /order/);
    assert.match(ask([0, -1]) ?? '', /order/);
    assert.match(ask([]) ?? '', /empty/);
  }
  const wide = [-(2 ** 40), -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
  assert.equal(check(TYPE_SET, ENCODING_INTSET, intset(8, wide)), null);
  assert.match(check(TYPE_SET, ENCODING_INTSET, intset(8, [...wide, 2 ** 31])) ?? '', /order/);
  assert.match(check(TYPE_SET, ENCODING_INTSET, Buffer.from([3, 1, 2, 3])) ?? '', /3 bytes/);
  assert.match(check(TYPE_SET, ENCODING_INTSET, Buffer.from([2, 1, 0, 2])) ?? '', /well-formed/);
});

test('random changes are refused or harmless, at every length', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const sound = packed(['', '12', 'x'.repeat(70), 1.5, 'y'.repeat(300), 1e100]);
  for (let run = 0; run < 40_000; run++) {
    const value = Buffer.from(sound.subarray(0, randomBelow(random, sound.length + 1)));
    const changes = randomBelow(random, 4);
    for (let i = 0; i < changes && value.length > 0; i++) {
      value[randomBelow(random, value.length)] = random.next32() & 255;
    }
    for (const type of [TYPE_LIST, TYPE_SET, TYPE_ZSET, TYPE_HASH]) {
      const problem = packedCheck(type, value);
      assert.ok(problem === null || problem.length > 10, `seed ${seed}, run ${run}`);
    }
  }
});
