// PING and ECHO.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { wrongArity } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';

export function pingCommand(ctx: Context, args: Args): void {
  if (args.count === 1) ctx.reply.status('PONG');
  else if (args.count === 2) ctx.reply.bulk(args.bytes, args.at[1], args.length[1]);
  else ctx.reply.error(wrongArity('ping'));
}

export function echoCommand(ctx: Context, args: Args): void {
  ctx.reply.bulk(args.bytes, args.at[1], args.length[1]);
}

export const pingSpec: CommandSpec = {
  name: 'PING',
  group: 'connection',
  since: '1.0.0',
  arity: -1,
  flags: ['fast'],
  summary: 'Answers, to show that the server is there.',
  complexity: 'O(1)',
  arguments: [{ name: 'message', type: 'string', optional: true }],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  propagate: 'never',
  handler: pingCommand,
};

export const echoSpec: CommandSpec = {
  name: 'ECHO',
  group: 'connection',
  since: '1.0.0',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  summary: 'Answers what it was sent.',
  complexity: 'O(1)',
  arguments: [{ name: 'message', type: 'string' }],
  propagate: 'never',
  handler: echoCommand,
};
