// The fields of a snapshot frame's payload, one after the other. Invariant: nothing behind the
// payload's end is read, whatever the bytes are; what does not fit is -1 or false.

import { EMPTY_BYTES, ViewCache, viewOf } from '../util/bytes.js';
import { VARINT_MAX_BYTES } from './snapshot-format.js';

const EMPTY_VIEW = viewOf(EMPTY_BYTES);

export class PayloadReader {
  bytes: Buffer = EMPTY_BYTES;
  /** A view of `bytes`. */
  view: DataView = EMPTY_VIEW;
  /** The next byte to read. */
  at = 0;
  end = 0;
  private readonly views = new ViewCache();

  /** From now on reads `bytes[from .. to)`. */
  begin(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.view = this.views.of(bytes);
    this.at = from;
    this.end = to;
  }

  /** Lets go of the bytes. */
  clear(): void {
    this.bytes = EMPTY_BYTES;
    this.view = EMPTY_VIEW;
    this.views.of(EMPTY_BYTES);
    this.at = 0;
    this.end = 0;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** @returns whether `length` more bytes are there */
  has(length: number): boolean {
    return length >= 0 && this.at + length <= this.end;
  }

  /** @returns where a run of `length` bytes begins, which are passed; -1 when they are not there */
  skip(length: number): number {
    if (!this.has(length)) return -1;
    const from = this.at;
    this.at += length;
    return from;
  }

  /** @returns the number at `at`, which is passed; -1 when there is none */
  varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < VARINT_MAX_BYTES && this.at < this.end; i++) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    return -1;
  }
}
