// The count of SRANDMEMBER, HRANDFIELD and ZRANDMEMBER: positive for elements without repetition,
// negative for so many with repetition.

import type { Context } from '../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../contract/errors.js';
import type { Args } from '../util/args.js';
import { parseInteger64 } from '../util/numbers.js';

const INTEGER64_MIN = -(2n ** 63n);
/** In pairs a reply has two values for each element. */
const PAIRED_COUNT_MAX = 2n ** 62n - 1n;
/** More elements than this, with repetition, would hold everybody else up for seconds. */
const REPEATED_MAX = 2 ** 24;
const ERR_OUT_OF_RANGE = 'ERR value is out of range';
const ERR_BETWEEN =
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';

/**
 * Reads the count that is argument 2, and sees to the word that may follow it.
 * @param pairWord asks for each element's value or score, too; null where there is none
 * @returns the count, rounded beyond 2^53; NaN after an error was replied
 */
export function randomCountArgument(ctx: Context, args: Args, pairWord: string | null): number {
  const count = parseInteger64(args.bytes, args.at[2], args.length[2]);
  const error = countError(args, count, pairWord);
  if (error === null) return Number(count);
  ctx.reply.error(error);
  return Number.NaN;
}

function countError(args: Args, count: bigint | null, pairWord: string | null): string | null {
  if (count === null) return ERR_NOT_INTEGER;
  if (count === INTEGER64_MIN) return ERR_BETWEEN;
  const isPaired = args.count === 4 && pairWord !== null && args.is(3, pairWord);
  if (args.count > 3 && !isPaired) return ERR_SYNTAX;
  const size = count < 0n ? -count : count;
  if (isPaired && size > PAIRED_COUNT_MAX) return ERR_OUT_OF_RANGE;
  return count < -REPEATED_MAX ? ERR_OUT_OF_RANGE : null;
}
