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
const INSERTION_MAX = 48;
/** Bytes of a member in a key; its eighth byte says how many there were. */
const KEY_BYTES = 7;
const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
const BUCKET_MASK = BUCKETS - 1;
/** Digits of a 32-bit word; the first three are those of the low one. */
const DIGITS_PER_WORD = 3;
const DIGITS = 2 * DIGITS_PER_WORD;
const SIGN = 0x80000000;

/** A run of entries whose members are the same up to `depth` bytes. */
interface Tie {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** Keys in two halves, with the records they belong to. */
interface Entries {
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  readonly refs: Int32Array;
}

function makeEntries(length: number, refs = new Int32Array(length)): Entries {
  return { highs: new Uint32Array(length), lows: new Uint32Array(length), refs };
}

/** How many entries have which value of which digit. */
const counts = new Int32Array(DIGITS * BUCKETS);
const score64 = new DataView(new ArrayBuffer(8));

export class MemberOrder {
  length = 0;
  /** The records; in order after `sort`. */
  refs = new Int32Array(ROOM_FIRST);
  private readonly arena: Arena;
  private entries: Entries = makeEntries(0);
  private spare: Entries = makeEntries(0);

  /** @param arena where the members' records are, with their scores for payload */
  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Adds a member by its record. */
  push(ref: Ref): void {
    if (this.length === this.refs.length) {
      const refs = new Int32Array(this.length * 2);
      refs.set(this.refs);
      this.refs = refs;
    }
    this.refs[this.length++] = ref;
  }

  /** Brings the members in order; nothing is added afterwards. */
  sort(): void {
    const { length } = this;
    this.entries = makeEntries(length, this.refs);
    this.spare = makeEntries(length);
    for (let i = 0; i < length; i++) this.setScoreKey(i);
    const ties: Tie[] = [];
    this.radixSort(0, length);
    this.findTies(0, length, 0, ties);
    for (let tie = ties.pop(); tie !== undefined; tie = ties.pop()) this.sortTie(tie, ties);
    this.entries = makeEntries(0);
    this.spare = makeEntries(0);
  }

  /** Makes the key of an entry its score, as an unsigned number in the same order. */
  private setScoreKey(index: number): void {
    const { highs, lows, refs } = this.entries;
    const score = scoreOfMember(this.arena, refs[index]);
    // 0 and -0 are the same score.
    score64.setFloat64(0, score === 0 ? 0 : score);
    const high = score64.getUint32(0);
    const low = score64.getUint32(4);
    const isNegative = high >= SIGN;
    highs[index] = isNegative ? ~high : high ^ SIGN;
    lows[index] = isNegative ? ~low : low;
  }

  /**
   * Makes the key of an entry the next bytes of its member, and how many there are: where all else
   * is equal, what ends first comes first. Only members with more bytes can have equal keys.
   */
  private setMemberKey(index: number, depth: number): void {
    const { arena } = this;
    const { highs, lows, refs } = this.entries;
    const ref = refs[index];
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const at = keyAtOf(arena, ref) + depth;
    const left = keyLengthOf(arena, ref) - depth;
    if (left > KEY_BYTES) {
      highs[index] = view.getUint32(at);
      lows[index] = (view.getUint32(at + 4) & ~0xff) | (KEY_BYTES + 1);
      return;
    }
    let high = 0;
    let low = 0;
    for (let i = 0; i < 4; i++) high = (high << 8) | (i < left ? view.getUint8(at + i) : 0);
    for (let i = 4; i < KEY_BYTES; i++) low = (low << 8) | (i < left ? view.getUint8(at + i) : 0);
    highs[index] = high;
    lows[index] = (low << 8) | left;
  }

  /** Sorts the entries `from` up to `to` by their keys. */
  private radixSort(from: number, to: number): void {
    this.countDigits(from, to);
    let source = this.entries;
    let target = this.spare;
    for (let digit = 0; digit < DIGITS; digit++) {
      const isHigh = digit >= DIGITS_PER_WORD;
      const shift = (digit % DIGITS_PER_WORD) * DIGIT_BITS;
      if (!toPlaces(digit * BUCKETS, from, to - from)) continue;
      deal(source, target, isHigh ? source.highs : source.lows, shift, digit * BUCKETS, from, to);
      [source, target] = [target, source];
    }
    if (source === this.entries) return;
    this.entries.highs.set(source.highs.subarray(from, to), from);
    this.entries.lows.set(source.lows.subarray(from, to), from);
    this.entries.refs.set(source.refs.subarray(from, to), from);
  }

