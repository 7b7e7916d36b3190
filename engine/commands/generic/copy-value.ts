// A copy of a value under another key or in another database. Invariant: the copy has the type,
// the encoding, the elements, the field deadlines and the deadline of the original.

import type { Database } from '../../keyspace/database.js';
import { TYPE_STRING } from '../../keyspace/encodings.js';
import type { CollectionBuilder, CollectionCursor } from '../../keyspace/values/collection.js';
import { collectionOf } from '../../keyspace/values/collections.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';

/** Limits that let no table be packed; a list becomes large by its size alone. */
const NOTHING_PACKED = {
  hashMaxListpackEntries: 0,
  setMaxIntsetEntries: 0,
  setMaxListpackEntries: 0,
  zsetMaxListpackEntries: 0,
};

/** Begins a copy that is large from its first element on, as the original may have shrunk. */
function beginLarge(
  cursor: CollectionCursor,
  builder: CollectionBuilder,
  target: Database,
  args: Args,
  index: number,
): void {
  const { limits } = target.keyspace;
  const kept = { ...limits };
  Object.assign(limits, NOTHING_PACKED);
  try {
    builder.create(target, args, index, cursor.count);
    if (!cursor.next()) return;
    builder.append(cursor.element, cursor.value, cursor.score, cursor.deadlineMs);
  } finally {
    Object.assign(limits, kept);
  }
}

/**
 * Gives the absent key that is argument `index`, looked up last in `target`, a copy of the value
 * in record `from` of `source`, with its access bits and deadline. Counts as a change.
 * @returns the new record
 */
export function copyValue(
  source: Database,
  from: Ref,
  target: Database,
  args: Args,
  index: number,
): Ref {
  const type = source.typeOf(from);
  const isLarge = type !== TYPE_STRING && source.rootOf(from) !== NO_REF;
  // What lies in the record is copied as it is; a large collection is built again.
  if (!isLarge) return target.copyFrom(source, from, args, index);
  const { cursor, builder } = collectionOf(type);
  cursor.open(source, from);
  beginLarge(cursor, builder, target, args, index);
  while (cursor.next()) {
    builder.append(cursor.element, cursor.value, cursor.score, cursor.deadlineMs);
  }
  let { ref } = builder;
  target.setAccess(ref, source.accessOf(from));
  const deadlineMs = source.deadlineOf(from);
  if (deadlineMs >= 0) ref = target.setDeadline(ref, deadlineMs);
  else target.changed(ref, 1);
  return ref;
}
