// Members that go together, and the key with the last of them. Invariant: a sorted set that goes as
// a whole is freed in slices, however large it is.

import type { Context } from '../../contract/context.js';
import type { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';

/**
 * Removes the members with ranks from `start` up to, not including, `end`: as many changes.
 * @param set an open sorted set, looked up for writing; afterwards it may be gone
 */
export function removeRanks(ctx: Context, set: SortedSetValue, start: number, end: number): void {
  const { db } = ctx;
  const removed = end - start;
  if (removed === 0) return;
  const isAll = removed === set.count;
  if (!isAll) set.removeRange(start, end);
  db.changed(set.ref, removed);
  if (isAll) db.drop(set.ref);
}
