// The arguments of one command, as the parser left them: offsets into somebody's buffer, never
// strings. One object serves every command of its owner, so an argument is valid only until the
// owner parses the next command; what outlives the command must be copied (`copy`).
//
//   bytes  ... $3 SET $1 k $1 v ...
//   at           ^      ^    ^         at[0..count-1], length[0..count-1]

import { EMPTY_BYTES, ownBytes, ViewCache } from './bytes.js';

const INITIAL_ARGUMENTS = 64;

export class Args {
  bytes: Buffer = EMPTY_BYTES;
  at = new Int32Array(INITIAL_ARGUMENTS);
  length = new Int32Array(INITIAL_ARGUMENTS);
  /** How many arguments there are; the command name is argument 0. */
  count = 0;
  /** The argument whose key hash is known already, or -1; see Database.prefetch. */
  hashedIndex = -1;
  hash = 0;
  private readonly views = new ViewCache();

  /** A view of `bytes`. */
  get view(): DataView {
    return this.views.of(this.bytes);
  }

  /** Makes room for `count` arguments, keeping those that are there. */
  reserve(count: number): void {
    if (count <= this.at.length) return;
    const room = Math.max(count, this.at.length * 2);
    const at = new Int32Array(room);
    const length = new Int32Array(room);
    at.set(this.at);
    length.set(this.length);
    this.at = at;
    this.length = length;
  }

  /** Appends the argument `bytes[at .. at + length)`; the buffer must be this object's own. */
  push(at: number, length: number): void {
    if (this.count === this.at.length) this.reserve(this.count + 1);
    this.at[this.count] = at;
    this.length[this.count++] = length;
  }

  /**
   * @param literal an upper-case ASCII word
   * @returns whether argument `index` is that word in any case
   */
  is(index: number, literal: string): boolean {
    const length = this.length[index];
    if (length !== literal.length) return false;
    const at = this.at[index];
    for (let i = 0; i < length; i++) {
      let byte = this.bytes[at + i];
      if (byte >= 97 && byte <= 122) byte -= 32;
      if (byte !== literal.charCodeAt(i)) return false;
    }
    return true;
  }

  /** @returns argument `index` as a latin1 string: one character per byte */
  text(index: number): string {
    const at = this.at[index];
    return this.bytes.toString('latin1', at, at + this.length[index]);
  }

  /** @returns a copy of argument `index` that outlives the command */
  copy(index: number): Buffer {
    return ownBytes(this.bytes, this.at[index], this.length[index]);
  }

  /** Makes this object hold copies of byte strings: the way in for callers without a socket. */
  assign(values: readonly Uint8Array[]): void {
    let total = 0;
    for (const value of values) total += value.length;
    const bytes = Buffer.allocUnsafeSlow(total);
    this.bytes = bytes;
    this.count = 0;
    this.hashedIndex = -1;
    this.reserve(values.length);
    let at = 0;
    for (const value of values) {
      bytes.set(value, at);
      this.push(at, value.length);
      at += value.length;
    }
  }
}
