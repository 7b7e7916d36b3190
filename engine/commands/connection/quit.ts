// QUIT and RESET: the end of a connection, or of everything it had set up.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import {
  SESSION_NO_EVICT,
  SESSION_NO_TOUCH,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_TRUSTED,
} from '../../contract/session.js';
import { DEFAULT_USER, isPasswordRequired } from './authentication.js';

const CHOSEN_BY_CLIENT =
  SESSION_NO_EVICT | SESSION_NO_TOUCH | SESSION_REPLY_OFF | SESSION_REPLY_SKIP;

export function quitCommand(ctx: Context): void {
  ctx.reply.ok();
  ctx.session.close(true);
}

/** Library name and version stay: they describe the client, not what it asked for. */
export function resetCommand(ctx: Context): void {
  const { session } = ctx;
  const isTrusted = (session.flags & SESSION_TRUSTED) !== 0;
  ctx.transactions.reset(session);
  session.flags &= ~CHOSEN_BY_CLIENT;
  session.dbIndex = 0;
  session.name = '';
  session.resp = 2;
  session.user = DEFAULT_USER;
  session.isAuthenticated = isTrusted || !isPasswordRequired(ctx);
  ctx.reply.status('RESET');
}

export const quitSpec: CommandSpec = {
  name: 'QUIT',
  group: 'connection',
  since: '1.0.0',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  summary: 'Closes the connection.',
  complexity: 'O(1)',
  deprecated: { since: '7.2.0', replacedBy: 'just closing the connection' },
  propagate: 'never',
  handler: quitCommand,
};

export const resetSpec: CommandSpec = {
  name: 'RESET',
  group: 'connection',
  since: '6.2.0',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  summary: 'Puts the connection in the state of a new one.',
  complexity: 'O(1)',
  propagate: 'never',
  handler: resetCommand,
};
