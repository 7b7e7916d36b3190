// INFO: the sections asked for, as one text.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';

export function infoCommand(ctx: Context, args: Args): void {
  const sections: string[] = [];
  for (let i = 1; i < args.count; i++) sections.push(args.text(i).toLowerCase());
  ctx.reply.verbatim('txt', ctx.info.render(sections));
}

export const infoSpec: CommandSpec = {
  name: 'INFO',
  group: 'server',
  since: '1.0.0',
  arity: -1,
  flags: ['loading', 'stale'],
  summary: 'Tells how the server is doing.',
  complexity: 'O(1)',
  history: [['7.0.0', 'Takes several sections.']],
  arguments: [{ name: 'section', type: 'string', optional: true, multiple: true }],
  acl: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  propagate: 'never',
  handler: infoCommand,
};
