// Random fields of a hash. Invariants: every field that is there is as likely as any other, as far
// as the table's random choice is fair; a field whose deadline has passed is never chosen.

import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { MemberTable } from '../../memory/member-table.js';
import { nextEntry, PACKED_COUNT_BYTES, readEntry } from '../../memory/packed-list.js';
import { keyAtOf, keyLengthOf, valueAtOf, valueLengthOf } from '../../memory/record.js';
import { RefList } from '../../memory/ref-list.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { type Random, randomBelow } from '../../util/random.js';
import type { Database } from '../database.js';

/** Choices in vain (fields that are due, or chosen before) before nothing more is expected. */
const TRIES_MAX = 100;
/** Where this many times the count is more than there is, all are collected and some dropped. */
const COLLECT_FACTOR = 3;
const SLOTS_PER_STEP = 1024;

export class HashSampler {
  readonly field = new ByteSlice();
  readonly value = new ByteSlice();
  /** How many fields there are, those that are due included. */
  count = 0;
  private opened: Database | null = null;
  private ref: Ref = NO_REF;
  private isLarge = false;
  private readonly table = new MemberTable();
  /** Packed: where each pair begins in the record's chunk. Large: records that were collected. */
  private readonly places = new RefList();

  open(db: Database, ref: Ref): void {
    if (this.opened !== db) this.opened = db;
    this.ref = ref;
    this.places.clear();
    const root = db.rootOf(ref);
    this.isLarge = root !== NO_REF;
    if (root !== NO_REF) {
      this.table.open(db.arena, db.keyspace.seed, root);
      this.count = this.table.count;
      return;
    }
    const view = db.arena.views[ref >>> CHUNK_SHIFT];
    const start = valueAtOf(db.arena, ref);
    const end = start + valueLengthOf(db.arena, ref);
    for (let at = start + PACKED_COUNT_BYTES; at < end; ) {
      this.places.push(at, 0);
      at = nextEntry(view, nextEntry(view, at));
    }
    this.count = this.places.length;
  }

  /** Leaves a random field in `field` and `value`. @returns false when none was found */
  pick(random: Random): boolean {
    if (this.isLarge) {
      const ref = this.pickRecord(random);
      if (ref !== NO_REF) this.load(ref);
      return ref !== NO_REF;
    }
    if (this.count > 0) this.load(this.places.refs[randomBelow(random, this.count)]);
    return this.count > 0;
  }

  /**
   * Chooses fields, none of them twice; `take` gives them.
   * @param wanted fewer than `count`
   * @returns how many: fewer than wanted only where fields are due
   */
  choose(wanted: number, random: Random): number {
    if (this.isLarge && wanted * COLLECT_FACTOR <= this.count)
      return this.chooseFew(wanted, random);
    if (this.isLarge) this.collect();
    const { refs, length } = this.places;
    const chosen = Math.min(wanted, length);
    for (let i = 0; i < chosen; i++) {
      const other = i + randomBelow(random, length - i);
      const ref = refs[other];
      refs[other] = refs[i];
      refs[i] = ref;
    }
    return chosen;
  }

  /** Leaves the field that was chosen as number `index` in `field` and `value`. */
  take(index: number): void {
    this.load(this.places.refs[index]);
  }

  private get db(): Database {
    assert(this.opened !== null, 'a hash is opened before it is sampled');
    return this.opened;
  }

  private isDue(ref: Ref): boolean {
    return this.db.fieldDeadlines?.isDue(ref) === true;
  }

  private pickRecord(random: Random): Ref {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const ref = this.table.randomRef(random);
      if (ref === NO_REF || !this.isDue(ref)) return ref;
    }
    return NO_REF;
  }

  private chooseFew(wanted: number, random: Random): number {
    const seen = new Set<Ref>();
    for (let tries = 0; seen.size < wanted && tries < TRIES_MAX; tries++) {
      const ref = this.pickRecord(random);
      if (ref === NO_REF) break;
      if (seen.has(ref)) continue;
      seen.add(ref);
      this.places.push(ref, 0);
      tries = 0;
    }
    return seen.size;
  }

  private collect(): void {
    const { places } = this;
    let position = 0;
    do position = this.table.scanStep(position, places, SLOTS_PER_STEP);
    while (position !== 0);
    let kept = 0;
    for (let i = 0; i < places.length; i++) {
      const ref = places.refs[i];
      if (!this.isDue(ref)) places.refs[kept++] = ref;
    }
    places.length = kept;
  }

  /** @param place a record, or where a pair begins */
  private load(place: number): void {
    const { arena } = this.db;
    const chunk = (this.isLarge ? place : this.ref) >>> CHUNK_SHIFT;
    const bytes = arena.bytes[chunk];
    const view = arena.views[chunk];
    if (this.isLarge) {
      this.field.of(bytes, view, keyAtOf(arena, place), keyLengthOf(arena, place));
      this.value.of(bytes, view, valueAtOf(arena, place), valueLengthOf(arena, place));
    } else {
      readEntry(bytes, view, place, this.field);
      readEntry(bytes, view, nextEntry(view, place), this.value);
    }
  }
}
