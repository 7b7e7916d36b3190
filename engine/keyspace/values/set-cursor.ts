// Going through all members of a set, and building one: for COPY, DUMP, snapshots and the like,
// and for the commands that answer with members or compare sets.
// Invariant: every member comes once; the members of a large set come in the order of their hash.

import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import type { CollectionBuilder, CollectionCursor } from './collection.js';
import { entryAt } from './packed-set.js';
import { readAndPass, SetValue } from './set-value.js';

/** Home slots of a large set that are read at once. */
const SLOTS_PER_STEP = 128;
/** Positions are hashes of 32 bits. */
const HASH_SPACE = 2 ** 32;

export class SetCursor implements CollectionCursor {
  readonly element = new ByteSlice();
  readonly value = new ByteSlice();
  readonly score = 0;
  readonly deadlineMs = -1;
  count = 0;
  /** Of a large set: the hash of the member in `element`. */
  hash = 0;
  /** The set that this cursor goes through. */
  readonly set = new SetValue();
  /** Packed: index of the next integer, or where the next entry begins. */
  private at = 0;
  private left = 0;
  /** Of a large set: the records that were read together, and whether that was for this member. */
  readonly found = new RefList();
  isNewBatch = false;
  /** Of a large set: the record of the member in `element`. */
  record: Ref = NO_REF;
  /** How many of `found` were gone through. */
  private taken = 0;
  /** What `touch` read: a use, so that no compiler leaves the reads out. */
  private touched = 0;
  private position = 0;
  private isLastStep = false;

  open(db: Database, ref: Ref): void {
    this.count = this.set.open(db, ref).count;
    this.rewind();
  }

  /**
   * Points this object at a part of the set: the members from a position in hash order on, or all
   * where the set is packed. `count` is then that of the whole set.
   * @param position 0 to begin, then what the last call returned
   * @param membersMin how many members are looked for
   * @param slotsMax how many home slots may be looked at for them
   * @returns the next position, or 0 at the end
   */
  openPart(db: Database, ref: Ref, position: number, membersMin: number, slotsMax: number): number {
    this.open(db, ref);
    if (!this.isLarge) return 0;
    this.isLastStep = true;
    if (position >= HASH_SPACE) return 0;
    let next = position;
    let slotsLeft = slotsMax;
    do next = this.set.table.scanStep(next, this.found, 1);
    while (next !== 0 && --slotsLeft > 0 && this.found.length < membersMin);
    return next;
  }

  get isLarge(): boolean {
    return this.set.isLarge;
  }

  rewind(): void {
    const { set } = this;
    this.found.clear();
    this.taken = 0;
    this.position = 0;
    this.isLastStep = false;
    if (this.isLarge) return;
    this.left = this.count;
    this.at = set.hasIntegers ? 0 : entryAt(set.db, set.ref, 0);
  }

  next(): boolean {
    return this.isLarge ? this.nextRecord() : this.nextPacked();
  }

  private nextPacked(): boolean {
    if (this.left === 0) return false;
    this.left--;
    const { db, ref, hasIntegers } = this.set;
    this.at = readAndPass(db, ref, hasIntegers, this.at, this.element);
    return true;
  }

  private nextRecord(): boolean {
    const { found } = this;
    this.isNewBatch = false;
    while (this.taken === found.length) {
      if (this.isLastStep) return false;
      found.clear();
      this.taken = 0;
      this.position = this.set.table.scanStep(this.position, found, SLOTS_PER_STEP);
      this.isLastStep = this.position === 0;
      this.isNewBatch = true;
      this.touch();
    }
    this.hash = found.hashes[this.taken];
    this.record = found.refs[this.taken++];
    this.set.readRecord(this.record, this.element);
    return true;
  }

  /** Reads a little of every record found: the misses overlap, as nothing waits for one of them. */
  private touch(): void {
    const { words } = this.set.db.arena;
    const { refs, length } = this.found;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const ref = refs[i];
      sum ^= words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1];
    }
    this.touched ^= sum;
  }
}

export class SetBuilder implements CollectionBuilder {
  private readonly set = new SetValue();

  get ref(): Ref {
    return this.set.ref;
  }

  create(db: Database, args: Args, index: number, expected = 0): void {
    this.set.createEmpty(db, args, index, expected);
  }

  append(element: ByteSlice): void {
    this.set.add(element);
  }
}
