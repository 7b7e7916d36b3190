// Going through a sorted set from low to high, and building one: for COPY, DUMP, snapshots and the
// like. Invariant: building what the cursor gave yields an equal value.

import type { Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import type { CollectionBuilder, CollectionCursor } from './collection.js';
import { SortedSetValue } from './sorted-set-value.js';

export class SortedSetCursor implements CollectionCursor {
  readonly value = new ByteSlice();
  readonly deadlineMs = -1;
  count = 0;
  private readonly set = new SortedSetValue();
  readonly element: ByteSlice = this.set.element;

  get score(): number {
    return this.set.score;
  }

  open(db: Database, ref: Ref): void {
    this.set.open(db, ref);
    this.count = this.set.count;
    this.rewind();
  }

  rewind(): void {
    this.seek(0);
  }

  seek(place: number): void {
    this.set.seek(place);
  }

  next(): boolean {
    return this.set.next();
  }
}

export class SortedSetBuilder implements CollectionBuilder {
  private readonly set = new SortedSetValue();

  get ref(): Ref {
    return this.set.ref;
  }

  create(db: Database, args: Args, index: number): void {
    this.set.create(db, args, index, 0, 0);
  }

  append(element: ByteSlice, _value: ByteSlice, score: number): void {
    // For a large sorted set this leaves the member's hash, which adding it uses.
    this.set.find(element);
    this.set.addCopy(element, score);
  }
}
