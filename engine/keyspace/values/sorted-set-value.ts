// A sorted set, whichever form it has: packed (`listpack`) or large (`skiplist`). An object of this
// class is a view that `open` points at one key; handlers keep some and fill them again.
//
// Ranges are ranks: `rankOfScore` and `rankOfMember` tell where one begins and ends, `seek` goes
// there. Invariants: a packed sorted set holds no more and no longer members than its limits
// allowed when it was written; what has become large stays so.

import { NO_REF, type Ref } from '../../memory/chunks.js';
import { memberOf } from '../../memory/ordered-aim.js';
import { PACKED_COUNT_MAX } from '../../memory/packed-list.js';
import type { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { type Random, randomBelow } from '../../util/random.js';
import type { Database } from '../database.js';
import { LARGE_SORTED_SET, LargeSortedSet, scoreOfRecord } from './large-sorted-set.js';
import { NOT_FOUND, PackedSortedSet } from './packed-sorted-set.js';

/** As many members as a packed collection's count can tell. */
const PACKED_PAIRS_MAX = PACKED_COUNT_MAX >>> 1;

export class SortedSetValue {
  /** The key's record, which moves; NO_REF once the key is gone. */
  ref: Ref = NO_REF;
  /** What `next` or `previous` went over. */
  readonly element = new ByteSlice();
  /** The score of that, or of what `find` found. */
  score = 0;
  private opened: Database | null = null;
  /** Whether a scan takes steps, see `scanStep`. */
  isPacked = true;
  private readonly packed = new PackedSortedSet(this.element);
  private readonly large = new LargeSortedSet(this.element);
  /** What `find` found: an offset in the packed form, a record in the large one. */
  private found = NOT_FOUND;

  open(db: Database, ref: Ref): this {
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.opened !== db) this.opened = db;
    this.ref = ref;
    const root = db.rootOf(ref);
    this.isPacked = root === NO_REF;
    if (this.isPacked) this.packed.open(db, ref);
    else this.large.open(db.arena, db.keyspace.seed, root);
    return this;
  }

  get count(): number {
    return this.isPacked ? this.packed.count : this.large.count;
  }

  // --- finding ---

  /** @returns whether the member is there; its score is then in `score` */
  find(member: ByteSlice): boolean {
    if (!this.isPacked) {
      this.found = this.large.find(member);
      this.score = this.large.score;
      return this.found !== NO_REF;
    }
    this.found = this.packed.find(member);
    this.score = this.packed.score;
    return this.found !== NOT_FOUND;
  }

  /** @returns how many members come before the one that `find` found */
  rankOfFound(): number {
    return this.isPacked ? this.packed.rankAt(this.found) : this.large.rankOf(this.found);
  }

  /** @returns how many entries have a score below this one, or also this one when `inclusive` */
  rankOfScore(score: number, inclusive: boolean): number {
    if (!this.isPacked) return this.large.rankOfScore(score, inclusive);
    return this.packed.rankOfScore(score, inclusive);
  }

  /**
   * For a sorted set in which all scores are equal.
   * @returns how many members come before this one, or also this one when `inclusive`
   */
  rankOfMember(member: ByteSlice, inclusive: boolean): number {
    if (!this.isPacked) return this.large.rankOfMember(member, inclusive);
    return this.packed.rankOfMember(member, inclusive);
  }

  // --- changing: none of these counts as a change; members must not point into this value ---

  /**
   * Makes the absent key that is argument `index`, looked up last, hold a sorted set without
   * members, in the form that fits what is to come.
   * @param count how many members will be added, at most
   * @param memberBytesMax the longest of them
   */
  create(db: Database, args: Args, index: number, count: number, memberBytesMax: number): void {
    if (this.opened !== db) this.opened = db;
    this.isPacked = fitsPacked(db, count, memberBytesMax);
    if (this.isPacked) {
      this.packed.create(db, args, index, 0);
      this.ref = this.packed.ref;
      return;
    }
    this.large.create(db.arena, db.keyspace.seed);
    this.createLarge(db, args, index, this.large);
  }

  /** As `create`, and adds the first of the members, in a block of just its size. */
  createWith(
    db: Database,
    args: Args,
    index: number,
    count: number,
    memberBytesMax: number,
    member: ByteSlice,
    score: number,
  ): void {
    if (!fitsPacked(db, count, memberBytesMax)) {
      this.create(db, args, index, count, memberBytesMax);
      this.large.find(member);
      this.large.add(member, score);
      return;
    }
    if (this.opened !== db) this.opened = db;
    this.isPacked = true;
    this.packed.create(db, args, index, this.packed.take(member, score + 0));
    this.packed.append(member, score + 0);
    this.ref = this.packed.ref;
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold what was collected; of the
   * collection nothing else is left.
   */
  createFrom(db: Database, args: Args, index: number, source: LargeSortedSet): void {
    if (this.opened !== db) this.opened = db;
    const { count } = source;
    let roomBytes = 0;
    let memberBytesMax = 0;
    source.seek(0);
    while (count <= db.keyspace.limits.zsetMaxListpackEntries && source.next()) {
      memberBytesMax = Math.max(memberBytesMax, source.element.length);
      roomBytes += this.packed.take(source.element, source.score + 0);
    }
    this.isPacked = fitsPacked(db, count, memberBytesMax);
    if (!this.isPacked) {
      this.createLarge(db, args, index, source);
      this.large.open(db.arena, db.keyspace.seed, source.root);
      return;
    }
    this.packed.create(db, args, index, roomBytes);
    this.ref = this.packed.ref;
    source.seek(0);
    while (source.next()) this.packed.append(source.element, source.score + 0);
    source.freeStep(Number.POSITIVE_INFINITY);
  }

  /** As `create` does it, gets an existing sorted set ready for what is to come. */
  expect(count: number, memberBytesMax: number): void {
    if (this.isPacked && !fitsPacked(this.db, count, memberBytesMax)) this.becomeLarge();
  }

  /** Adds a member that `find` looked for last and did not find. */
  add(member: ByteSlice, score: number): void {
    // As in Redis, -0 becomes 0 in a packed sorted set, and only there.
    this.addCopy(member, this.fitsOneMore(member) ? score + 0 : score);
  }

  /** As `add`, for a score that comes from a sorted set. */
  addCopy(member: ByteSlice, score: number): void {
    if (this.fitsOneMore(member)) {
      this.packed.add(member, score);
      this.ref = this.packed.ref;
      return;
    }
    if (this.isPacked) {
      this.becomeLarge();
      this.large.find(member);
    }
    this.large.add(member, score);
  }

  /** Gives the member that `find` found another score. */
  setScore(member: ByteSlice, score: number): void {
    if (this.isPacked) {
      this.packed.setScore(this.found, member, score + 0);
      this.ref = this.packed.ref;
    } else {
      this.large.setScore(this.found, score);
    }
  }

  /** @returns whether the member was there; a sorted set that is now empty keeps its key */
  remove(member: ByteSlice): boolean {
    if (!this.find(member)) return false;
    if (!this.isPacked) {
      this.large.remove(this.found);
    } else {
      this.packed.removeAt(this.found);
      this.ref = this.packed.ref;
    }
    return true;
  }

  /** Removes the members with ranks from `from` up to, not including, `to`. */
  removeRange(from: number, to: number): void {
    if (!this.isPacked) {
      this.large.removeRange(from, to);
    } else if (to > from) {
      this.packed.removeRange(from, to);
      this.ref = this.packed.ref;
    }
  }

  /** Deletes the key when no member is left. @returns whether it did */
  dropIfEmpty(): boolean {
    if (this.count > 0) return false;
    this.db.drop(this.ref);
    this.ref = NO_REF;
    return true;
  }

  // --- walking; no change may happen meanwhile ---

  /** Goes to the gap before the entry with this rank, 0 to `count`. */
  seek(rank: number): void {
    if (this.isPacked) this.packed.seek(rank);
    else this.large.seek(rank);
  }

  /** Goes over the entry after the gap. @returns false at the end */
  next(): boolean {
    if (!this.isPacked) {
      if (!this.large.next()) return false;
      this.score = this.large.score;
      return true;
    }
    if (!this.packed.next()) return false;
    this.score = this.packed.score;
    return true;
  }

  /** Goes back over the entry before the gap. @returns false at the beginning */
  previous(): boolean {
    if (!this.isPacked) {
      if (!this.large.previous()) return false;
      this.score = this.large.score;
      return true;
    }
    if (!this.packed.previous()) return false;
    this.score = this.packed.score;
    return true;
  }

  /** Goes to a member of which each is as likely. There is one. */
  seekRandom(random: Random): void {
    this.seek(randomBelow(random, this.count));
    this.next();
  }

  /**
   * One step of ZSCAN over a large sorted set: finds records of members, which `openRecord` tells.
   * A packed one is walked at once.
   * @returns the position for the next step, 0 at the end
   */
  scanStep(position: number, found: RefList, slots: number): number {
    return this.large.table.scanStep(position, found, slots);
  }

  /** Tells in `element` and `score` what a record found by `scanStep` holds. */
  openRecord(record: Ref): void {
    memberOf(this.db.arena, record, this.element);
    this.score = scoreOfRecord(this.db.arena, record);
  }

  // --- inside ---

  private get db(): Database {
    assert(this.opened !== null, 'a sorted set is opened before it is used');
    return this.opened;
  }

  private fitsOneMore(member: ByteSlice): boolean {
    return this.isPacked && fitsPacked(this.db, this.packed.count + 1, member.length);
  }

  private createLarge(db: Database, args: Args, index: number, source: LargeSortedSet): void {
    try {
      this.ref = db.createLarge(args, index, LARGE_SORTED_SET, source.root);
    } catch (error) {
      source.freeStep(Number.POSITIVE_INFINITY);
      throw error;
    }
  }

  /** Moves all members into a table and an index. */
  private becomeLarge(): void {
    const { db, large, packed } = this;
    large.create(db.arena, db.keyspace.seed);
    try {
      packed.seek(0);
      while (packed.next()) {
        large.find(packed.element);
        large.add(packed.element, packed.score);
      }
      this.ref = db.becomeLarge(this.ref, LARGE_SORTED_SET, large.root);
    } catch (error) {
      large.freeStep(Number.POSITIVE_INFINITY);
      throw error;
    }
    this.isPacked = false;
  }
}

function fitsPacked(db: Database, count: number, memberBytesMax: number): boolean {
  const { limits } = db.keyspace;
  if (count > limits.zsetMaxListpackEntries || count > PACKED_PAIRS_MAX) return false;
  return memberBytesMax <= limits.zsetMaxListpackValue;
}
