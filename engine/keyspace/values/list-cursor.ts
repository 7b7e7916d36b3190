// Going through a list from head to tail, and building one: for COPY, DUMP, SORT, DEBUG DIGEST and
// the like. Invariant: building what the cursor gave yields an equal value.

import type { Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import type { CollectionBuilder, CollectionCursor } from './collection.js';
import { ListValue } from './list-value.js';

export class ListCursor implements CollectionCursor {
  readonly element = new ByteSlice();
  readonly value = new ByteSlice();
  readonly score = 0;
  readonly deadlineMs = -1;
  count = 0;
  private readonly list = new ListValue();
  /** Where `next` begins. */
  private first = 0;
  private hasBegun = false;

  open(db: Database, ref: Ref): void {
    this.list.open(db, ref);
    this.count = this.list.count;
    this.rewind();
  }

  rewind(): void {
    this.seek(0);
  }

  seek(place: number): void {
    this.first = place;
    this.hasBegun = false;
  }

  next(): boolean {
    if (this.hasBegun) {
      if (!this.list.run.forward()) return false;
    } else {
      if (this.first >= this.count) return false;
      this.list.seek(this.first);
      this.hasBegun = true;
    }
    this.list.read(this.element);
    return true;
  }
}

export class ListBuilder implements CollectionBuilder {
  private readonly list = new ListValue();

  get ref(): Ref {
    return this.list.ref;
  }

  create(db: Database, args: Args, index: number): void {
    this.list.create(db, args, index);
  }

  append(element: ByteSlice): void {
    this.list.willAdd(element.length, 1);
    this.list.push(element, false);
  }
}
