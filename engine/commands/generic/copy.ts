// COPY and MOVE: values to another name or another database. Invariant: value, encoding and
// deadline go along; nothing changes when an error or 0 is the answer.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_DB_INDEX, ERR_SAME_OBJECT, ERR_SYNTAX } from '../../contract/errors.js';
import type { Database } from '../../keyspace/database.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { int32Argument } from '../integer-argument.js';
import { copyValue } from './copy-value.js';
import { sameArguments } from './rename.js';

/** @returns the database whose number argument `index` is; null after an error was replied */
function databaseArgument(ctx: Context, args: Args, index: number): Database | null {
  const number = int32Argument(ctx, args, index, null);
  if (Number.isNaN(number)) return null;
  const { databases } = ctx.keyspace;
  if (number >= 0 && number < databases.length) return databases[number];
  ctx.reply.error(ERR_DB_INDEX);
  return null;
}

export function moveCommand(ctx: Context, args: Args): void {
  const { db, reply, keyspace } = ctx;
  const target = databaseArgument(ctx, args, 2);
  if (target === null) return;
  if (target === db) {
    reply.error(ERR_SAME_OBJECT);
    return;
  }
  const ref = db.lookupWrite(args, 1);
  if (ref === NO_REF || target.lookupWrite(args, 1) !== NO_REF) {
    reply.integer(0);
    return;
  }
  const { dirty } = keyspace;
  replaceKey(target, NO_REF, args, 1, () => copyValue(db, ref, target, args, 1));
  db.remove(ref);
  keyspace.dirty = dirty + 1;
  reply.integer(1);
}

export const moveSpec: CommandSpec = {
  name: 'MOVE',
  group: 'generic',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'fast'],
  summary: 'Takes a key to another database unless that one has a key of its name.',
  complexity: 'O(N) for a string of N bytes or a collection of N elements.',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'db', type: 'integer' }],
  propagate: 'verbatim',
  handler: moveCommand,
};

export function copyCommand(ctx: Context, args: Args): void {
  const { db, reply, keyspace } = ctx;
  let target = db;
  let replaces = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'REPLACE')) {
      replaces = true;
    } else if (args.is(i, 'DB') && i + 1 < args.count) {
      const named = databaseArgument(ctx, args, ++i);
      if (named === null) return;
      target = named;
    } else {
      reply.error(ERR_SYNTAX);
      return;
    }
  }
  if (target === db && sameArguments(args, 1, 2)) {
    reply.error(ERR_SAME_OBJECT);
    return;
  }
  const source = db.lookupRead(args, 1);
  if (source === NO_REF) {
    reply.integer(0);
    return;
  }
  const { dirty } = keyspace;
  const existing = target.lookupWrite(args, 2);
  if (existing !== NO_REF && !replaces) {
    reply.integer(0);
    return;
  }
  const make = () => copyValue(db, source, target, args, 2);
  const copy = replaceKey(target, existing, args, 2, make);
  // Unlike a key that moves, a copy begins a life of its own.
  target.setAccess(copy, keyspace.accessClock.initial());
  keyspace.dirty = dirty + 1;
  reply.integer(1);
}

export const copySpec: CommandSpec = {
  name: 'COPY',
  group: 'generic',
  since: '6.2.0',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Copies the value and the deadline of a key to another name or database.',
  complexity: 'O(N) for a string of N bytes or a collection of N elements.',
  keys: [keySpec(['RO', 'access'], 1), keySpec(['OW', 'update'], 2)],
  arguments: [
    { name: 'source', type: 'key', keySpecIndex: 0 },
    { name: 'destination', type: 'key', keySpecIndex: 1 },
    { name: 'destination-db', type: 'integer', token: 'DB', optional: true },
    { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true },
  ],
  propagate: 'verbatim',
  handler: copyCommand,
};
