// The listpack, Redis's form of small collections since 7.0 and of the nodes of its lists:
//
//   u32 bytes in all, u16 entries (65535: count them) | entries | FF
//
//   0nnnnnnn             the integer 0 .. 127            F1  int16    F2  int24
//   10nnnnnn             n bytes                         F3  int32    F4  int64
//   110nnnnn nnnnnnnn    a signed integer of 13 bits
//   1110nnnn nnnnnnnn    n bytes                         F0  u32, n bytes
//
// Each entry ends in its own size, seven bits a byte, the top bit set in all but the first, so
// that it reads backwards. Numbers are little-endian but for those in the header byte.
// Invariant: a listpack that `readListpack` takes is well-formed to its last byte.

import { parsed, splitInteger64 } from '../../util/numbers.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { RdbElements } from './rdb-elements.js';

const HEADER_BYTES = 6;
const END = 0xff;
const COUNT_UNKNOWN = 65535;
const SHORT_STRING = 0x80;
const INTEGER_13 = 0xc0;
const MEDIUM_STRING = 0xe0;
const LONG_STRING = 0xf0;
const INT16 = 0xf1;
const INT24 = 0xf2;
const INT32 = 0xf3;
const INT64 = 0xf4;
const MEDIUM_STRING_MAX = 0xfff;
const SHORT_STRING_MAX = 0x3f;
/** What an entry can take besides its bytes: header, length and its own size. */
const ENTRY_OVERHEAD_MAX = 10;

/**
 * @returns how many bytes the size of an entry takes behind it; from two bytes on Redis leaves the
 *   largest size that would fit to the next form
 */
function backLengthBytes(size: number): number {
  if (size < 1 << 7) return 1;
  if (size < (1 << 14) - 1) return 2;
  if (size < (1 << 21) - 1) return 3;
  return size < (1 << 28) - 1 ? 4 : 5;
}

/** @returns whether the entry of `size` bytes that ends where the reader is says that it does */
function backLengthMatches(reader: ByteReader, size: number): boolean {
  let rest = size;
  const bytes = backLengthBytes(size);
  const from = reader.skip(bytes);
  if (from < 0) return false;
  for (let i = bytes - 1; i >= 0; i--) {
    const expected = (rest & 0x7f) | (i > 0 ? 0x80 : 0);
    if (reader.bytes[from + i] !== expected) return false;
    rest = Math.floor(rest / 128);
  }
  return true;
}

/** Reads header and bytes of an entry. @returns false when it is none or there is no room */
function readEntry(reader: ByteReader, elements: RdbElements): boolean {
  const first = reader.readByte();
  if (first < SHORT_STRING) return elements.addInteger(first, 0);
  if (first < INTEGER_13) return readString(reader, first & SHORT_STRING_MAX, elements);
  if (first < MEDIUM_STRING) {
    const low = ((((first & 0x1f) << 8) | reader.readByte()) << 19) >> 19;
    return !reader.failed && elements.addInteger(low, low >> 31);
  }
  if (first < LONG_STRING) {
    return readString(reader, ((first & 0x0f) << 8) | reader.readByte(), elements);
  }
  let low = 0;
  if (first === LONG_STRING) return readString(reader, reader.readUint32Le(), elements);
  if (first === INT16) low = (reader.readUint16Le() << 16) >> 16;
  else if (first === INT24) low = reader.readUint16Le() | ((reader.readByte() << 24) >> 8);
  else if (first === INT32 || first === INT64) low = reader.readUint32Le() | 0;
  else return false;
  const high = first === INT64 ? reader.readUint32Le() | 0 : low >> 31;
  return !reader.failed && elements.addInteger(low, high);
}

function readString(reader: ByteReader, length: number, elements: RdbElements): boolean {
  const from = reader.skip(length);
  return from >= 0 && elements.add(reader.bytes, from, length);
}

