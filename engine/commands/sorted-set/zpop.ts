// ZPOPMIN, ZPOPMAX and ZMPOP: members that go from one end, with their scores; and the core of the
// forms that wait.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY, KEYS } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { replySlice } from '../slice-reply.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { COUNT, NUMKEYS, WHERE } from './argument-docs.js';
import { removeRanks } from './removed-range.js';

const ERR_NOT_POSITIVE = 'ERR value is out of range, must be positive';
const ERR_NUMKEYS = 'ERR numkeys should be greater than 0';
const ERR_COUNT = 'ERR count should be greater than 0';

const set = new SortedSetValue();

/**
 * Answers and removes members from one end, and the key with the last of them.
 * @param ref a sorted set, looked up for writing
 * @param popped how many, at most what there is
 * @param isNested whether each member and its score are an array of their own
 */
function popMembers(
  ctx: Context,
  ref: Ref,
  popped: number,
  isMax: boolean,
  isNested: boolean,
): void {
  const { db, reply } = ctx;
  set.open(db, ref);
  const { count } = set;
  set.seek(isMax ? count : 0);
  for (let i = 0; i < popped; i++) {
    if (isMax) set.previous();
    else set.next();
    if (isNested) reply.array(2);
    replySlice(reply, set.element);
    reply.double(set.score);
  }
  const start = isMax ? count - popped : 0;
  removeRanks(ctx, set, start, start + popped);
}

function zpopGenericCommand(ctx: Context, args: Args, isMax: boolean): void {
  const { db, reply } = ctx;
  if (args.count > 3) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const count = args.count === 3 ? integerArgument(args, 2) : 1;
  if (!(count >= 0)) {
    reply.error(ERR_NOT_POSITIVE);
    return;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF || count === 0) {
    reply.array(0);
    return;
  }
  const popped = Math.min(count, set.open(db, ref).count);
  const isNested = args.count === 3 && ctx.session.resp !== 2;
  reply.array(isNested ? popped : popped * 2);
  popMembers(ctx, ref, popped, isMax, isNested);
}

export function zpopminCommand(ctx: Context, args: Args): void {
  zpopGenericCommand(ctx, args, false);
}

export const zpopminSpec: CommandSpec = {
  name: 'ZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Takes the members with the lowest scores out of a sorted set.',
  complexity: 'O(log(N)*M) for M of N members.',
  keys: [keySpec(['RW', 'access', 'delete'], 1)],
  arguments: [KEY, { name: 'count', type: 'integer', optional: true }],
  propagate: 'verbatim',
  handler: zpopminCommand,
};

export function zpopmaxCommand(ctx: Context, args: Args): void {
  zpopGenericCommand(ctx, args, true);
}

export const zpopmaxSpec: CommandSpec = {
  ...zpopminSpec,
  name: 'ZPOPMAX',
  summary: 'Takes the members with the highest scores out of a sorted set.',
  handler: zpopmaxCommand,
};

/** Logs what was popped as the ZPOPMIN or ZPOPMAX that does it again. */
function logPop(ctx: Context, args: Args, keyIndex: number, popped: number, isMax: boolean): void {
  const { effects } = ctx;
  effects.begin(ctx.db.index, popped === 1 ? 2 : 3);
  effects.text(isMax ? 'ZPOPMAX' : 'ZPOPMIN');
  effects.bytes(args.bytes, args.at[keyIndex], args.length[keyIndex]);
  if (popped !== 1) effects.integer(popped);
  effects.end();
}

/**
 * Pops from the sorted set whose key is argument `keyIndex`, answers with the key, and logs it.
 * @param ref its record, looked up for writing
 * @param isNested false for the flat answer of BZPOPMIN, which pops one
 */
export function popFromKey(
  ctx: Context,
  args: Args,
  keyIndex: number,
  ref: Ref,
  count: number,
  isMax: boolean,
  isNested: boolean,
): void {
  const { db, reply } = ctx;
  const popped = Math.min(count, set.open(db, ref).count);
  reply.array(isNested ? 2 : 3);
  reply.bulk(args.bytes, args.at[keyIndex], args.length[keyIndex]);
  if (isNested) reply.array(popped);
  popMembers(ctx, ref, popped, isMax, isNested);
  logPop(ctx, args, keyIndex, popped, isMax);
}

/** Where the keys of ZMPOP and BZMPOP are, and what to pop. */
export const mpopOptions = { firstKey: 0, keyCount: 0, isMax: false, count: 1 };

/** Reads them, from the argument that is the number of keys on. @returns null, or the error text */
export function parseMpop(args: Args, numkeysIndex: number): string | null {
  const options = mpopOptions;
  options.keyCount = integerArgument(args, numkeysIndex);
  if (!(options.keyCount >= 1)) return ERR_NUMKEYS;
  options.firstKey = numkeysIndex + 1;
  const where = options.firstKey + options.keyCount;
  if (where >= args.count) return ERR_SYNTAX;
  options.isMax = args.is(where, 'MAX');
  if (!options.isMax && !args.is(where, 'MIN')) return ERR_SYNTAX;
  options.count = 1;
  if (where + 1 === args.count) return null;
  if (!args.is(where + 1, 'COUNT') || where + 2 === args.count) return ERR_SYNTAX;
  options.count = integerArgument(args, where + 2);
  if (!(options.count >= 1)) return ERR_COUNT;
  return where + 3 === args.count ? null : ERR_SYNTAX;
}

/**
 * Pops from the first of several keys that holds something.
 * @returns whether it answered, be it with an error
 */
export function popFromFirst(
  ctx: Context,
  args: Args,
  firstKey: number,
  keyCount: number,
  count: number,
  isMax: boolean,
  isNested: boolean,
): boolean {
  for (let index = firstKey; index < firstKey + keyCount; index++) {
    const ref = lookupWriteTyped(ctx, args, index, TYPE_ZSET);
    if (ref === WRONG_TYPE) return true;
    if (ref === NO_REF) continue;
    popFromKey(ctx, args, index, ref, count, isMax, isNested);
    return true;
  }
  return false;
}

export function zmpopCommand(ctx: Context, args: Args): void {
  const error = parseMpop(args, 1);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  const { firstKey, keyCount, count, isMax } = mpopOptions;
  const isDone = popFromFirst(ctx, args, firstKey, keyCount, count, isMax, true);
  if (!isDone) ctx.reply.nullArray();
}

export const zmpopSpec: CommandSpec = {
  name: 'ZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  arity: -4,
  flags: ['write'],
  summary: 'Takes members from one end of the first of several sorted sets that has some.',
  complexity: 'O(K)+O(M*log(N)) for K keys and M of N members.',
  keys: [
    {
      flags: ['RW', 'access', 'delete'],
      beginSearch: { type: 'index', index: 1 },
      findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
    },
  ],
  arguments: [NUMKEYS, KEYS, WHERE, COUNT],
  propagate: 'effects',
  handler: zmpopCommand,
};
