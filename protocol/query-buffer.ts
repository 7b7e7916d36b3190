// Bytes of one connection that were received and not yet consumed: the part of a command whose
// rest has not arrived, or whole commands that have to wait. Invariant: `bytes[from .. end)` is
// exactly that; moving it reports the distance, so offsets into it can follow.

import { copyBytes, EMPTY_BYTES } from './engine-port.js';

/** A remainder of at most this size is kept apart, in a buffer of at most this size. */
export const KEPT_MAX_BYTES = 4 * 1024;
const MIN_BYTES = 256;
/** Most bytes of one socket read. */
export const READ_BYTES = 64 * 1024;
/**
 * A client that announces a large argument gets room for all of it only when it has sent this
 * fraction of it: what a client costs stays in proportion to what it sent.
 */
const ANNOUNCED_GROWTH = 8;
const ANNOUNCED_AT_ONCE_BYTES = 1024 * 1024;

export class QueryBuffer {
  bytes: Buffer = EMPTY_BYTES;
  from = 0;
  end = 0;

  get length(): number {
    return this.end - this.from;
  }

  /**
   * Adds `length` bytes of `source`.
   * @param announcedEnd offset in `bytes` where the argument being read will end; 0: not known
   * @returns by how much the bytes that were there moved
   */
  append(source: Buffer, at: number, length: number, announcedEnd: number): number {
    const delta = this.reserve(length, announcedEnd);
    copyBytes(source, at, this.bytes, this.end, length);
    this.end += length;
    return delta;
  }

  /** Forgets everything; keeps a small buffer. */
  clear(): void {
    this.from = 0;
    this.end = 0;
    if (this.bytes.length > KEPT_MAX_BYTES) this.bytes = EMPTY_BYTES;
  }

  private reserve(length: number, announcedEnd: number): number {
    const { from, bytes } = this;
    const used = this.end - from;
    if (this.end + length <= bytes.length) return 0;
    if (used + length <= bytes.length && from >= used) {
      bytes.copyWithin(0, from, this.end);
    } else {
      this.bytes = Buffer.allocUnsafeSlow(this.grownSize(used + length, announcedEnd - from));
      copyBytes(bytes, from, this.bytes, 0, used);
    }
    this.from = 0;
    this.end = used;
    return -from;
  }

  /** Moves a small rest out of a large buffer. Offsets into the rest become invalid. */
  trim(): void {
    const { length } = this;
    if (this.bytes.length <= KEPT_MAX_BYTES || length > KEPT_MAX_BYTES) return;
    const small = Buffer.allocUnsafeSlow(Math.max(length, MIN_BYTES));
    copyBytes(this.bytes, this.from, small, 0, length);
    this.bytes = small;
    this.from = 0;
    this.end = length;
  }

  private grownSize(neededBytes: number, announcedBytes: number): number {
    const doubledBytes = Math.max(neededBytes, this.bytes.length * 2, MIN_BYTES);
    if (announcedBytes <= neededBytes) return doubledBytes;
    // With one read more than announced, the beginning of the next command fits as well.
    const provenBytes = Math.max(neededBytes * ANNOUNCED_GROWTH, ANNOUNCED_AT_ONCE_BYTES);
    return Math.min(announcedBytes + READ_BYTES, provenBytes);
  }
}
