// Whole numbers among a command's arguments. Invariant: what Redis takes for a 64-bit integer is
// taken here, and nothing else; nothing is allocated.

import type { Context } from '../contract/context.js';
import { ERR_NOT_INTEGER } from '../contract/errors.js';
import type { Args } from '../util/args.js';
import { parsed, parseInteger, splitInteger64 } from '../util/numbers.js';

const TWO_32 = 4294967296;
export const INT32_MIN = -2147483648;
export const INT32_MAX = 2147483647;

/**
 * @returns argument `index` as a 64-bit integer, rounded to a double beyond 2^53; NaN when it is
 *   no integer
 */
export function integerArgument(args: Args, index: number): number {
  const at = args.at[index];
  const length = args.length[index];
  const value = parseInteger(args.bytes, at, length);
  if (!Number.isNaN(value)) return value;
  if (!splitInteger64(args.bytes, at, length)) return Number.NaN;
  return parsed.high * TWO_32 + (parsed.low >>> 0);
}

/**
 * Reads a 32-bit integer, as a database number is.
 * @param errorText answered in place of the usual texts, or null
 * @returns NaN after an error was replied
 */
export function int32Argument(
  ctx: Context,
  args: Args,
  index: number,
  errorText: string | null,
): number {
  const value = integerArgument(args, index);
  if (value >= INT32_MIN && value <= INT32_MAX) return value;
  ctx.reply.error(errorText ?? (Number.isNaN(value) ? ERR_NOT_INTEGER : outsideInt32));
  return Number.NaN;
}

const outsideInt32 = `ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`;
