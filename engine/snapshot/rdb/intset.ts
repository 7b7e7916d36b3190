// The intset, Redis's form of small sets of integers: u32 width (2, 4 or 8), u32 count, then the
// integers ascending, each of that width; all little-endian.
// Invariant: an intset that `readIntset` takes is not empty, ascends and has no byte too many.

import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { RdbElements } from './rdb-elements.js';

const HEADER_BYTES = 8;
const WIDTH_MIN = 2;
const WIDTH_MIDDLE = 4;
const WIDTH_MAX = 8;

/**
 * Adds the integers of the intset that `blob` is.
 * @returns how many; -1 when it is malformed anywhere (some may then have been added)
 */
export function readIntset(blob: Uint8Array, elements: RdbElements): number {
  const reader = new ByteReader(blob, 0, blob.length);
  const width = reader.readUint32Le();
  const count = reader.readUint32Le();
  if (width !== WIDTH_MIN && width !== WIDTH_MIDDLE && width !== WIDTH_MAX) return -1;
  if (count === 0 || HEADER_BYTES + count * width !== blob.length) return -1;
  let previousLow = 0;
  let previousHigh = 0;
  for (let i = 0; i < count; i++) {
    let low = 0;
    if (width === WIDTH_MIN) low = (reader.readUint16Le() << 16) >> 16;
    else low = reader.readUint32Le() | 0;
    const high = width === WIDTH_MAX ? reader.readUint32Le() | 0 : low >> 31;
    if (i > 0) {
      const ascends = high > previousHigh || (high === previousHigh && low >>> 0 > previousLow);
      if (!ascends) return -1;
    }
    previousLow = low >>> 0;
    previousHigh = high;
    if (!elements.addInteger(low, high)) return -1;
  }
  return count;
}

/** @returns the bytes that a 64-bit integer with these halves needs in an intset: 2, 4 or 8 */
export function intsetWidth(low: number, high: number): number {
  if (high !== low >> 31) return WIDTH_MAX;
  return low === (low << 16) >> 16 ? WIDTH_MIN : WIDTH_MIDDLE;
}

/** Appends the header of an intset. */
export function writeIntsetHeader(writer: ByteWriter, width: number, count: number): void {
  writer.writeUint32Le(width);
  writer.writeUint32Le(count);
}

/** Appends one of its integers. */
export function writeIntsetInteger(
  writer: ByteWriter,
  width: number,
  low: number,
  high: number,
): void {
  if (width === WIDTH_MIN) {
    writer.writeUint16Le(low);
    return;
  }
  writer.writeUint32Le(low);
  if (width === WIDTH_MAX) writer.writeUint32Le(high);
}
