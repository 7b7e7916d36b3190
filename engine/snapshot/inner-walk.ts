// A point in time of one large collection, written in slices while commands change it: the walk
// that the keyspace's walk opens when it reaches such a value, or when a command is about to change
// one that it has not reached.
//
// Invariant: the batches hold every element that was there at the start exactly once, as it was
// then; when a walk has ended, also an abandoned one, the collection bears no trace of it.

import type { Database } from '../keyspace/database.js';
import { TYPE_LIST } from '../keyspace/encodings.js';
import type { Ref } from '../memory/chunks.js';
import type { LargeWriter } from './large-writer.js';
import { ListWalk } from './list-walk.js';
import { TableWalk } from './table-walk.js';

export interface InnerWalk {
  /** How many elements there are at the start. */
  readonly count: number;
  /** Makes the collection tell this walk of its changes; before it nothing may change. */
  attach(): void;
  /** From now on nothing is written, `step` only takes the traces away. */
  abandon(): void;
  /**
   * Writes on.
   * @param bytesMax about how much
   * @returns whether the walk has ended
   */
  step(bytesMax: number): boolean;
}

/**
 * @param ref the record of a key with a large collection
 * @param number names the value in its batches
 */
export function makeInnerWalk(
  writer: LargeWriter,
  db: Database,
  ref: Ref,
  number: number,
): InnerWalk {
  const root = db.rootOf(ref);
  if (db.typeOf(ref) === TYPE_LIST) return new ListWalk(writer, db, root, number);
  return new TableWalk(writer, db, root, db.typeOf(ref), number);
}
