// Both implementations of CRC-32 must agree for every length and seed, or files written on one
// machine would be damaged on another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import crc from 'crc-32';
import { crc32, frameHeaderCrc32 } from '../../engine/log/crc.js';
import { SeededRandom } from '../../engine/util/random.js';

test('crc-32 and zlib give the same checksum for any range and seed', () => {
  const random = new SeededRandom(42);
  const bytes = Buffer.alloc(5000);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.next32();
  for (let length = 0; length < 600; length++) {
    const seed = random.next32();
    const from = random.next32() % 4000;
    const range = bytes.subarray(from, from + length);
    const expected = crc.buf(range, seed) >>> 0;
    assert.equal(crc32(bytes, from, from + length, seed), expected);
    if (typeof zlib.crc32 === 'function') assert.equal(zlib.crc32(range, seed), expected);
    assert.equal(
      frameHeaderCrc32(bytes, from, seed),
      crc.buf(bytes.subarray(from, from + 28), seed) >>> 0,
    );
  }
});

test('the checksum is the well-known CRC-32', () => {
  const bytes = Buffer.from('123456789');
  assert.equal(crc32(bytes, 0, bytes.length, 0), 0xcbf43926);
});
