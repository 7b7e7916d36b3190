// ZCARD, ZSCORE and ZMSCORE: what is in a sorted set.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBER, MEMBERS } from './argument-docs.js';

const set = new SortedSetValue();
const member = new ByteSlice();

export function zcardCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  ctx.reply.integer(ref === NO_REF ? 0 : set.open(ctx.db, ref).count);
}

export const zcardSpec: CommandSpec = {
  name: 'ZCARD',
  group: 'sorted-set',
  since: '1.2.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Counts the members of a sorted set.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: zcardCommand,
};

export function zscoreCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF && set.open(ctx.db, ref).find(member.ofArgument(args, 2))) {
    ctx.reply.double(set.score);
  } else {
    ctx.reply.null();
  }
}

export const zscoreSpec: CommandSpec = {
  name: 'ZSCORE',
  group: 'sorted-set',
  since: '1.2.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Tells the score of a member.',
  complexity: 'O(1)',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, MEMBER],
  propagate: 'never',
  handler: zscoreCommand,
};

export function zmscoreCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) set.open(ctx.db, ref);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    if (ref !== NO_REF && set.find(member.ofArgument(args, i))) reply.double(set.score);
    else reply.null();
  }
}

export const zmscoreSpec: CommandSpec = {
  name: 'ZMSCORE',
  group: 'sorted-set',
  since: '6.2.0',
  arity: -3,
  flags: ['readonly', 'fast'],
  summary: 'Tells the scores of several members.',
  complexity: 'O(N) for N members that are asked for.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, MEMBERS],
  propagate: 'never',
  handler: zmscoreCommand,
};
