// What SINTERSTORE and its kin do with their result: it takes the place of the destination, or the
// destination goes when there is no member. Invariant: the sources are read to the end before the
// destination changes, for it may be one of them.

import type { Context } from '../../contract/context.js';
import { SetResult } from '../../keyspace/values/set-result.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';

const DESTINATION = 1;

/** The result of the running command, begun by it. */
export const result = new SetResult();

/** Puts the result in the place of the key that is argument 1, and replies its size. */
export function storeResult(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const { count } = result;
  if (count === 0) {
    result.drop();
    storeNothing(ctx, args);
    return;
  }
  result.finish();
  const existing = db.lookupWrite(args, DESTINATION);
  if (existing !== NO_REF) db.drop(existing);
  db.changed(result.store(args, DESTINATION), 1);
  reply.integer(count);
}

/** Deletes the key that is argument 1, and replies 0. */
export function storeNothing(ctx: Context, args: Args): void {
  const existing = ctx.db.lookupWrite(args, DESTINATION);
  if (existing !== NO_REF) ctx.db.remove(existing);
  ctx.reply.integer(0);
}
