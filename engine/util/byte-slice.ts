// Some bytes that live elsewhere: an argument, a member in the arena, a number that was printed.
// One object is filled again and again, so that passing bytes around allocates nothing.
// Invariant: it is valid only until what it points into changes; nobody keeps one across commands.

import type { Args } from './args.js';
import { copyBytes, EMPTY_BYTES, equalView, ownBytes, viewOf } from './bytes.js';
import { formatDouble } from './doubles.js';
import { INTEGER64_TEXT_MAX, writeInteger, writeInteger64 } from './numbers.js';

const EMPTY_VIEW = viewOf(EMPTY_BYTES);
/** The longest double is shorter. */
const DIGITS_BYTES = 32;

export class ByteSlice {
  bytes: Buffer = EMPTY_BYTES;
  view: DataView = EMPTY_VIEW;
  at = 0;
  length = 0;
  /** Made when a first number is printed. */
  private digits: Buffer | null = null;
  private digitsView: DataView = EMPTY_VIEW;

  /** Points at `bytes[at .. at + length)`; `view` is a view of the same memory. */
  of(bytes: Buffer, view: DataView, at: number, length: number): this {
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = view;
    }
    this.at = at;
    this.length = length;
    return this;
  }

  ofArgument(args: Args, index: number): this {
    return this.of(args.bytes, args.view, args.at[index], args.length[index]);
  }

  ofSlice(other: ByteSlice): this {
    return this.of(other.bytes, other.view, other.at, other.length);
  }

  /** Allocates a view: not for hot paths. */
  ofBuffer(bytes: Buffer): this {
    return this.of(bytes, viewOf(bytes), 0, bytes.length);
  }

  /** The decimal text of the 64-bit integer with these halves, in this object's own memory. */
  ofInteger(low: number, high: number): this {
    const digits = this.ownDigits();
    return this.of(digits, this.digitsView, 0, writeInteger64(digits, 0, low, high));
  }

  /** As `ofInteger`, for a safe integer. */
  ofNumber(value: number): this {
    const digits = this.ownDigits();
    return this.of(digits, this.digitsView, 0, writeInteger(digits, 0, value));
  }

  /** The shortest text that reads back as this double. */
  ofDouble(value: number): this {
    const text = formatDouble(value);
    const digits = this.ownDigits();
    return this.of(digits, this.digitsView, 0, digits.write(text, 'latin1'));
  }

  /** Points at nothing, so that no memory is kept alive. */
  clear(): void {
    this.of(EMPTY_BYTES, EMPTY_VIEW, 0, 0);
  }

  equals(other: ByteSlice): boolean {
    if (this.length !== other.length) return false;
    return equalView(this.view, this.at, other.view, other.at, this.length);
  }

  /** @returns below, at or above 0 as these bytes come before, with or after the other ones */
  compare(other: ByteSlice): number {
    const { bytes, at } = this;
    const length = Math.min(this.length, other.length);
    for (let i = 0; i < length; i++) {
      const difference = bytes[at + i] - other.bytes[other.at + i];
      if (difference !== 0) return difference;
    }
    return this.length - other.length;
  }

  /** @returns one latin1 character per byte */
  text(): string {
    return this.bytes.toString('latin1', this.at, this.at + this.length);
  }

  /** @returns the bytes, in memory of their own */
  copy(): Buffer {
    return ownBytes(this.bytes, this.at, this.length);
  }

  /** Writes the bytes at `to[at]`. */
  copyTo(to: Uint8Array, at: number): void {
    copyBytes(this.bytes, this.at, to, at, this.length);
  }

  private ownDigits(): Buffer {
    if (this.digits === null) {
      this.digits = Buffer.alloc(Math.max(DIGITS_BYTES, INTEGER64_TEXT_MAX));
      this.digitsView = viewOf(this.digits);
    }
    return this.digits;
  }
}
