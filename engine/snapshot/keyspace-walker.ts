// A point in time of the whole keyspace, written in slices while writes go on. The walk goes
// through each database in hash order; a key ahead of it that is about to change is written first
// (its pre-image) and marked, a key created ahead of it is marked as not belonging; the walk skips
// marked keys and takes the mark away as it passes. Of a large collection only the key is written
// then; its elements follow by a walk of their own, before the walk through the keys goes on.
//
// Invariant: every key that existed at the start is written exactly once, as it was then; after
// the walk (also after an abandoned one) no mark is left.

import type { Database } from '../keyspace/database.js';
import type { PreImageSink } from '../keyspace/key-records.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { FrameBuffer } from '../log/frame-buffer.js';
import type { Ref } from '../memory/chunks.js';
import { clearFlag, FLAG_MARKED, flagsOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';
import { type InnerWalk, makeInnerWalk } from './inner-walk.js';
import { LargeWriter } from './large-writer.js';
import { writeRecord } from './record-codec.js';
import { FORM_LARGE, FORM_OF_KIND } from './snapshot-format.js';

/** Between two looks at the clock at most so many home slots, and about so many bytes. */
const SLOTS_PER_CHECK_MAX = 128;
const BYTES_PER_CHECK = 256 * 1024;
/** Between two looks at the clock while a large collection is written. */
const INNER_BYTES_PER_CHECK = 32 * 1024;
/** What is written of a large collection along with its key: many are no larger. */
const INNER_BYTES_FIRST = 8 * 1024;
/** With so much written already (one command may drop thousands of values) it is the key alone. */
const INNER_FIRST_MAX_BYTES = 1024 * 1024;

class DatabaseWalk implements PreImageSink {
  position = 0;
  readonly db: Database;
  /** The database's index at the start; SWAPDB may change `db.index`. */
  readonly index: number;
  private readonly walker: KeyspaceWalker;

  constructor(walker: KeyspaceWalker, db: Database) {
    this.walker = walker;
    this.db = db;
    this.index = db.index;
    assert(db.snapshot === null, 'one snapshot at a time');
    db.snapshot = this;
    db.walkBegins();
  }

  writePreImage(ref: Ref): void {
    this.walker.write(this.db, this.index, ref);
  }
}

export class KeyspaceWalker {
  /** Keys written so far; of large collections perhaps only in part. */
  keysWritten = 0;
  /** Keys that existed at the start. */
  readonly keysTotal: number;
  /** Keys by database index at the start. */
  readonly counts: readonly number[];
  private readonly frames: FrameBuffer;
  private readonly large: LargeWriter;
  private readonly clock: Clock;
  private readonly walks: DatabaseWalk[] = [];
  /** Walks through large collections that have not ended; the first one goes on first. */
  private readonly innerWalks: InnerWalk[] = [];
  private readonly found = new RefList();
  private current = 0;
  private records = 0;
  private largeValues = 0;
  private isAbandoned = false;
  /** How many home slots to visit before the next look at the clock. */
  private slots = 1;

  constructor(keyspace: Keyspace, frames: FrameBuffer, clock: Clock) {
    this.frames = frames;
    this.large = new LargeWriter(frames);
    this.clock = clock;
    this.counts = keyspace.databases.map((db) => db.count);
    this.keysTotal = this.counts.reduce((sum, count) => sum + count, 0);
    for (const db of keyspace.databases) {
      if (db.count > 0) this.walks.push(new DatabaseWalk(this, db));
    }
  }

  /** From now on nothing is written; `step` only takes the marks away. */
  abandon(): void {
    this.isAbandoned = true;
    for (const walk of this.innerWalks) walk.abandon();
  }

  /**
   * Goes on until the slice is over, the frames hold `bytesMax`, or the walk has ended.
   * @returns whether it has ended
   */
  step(sliceMs: number, bytesMax: number): boolean {
    const end = this.clock.monotonicMs() + sliceMs;
    while (!this.hasEnded) {
      if (this.innerWalks.length > 0) this.stepInner();
      else this.stepOuter();
      if (this.frames.at >= bytesMax || this.clock.monotonicMs() >= end) break;
    }
    if (this.hasEnded) for (const walk of this.walks) walk.db.walkEnds();
    return this.hasEnded;
  }

  /** Writes one key, and a large collection's begin, unless the walk was abandoned. */
  write(db: Database, dbIndex: number, ref: Ref): void {
    if (this.isAbandoned) return;
    const kind = db.typeOf(ref) | (db.encodingOf(ref) << 4);
    if (FORM_OF_KIND[kind] === FORM_LARGE) {
      this.writeLarge(db, dbIndex, ref);
    } else {
      writeRecord(this.frames, db, dbIndex, ref);
      this.records++;
    }
    this.keysWritten++;
  }

  /** Entries that the frames got so far. */
  get entriesWritten(): number {
    return this.records + this.large.entries;
  }

  private get hasEnded(): boolean {
    return this.current === this.walks.length && this.innerWalks.length === 0;
  }

  private writeLarge(db: Database, dbIndex: number, ref: Ref): void {
    const number = this.largeValues + 1;
    const walk = makeInnerWalk(this.large, db, ref, number);
    this.largeValues = number;
    this.large.writeHead(db, dbIndex, ref, number, walk.count);
    if (this.frames.at < INNER_FIRST_MAX_BYTES && walk.step(INNER_BYTES_FIRST)) return;
    walk.attach();
    this.innerWalks.push(walk);
  }

  private stepInner(): void {
    if (this.innerWalks[0].step(INNER_BYTES_PER_CHECK)) this.innerWalks.shift();
  }

  private stepOuter(): void {
    const walk = this.walks[this.current];
    this.visit(walk);
    if (walk.position !== Infinity) return;
    walk.db.snapshot = null;
    this.current++;
  }

  /**
   * Visits the next slots. All marks are read before the first record is written: in hash order
   * records are all over memory, and reads that do not wait for each other are many times faster.
   */
  private visit(walk: DatabaseWalk): void {
    const { found } = this;
    const { db } = walk;
    found.clear();
    const next = db.table.scanStep(walk.position, found, this.slots);
    walk.position = next === 0 ? Infinity : next;
    let unmarked = 0;
    for (let i = 0; i < found.length; i++) {
      const ref = found.refs[i];
      if ((flagsOf(db.arena, ref) & FLAG_MARKED) !== 0) clearFlag(db.arena, ref, FLAG_MARKED);
      else found.refs[unmarked++] = ref;
    }
    const before = this.frames.at;
    for (let i = 0; i < unmarked; i++) this.write(db, walk.index, found.refs[i]);
    // Large values: fewer at a time, so that a slice ends in time.
    if (this.frames.at - before > BYTES_PER_CHECK) this.slots = Math.ceil(this.slots / 2);
    else this.slots = Math.min(this.slots * 2, SLOTS_PER_CHECK_MAX);
  }
}
