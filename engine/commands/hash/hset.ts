// HSET, HMSET and HSETNX. Invariant: a field that is set loses its deadline, and one whose deadline
// had passed counts as new.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { wrongArity } from '../../contract/errors.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { keepDonePart } from '../done-part.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';

/** Where the fields and values begin. */
const FIRST_FIELD = 2;

const hash = new HashValue();
const field = new ByteSlice();
const value = new ByteSlice();

/**
 * Sets the fields and values that are the arguments from FIRST_FIELD on in the hash that `hash`
 * is.
 * @returns how many fields are new
 */
function setPairs(ctx: Context, args: Args): number {
  let added = 0;
  let at = FIRST_FIELD;
  try {
    for (; at < args.count; at += 2) {
      field.ofArgument(args, at);
      if (hash.set(field, value.ofArgument(args, at + 1), false)) added++;
    }
  } catch (error) {
    keepPart(ctx, args, at);
    throw error;
  }
  return added;
}

/** Memory ran out: what was set until then stays, and is logged. */
function keepPart(ctx: Context, args: Args, end: number): void {
  if (hash.dropIfEmpty() || end === FIRST_FIELD) return;
  keepDonePart(ctx, args, end, hash.ref);
}

/**
 * Sets the fields that are arguments 2, 4, ... of the hash at argument 1.
 * @returns how many are new, or -1 after an error was replied
 */
function hsetGenericCommand(ctx: Context, args: Args): number {
  const { db } = ctx;
  if (args.count % 2 === 1) {
    ctx.reply.error(wrongArity(ctx.command.fullName));
    return -1;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return -1;
  const isAbsent = ref === NO_REF || !hash.open(db, ref).expireArguments(args, 2, 2);
  if (!isAbsent) hash.expect(args, 2);
  const isFilled = isAbsent && hash.create(db, args, 1, 2);
  const added = isFilled ? hash.count : setPairs(ctx, args);
  db.changed(hash.ref, (args.count - 2) >>> 1);
  return added;
}

export function hsetCommand(ctx: Context, args: Args): void {
  const added = hsetGenericCommand(ctx, args);
  if (added >= 0) ctx.reply.integer(added);
}

export function hmsetCommand(ctx: Context, args: Args): void {
  if (hsetGenericCommand(ctx, args) >= 0) ctx.reply.ok();
}

export function hsetnxCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF || !hash.open(db, ref).expireArguments(args, 2, 2)) {
    if (!hash.create(db, args, 1, 2)) setPairs(ctx, args);
  } else {
    if (hash.has(field.ofArgument(args, 2))) {
      reply.integer(0);
      return;
    }
    hash.set(field, value.ofArgument(args, 3), false);
  }
  db.changed(hash.ref, 1);
  reply.integer(1);
}

const PAIRS: readonly ArgumentDoc[] = [
  KEY,
  {
    name: 'data',
    type: 'block',
    multiple: true,
    arguments: [
      { name: 'field', type: 'string' },
      { name: 'value', type: 'string' },
    ],
  },
];

export const hsetSpec: CommandSpec = {
  name: 'HSET',
  group: 'hash',
  since: '2.0.0',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets fields of a hash; the hash is made when it is absent.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: PAIRS,
  history: [['4.0.0', 'Several fields at once.']],
  propagate: 'verbatim',
  handler: hsetCommand,
};

export const hmsetSpec: CommandSpec = {
  name: 'HMSET',
  group: 'hash',
  since: '2.0.0',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets fields of a hash, as HSET does, and only answers OK.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: PAIRS,
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with several fields' },
  propagate: 'verbatim',
  handler: hmsetCommand,
};

export const hsetnxSpec: CommandSpec = {
  name: 'HSETNX',
  group: 'hash',
  since: '2.0.0',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets a field of a hash unless it is there.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'insert'], 1)],
  arguments: [KEY, { name: 'field', type: 'string' }, { name: 'value', type: 'string' }],
  propagate: 'verbatim',
  handler: hsetnxCommand,
};
