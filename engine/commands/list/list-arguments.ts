// What several list commands read from their arguments: indexes, counts, ends of a list.
// Invariant: the error has been replied exactly when NaN or UNKNOWN_END is returned.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { parsed, splitInteger64 } from '../../util/numbers.js';
import { integerArgument } from '../integer-argument.js';

const ERR_NOT_POSITIVE = 'ERR value is out of range, must be positive';
const LONG_MAX = '9223372036854775807';
const RANGE = `between -${LONG_MAX} and ${LONG_MAX}`;
const ERR_NOT_NEGATABLE = `ERR value is out of range, value must ${RANGE}`;
const LONG_MIN_HIGH = -2147483648;

export const UNKNOWN_END = -1;
export const LEFT_END = 0;
export const RIGHT_END = 1;

/** Reads LEFT or RIGHT. */
export function endArgument(ctx: Context, args: Args, index: number): number {
  if (args.is(index, 'RIGHT')) return RIGHT_END;
  if (args.is(index, 'LEFT')) return LEFT_END;
  ctx.reply.error(ERR_SYNTAX);
  return UNKNOWN_END;
}

/** Reads an index or the like: any 64-bit integer, rounded beyond 2^53. */
export function indexArgument(ctx: Context, args: Args, index: number): number {
  const value = integerArgument(args, index);
  if (Number.isNaN(value)) ctx.reply.error(ERR_NOT_INTEGER);
  return value;
}

/** As `indexArgument`, for a number whose sign is a direction. */
export function directedArgument(ctx: Context, args: Args, index: number): number {
  const value = indexArgument(ctx, args, index);
  if (value > -Number.MAX_SAFE_INTEGER || Number.isNaN(value)) return value;
  splitInteger64(args.bytes, args.at[index], args.length[index]);
  if (parsed.high !== LONG_MIN_HIGH || parsed.low !== 0) return value;
  ctx.reply.error(ERR_NOT_NEGATABLE);
  return Number.NaN;
}

/**
 * Reads a count.
 * @param countMin the least that is allowed
 * @param errorText answered to anything else, or null for the usual text
 */
export function countArgument(
  ctx: Context,
  args: Args,
  index: number,
  countMin: number,
  errorText: string | null,
): number {
  const value = integerArgument(args, index);
  if (value >= countMin) return value;
  ctx.reply.error(errorText ?? ERR_NOT_POSITIVE);
  return Number.NaN;
}
