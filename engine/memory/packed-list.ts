// Elements one after the other, each with its length on both sides so that a run of them can be
// walked both ways: the form of small collections, and of the nodes of large lists.
//
//   entry   header, bytes, back length
//   header  0nnnnnnn                     the integer 0 .. 127, no bytes follow
//           10nnnnnn                     n bytes
//           110nnnnn nnnnnnnn            n bytes, up to 8191
//           11100000 u32                 n bytes
//           F0 i16 | F1 i24 | F2 i32 | F3 i64      an integer in its shortest decimal form
//           F4 f64                                 a score that is not such an integer
//   back    the size of header and bytes: one byte up to 254, or u32 and FF
//
// All numbers are little-endian. Invariant: the form of an element follows from its bytes alone,
// so two elements are equal exactly when their entries are.

import type { ByteSlice } from '../util/byte-slice.js';
import { copyView, equalView } from '../util/bytes.js';
import { INTEGER64_TEXT_MAX, parsed, splitInteger64 } from '../util/numbers.js';

/** A collection in a record begins with the number of its entries. */
export const PACKED_COUNT_BYTES = 2;
export const PACKED_COUNT_MAX = 65535;

const SHORT_STRING = 0x80;
const SHORT_STRING_MAX = 63;
const MEDIUM_STRING = 0xc0;
const MEDIUM_STRING_MAX = 8191;
const LONG_STRING = 0xe0;
const INT16 = 0xf0;
const INT24 = 0xf1;
const INT32 = 0xf2;
const INT64 = 0xf3;
const DOUBLE = 0xf4;
const SMALL_INTEGER_MAX = 127;
const BACK_LONG = 0xff;
const BACK_SHORT_MAX = 254;
const BACK_SHORT_BYTES = 1;
const BACK_LONG_BYTES = 5;
const TWO_32 = 4294967296;
/** Compared first, as the begin of many elements is the same. */
const TAIL_BYTES = 4;
/** Sizes of header and bytes from INT16 on. */
const NUMBER_BYTES = [3, 4, 5, 9, 9];

/** An element on its way into a packed list, or one that is looked for. */
export class PackedElement {
  /** Bytes of the whole entry. */
  size = 0;
  private header = 0;
  private low = 0;
  private high = 0;
  private double = 0;
  private view: DataView | null = null;
  private at = 0;
  private length = 0;

