// CRC-64/Jones: its check value, and that pieces and offsets do not matter.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crc64 } from '../../../engine/snapshot/rdb/crc64.js';
import { latin1Bytes } from '../../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';

/** The definition, bit by bit. */
function plainCrc(bytes: Uint8Array): bigint {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x95ac9329ac4bc9b5n : 0n);
  }
  return crc;
}

function value(crc: Crc64): bigint {
  return (BigInt(crc.high >>> 0) << 32n) | BigInt(crc.low >>> 0);
}

test('the check value is that of CRC-64/Jones', () => {
  const crc = new Crc64();
  crc.update(latin1Bytes('x123456789x'), 1, 9);
  assert.equal(value(crc), 0xe9c6d914c4b8d9can);
  crc.reset();
  assert.equal(value(crc), 0n);
});

test('bytes in pieces sum up as bytes at once, and as the definition says', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const bytes = Uint8Array.from({ length: randomBelow(random, 200) }, () => random.next32());
    const crc = new Crc64();
    let at = 0;
    while (at < bytes.length) {
      const length = 1 + randomBelow(random, bytes.length - at);
      crc.update(bytes, at, length);
      at += length;
    }
    assert.equal(value(crc), plainCrc(bytes), `seed ${seed}, round ${round}`);
  }
});