/**
 * Adds the entries of the listpack that `blob` is.
 * @returns how many; -1 when it is malformed anywhere (some may then have been added)
 */
export function readListpack(blob: Uint8Array, elements: RdbElements): number {
  const { length } = blob;
  if (length < HEADER_BYTES + 1 || blob[length - 1] !== END) return -1;
  const reader = new ByteReader(blob, 0, length - 1);
  if (reader.readUint32Le() !== length) return -1;
  const announced = reader.readUint16Le();
  let count = 0;
  while (reader.at < reader.end) {
    const from = reader.at;
    if (!readEntry(reader, elements) || reader.failed) return -1;
    if (!backLengthMatches(reader, reader.at - from)) return -1;
    count++;
  }
  return announced === COUNT_UNKNOWN || announced === count ? count : -1;
}

/** A listpack under construction. */
export class ListpackWriter {
  count = 0;
  private readonly writer = new ByteWriter();

  constructor() {
    this.clear();
  }

  /** Bytes so far, the end mark not among them. */
  get length(): number {
    return this.writer.length;
  }

  /** Begins an empty one, in the same memory. */
  clear(): void {
    this.count = 0;
    this.writer.clear();
    this.writer.reserve(HEADER_BYTES);
    this.writer.length = HEADER_BYTES;
  }

  /** Appends bytes; what is an integer in Redis's grammar becomes one. */
  append(bytes: Uint8Array, at: number, length: number): void {
    if (splitInteger64(bytes, at, length)) {
      this.appendInteger(parsed.low, parsed.high);
      return;
    }
    const { writer } = this;
    writer.reserve(length + ENTRY_OVERHEAD_MAX);
    const from = writer.length;
    if (length <= SHORT_STRING_MAX) {
      writer.writeByte(SHORT_STRING | length);
    } else if (length <= MEDIUM_STRING_MAX) {
      writer.writeByte(MEDIUM_STRING | (length >>> 8));
      writer.writeByte(length);
    } else {
      writer.writeByte(LONG_STRING);
      writer.writeUint32Le(length);
    }
    writer.writeBytes(bytes, at, length);
    this.endEntry(from);
  }

  /** Appends the 64-bit integer with these halves. */
  appendInteger(low: number, high: number): void {
    const { writer } = this;
    const from = writer.length;
    if (high !== low >> 31) {
      writer.writeByte(INT64);
      writer.writeUint32Le(low);
      writer.writeUint32Le(high);
    } else if (low >= 0 && low < SHORT_STRING) {
      writer.writeByte(low);
    } else if (low === (low << 19) >> 19) {
      writer.writeByte(INTEGER_13 | ((low >> 8) & 0x1f));
      writer.writeByte(low);
    } else if (low === (low << 16) >> 16) {
      writer.writeByte(INT16);
      writer.writeUint16Le(low);
    } else if (low === (low << 8) >> 8) {
      writer.writeByte(INT24);
      writer.writeUint16Le(low);
      writer.writeByte(low >> 16);
    } else {
      writer.writeByte(INT32);
      writer.writeUint32Le(low);
    }
    this.endEntry(from);
  }

  /** Ends it. @returns the listpack; valid until the next `clear` */
  finish(): Uint8Array {
    const { writer } = this;
    writer.writeByte(END);
    const { bytes, length } = writer;
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt16LE(Math.min(this.count, COUNT_UNKNOWN), 4);
    return bytes.subarray(0, length);
  }

  private endEntry(from: number): void {
    const { writer } = this;
    const size = writer.length - from;
    const bytes = backLengthBytes(size);
    writer.reserve(bytes);
    let rest = size;
    for (let i = bytes - 1; i >= 0; i--) {
      writer.bytes[writer.length + i] = (rest & 0x7f) | (i > 0 ? 0x80 : 0);
      rest = Math.floor(rest / 128);
    }
    writer.length += bytes;
    this.count++;
  }
}
