// BLPOP and BRPOP: popping from the first list of several, or waiting until there is one.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { blockingTimeoutArgument, waitForKeys } from '../blocking-keys.js';
import { LEFT_END, RIGHT_END } from './list-arguments.js';
import { popFirstOf } from './pop.js';

function blockingPopGenericCommand(ctx: Context, args: Args, end: number): void {
  const timeoutMs = blockingTimeoutArgument(ctx, args, args.count - 1);
  if (Number.isNaN(timeoutMs)) return;
  const keyCount = args.count - 2;
  if (popFirstOf(ctx, args, 1, keyCount, end, 0)) return;
  if (!waitForKeys(ctx, args, 1, keyCount, TYPE_LIST, timeoutMs)) ctx.reply.nullArray();
}

export function blpopCommand(ctx: Context, args: Args): void {
  blockingPopGenericCommand(ctx, args, LEFT_END);
}

export function brpopCommand(ctx: Context, args: Args): void {
  blockingPopGenericCommand(ctx, args, RIGHT_END);
}

const ARGUMENTS: readonly ArgumentDoc[] = [KEYS, { name: 'timeout', type: 'double' }];
const COMPLEXITY = 'O(N) for N keys.';
const KEY_SPECS = [keySpec(['RW', 'access', 'delete'], 1, -2)];
const FRACTION = 'The `timeout` may have a fraction.';

export const blpopSpec: CommandSpec = {
  name: 'BLPOP',
  group: 'list',
  since: '2.0.0',
  arity: -3,
  flags: ['write', 'blocking'],
  summary: 'Pops the first element of the first list there is; waits while there is none.',
  complexity: COMPLEXITY,
  keys: KEY_SPECS,
  arguments: ARGUMENTS,
  history: [['6.0.0', FRACTION]],
  propagate: 'effects',
  handler: blpopCommand,
};

export const brpopSpec: CommandSpec = {
  name: 'BRPOP',
  group: 'list',
  since: '2.0.0',
  arity: -3,
  flags: ['write', 'blocking'],
  summary: 'Pops the last element of the first list there is; waits while there is none.',
  complexity: COMPLEXITY,
  keys: KEY_SPECS,
  arguments: ARGUMENTS,
  history: [['6.0.0', FRACTION]],
  propagate: 'effects',
  handler: brpopCommand,
};
