// FUNCTION FLUSH and HELP: there are no functions yet, so a flush has nothing to delete.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { replyHelp, subcommandSyntaxError } from '../help-reply.js';
import { CONTAINER, HELP } from './container-spec.js';

const ERR_FLUSH_MODE = 'ERR FUNCTION FLUSH only supports SYNC|ASYNC option';

/** There is nothing to flush, so this never changes anything. */
export function functionFlushCommand(ctx: Context, args: Args): void {
  if (args.count > 3) ctx.reply.error(subcommandSyntaxError('FUNCTION', args.text(1)));
  else if (args.count === 2 || args.is(2, 'ASYNC') || args.is(2, 'SYNC')) ctx.reply.ok();
  else ctx.reply.error(ERR_FLUSH_MODE);
}

export function functionHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'FUNCTION', ['FLUSH [ASYNC|SYNC]', '    Delete all libraries.']);
}

export const functionSpec: CommandSpec = {
  ...CONTAINER,
  name: 'FUNCTION',
  group: 'scripting',
  since: '7.0.0',
  summary: 'Keeps libraries of functions; see its subcommands.',
  subcommands: [
    {
      name: 'FLUSH',
      group: 'scripting',
      since: '7.0.0',
      arity: -2,
      flags: ['write', 'noscript'],
      summary: 'Deletes all libraries and functions.',
      complexity: 'O(1)',
      arguments: [
        {
          name: 'flush-type',
          type: 'oneof',
          optional: true,
          arguments: [
            { name: 'async', type: 'pure-token', token: 'ASYNC' },
            { name: 'sync', type: 'pure-token', token: 'SYNC' },
          ],
        },
      ],
      tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
      propagate: 'verbatim',
      handler: functionFlushCommand,
    },
    { ...HELP, group: 'scripting', since: '7.0.0', handler: functionHelpCommand },
  ],
};
