// Sets of integers against sorted arrays, at every width and around its limits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findInIntSet,
  INT_SET_HEAD_BYTES,
  integerWidth,
  intSetCount,
  readIntSet,
  widenIntSet,
  writeIntSet,
} from '../../engine/datatypes/int-set.js';
import { parsed } from '../../engine/util/numbers.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

/** Not a multiple of anything, as a value lies in a record. */
const AT = 3;

const low = (value: bigint) => Number(BigInt.asIntN(32, value));
const high = (value: bigint) => Number(BigInt.asIntN(32, value >> 32n));

function parsedValue(): bigint {
  return (BigInt(parsed.high) << 32n) | BigInt(parsed.low >>> 0);
}

const EDGES = [15n, 16n, 31n, 32n, 33n, 47n, 62n, 63n].flatMap((bits) => {
  const power = 2n ** bits;
  return [power - 2n, power - 1n, power, power + 1n, -power, -power - 1n, -power + 1n];
});
const VALUES = [...EDGES, 0n, 1n, -1n, 2n, 12345n, -54321n]
  .filter((value) => BigInt.asIntN(64, value) === value)
  .sort((a, b) => (a < b ? -1 : 1));

function widthOf(value: bigint): number {
  if (BigInt.asIntN(16, value) === value) return 2;
  return BigInt.asIntN(32, value) === value ? 4 : 8;
}

function filled(values: readonly bigint[], width: number): DataView {
  const view = new DataView(new ArrayBuffer(AT + INT_SET_HEAD_BYTES + 8 * (values.length + 1)));
  view.setUint8(AT, width);
  for (const [i, value] of values.entries()) writeIntSet(view, AT, i, low(value), high(value));
  return view;
}

test('an integer needs 2, 4 or 8 bytes', () => {
  for (const value of VALUES) {
    assert.equal(integerWidth(low(value), high(value)), widthOf(value), String(value));
  }
});

test('every integer is found where it is, or is said to belong where it sorts', () => {
  for (const width of [2, 4, 8]) {
    const members = VALUES.filter((value, i) => widthOf(value) <= width && i % 3 !== 0);
    const view = filled(members, width);
    assert.equal(
      intSetCount(view, AT, INT_SET_HEAD_BYTES + members.length * width),
      members.length,
    );
    for (const value of VALUES) {
      const index = findInIntSet(view, AT, members.length, low(value), high(value));
      const place = members.filter((member) => member < value).length;
      assert.equal(index, members.includes(value) ? place : -1 - place, `${value} of ${width}`);
    }
  }
});

test('a wider set holds the same integers', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (const [from, to] of [
    [2, 4],
    [2, 8],
    [4, 8],
  ]) {
    const members = VALUES.filter((value) => widthOf(value) <= from);
    const count = randomBelow(random, members.length + 1);
    const view = filled(members.slice(0, count), from);
    widenIntSet(view, AT, count, to);
    assert.equal(view.getUint8(AT), to);
    for (let i = 0; i < count; i++) {
      readIntSet(view, AT, i);
      assert.equal(parsedValue(), members[i], `seed ${seed}`);
    }
  }
});
