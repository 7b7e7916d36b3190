// Results that take the place of a key: of ZRANGESTORE, ZUNIONSTORE and the like.
// Invariant: sources are read before the key changes, for it may be one of them.

import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { LargeSortedSet } from '../../keyspace/values/large-sorted-set.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';

/** The result of the running command; it belongs to no key. */
export const result = new LargeSortedSet(new ByteSlice());
const stored = new SortedSetValue();

/** Begins a result. @throws ArenaFullError */
export function beginResult(ctx: Context): void {
  result.create(ctx.db.arena, ctx.keyspace.seed);
}

/** Lets go of a result that was answered, or that could not be finished. */
export function dropResult(ctx: Context): void {
  ctx.keyspace.lazyFree.release(ctx.db, TYPE_ZSET, result.root);
}

/** Puts the result in the place of the key that is argument `index`, and answers its size. */
export function storeResult(ctx: Context, args: Args, index: number): void {
  const { db, reply } = ctx;
  const { count } = result;
  const ref = db.lookupWrite(args, index);
  if (count === 0) {
    dropResult(ctx);
    if (ref !== NO_REF) db.remove(ref);
  } else {
    try {
      replaceKey(db, ref, args, index, () => {
        stored.createFrom(db, args, index, result);
        return stored.ref;
      });
    } catch (error) {
      dropResult(ctx);
      throw error;
    }
    db.changed(stored.ref, 1);
  }
  reply.integer(count);
}
