// What the keyspace itself does with large collections, whatever their type: it frees them.
// Invariant: a part of a collection that is freed is never looked at again, and a field with a
// deadline leaves the timing wheel before its record goes.

import { ListTree } from '../datatypes/list-tree.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_INDEX } from '../memory/large-header.js';
import { MemberTable } from '../memory/member-table.js';
import { FLAG_DEADLINE, flagsOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import { assert } from '../util/assert.js';
import { ByteSlice } from '../util/byte-slice.js';
import type { Database } from './database.js';
import { TYPE_HASH, TYPE_LIST, TYPE_ZSET } from './encodings.js';
import { LargeSortedSet } from './values/large-sorted-set.js';

/** Home slots of a table that are looked at together. */
const SLOTS_PER_STEP = 256;

const list = new ListTree();
const table = new MemberTable();
const sortedSet = new LargeSortedSet(new ByteSlice());
const found = new RefList();

/** A large collection that no key refers to, and how far it is freed. */
export class DroppedValue {
  readonly db: Database;
  readonly type: number;
  readonly root: Ref;
  /** A hash: how far its fields have left the timing wheel. */
  private position = 0;

  constructor(db: Database, type: number, root: Ref) {
    this.db = db;
    this.type = type;
    this.root = root;
  }

  /** @param word of the header */
  headerWord(word: number): number {
    const { words } = this.db.arena;
    return words[this.root >>> CHUNK_SHIFT][((this.root & UNIT_MASK) << 1) + word];
  }

  /**
   * Frees some of it.
   * @param stepsMax how many elements, about
   * @returns whether all of it is gone, its header too
   */
  freeStep(stepsMax: number): boolean {
    const { db, type, root } = this;
    const { seed } = db.keyspace;
    if (type === TYPE_LIST) {
      list.open(db.arena, root);
      return list.freeStep(stepsMax);
    }
    if (type === TYPE_ZSET) {
      sortedSet.open(db.arena, seed, root);
      return sortedSet.freeStep(stepsMax);
    }
    table.open(db.arena, seed, root);
    if (type === TYPE_HASH && !this.unlistFields(stepsMax)) return false;
    return table.freeStep(stepsMax);
  }

  /** Takes fields out of the timing wheel. @returns whether none is left there */
  private unlistFields(stepsMax: number): boolean {
    const { db, root } = this;
    for (let steps = 0; this.headerWord(HEADER_INDEX) > 0; ) {
      if (steps >= stepsMax) return false;
      found.clear();
      this.position = table.scanStep(this.position, found, SLOTS_PER_STEP);
      steps += found.length + 1;
      for (let i = 0; i < found.length; i++) {
        const ref = found.refs[i];
        if ((flagsOf(db.arena, ref) & FLAG_DEADLINE) === 0) continue;
        assert(db.fieldDeadlines !== null, 'a field with a deadline is in the wheel');
        db.fieldDeadlines.remove(root, ref);
      }
    }
    return true;
  }
}
