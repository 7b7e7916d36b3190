// The ziplist, Redis's form of small collections before 7.0:
//
//   u32 bytes in all, u32 where the last entry is, u16 entries (65535: count them) | entries | FF
//
// An entry has the size of the one before it (one byte up to 253, or FE and u32), its header, and
// its bytes. Strings: 00nnnnnn, 01nnnnnn nnnnnnnn, 10...... and u32 big-endian. Integers: C0 int16,
// D0 int32, E0 int64, F0 int24, FE int8, F1 to FD are 0 to 12.
// Invariant: a ziplist that `readZiplist` takes is well-formed to its last byte, both ways.

import { ByteReader } from './byte-reader.js';
import type { RdbElements } from './rdb-elements.js';

const HEADER_BYTES = 10;
const END = 0xff;
const COUNT_UNKNOWN = 65535;
const PREVIOUS_LONG = 0xfe;
const STRING_14 = 0x40;
const STRING_32 = 0x80;
const INTEGERS = 0xc0;
const INT16 = 0xc0;
const INT32 = 0xd0;
const INT64 = 0xe0;
const INT24 = 0xf0;
const IMMEDIATE_MIN = 0xf1;
const IMMEDIATE_MAX = 0xfd;
const INT8 = 0xfe;

/** @returns how many bytes a string entry has; the first byte of its header is given */
function stringLength(reader: ByteReader, first: number): number {
  if (first < STRING_14) return first;
  if (first < STRING_32) return ((first & 0x3f) << 8) | reader.readByte();
  return reader.readUint32Be();
}

/** Reads header and bytes of an entry. @returns false when it is none or there is no room */
function readEntry(reader: ByteReader, elements: RdbElements): boolean {
  const first = reader.readByte();
  if (first < INTEGERS) {
    const length = stringLength(reader, first);
    const from = reader.skip(length);
    return from >= 0 && elements.add(reader.bytes, from, length);
  }
  let low = 0;
  if (first === INT8) low = (reader.readByte() << 24) >> 24;
  else if (first === INT16) low = (reader.readUint16Le() << 16) >> 16;
  else if (first === INT24) low = reader.readUint16Le() | ((reader.readByte() << 24) >> 8);
  else if (first === INT32 || first === INT64) low = reader.readUint32Le() | 0;
  else if (first >= IMMEDIATE_MIN && first <= IMMEDIATE_MAX) low = first - IMMEDIATE_MIN;
  else return false;
  const high = first === INT64 ? reader.readUint32Le() | 0 : low >> 31;
  return !reader.failed && elements.addInteger(low, high);
}

/**
 * Adds the entries of the ziplist that `blob` is.
 * @returns how many; -1 when it is malformed anywhere (some may then have been added)
 */
export function readZiplist(blob: Uint8Array, elements: RdbElements): number {
  const { length } = blob;
  if (length < HEADER_BYTES + 1 || blob[length - 1] !== END) return -1;
  const reader = new ByteReader(blob, 0, length - 1);
  if (reader.readUint32Le() !== length) return -1;
  const last = reader.readUint32Le();
  const announced = reader.readUint16Le();
  let count = 0;
  let previousFrom = reader.at;
  let previousSize = 0;
  while (reader.at < reader.end) {
    const from = reader.at;
    let previous = reader.readByte();
    if (previous === END) return -1;
    if (previous === PREVIOUS_LONG) previous = reader.readUint32Le();
    if (previous !== previousSize || !readEntry(reader, elements) || reader.failed) return -1;
    previousFrom = from;
    previousSize = reader.at - from;
    count++;
  }
  if (count > 0 ? last !== previousFrom : last > length - 1) return -1;
  return announced === COUNT_UNKNOWN || announced === count ? count : -1;
}