  /** Takes bytes; they must stay where they are until the last use of this object. */
  set(slice: ByteSlice): this {
    const { length } = slice;
    if (length <= INTEGER64_TEXT_MAX && splitInteger64(slice.bytes, slice.at, length)) {
      return this.setInteger(parsed.low, parsed.high);
    }
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.view !== slice.view) this.view = slice.view;
    this.at = slice.at;
    this.length = length;
    if (length <= SHORT_STRING_MAX) return this.shaped(SHORT_STRING, 1 + length);
    if (length <= MEDIUM_STRING_MAX) return this.shaped(MEDIUM_STRING, 2 + length);
    return this.shaped(LONG_STRING, 5 + length);
  }

  /** Takes the 64-bit integer with these two's complement halves. */
  setInteger(low: number, high: number): this {
    this.low = low;
    this.high = high;
    this.length = 0;
    if (high !== low >> 31) return this.shaped(INT64, 9);
    if (low >= 0 && low <= SMALL_INTEGER_MAX) return this.shaped(low, 1);
    if (low === (low << 16) >> 16) return this.shaped(INT16, 3);
    if (low === (low << 8) >> 8) return this.shaped(INT24, 4);
    return this.shaped(INT32, 5);
  }

  /** Takes a score. */
  setDouble(value: number): this {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return this.setInteger(value | 0, Math.floor(value / TWO_32));
    }
    this.double = value;
    this.length = 0;
    return this.shaped(DOUBLE, 9);
  }

  /** Writes the entry. @returns where it ends */
  write(to: DataView, at: number): number {
    const { header } = this;
    let end = at;
    if (header <= SMALL_INTEGER_MAX) {
      to.setUint8(end++, header);
    } else if (header < INT16) {
      end = this.writeString(to, at);
    } else {
      to.setUint8(end++, header);
      if (header === DOUBLE) to.setFloat64(end, this.double, true);
      else this.writeInteger(to, end);
      end = at + NUMBER_BYTES[header - INT16];
    }
    return writeBackLength(to, end, end - at);
  }

  /** @returns whether the entry at `at` is this element */
  equalsEntryAt(from: DataView, at: number): boolean {
    const { header } = this;
    if (header === SHORT_STRING && this.view !== null) {
      if (from.getUint8(at) !== (SHORT_STRING | this.length)) return false;
      return equalView(from, at + 1, this.view, this.at, this.length);
    }
    if (header < INT16 && header > SMALL_INTEGER_MAX && this.view !== null) {
      const first = from.getUint8(at);
      if (first < MEDIUM_STRING || first > LONG_STRING) return false;
      if (stringLength(from, at, first) !== this.length) return false;
      const textAt = at + (header === MEDIUM_STRING ? 2 : 5);
      return equalView(from, textAt, this.view, this.at, this.length);
    }
    if (from.getUint8(at) !== header) return false;
    if (header === DOUBLE) return from.getFloat64(at + 1, true) === this.double;
    if (header <= SMALL_INTEGER_MAX) return true;
    loadInteger(from, at, header);
    return parsed.low === this.low && parsed.high === this.high;
  }

  /** Whether it is a string of at most 63 bytes. */
  get isShortString(): boolean {
    return this.header === SHORT_STRING;
  }

  /** `findEntry` for a short string: most entries differ in their first byte or their last ones. */
  findShort(from: DataView, begin: number, end: number, stride: number): number {
    const { length, view, at } = this;
    if (view === null) return -1;
    const header = SHORT_STRING | length;
    const hasTail = length >= TAIL_BYTES;
    const tailOffset = length - TAIL_BYTES;
    const tail = hasTail ? view.getInt32(at + tailOffset) : 0;
    for (let entry = begin; entry < end; ) {
      const first = from.getUint8(entry);
      if (first === header && (!hasTail || from.getInt32(entry + 1 + tailOffset) === tail)) {
        if (equalView(from, entry + 1, view, at, length)) return entry;
      }
      const isShort = first >= SHORT_STRING && first < MEDIUM_STRING;
      entry += isShort ? (first & SHORT_STRING_MAX) + 2 : entrySize(from, entry);
      for (let i = 1; i < stride && entry < end; i++) entry += entrySize(from, entry);
    }
    return -1;
  }

  private shaped(header: number, bytes: number): this {
    this.header = header;
    this.size = bytes + backLengthBytes(bytes);
    return this;
  }

  private writeString(to: DataView, at: number): number {
    const { header, length, view } = this;
    let end = at;
    if (header === SHORT_STRING) {
      to.setUint8(end++, SHORT_STRING | length);
    } else if (header === MEDIUM_STRING) {
      to.setUint8(end++, MEDIUM_STRING | (length >>> 8));
      to.setUint8(end++, length);
    } else {
      to.setUint8(end, LONG_STRING);
      to.setUint32(end + 1, length, true);
      end += 5;
    }
    if (view !== null) copyView(view, this.at, to, end, length);
    return end + length;
  }

  private writeInteger(to: DataView, at: number): void {
    const { header, low } = this;
    to.setInt16(at, low, true);
    if (header === INT24) to.setInt8(at + 2, low >> 16);
    if (header >= INT32) to.setInt16(at + 2, low >> 16, true);
    if (header === INT64) to.setInt32(at + 4, this.high, true);
  }
}

function backLengthBytes(bytes: number): number {
  return bytes <= BACK_SHORT_MAX ? BACK_SHORT_BYTES : BACK_LONG_BYTES;
}

/** @returns where the entry ends */
function writeBackLength(to: DataView, at: number, bytes: number): number {
  if (bytes <= BACK_SHORT_MAX) {
    to.setUint8(at, bytes);
    return at + BACK_SHORT_BYTES;
  }
  to.setUint32(at, bytes, true);
  to.setUint8(at + 4, BACK_LONG);
  return at + BACK_LONG_BYTES;
}

/** @param first the header's first byte, of a medium or long string */
function stringLength(view: DataView, at: number, first: number): number {
  if (first === LONG_STRING) return view.getUint32(at + 1, true);
  return ((first & 0x1f) << 8) | view.getUint8(at + 1);
}

/** Leaves the integer of the entry at `at` in `parsed`. */
function loadInteger(view: DataView, at: number, header: number): void {
  let low = header;
  if (header === INT16) low = view.getInt16(at + 1, true);
  else if (header === INT24) low = view.getUint16(at + 1, true) | (view.getInt8(at + 3) << 16);
  else if (header >= INT32) low = view.getInt32(at + 1, true);
  parsed.low = low;
  parsed.high = header === INT64 ? view.getInt32(at + 5, true) : low >> 31;
}

/** @returns the bytes of the whole entry at `at` */
export function entrySize(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first <= SMALL_INTEGER_MAX) return 1 + BACK_SHORT_BYTES;
  if (first < MEDIUM_STRING) return 1 + (first & SHORT_STRING_MAX) + BACK_SHORT_BYTES;
  if (first >= INT16) return NUMBER_BYTES[first - INT16] + BACK_SHORT_BYTES;
  const bytes = (first === LONG_STRING ? 5 : 2) + stringLength(view, at, first);
  return bytes + backLengthBytes(bytes);
}

/** @returns where the entry after the one at `at` begins */
export function nextEntry(view: DataView, at: number): number {
  return at + entrySize(view, at);
}

