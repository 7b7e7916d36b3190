// MODULE LIST and HELP. There are no modules to load.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { replyHelp } from '../help-reply.js';
import { CONTAINER, HELP } from './container-spec.js';

export function moduleListCommand(ctx: Context): void {
  ctx.reply.array(0);
}

export function moduleHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'MODULE', ['LIST', '    The loaded modules; there are none.']);
}

export const moduleSpec: CommandSpec = {
  ...CONTAINER,
  name: 'MODULE',
  group: 'server',
  since: '4.0.0',
  summary: 'Lists the modules, of which there are none.',
  subcommands: [
    { ...HELP, group: 'server', since: '5.0.0', handler: moduleHelpCommand },
    {
      name: 'LIST',
      group: 'server',
      since: '4.0.0',
      arity: 2,
      flags: ['admin', 'noscript'],
      summary: 'Lists the loaded modules.',
      complexity: 'O(1)',
      tips: ['nondeterministic_output_order'],
      propagate: 'never',
      handler: moduleListCommand,
    },
  ],
};
