// Commands that wait until a key holds something: BLPOP, BLMOVE, BZPOPMIN and their kin.
//
// A blocking command looks at its keys like its non-blocking form. Where it finds one it answers
// at once; where it finds none it calls `waitForKeys` as the last thing it does:
//
//   const timeoutMs = blockingTimeoutArgument(ctx, args, args.count - 1);
//   if (Number.isNaN(timeoutMs)) return;                       // the error has been replied
//   for (...) { a key with something: pop, reply, log the non-blocking form (effects); return; }
//   if (!waitForKeys(ctx, args, 1, args.count - 2, TYPE_LIST, timeoutMs)) ctx.reply.nullArray();
//
// Once one of the keys holds a value of that type the same handler runs again with a copy of the
// same arguments, in the turn of the command that made the key, after it, first come first served.
// So a handler needs no second body for being served, its write is logged, counted and acknowledged
// as any other, and it may wait again. The time-out's reply (the absent array) is not its business.

import type { Context } from '../contract/context.js';
import {
  ERR_TIMEOUT_NEGATIVE,
  ERR_TIMEOUT_NOT_FLOAT,
  ERR_TIMEOUT_OUT_OF_RANGE,
} from '../contract/errors.js';
import { SESSION_DENY_BLOCKING } from '../contract/session.js';
import type { Args } from '../util/args.js';
import { parseDouble } from '../util/doubles.js';
import { parseLongDouble } from '../util/long-double.js';

/** Milliseconds are a signed 64-bit integer in Redis. */
const TIMEOUT_END_MS = 2 ** 63;

/**
 * Reads a time-out in seconds, with a fraction, as Redis does: rounded up to milliseconds.
 * @returns milliseconds, 0 (for ever) or more; NaN after an error was replied
 */
export function blockingTimeoutArgument(ctx: Context, args: Args, index: number): number {
  const seconds = secondsArgument(args, index);
  const timeoutMs = Math.ceil(seconds * 1000);
  if (Number.isNaN(seconds)) ctx.reply.error(ERR_TIMEOUT_NOT_FLOAT);
  else if (timeoutMs < 0) ctx.reply.error(ERR_TIMEOUT_NEGATIVE);
  else if (timeoutMs > TIMEOUT_END_MS - ctx.now) ctx.reply.error(ERR_TIMEOUT_OUT_OF_RANGE);
  else return timeoutMs + 0;
  return Number.NaN;
}

/**
 * Lets the session wait for the keys `args[firstKey .. firstKey + keyCount)`; to be called last.
 * @param type TYPE_LIST, TYPE_ZSET...
 * @param timeoutMs 0 waits for ever
 * @returns false when it may not wait (inside EXEC or a script): the caller replies its null
 */
export function waitForKeys(
  ctx: Context,
  args: Args,
  firstKey: number,
  keyCount: number,
  type: number,
  timeoutMs: number,
): boolean {
  const { session, command } = ctx;
  if ((session.flags & SESSION_DENY_BLOCKING) !== 0) return false;
  ctx.blocking.waitForKeys({ session, command, args, firstKey, keyCount, type, timeoutMs });
  return true;
}

/** Redis reads a long double: numbers beyond the range of a double are too large or too small. */
function secondsArgument(args: Args, index: number): number {
  const { bytes } = args;
  const at = args.at[index];
  const length = args.length[index];
  const seconds = parseDouble(bytes, at, length);
  if (seconds !== null) return seconds;
  const long = parseLongDouble(bytes, at, length);
  if (long === null) return Number.NaN;
  const size = long.exponent > 0 ? Number.POSITIVE_INFINITY : Number.MIN_VALUE;
  return long.mantissa < 0n ? -size : size;
}
