// ZRANGE and its older spellings: members in order, by rank, by score or by member.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { LIMIT, REV, SORTBY, WITHSCORES } from './argument-docs.js';
import { replyRange } from './members-reply.js';
import { ranks } from './range-bounds.js';
import {
  ANY_WAY,
  BY_ANY,
  BY_LEX,
  BY_RANK,
  BY_SCORE,
  FORWARD,
  findRange,
  parseRange,
  REVERSE,
  rangeOptions,
} from './zrange-options.js';

const set = new SortedSetValue();

function zrangeGenericCommand(ctx: Context, args: Args, by: number, way: number): void {
  const error = parseRange(args, 2, by, way, false);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    ctx.reply.array(0);
    return;
  }
  findRange(set.open(ctx.db, ref));
  const { isReverse, withScores } = rangeOptions;
  replyRange(ctx, set, ranks.start, ranks.end, isReverse, withScores);
}

export function zrangeCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_ANY, ANY_WAY);
}

export const zrangeSpec: CommandSpec = {
  name: 'ZRANGE',
  group: 'sorted-set',
  since: '1.2.0',
  arity: -4,
  flags: ['readonly'],
  summary: 'Lists the members in a range of ranks, of scores or of members.',
  complexity: 'O(log(N)+M) for M of N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    { name: 'start', type: 'string' },
    { name: 'stop', type: 'string' },
    { ...SORTBY, since: '6.2.0' },
    { ...REV, since: '6.2.0' },
    { ...LIMIT, since: '6.2.0' },
    WITHSCORES,
  ],
  history: [['6.2.0', 'REV, BYSCORE, BYLEX and LIMIT came.']],
  propagate: 'never',
  handler: zrangeCommand,
};

export function zrevrangeCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_RANK, REVERSE);
}

/** An older spelling of ZRANGE. */
function olderSpec(options: {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDoc[];
  readonly replacedBy: string;
  readonly handler: (ctx: Context, args: Args) => void;
}): CommandSpec {
  return {
    name: options.name,
    group: 'sorted-set',
    since: options.since,
    arity: -4,
    flags: ['readonly'],
    summary: options.summary,
    complexity: 'O(log(N)+M) for M of N members.',
    keys: [keySpec(['RO', 'access'], 1)],
    arguments: [KEY, ...options.arguments],
    deprecated: { since: '6.2.0', replacedBy: options.replacedBy },
    propagate: 'never',
    handler: options.handler,
  };
}

export const zrevrangeSpec = olderSpec({
  name: 'ZREVRANGE',
  since: '1.2.0',
  summary: 'Lists the members in a range of ranks that count down from the highest score.',
  arguments: [{ name: 'start', type: 'integer' }, { name: 'stop', type: 'integer' }, WITHSCORES],
  replacedBy: '`ZRANGE` with the `REV` argument',
  handler: zrevrangeCommand,
});

export function zrangebyscoreCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_SCORE, FORWARD);
}

export const zrangebyscoreSpec: CommandSpec = {
  ...olderSpec({
    name: 'ZRANGEBYSCORE',
    since: '1.0.5',
    summary: 'Lists the members with scores in a range, lowest first.',
    arguments: [
      { name: 'min', type: 'double' },
      { name: 'max', type: 'double' },
      { ...WITHSCORES, since: '2.0.0' },
      LIMIT,
    ],
    replacedBy: '`ZRANGE` with the `BYSCORE` argument',
    handler: zrangebyscoreCommand,
  }),
  history: [['2.0.0', 'WITHSCORES came.']],
};

export function zrevrangebyscoreCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_SCORE, REVERSE);
}

export const zrevrangebyscoreSpec: CommandSpec = {
  ...olderSpec({
    name: 'ZREVRANGEBYSCORE',
    since: '2.2.0',
    summary: 'Lists the members with scores in a range, highest first.',
    arguments: [
      { name: 'max', type: 'double' },
      { name: 'min', type: 'double' },
      WITHSCORES,
      LIMIT,
    ],
    replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments',
    handler: zrevrangebyscoreCommand,
  }),
  history: [['2.1.6', 'Bounds may be exclusive.']],
};

export function zrangebylexCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_LEX, FORWARD);
}

export const zrangebylexSpec = olderSpec({
  name: 'ZRANGEBYLEX',
  since: '2.8.9',
  summary: 'Lists the members in a range of members, all scores being equal, lowest first.',
  arguments: [{ name: 'min', type: 'string' }, { name: 'max', type: 'string' }, LIMIT],
  replacedBy: '`ZRANGE` with the `BYLEX` argument',
  handler: zrangebylexCommand,
});

export function zrevrangebylexCommand(ctx: Context, args: Args): void {
  zrangeGenericCommand(ctx, args, BY_LEX, REVERSE);
}

export const zrevrangebylexSpec = olderSpec({
  name: 'ZREVRANGEBYLEX',
  since: '2.8.9',
  summary: 'Lists the members in a range of members, all scores being equal, highest first.',
  arguments: [{ name: 'max', type: 'string' }, { name: 'min', type: 'string' }, LIMIT],
  replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments',
  handler: zrevrangebylexCommand,
});
