// What all collections have in common for those who do not care which one it is: COPY, DUMP, SORT,
// DEBUG DIGEST, snapshots, export. Invariant: building what a cursor gave yields an equal value.

import type { Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';

/** Goes through one collection, packed or large; it may not change meanwhile. */
export interface CollectionCursor {
  /** @param ref the key's record */
  open(db: Database, ref: Ref): void;
  /** How many elements there are: fields of a hash, not fields and values. */
  readonly count: number;
  /** Goes before the first element. */
  rewind(): void;
  /** A list and a sorted set: goes before the element at a place, 0 .. `count`. */
  seek?(place: number): void;
  /**
   * Goes to the next element. A list goes from head to tail, a sorted set from low to high, the
   * others in any order.
   * @returns false at the end
   */
  next(): boolean;
  /** The element, the member or the field; valid until `next`. */
  readonly element: ByteSlice;
  /** A hash: the value of the field. */
  readonly value: ByteSlice;
  /** A sorted set: the score of the member. */
  readonly score: number;
  /** A hash: when the field expires, in unix ms; -1 for never. */
  readonly deadlineMs: number;
}

/** Makes a collection of any size, in the form that the limits of now give it. */
export interface CollectionBuilder {
  /**
   * Makes the absent key that is argument `index`, looked up last, hold an empty collection.
   * @param expected how many elements will be appended, where that is known: a table that has its
   *   size from the start is filled several times as fast
   */
  create(db: Database, args: Args, index: number, expected?: number): void;
  /**
   * Adds what a cursor gave; members and fields must be new. Not counted as a change.
   * @param value only of a hash
   * @param score only of a sorted set
   * @param deadlineMs only of a hash; -1 for none
   */
  append(element: ByteSlice, value: ByteSlice, score: number, deadlineMs: number): void;
  /** The key's record, as of the last `append`. */
  readonly ref: Ref;
}
