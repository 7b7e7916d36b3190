// Ranges of scores and of members as clients spell them, and which ranks they are in a sorted set.
// Invariant: a range that could be read is [start, end) with start <= end within the set.

import type { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parseDouble } from '../../util/doubles.js';
import { scanFloat } from '../../util/float-text.js';

export const ERR_SCORE_RANGE = 'ERR min or max is not a float';
export const ERR_MEMBER_RANGE = 'ERR min or max not valid string range item';

const EXCLUSIVE = 40; // (
const INCLUSIVE = 91; // [
const LOWEST = 45; // -
const HIGHEST = 43; // +
/** Digits beyond these change no double. */
const DIGITS_MAX = 800;

/** Where the last range lies; `end` is not part of it. */
export const ranks = { start: 0, end: 0 };

const scores = { min: 0, isMinExclusive: false, max: 0, isMaxExclusive: false };
const members = { minMark: LOWEST, maxMark: HIGHEST };
const min = new ByteSlice();
const max = new ByteSlice();

/** @returns the score that a bound is; NaN when it is none */
function boundArgument(args: Args, index: number): number {
  const { bytes } = args;
  const at = args.at[index] + (isExclusive(args, index) ? 1 : 0);
  const length = args.at[index] + args.length[index] - at;
  const score = parseDouble(bytes, at, length);
  return score ?? lenientScore(bytes, at, length);
}

/**
 * What strtod makes of a C string: it ends at a zero byte, an empty one is 0, and so is a number
 * too small for a double; one too large is infinite.
 */
function lenientScore(bytes: Buffer, at: number, length: number): number {
  const zero = bytes.subarray(at, at + length).indexOf(0);
  const textLength = zero < 0 ? length : zero;
  if (textLength === 0) return 0;
  const score = parseDouble(bytes, at, textLength);
  if (score !== null) return score;
  const parts = scanFloat(bytes, at, textLength, DIGITS_MAX);
  if (parts === null || parts.kind !== 'decimal') return Number.NaN;
  const size = Number(`${parts.digits}e${parts.exponent}`);
  return parts.negative ? -size : size;
}

function isExclusive(args: Args, index: number): boolean {
  return args.length[index] > 0 && args.bytes[args.at[index]] === EXCLUSIVE;
}

/** Reads a range of scores, to be looked up by `findScores`. @returns whether it is one */
export function readScores(args: Args, minIndex: number, maxIndex: number): boolean {
  scores.min = boundArgument(args, minIndex);
  scores.max = boundArgument(args, maxIndex);
  scores.isMinExclusive = isExclusive(args, minIndex);
  scores.isMaxExclusive = isExclusive(args, maxIndex);
  return !Number.isNaN(scores.min) && !Number.isNaN(scores.max);
}

/** Puts where the range of scores lies into `ranks`. */
export function findScores(set: SortedSetValue): void {
  ranks.start = set.rankOfScore(scores.min, scores.isMinExclusive);
  ranks.end = Math.max(ranks.start, set.rankOfScore(scores.max, !scores.isMaxExclusive));
}

/** @returns the mark that a bound begins with, its member then in `out`; 0 when it is no bound */
function memberBound(args: Args, index: number, out: ByteSlice): number {
  const length = args.length[index];
  if (length === 0) return 0;
  const mark = args.bytes[args.at[index]];
  out.of(args.bytes, args.view, args.at[index] + 1, length - 1);
  if (mark === EXCLUSIVE || mark === INCLUSIVE) return mark;
  return (mark === LOWEST || mark === HIGHEST) && length === 1 ? mark : 0;
}

/** Reads a range of members, to be looked up by `findMembers`. @returns whether it is one */
export function readMembers(args: Args, minIndex: number, maxIndex: number): boolean {
  members.minMark = memberBound(args, minIndex, min);
  members.maxMark = memberBound(args, maxIndex, max);
  return members.minMark !== 0 && members.maxMark !== 0;
}

function placeOf(set: SortedSetValue, mark: number, member: ByteSlice, after: number): number {
  if (mark === LOWEST) return 0;
  if (mark === HIGHEST) return set.count;
  return set.rankOfMember(member, mark === after);
}

/** Puts where the range of members lies into `ranks`. */
export function findMembers(set: SortedSetValue): void {
  ranks.start = placeOf(set, members.minMark, min, EXCLUSIVE);
  ranks.end = Math.max(ranks.start, placeOf(set, members.maxMark, max, INCLUSIVE));
}

/**
 * Puts where a range of ranks lies, each of which may count from the end, into `ranks`.
 * @param last the last rank of the range
 * @param isReverse whether ranks count down from the highest score
 */
export function findRanks(
  set: SortedSetValue,
  first: number,
  last: number,
  isReverse: boolean,
): void {
  const { count } = set;
  const from = Math.max(0, first < 0 ? first + count : first);
  const to = Math.min(count, (last < 0 ? last + count : last) + 1);
  const isEmpty = from >= to;
  ranks.start = isEmpty ? 0 : isReverse ? count - to : from;
  ranks.end = isEmpty ? 0 : isReverse ? count - from : to;
}
