// HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT. Invariant: the log gets an absolute deadline, or the
// deletion that a deadline in the past amounts to.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { conditionsHold, parseConditions } from '../generic/expire.js';
import { MS_PER_MS, MS_PER_SECOND } from '../generic/expire-time.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logDeadline, logDeletion } from './field-effects.js';
import {
  checkFieldsClause,
  FIELDS_ARGUMENT,
  fieldDeadline,
  findFieldsClause,
  isPast,
} from './fields-clause.js';

const NO_FIELD = -2;
const NOT_MET = 0;
const SET = 1;
const DELETED = 2;

const RESULTS_INITIAL = 64;

const hash = new HashValue();
const field = new ByteSlice();

/** What is replied for each field: an answer is begun only when nothing can fail any more. */
let results = new Int8Array(RESULTS_INITIAL);

function replyResults(ctx: Context, count: number): void {
  ctx.reply.array(count);
  for (let i = 0; i < count; i++) ctx.reply.integer(results[i]);
}

/** Deletes the fields from argument `from` on. @returns how many were there */
function deleteFields(ctx: Context, args: Args, from: number): number {
  let deleted = 0;
  for (let i = from; i < args.count; i++) {
    const isThere = hash.delete(field.ofArgument(args, i));
    if (isThere) deleted++;
    results[i - from] = isThere ? DELETED : NO_FIELD;
  }
  ctx.keyspace.expiredFields += deleted;
  return deleted;
}

/** Gives a field a deadline if it is there and the conditions hold. @returns what is replied */
function expireField(conditions: number, deadlineMs: number): number {
  const current = hash.deadlineOf(field);
  if (Number.isNaN(current)) return NO_FIELD;
  if (!conditionsHold(conditions, current, deadlineMs)) return NOT_MET;
  hash.setDeadline(field, deadlineMs);
  return SET;
}

/** Gives the fields from argument `from` on a deadline, and logs it. */
function expireFields(
  ctx: Context,
  args: Args,
  from: number,
  conditions: number,
  deadlineMs: number,
): void {
  let changed = 0;
  let at = from;
  try {
    for (; at < args.count; at++) {
      field.ofArgument(args, at);
      const result = expireField(conditions, deadlineMs);
      results[at - from] = result;
      if (result === SET) changed++;
    }
  } finally {
    // Also when memory ran out on the way: what was set until then stays.
    if (changed > 0) {
      logDeadline(ctx, args, 3, from, at, deadlineMs);
      ctx.db.changed(hash.ref, changed);
    }
  }
}

/**
 * @param unitMs milliseconds per unit of argument 2
 * @param baseMs what argument 2 counts from: now, or 0 for a unix time
 */
function hexpireGenericCommand(ctx: Context, args: Args, unitMs: number, baseMs: number): void {
  const { db } = ctx;
  const clauseAt = findFieldsClause(args, 3);
  const conditions = clauseAt < 0 ? 0 : parseConditions(ctx, args, clauseAt);
  if (conditions < 0 || !checkFieldsClause(ctx, args, clauseAt, 1)) return;
  const deadlineMs = fieldDeadline(ctx, args, 2, unitMs, baseMs);
  if (Number.isNaN(deadlineMs)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const from = clauseAt + 2;
  const count = args.count - from;
  if (count > results.length) results = new Int8Array(2 * count);
  if (ref === NO_REF || !hash.open(db, ref).expireArguments(args, from, 1)) {
    results.fill(NO_FIELD, 0, count);
  } else if (isPast(ctx, deadlineMs)) {
    const deleted = deleteFields(ctx, args, from);
    if (deleted > 0) {
      logDeletion(ctx, args, from);
      db.changed(hash.ref, deleted);
      hash.dropIfEmpty();
    }
  } else {
    expireFields(ctx, args, from, conditions, deadlineMs);
  }
  replyResults(ctx, count);
}

export function hexpireCommand(ctx: Context, args: Args): void {
  hexpireGenericCommand(ctx, args, MS_PER_SECOND, ctx.now);
}

export function hpexpireCommand(ctx: Context, args: Args): void {
  hexpireGenericCommand(ctx, args, MS_PER_MS, ctx.now);
}

export function hexpireatCommand(ctx: Context, args: Args): void {
  hexpireGenericCommand(ctx, args, MS_PER_SECOND, 0);
}

export function hpexpireatCommand(ctx: Context, args: Args): void {
  hexpireGenericCommand(ctx, args, MS_PER_MS, 0);
}

const CONDITION: ArgumentDoc = {
  name: 'condition',
  type: 'oneof',
  optional: true,
  arguments: [
    { name: 'nx', type: 'pure-token', token: 'NX' },
    { name: 'xx', type: 'pure-token', token: 'XX' },
    { name: 'gt', type: 'pure-token', token: 'GT' },
    { name: 'lt', type: 'pure-token', token: 'LT' },
  ],
};

/** What the four have in common. */
const FAMILY = {
  group: 'hash',
  since: '9.0.0',
  arity: -6,
  flags: ['write', 'fast'],
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'update'], 1)],
  propagate: 'effects',
} as const;

export const hexpireSpec: CommandSpec = {
  ...FAMILY,
  name: 'HEXPIRE',
  summary: 'Lets fields of a hash end after a number of seconds.',
  arguments: [KEY, { name: 'seconds', type: 'integer' }, CONDITION, FIELDS_ARGUMENT],
  handler: hexpireCommand,
};

export const hpexpireSpec: CommandSpec = {
  ...FAMILY,
  name: 'HPEXPIRE',
  summary: 'Lets fields of a hash end after a number of milliseconds.',
  arguments: [KEY, { name: 'milliseconds', type: 'integer' }, CONDITION, FIELDS_ARGUMENT],
  handler: hpexpireCommand,
};

export const hexpireatSpec: CommandSpec = {
  ...FAMILY,
  name: 'HEXPIREAT',
  summary: 'Lets fields of a hash end at a unix time in seconds.',
  arguments: [KEY, { name: 'unix-time-seconds', type: 'unix-time' }, CONDITION, FIELDS_ARGUMENT],
  handler: hexpireatCommand,
};

export const hpexpireatSpec: CommandSpec = {
  ...FAMILY,
  name: 'HPEXPIREAT',
  summary: 'Lets fields of a hash end at a unix time in milliseconds.',
  arguments: [
    KEY,
    { name: 'unix-time-milliseconds', type: 'unix-time' },
    CONDITION,
    FIELDS_ARGUMENT,
  ],
  handler: hpexpireatCommand,
};
