// The keyed hash against a second implementation in BigInt, and its spread.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashBytes } from '../../engine/memory/hash.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const MASK = 0xffffffffn;

function rotated(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (32n - bits))) & MASK;
}

/** HalfSipHash with one and three rounds, straight from its definition. */
function reference(k0: bigint, k1: bigint, message: Buffer): number {
  let [v0, v1, v2, v3] = [k0, k1, 0x6c796765n ^ k0, 0x74656462n ^ k1];
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v1 = rotated(v1, 5n) ^ v0;
    v0 = rotated(v0, 16n);
    v2 = (v2 + v3) & MASK;
    v3 = rotated(v3, 8n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotated(v3, 7n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotated(v1, 13n) ^ v2;
    v2 = rotated(v2, 16n);
  };
  const padded = Buffer.alloc((message.length & ~3) + 4);
  message.copy(padded);
  padded[padded.length - 1] = message.length & 0xff;
  for (let at = 0; at < padded.length; at += 4) {
    const word = BigInt(padded.readUInt32LE(at));
    v3 ^= word;
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return Number(BigInt.asIntN(32, v1 ^ v3));
}

test('hashes are HalfSipHash-1-3 for every length and alignment', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 2000; run++) {
    const length = run < 300 ? run : randomBelow(random, 40);
    const at = randomBelow(random, 9);
    const bytes = Buffer.from(Array.from({ length: at + length + 3 }, () => random.next32() & 255));
    const k0 = random.next32();
    const k1 = random.next32();
    const expected = reference(BigInt(k0), BigInt(k1), bytes.subarray(at, at + length));
    assert.equal(
      hashBytes({ k0, k1 }, viewOf(bytes), at, length),
      expected,
      `seed ${seed}, run ${run}`,
    );
    assert.equal(hashBytes({ k0: k0 | 0, k1: k1 | 0 }, viewOf(bytes), at, length), expected);
    assert.equal(expected, expected | 0);
  }
});

test('the hashes of similar keys are spread evenly, from the top bits to the lowest', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const hashSeed = { k0: random.next32() | 0, k1: random.next32() | 0 };
  const keys = 1 << 17;
  for (const shift of [0, 8, 16, 24]) {
    const counts = new Int32Array(256);
    for (let i = 0; i < keys; i++) {
      const key = Buffer.from(`key:${i}`);
      counts[(hashBytes(hashSeed, viewOf(key), 0, key.length) >>> shift) & 255]++;
    }
    const expected = keys / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: 400 is passed once in a hundred million runs.
    assert.ok(chiSquare < 400, `seed ${seed}, shift ${shift}: chi square ${chiSquare}`);
  }
});

test('another seed gives unrelated hashes', () => {
  const key = viewOf(Buffer.from('the same key'));
  let equalBits = 0;
  const runs = 20000;
  for (let i = 0; i < runs; i++) {
    const a = hashBytes({ k0: i, k1: 0 }, key, 0, key.byteLength);
    const b = hashBytes({ k0: i + 1, k1: 0 }, key, 0, key.byteLength);
    for (let bit = 0; bit < 32; bit++) if (((a ^ b) & (1 << bit)) === 0) equalBits++;
  }
  assert.ok(Math.abs(equalBits / (runs * 32) - 0.5) < 0.01, `${equalBits} equal bits`);
});
