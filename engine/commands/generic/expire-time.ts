// Times to live as clients send them, made into deadlines: unix milliseconds as a JS number.
// Invariant: what Redis refuses as an overflow of 64 bits is refused with the same text.
//
// A deadline beyond 2^53 - 1 ms (the year 287396) is kept, and logged, as exactly 2^53 - 1.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, invalidExpire } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { parseInteger, parseInteger64 } from '../../util/numbers.js';

export const MS_PER_SECOND = 1000;
export const MS_PER_MS = 1;
export const DEADLINE_MAX_MS = Number.MAX_SAFE_INTEGER;

const INTEGER64_MAX = 2n ** 63n - 1n;

/**
 * Reads a deadline that may lie in the past: the EXPIRE family.
 * @param unitMs milliseconds per unit of the argument
 * @param baseMs what the argument counts from: now, or 0 for a unix time
 * @returns unix ms, within +-DEADLINE_MAX_MS; NaN after an error was replied
 */
export function anyDeadline(
  ctx: Context,
  args: Args,
  index: number,
  unitMs: number,
  baseMs: number,
): number {
  const value = parseInteger(args.bytes, args.at[index], args.length[index]);
  if (Number.isNaN(value)) return hugeDeadline(ctx, args, index, unitMs, baseMs);
  // A safe integer of seconds stays below 2^63 ms, so nothing overflows here.
  const deadline = value * unitMs + baseMs;
  return Math.max(-DEADLINE_MAX_MS, Math.min(DEADLINE_MAX_MS, deadline));
}

/** As `anyDeadline`, but the argument must be above 0: SET, GETEX and their kin. */
export function positiveDeadline(
  ctx: Context,
  args: Args,
  index: number,
  unitMs: number,
  baseMs: number,
): number {
  const value = parseInteger(args.bytes, args.at[index], args.length[index]);
  if (value > 0) return Math.min(DEADLINE_MAX_MS, value * unitMs + baseMs);
  const deadline = Number.isNaN(value) ? hugeDeadline(ctx, args, index, unitMs, baseMs) : 0;
  if (deadline > 0 || Number.isNaN(deadline)) return deadline;
  ctx.reply.error(invalidExpire(ctx.command.fullName));
  return Number.NaN;
}

/** The argument is no safe integer: no integer at all, or one whose sums need 64 bits and more. */
function hugeDeadline(
  ctx: Context,
  args: Args,
  index: number,
  unitMs: number,
  baseMs: number,
): number {
  const value = parseInteger64(args.bytes, args.at[index], args.length[index]);
  if (value === null) {
    ctx.reply.error(ERR_NOT_INTEGER);
    return Number.NaN;
  }
  const valueMs = value * BigInt(unitMs);
  if (valueMs > INTEGER64_MAX - BigInt(baseMs) || valueMs < -INTEGER64_MAX - 1n) {
    ctx.reply.error(invalidExpire(ctx.command.fullName));
    return Number.NaN;
  }
  return value > 0n ? DEADLINE_MAX_MS : -DEADLINE_MAX_MS;
}
