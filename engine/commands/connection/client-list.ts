// CLIENT ID, INFO and LIST.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { ClientFilter } from '../../contract/ports.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import {
  CLIENT_ADMIN_SUBCOMMAND,
  CLIENT_SUBCOMMAND,
  parseClientType,
} from './client-subcommand.js';

export function clientIdCommand(ctx: Context): void {
  ctx.reply.integer(ctx.session.id);
}

export function clientInfoCommand(ctx: Context): void {
  ctx.reply.verbatim('txt', `${ctx.clients.describe(ctx.session)}\n`);
}

/** @returns the filter, or an error text */
function parseFilter(args: Args): ClientFilter | { error: string } {
  if (args.count === 2) return {};
  if (args.count === 4 && args.is(2, 'TYPE')) {
    const type = parseClientType(args, 3);
    return typeof type === 'string' ? { type } : type;
  }
  if (args.count <= 3 || !args.is(2, 'ID')) return { error: ERR_SYNTAX };
  const ids: number[] = [];
  for (let i = 3; i < args.count; i++) {
    const id = integerArgument(args, i);
    if (Number.isNaN(id)) return { error: 'ERR Invalid client ID' };
    ids.push(id);
  }
  return { ids };
}

export function clientListCommand(ctx: Context, args: Args): void {
  const filter = parseFilter(args);
  if ('error' in filter) {
    ctx.reply.error(filter.error);
    return;
  }
  let text = '';
  for (const session of ctx.clients.list(filter)) text += `${ctx.clients.describe(session)}\n`;
  ctx.reply.verbatim('txt', text);
}

export const clientIdSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'ID',
  since: '5.0.0',
  arity: 2,
  summary: 'Tells the number of the connection.',
  handler: clientIdCommand,
};

export const clientInfoSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'INFO',
  since: '6.2.0',
  arity: 2,
  summary: 'Describes the connection, as CLIENT LIST does.',
  tips: ['nondeterministic_output'],
  handler: clientInfoCommand,
};

export const clientListSpec: CommandSpec = {
  ...CLIENT_ADMIN_SUBCOMMAND,
  name: 'LIST',
  since: '2.4.0',
  arity: -2,
  summary: 'Describes the connections, a line each.',
  complexity: 'O(N) where N is the number of connections.',
  history: [
    ['2.8.12', 'Lines have the `id`.'],
    ['5.0.0', 'Takes TYPE.'],
    ['6.0.0', 'Lines have the `user`.'],
    ['6.2.0', 'Takes ID; lines have `argv-mem`, `tot-mem`, `laddr` and `redir`.'],
    ['7.0.0', 'Lines have `resp`, `multi-mem`, `rbs` and `rbp`.'],
    ['7.0.3', 'Lines have `ssub`.'],
  ],
  arguments: [
    {
      name: 'client-type',
      type: 'oneof',
      token: 'TYPE',
      optional: true,
      since: '5.0.0',
      arguments: [
        { name: 'normal', type: 'pure-token', token: 'NORMAL' },
        { name: 'master', type: 'pure-token', token: 'MASTER' },
        { name: 'replica', type: 'pure-token', token: 'REPLICA' },
        { name: 'pubsub', type: 'pure-token', token: 'PUBSUB' },
      ],
    },
    {
      name: 'client-id',
      type: 'integer',
      token: 'ID',
      optional: true,
      multiple: true,
      since: '6.2.0',
    },
  ],
  tips: ['nondeterministic_output'],
  handler: clientListCommand,
};
