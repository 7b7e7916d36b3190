// ROLE and REPLICAOF, of a server that is always a primary without replicas.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';

const PORT_MAX = 65535;
const ERR_PORT = 'ERR Invalid master port';
const ERR_NO_REPLICATION = 'ERR Reddis cannot be a replica yet';

export function roleCommand(ctx: Context): void {
  const { reply } = ctx;
  reply.array(3);
  reply.text('master');
  reply.integer(0);
  reply.array(0);
}

export function replicaofCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (args.is(1, 'NO') && args.is(2, 'ONE')) {
    reply.ok();
    return;
  }
  const port = integerArgument(args, 2);
  reply.error(port >= 0 && port <= PORT_MAX ? ERR_NO_REPLICATION : ERR_PORT);
}

export const roleSpec: CommandSpec = {
  name: 'ROLE',
  group: 'server',
  since: '2.8.12',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  summary: "Tells the server's part in replication.",
  complexity: 'O(1)',
  acl: ['admin', 'dangerous'],
  propagate: 'never',
  handler: roleCommand,
};

export const replicaofSpec: CommandSpec = {
  name: 'REPLICAOF',
  group: 'server',
  since: '5.0.0',
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  summary: 'Makes the server a primary, which it is; it cannot be a replica yet.',
  complexity: 'O(1)',
  arguments: [
    {
      name: 'args',
      type: 'oneof',
      arguments: [
        {
          name: 'host-port',
          type: 'block',
          arguments: [
            { name: 'host', type: 'string' },
            { name: 'port', type: 'integer' },
          ],
        },
        {
          name: 'no-one',
          type: 'block',
          arguments: [
            { name: 'no', type: 'pure-token', token: 'NO' },
            { name: 'one', type: 'pure-token', token: 'ONE' },
          ],
        },
      ],
    },
  ],
  propagate: 'never',
  handler: replicaofCommand,
};
