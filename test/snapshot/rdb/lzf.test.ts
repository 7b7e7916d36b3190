// LZF: round trips, exact limits of room, and hostile streams.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lzfCompress, lzfDecompress } from '../../../engine/snapshot/rdb/lzf.js';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';

const GUARD = 0xee;

/** Bytes that repeat earlier ones at many distances, some beyond what LZF reaches. */
function repetitive(random: SeededRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let i = 0;
  while (i < length) {
    let run = 1 + randomBelow(random, 300);
    const back = i > 4 && random.next32() % 3 > 0 ? 1 + randomBelow(random, Math.min(i, 10000)) : 0;
    for (; run > 0 && i < length; run--, i++) {
      bytes[i] = back > 0 ? bytes[i - back] : random.next32();
    }
  }
  return bytes;
}

function compress(bytes: Uint8Array, room: number): Uint8Array | null {
  const from = new Uint8Array(bytes.length + 10).fill(GUARD);
  from.set(bytes, 5);
  const to = new Uint8Array(room + 9).fill(GUARD);
  const length = lzfCompress(from, 5, bytes.length, to, 3, room);
  assert.ok(length <= room);
  for (const i of [0, 1, 2]) assert.equal(to[i], GUARD);
  for (let i = room + 4; i < to.length; i++) assert.equal(to[i], GUARD);
  return length === 0 ? null : to.slice(3, 3 + length);
}

function decompress(stream: Uint8Array, length: number): Uint8Array | null {
  const to = new Uint8Array(length + 4).fill(GUARD);
  const whole = lzfDecompress(stream, 0, stream.length, to, 2, length);
  for (const i of [0, 1, length + 2, length + 3]) assert.equal(to[i], GUARD);
  return whole ? to.slice(2, 2 + length) : null;
}

test('what is compressed expands to the same bytes', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 400; round++) {
    const limit = round % 40 === 0 ? 200000 : 5000;
    const bytes = repetitive(random, 1 + randomBelow(random, limit));
    const stream = compress(bytes, bytes.length + (bytes.length >> 4) + 8);
    assert.ok(stream !== null, `seed ${seed}, round ${round}`);
    assert.deepEqual(decompress(stream, bytes.length), bytes, `seed ${seed}, round ${round}`);
  }
});

test('the result is given up exactly when it does not fit', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 100; round++) {
    const bytes = repetitive(random, 1 + randomBelow(random, 600));
    const fitting: number[] = [];
    for (let room = 0; room <= bytes.length + 30; room++) {
      const stream = compress(bytes, room);
      if (stream === null) continue;
      fitting.push(room);
      assert.deepEqual(decompress(stream, bytes.length), bytes, `seed ${seed}, round ${round}`);
    }
    assert.ok(fitting.length > 0, `seed ${seed}, round ${round}`);
    assert.equal(fitting.length, bytes.length + 31 - fitting[0], `seed ${seed}, round ${round}`);
  }
});

test('the table of one input never leaks into the next', () => {
  const first = Uint8Array.from({ length: 100 }, (_, i) => i);
  const alone = compress(first, 200);
  for (let round = 0; round < 5; round++) assert.deepEqual(compress(first, 200), alone);
});

test('streams that lie about lengths and places are refused', () => {
  const bad: [string, number[], number][] = [
    ['literals cut off', [4, 1, 2], 5],
    ['more literals than asked for', [2, 1, 2, 3], 2],
    ['fewer bytes than asked for', [0, 1], 2],
    ['reference before the start', [0, 1, 0x20, 1], 4],
    ['reference with no first byte', [0x20, 0], 3],
    ['reference cut off', [0, 1, 0x20], 4],
    ['long reference cut off', [0, 1, 0xe0], 10],
    ['long reference without its offset', [0, 1, 0xe0, 0], 10],
    ['reference past the end', [0, 1, 0xe0, 255, 0], 20],
    ['nothing at all', [], 1],
  ];
  for (const [name, stream, length] of bad) {
    assert.equal(decompress(Uint8Array.from(stream), length), null, name);
  }
  assert.deepEqual(decompress(Uint8Array.of(0, 7, 0x20, 0), 4), Uint8Array.of(7, 7, 7, 7));
});

test('random streams never write outside their range', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 20000; round++) {
    const stream = Uint8Array.from({ length: randomBelow(random, 24) }, () => random.next32());
    const result = decompress(stream, randomBelow(random, 64));
    assert.ok(result === null || stream.length > 0 || result.length === 0, `seed ${seed}`);
  }
});
