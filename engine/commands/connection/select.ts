// SELECT: the database that the session's next commands work on.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_DB_INDEX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { int32Argument } from '../integer-argument.js';

export function selectCommand(ctx: Context, args: Args): void {
  const index = int32Argument(ctx, args, 1, null);
  if (Number.isNaN(index)) return;
  if (index < 0 || index >= ctx.keyspace.databases.length) {
    ctx.reply.error(ERR_DB_INDEX);
    return;
  }
  ctx.session.dbIndex = index;
  ctx.reply.ok();
}

export const selectSpec: CommandSpec = {
  name: 'SELECT',
  group: 'connection',
  since: '1.0.0',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  summary: 'Chooses the database of the connection.',
  complexity: 'O(1)',
  arguments: [{ name: 'index', type: 'integer' }],
  propagate: 'never',
  handler: selectCommand,
};