/** @returns where the entry that ends at `end` begins */
export function previousEntry(view: DataView, end: number): number {
  const back = view.getUint8(end - 1);
  if (back !== BACK_LONG) return end - BACK_SHORT_BYTES - back;
  return end - BACK_LONG_BYTES - view.getUint32(end - BACK_LONG_BYTES, true);
}

/**
 * For loops over many entries: a short string needs no more than this to be read.
 * @returns the length of the string whose bytes begin at `at + 1`, and whose entry takes two bytes
 *   more; -1 when the element is anything else
 */
export function shortStringLength(view: DataView, at: number): number {
  const first = view.getUint8(at);
  return first >= SHORT_STRING && first < MEDIUM_STRING ? first & SHORT_STRING_MAX : -1;
}

/** Points `out` at the element at `at`; a number is printed into memory of its own. */
export function readEntry(bytes: Buffer, view: DataView, at: number, out: ByteSlice): void {
  const first = bytes[at];
  if (first >= SHORT_STRING && first < MEDIUM_STRING) {
    out.of(bytes, view, at + 1, first & SHORT_STRING_MAX);
  } else if (first >= MEDIUM_STRING && first < INT16) {
    out.of(bytes, view, at + (first === LONG_STRING ? 5 : 2), stringLength(view, at, first));
  } else if (first === DOUBLE) {
    out.ofDouble(view.getFloat64(at + 1, true));
  } else if (first <= SMALL_INTEGER_MAX) {
    out.ofNumber(first);
  } else {
    loadInteger(view, at, first);
    out.ofInteger(parsed.low, parsed.high);
  }
}

/** @returns whether the element at `at` is an integer, whose halves are then in `parsed` */
export function entryInteger(view: DataView, at: number): boolean {
  const first = view.getUint8(at);
  if (first === DOUBLE || (first >= SHORT_STRING && first < INT16)) return false;
  loadInteger(view, at, first);
  return true;
}

/** @returns whether the element at `at` is a score that is not an integer */
export function entryDouble(view: DataView, at: number): boolean {
  return view.getUint8(at) === DOUBLE;
}

/** @returns the score at `at`, as `setDouble` took it */
export function readScore(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first === DOUBLE) return view.getFloat64(at + 1, true);
  loadInteger(view, at, first);
  return parsed.high * TWO_32 + (parsed.low >>> 0);
}

/**
 * @param stride 1 to look at every entry, 2 at every other one
 * @returns where the first such element begins in the run `[from, end)`, or -1
 */
export function findEntry(
  view: DataView,
  from: number,
  end: number,
  element: PackedElement,
  stride: number,
): number {
  if (element.isShortString) return element.findShort(view, from, end, stride);
  for (let at = from; at < end; ) {
    if (element.equalsEntryAt(view, at)) return at;
    for (let i = 0; i < stride && at < end; i++) at += entrySize(view, at);
  }
  return -1;
}

/**
 * Checks bytes that come from a file.
 * @returns how many entries the run `[from, end)` holds; -1 when it is no whole number of them, or
 *   one is not in the form that its element has
 */
export function countEntries(bytes: Buffer, view: DataView, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; count++) {
    const size = checkedSize(bytes, view, at, end);
    if (size < 0) return -1;
    at += size;
  }
  return count;
}

/** @returns the size of the entry at `at`; -1 when it is not well-formed or passes `end` */
function checkedSize(bytes: Buffer, view: DataView, at: number, end: number): number {
  const first = bytes[at];
  const isNumber = first <= SMALL_INTEGER_MAX || first >= INT16;
  let headerBytes = 1;
  if (!isNumber && first >= MEDIUM_STRING) headerBytes = first === LONG_STRING ? 5 : 2;
  if (first > DOUBLE || (first > LONG_STRING && first < INT16)) return -1;
  if (at + headerBytes > end) return -1;
  const size = entrySize(view, at);
  if (at + size > end) return -1;
  if (bytes[at + size - 1] === BACK_LONG && size <= BACK_LONG_BYTES) return -1;
  if (previousEntry(view, at + size) !== at) return -1;
  if (isNumber) return isShortestNumber(view, at, first) ? size : -1;
  const length = size - headerBytes - (bytes[at + size - 1] === BACK_LONG ? 5 : 1);
  const shortest = length <= SHORT_STRING_MAX ? 1 : length <= MEDIUM_STRING_MAX ? 2 : 5;
  if (shortest !== headerBytes) return -1;
  const isInteger = length <= INTEGER64_TEXT_MAX && splitInteger64(bytes, at + headerBytes, length);
  return isInteger ? -1 : size;
}

const checked = new PackedElement();

function isShortestNumber(view: DataView, at: number, first: number): boolean {
  if (first === DOUBLE) {
    const value = view.getFloat64(at + 1, true);
    return !Number.isNaN(value) && checked.setDouble(value).equalsEntryAt(view, at);
  }
  loadInteger(view, at, first);
  return checked.setInteger(parsed.low, parsed.high).equalsEntryAt(view, at);
}
