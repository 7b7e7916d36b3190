// The elements of a collection that was read from outside and is not in any database yet: their
// bytes one after the other, and where each ends. A hash has its fields at even and its values at
// odd places; a sorted set has scores beside its members.
//
// Invariant: memory grows with what was really read, never with what a length claims.

import { type HashSeed, hashBytes } from '../../memory/hash.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { viewOf } from '../../util/bytes.js';
import { parseDouble } from '../../util/doubles.js';
import { INTEGER64_TEXT_MAX, writeInteger64 } from '../../util/numbers.js';
import { ByteWriter } from './byte-writer.js';

/** Ends are kept in 31 bits. */
const TOTAL_BYTES_MAX = 0x7fffffff;
const FIRST_ROOM = 16;
const NO_DEADLINE = -1;

export class RdbElements {
  /** How many elements; of a hash, fields and values together. */
  count = 0;
  /** Score by member, or deadline (unix ms, -1 for none) by field; shorter when there are none. */
  numbers = new Float64Array(0);
  numberCount = 0;
  private readonly text = new ByteWriter();
  private ends = new Int32Array(FIRST_ROOM);

  /** Forgets everything, and gives the memory back. */
  clear(): void {
    this.count = 0;
    this.numberCount = 0;
    this.numbers = new Float64Array(0);
    this.ends = new Int32Array(FIRST_ROOM);
    this.text.clear();
  }

  /** @returns false when there is no room for so many bytes */
  add(bytes: Uint8Array, at: number, length: number): boolean {
    if (length > TOTAL_BYTES_MAX - this.text.length) return false;
    this.text.writeBytes(bytes, at, length);
    this.close();
    return true;
  }

  /** Adds the decimal text of the 64-bit integer with these halves. */
  addInteger(low: number, high: number): boolean {
    const { text } = this;
    if (INTEGER64_TEXT_MAX > TOTAL_BYTES_MAX - text.length) return false;
    text.reserve(INTEGER64_TEXT_MAX);
    text.length += writeInteger64(text.bytes, text.length, low, high);
    this.close();
    return true;
  }

  /** Adds the score or the deadline of the element added last. */
  addNumber(value: number): void {
    if (this.numberCount === this.numbers.length) {
      const grown = new Float64Array(Math.max(FIRST_ROOM, this.numberCount * 2));
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[this.numberCount++] = value;
  }

  /** @returns the deadline of field number `pair`, -1 for none */
  deadlineOf(pair: number): number {
    return pair < this.numberCount ? this.numbers[pair] : NO_DEADLINE;
  }

  /** Points `out` at element `index`; valid until something is added. */
  open(index: number, view: DataView, out: ByteSlice): void {
    const from = this.startOf(index);
    out.of(this.text.bytes, view, from, this.ends[index] - from);
  }

  /** @returns a view of all elements, for `open`; valid until something is added */
  view(): DataView {
    return viewOf(this.text.bytes);
  }

  /**
   * Reads every other element as a score, as packed sorted sets have them.
   * @returns false when one is no number
   */
  takeScores(): boolean {
    for (let i = 1; i < this.count; i += 2) {
      const from = this.startOf(i);
      const score = parseDouble(this.text.bytes, from, this.ends[i] - from);
      if (score === null) return false;
      this.addNumber(score);
    }
    return true;
  }

  /**
   * @param stride 1 to look at every element, 2 at every other one
   * @param seed of the hash, so that nobody can choose elements that collide
   * @returns whether no two of them are the same
   */
  areDistinct(stride: number, seed: HashSeed): boolean {
    const { bytes } = this.text;
    const view = this.view();
    let room = FIRST_ROOM;
    while (room < (this.count / stride) * 2) room *= 2;
    const slots = new Int32Array(room);
    for (let i = 0; i < this.count; i += stride) {
      const from = this.startOf(i);
      const length = this.ends[i] - from;
      let slot = hashBytes(seed, view, from, length) & (room - 1);
      for (; slots[slot] !== 0; slot = (slot + 1) & (room - 1)) {
        const other = slots[slot] - 1;
        const otherFrom = this.startOf(other);
        if (length !== this.ends[other] - otherFrom) continue;
        if (bytes.compare(bytes, otherFrom, otherFrom + length, from, from + length) === 0) {
          return false;
        }
      }
      slots[slot] = i + 1;
    }
    return true;
  }

  private startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  private close(): void {
    if (this.count === this.ends.length) {
      const grown = new Int32Array(this.count * 2);
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.count++] = this.text.length;
  }
}
