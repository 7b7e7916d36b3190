// MSET and MSETNX: several keys at one moment. Invariant: all of them are set or none, unless
// memory runs out; the log then has those that are.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { wrongArity } from '../../contract/errors.js';
import { putString } from '../../keyspace/strings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { logDonePart } from '../done-part.js';

/** @returns false after an error was replied: some key has no value */
function requirePairs(ctx: Context, args: Args): boolean {
  if (args.count % 2 === 1) return true;
  ctx.reply.error(wrongArity(ctx.command.fullName));
  return false;
}

function putPairs(ctx: Context, args: Args): void {
  const { db, keyspace } = ctx;
  const { dirty } = keyspace;
  let i = 1;
  try {
    for (; i < args.count; i += 2) {
      const ref = db.lookupWrite(args, i);
      putString(db, ref, args, i, i + 1, false);
    }
  } catch (error) {
    if (i > 1) logDonePart(ctx, args, i);
    keyspace.dirty = dirty;
    throw error;
  }
}

export function msetCommand(ctx: Context, args: Args): void {
  if (!requirePairs(ctx, args)) return;
  putPairs(ctx, args);
  ctx.reply.ok();
}

const PAIRS: readonly ArgumentDoc[] = [
  {
    name: 'data',
    type: 'block',
    multiple: true,
    arguments: [KEY, { name: 'value', type: 'string' }],
  },
];

export const msetSpec: CommandSpec = {
  name: 'MSET',
  group: 'string',
  since: '1.0.1',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Makes several keys hold a string each, all at one moment.',
  complexity: 'O(N) for N keys.',
  keys: [keySpec(['OW', 'update'], 1, -1, 2)],
  arguments: PAIRS,
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  propagate: 'verbatim',
  handler: msetCommand,
};

export function msetnxCommand(ctx: Context, args: Args): void {
  if (!requirePairs(ctx, args)) return;
  for (let i = 1; i < args.count; i += 2) {
    if (ctx.db.peek(args, i) === NO_REF) continue;
    ctx.reply.integer(0);
    return;
  }
  putPairs(ctx, args);
  ctx.reply.integer(1);
}

export const msetnxSpec: CommandSpec = {
  name: 'MSETNX',
  group: 'string',
  since: '1.0.1',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Makes several keys hold a string each, but only if none of them exists.',
  complexity: 'O(N) for N keys.',
  keys: [keySpec(['OW', 'insert'], 1, -1, 2)],
  arguments: PAIRS,
  propagate: 'verbatim',
  handler: msetnxCommand,
};
