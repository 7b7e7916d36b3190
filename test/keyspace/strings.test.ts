// Strings come back byte for byte, under the encoding that OBJECT ENCODING is to report.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENCODING_NAMES } from '../../engine/keyspace/encodings.js';
import {
  integerHigh,
  integerLow,
  putInteger64,
  putRawString,
} from '../../engine/keyspace/strings.js';
import { CHUNK_SHIFT, NO_REF } from '../../engine/memory/chunks.js';
import { valueAtOf } from '../../engine/memory/record.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { get, keyArgs, makeKeyspace, put, stringOf } from './key-writer.js';

const CASES: readonly (readonly [value: string, encoding: string])[] = [
  ['0', 'int'],
  ['-1', 'int'],
  ['9223372036854775807', 'int'],
  ['-9223372036854775808', 'int'],
  ['9223372036854775808', 'embstr'],
  ['-0', 'embstr'],
  ['007', 'embstr'],
  ['+7', 'embstr'],
  [' 7', 'embstr'],
  ['7 ', 'embstr'],
  ['1.0', 'embstr'],
  ['', 'embstr'],
  ['\xff\x00\xfe', 'embstr'],
  ['a'.repeat(44), 'embstr'],
  ['a'.repeat(45), 'raw'],
  ['\x80'.repeat(70000), 'raw'],
];

test('each string has the encoding Redis gives it and comes back unchanged', () => {
  const [db] = makeKeyspace(1).databases;
  for (const [value, encoding] of CASES) {
    for (const [before] of CASES) {
      put(db, 'key', before);
      const ref = put(db, 'key', value);
      assert.equal(
        ENCODING_NAMES[db.encodingOf(ref)],
        encoding,
        JSON.stringify(value.slice(0, 50)),
      );
      assert.equal(get(db, 'key'), value);
    }
  }
  assert.equal(db.count, 1);
});

test('64-bit integers keep both halves', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const [db] = makeKeyspace(seed).databases;
  for (let i = 0; i < 5000; i++) {
    const low = random.next32() | 0;
    const high = randomBelow(random, 2) === 0 ? random.next32() | 0 : low >> 31;
    const args = keyArgs(`key:${i % 50}`);
    const ref = putInteger64(db, db.lookupWrite(args, 0), args, 0, low, high, false);
    assert.equal(integerLow(db, ref), low);
    assert.equal(integerHigh(db, ref), high);
    const expected = (BigInt(high) << 32n) | BigInt(low >>> 0);
    assert.equal(stringOf(db, ref), String(expected), `seed ${seed}`);
  }
});

test('raw strings stay bytes even when they spell a number', () => {
  const [db] = makeKeyspace(1).databases;
  const args = keyArgs('key');
  assert.equal(db.lookupWrite(args, 0), NO_REF);
  const ref = putRawString(db, NO_REF, args, 0, 3, false);
  db.arena.bytes[ref >>> CHUNK_SHIFT].write('123', valueAtOf(db.arena, ref), 'latin1');
  assert.equal(ENCODING_NAMES[db.encodingOf(ref)], 'raw');
  assert.equal(get(db, 'key'), '123');
});
