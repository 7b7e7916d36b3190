// What SINTERSTORE and its kin do with their result: it takes the place of the destination, or the
// destination goes when there is no member. Invariant: the sources are read to the end before the
// destination changes, for it may be one of them; out of memory, nothing changes.

import type { Context } from '../../contract/context.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { SetResult } from '../../keyspace/values/set-result.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';

const DESTINATION = 1;

/** The result of the running command. */
export const result = new SetResult();

/**
 * Puts a result in the place of the key that is argument 1, and replies its size.
 * @param encoding of the result while it is empty
 * @param collect adds the members to `result`
 */
export function storeResult(ctx: Context, args: Args, encoding: number, collect: () => void): void {
  const { db } = ctx;
  result.begin(db, encoding);
  try {
    collect();
    const { count } = result;
    if (count > 0) {
      result.finish();
      const existing = db.lookupWrite(args, DESTINATION);
      const make = () => result.store(args, DESTINATION);
      db.changed(replaceKey(db, existing, args, DESTINATION, make), 1);
      ctx.reply.integer(count);
      return;
    }
  } catch (error) {
    result.drop();
    throw error;
  }
  result.drop();
  storeNothing(ctx, args);
}

/** Deletes the key that is argument 1, and replies 0. */
export function storeNothing(ctx: Context, args: Args): void {
  const existing = ctx.db.lookupWrite(args, DESTINATION);
  if (existing !== NO_REF) ctx.db.remove(existing);
  ctx.reply.integer(0);
}
