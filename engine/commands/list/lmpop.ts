// LMPOP and BLMPOP: popping several elements from the first list of several keys.

import type { ArgumentDoc, CommandSpec, KeySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { blockingTimeoutArgument, waitForKeys } from '../blocking-keys.js';
import { countArgument, endArgument, UNKNOWN_END } from './list-arguments.js';
import { popFirstOf } from './pop.js';

const ERR_NUMKEYS = 'ERR numkeys should be greater than 0';
const ERR_COUNT = 'ERR count should be greater than 0';

/** What the running command asks for. */
const wanted = { keyCount: 0, end: UNKNOWN_END, count: 0 };

/**
 * Reads `numkeys key... LEFT|RIGHT [COUNT count]` into `wanted`.
 * @returns false after an error was replied
 */
function parseWanted(ctx: Context, args: Args, numkeysIndex: number): boolean {
  wanted.keyCount = countArgument(ctx, args, numkeysIndex, 1, ERR_NUMKEYS);
  if (Number.isNaN(wanted.keyCount)) return false;
  const endIndex = numkeysIndex + wanted.keyCount + 1;
  if (endIndex >= args.count) {
    ctx.reply.error(ERR_SYNTAX);
    return false;
  }
  wanted.end = endArgument(ctx, args, endIndex);
  if (wanted.end === UNKNOWN_END) return false;
  wanted.count = 1;
  if (endIndex + 1 === args.count) return true;
  if (!args.is(endIndex + 1, 'COUNT') || endIndex + 2 >= args.count) {
    ctx.reply.error(ERR_SYNTAX);
    return false;
  }
  wanted.count = countArgument(ctx, args, endIndex + 2, 1, ERR_COUNT);
  if (Number.isNaN(wanted.count)) return false;
  if (endIndex + 3 === args.count) return true;
  ctx.reply.error(ERR_SYNTAX);
  return false;
}

export function lmpopCommand(ctx: Context, args: Args): void {
  if (!parseWanted(ctx, args, 1)) return;
  const { keyCount, end, count } = wanted;
  if (!popFirstOf(ctx, args, 2, keyCount, end, count)) ctx.reply.nullArray();
}

export function blmpopCommand(ctx: Context, args: Args): void {
  if (!parseWanted(ctx, args, 2)) return;
  const timeoutMs = blockingTimeoutArgument(ctx, args, 1);
  if (Number.isNaN(timeoutMs)) return;
  const { keyCount, end, count } = wanted;
  if (popFirstOf(ctx, args, 3, keyCount, end, count)) return;
  if (!waitForKeys(ctx, args, 3, keyCount, TYPE_LIST, timeoutMs)) ctx.reply.nullArray();
}

function numberedKeys(index: number): readonly KeySpec[] {
  return [
    {
      flags: ['RW', 'access', 'delete'],
      beginSearch: { type: 'index', index },
      findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
    },
  ];
}

const ARGUMENTS: readonly ArgumentDoc[] = [
  { name: 'numkeys', type: 'integer' },
  KEYS,
  {
    name: 'where',
    type: 'oneof',
    arguments: [
      { name: 'left', type: 'pure-token', token: 'LEFT' },
      { name: 'right', type: 'pure-token', token: 'RIGHT' },
    ],
  },
  { name: 'count', type: 'integer', token: 'COUNT', optional: true },
];
const COMPLEXITY = 'O(N+M) for N keys and M elements popped.';

export const lmpopSpec: CommandSpec = {
  name: 'LMPOP',
  group: 'list',
  since: '7.0.0',
  arity: -4,
  flags: ['write'],
  summary: 'Pops elements from an end of the first list there is.',
  complexity: COMPLEXITY,
  keys: numberedKeys(1),
  arguments: ARGUMENTS,
  propagate: 'effects',
  handler: lmpopCommand,
};

export const blmpopSpec: CommandSpec = {
  name: 'BLMPOP',
  group: 'list',
  since: '7.0.0',
  arity: -5,
  flags: ['write', 'blocking'],
  summary: 'Pops elements from an end of the first list there is; waits while there is none.',
  complexity: COMPLEXITY,
  keys: numberedKeys(2),
  arguments: [{ name: 'timeout', type: 'double' }, ...ARGUMENTS],
  propagate: 'effects',
  handler: blmpopCommand,
};
