// BZPOPMIN, BZPOPMAX and BZMPOP: pops that wait until a sorted set has something. Invariant: the
// log gets what was popped as ZPOPMIN or ZPOPMAX; waiting itself changes nothing.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { blockingTimeoutArgument, waitForKeys } from '../blocking-keys.js';
import { COUNT, NUMKEYS, WHERE } from './argument-docs.js';
import { mpopOptions, parseMpop, popFromFirst } from './zpop.js';

function bzpopGenericCommand(ctx: Context, args: Args, isMax: boolean): void {
  const timeoutMs = blockingTimeoutArgument(ctx, args, args.count - 1);
  if (Number.isNaN(timeoutMs)) return;
  const keyCount = args.count - 2;
  if (popFromFirst(ctx, args, 1, keyCount, 1, isMax, false)) return;
  if (!waitForKeys(ctx, args, 1, keyCount, TYPE_ZSET, timeoutMs)) ctx.reply.nullArray();
}

export function bzpopminCommand(ctx: Context, args: Args): void {
  bzpopGenericCommand(ctx, args, false);
}

export const bzpopminSpec: CommandSpec = {
  name: 'BZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  arity: -3,
  flags: ['write', 'blocking', 'fast'],
  summary: 'Takes the member with the lowest score out of a sorted set, or waits for one.',
  complexity: 'O(log(N)) in a set of N members.',
  keys: [keySpec(['RW', 'access', 'delete'], 1, -2)],
  arguments: [KEYS, { name: 'timeout', type: 'double' }],
  history: [['6.0.0', 'The time-out may have a fraction.']],
  propagate: 'effects',
  handler: bzpopminCommand,
};

export function bzpopmaxCommand(ctx: Context, args: Args): void {
  bzpopGenericCommand(ctx, args, true);
}

export const bzpopmaxSpec: CommandSpec = {
  ...bzpopminSpec,
  name: 'BZPOPMAX',
  summary: 'Takes the member with the highest score out of a sorted set, or waits for one.',
  handler: bzpopmaxCommand,
};

export function bzmpopCommand(ctx: Context, args: Args): void {
  const error = parseMpop(args, 2);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  const timeoutMs = blockingTimeoutArgument(ctx, args, 1);
  if (Number.isNaN(timeoutMs)) return;
  const { firstKey, keyCount, count, isMax } = mpopOptions;
  if (popFromFirst(ctx, args, firstKey, keyCount, count, isMax, true)) return;
  if (!waitForKeys(ctx, args, firstKey, keyCount, TYPE_ZSET, timeoutMs)) ctx.reply.nullArray();
}

export const bzmpopSpec: CommandSpec = {
  name: 'BZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  arity: -5,
  flags: ['write', 'blocking'],
  summary:
    'Takes members from one end of the first of several sorted sets that has some, or waits.',
  complexity: 'O(K)+O(M*log(N)) for K keys and M of N members.',
  keys: [
    {
      flags: ['RW', 'access', 'delete'],
      beginSearch: { type: 'index', index: 2 },
      findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
    },
  ],
  arguments: [{ name: 'timeout', type: 'double' }, NUMKEYS, KEYS, WHERE, COUNT],
  propagate: 'effects',
  handler: bzmpopCommand,
};
