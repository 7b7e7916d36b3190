// Going through all fields of a hash, and building one: for COPY, DUMP, snapshots and the like,
// and for the commands that answer with a whole hash.
// Invariant: every field comes once, also one whose deadline has passed; `isDue` tells it.

import type { Arena } from '../../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import { MemberTable } from '../../memory/member-table.js';
import { nextEntry, PACKED_COUNT_BYTES, readEntry } from '../../memory/packed-list.js';
import {
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_LONG,
  KEY_OFFSET,
  keyAtOf,
  keyLengthOf,
  LAYOUT_MASK,
  valueAtOf,
  valueLengthOf,
} from '../../memory/record.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import type { CollectionBuilder, CollectionCursor } from './collection.js';
import { HashValue } from './hash-value.js';

/** Home slots of a large hash that are read at once. */
const SLOTS_PER_STEP = 64;
/** Positions are hashes of 32 bits. */
const HASH_SPACE = 2 ** 32;

/** Brings records into the processor's caches together, as each alone would be waited for. */
function prefetchRecords(arena: Arena, found: RefList): number {
  const { refs, length } = found;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const ref = refs[i];
    sum ^= arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1];
  }
  return sum;
}

export class HashCursor implements CollectionCursor {
  readonly element = new ByteSlice();
  readonly value = new ByteSlice();
  readonly score = 0;
  deadlineMs = -1;
  count = 0;
  private opened: Database | null = null;
  private ref: Ref = NO_REF;
  private root: Ref = NO_REF;
  private readonly table = new MemberTable();
  /** Packed: where the next entry begins, and where the last one ends, in the record's chunk. */
  private at = 0;
  private end = 0;
  /** Large: records that were found, those before `taken` gone through. */
  private readonly found = new RefList();
  private taken = 0;
  private position = 0;
  private isLastStep = false;
  /** What `prefetchRecords` read: a use, so that no compiler leaves the reads out. */
  prefetchSum = 0;

  open(db: Database, ref: Ref): void {
    if (this.opened !== db) this.opened = db;
    const { arena } = db;
    this.ref = ref;
    this.root = db.rootOf(ref);
    if (this.root !== NO_REF) {
      this.table.open(arena, db.keyspace.seed, this.root);
      this.count = this.table.count;
    } else {
      this.count = arena.views[ref >>> CHUNK_SHIFT].getUint16(valueAtOf(arena, ref), true) >>> 1;
    }
    this.rewind();
  }

  /**
   * Points this object at a part of the hash: the fields from a position in hash order on, or all
   * where the hash is packed. `count` is then that of the whole hash.
   * @param position 0 to begin, then what the last call returned
   * @param fieldsMin how many fields are looked for
   * @param slotsMax how many home slots may be looked at for them
   * @returns the next position, or 0 at the end
   */
  openPart(db: Database, ref: Ref, position: number, fieldsMin: number, slotsMax: number): number {
    this.open(db, ref);
    if (this.root === NO_REF) return 0;
    this.isLastStep = true;
    if (position >= HASH_SPACE) return 0;
    let next = position;
    let slotsLeft = slotsMax;
    do next = this.table.scanStep(next, this.found, 1);
    while (next !== 0 && --slotsLeft > 0 && this.found.length < fieldsMin);
    return next;
  }

  rewind(): void {
    const { arena } = this.db;
    this.deadlineMs = -1;
    this.found.clear();
    this.taken = 0;
    this.position = 0;
    this.isLastStep = false;
    if (this.root !== NO_REF) return;
    const start = valueAtOf(arena, this.ref);
    this.at = start + PACKED_COUNT_BYTES;
    this.end = start + valueLengthOf(arena, this.ref);
  }

  next(): boolean {
    return this.root === NO_REF ? this.nextPacked() : this.nextRecord();
  }

  /** Whether the deadline of the field has passed: for commands it is not there. */
  get isDue(): boolean {
    if (this.deadlineMs < 0) return false;
    const { keyspace } = this.db;
    return keyspace.expiresKeys && this.deadlineMs <= keyspace.now;
  }

  private get db(): Database {
    assert(this.opened !== null, 'a cursor is opened before it is used');
    return this.opened;
  }

  private nextPacked(): boolean {
    if (this.at >= this.end) return false;
    const { arena } = this.db;
    const bytes = arena.bytes[this.ref >>> CHUNK_SHIFT];
    const view = arena.views[this.ref >>> CHUNK_SHIFT];
    readEntry(bytes, view, this.at, this.element);
    this.at = nextEntry(view, this.at);
    readEntry(bytes, view, this.at, this.value);
    this.at = nextEntry(view, this.at);
    return true;
  }

  private nextRecord(): boolean {
    while (this.taken === this.found.length) {
      if (this.isLastStep) return false;
      this.found.clear();
      this.taken = 0;
      this.position = this.table.scanStep(this.position, this.found, SLOTS_PER_STEP);
      this.isLastStep = this.position === 0;
      this.prefetchSum ^= prefetchRecords(this.db.arena, this.found);
    }
    const ref = this.found.refs[this.taken++];
    const { arena } = this.db;
    const chunk = ref >>> CHUNK_SHIFT;
    const bytes = arena.bytes[chunk];
    const view = arena.views[chunk];
    const at = (ref & UNIT_MASK) << 1;
    const shape = arena.words[chunk][at + 1];
    if ((shape & (FLAG_LONG | FLAG_DEADLINE)) === 0) {
      // Most fields: both lengths are in the word that also says where the field begins.
      const fieldAt = (at << 2) + KEY_OFFSET[shape & LAYOUT_MASK];
      const fieldLength = (shape >>> 8) & 0xff;
      this.element.of(bytes, view, fieldAt, fieldLength);
      this.value.of(bytes, view, fieldAt + fieldLength, shape >>> 16);
      this.deadlineMs = -1;
      return true;
    }
    this.element.of(bytes, view, keyAtOf(arena, ref), keyLengthOf(arena, ref));
    this.value.of(bytes, view, valueAtOf(arena, ref), valueLengthOf(arena, ref));
    this.deadlineMs = deadlineOf(arena, ref);
    return true;
  }
}

export class HashBuilder implements CollectionBuilder {
  private readonly hash = new HashValue();

  get ref(): Ref {
    return this.hash.ref;
  }

  create(db: Database, args: Args, index: number, expected = 0): void {
    this.hash.createEmpty(db, args, index, expected);
  }

  append(element: ByteSlice, value: ByteSlice, _score: number, deadlineMs: number): void {
    this.hash.set(element, value, false);
    if (deadlineMs >= 0) this.hash.setDeadline(element, deadlineMs);
  }
}
