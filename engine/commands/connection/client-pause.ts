// CLIENT PAUSE, UNPAUSE and UNBLOCK: holding clients back and letting them go.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { subcommandSyntaxError } from '../help-reply.js';
import { integerArgument } from '../integer-argument.js';
import { timeoutArgument } from '../timeout-argument.js';
import { CLIENT_ADMIN_SUBCOMMAND } from './client-subcommand.js';

const ERR_PAUSE_MODE = 'ERR CLIENT PAUSE mode must be WRITE or ALL';
const ERR_UNBLOCK_REASON = 'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR';

export function clientPauseCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (args.count > 4) {
    reply.error(subcommandSyntaxError('CLIENT', args.text(1)));
    return;
  }
  const onlyWrites = args.count === 4 && args.is(3, 'WRITE');
  if (args.count === 4 && !onlyWrites && !args.is(3, 'ALL')) {
    reply.error(ERR_PAUSE_MODE);
    return;
  }
  const timeoutMs = timeoutArgument(ctx, args, 2);
  if (Number.isNaN(timeoutMs)) return;
  ctx.clients.pause(ctx.now + timeoutMs, onlyWrites);
  reply.ok();
}

export function clientUnpauseCommand(ctx: Context): void {
  ctx.clients.unpause();
  ctx.reply.ok();
}

export function clientUnblockCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (args.count > 4) {
    reply.error(subcommandSyntaxError('CLIENT', args.text(1)));
    return;
  }
  const withError = args.count === 4 && args.is(3, 'ERROR');
  if (args.count === 4 && !withError && !args.is(3, 'TIMEOUT')) {
    reply.error(ERR_UNBLOCK_REASON);
    return;
  }
  const id = integerArgument(args, 2);
  if (Number.isNaN(id)) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  const [target] = ctx.clients.list({ ids: [id] });
  const isUnblocked = target !== undefined && ctx.blocking.unblock(target, withError);
  reply.integer(isUnblocked ? 1 : 0);
}

export const clientPauseSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'PAUSE',
  since: '3.0.0',
  arity: -3,
  summary: 'Holds the commands, or the writes, of all clients back for a time.',
  history: [['6.2.0', 'Takes WRITE and ALL.']],
  arguments: [
    { name: 'timeout', type: 'integer' },
    {
      name: 'mode',
      type: 'oneof',
      optional: true,
      since: '6.2.0',
      arguments: [
        { name: 'write', type: 'pure-token', token: 'WRITE' },
        { name: 'all', type: 'pure-token', token: 'ALL' },
      ],
    },
  ],
  handler: clientPauseCommand,
};

export const clientUnpauseSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'UNPAUSE',
  since: '6.2.0',
  arity: 2,
  summary: 'Ends a pause.',
  complexity: 'O(N) where N is the number of clients held back.',
  handler: clientUnpauseCommand,
};

export const clientUnblockSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'UNBLOCK',
  since: '5.0.0',
  arity: -3,
  summary: 'Ends the waiting of another client.',
  arguments: [
    { name: 'client-id', type: 'integer' },
    {
      name: 'unblock-type',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'timeout', type: 'pure-token', token: 'TIMEOUT' },
        { name: 'error', type: 'pure-token', token: 'ERROR' },
      ],
    },
  ],
  handler: clientUnblockCommand,
};
