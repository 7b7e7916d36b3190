// Sets of integers: sorted, one after the other, all as wide as the widest of them needs.
//
//   width  integers
//   u8     2, 4 or 8 bytes each, little-endian two's complement
//
// Integers travel as the two int32 halves of 64 bits, in `parsed` where they are results.
// Invariant: integers ascend, none comes twice, and the width never shrinks while the set lives.

import { parsed } from '../util/numbers.js';

/** The width before the integers. */
export const INT_SET_HEAD_BYTES = 1;

/** @returns how many bytes an integer needs: 2, 4 or 8 */
export function integerWidth(low: number, high: number): number {
  if (high !== low >> 31) return 8;
  return low === (low << 16) >> 16 ? 2 : 4;
}

/** @returns the width of the set at `at` */
export function intSetWidth(view: DataView, at: number): number {
  return view.getUint8(at);
}

/** @returns how many integers the set of `length` bytes at `at` holds */
export function intSetCount(view: DataView, at: number, length: number): number {
  return (length - INT_SET_HEAD_BYTES) / view.getUint8(at);
}

/** Leaves integer `index` of the set at `at` in `parsed`. */
export function readIntSet(view: DataView, at: number, index: number): void {
  const width = view.getUint8(at);
  const place = at + INT_SET_HEAD_BYTES + index * width;
  const low = width === 2 ? view.getInt16(place, true) : view.getInt32(place, true);
  parsed.low = low;
  parsed.high = width === 8 ? view.getInt32(place + 4, true) : low >> 31;
}

/** Writes integer `index` of the set at `at`, whose width suffices. */
export function writeIntSet(
  view: DataView,
  at: number,
  index: number,
  low: number,
  high: number,
): void {
  const width = view.getUint8(at);
  const place = at + INT_SET_HEAD_BYTES + index * width;
  if (width === 2) {
    view.setInt16(place, low, true);
    return;
  }
  view.setInt32(place, low, true);
  if (width === 8) view.setInt32(place + 4, high, true);
}

/**
 * Looks an integer up by halving. Uses `parsed`.
 * @param count how many integers the set at `at` holds
 * @returns its index; where it is not, -1 minus the index at which it belongs
 */
export function findInIntSet(
  view: DataView,
  at: number,
  count: number,
  low: number,
  high: number,
): number {
  if (integerWidth(low, high) > view.getUint8(at)) return high < 0 ? -1 : -1 - count;
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    readIntSet(view, at, middle);
    const order = compareHalves(parsed.low, parsed.high, low, high);
    if (order === 0) return middle;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return -1 - from;
}

/** Gives the `count` integers of the set at `at` another width, for which there is room. */
export function widenIntSet(view: DataView, at: number, count: number, width: number): void {
  const before = view.getUint8(at);
  // From the last one on, as each moves up, over places that were read already.
  for (let index = count - 1; index >= 0; index--) {
    view.setUint8(at, before);
    readIntSet(view, at, index);
    view.setUint8(at, width);
    writeIntSet(view, at, index, parsed.low, parsed.high);
  }
  view.setUint8(at, width);
}

/** @returns below, at or above 0 as the first integer is below, at or above the second */
function compareHalves(low: number, high: number, otherLow: number, otherHigh: number): number {
  if (high !== otherHigh) return high < otherHigh ? -1 : 1;
  if (low === otherLow) return 0;
  return low >>> 0 < otherLow >>> 0 ? -1 : 1;
}
