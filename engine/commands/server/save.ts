// SAVE, BGSAVE and BGREWRITEAOF. All three are a compaction: a new snapshot of the dataset that the
// log goes on from. SAVE answers when it is finished; the others answer that it has begun.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { replyLater, writeOutcome } from './later-reply.js';

const ERR_SAVE_IN_PROGRESS = 'ERR Background save already in progress';
const ERR_REWRITE_IN_PROGRESS = 'ERR Background append only file rewriting already in progress';

function startGenericCommand(ctx: Context, inProgress: string, started: string): void {
  const { persistence, reply } = ctx;
  const error = persistence.isCompacting ? inProgress : persistence.startCompaction();
  if (error === null) reply.status(started);
  else reply.error(error);
}

export function saveCommand(ctx: Context): void {
  const { persistence } = ctx;
  if (persistence.isCompacting) {
    ctx.reply.error(ERR_SAVE_IN_PROGRESS);
    return;
  }
  replyLater<string | null>(ctx, (done) => persistence.save(done), writeOutcome);
}

/** SCHEDULE changes nothing: there is no other kind of work that a snapshot would wait for. */
export function bgsaveCommand(ctx: Context, args: Args): void {
  if (args.count > 2 || (args.count === 2 && !args.is(1, 'SCHEDULE'))) {
    ctx.reply.error(ERR_SYNTAX);
    return;
  }
  startGenericCommand(ctx, ERR_SAVE_IN_PROGRESS, 'Background saving started');
}

export function bgrewriteaofCommand(ctx: Context): void {
  const started = 'Background append only file rewriting started';
  startGenericCommand(ctx, ERR_REWRITE_IN_PROGRESS, started);
}

export const saveSpec: CommandSpec = {
  name: 'SAVE',
  group: 'server',
  since: '1.0.0',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  summary: 'Writes a snapshot and answers when it is on disk; other clients are served meanwhile.',
  complexity: 'O(N) where N is the number of keys of all databases.',
  propagate: 'never',
  handler: saveCommand,
};

export const bgsaveSpec: CommandSpec = {
  name: 'BGSAVE',
  group: 'server',
  since: '1.0.0',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  summary: 'Begins to write a snapshot.',
  complexity: 'O(1)',
  history: [['3.2.2', 'Takes SCHEDULE.']],
  arguments: [
    { name: 'schedule', type: 'pure-token', token: 'SCHEDULE', optional: true, since: '3.2.2' },
  ],
  propagate: 'never',
  handler: bgsaveCommand,
};

export const bgrewriteaofSpec: CommandSpec = {
  name: 'BGREWRITEAOF',
  group: 'server',
  since: '1.0.0',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  summary: 'Begins to compact the log.',
  complexity: 'O(1)',
  propagate: 'never',
  handler: bgrewriteaofCommand,
};
