// DBSIZE. Keys whose deadline has passed count until they have been deleted, as in Redis.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';

export function dbsizeCommand(ctx: Context): void {
  ctx.reply.integer(ctx.db.count);
}

export const dbsizeSpec: CommandSpec = {
  name: 'DBSIZE',
  group: 'server',
  since: '1.0.0',
  arity: 1,
  flags: ['readonly', 'fast'],
  summary: 'Counts the keys of the selected database.',
  complexity: 'O(1)',
  acl: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  propagate: 'never',
  handler: dbsizeCommand,
};