  private countDigits(from: number, to: number): void {
    const { highs, lows } = this.entries;
    counts.fill(0);
    for (let i = from; i < to; i++) {
      const low = lows[i];
      const high = highs[i];
      counts[low & BUCKET_MASK]++;
      counts[BUCKETS + ((low >>> DIGIT_BITS) & BUCKET_MASK)]++;
      counts[2 * BUCKETS + (low >>> (2 * DIGIT_BITS))]++;
      counts[3 * BUCKETS + (high & BUCKET_MASK)]++;
      counts[4 * BUCKETS + ((high >>> DIGIT_BITS) & BUCKET_MASK)]++;
      counts[5 * BUCKETS + (high >>> (2 * DIGIT_BITS))]++;
    }
  }

  /** Adds the runs of equal keys from `from` up to `to`, which is sorted by them. */
  private findTies(from: number, to: number, depth: number, ties: Tie[]): void {
    const { highs, lows } = this.entries;
    for (let start = from; start < to; ) {
      const high = highs[start];
      const low = lows[start];
      let end = start + 1;
      while (end < to && highs[end] === high && lows[end] === low) end++;
      if (end - start > INSERTION_MAX) ties.push({ from: start, to: end, depth });
      else if (end - start > 1) this.insertionSort(start, end, depth);
      start = end;
    }
  }

  private sortTie({ from, to, depth }: Tie, ties: Tie[]): void {
    for (let i = from; i < to; i++) this.setMemberKey(i, depth);
    this.radixSort(from, to);
    this.findTies(from, to, depth + KEY_BYTES, ties);
  }

  /** Sorts records by their members; their keys are not needed any more. */
  private insertionSort(from: number, to: number, depth: number): void {
    const { refs } = this.entries;
    for (let i = from + 1; i < to; i++) {
      const ref = refs[i];
      let gap = i;
      for (; gap > from && this.compareMembers(refs[gap - 1], ref, depth) > 0; gap--) {
        refs[gap] = refs[gap - 1];
      }
      refs[gap] = ref;
    }
  }

  /** Compares two members that are the same up to `depth` bytes. */
  private compareMembers(a: Ref, b: Ref, depth: number): number {
    const { arena } = this;
    const aBytes = arena.bytes[a >>> CHUNK_SHIFT];
    const bBytes = arena.bytes[b >>> CHUNK_SHIFT];
    const aAt = keyAtOf(arena, a);
    const bAt = keyAtOf(arena, b);
    const aLength = keyLengthOf(arena, a);
    const bLength = keyLengthOf(arena, b);
    const length = Math.min(aLength, bLength);
    for (let i = depth; i < length; i++) {
      const difference = aBytes[aAt + i] - bBytes[bAt + i];
      if (difference !== 0) return difference;
    }
    return aLength - bLength;
  }
}

/**
 * Makes the counts of a digit the places where its entries go.
 * @returns false when all entries have the same digit, so that nothing needs to go anywhere
 */
function toPlaces(begin: number, from: number, length: number): boolean {
  let place = from;
  for (let i = begin; i < begin + BUCKETS; i++) {
    const count = counts[i];
    if (count === length) return false;
    counts[i] = place;
    place += count;
  }
  return true;
}

/** Puts entries where `counts` says, by one digit; what is equal keeps its order. */
function deal(
  source: Entries,
  target: Entries,
  keys: Uint32Array,
  shift: number,
  begin: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const place = counts[begin + ((keys[i] >>> shift) & BUCKET_MASK)]++;
    target.highs[place] = source.highs[i];
    target.lows[place] = source.lows[i];
    target.refs[place] = source.refs[i];
  }
}

/** @returns the score that is the payload of a member's record */
export function scoreOfMember(arena: Arena, ref: Ref): number {
  return arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1];
}
