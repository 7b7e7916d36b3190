// WATCH and UNWATCH: EXEC does nothing when a watched key has changed.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';

export function watchCommand(ctx: Context, args: Args): void {
  ctx.transactions.watch(ctx.session, args, ctx.reply);
}

export function unwatchCommand(ctx: Context): void {
  ctx.transactions.unwatch(ctx.session);
  ctx.reply.ok();
}

export const watchSpec: CommandSpec = {
  name: 'WATCH',
  group: 'transactions',
  since: '2.2.0',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  summary: 'Makes the next EXEC depend on keys staying as they are.',
  complexity: 'O(1) for every key.',
  keys: [keySpec(['RO'], 1, -1)],
  arguments: [KEYS],
  propagate: 'never',
  handler: watchCommand,
};

export const unwatchSpec: CommandSpec = {
  name: 'UNWATCH',
  group: 'transactions',
  since: '2.2.0',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  summary: 'Forgets the watched keys.',
  complexity: 'O(1) for every watched key.',
  propagate: 'never',
  handler: unwatchCommand,
};
