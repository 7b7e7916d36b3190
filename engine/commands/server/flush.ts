// FLUSHDB and FLUSHALL. An emptied database is replaced by a new one and its memory dropped as a
// whole, which takes no time that grows with the keys, so ASYNC and SYNC are the same.

import type { ArgumentDoc, CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';

/** @returns false after an error was replied */
function parseFlushMode(ctx: Context, args: Args): boolean {
  if (args.count === 1) return true;
  if (args.count === 2 && (args.is(1, 'ASYNC') || args.is(1, 'SYNC'))) return true;
  ctx.reply.error(ERR_SYNTAX);
  return false;
}

export function flushdbCommand(ctx: Context, args: Args): void {
  if (!parseFlushMode(ctx, args)) return;
  ctx.keyspace.flush(ctx.db.index);
  ctx.reply.ok();
}

export function flushallCommand(ctx: Context, args: Args): void {
  if (!parseFlushMode(ctx, args)) return;
  const { keyspace } = ctx;
  for (let index = 0; index < keyspace.databases.length; index++) keyspace.flush(index);
  ctx.reply.ok();
}

const FLUSH_TYPE: readonly ArgumentDoc[] = [
  {
    name: 'flush-type',
    type: 'oneof',
    optional: true,
    arguments: [
      { name: 'async', type: 'pure-token', token: 'ASYNC', since: '4.0.0' },
      { name: 'sync', type: 'pure-token', token: 'SYNC', since: '6.2.0' },
    ],
  },
];

/** What the two have in common. */
const FAMILY = {
  group: 'server',
  since: '1.0.0',
  arity: -1,
  flags: ['write'],
  complexity: 'O(1); the memory is given back by the garbage collector.',
  arguments: FLUSH_TYPE,
  history: [
    ['4.0.0', 'ASYNC came.'],
    ['6.2.0', 'SYNC came.'],
  ],
  acl: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  propagate: 'verbatim',
} as const;

export const flushdbSpec: CommandSpec = {
  ...FAMILY,
  name: 'FLUSHDB',
  summary: 'Deletes every key of the selected database.',
  handler: flushdbCommand,
};

export const flushallSpec: CommandSpec = {
  ...FAMILY,
  name: 'FLUSHALL',
  summary: 'Deletes every key of every database.',
  handler: flushallCommand,
};
