// SWAPDB. Invariant: clients stay on their database number and see the other one's keys at once.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_DB_INDEX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { int32Argument } from '../integer-argument.js';

export function swapdbCommand(ctx: Context, args: Args): void {
  const { keyspace, reply } = ctx;
  const first = int32Argument(ctx, args, 1, 'ERR invalid first DB index');
  if (Number.isNaN(first)) return;
  const second = int32Argument(ctx, args, 2, 'ERR invalid second DB index');
  if (Number.isNaN(second)) return;
  const { length } = keyspace.databases;
  if (Math.min(first, second) < 0 || Math.max(first, second) >= length) {
    reply.error(ERR_DB_INDEX);
    return;
  }
  keyspace.swap(first, second);
  reply.ok();
}

export const swapdbSpec: CommandSpec = {
  name: 'SWAPDB',
  group: 'server',
  since: '4.0.0',
  arity: 3,
  flags: ['write', 'fast'],
  summary: 'Lets two databases change places.',
  complexity: 'O(N) for N clients that watch or wait for keys of either.',
  arguments: [
    { name: 'index1', type: 'integer' },
    { name: 'index2', type: 'integer' },
  ],
  acl: ['keyspace', 'dangerous'],
  propagate: 'verbatim',
  handler: swapdbCommand,
};
