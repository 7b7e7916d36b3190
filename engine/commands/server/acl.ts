// ACL WHOAMI and HELP: every client is the default user until there are others.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { replyHelp } from '../help-reply.js';
import { CONTAINER, HELP } from './container-spec.js';

export function aclWhoamiCommand(ctx: Context): void {
  ctx.reply.text(ctx.session.user);
}

export function aclHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'ACL', ['WHOAMI', '    The user of this connection.']);
}

export const aclSpec: CommandSpec = {
  ...CONTAINER,
  name: 'ACL',
  group: 'server',
  since: '6.0.0',
  summary: 'Tells about users; see its subcommands.',
  subcommands: [
    { ...HELP, group: 'server', since: '6.0.0', handler: aclHelpCommand },
    {
      name: 'WHOAMI',
      group: 'server',
      since: '6.0.0',
      arity: 2,
      flags: ['noscript', 'loading', 'stale'],
      summary: 'Tells the user of the connection.',
      complexity: 'O(1)',
      propagate: 'never',
      handler: aclWhoamiCommand,
    },
  ],
};
