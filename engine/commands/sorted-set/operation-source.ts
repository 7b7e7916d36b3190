// An input of ZUNION and its kin: a sorted set, or a set whose members all have the score 1, or a
// key that is not there. Invariant: nothing changes a source while the operation reads it.

import type { Database } from '../../keyspace/database.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { ByteSlice } from '../../util/byte-slice.js';

export class OperationSource {
  weight = 1;
  count = 0;
  score = 0;
  private readonly sorted = new SortedSetValue();
  open(db: Database, ref: Ref): void {
    this.weight = 1;
    this.count = 0;
    if (ref !== NO_REF) this.count = this.sorted.open(db, ref).count;
  }
  rewind(): void {
    if (this.count > 0) this.sorted.seek(0);
  }
  next(): boolean {
    if (this.count === 0 || !this.sorted.next()) return false;
    this.score = this.sorted.score;
    return true;
  }
  get element(): ByteSlice {
    return this.sorted.element;
  }
  find(member: ByteSlice): boolean {
    if (this.count === 0 || !this.sorted.find(member)) return false;
    this.score = this.sorted.score;
    return true;
  }
}
