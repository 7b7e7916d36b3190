// Lengths in RDB: 6, 14, 32 or 64 bits behind a tag in the top bits of the first byte.
//
//   00nnnnnn                    6 bits
//   01nnnnnn nnnnnnnn           14 bits
//   10000000 + 4 bytes          32 bits, big-endian
//   10000001 + 8 bytes          64 bits, big-endian
//   11kkkkkk                    no length: a string in the special form k (see rdb-string.ts)

import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const TAG_14_BIT = 0x40;
const LENGTH_32_BIT = 0x80;
const LENGTH_64_BIT = 0x81;
/** The tag of special forms, and the mask that finds a tag. */
export const RDB_SPECIAL = 0xc0;
const TWO_32 = 4294967296;

/** Appends a length, 0 to 2^53 - 1, in its shortest form. */
export function writeRdbLength(writer: ByteWriter, value: number): void {
  if (value < 0x40) {
    writer.writeByte(value);
  } else if (value < 0x4000) {
    writer.writeByte(TAG_14_BIT | (value >>> 8));
    writer.writeByte(value);
  } else if (value < TWO_32) {
    writer.writeByte(LENGTH_32_BIT);
    writer.writeUint32Be(value);
  } else {
    writer.writeByte(LENGTH_64_BIT);
    writer.writeUint32Be(Math.floor(value / TWO_32));
    writer.writeUint32Be(value % TWO_32);
  }
}

/** Appends an unsigned 64-bit number, such as half a stream ID, in the form of a length. */
export function writeRdbLength64(writer: ByteWriter, value: bigint): void {
  if (value <= Number.MAX_SAFE_INTEGER) {
    writeRdbLength(writer, Number(value));
    return;
  }
  writer.writeByte(LENGTH_64_BIT);
  writer.writeUint32Be(Number(value >> 32n));
  writer.writeUint32Be(Number(value & 0xffffffffn));
}

// The halves of the length read last; what both readers below share.
let readLow = 0;
let readHigh = 0;

function readHalves(reader: ByteReader): void {
  readHigh = 0;
  readLow = 0;
  const first = reader.readByte();
  const tag = first & RDB_SPECIAL;
  if (tag === 0) {
    readLow = first;
  } else if (tag === TAG_14_BIT) {
    readLow = ((first & 0x3f) << 8) | reader.readByte();
  } else if (first === LENGTH_32_BIT) {
    readLow = reader.readUint32Be();
  } else if (first === LENGTH_64_BIT) {
    readHigh = reader.readUint32Be();
    readLow = reader.readUint32Be();
  } else {
    reader.fail();
  }
}

/**
 * Reads a length. A special form, an unknown tag, or a length no memory can have fails the reader.
 * @returns 0 to 2^53 - 1; 0 when the reader failed
 */
export function readRdbLength(reader: ByteReader): number {
  readHalves(reader);
  if (readHigh >= 0x200000) reader.fail();
  return reader.failed ? 0 : readHigh * TWO_32 + readLow;
}

/** As `readRdbLength`, for unsigned 64-bit numbers. */
export function readRdbLength64(reader: ByteReader): bigint {
  readHalves(reader);
  return reader.failed ? 0n : (BigInt(readHigh) << 32n) | BigInt(readLow);
}
