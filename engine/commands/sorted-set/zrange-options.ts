// The arguments of ZRANGE and its older spellings. Invariant: `rangeOptions` and the bounds in
// `range-bounds.ts` are those of the running command once `parseRange` returned null.

import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import type { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import {
  ERR_MEMBER_RANGE,
  ERR_SCORE_RANGE,
  findMembers,
  findRanks,
  findScores,
  ranks,
  readMembers,
  readScores,
} from './range-bounds.js';

/** What the bounds are; BY_ANY lets the options say it. */
export const BY_ANY = 0;
export const BY_RANK = 1;
export const BY_SCORE = 2;
export const BY_LEX = 3;

/** Which way to go; ANY_WAY lets the options say it. */
export const ANY_WAY = 0;
export const FORWARD = 1;
export const REVERSE = 2;

const ERR_LIMIT_BY_RANK =
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
const ERR_WITHSCORES_BY_LEX =
  'ERR syntax error, WITHSCORES not supported in combination with BYLEX';
const NO_LIMIT = -1;

export const rangeOptions = {
  by: BY_RANK,
  isReverse: false,
  withScores: false,
  offset: 0,
  limit: NO_LIMIT,
  /** Of a range of ranks. */
  first: 0,
  last: 0,
};

/** Reads the options from argument `from` on. @returns null, or the error text */
function parseOptions(
  args: Args,
  from: number,
  allowedBy: number,
  allowedWay: number,
  isStore: boolean,
): string | null {
  const options = rangeOptions;
  options.by = allowedBy;
  options.isReverse = allowedWay === REVERSE;
  options.withScores = false;
  options.offset = 0;
  options.limit = NO_LIMIT;
  for (let i = from; i < args.count; i++) {
    if (!isStore && args.is(i, 'WITHSCORES')) {
      options.withScores = true;
    } else if (args.is(i, 'LIMIT') && i + 2 < args.count) {
      options.offset = integerArgument(args, i + 1);
      options.limit = integerArgument(args, i + 2);
      if (Number.isNaN(options.offset) || Number.isNaN(options.limit)) return ERR_NOT_INTEGER;
      i += 2;
    } else if (allowedWay === ANY_WAY && !options.isReverse && args.is(i, 'REV')) {
      options.isReverse = true;
    } else if (options.by === BY_ANY && args.is(i, 'BYLEX')) {
      options.by = BY_LEX;
    } else if (options.by === BY_ANY && args.is(i, 'BYSCORE')) {
      options.by = BY_SCORE;
    } else {
      return ERR_SYNTAX;
    }
  }
  if (options.by === BY_ANY) options.by = BY_RANK;
  if (options.limit !== NO_LIMIT && options.by === BY_RANK) return ERR_LIMIT_BY_RANK;
  return options.withScores && options.by === BY_LEX ? ERR_WITHSCORES_BY_LEX : null;
}

/**
 * Reads the bounds and the options of a range.
 * @param first the argument that is the first bound
 * @param allowedBy BY_*
 * @param allowedWay ANY_WAY, FORWARD or REVERSE
 * @param isStore whether scores go without saying
 * @returns null, or the error text
 */
export function parseRange(
  args: Args,
  first: number,
  allowedBy: number,
  allowedWay: number,
  isStore: boolean,
): string | null {
  const error = parseOptions(args, first + 2, allowedBy, allowedWay, isStore);
  if (error !== null) return error;
  const { by, isReverse } = rangeOptions;
  if (by === BY_RANK) {
    rangeOptions.first = integerArgument(args, first);
    rangeOptions.last = integerArgument(args, first + 1);
    const isRange = !Number.isNaN(rangeOptions.first) && !Number.isNaN(rangeOptions.last);
    return isRange ? null : ERR_NOT_INTEGER;
  }
  // Going down, the higher bound is named first.
  const min = isReverse ? first + 1 : first;
  const max = isReverse ? first : first + 1;
  if (by === BY_SCORE) return readScores(args, min, max) ? null : ERR_SCORE_RANGE;
  return readMembers(args, min, max) ? null : ERR_MEMBER_RANGE;
}

/** Puts where the range lies in a sorted set, cut as LIMIT says, into `ranks`. */
export function findRange(set: SortedSetValue): void {
  const { by, isReverse, offset, limit } = rangeOptions;
  if (by === BY_RANK) {
    findRanks(set, rangeOptions.first, rangeOptions.last, isReverse);
    return;
  }
  if (by === BY_SCORE) findScores(set);
  else findMembers(set);
  // A negative offset takes nothing, a negative limit all.
  const found = ranks.end - ranks.start;
  const skipped = offset < 0 ? found : Math.min(offset, found);
  const kept = limit < 0 ? found - skipped : Math.min(limit, found - skipped);
  if (isReverse) {
    ranks.end -= skipped;
    ranks.start = ranks.end - kept;
  } else {
    ranks.start += skipped;
    ranks.end = ranks.start + kept;
  }
}
