// A small sorted set, packed into the record of its key: member, score, member, score ... ordered
// by score, then by the member's bytes. An object of this class is a view that `open` points at.
//
// Invariant: places are told as offsets from where the value begins, for a change may move the
// record; where the cursor stands is void after a change.

import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import {
  findEntry,
  nextEntry,
  PACKED_COUNT_BYTES,
  PackedElement,
  previousEntry,
  readEntry,
  readScore,
} from '../../memory/packed-list.js';
import { valueAtOf, valueLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import { ENCODING_LISTPACK, TYPE_ZSET } from '../encodings.js';

export const PACKED_SORTED_SET = TYPE_ZSET | (ENCODING_LISTPACK << 4);
export const NOT_FOUND = -1;

export class PackedSortedSet {
  /** The key's record, which moves. */
  ref: Ref = NO_REF;
  /** The entry that `next` or `previous` went over. */
  readonly element: ByteSlice;
  score = 0;
  private opened: Database | null = null;
  private readonly member = new PackedElement();
  private readonly content = new PackedElement();
  private readonly other = new ByteSlice();
  /** Where the value begins, its first entry, its end and the cursor, in the record's chunk. */
  private start = 0;
  private first = 0;
  private end = 0;
  private at = 0;

  /** @param element where members are told */
  constructor(element: ByteSlice) {
    this.element = element;
  }

  open(db: Database, ref: Ref): void {
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.opened !== db) this.opened = db;
    this.ref = ref;
    this.locate();
  }

  /** Makes the absent key that is argument `index`, looked up last, hold an empty sorted set. */
  create(db: Database, args: Args, index: number, roomBytes: number): void {
    const ref = db.createPacked(args, index, PACKED_SORTED_SET, PACKED_COUNT_BYTES + roomBytes);
    this.open(db, ref);
    this.setCount(0);
    this.end = this.first;
  }

  get count(): number {
    return this.view.getUint16(this.start, true) >>> 1;
  }

  // --- finding ---

  /** @returns the offset of the member's entry, or NOT_FOUND; its score is then in `score` */
  find(member: ByteSlice): number {
    const { view } = this;
    const at = findEntry(view, this.first, this.end, this.member.set(member), 2);
    if (at === NOT_FOUND) return NOT_FOUND;
    this.score = readScore(view, nextEntry(view, at));
    return at - this.start;
  }

  /** @returns how many members come before the one at `offset` */
  rankAt(offset: number): number {
    const { view } = this;
    const until = this.start + offset;
    let rank = 0;
    for (let at = this.first; at < until; at = nextEntry(view, nextEntry(view, at))) rank++;
    return rank;
  }

  /** @returns how many entries have a score below this one, or also this one when `inclusive` */
  rankOfScore(score: number, inclusive: boolean): number {
    const { view, end } = this;
    let rank = 0;
    for (let at = this.first; at < end; rank++) {
      const scoreAt = nextEntry(view, at);
      const other = readScore(view, scoreAt);
      if (inclusive ? other > score : other >= score) break;
      at = nextEntry(view, scoreAt);
    }
    return rank;
  }

  /** @returns how many members come before this one, or also this one when `inclusive` */
  rankOfMember(member: ByteSlice, inclusive: boolean): number {
    const { view, bytes, end, other } = this;
    let rank = 0;
    for (let at = this.first; at < end; rank++) {
      readEntry(bytes, view, at, other);
      const difference = other.compare(member);
      if (inclusive ? difference > 0 : difference >= 0) break;
      at = nextEntry(view, nextEntry(view, at));
    }
    return rank;
  }

  // --- changing: none of these counts as a change ---

  /** Adds a member that is not there; it must not point into this record. */
  add(member: ByteSlice, score: number): void {
    const { db, count } = this;
    const offset = this.placeOf(member, score, NOT_FOUND);
    const size = this.take(member, score);
    this.ref = db.spliceValue(this.ref, offset, 0, size);
    this.locate();
    this.writePair(this.start + offset);
    this.setCount(count + 1);
  }

  /** As `add`, when the room is there and the entry comes last. */
  append(member: ByteSlice, score: number): void {
    this.take(member, score);
    this.setCount(this.count + 1);
    this.end = this.writePair(this.end);
  }

  /** Gives the member at `offset` another score. The member must not point into this record. */
  setScore(offset: number, member: ByteSlice, score: number): void {
    const oldSize = this.pairSize(this.start + offset);
    const target = this.placeOf(member, score, offset);
    const size = this.take(member, score);
    this.ref = this.db.spliceValue(this.ref, offset, oldSize, size);
    this.locate();
    const { start, bytes } = this;
    // What lies between the old place and the new one makes way.
    if (target > offset) {
      const until = target - oldSize;
      bytes.copyWithin(start + offset, start + offset + size, start + until + size);
      this.writePair(start + until);
    } else {
      bytes.copyWithin(start + target + size, start + target, start + offset);
      this.writePair(start + target);
    }
  }

  removeAt(offset: number): void {
    const { count } = this;
    this.cut(offset, this.pairSize(this.start + offset));
    this.setCount(count - 1);
  }

  /** Removes the members with ranks from `from` up to, not including, `to`. */
  removeRange(from: number, to: number): void {
    const { count } = this;
    this.seek(from);
    let until = this.at;
    for (let rank = from; rank < to; rank++) until += this.pairSize(until);
    const offset = this.at - this.start;
    assert(until <= this.start + valueLengthOf(this.db.arena, this.ref), 'ranks are within a set');
    this.cut(offset, until - this.at);
    this.setCount(count - (to - from));
  }

  // --- walking; no change may happen meanwhile ---

  /** Goes to the gap before the entry with this rank, 0 to `count`. */
  seek(rank: number): void {
    const { view, count } = this;
    if (rank <= count >>> 1) {
      let at = this.first;
      for (let i = 0; i < rank; i++) at = nextEntry(view, nextEntry(view, at));
      this.at = at;
    } else {
      let at = this.end;
      for (let i = count; i > rank; i--) at = previousEntry(view, previousEntry(view, at));
      this.at = at;
    }
  }

  /** Goes over the entry after the gap. @returns false at the end */
  next(): boolean {
    if (this.at >= this.end) return false;
    const { view } = this;
    readEntry(this.bytes, view, this.at, this.element);
    const scoreAt = nextEntry(view, this.at);
    this.score = readScore(view, scoreAt);
    this.at = nextEntry(view, scoreAt);
    return true;
  }

  /** Goes back over the entry before the gap. @returns false at the beginning */
  previous(): boolean {
    if (this.at <= this.first) return false;
    const { view } = this;
    const scoreAt = previousEntry(view, this.at);
    this.score = readScore(view, scoreAt);
    this.at = previousEntry(view, scoreAt);
    readEntry(this.bytes, view, this.at, this.element);
    return true;
  }

  // --- inside ---

  private get db(): Database {
    assert(this.opened !== null, 'a sorted set is opened before it is used');
    return this.opened;
  }

  private get view(): DataView {
    return this.db.arena.views[this.ref >>> CHUNK_SHIFT];
  }

  private get bytes(): Buffer {
    return this.db.arena.bytes[this.ref >>> CHUNK_SHIFT];
  }

  private locate(): void {
    const { arena } = this.db;
    this.start = valueAtOf(arena, this.ref);
    this.first = this.start + PACKED_COUNT_BYTES;
    this.end = this.start + valueLengthOf(arena, this.ref);
  }

  private setCount(count: number): void {
    this.view.setUint16(this.start, count << 1, true);
  }

  private pairSize(at: number): number {
    const { view } = this;
    return nextEntry(view, nextEntry(view, at)) - at;
  }

  private cut(offset: number, sizeBytes: number): void {
    this.ref = this.db.spliceValue(this.ref, offset, sizeBytes, 0);
    this.locate();
  }

  /** Gets an entry ready to be written. @returns how many bytes it takes */
  take(member: ByteSlice, score: number): number {
    return this.member.set(member).size + this.content.setDouble(score).size;
  }

  /** Writes `member` and `content`. @returns where they end */
  private writePair(at: number): number {
    const { view } = this;
    return this.content.write(view, this.member.write(view, at));
  }

  /**
   * @param skipped offset of an entry that does not count, or NOT_FOUND
   * @returns the offset of the first entry after this score and member
   */
  private placeOf(member: ByteSlice, score: number, skipped: number): number {
    const { view, start, first, end } = this;
    if (end > first) {
      // Entries that arrive in order are the most frequent.
      const scoreAt = previousEntry(view, end);
      const last = previousEntry(view, scoreAt);
      if (last - start !== skipped && !this.isAfter(last, scoreAt, member, score)) {
        return end - start;
      }
    }
    for (let at = first; at < end; ) {
      const scoreAt = nextEntry(view, at);
      if (at - start !== skipped && this.isAfter(at, scoreAt, member, score)) return at - start;
      at = nextEntry(view, scoreAt);
    }
    return end - start;
  }

  /** @returns whether the entry at `at` comes after this score and member */
  private isAfter(at: number, scoreAt: number, member: ByteSlice, score: number): boolean {
    const { view } = this;
    const other = readScore(view, scoreAt);
    if (other !== score) return other > score;
    readEntry(this.bytes, view, at, this.other);
    return this.other.compare(member) > 0;
  }
}
