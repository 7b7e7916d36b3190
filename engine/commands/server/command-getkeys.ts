// COMMAND GETKEYS and GETKEYSANDFLAGS: which arguments of a whole command are keys.

import { COMMAND_FLAGS } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { hasKeys, keyPositions } from '../../contract/key-positions.js';
import { Args } from '../../util/args.js';
import { replyKeyFlags } from './command-info.js';

/** Where the command to look into begins. */
const COMMAND_AT = 2;
const ERR_NO_COMMAND = 'ERR Invalid command specified';
const ERR_NO_KEYS = 'ERR The command has no key arguments';
const ERR_ARITY = 'ERR Invalid number of arguments specified for command';
const ERR_ARGUMENTS = 'ERR Invalid arguments specified for command';

/** @returns the arguments from COMMAND_AT on, over the same bytes */
function innerArguments(args: Args): Args {
  const inner = new Args();
  inner.bytes = args.bytes;
  for (let i = COMMAND_AT; i < args.count; i++) inner.push(args.at[i], args.length[i]);
  return inner;
}

function getkeysGenericCommand(ctx: Context, args: Args, withFlags: boolean): void {
  const { reply } = ctx;
  const command = ctx.commands.lookup(args, COMMAND_AT);
  if (command === null) {
    reply.error(ERR_NO_COMMAND);
    return;
  }
  if (!hasKeys(command)) {
    reply.error(ERR_NO_KEYS);
    return;
  }
  const inner = innerArguments(args);
  const { arity } = command;
  if (arity > 0 ? inner.count !== arity : inner.count < -arity) {
    reply.error(ERR_ARITY);
    return;
  }
  const positions = keyPositions(command, inner) ?? [];
  if (positions.length === 0 && (command.flags & COMMAND_FLAGS.no_mandatory_keys) === 0) {
    reply.error(ERR_ARGUMENTS);
    return;
  }
  reply.array(positions.length);
  for (const { index, flags } of positions) {
    if (withFlags) reply.array(2);
    reply.bulk(inner.bytes, inner.at[index], inner.length[index]);
    if (withFlags) replyKeyFlags(reply, flags);
  }
}

export function commandGetkeysCommand(ctx: Context, args: Args): void {
  getkeysGenericCommand(ctx, args, false);
}

export function commandGetkeysandflagsCommand(ctx: Context, args: Args): void {
  getkeysGenericCommand(ctx, args, true);
}
