// An input of ZUNION and its kin: a sorted set, or a set whose members all have the score 1, or a
// key that is not there. Invariant: nothing changes a source while the operation reads it.

import type { Database } from '../../keyspace/database.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { ByteSlice } from '../../util/byte-slice.js';

const SET_SCORE = 1;

export class OperationSource {
  weight = 1;
  count = 0;
  /** The score of the member that `next` went to or `find` found. */
  score = 0;
  private isSet = false;
  private readonly sorted = new SortedSetValue();
  private readonly cursor = new SetCursor();

  /** @param ref a set, a sorted set, or NO_REF */
  open(db: Database, ref: Ref): void {
    this.weight = 1;
    this.count = 0;
    if (ref === NO_REF) return;
    this.isSet = db.typeOf(ref) === TYPE_SET;
    this.score = SET_SCORE;
    if (this.isSet) this.cursor.open(db, ref);
    this.count = this.isSet ? this.cursor.count : this.sorted.open(db, ref).count;
  }

  /** Goes before the first member. */
  rewind(): void {
    if (this.count === 0) return;
    if (this.isSet) this.cursor.rewind();
    else this.sorted.seek(0);
  }

  /** @returns false at the end */
  next(): boolean {
    if (this.count === 0) return false;
    if (this.isSet) return this.cursor.next();
    if (!this.sorted.next()) return false;
    this.score = this.sorted.score;
    return true;
  }

  /** The member that `next` went to. */
  get element(): ByteSlice {
    return this.isSet ? this.cursor.element : this.sorted.element;
  }

  /** @returns whether the member is there */
  find(member: ByteSlice): boolean {
    if (this.count === 0) return false;
    if (this.isSet) return this.cursor.set.has(member);
    if (!this.sorted.find(member)) return false;
    this.score = this.sorted.score;
    return true;
  }
}
