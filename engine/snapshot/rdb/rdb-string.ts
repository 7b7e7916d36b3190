// Strings in RDB, the atom every value is made of: plain bytes behind their length, an integer of
// 8, 16 or 32 bits, or an LZF stream. Invariants: the form is the one Redis would choose; reading
// gives back the exact bytes, and allocates nothing that the input could not really hold.

import { constants } from 'node:buffer';
import { parseInteger, writeInteger } from '../../util/numbers.js';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { isLzfLengthPossible, lzfCompress, lzfDecompress } from './lzf.js';
import { RDB_SPECIAL, readRdbLength, writeRdbLength } from './rdb-length.js';

const FORM_INT8 = RDB_SPECIAL | 0;
const FORM_INT16 = RDB_SPECIAL | 1;
const FORM_INT32 = RDB_SPECIAL | 2;
const FORM_LZF = RDB_SPECIAL | 3;

/** The longest text of a 32-bit integer. */
const INTEGER_TEXT_MAX = 11;
/** Up to this length LZF cannot gain anything. */
const COMPRESS_ABOVE_BYTES = 20;
/** What compression must save to be kept. */
const GAIN_MIN_BYTES = 4;
/** The longest header of an LZF string: its form and two lengths. */
const LZF_HEADER_MAX_BYTES = 19;

/**
 * Appends the string `bytes[at .. at + length)` in the form Redis chooses for it.
 * @param compress the server's `rdbcompression`
 */
export function writeRdbString(
  writer: ByteWriter,
  bytes: Uint8Array,
  at: number,
  length: number,
  compress: boolean,
): void {
  if (length <= INTEGER_TEXT_MAX) {
    const value = parseInteger(bytes, at, length);
    if ((value | 0) === value) {
      writeRdbInteger(writer, value);
      return;
    }
  }
  if (compress && length > COMPRESS_ABOVE_BYTES && writeCompressed(writer, bytes, at, length)) {
    return;
  }
  writeRdbLength(writer, length);
  writer.writeBytes(bytes, at, length);
}

/** Appends the decimal text of a 32-bit integer in its special form. */
export function writeRdbInteger(writer: ByteWriter, value: number): void {
  if (value >= -0x80 && value < 0x80) {
    writer.writeByte(FORM_INT8);
    writer.writeByte(value);
  } else if (value >= -0x8000 && value < 0x8000) {
    writer.writeByte(FORM_INT16);
    writer.writeUint16Le(value);
  } else {
    writer.writeByte(FORM_INT32);
    writer.writeUint32Le(value);
  }
}

/** @returns false, with nothing written, when the string does not compress well enough */
function writeCompressed(
  writer: ByteWriter,
  bytes: Uint8Array,
  at: number,
  length: number,
): boolean {
  const room = length - GAIN_MIN_BYTES;
  const start = writer.length;
  // The stream goes where the longest header would end, and moves up to the real one.
  writer.reserve(LZF_HEADER_MAX_BYTES + room + 1);
  const streamAt = start + LZF_HEADER_MAX_BYTES;
  const compressed = lzfCompress(bytes, at, length, writer.bytes, streamAt, room);
  if (compressed === 0) return false;
  writer.writeByte(FORM_LZF);
  writeRdbLength(writer, compressed);
  writeRdbLength(writer, length);
  writer.bytes.copyWithin(writer.length, streamAt, streamAt + compressed);
  writer.length += compressed;
  return true;
}

/**
 * Reads a string in any form.
 * @returns its bytes, for a plain string as a view of the input; null when the reader failed:
 *   the input is bad, or claims a length that memory does not have
 */
export function readRdbString(reader: ByteReader): Uint8Array | null {
  if (reader.left() === 0) {
    reader.fail();
    return null;
  }
  const form = reader.bytes[reader.at];
  if ((form & RDB_SPECIAL) !== RDB_SPECIAL) {
    const length = readRdbLength(reader);
    return reader.failed ? null : reader.readView(length);
  }
  reader.at++;
  switch (form) {
    case FORM_INT8:
      return integerText(reader, (reader.readByte() << 24) >> 24);
    case FORM_INT16:
      return integerText(reader, (reader.readUint16Le() << 16) >> 16);
    case FORM_INT32:
      return integerText(reader, reader.readUint32Le() | 0);
    case FORM_LZF:
      return readCompressed(reader);
    default:
      reader.fail();
      return null;
  }
}

function integerText(reader: ByteReader, value: number): Uint8Array | null {
  if (reader.failed) return null;
  const text = Buffer.allocUnsafe(INTEGER_TEXT_MAX);
  return text.subarray(0, writeInteger(text, 0, value));
}

function readCompressed(reader: ByteReader): Uint8Array | null {
  const compressed = readRdbLength(reader);
  const length = readRdbLength(reader);
  const from = reader.skip(compressed);
  if (from < 0) return null;
  if (!isLzfLengthPossible(compressed, length)) {
    reader.fail();
    return null;
  }
  const text = allocate(length);
  if (text !== null && lzfDecompress(reader.bytes, from, compressed, text, 0, length)) return text;
  reader.fail();
  return null;
}

/** @returns null where memory for a (possible, but maybe forged) length is not to be had */
function allocate(length: number): Buffer | null {
  if (length > constants.MAX_LENGTH) return null;
  try {
    return Buffer.allocUnsafeSlow(length);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
