// What the commands on deadlines of fields write to the log: absolute times and deletions.
// Invariant: replayed on the same hash, an entry does to it what the command did; fields that the
// command did not find are named too, as they are not found then either.

import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';

function begin(ctx: Context, args: Args, name: string, argc: number): void {
  ctx.effects.begin(ctx.db.index, argc);
  ctx.effects.text(name);
  logArgument(ctx, args, 1);
}

function logArgument(ctx: Context, args: Args, index: number): void {
  ctx.effects.bytes(args.bytes, args.at[index], args.length[index]);
}

function logRest(ctx: Context, args: Args, from: number, step: number): void {
  for (let i = from; i < args.count; i += step) logArgument(ctx, args, i);
}

/** HDEL of every `step`-th argument from `from` on. */
export function logDeletion(ctx: Context, args: Args, from: number, step = 1): void {
  begin(ctx, args, 'HDEL', 2 + Math.ceil((args.count - from) / step));
  logRest(ctx, args, from, step);
  ctx.effects.end();
}

/**
 * HPEXPIREAT of the fields that are the arguments from `from` to before `end`.
 * @param optionsAt where conditions begin that are to be kept; they end two before `from`
 * @param deadlineMs unix ms
 */
export function logDeadline(
  ctx: Context,
  args: Args,
  optionsAt: number,
  from: number,
  end: number,
  deadlineMs: number,
): void {
  const optionsEnd = from - 2;
  begin(ctx, args, 'HPEXPIREAT', 5 + (optionsEnd - optionsAt) + (end - from));
  ctx.effects.integer(deadlineMs);
  for (let i = optionsAt; i < optionsEnd; i++) logArgument(ctx, args, i);
  ctx.effects.text('FIELDS');
  ctx.effects.integer(end - from);
  for (let i = from; i < end; i++) logArgument(ctx, args, i);
  ctx.effects.end();
}

/** HPERSIST of the fields that are the arguments from `from` to before `end`. */
export function logPersist(ctx: Context, args: Args, from: number, end: number): void {
  begin(ctx, args, 'HPERSIST', 4 + end - from);
  ctx.effects.text('FIELDS');
  ctx.effects.integer(end - from);
  for (let i = from; i < end; i++) logArgument(ctx, args, i);
  ctx.effects.end();
}

/**
 * HSETEX of the fields and values that are the arguments from `from` to before `end`.
 * @param deadlineMs unix ms, or -1 for none
 */
export function logFields(
  ctx: Context,
  args: Args,
  from: number,
  end: number,
  deadlineMs: number,
  keepsDeadlines: boolean,
): void {
  const options = deadlineMs >= 0 ? 2 : keepsDeadlines ? 1 : 0;
  begin(ctx, args, 'HSETEX', 4 + options + end - from);
  if (deadlineMs >= 0) {
    ctx.effects.text('PXAT');
    ctx.effects.integer(deadlineMs);
  } else if (keepsDeadlines) {
    ctx.effects.text('KEEPTTL');
  }
  ctx.effects.text('FIELDS');
  ctx.effects.integer((end - from) >>> 1);
  for (let i = from; i < end; i++) logArgument(ctx, args, i);
  ctx.effects.end();
}

/** What an HINCRBYFLOAT made of argument 2: HSET, or HSETEX where a deadline has to stay. */
export function logNumber(ctx: Context, args: Args, text: string, hasDeadline: boolean): void {
  if (hasDeadline) {
    begin(ctx, args, 'HSETEX', 7);
    ctx.effects.text('KEEPTTL');
    ctx.effects.text('FIELDS');
    ctx.effects.integer(1);
  } else {
    begin(ctx, args, 'HSET', 4);
  }
  logArgument(ctx, args, 2);
  ctx.effects.text(text);
  ctx.effects.end();
}
