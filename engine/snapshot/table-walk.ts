// The walk through a large hash, set or sorted set, in the order of its members' hashes. A member
// ahead of the walk that is about to change or go is written first and marked, a new one ahead of
// it is marked as not belonging; the walk passes over marked members and takes the marks away.

import type { Database } from '../keyspace/database.js';
import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_COUNT } from '../memory/large-header.js';
import { MemberTable, type WalkSink } from '../memory/member-table.js';
import { clearFlag, FLAG_MARKED, flagsOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import { assert } from '../util/assert.js';
import type { InnerWalk } from './inner-walk.js';
import type { LargeWriter } from './large-writer.js';

/** Home slots between two looks at how much was written: few at first, members may be large. */
const SLOTS_FIRST = 4;
const SLOTS_MAX = 256;
/** With less written so far, more slots are visited at a time. */
const FEW_BYTES = 2048;
/** Members that one step visits at most, about, however little it writes. */
const VISITS_MAX = 2048;

const table = new MemberTable();
const found = new RefList();

export class TableWalk implements InnerWalk, WalkSink {
  readonly count: number;
  /** Members with an unsigned hash below this have been visited. */
  position = 0;
  private readonly writer: LargeWriter;
  private readonly db: Database;
  private readonly root: Ref;
  private readonly type: number;
  private readonly number: number;
  private written = 0;
  private isAttached = false;
  private isAbandoned = false;
  private slots = SLOTS_FIRST;

  constructor(writer: LargeWriter, db: Database, root: Ref, type: number, number: number) {
    this.writer = writer;
    this.db = db;
    this.root = root;
    this.type = type;
    this.number = number;
    this.count = db.arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + HEADER_COUNT];
  }

  attach(): void {
    this.isAttached = true;
    table.open(this.db.arena, this.db.keyspace.seed, this.root);
    table.beginWalk(this);
  }

  writeElement(arena: Arena, ref: Ref): void {
    if (this.isAbandoned) return;
    const { writer } = this;
    writer.beginBatch(this.number, 1);
    writer.addMember(arena, ref, this.type);
    writer.endBatch(false);
    this.written++;
  }

  abandon(): void {
    this.isAbandoned = true;
  }

  step(bytesMax: number): boolean {
    const { writer, db, isAbandoned } = this;
    const { arena } = db;
    table.open(arena, db.keyspace.seed, this.root);
    const end = writer.at + bytesMax;
    let visits = 0;
    if (!isAbandoned) writer.beginBatch(this.number, this.count - this.written);
    while (this.position !== Infinity && writer.at < end && visits < VISITS_MAX) {
      const before = writer.at;
      this.visit();
      visits += this.slots;
      if (writer.at - before > FEW_BYTES) this.slots = Math.ceil(this.slots / 2);
      else this.slots = Math.min(this.slots * 2, SLOTS_MAX);
    }
    const hasEnded = this.position === Infinity;
    if (!isAbandoned) writer.endBatch(hasEnded);
    if (!hasEnded) return false;
    assert(isAbandoned || this.written === this.count, 'a walk writes what was there at its start');
    if (this.isAttached) table.endWalk();
    return true;
  }

  /** Visits the next slots; all marks are read before the first record is written. */
  private visit(): void {
    const { writer } = this;
    const { arena } = this.db;
    found.clear();
    const next = table.scanStep(this.position, found, this.slots);
    this.position = next === 0 ? Infinity : next;
    let unmarked = 0;
    for (let i = 0; i < found.length; i++) {
      const ref = found.refs[i];
      if ((flagsOf(arena, ref) & FLAG_MARKED) !== 0) clearFlag(arena, ref, FLAG_MARKED);
      else found.refs[unmarked++] = ref;
    }
    if (this.isAbandoned) return;
    for (let i = 0; i < unmarked; i++) {
      if (writer.isBatchFull) {
        writer.endBatch(false);
        writer.beginBatch(this.number, this.count - this.written);
      }
      writer.addMember(arena, found.refs[i], this.type);
      this.written++;
    }
  }
}
