// CLIENT SETNAME, GETNAME and SETINFO: how a connection describes itself. Invariant: no name holds
// a space or anything unprintable, so a line of CLIENT LIST can be split at spaces.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { CLIENT_SUBCOMMAND } from './client-subcommand.js';

const CANNOT_CONTAIN = 'cannot contain spaces, newlines or special characters.';
export const ERR_CLIENT_NAME = `ERR Client names ${CANNOT_CONTAIN}`;

const EXCLAMATION = 33;
const TILDE = 126;

/** @returns whether argument `index` is printable ASCII without spaces; empty is fine */
export function isClientWord(args: Args, index: number): boolean {
  const from = args.at[index];
  for (let i = from; i < from + args.length[index]; i++) {
    if (args.bytes[i] < EXCLAMATION || args.bytes[i] > TILDE) return false;
  }
  return true;
}

export function clientSetnameCommand(ctx: Context, args: Args): void {
  if (!isClientWord(args, 2)) {
    ctx.reply.error(ERR_CLIENT_NAME);
    return;
  }
  ctx.session.name = args.text(2);
  ctx.reply.ok();
}

export function clientGetnameCommand(ctx: Context): void {
  const { name } = ctx.session;
  if (name === '') ctx.reply.null();
  else ctx.reply.text(name);
}

export function clientSetinfoCommand(ctx: Context, args: Args): void {
  const { session, reply } = ctx;
  const isName = args.is(2, 'LIB-NAME');
  if (!isName && !args.is(2, 'LIB-VER')) {
    reply.error(`ERR Unrecognized option '${args.text(2)}'`);
    return;
  }
  if (!isClientWord(args, 3)) {
    reply.error(`ERR ${args.text(2)} ${CANNOT_CONTAIN}`);
    return;
  }
  if (isName) session.libName = args.text(3);
  else session.libVersion = args.text(3);
  reply.ok();
}

export const clientSetnameSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'SETNAME',
  since: '2.6.9',
  arity: 3,
  summary: 'Names the connection.',
  arguments: [{ name: 'connection-name', type: 'string' }],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  handler: clientSetnameCommand,
};

export const clientGetnameSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'GETNAME',
  since: '2.6.9',
  arity: 2,
  summary: 'Tells the name of the connection.',
  handler: clientGetnameCommand,
};

export const clientSetinfoSpec: CommandSpec = {
  ...CLIENT_SUBCOMMAND,
  name: 'SETINFO',
  since: '7.2.0',
  arity: 4,
  summary: 'Notes which client library, in which version, is connected.',
  arguments: [
    {
      name: 'attr',
      type: 'oneof',
      arguments: [
        { name: 'libname', type: 'string', token: 'lib-name' },
        { name: 'libver', type: 'string', token: 'lib-ver' },
      ],
    },
  ],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  handler: clientSetinfoCommand,
};
