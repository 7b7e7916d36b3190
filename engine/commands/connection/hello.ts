// HELLO: chooses RESP2 or RESP3, may log in and name the connection, and describes the server.
// Invariant: nothing has changed when an error is answered, except a login that went well.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { NOPROTO } from '../../contract/errors.js';
import { REDIS_VERSION, SERVER_NAME } from '../../observe/identity.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import { authenticate } from './authentication.js';
import { ERR_CLIENT_NAME, isClientWord } from './client-name.js';

const ERR_VERSION = 'ERR Protocol version is not an integer or out of range';
const NOAUTH_HELLO =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the ' +
  'HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and ' +
  'select the RESP protocol version at the same time';

interface HelloOptions {
  /** Index of AUTH's user name; 0 without AUTH. */
  userAt: number;
  /** Index of the name; 0 without SETNAME. */
  nameAt: number;
}

/** @returns an error text, or the options */
function parseOptions(args: Args): string | HelloOptions {
  const options: HelloOptions = { userAt: 0, nameAt: 0 };
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, 'AUTH') && i + 2 < args.count) {
      options.userAt = i + 1;
      i += 2;
    } else if (args.is(i, 'SETNAME') && i + 1 < args.count) {
      options.nameAt = ++i;
      if (!isClientWord(args, i)) return ERR_CLIENT_NAME;
    } else {
      return `ERR Syntax error in HELLO option '${args.text(i)}'`;
    }
  }
  return options;
}

export function helloCommand(ctx: Context, args: Args): void {
  const { session, reply } = ctx;
  const version = args.count === 1 ? session.resp : integerArgument(args, 1);
  if (Number.isNaN(version)) {
    reply.error(ERR_VERSION);
    return;
  }
  if (version !== 2 && version !== 3) {
    reply.error(NOPROTO);
    return;
  }
  const options = parseOptions(args);
  if (typeof options === 'string') {
    reply.error(options);
    return;
  }
  if (options.userAt > 0) {
    const { userAt } = options;
    const error = authenticate(ctx, args.text(userAt), args.text(userAt + 1));
    if (error !== null) {
      reply.error(error);
      return;
    }
  }
  if (!session.isAuthenticated) {
    reply.error(NOAUTH_HELLO);
    return;
  }
  if (options.nameAt > 0) session.name = args.text(options.nameAt);
  session.resp = version;
  replyServer(ctx);
}

function replyServer({ session, reply }: Context): void {
  reply.map(7);
  reply.text('server');
  reply.text(SERVER_NAME);
  reply.text('version');
  reply.text(REDIS_VERSION);
  reply.text('proto');
  reply.integer(session.resp);
  reply.text('id');
  reply.integer(session.id);
  reply.text('mode');
  reply.text('standalone');
  reply.text('role');
  reply.text('master');
  reply.text('modules');
  reply.array(0);
}

export const helloSpec: CommandSpec = {
  name: 'HELLO',
  group: 'connection',
  since: '6.0.0',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  summary: 'Agrees on the protocol version and describes the server.',
  complexity: 'O(1)',
  history: [['6.2.0', 'The version may be left out, which changes nothing.']],
  arguments: [
    {
      name: 'arguments',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'protover', type: 'integer' },
        {
          name: 'auth',
          type: 'block',
          token: 'AUTH',
          optional: true,
          arguments: [
            { name: 'username', type: 'string' },
            { name: 'password', type: 'string' },
          ],
        },
        { name: 'clientname', type: 'string', token: 'SETNAME', optional: true },
      ],
    },
  ],
  propagate: 'never',
  handler: helloCommand,
};
