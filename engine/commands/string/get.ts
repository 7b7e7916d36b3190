// GET, MGET and those that read and then do away with or replace what they read.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_STRING } from '../../keyspace/encodings.js';
import { putString } from '../../keyspace/strings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY, KEYS } from '../argument-docs.js';
import { logKeyDeletion } from '../key-deletion.js';
import { replyString, requireString, stringLength } from './string-value.js';

/**
 * Replies the string at argument 1, or null when the key is absent.
 * @returns false when the key holds another type, which is then the reply
 */
export function getGenericCommand(ctx: Context, args: Args): boolean {
  const { db } = ctx;
  const ref = db.lookupRead(args, 1);
  if (ref === NO_REF) {
    ctx.reply.null();
    return true;
  }
  if (!requireString(ctx, ref)) return false;
  replyString(ctx.reply, db, ref);
  return true;
}

export function getCommand(ctx: Context, args: Args): void {
  getGenericCommand(ctx, args);
}

export const getSpec: CommandSpec = {
  name: 'GET',
  group: 'string',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Reads the string that a key holds.',
  complexity: 'O(1)',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: getCommand,
};

export function mgetCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  reply.array(args.count - 1);
  for (let i = 1; i < args.count; i++) {
    const ref = db.lookupRead(args, i);
    if (ref === NO_REF || db.typeOf(ref) !== TYPE_STRING) reply.null();
    else replyString(reply, db, ref);
  }
}

export const mgetSpec: CommandSpec = {
  name: 'MGET',
  group: 'string',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly', 'fast'],
  summary: 'Reads the strings that several keys hold, all at one moment.',
  complexity: 'O(N) for N keys.',
  keys: [keySpec(['RO', 'access'], 1, -1)],
  arguments: [KEYS],
  tips: ['request_policy:multi_shard'],
  propagate: 'never',
  handler: mgetCommand,
};

export function strlenCommand(ctx: Context, args: Args): void {
  const ref = ctx.db.lookupRead(args, 1);
  if (ref === NO_REF) ctx.reply.integer(0);
  else if (requireString(ctx, ref)) ctx.reply.integer(stringLength(ctx.db, ref));
}

export const strlenSpec: CommandSpec = {
  name: 'STRLEN',
  group: 'string',
  since: '2.2.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many bytes the string at a key has.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: strlenCommand,
};

export function getdelCommand(ctx: Context, args: Args): void {
  const { db } = ctx;
  if (!getGenericCommand(ctx, args)) return;
  const ref = db.lookupWrite(args, 1);
  if (ref === NO_REF) return;
  db.remove(ref);
  logKeyDeletion(ctx, args, 1);
}

export const getdelSpec: CommandSpec = {
  name: 'GETDEL',
  group: 'string',
  since: '6.2.0',
  arity: 2,
  flags: ['write', 'fast'],
  summary: 'Reads the string at a key and deletes the key.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'delete'], 1)],
  arguments: [KEY],
  propagate: 'effects',
  handler: getdelCommand,
};

export function getsetCommand(ctx: Context, args: Args): void {
  const { db } = ctx;
  if (!getGenericCommand(ctx, args)) return;
  const ref = db.lookupWrite(args, 1);
  putString(db, ref, args, 1, 2, false);
}

export const getsetSpec: CommandSpec = {
  name: 'GETSET',
  group: 'string',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Replaces the string at a key and answers with the one before.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'value', type: 'string' }],
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  propagate: 'verbatim',
  handler: getsetCommand,
};
