// The table against a Map over long random runs, and the promises of its walk.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../engine/memory/chunks.js';
import { hashBytes } from '../../engine/memory/hash.js';
import { HashTable } from '../../engine/memory/hash-table.js';
import { keyAtOf, recordBytes, writeLengths } from '../../engine/memory/record.js';
import { RefList } from '../../engine/memory/ref-list.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

/** A table whose records are the decimal texts of small integers. */
class NumberTable {
  readonly arena = new Arena();
  readonly table = new HashTable(this.arena);
  readonly refs = new Map<number, Ref>();
  private readonly seed: { k0: number; k1: number };
  private readonly key = Buffer.alloc(16);
  private readonly view = viewOf(this.key);

  constructor(random: SeededRandom) {
    this.seed = { k0: random.next32() | 0, k1: random.next32() | 0 };
  }

  hashOf(number: number): number {
    return hashBytes(this.seed, this.view, 0, this.key.write(String(number), 'latin1'));
  }

  find(number: number): Ref {
    const hash = this.hashOf(number);
    return this.table.find(this.view, 0, String(number).length, hash);
  }

  add(number: number): void {
    const hash = this.hashOf(number);
    const length = String(number).length;
    const ref = this.makeRecord(length);
    this.table.insert(ref, hash);
    this.refs.set(number, ref);
  }

  remove(number: number): void {
    const ref = this.refs.get(number) ?? NO_REF;
    this.table.remove(ref, this.hashOf(number));
    this.arena.free(ref);
    this.refs.delete(number);
  }

  move(number: number): void {
    const from = this.refs.get(number) ?? NO_REF;
    const hash = this.hashOf(number);
    const to = this.makeRecord(String(number).length);
    this.table.replace(from, to, hash);
    this.arena.free(from);
    this.refs.set(number, to);
  }

  numberOf(ref: Ref): number {
    const at = keyAtOf(this.arena, ref);
    const word = this.arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1];
    const length = (word >>> 8) & 255;
    return Number(this.arena.bytes[ref >>> CHUNK_SHIFT].toString('latin1', at, at + length));
  }

  private makeRecord(keyLength: number): Ref {
    const ref = this.arena.allocate(recordBytes(0, keyLength, 0));
    writeLengths(this.arena, ref, 0, keyLength, 0);
    this.key.copy(this.arena.bytes[ref >>> CHUNK_SHIFT], keyAtOf(this.arena, ref), 0, keyLength);
    return ref;
  }
}

/** What the arena holds besides the records is the table's slots. */
function checkSizes(numbers: NumberTable, context: string): void {
  const { arena, table } = numbers;
  let records = 0;
  for (const ref of numbers.refs.values()) records += arena.capacity(ref);
  assert.equal(arena.usedBytes + table.directoryBytes, records + table.sizeBytes, context);
}

test('the table agrees with a Map while it grows and shrinks between one and 200000 keys', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const numbers = new NumberTable(random);
  const range = 300000;
  const emptyBytes = numbers.table.sizeBytes;
  for (let step = 0; step < 1_000_000; step++) {
    const number = randomBelow(random, range);
    const expected = numbers.refs.get(number) ?? NO_REF;
    if (numbers.find(number) !== expected) assert.fail(`seed ${seed}, step ${step}: ${number}`);
    const grows = (step >> 18) % 2 === 0 ? 90 : 10;
    if (expected === NO_REF) {
      if (randomBelow(random, 100) < grows) numbers.add(number);
    } else if (randomBelow(random, 100) >= grows) numbers.remove(number);
    else if (randomBelow(random, 4) === 0) numbers.move(number);
    assert.equal(numbers.table.count, numbers.refs.size);
    if (step % 200_000 === 0) checkSizes(numbers, `seed ${seed}, step ${step}`);
  }
  for (const number of [...numbers.refs.keys()]) {
    numbers.remove(number);
    if (numbers.refs.size % 10_000 === 0) checkSizes(numbers, `seed ${seed}`);
  }
  assert.equal(numbers.table.sizeBytes, emptyBytes);
  assert.equal(numbers.arena.usedBytes, 0);
});

test('a table shrinks with its content', () => {
  const seed = randomSeed();
  const numbers = new NumberTable(new SeededRandom(seed));
  for (let i = 0; i < 100_000; i++) numbers.add(i);
  for (let i = 500; i < 100_000; i++) numbers.remove(i);
  assert.ok(numbers.table.sizeBytes <= 64 * 1024, `seed ${seed}: ${numbers.table.sizeBytes}`);
  for (let i = 0; i < 500; i++) assert.equal(numbers.find(i), numbers.refs.get(i));
});

test('room that was reserved is used, and given back when the last key goes', () => {
  const seed = randomSeed();
  for (const count of [0, 1, 12, 13, 100, 1663, 1665, 20_000]) {
    const numbers = new NumberTable(new SeededRandom(seed));
    numbers.table.reserve(count);
    const { sizeBytes } = numbers.table;
    checkSizes(numbers, `seed ${seed}, ${count} keys`);
    for (let i = 0; i < Math.floor(count * 0.9); i++) numbers.add(i);
    assert.ok(numbers.table.sizeBytes <= sizeBytes + 32768, `seed ${seed}, ${count} keys`);
    checkSizes(numbers, `seed ${seed}, ${count} keys`);
    for (const number of [...numbers.refs.keys()]) numbers.remove(number);
  }
  const numbers = new NumberTable(new SeededRandom(seed));
  numbers.table.reserve(10_000);
  numbers.add(1);
  numbers.add(2);
  numbers.remove(1);
  numbers.remove(2);
  assert.equal(numbers.arena.usedBytes, 0);
  assert.equal(numbers.table.sizeBytes, new NumberTable(new SeededRandom(1)).table.sizeBytes);
});

