// A growing run of bytes. Invariant: `bytes[0 .. length)` is what was written; growing doubles, so
// writing n bytes costs O(n) in all, and no write allocates unless the room is used up.

import { constants } from 'node:buffer';
import { copyBytes, EMPTY_BYTES, ownBytes } from '../../util/bytes.js';

const FIRST_ROOM_BYTES = 64;

export class ByteWriter {
  /** The room; only the first `length` bytes mean anything. Growing replaces it. */
  bytes: Buffer = EMPTY_BYTES;
  length = 0;
  private readonly scratch = new DataView(new ArrayBuffer(8));

  /**
   * Makes room for `count` more bytes.
   * @throws RangeError when the platform has no array that long, or no memory for it
   */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > constants.MAX_LENGTH) throw new RangeError('Array buffer allocation failed');
    const doubled = Math.min(this.bytes.length * 2, constants.MAX_LENGTH);
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, doubled, FIRST_ROOM_BYTES));
    copyBytes(this.bytes, 0, grown, 0, this.length);
    this.bytes = grown;
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.length = 0;
  }

  /** @returns a copy of what was written, of exactly its length */
  copy(): Buffer {
    return ownBytes(this.bytes, 0, this.length);
  }

  /** Appends the low 8 bits of `value`. */
  writeByte(value: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Appends `from[at .. at + length)`. */
  writeBytes(from: Uint8Array, at: number, length: number): void {
    this.reserve(length);
    copyBytes(from, at, this.bytes, this.length, length);
    this.length += length;
  }

  writeUint16Le(value: number): void {
    this.writeByte(value);
    this.writeByte(value >>> 8);
  }

  /** Appends the low 32 bits of `value`, signed or not, least significant byte first. */
  writeUint32Le(value: number): void {
    this.reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.bytes[this.length++] = value >>> shift;
  }

  /** Appends the low 32 bits of `value`, signed or not, most significant byte first. */
  writeUint32Be(value: number): void {
    this.reserve(4);
    for (let shift = 24; shift >= 0; shift -= 8) this.bytes[this.length++] = value >>> shift;
  }

  /** Appends an IEEE 754 double, least significant byte first. */
  writeDoubleLe(value: number): void {
    this.scratch.setFloat64(0, value, true);
    this.writeUint32Le(this.scratch.getUint32(0, true));
    this.writeUint32Le(this.scratch.getUint32(4, true));
  }
}
