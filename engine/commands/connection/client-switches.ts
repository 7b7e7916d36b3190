// CLIENT NO-EVICT, NO-TOUCH and REPLY: switches of one connection.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import {
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_TRUSTED,
} from '../../contract/session.js';
import type { Args } from '../../util/args.js';
import { CLIENT_ADMIN_SUBCOMMAND, CLIENT_SUBCOMMAND, ON_OR_OFF } from './client-subcommand.js';

const ERR_REPLY_EMBEDDED = 'ERR CLIENT REPLY is for connections; a call always has its answer';

function clientSwitchGenericCommand(ctx: Context, args: Args, flag: number): void {
  const { session, reply } = ctx;
  if (args.is(2, 'ON')) session.flags |= flag;
  else if (args.is(2, 'OFF')) session.flags &= ~flag;
  else {
    reply.error(ERR_SYNTAX);
    return;
  }
  reply.ok();
}

export function clientNoEvictCommand(ctx: Context, args: Args): void {
  clientSwitchGenericCommand(ctx, args, SESSION_NO_EVICT);
}

export function clientNoTouchCommand(ctx: Context, args: Args): void {
  clientSwitchGenericCommand(ctx, args, SESSION_NO_TOUCH);
}

/** OFF and SKIP are the two commands that answer nothing at all. */
export function clientReplyCommand(ctx: Context, args: Args): void {
  const { session, reply } = ctx;
  if ((session.flags & SESSION_TRUSTED) !== 0) {
    reply.error(ERR_REPLY_EMBEDDED);
    return;
  }
  if (args.is(2, 'ON')) {
    session.flags &= ~(SESSION_REPLY_OFF | SESSION_REPLY_SKIP);
    reply.ok();
  } else if (args.is(2, 'OFF')) {
    session.flags |= SESSION_REPLY_OFF;
  } else if (args.is(2, 'SKIP')) {
    if ((session.flags & SESSION_REPLY_OFF) === 0) session.flags |= SESSION_REPLY_SKIP;
  } else {
    reply.error(ERR_SYNTAX);
  }
}

export const clientNoEvictSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'NO-EVICT',
  since: '7.0.0',
  arity: 3,
  summary: 'Keeps the connection when client memory runs short.',
  arguments: ON_OR_OFF,
  handler: clientNoEvictCommand,
};

export const clientNoTouchSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'NO-TOUCH',
  since: '7.2.0',
  arity: 3,
  summary: "Keeps the connection's reads from counting as uses of keys.",
  arguments: ON_OR_OFF,
  handler: clientNoTouchCommand,
};

export const clientReplySpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'REPLY',
  since: '3.2.0',
  arity: 3,
  summary: 'Chooses whether the connection gets replies.',
  arguments: [
    {
      name: 'action',
      type: 'oneof',
      arguments: [
        { name: 'on', type: 'pure-token', token: 'ON' },
        { name: 'off', type: 'pure-token', token: 'OFF' },
        { name: 'skip', type: 'pure-token', token: 'SKIP' },
      ],
    },
  ],
  handler: clientReplyCommand,
};