test('a walk finds every key that stays exactly once, whatever changes between its steps', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 16; run++) {
    const numbers = new NumberTable(random);
    const start = 1 + randomBelow(random, run % 4 === 0 ? 200 : 60_000);
    for (let i = 0; i < start; i++) numbers.add(i);
    // Numbers divisible by 16 stay; of the others, and of new ones, anything may happen.
    const grows = run % 3 === 0 ? 90 : run % 3 === 1 ? 10 : 50;
    const seen = new Map<number, number>();
    const found = new RefList();
    let next = start;
    let position = 0;
    do {
      found.clear();
      const before = position;
      const slots = 1 + randomBelow(random, run % 2 === 0 ? 1 : 300);
      position = numbers.table.scanStep(position, found, slots);
      assert.ok(position === 0 || position > before);
      for (let i = 0; i < found.length; i++) {
        const number = numbers.numberOf(found.refs[i]);
        assert.equal(found.hashes[i], numbers.hashOf(number));
        seen.set(number, (seen.get(number) ?? 0) + 1);
      }
      for (let i = randomBelow(random, 12 * slots); i > 0; i--) {
        if (next < start * 4 && randomBelow(random, 100) < grows) numbers.add(next++);
        else {
          const number = randomBelow(random, next);
          if (number % 16 !== 0 && numbers.refs.has(number)) numbers.remove(number);
        }
      }
    } while (position !== 0);
    for (let i = 0; i < start; i += 16) assert.equal(seen.get(i), 1, `seed ${seed}, run ${run}`);
  }
});

test('a walk that stands in the middle of a merged slot goes on after it', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 40; run++) {
    const numbers = new NumberTable(random);
    for (let i = 0; i < 6000; i++) numbers.add(i);
    const seen: number[] = [];
    const found = new RefList();
    let position = 0;
    let stepsToShrink = randomBelow(random, 3000);
    do {
      found.clear();
      position = numbers.table.scanStep(position, found);
      for (let i = 0; i < found.length; i++) seen.push(numbers.numberOf(found.refs[i]));
      if (stepsToShrink-- !== 0) continue;
      for (let i = 0; i < 6000; i++) if (i % 8 !== 0) numbers.remove(i);
    } while (position !== 0);
    const stayed = seen.filter((number) => number % 8 === 0).sort((a, b) => a - b);
    assert.deepEqual(stayed, [...numbers.refs.keys()], `seed ${seed}, run ${run}`);
  }
});

test('a walk of an unchanged table finds all its keys once, in hash order', () => {
  const seed = randomSeed();
  const numbers = new NumberTable(new SeededRandom(seed));
  for (const [count, slots] of [
    [0, 1],
    [1, 9],
    [13, 128],
    [200, 7],
    [300, 5000],
    [700, 40],
    [5000, 1],
    [40_000, 128],
  ]) {
    while (numbers.refs.size < count) numbers.add(numbers.refs.size);
    const found = new RefList();
    let position = 0;
    let last = 0;
    const seen = new Set<number>();
    do {
      found.clear();
      position = numbers.table.scanStep(position, found, slots);
      for (let i = 0; i < found.length; i++) {
        const hash = found.hashes[i] >>> 0;
        assert.ok(hash >= last && (position === 0 || hash < position), `seed ${seed}`);
        const number = numbers.numberOf(found.refs[i]);
        assert.ok(!seen.has(number), `seed ${seed}, ${count} keys: ${number} twice`);
        seen.add(number);
      }
      if (position !== 0) last = position;
    } while (position !== 0);
    assert.equal(seen.size, count, `seed ${seed}`);
  }
});

test('random keys are drawn evenly, also while only some segments have split', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const numbers = new NumberTable(random);
  // 2 * 1664 keys: about half of the segments of 2048 slots have just split.
  const count = 13 * 128 * 4;
  for (let i = 0; i < count; i++) numbers.add(i);
  const draws = 400_000;
  const drawn = new Int32Array(count);
  for (let i = 0; i < draws; i++) drawn[numbers.numberOf(numbers.table.randomRef(random))]++;
  const expected = draws / count;
  let chiSquare = 0;
  for (const times of drawn) chiSquare += (times - expected) ** 2 / expected;
  // The deviation of chi square is sqrt(2 * count); six of them.
  assert.ok(Math.abs(chiSquare - count) < 6 * Math.sqrt(2 * count), `seed ${seed}: ${chiSquare}`);
});

test('a random key is found however few are left of many', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const numbers = new NumberTable(random);
  assert.equal(numbers.table.randomRef(random), NO_REF);
  numbers.table.reserve(100_000);
  numbers.add(7);
  for (let i = 0; i < 20; i++) assert.equal(numbers.table.randomRef(random), numbers.refs.get(7));
  for (let i = 1000; i < 100_000; i++) numbers.add(i);
  for (let i = 1000; i < 100_000; i++) numbers.remove(i);
  for (let i = 0; i < 20; i++) assert.equal(numbers.table.randomRef(random), numbers.refs.get(7));
});
