// AUTH: the password alone, or user and password.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { authenticate, DEFAULT_USER, isPasswordRequired } from './authentication.js';

const ERR_NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. ' +
  'Are you sure your configuration is correct?';

export function authCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (args.count > 3) {
    reply.error(ERR_SYNTAX);
    return;
  }
  if (args.count === 2 && !isPasswordRequired(ctx)) {
    reply.error(ERR_NO_PASSWORD);
    return;
  }
  const user = args.count === 2 ? DEFAULT_USER : args.text(1);
  const error = authenticate(ctx, user, args.text(args.count - 1));
  if (error === null) reply.ok();
  else reply.error(error);
}

export const authSpec: CommandSpec = {
  name: 'AUTH',
  group: 'connection',
  since: '1.0.0',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  summary: 'Logs the connection in.',
  complexity: 'O(N) where N is the length of the password.',
  history: [['6.0.0', 'Takes a user name as well.']],
  arguments: [
    { name: 'username', type: 'string', optional: true, since: '6.0.0' },
    { name: 'password', type: 'string' },
  ],
  propagate: 'never',
  handler: authCommand,
};
