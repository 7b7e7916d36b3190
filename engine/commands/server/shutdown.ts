// SHUTDOWN: the orderly end of the process. The log is flushed and synced whatever the options say;
// SAVE and NOSAVE are taken so that tools can go on giving them.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { replyLater } from './later-reply.js';

const ERR_FAILED = 'ERR Errors trying to SHUTDOWN. Check logs.';
const ERR_NOT_IN_PROGRESS = 'ERR No shutdown in progress.';
const OPTIONS = ['NOSAVE', 'SAVE', 'NOW', 'FORCE', 'ABORT'] as const;
type Option = (typeof OPTIONS)[number];

/** @returns null when the options are not known or contradict each other */
function parseOptions(args: Args): ReadonlySet<Option> | null {
  const given = new Set<Option>();
  for (let i = 1; i < args.count; i++) {
    const option = OPTIONS.find((name) => args.is(i, name));
    if (option === undefined) return null;
    given.add(option);
  }
  if (given.has('ABORT') && given.size > 1) return null;
  return given.has('SAVE') && given.has('NOSAVE') ? null : given;
}

export function shutdownCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const options = parseOptions(args);
  if (options === null) {
    reply.error(ERR_SYNTAX);
  } else if (options.has('ABORT')) {
    if (ctx.process.abortShutdown()) reply.ok();
    else reply.error(ERR_NOT_IN_PROGRESS);
  } else {
    const wanted = { force: options.has('FORCE'), now: options.has('NOW') };
    // Only a failure is ever answered: otherwise the connection ends with the process.
    replyLater<null>(
      ctx,
      (failed) => ctx.process.shutdown(wanted, () => failed(null)),
      (later) => later.error(ERR_FAILED),
    );
  }
}

export const shutdownSpec: CommandSpec = {
  name: 'SHUTDOWN',
  group: 'server',
  since: '1.0.0',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  summary: 'Syncs the log and ends the server.',
  complexity: 'O(1)',
  history: [['7.0.0', 'Takes NOW, FORCE and ABORT.']],
  arguments: [
    {
      name: 'abort-selector',
      type: 'oneof',
      optional: true,
      arguments: [
        {
          name: 'save-selector-block',
          type: 'block',
          arguments: [
            {
              name: 'save-selector',
              type: 'oneof',
              optional: true,
              arguments: [
                { name: 'nosave', type: 'pure-token', token: 'NOSAVE' },
                { name: 'save', type: 'pure-token', token: 'SAVE' },
              ],
            },
            { name: 'now', type: 'pure-token', token: 'NOW', optional: true, since: '7.0.0' },
            { name: 'force', type: 'pure-token', token: 'FORCE', optional: true, since: '7.0.0' },
          ],
        },
        { name: 'abort', type: 'pure-token', token: 'ABORT', since: '7.0.0' },
      ],
    },
  ],
  propagate: 'never',
  handler: shutdownCommand,
};
