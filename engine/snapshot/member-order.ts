// The members of one sorted set in order, all sorted at once: for loading, where they come in the
// order of their hash. Scores are sorted as 64-bit numbers, by a radix sort from the low digits
// up; where scores are equal, members are sorted the same way, seven bytes at a time from their
// begin (D. Knuth, "The Art of Computer Programming" 3, 5.2.5).
//
// Invariant: after `sort` entries stand by score, then by the members' bytes, as in an
// `OrderedIndex`; time is linear in the number of entries and the bytes that decide.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref } from '../memory/chunks.js';
import { keyAtOf, keyLengthOf, payloadWordOf } from '../memory/record.js';

const ROOM_FIRST = 16;
/** Fewer entries are sorted by insertion. */
const INSERTION_MAX = 24;
/** Bytes of a member in a key; its eighth byte says how many there were. */
const KEY_BYTES = 7;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const WORD_BITS = 32;
const SIGN = 0x80000000;

/** A run of entries whose members are the same up to `depth` bytes. */
interface Tie {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

const counts = new Int32Array(DIGITS);
const score64 = new DataView(new ArrayBuffer(8));

export class MemberOrder {
  length = 0;
  private refs = new Int32Array(ROOM_FIRST);
  private highs = new Uint32Array(0);
  private lows = new Uint32Array(0);
  private order = new Int32Array(0);
  private spare = new Int32Array(0);
  private readonly arena: Arena;

  /** @param arena where the members' records are, with their scores for payload */
  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Adds a member by its record. */
  push(ref: Ref): void {
    if (this.length === this.refs.length) this.grow();
    this.refs[this.length++] = ref;
  }

  /** Brings the members in order; nothing is added afterwards. */
  sort(): void {
    const { length } = this;
    this.highs = new Uint32Array(length);
    this.lows = new Uint32Array(length);
    this.order = new Int32Array(length);
    this.spare = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      this.order[i] = i;
      this.setScoreKey(i);
    }
    if (length < 2) return;
    this.radixSort(0, length);
    const ties: Tie[] = [];
    this.findTies(0, length, 0, ties);
    for (let tie = ties.pop(); tie !== undefined; tie = ties.pop()) this.sortTie(tie, ties);
  }

  /** @returns the record of the member that comes after `index` others; after `sort` */
  refAt(index: number): Ref {
    return this.refs[this.order[index]];
  }

  private grow(): void {
    const refs = new Int32Array(this.length * 2);
    refs.set(this.refs);
    this.refs = refs;
  }

  /** Makes the key of an entry its score, as an unsigned number in the same order. */
  private setScoreKey(entry: number): void {
    const score = scoreOfMember(this.arena, this.refs[entry]);
    // 0 and -0 are the same score.
    score64.setFloat64(0, score === 0 ? 0 : score);
    const high = score64.getUint32(0);
    const low = score64.getUint32(4);
    const isNegative = high >= SIGN;
    this.highs[entry] = isNegative ? ~high : high ^ SIGN;
    this.lows[entry] = isNegative ? ~low : low;
  }

  /**
   * Makes the key of an entry the next bytes of its member, and how many there are: where all else
   * is equal, what ends first comes first. Only members with more bytes can have equal keys.
   */
  private setMemberKey(entry: number, depth: number): void {
    const { arena } = this;
    const ref = this.refs[entry];
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const at = keyAtOf(arena, ref) + depth;
    const left = keyLengthOf(arena, ref) - depth;
    if (left > KEY_BYTES) {
      this.highs[entry] = view.getUint32(at);
      this.lows[entry] = (view.getUint32(at + 4) & ~0xff) | (KEY_BYTES + 1);
      return;
    }
    let high = 0;
    let low = 0;
    for (let i = 0; i < 4; i++) high = (high << 8) | (i < left ? view.getUint8(at + i) : 0);
    for (let i = 4; i < KEY_BYTES; i++) low = (low << 8) | (i < left ? view.getUint8(at + i) : 0);
    this.highs[entry] = high;
    this.lows[entry] = (low << 8) | left;
  }

  /** Sorts the entries at `order[from .. to)` by their keys; what is equal keeps its order. */
  private radixSort(from: number, to: number): void {
    for (const keys of [this.lows, this.highs]) {
      for (let shift = 0; shift < WORD_BITS; shift += DIGIT_BITS) {
        this.sortByDigit(keys, shift, from, to);
      }
    }
  }

  private sortByDigit(keys: Uint32Array, shift: number, from: number, to: number): void {
    const { order, spare } = this;
    counts.fill(0);
    for (let i = from; i < to; i++) counts[(keys[order[i]] >>> shift) & (DIGITS - 1)]++;
    // Where all have the same digit, there is nothing to do.
    if (counts[(keys[order[from]] >>> shift) & (DIGITS - 1)] === to - from) return;
    let sum = from;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = counts[digit];
      counts[digit] = sum;
      sum += count;
    }
    for (let i = from; i < to; i++) {
      const entry = order[i];
      spare[counts[(keys[entry] >>> shift) & (DIGITS - 1)]++] = entry;
    }
    order.set(spare.subarray(from, to), from);
  }

  /** Adds the runs of equal keys within `order[from .. to)`, which is sorted by them. */
  private findTies(from: number, to: number, depth: number, ties: Tie[]): void {
    const { order, highs, lows } = this;
    for (let start = from; start < to; ) {
      const high = highs[order[start]];
      const low = lows[order[start]];
      let end = start + 1;
      while (end < to && highs[order[end]] === high && lows[order[end]] === low) end++;
      if (end - start > 1) ties.push({ from: start, to: end, depth });
      start = end;
    }
  }

  private sortTie({ from, to, depth }: Tie, ties: Tie[]): void {
    if (to - from <= INSERTION_MAX) {
      this.insertionSort(from, to, depth);
      return;
    }
    for (let i = from; i < to; i++) this.setMemberKey(this.order[i], depth);
    this.radixSort(from, to);
    this.findTies(from, to, depth + KEY_BYTES, ties);
  }

  private insertionSort(from: number, to: number, depth: number): void {
    const { order } = this;
    for (let i = from + 1; i < to; i++) {
      const entry = order[i];
      let gap = i;
      for (; gap > from && this.compareMembers(order[gap - 1], entry, depth) > 0; gap--) {
        order[gap] = order[gap - 1];
      }
      order[gap] = entry;
    }
  }

  /** Compares two members that are the same up to `depth` bytes. */
  private compareMembers(a: number, b: number, depth: number): number {
    const { arena, refs } = this;
    const aBytes = arena.bytes[refs[a] >>> CHUNK_SHIFT];
    const bBytes = arena.bytes[refs[b] >>> CHUNK_SHIFT];
    const aAt = keyAtOf(arena, refs[a]);
    const bAt = keyAtOf(arena, refs[b]);
    const aLength = keyLengthOf(arena, refs[a]);
    const bLength = keyLengthOf(arena, refs[b]);
    const length = Math.min(aLength, bLength);
    for (let i = depth; i < length; i++) {
      const difference = aBytes[aAt + i] - bBytes[bAt + i];
      if (difference !== 0) return difference;
    }
    return aLength - bLength;
  }
}

/** @returns the score that is the payload of a member's record */
export function scoreOfMember(arena: Arena, ref: Ref): number {
  return arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1];
}
