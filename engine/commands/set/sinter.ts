// SINTER, SINTERSTORE and SINTERCARD: the members of the smallest set that are in all others.
// Large sets share one hash, so a walk through one goes through the others' slots in order, too.
// Invariant: no set is read once a key turned out to be absent.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { ENCODING_INTSET, ENCODING_LISTPACK } from '../../keyspace/encodings.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { replySlice } from '../slice-reply.js';
import { DESTINATION, SOURCES } from './argument-docs.js';
import { SourceSets } from './source-sets.js';
import { result, storeNothing, storeResult } from './stored-set.js';

const ERR_NUMKEYS = 'ERR numkeys should be greater than 0';
const ERR_TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";
const ERR_LIMIT = "ERR LIMIT can't be negative";

const sources = new SourceSets();

/**
 * Goes to the next member of the smallest set that is in all others, once `sources` is sorted.
 * @returns false at the end
 */
function nextCommon(): boolean {
  const { cursors, count } = sources;
  const first = cursors[0];
  const { ref } = first.set;
  const { element, isLarge } = first;
  while (first.next()) {
    if (first.isNewBatch) for (let i = 1; i < count; i++) cursors[i].set.prefetch(first.found);
    let i = 1;
    for (; i < count; i++) {
      const other = cursors[i].set;
      if (other.ref === ref) continue;
      if (!(isLarge ? other.hasHashed(element, first.hash) : other.has(element))) break;
    }
    if (i === count) return true;
  }
  return false;
}

export function sinterCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (!sources.lookup(ctx, args, 1, args.count)) return;
  if (sources.missing > 0) {
    reply.set(0);
    return;
  }
  sources.sort(0, false);
  const mark = reply.beginSet();
  let length = 0;
  for (; nextCommon(); length++) replySlice(reply, sources.cursors[0].element);
  reply.endSet(mark, length);
}

export const sinterSpec: CommandSpec = {
  name: 'SINTER',
  group: 'set',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Lists the members that are in all of several sets.',
  complexity: 'O(N*M) for N members of the smallest of M sets.',
  keys: [keySpec(['RO', 'access'], 1, -1)],
  arguments: [KEYS],
  tips: ['nondeterministic_output_order'],
  propagate: 'never',
  handler: sinterCommand,
};

export function sinterstoreCommand(ctx: Context, args: Args): void {
  if (!sources.lookup(ctx, args, 2, args.count)) return;
  if (sources.missing > 0) {
    storeNothing(ctx, args);
    return;
  }
  sources.sort(0, false);
  const [first] = sources.cursors;
  const encoding = first.set.hasIntegers ? ENCODING_INTSET : ENCODING_LISTPACK;
  storeResult(ctx, args, encoding, () => {
    while (nextCommon()) result.add(first);
    result.preferIntegers();
  });
}

export const sinterstoreSpec: CommandSpec = {
  name: 'SINTERSTORE',
  group: 'set',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Keeps the members that are in all of several sets as a set of their own.',
  complexity: 'O(N*M) for N members of the smallest of M sets.',
  keys: [keySpec(['RW', 'update'], 1), keySpec(['RO', 'access'], 2, -1)],
  arguments: [DESTINATION, SOURCES],
  propagate: 'verbatim',
  handler: sinterstoreCommand,
};

/**
 * Reads the LIMIT clause from argument `from` on.
 * @returns the limit, Infinity without one; NaN after an error was replied
 */
function limitClause(ctx: Context, args: Args, from: number): number {
  let limit = 0;
  for (let i = from; i < args.count; i += 2) {
    if (!args.is(i, 'LIMIT') || i + 1 === args.count) {
      ctx.reply.error(ERR_SYNTAX);
      return Number.NaN;
    }
    limit = integerArgument(args, i + 1);
    if (Number.isNaN(limit) || limit < 0) {
      ctx.reply.error(ERR_LIMIT);
      return Number.NaN;
    }
  }
  return limit === 0 ? Infinity : limit;
}

export function sintercardCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const keys = integerArgument(args, 1);
  if (Number.isNaN(keys) || keys < 1) {
    reply.error(ERR_NUMKEYS);
    return;
  }
  if (keys > args.count - 2) {
    reply.error(ERR_TOO_MANY_KEYS);
    return;
  }
  const limit = limitClause(ctx, args, 2 + keys);
  if (Number.isNaN(limit) || !sources.lookup(ctx, args, 2, 2 + keys)) return;
  let cardinality = 0;
  if (sources.missing === 0) {
    sources.sort(0, false);
    while (cardinality < limit && nextCommon()) cardinality++;
  }
  reply.integer(cardinality);
}

export const sintercardSpec: CommandSpec = {
  name: 'SINTERCARD',
  group: 'set',
  since: '7.0.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Counts the members that are in all of several sets, up to a limit.',
  complexity: 'O(N*M) for N members of the smallest of M sets.',
  keys: [
    {
      flags: ['RO', 'access'],
      beginSearch: { type: 'index', index: 1 },
      findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
    },
  ],
  arguments: [
    { name: 'numkeys', type: 'integer' },
    KEYS,
    { name: 'limit', type: 'integer', token: 'LIMIT', optional: true },
  ],
  propagate: 'never',
  handler: sintercardCommand,
};
