// A point in time of the whole keyspace, written in slices while writes go on. The walk goes
// through each database in hash order; a key ahead of it that is about to change is written first
// (its pre-image) and marked, a key created ahead of it is marked as not belonging; the walk skips
// marked keys and takes the mark away as it passes.
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
import { writeRecord } from './record-codec.js';

/** Between two looks at the clock at most so many home slots, and about so many bytes. */
const SLOTS_PER_CHECK_MAX = 128;
const BYTES_PER_CHECK = 256 * 1024;

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
  }

  writePreImage(ref: Ref): void {
    this.walker.write(this.db, this.index, ref);
  }
}

export class KeyspaceWalker {
  /** Keys written so far. */
  keysWritten = 0;
  /** Keys that existed at the start. */
  readonly keysTotal: number;
  /** Keys by database index at the start. */
  readonly counts: readonly number[];
  private readonly frames: FrameBuffer;
  private readonly clock: Clock;
  private readonly walks: DatabaseWalk[] = [];
  private readonly found = new RefList();
  private current = 0;
  private isAbandoned = false;
  /** How many home slots to visit before the next look at the clock. */
  private slots = 1;

  constructor(keyspace: Keyspace, frames: FrameBuffer, clock: Clock) {
    this.frames = frames;
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
  }

  /**
   * Goes on until the slice is over, the frames hold `bytesMax`, or the walk has ended.
   * @returns whether it has ended
   */
  step(sliceMs: number, bytesMax: number): boolean {
    const end = this.clock.monotonicMs() + sliceMs;
    while (this.current < this.walks.length) {
      const walk = this.walks[this.current];
      this.visit(walk);
      if (walk.position === Infinity) {
        walk.db.snapshot = null;
        this.current++;
      }
      if (this.frames.at >= bytesMax || this.clock.monotonicMs() >= end) break;
    }
    return this.current === this.walks.length;
  }

  /** Writes one key, unless the walk was abandoned. */
  write(db: Database, dbIndex: number, ref: Ref): void {
    if (this.isAbandoned) return;
    writeRecord(this.frames, db, dbIndex, ref);
    this.keysWritten++;
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
