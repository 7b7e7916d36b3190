// EXISTS, TOUCH and TYPE: what there is under a key, without its value.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_NAMES } from '../../keyspace/encodings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY, KEYS } from '../argument-docs.js';
import { lookupUntouched } from './lookup.js';

const MULTI_SHARD_SUM = ['request_policy:multi_shard', 'response_policy:agg_sum'];

export function existsCommand(ctx: Context, args: Args): void {
  let found = 0;
  for (let i = 1; i < args.count; i++) if (lookupUntouched(ctx, args, i) !== NO_REF) found++;
  ctx.reply.integer(found);
}

export const existsSpec: CommandSpec = {
  name: 'EXISTS',
  group: 'generic',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly', 'fast'],
  summary: 'Counts how many of the given keys exist; a key given twice counts twice.',
  complexity: 'O(N) for N keys.',
  keys: [keySpec(['RO'], 1, -1)],
  arguments: [KEYS],
  history: [['3.0.3', 'More than one key may be given.']],
  tips: MULTI_SHARD_SUM,
  propagate: 'never',
  handler: existsCommand,
};

export function touchCommand(ctx: Context, args: Args): void {
  let touched = 0;
  for (let i = 1; i < args.count; i++) if (ctx.db.lookupRead(args, i) !== NO_REF) touched++;
  ctx.reply.integer(touched);
}

export const touchSpec: CommandSpec = {
  name: 'TOUCH',
  group: 'generic',
  since: '3.2.1',
  arity: -2,
  flags: ['readonly', 'fast'],
  summary: 'Counts how many of the given keys exist, and counts as a use of each.',
  complexity: 'O(N) for N keys.',
  keys: [keySpec(['RO'], 1, -1)],
  arguments: [KEYS],
  tips: MULTI_SHARD_SUM,
  propagate: 'never',
  handler: touchCommand,
};

export function typeCommand(ctx: Context, args: Args): void {
  const ref = lookupUntouched(ctx, args, 1);
  ctx.reply.status(ref === NO_REF ? 'none' : TYPE_NAMES[ctx.db.typeOf(ref)]);
}

export const typeSpec: CommandSpec = {
  name: 'TYPE',
  group: 'generic',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Names the type of the value at a key, or none.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: typeCommand,
};
