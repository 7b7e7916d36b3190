// The 64 bytes at the beginning of every segment and snapshot. They are written and synced before
// the manifest names the file, so a damaged header is always corruption, never a torn tail.
//
//   0  8 magic        8 2 version   10 2 header length  12 4 feature flags (unknown: refuse)
//  16 16 dataset id  32 8 number    40 8 base seq       48 8 base time, ms
//  56  4 salt        60 4 CRC-32 of bytes 0..59

import { crc32 } from './crc.js';
import {
  FIELD_MAX,
  FILE_HEADER_BYTES,
  FORMAT_VERSION,
  LOG_MAGIC,
  SNAPSHOT_MAGIC,
} from './format.js';

const CRC_AT = 60;

export interface FileHeader {
  kind: 'log' | 'snapshot';
  /** 32 hex digits, the same in every file of one data set. */
  datasetId: string;
  number: number;
  /**
   * Log: frames carry their sequence number less this. Snapshot: the state is the one after
   * exactly this entry.
   */
  baseSeq: number;
  baseTimeMs: number;
  /** Seed of every CRC in the frames of this file. */
  salt: number;
}

/** Writes a number below 2^53 as 8 bytes. */
export function putUInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

/** @returns the number in 8 bytes; not exact above 2^53, which no writer writes */
export function getUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

export function encodeFileHeader(header: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_BYTES);
  bytes.write(header.kind === 'log' ? LOG_MAGIC : SNAPSHOT_MAGIC, 0, 'latin1');
  bytes.writeUInt16LE(FORMAT_VERSION, 8);
  bytes.writeUInt16LE(FILE_HEADER_BYTES, 10);
  bytes.write(header.datasetId, 16, 'hex');
  putUInt64(bytes, 32, header.number);
  putUInt64(bytes, 40, header.baseSeq);
  putUInt64(bytes, 48, header.baseTimeMs);
  bytes.writeUInt32LE(header.salt, 56);
  bytes.writeUInt32LE(crc32(bytes, 0, CRC_AT, 0), CRC_AT);
  return bytes;
}

/** Why a header cannot be used: not ours at all, ours but damaged, or of a newer format. */
export type HeaderProblem = 'foreign' | 'damaged' | 'newer';

/**
 * @param length bytes of `bytes` that are there; a file may be shorter than a header
 * @returns the header, or what is wrong with it
 */
export function decodeFileHeader(bytes: Buffer, length: number): FileHeader | HeaderProblem {
  if (length < 8) return length === 0 ? 'foreign' : 'damaged';
  const magic = bytes.toString('latin1', 0, 8);
  const kind = magic === LOG_MAGIC ? 'log' : magic === SNAPSHOT_MAGIC ? 'snapshot' : null;
  const isIntact =
    length >= FILE_HEADER_BYTES && crc32(bytes, 0, CRC_AT, 0) === bytes.readUInt32LE(CRC_AT);
  if (kind === null) return isIntact || magic.startsWith('REDD') ? 'damaged' : 'foreign';
  if (!isIntact) return 'damaged';
  if (bytes.readUInt16LE(8) !== FORMAT_VERSION || bytes.readUInt32LE(12) !== 0) return 'newer';
  if (bytes.readUInt16LE(10) !== FILE_HEADER_BYTES) return 'damaged';
  for (const at of [32, 40, 48]) if (getUInt64(bytes, at) > FIELD_MAX) return 'damaged';
  return {
    kind,
    datasetId: bytes.toString('hex', 16, 32),
    number: getUInt64(bytes, 32),
    baseSeq: getUInt64(bytes, 40),
    baseTimeMs: getUInt64(bytes, 48),
    salt: bytes.readUInt32LE(56),
  };
}
