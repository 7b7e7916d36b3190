// The order that SORT gives: numbers and texts, against plain comparisons of the same.

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { SortOrder } from '../../../engine/commands/generic/sort-order.js';
import { SortTexts } from '../../../engine/commands/generic/sort-texts.js';
import { ByteSlice } from '../../../engine/util/byte-slice.js';
import { SeededRandom } from '../../../engine/util/random.js';

const SIZES = [0, 1, 2, 5, 24, 25, 26, 300, 3000];
const slice = new ByteSlice();

function textsOf(values: readonly (Buffer | null)[]): SortTexts {
  const texts = new SortTexts();
  for (const value of values) {
    if (value === null) texts.addMissing();
    else texts.add(slice.ofBuffer(value));
  }
  return texts;
}

/** @returns the places of a plain stable sort */
function expected(count: number, compare: (a: number, b: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
}

function compareTexts(a: Buffer | null, b: Buffer | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return Buffer.compare(a, b);
}

test('numbers are sorted as doubles, and equal ones by their texts', () => {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  const makers: (() => number)[] = [
    () => (random.next32() % 200_000) - 100_000,
    () => random.next32() % 3,
    () => (random.next32() - 2 ** 31) * 2 ** ((random.next32() % 600) - 300),
    () => [0, -0, Infinity, -Infinity, 5e-324, -5e-324, 1e308][random.next32() % 7],
  ];
  for (const count of SIZES) {
    for (const make of makers) {
      const numbers = Array.from({ length: count }, make);
      const names = numbers.map(() => Buffer.from(String(random.next32() % 50)));
      const sorting = new SortOrder();
      sorting.begin(count, false);
      sorting.keys.set(numbers);
      sorting.sortByKeysAndTexts(count, textsOf(names));
      const byNumber = (a: number, b: number) =>
        numbers[a] < numbers[b] ? -1 : numbers[a] > numbers[b] ? 1 : 0;
      deepEqual(
        [...sorting.order.subarray(0, count)],
        expected(count, (a, b) => byNumber(a, b) || compareTexts(names[a], names[b])),
        `${count} numbers, seed ${seed}`,
      );
    }
  }
});

test('texts are sorted by their bytes, missing ones first', () => {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  const bytes = (lengthMax: number, values: number) =>
    Buffer.from(
      Array.from({ length: random.next32() % (lengthMax + 1) }, () => random.next32() % values),
    );
  const makers: (() => Buffer | null)[] = [
    () => bytes(3, 256),
    () => bytes(30, 2),
    () => Buffer.concat([Buffer.from('a long prefix of all '), bytes(14, 3)]),
    () => (random.next32() % 3 === 0 ? null : bytes(2, 2)),
    () => Buffer.alloc(random.next32() % 40, 'a'),
    () => Buffer.concat([Buffer.alloc(200, 'long '), bytes(30, 2)]),
  ];
  for (const count of SIZES) {
    for (const [which, make] of makers.entries()) {
      const values = Array.from({ length: count }, make);
      const sorting = new SortOrder();
      sorting.begin(count, false);
      sorting.sortByTexts(count, textsOf(values));
      deepEqual(
        [...sorting.order.subarray(0, count)],
        expected(count, (a, b) => compareTexts(values[a], values[b])),
        `${count} texts of kind ${which}, seed ${seed}`,
      );
    }
  }
});

test("texts that are each other's beginnings do not exhaust the stack", () => {
  const count = 4000;
  const values = Array.from({ length: count }, (_, i) => Buffer.alloc((count - i) * 6, 'a'));
  const sorting = new SortOrder();
  sorting.begin(count, false);
  sorting.sortByTexts(count, textsOf(values));
  deepEqual(
    [...sorting.order.subarray(0, count)],
    Array.from({ length: count }, (_, i) => count - 1 - i),
  );
});

test('begun backwards and read backwards, what is equal stays in order', () => {
  const values = ['b', 'a', 'b', 'a', 'b'].map((text) => Buffer.from(text));
  const sorting = new SortOrder();
  sorting.begin(values.length, true);
  sorting.sortByTexts(values.length, textsOf(values));
  deepEqual([...sorting.order.subarray(0, values.length)].reverse(), [0, 2, 4, 1, 3]);
});
