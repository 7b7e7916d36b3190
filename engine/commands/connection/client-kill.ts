// CLIENT KILL, the old form by address and the new one by conditions. Invariant: nobody is killed
// unless every option was understood.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { ClientFilter, ClientType } from '../../contract/ports.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import { DEFAULT_USER } from './authentication.js';
import { CLIENT_ADMIN_SUBCOMMAND, parseClientType } from './client-subcommand.js';

const ERR_ID = 'ERR client-id should be greater than 0';
const ERR_AGE_NOT_INTEGER = 'ERR maxage is not an integer or out of range';
const ERR_AGE = 'ERR maxage should be greater than 0';
const ERR_NO_CLIENT = 'ERR No such client';

interface KillOptions {
  ids?: readonly number[];
  type?: ClientType;
  address?: string;
  localAddress?: string;
  user?: string;
  maxAgeSeconds?: number;
  skipsCaller: boolean;
}

/** Reads one option and its value. @returns null, or an error text */
function parseOption(args: Args, at: number, options: KillOptions): string | null {
  const valueAt = at + 1;
  if (valueAt >= args.count) return ERR_SYNTAX;
  if (args.is(at, 'ID')) {
    const id = integerArgument(args, valueAt);
    if (!(id >= 1)) return ERR_ID;
    options.ids = [id];
  } else if (args.is(at, 'MAXAGE')) {
    const age = integerArgument(args, valueAt);
    if (Number.isNaN(age)) return ERR_AGE_NOT_INTEGER;
    if (age <= 0) return ERR_AGE;
    options.maxAgeSeconds = age;
  } else if (args.is(at, 'TYPE')) {
    const type = parseClientType(args, valueAt);
    if (typeof type !== 'string') return type.error;
    options.type = type;
  } else if (args.is(at, 'ADDR')) {
    options.address = args.text(valueAt);
  } else if (args.is(at, 'LADDR')) {
    options.localAddress = args.text(valueAt);
  } else if (args.is(at, 'USER')) {
    options.user = args.text(valueAt);
    if (options.user !== DEFAULT_USER) return `ERR No such user '${options.user}'`;
  } else if (args.is(at, 'SKIPME')) {
    options.skipsCaller = args.is(valueAt, 'YES');
    if (!options.skipsCaller && !args.is(valueAt, 'NO')) return ERR_SYNTAX;
  } else {
    return ERR_SYNTAX;
  }
  return null;
}

export function clientKillCommand(ctx: Context, args: Args): void {
  const { clients, session, reply } = ctx;
  if (args.count === 3) {
    const killed = clients.kill({ address: args.text(2) }, session);
    if (killed === 0) reply.error(ERR_NO_CLIENT);
    else reply.ok();
    return;
  }
  const options: KillOptions = { skipsCaller: true };
  for (let i = 2; i < args.count; i += 2) {
    const error = parseOption(args, i, options);
    if (error !== null) {
      reply.error(error);
      return;
    }
  }
  const { skipsCaller, ...conditions } = options;
  const filter: ClientFilter = skipsCaller ? { ...conditions, isNot: session } : conditions;
  reply.integer(clients.kill(filter, session));
}

export const clientKillSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'KILL',
  since: '2.4.0',
  arity: -3,
  summary: 'Closes connections.',
  complexity: 'O(N) where N is the number of connections.',
  history: [
    ['2.8.12', 'Takes conditions, ID among them.'],
    ['3.2.0', 'TYPE takes MASTER.'],
    ['5.0.0', 'TYPE says REPLICA; SLAVE still works.'],
    ['6.2.0', 'Takes LADDR.'],
  ],
  arguments: [
    {
      name: 'filter',
      type: 'oneof',
      arguments: [
        { name: 'old-format', type: 'string', deprecatedSince: '2.8.12' },
        {
          name: 'new-format',
          type: 'oneof',
          multiple: true,
          arguments: [
            { name: 'client-id', type: 'integer', token: 'ID', optional: true, since: '2.8.12' },
            {
              name: 'client-type',
              type: 'oneof',
              token: 'TYPE',
              optional: true,
              since: '2.8.12',
              arguments: [
                { name: 'normal', type: 'pure-token', token: 'NORMAL' },
                { name: 'master', type: 'pure-token', token: 'MASTER', since: '3.2.0' },
                { name: 'slave', type: 'pure-token', token: 'SLAVE' },
                { name: 'replica', type: 'pure-token', token: 'REPLICA', since: '5.0.0' },
                { name: 'pubsub', type: 'pure-token', token: 'PUBSUB' },
              ],
            },
            { name: 'username', type: 'string', token: 'USER', optional: true },
            { name: 'addr', type: 'string', token: 'ADDR', optional: true },
            { name: 'laddr', type: 'string', token: 'LADDR', optional: true, since: '6.2.0' },
            {
              name: 'skipme',
              type: 'oneof',
              token: 'SKIPME',
              optional: true,
              arguments: [
                { name: 'yes', type: 'pure-token', token: 'YES' },
                { name: 'no', type: 'pure-token', token: 'NO' },
              ],
            },
            { name: 'maxage', type: 'integer', token: 'MAXAGE', optional: true },
          ],
        },
      ],
    },
  ],
  handler: clientKillCommand,
};
