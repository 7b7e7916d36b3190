// An input of ZUNION and its kin: a sorted set, or a set whose members all have the score 1, or a
// key that is not there. There may be very many, so they share what reads them.
//
// Invariant: the source that was rewound last is the one that is walked; any may be searched.

import type { Database } from '../../keyspace/database.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { ByteSlice } from '../../util/byte-slice.js';

const SET_SCORE = 1;

const walkedSorted = new SortedSetValue();
const walkedSet = new SetCursor();
const searchedSorted = new SortedSetValue();
const searchedSet = new SetValue();
/** The source that the last two are open on. */
let searched: OperationSource | null = null;

export class OperationSource {
  weight = 1;
  count = 0;
  /** The score of the member that `next` went to or `find` found. */
  score = 0;
  private isSet = false;
  private ref: Ref = NO_REF;

  /** @param ref a set, a sorted set, or NO_REF */
  open(db: Database, ref: Ref): void {
    this.weight = 1;
    this.count = 0;
    this.score = SET_SCORE;
    this.ref = ref;
    searched = null;
    if (ref === NO_REF) return;
    this.isSet = db.typeOf(ref) === TYPE_SET;
    this.count = this.isSet ? searchedSet.open(db, ref).count : searchedSorted.open(db, ref).count;
  }

  /** Goes before the first member. */
  rewind(db: Database): void {
    if (this.count === 0) return;
    if (this.isSet) walkedSet.open(db, this.ref);
    else walkedSorted.open(db, this.ref).seek(0);
  }

  /** @returns false at the end */
  next(): boolean {
    if (this.count === 0) return false;
    if (this.isSet) return walkedSet.next();
    if (!walkedSorted.next()) return false;
    this.score = walkedSorted.score;
    return true;
  }

  /** The member that `next` went to. */
  get element(): ByteSlice {
    return this.isSet ? walkedSet.element : walkedSorted.element;
  }

  /** @returns whether the member is there */
  find(db: Database, member: ByteSlice): boolean {
    if (this.count === 0) return false;
    if (searched !== this) {
      searched = this;
      if (this.isSet) searchedSet.open(db, this.ref);
      else searchedSorted.open(db, this.ref);
    }
    if (this.isSet) return searchedSet.has(member);
    if (!searchedSorted.find(member)) return false;
    this.score = searchedSorted.score;
    return true;
  }
}
