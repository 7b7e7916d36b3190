// MULTI, EXEC and DISCARD. What they keep is engine/exec's; between MULTI and EXEC the executor
// queues commands instead of running them.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';

export function multiCommand(ctx: Context): void {
  ctx.transactions.begin(ctx.session, ctx.reply);
}

export function execCommand(ctx: Context): void {
  ctx.transactions.execute(ctx.session, ctx.reply);
}

export function discardCommand(ctx: Context): void {
  ctx.transactions.discard(ctx.session, ctx.reply);
}

export const multiSpec: CommandSpec = {
  name: 'MULTI',
  group: 'transactions',
  since: '1.2.0',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  summary: 'Begins a transaction: what follows is queued.',
  complexity: 'O(1)',
  propagate: 'never',
  handler: multiCommand,
};

export const execSpec: CommandSpec = {
  name: 'EXEC',
  group: 'transactions',
  since: '1.2.0',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  summary: 'Runs the queued commands as one.',
  complexity: 'That of the queued commands.',
  propagate: 'never',
  handler: execCommand,
};

export const discardSpec: CommandSpec = {
  name: 'DISCARD',
  group: 'transactions',
  since: '2.0.0',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  summary: 'Forgets the queued commands and the watched keys.',
  complexity: 'O(N) where N is the number of queued commands.',
  propagate: 'never',
  handler: discardCommand,
};
