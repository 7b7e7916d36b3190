// HGET, HMGET, HEXISTS, HSTRLEN and HLEN: what is asked of single fields, and how many there are.
// Invariant: nothing is allocated, and a field whose deadline has passed is absent.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';

/**
 * While fields that are due wait for their turn to go, HLEN looks at every field of a hash up to
 * this size; in a larger one it counts them in, rather than hold everybody else up.
 */
const COUNTED_MAX = 50_000;

const hash = new HashValue();
const cursor = new HashCursor();
const field = new ByteSlice();

/** Replies the value of the field that is argument `index`, or null. */
function replyField(ctx: Context, of: HashValue, args: Args, index: number): void {
  if (of.get(field.ofArgument(args, index))) replySlice(ctx.reply, of.value);
  else ctx.reply.null();
}

/**
 * Replies an array with the values of the fields that are the arguments from `from` on.
 * @param of the hash, or null when it is absent
 */
export function replyFields(ctx: Context, of: HashValue | null, args: Args, from: number): void {
  ctx.reply.array(args.count - from);
  for (let i = from; i < args.count; i++) {
    if (of === null) ctx.reply.null();
    else replyField(ctx, of, args, i);
  }
}

export function hgetCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) ctx.reply.null();
  else replyField(ctx, hash.open(ctx.db, ref), args, 2);
}

export function hmgetCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  replyFields(ctx, ref === NO_REF ? null : hash.open(ctx.db, ref), args, 2);
}

export function hexistsCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const isThere = ref !== NO_REF && hash.open(ctx.db, ref).has(field.ofArgument(args, 2));
  ctx.reply.integer(isThere ? 1 : 0);
}

export function hstrlenCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const isThere = ref !== NO_REF && hash.open(ctx.db, ref).get(field.ofArgument(args, 2));
  ctx.reply.integer(isThere ? hash.value.length : 0);
}

/** @returns how many fields are there, without those whose deadline has passed */
export function liveCount(ctx: Context, of: HashValue): number {
  const { fieldDeadlines } = ctx.db;
  if (of.volatileCount === 0 || fieldDeadlines === null || fieldDeadlines.isCurrent) {
    return of.count;
  }
  cursor.open(ctx.db, of.ref);
  let count = 0;
  while (cursor.next()) if (!cursor.isDue) count++;
  return count;
}

export function hlenCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    ctx.reply.integer(0);
    return;
  }
  const count = hash.open(ctx.db, ref).count;
  ctx.reply.integer(count > COUNTED_MAX ? count : liveCount(ctx, hash));
}

const FIELD: ArgumentDoc = { name: 'field', type: 'string' };

export const hgetSpec: CommandSpec = {
  name: 'HGET',
  group: 'hash',
  since: '2.0.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Reads a field of a hash.',
  complexity: 'O(1)',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, FIELD],
  propagate: 'never',
  handler: hgetCommand,
};

export const hmgetSpec: CommandSpec = {
  name: 'HMGET',
  group: 'hash',
  since: '2.0.0',
  arity: -3,
  flags: ['readonly', 'fast'],
  summary: 'Reads several fields of a hash.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { ...FIELD, multiple: true }],
  propagate: 'never',
  handler: hmgetCommand,
};

export const hexistsSpec: CommandSpec = {
  name: 'HEXISTS',
  group: 'hash',
  since: '2.0.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Tells whether a hash has a field.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY, FIELD],
  propagate: 'never',
  handler: hexistsCommand,
};

export const hstrlenSpec: CommandSpec = {
  name: 'HSTRLEN',
  group: 'hash',
  since: '3.2.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many bytes the value of a field has.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY, FIELD],
  propagate: 'never',
  handler: hstrlenCommand,
};

export const hlenSpec: CommandSpec = {
  name: 'HLEN',
  group: 'hash',
  since: '2.0.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many fields a hash has.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: hlenCommand,
};
