// The walk through a large list, head to tail: the list is frozen when the walk begins, so commands
// change copies of its nodes, and what only the frozen list had is freed when the walk has ended.

import { FrozenList, freeze, thaw } from '../datatypes/list-frozen.js';
import type { Database } from '../keyspace/database.js';
import type { Ref } from '../memory/chunks.js';
import { assert } from '../util/assert.js';
import type { InnerWalk } from './inner-walk.js';
import type { LargeWriter } from './large-writer.js';

/** Nodes freed by one step. */
const THAW_STEPS = 2000;

export class ListWalk implements InnerWalk {
  readonly count: number;
  private readonly writer: LargeWriter;
  private readonly db: Database;
  private readonly number: number;
  private readonly frozen: Ref;
  private readonly list = new FrozenList();
  private written = 0;
  private isAbandoned = false;

  constructor(writer: LargeWriter, db: Database, root: Ref, number: number) {
    this.writer = writer;
    this.db = db;
    this.number = number;
    this.frozen = freeze(db.arena, root);
    this.list.open(db.arena, this.frozen);
    this.count = this.list.count;
  }

  /** A frozen list needs to know nothing more. */
  attach(): void {}

  abandon(): void {
    this.isAbandoned = true;
  }

  step(bytesMax: number): boolean {
    const { writer, list, isAbandoned } = this;
    const end = writer.at + bytesMax;
    while (!isAbandoned && this.written < this.count && writer.at < end) {
      assert(list.next(), 'a frozen list has as many elements as it says');
      this.written += list.leafCount;
      const isLast = this.written === this.count;
      writer.writeRun(this.number, list.bytes, list.from, list.to, list.leafCount, isLast);
    }
    if (!isAbandoned && this.written < this.count) return false;
    return thaw(this.db.arena, this.frozen, THAW_STEPS);
  }
}
