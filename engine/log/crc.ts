// CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320) of a range of bytes, begun at a seed: the
// salt of the file, so bytes of one file never pass as frames of another. Two implementations of
// one polynomial: the crc-32 package for short ranges, zlib's native one where it is faster.

import zlib from 'node:zlib';
import crc from 'crc-32';

/** Below this the native call costs more than it saves (measured on Node 20). */
const NATIVE_MIN_BYTES = 256;

const hasNative = typeof zlib.crc32 === 'function';

/** @returns the CRC of `bytes[from .. to)` begun at `seed`, as an unsigned 32-bit number */
export function crc32(bytes: Uint8Array, from: number, to: number, seed: number): number {
  const range = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
  if (hasNative && to - from >= NATIVE_MIN_BYTES) return zlib.crc32(range, seed);
  return crc.buf(range, seed) >>> 0;
}

const SHORT_BYTES = 28;
const short = new Uint8Array(SHORT_BYTES);

/** The same for the 28 checked bytes of a frame header; allocates nothing. */
export function frameHeaderCrc32(bytes: Uint8Array, from: number, seed: number): number {
  for (let i = 0; i < SHORT_BYTES; i++) short[i] = bytes[from + i];
  return crc.buf(short, seed) >>> 0;
}
