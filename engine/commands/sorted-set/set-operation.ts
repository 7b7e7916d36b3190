// Union, intersection and difference of sorted sets and sets: the arguments, and the operations.
// Invariant: a result is complete in `result` (`stored-result.ts`) when an operation returns, or
// it throws and leaves none.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX, WRONGTYPE } from '../../contract/errors.js';
import type { Database } from '../../keyspace/database.js';
import { TYPE_SET, TYPE_ZSET } from '../../keyspace/encodings.js';
import { scoreOfRecord } from '../../keyspace/values/large-sorted-set.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { parseDouble } from '../../util/doubles.js';
import { integerArgument } from '../integer-argument.js';
import { OperationSource } from './operation-source.js';
import { beginResult, dropResult, result } from './stored-result.js';

/** Which options a command takes. */
export const TAKES_WEIGHTS = 1 << 0;
export const TAKES_WITHSCORES = 1 << 1;
export const TAKES_LIMIT = 1 << 2;

const SUM = 0;
const MIN = 1;
const MAX = 2;
const ERR_WEIGHT = 'ERR weight value is not a float';
const ERR_LIMIT = "ERR LIMIT can't be negative";
/** Sources that are kept for the next command. */
const SOURCES_KEPT = 64;

export const operation = { aggregate: SUM, withScores: false, limit: 0 };
let sources: OperationSource[] = [];
/** How many of them the running command has. */
let sourceCount = 0;

/**
 * Reads the sources and the options of an operation.
 * @param numkeysIndex the argument that is the number of keys
 * @param takes TAKES_* bits
 * @returns null, or the error text
 */
export function parseOperation(
  ctx: Context,
  args: Args,
  numkeysIndex: number,
  takes: number,
): string | null {
  const keyCount = integerArgument(args, numkeysIndex);
  if (Number.isNaN(keyCount)) return ERR_NOT_INTEGER;
  if (keyCount < 1)
    return `ERR at least 1 input key is needed for '${ctx.command.fullName}' command`;
  const first = numkeysIndex + 1;
  if (keyCount > args.count - first) return ERR_SYNTAX;
  return openSources(ctx, args, first, keyCount) ?? parseOptions(args, first + keyCount, takes);
}

function openSources(ctx: Context, args: Args, first: number, keyCount: number): string | null {
  const { db } = ctx;
  if (sources.length > SOURCES_KEPT) sources = [];
  while (sources.length < keyCount) sources.push(new OperationSource());
  sourceCount = keyCount;
  for (let i = 0; i < keyCount; i++) {
    const ref = db.lookupRead(args, first + i);
    if (ref !== NO_REF && db.typeOf(ref) !== TYPE_ZSET && db.typeOf(ref) !== TYPE_SET) {
      return WRONGTYPE;
    }
    sources[i].open(db, ref);
  }
  return null;
}

function parseOptions(args: Args, from: number, takes: number): string | null {
  operation.aggregate = SUM;
  operation.withScores = false;
  operation.limit = 0;
  const takesWeights = (takes & TAKES_WEIGHTS) !== 0;
  for (let i = from; i < args.count; i++) {
    const left = args.count - i;
    if (takesWeights && left > sourceCount && args.is(i, 'WEIGHTS')) {
      for (let source = 0; source < sourceCount; source++) {
        i++;
        const weight = parseDouble(args.bytes, args.at[i], args.length[i]);
        if (weight === null) return ERR_WEIGHT;
        sources[source].weight = weight;
      }
    } else if (takesWeights && left >= 2 && args.is(i, 'AGGREGATE')) {
      i++;
      if (args.is(i, 'SUM')) operation.aggregate = SUM;
      else if (args.is(i, 'MIN')) operation.aggregate = MIN;
      else if (args.is(i, 'MAX')) operation.aggregate = MAX;
      else return ERR_SYNTAX;
    } else if ((takes & TAKES_WITHSCORES) !== 0 && args.is(i, 'WITHSCORES')) {
      operation.withScores = true;
    } else if ((takes & TAKES_LIMIT) !== 0 && left >= 2 && args.is(i, 'LIMIT')) {
      i++;
      operation.limit = integerArgument(args, i);
      if (!(operation.limit >= 0)) return ERR_LIMIT;
    } else {
      return ERR_SYNTAX;
    }
  }
  return null;
}

function aggregate(score: number, other: number): number {
  if (operation.aggregate === MIN) return other < score ? other : score;
  if (operation.aggregate === MAX) return other > score ? other : score;
  return orZero(score + other);
}

/** Of infinities with different signs the sum is 0, and so is 0 times one. */
function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/** Smallest first: fewest members to look at, and the order in which Redis adds scores. */
function orderSources(): void {
  sources = [
    ...sources.slice(0, sourceCount).sort((a, b) => a.count - b.count),
    ...sources.slice(sourceCount),
  ];
}

/** @param collect fills `result` */
function buildResult(ctx: Context, collect: () => void): void {
  beginResult(ctx);
  try {
    collect();
    result.finishCollecting();
  } catch (error) {
    dropResult(ctx);
    throw error;
  }
}

/** Makes the result of all members of the sources. */
export function unite(ctx: Context): void {
  orderSources();
  buildResult(ctx, () => {
    const { arena } = ctx.db;
    for (let i = 0; i < sourceCount; i++) {
      const source = sources[i];
      source.rewind(ctx.db);
      while (source.next()) {
        const score = orZero(source.score * source.weight);
        const ref = result.find(source.element);
        if (ref === NO_REF) result.collect(source.element, score);
        else result.recollect(ref, aggregate(scoreOfRecord(arena, ref), score));
      }
    }
  });
}

/** The score that `sumFound` makes. */
let total = 0;

/** @returns whether all sources but the first have the member; its score is then in `total` */
function sumFound(db: Database, member: ByteSlice): boolean {
  total = orZero(sources[0].score * sources[0].weight);
  for (let i = 1; i < sourceCount; i++) {
    if (!sources[i].find(db, member)) return false;
    total = aggregate(total, sources[i].score * sources[i].weight);
  }
  return true;
}

/** Makes the result of the members that all sources have. */
export function intersect(ctx: Context): void {
  const { db } = ctx;
  orderSources();
  buildResult(ctx, () => {
    const [smallest] = sources;
    smallest.rewind(db);
    while (smallest.next()) {
      if (!sumFound(db, smallest.element)) continue;
      // Leaves the member's hash, which collecting it uses.
      result.find(smallest.element);
      result.collect(smallest.element, total);
    }
  });
}

/** @returns how many members all sources have, counted up to the limit if there is one */
export function countIntersection({ db }: Context): number {
  orderSources();
  const [smallest] = sources;
  const { limit } = operation;
  let count = 0;
  smallest.rewind(db);
  while ((limit === 0 || count < limit) && smallest.next()) {
    if (sumFound(db, smallest.element)) count++;
  }
  return count;
}

/** Makes the result of the members of the first source that no other has. */
export function subtract(ctx: Context): void {
  const { db } = ctx;
  buildResult(ctx, () => {
    const [first] = sources;
    first.rewind(db);
    while (first.next()) {
      let isElsewhere = false;
      for (let i = 1; i < sourceCount && !isElsewhere; i++) {
        isElsewhere = sources[i].find(db, first.element);
      }
      if (isElsewhere) continue;
      result.find(first.element);
      result.collect(first.element, first.score);
    }
  });
}
