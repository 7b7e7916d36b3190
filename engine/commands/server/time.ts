// TIME and LASTSAVE.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';

const US_PER_SECOND = 1_000_000;

export function timeCommand(ctx: Context): void {
  const nowUs = ctx.clock.nowUs();
  ctx.reply.array(2);
  ctx.reply.bulkInteger(Math.floor(nowUs / US_PER_SECOND));
  ctx.reply.bulkInteger(nowUs % US_PER_SECOND);
}

export function lastsaveCommand(ctx: Context): void {
  ctx.reply.integer(ctx.persistence.lastSaveSeconds);
}

export const timeSpec: CommandSpec = {
  name: 'TIME',
  group: 'server',
  since: '2.6.0',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  summary: "Tells the server's time: unix seconds and the microseconds above them.",
  complexity: 'O(1)',
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: timeCommand,
};

export const lastsaveSpec: CommandSpec = {
  name: 'LASTSAVE',
  group: 'server',
  since: '1.0.0',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  summary: 'Tells when the last snapshot was finished, in unix seconds.',
  complexity: 'O(1)',
  acl: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: lastsaveCommand,
};
