// The payload of DUMP and RESTORE: one value that can travel between servers.
//
//   type byte, value | RDB version, 2 bytes | CRC-64 of all before it, 8 bytes (both little-endian)
//
// Invariant: a payload that passes `verifyRdbPayload` is byte for byte what its maker sealed.

import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { Crc64 } from './crc64.js';

/** What we seal with: the version of Redis 7.0, so that servers from there on take our values. */
export const RDB_VERSION_WRITTEN = 10;
/** The newest version of Redis's own count that we read: that of Redis 7.2 and Valkey 8. */
export const RDB_VERSION_READ_MAX = 11;
/** Valkey 9, which counts on from here: hash fields with deadlines. */
export const RDB_VERSION_FIELD_DEADLINES = 80;

const VERSION_BYTES = 2;
const CRC_BYTES = 8;
const FOOTER_BYTES = VERSION_BYTES + CRC_BYTES;

const crc = new Crc64();

/**
 * Completes a payload whose type byte and value are `writer`'s bytes from `start` on.
 * @param version the oldest RDB version that knows the value's encoding
 */
export function sealRdbPayload(
  writer: ByteWriter,
  start: number,
  version = RDB_VERSION_WRITTEN,
): void {
  writer.writeUint16Le(version);
  crc.reset();
  crc.update(writer.bytes, start, writer.length - start);
  writer.writeUint32Le(crc.low);
  writer.writeUint32Le(crc.high);
}

/** What can be wrong with a payload as a whole; Redis answers all of them alike. */
export type RdbPayloadVerdict = 'intact' | 'too short' | 'newer version' | 'wrong checksum';

/**
 * @param bytes the payload is `bytes[at .. at + length)`
 * @param checkCrc false where the server was told to skip checksums
 * @returns whether the payload may be read, and else why not
 */
export function verifyRdbPayload(
  bytes: Uint8Array,
  at: number,
  length: number,
  versionMax = RDB_VERSION_READ_MAX,
  checkCrc = true,
): RdbPayloadVerdict {
  if (length < FOOTER_BYTES) return 'too short';
  const footer = new ByteReader(bytes, at + length - FOOTER_BYTES, FOOTER_BYTES);
  const version = footer.readUint16Le();
  if (version > versionMax && version !== RDB_VERSION_FIELD_DEADLINES) return 'newer version';
  if (!checkCrc) return 'intact';
  crc.reset();
  crc.update(bytes, at, length - CRC_BYTES);
  const low = footer.readUint32Le() | 0;
  const high = footer.readUint32Le() | 0;
  return low === crc.low && high === crc.high ? 'intact' : 'wrong checksum';
}

/** @returns the RDB version a verified payload was sealed with */
export function rdbPayloadVersion(bytes: Uint8Array, at: number, length: number): number {
  return new ByteReader(bytes, at + length - FOOTER_BYTES, VERSION_BYTES).readUint16Le();
}

/** @returns a reader of the type byte and the value of a verified payload */
export function openRdbPayload(bytes: Uint8Array, at: number, length: number): ByteReader {
  return new ByteReader(bytes, at, length - FOOTER_BYTES);
}
