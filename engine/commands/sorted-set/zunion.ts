// ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.

import {
  type ArgumentDoc,
  type CommandSpec,
  type KeySpec,
  keySpec,
} from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { AGGREGATE, NUMKEYS, WEIGHTS, WITHSCORES } from './argument-docs.js';
import { replyRange } from './members-reply.js';
import {
  countIntersection,
  intersect,
  operation,
  parseOperation,
  subtract,
  TAKES_LIMIT,
  TAKES_WEIGHTS,
  TAKES_WITHSCORES,
  unite,
} from './set-operation.js';
import { dropResult, result, storeResult } from './stored-result.js';

function replyGenericCommand(
  ctx: Context,
  args: Args,
  takes: number,
  work: (ctx: Context) => void,
): void {
  const error = parseOperation(ctx, args, 1, takes);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  work(ctx);
  replyRange(ctx, result, 0, result.count, false, operation.withScores);
  dropResult(ctx);
}

function storeGenericCommand(
  ctx: Context,
  args: Args,
  takes: number,
  work: (ctx: Context) => void,
): void {
  const error = parseOperation(ctx, args, 2, takes);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  work(ctx);
  storeResult(ctx, args, 1);
}

/** @param index of the argument that is the number of keys */
function sourceKeys(index: number): KeySpec {
  return {
    flags: ['RO', 'access'],
    beginSearch: { type: 'index', index },
    findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
  };
}

const DESTINATION: ArgumentDoc = { name: 'destination', type: 'key', keySpecIndex: 0 };
const STORED_KEYS: ArgumentDoc = { ...KEYS, keySpecIndex: 1 };
const UNION_COMPLEXITY = 'O(N)+O(M*log(M)) for N members of all sets and M of the result.';
const INTERSECTION_COMPLEXITY =
  'O(N*K)+O(M*log(M)) for N members of the smallest of K sets and M of the result.';
const DIFFERENCE_COMPLEXITY =
  'O(N*K)+O(M*log(M)) for N members of the first of K sets and M of the result.';

export function zunionCommand(ctx: Context, args: Args): void {
  replyGenericCommand(ctx, args, TAKES_WEIGHTS | TAKES_WITHSCORES, unite);
}

export const zunionSpec: CommandSpec = {
  name: 'ZUNION',
  group: 'sorted-set',
  since: '6.2.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Lists the members that are in any of several sets, with their scores taken together.',
  complexity: UNION_COMPLEXITY,
  keys: [sourceKeys(1)],
  arguments: [NUMKEYS, KEYS, WEIGHTS, AGGREGATE, WITHSCORES],
  propagate: 'never',
  handler: zunionCommand,
};

export function zinterCommand(ctx: Context, args: Args): void {
  replyGenericCommand(ctx, args, TAKES_WEIGHTS | TAKES_WITHSCORES, intersect);
}

export const zinterSpec: CommandSpec = {
  ...zunionSpec,
  name: 'ZINTER',
  summary: 'Lists the members that are in all of several sets, with their scores taken together.',
  complexity: INTERSECTION_COMPLEXITY,
  handler: zinterCommand,
};

export function zdiffCommand(ctx: Context, args: Args): void {
  replyGenericCommand(ctx, args, TAKES_WITHSCORES, subtract);
}

export const zdiffSpec: CommandSpec = {
  ...zunionSpec,
  name: 'ZDIFF',
  summary: 'Lists the members of one set that are in no other.',
  complexity: DIFFERENCE_COMPLEXITY,
  arguments: [NUMKEYS, KEYS, WITHSCORES],
  handler: zdiffCommand,
};

export function zunionstoreCommand(ctx: Context, args: Args): void {
  storeGenericCommand(ctx, args, TAKES_WEIGHTS, unite);
}

export const zunionstoreSpec: CommandSpec = {
  name: 'ZUNIONSTORE',
  group: 'sorted-set',
  since: '2.0.0',
  arity: -4,
  flags: ['write', 'denyoom'],
  summary: 'Stores the members that are in any of several sets, with their scores taken together.',
  complexity: UNION_COMPLEXITY,
  keys: [keySpec(['OW', 'update'], 1), sourceKeys(2)],
  arguments: [DESTINATION, NUMKEYS, STORED_KEYS, WEIGHTS, AGGREGATE],
  propagate: 'verbatim',
  handler: zunionstoreCommand,
};

export function zinterstoreCommand(ctx: Context, args: Args): void {
  storeGenericCommand(ctx, args, TAKES_WEIGHTS, intersect);
}

export const zinterstoreSpec: CommandSpec = {
  ...zunionstoreSpec,
  name: 'ZINTERSTORE',
  summary: 'Stores the members that are in all of several sets, with their scores taken together.',
  complexity: INTERSECTION_COMPLEXITY,
  handler: zinterstoreCommand,
};

export function zdiffstoreCommand(ctx: Context, args: Args): void {
  storeGenericCommand(ctx, args, 0, subtract);
}

export const zdiffstoreSpec: CommandSpec = {
  ...zunionstoreSpec,
  name: 'ZDIFFSTORE',
  since: '6.2.0',
  summary: 'Stores the members of one set that are in no other.',
  complexity: DIFFERENCE_COMPLEXITY,
  arguments: [DESTINATION, NUMKEYS, STORED_KEYS],
  handler: zdiffstoreCommand,
};

export function zintercardCommand(ctx: Context, args: Args): void {
  const error = parseOperation(ctx, args, 1, TAKES_LIMIT);
  if (error !== null) ctx.reply.error(error);
  else ctx.reply.integer(countIntersection(ctx));
}

export const zintercardSpec: CommandSpec = {
  ...zunionSpec,
  name: 'ZINTERCARD',
  since: '7.0.0',
  summary: 'Counts the members that are in all of several sets.',
  complexity: 'O(N*K) for N members of the smallest of K sets.',
  arguments: [NUMKEYS, KEYS, { name: 'limit', type: 'integer', token: 'LIMIT', optional: true }],
  handler: zintercardCommand,
};
