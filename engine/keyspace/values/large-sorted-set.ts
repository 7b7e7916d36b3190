// A large sorted set: a table of member records, each with its score as payload, and the ordered
// index of them. An object of this class is a view that `open` points at one; it may belong to a
// key or to nobody yet.
//
// Invariant: table and index hold the same members with the same scores, except while a result is
// collected in the table alone (`collect`, then `finishCollecting`).

import type { Arena } from '../../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import type { HashSeed } from '../../memory/hash.js';
import { HEADER_INDEX } from '../../memory/large-header.js';
import { MemberTable } from '../../memory/member-table.js';
import { memberOf } from '../../memory/ordered-aim.js';
import { OrderedIndex } from '../../memory/ordered-index.js';
import { FLAG_PAYLOAD, payloadWordOf } from '../../memory/record.js';
import { RefList } from '../../memory/ref-list.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { ENCODING_SKIPLIST, TYPE_ZSET } from '../encodings.js';

export const LARGE_SORTED_SET = TYPE_ZSET | (ENCODING_SKIPLIST << 4);
/** Home slots of a table that are read at once. */
const SLOTS_PER_STEP = 256;
/** So many members are looked up in the index before they are removed together. */
const REMOVED_TOGETHER = 1024;

const found = new RefList();

/** @returns the score of a member's record */
export function scoreOfRecord(arena: Arena, ref: Ref): number {
  return arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1];
}

function setScoreOfRecord(arena: Arena, ref: Ref, score: number): void {
  arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1] = score;
}

export class LargeSortedSet {
  readonly table = new MemberTable();
  /** The header. */
  root: Ref = NO_REF;
  /** The entry that `next` or `previous` went over. */
  readonly element: ByteSlice;
  score = 0;
  private readonly index = new OrderedIndex();

  /** @param element where members are told */
  constructor(element: ByteSlice) {
    this.element = element;
  }

  /** Makes an empty one that belongs to nobody. @throws ArenaFullError */
  create(arena: Arena, seed: HashSeed): void {
    this.root = this.table.create(arena, seed);
    try {
      this.index.create(arena);
    } catch (error) {
      this.table.freeStep(Number.POSITIVE_INFINITY);
      throw error;
    }
    this.saveIndex();
  }

  open(arena: Arena, seed: HashSeed, root: Ref): void {
    this.root = root;
    this.table.open(arena, seed, root);
    this.index.open(arena, this.headerWord(arena));
  }

  get count(): number {
    return this.table.count;
  }

  // --- finding ---

  /** @returns the member's record, or NO_REF; its score is then in `score` */
  find(member: ByteSlice): Ref {
    const ref = this.table.find(member);
    if (ref !== NO_REF) this.score = scoreOfRecord(this.index.arena, ref);
    return ref;
  }

  /** @returns how many members come before the one with this record */
  rankOf(ref: Ref): number {
    return this.index.rank(scoreOfRecord(this.index.arena, ref), ref);
  }

  rankOfScore(score: number, inclusive: boolean): number {
    return this.index.rankOfScore(score, inclusive);
  }

  rankOfMember(member: ByteSlice, inclusive: boolean): number {
    return this.index.rankOfMember(member, inclusive);
  }

  // --- changing ---

  /** Adds a member that was looked for last and is not there. @throws ArenaFullError */
  add(member: ByteSlice, score: number): void {
    const ref = this.collect(member, score);
    try {
      this.index.insert(score, ref);
    } catch (error) {
      this.table.remove(ref);
      throw error;
    }
    this.saveIndex();
  }

  /** Gives the member with this record another score. @throws ArenaFullError */
  setScore(ref: Ref, score: number): void {
    const { arena } = this.index;
    this.table.changing(ref);
    this.index.move(scoreOfRecord(arena, ref), ref, score);
    setScoreOfRecord(arena, ref, score);
    this.saveIndex();
  }

  remove(ref: Ref): void {
    this.index.remove(scoreOfRecord(this.index.arena, ref), ref);
    this.saveIndex();
    this.table.remove(ref);
  }

  /** Removes the members with ranks from `from` up to, not including, `to`. */
  removeRange(from: number, to: number): void {
    let left = to - from;
    while (left > 0) {
      const together = Math.min(left, REMOVED_TOGETHER);
      found.clear();
      this.index.seek(from);
      while (found.length < together && this.index.next()) found.push(this.index.ref, 0);
      for (let i = 0; i < together; i++) this.remove(found.refs[i]);
      left -= together;
    }
  }

  // --- collecting a result, whose scores may still change many times ---

  /** Adds a member, which was looked for last and is not there, to the table alone. */
  collect(member: ByteSlice, score: number): Ref {
    const ref = this.table.add(member, FLAG_PAYLOAD, 0);
    setScoreOfRecord(this.index.arena, ref, score);
    return ref;
  }

  /** Gives a collected member another score. */
  recollect(ref: Ref, score: number): void {
    setScoreOfRecord(this.index.arena, ref, score);
  }

  /** Puts all that was collected in order. @throws ArenaFullError */
  finishCollecting(): void {
    const { arena } = this.index;
    let position = 0;
    do {
      found.clear();
      position = this.table.scanStep(position, found, SLOTS_PER_STEP);
      for (let i = 0; i < found.length; i++) {
        const ref = found.refs[i];
        this.index.insert(scoreOfRecord(arena, ref), ref);
        this.saveIndex();
      }
    } while (position !== 0);
  }

  // --- walking; no change may happen meanwhile ---

  /** Goes to the gap before the entry with this rank, 0 to `count`. */
  seek(rank: number): void {
    this.index.seek(rank);
  }

  /** Goes over the entry after the gap. @returns false at the end */
  next(): boolean {
    return this.index.next() && this.read();
  }

  /** Goes back over the entry before the gap. @returns false at the beginning */
  previous(): boolean {
    return this.index.previous() && this.read();
  }

  /** The record that `next` or `previous` went over. */
  get current(): Ref {
    return this.index.ref;
  }

  // --- the end ---

  /**
   * Frees a sorted set that belongs to nobody any more, some of it at a time.
   * @param stepsMax how many elements, about
   * @returns whether all is gone
   */
  freeStep(stepsMax: number): boolean {
    const { arena } = this.index;
    if (this.headerWord(arena) !== NO_REF) {
      if (!this.index.freeStep(stepsMax)) return false;
      this.saveIndex();
    }
    return this.table.freeStep(stepsMax);
  }

  private read(): boolean {
    memberOf(this.index.arena, this.index.ref, this.element);
    this.score = this.index.score;
    return true;
  }

  private headerWord(arena: Arena): Ref {
    return arena.words[this.root >>> CHUNK_SHIFT][((this.root & UNIT_MASK) << 1) + HEADER_INDEX];
  }

  private saveIndex(): void {
    const { root } = this;
    const words = this.index.arena.words[root >>> CHUNK_SHIFT];
    words[((root & UNIT_MASK) << 1) + HEADER_INDEX] = this.index.root;
  }
}
