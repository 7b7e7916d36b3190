// The arena under random use: blocks keep their content, never overlap, and every byte handed out
// is counted; and what large blocks, emptied chunks and exhaustion do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import {
  ArenaFullError,
  CHUNK_BYTES,
  CHUNK_SHIFT,
  CHUNKS_MAX,
  Chunks,
  type Ref,
  UNIT_MASK,
} from '../../engine/memory/chunks.js';
import { SpanHeap } from '../../engine/memory/span-heap.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const MIB = 1024 * 1024;

interface Block {
  readonly ref: Ref;
  readonly size: number;
  readonly fill: number;
}

function viewOf(arena: Arena, ref: Ref, size: number): Buffer {
  const at = (ref & UNIT_MASK) << 3;
  return arena.bytes[ref >>> CHUNK_SHIFT].subarray(at, at + size);
}

/** Writes the whole capacity, so that an overlap damages a neighbour. */
function allocateFilled(arena: Arena, size: number, fill: number): Block {
  const ref = arena.allocate(size);
  const capacity = arena.capacity(ref);
  assert.notEqual(ref, 0);
  assert.equal(ref, ref | 0);
  assert.ok(capacity >= size, `capacity ${capacity} for ${size}`);
  assert.equal(capacity, Arena.capacityFor(size));
  const view = viewOf(arena, ref, capacity);
  assert.equal(view.length, capacity, 'the view covers the whole block');
  view.fill(fill);
  return { ref, size, fill };
}

function check(arena: Arena, block: Block): void {
  const view = viewOf(arena, block.ref, arena.capacity(block.ref));
  assert.equal(view[0], block.fill);
  assert.equal(view[view.length - 1], block.fill);
  assert.ok(view.equals(Buffer.alloc(view.length, block.fill)), `block of ${block.size} damaged`);
}

/** Mostly small, sometimes up to a MiB. */
function randomSize(random: SeededRandom): number {
  const kind = randomBelow(random, 100);
  if (kind < 60) return 1 + randomBelow(random, 128);
  if (kind < 85) return 1 + randomBelow(random, 2048);
  if (kind < 97) return 1 + randomBelow(random, 16 * 1024);
  return 1 + randomBelow(random, MIB);
}

test('blocks never overlap and used bytes are exact under random use', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const arena = new Arena();
  const live: Block[] = [];
  let used = 0;
  for (let step = 0; step < 24000; step++) {
    // Waves: grow to thousands of blocks, then shrink to few.
    const grows = (step >> 12) % 2 === 0 ? 70 : 30;
    if (live.length === 0 || randomBelow(random, 100) < grows) {
      const block = allocateFilled(arena, randomSize(random), step & 255);
      used += arena.capacity(block.ref);
      live.push(block);
    } else {
      const index = randomBelow(random, live.length);
      const block = live[index];
      check(arena, block);
      used -= arena.capacity(block.ref);
      arena.free(block.ref);
      live[index] = live[live.length - 1];
      live.pop();
    }
    assert.equal(arena.usedBytes, used, `seed ${seed}, step ${step}`);
  }
  for (const block of live) {
    check(arena, block);
    arena.free(block.ref);
  }
  assert.equal(arena.usedBytes, 0, `seed ${seed}`);
  assert.equal(arena.fragmentedBytes, 0, `seed ${seed}`);
});

test('every size up to the largest slab block gets what it asks for with little waste', () => {
  const arena = new Arena();
  for (let size = 1; size <= 17000; size++) {
    const capacity = Arena.capacityFor(size);
    assert.ok(capacity >= size && capacity % 8 === 0);
    if (size >= 64 && size <= 16384)
      assert.ok(capacity <= size * 1.125 + 8, `${size}: ${capacity}`);
    if (size % 97 !== 0) continue;
    const ref = arena.allocate(size);
    assert.equal(arena.capacity(ref), capacity);
    arena.free(ref);
  }
  assert.equal(arena.usedBytes, 0);
});

test('blocks of several MiB, above half a chunk and above a chunk live beside small ones', () => {
  const arena = new Arena();
  const sizes = [3 * MIB, 31 * MIB, 33 * MIB, 5 * MIB, CHUNK_BYTES + 1, 40, 64 * MIB, 130 * MIB];
  const blocks = sizes.map((size, i) => allocateFilled(arena, size, i + 1));
  blocks.push(allocateFilled(arena, 16, 99));
  const used = blocks.reduce((sum, block) => sum + arena.capacity(block.ref), 0);
  assert.equal(arena.usedBytes, used);
  for (const block of blocks) check(arena, block);
  for (const i of [4, 2, 7]) arena.free(blocks[i].ref);
  const again = allocateFilled(arena, 100 * MIB, 77);
  for (const i of [0, 1, 3, 5, 6, 8]) check(arena, blocks[i]);
  check(arena, again);
  arena.free(again.ref);
  for (const i of [0, 1, 3, 5, 6, 8]) arena.free(blocks[i].ref);
  assert.equal(arena.usedBytes, 0);
  assert.ok(arena.reservedBytes <= 2 * CHUNK_BYTES, 'one chunk of each kind stays');
});

test('freed blocks are used again before more memory is taken', () => {
  const arena = new Arena();
  const count = 200000;
  const fill = (size: number): Ref[] => Array.from({ length: count }, () => arena.allocate(size));
  let refs = fill(200);
  const reserved = arena.reservedBytes;
  for (let round = 0; round < 4; round++) {
    for (const ref of refs) arena.free(ref);
    assert.equal(arena.usedBytes, 0);
    refs = fill(round % 2 === 0 ? 40 : 200);
    assert.ok(arena.reservedBytes <= reserved, `round ${round}: ${arena.reservedBytes}`);
  }
});

test('chunks that become empty are given back, and their numbers are used again', () => {
  const arena = new Arena();
  const refs = Array.from({ length: 30000 }, () => arena.allocate(16 * 1024));
  assert.ok(arena.reservedBytes >= 7 * CHUNK_BYTES);
  for (const ref of refs) arena.free(ref);
  assert.equal(arena.reservedBytes, CHUNK_BYTES);
  const again = Array.from({ length: 30000 }, () => arena.allocate(16 * 1024));
  assert.ok(arena.bytes.length <= 9, 'no new chunk numbers');
  assert.equal(new Set(again).size, again.length);
});

test('an arena without a free chunk number says so and stays as it was', () => {
  const chunks = new Chunks();
  for (let i = 0; i < CHUNKS_MAX - 2; i++) chunks.add(64);
  const spans = new SpanHeap(chunks);
  assert.throws(() => spans.allocate(CHUNK_BYTES * 3), ArenaFullError);
  assert.equal(spans.usedBytes, 0);
  assert.equal(chunks.reservedBytes, 64 * (CHUNKS_MAX - 2));
  const ref = spans.allocate(40 * MIB);
  const second = spans.allocate(20 * 1024);
  assert.throws(() => spans.allocate(40 * MIB), ArenaFullError);
  spans.free(ref);
  assert.equal(spans.usedBytes, spans.capacity(second));
  assert.notEqual(spans.allocate(40 * MIB), 0);
});
