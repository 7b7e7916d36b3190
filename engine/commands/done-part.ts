// A command that ran out of memory after some of its arguments were applied. Invariant: what stays
// is in the log, as the same command with fewer arguments.

import type { Context } from '../contract/context.js';
import { NO_REF, type Ref } from '../memory/chunks.js';
import type { Args } from '../util/args.js';

/** Logs the running command as if it had ended before argument `end`. */
export function logDonePart(ctx: Context, args: Args, end: number): void {
  const { effects } = ctx;
  effects.begin(ctx.db.index, end);
  for (let i = 0; i < end; i++) effects.bytes(args.bytes, args.at[i], args.length[i]);
  effects.end();
}

/** As `logDonePart`, of a command whose one key is in record `ref` and has changed. */
export function keepDonePart(ctx: Context, args: Args, end: number, ref: Ref): void {
  ctx.db.changed(ref, 0);
  logDonePart(ctx, args, end);
}

/** Deletes the key in argument `index`, which the running command made in part, if it is there. */
export function undoCreation({ db }: Context, args: Args, index: number): void {
  const part = db.find(args, index);
  if (part !== NO_REF) db.drop(part);
}
