// The zipmap, the form of small hashes in Redis before 2.6: u8 pairs (254 and more: count them),
// then for each pair length and bytes of the field, length of the value, u8 unused bytes, bytes of
// the value, unused bytes; then FF. A length is one byte up to 253, or FE and u32 little-endian.
// Invariant: a zipmap that `readZipmap` takes is not empty and well-formed to its last byte.

import { ByteReader } from './byte-reader.js';
import type { RdbElements } from './rdb-elements.js';

const END = 0xff;
const LONG_LENGTH = 0xfe;

function readLength(reader: ByteReader): number {
  const first = reader.readByte();
  if (first === END) reader.fail();
  return first === LONG_LENGTH ? reader.readUint32Le() : first;
}

/**
 * Adds fields and values, one after the other, of the zipmap that `blob` is.
 * @returns how many pairs; -1 when it is malformed anywhere (some may then have been added)
 */
export function readZipmap(blob: Uint8Array, elements: RdbElements): number {
  const { length } = blob;
  if (length < 2 || blob[length - 1] !== END) return -1;
  const reader = new ByteReader(blob, 0, length - 1);
  const announced = reader.readByte();
  let pairs = 0;
  while (reader.at < reader.end) {
    const fieldLength = readLength(reader);
    const fieldFrom = reader.skip(fieldLength);
    if (fieldFrom < 0 || !elements.add(blob, fieldFrom, fieldLength)) return -1;
    const valueLength = readLength(reader);
    const unused = reader.readByte();
    const valueFrom = reader.skip(valueLength);
    reader.skip(unused);
    if (reader.failed || !elements.add(blob, valueFrom, valueLength)) return -1;
    pairs++;
  }
  if (pairs === 0) return -1;
  return announced === pairs || announced === LONG_LENGTH ? pairs : -1;
}
