// HDEL and HGETDEL. Invariant: a hash that loses its last field goes, and its key with it.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logDeletion } from './field-effects.js';
import { FIELDS_ARGUMENT, requireFieldsClause } from './fields-clause.js';
import { replyFields } from './hget.js';

const hash = new HashValue();
const field = new ByteSlice();

export function hdelCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  let deleted = 0;
  if (ref !== NO_REF && hash.open(db, ref).expireArguments(args, 2, 1)) {
    for (let i = 2; i < args.count && hash.count > 0; i++) {
      if (hash.delete(field.ofArgument(args, i))) deleted++;
    }
    if (deleted > 0) {
      db.changed(hash.ref, deleted);
      hash.dropIfEmpty();
    }
  }
  reply.integer(deleted);
}

export const hdelSpec: CommandSpec = {
  name: 'HDEL',
  group: 'hash',
  since: '2.0.0',
  arity: -3,
  flags: ['write', 'fast'],
  summary: 'Deletes fields of a hash, and the hash with its last field.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: [KEY, { name: 'field', type: 'string', multiple: true }],
  history: [['2.4.0', 'Several fields at once.']],
  propagate: 'verbatim',
  handler: hdelCommand,
};

/**
 * Replies an array of the values of the fields from argument `from` on, and deletes these.
 * @returns how many were there
 */
export function takeFields(ctx: Context, of: HashValue, args: Args, from: number): number {
  let deleted = 0;
  ctx.reply.array(args.count - from);
  for (let i = from; i < args.count; i++) {
    if (of.get(field.ofArgument(args, i))) {
      replySlice(ctx.reply, of.value);
      of.delete(field);
      deleted++;
    } else {
      ctx.reply.null();
    }
  }
  return deleted;
}

export function hgetdelCommand(ctx: Context, args: Args): void {
  const { db } = ctx;
  if (!requireFieldsClause(ctx, args)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF || !hash.open(db, ref).expireArguments(args, 4, 1)) {
    replyFields(ctx, null, args, 4);
    return;
  }
  const deleted = takeFields(ctx, hash, args, 4);
  if (deleted === 0) return;
  logDeletion(ctx, args, 4);
  db.changed(hash.ref, deleted);
  hash.dropIfEmpty();
}

export const hgetdelSpec: CommandSpec = {
  name: 'HGETDEL',
  group: 'hash',
  since: '9.1.0',
  arity: -5,
  flags: ['write', 'fast'],
  summary: 'Reads fields of a hash and deletes them.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'access', 'delete'], 1)],
  arguments: [KEY, FIELDS_ARGUMENT],
  propagate: 'effects',
  handler: hgetdelCommand,
};
