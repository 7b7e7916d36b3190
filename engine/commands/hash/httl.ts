// HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME and HPERSIST: when fields of a hash end, and that they do
// not.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { MS_PER_MS, MS_PER_SECOND } from '../generic/expire-time.js';
import { lookupReadTyped, lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logPersist } from './field-effects.js';
import { FIELDS_ARGUMENT, requireFieldsClause } from './fields-clause.js';

const NO_FIELD = -2;
const NO_DEADLINE = -1;
const LIFTED = 1;
/** The fields begin behind `FIELDS count`. */
const FIRST_FIELD = 4;

const RESULTS_INITIAL = 64;

const hash = new HashValue();
const field = new ByteSlice();
/** What HPERSIST replies: an answer is begun only when nothing can fail any more. */
let results = new Int8Array(RESULTS_INITIAL);

/**
 * @param unitMs the answer's unit in milliseconds, rounded to the nearest
 * @param baseMs what the answer counts from: now, or 0 for a unix time
 */
function httlGenericCommand(ctx: Context, args: Args, unitMs: number, baseMs: number): void {
  const { db, reply } = ctx;
  if (!requireFieldsClause(ctx, args, ERR_SYNTAX)) return;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) hash.open(db, ref);
  reply.array(args.count - FIRST_FIELD);
  for (let i = FIRST_FIELD; i < args.count; i++) {
    const deadlineMs = ref === NO_REF ? Number.NaN : hash.deadlineOf(field.ofArgument(args, i));
    if (Number.isNaN(deadlineMs)) reply.integer(NO_FIELD);
    else if (deadlineMs < 0) reply.integer(NO_DEADLINE);
    else reply.integer(Math.floor((Math.max(0, deadlineMs - baseMs) + (unitMs >> 1)) / unitMs));
  }
}

export function httlCommand(ctx: Context, args: Args): void {
  httlGenericCommand(ctx, args, MS_PER_SECOND, ctx.now);
}

export function hpttlCommand(ctx: Context, args: Args): void {
  httlGenericCommand(ctx, args, MS_PER_MS, ctx.now);
}

export function hexpiretimeCommand(ctx: Context, args: Args): void {
  httlGenericCommand(ctx, args, MS_PER_SECOND, 0);
}

export function hpexpiretimeCommand(ctx: Context, args: Args): void {
  httlGenericCommand(ctx, args, MS_PER_MS, 0);
}

export function hpersistCommand(ctx: Context, args: Args): void {
  if (!requireFieldsClause(ctx, args)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const count = args.count - FIRST_FIELD;
  if (count > results.length) results = new Int8Array(2 * count);
  const isThere = ref !== NO_REF && hash.open(ctx.db, ref).expireArguments(args, FIRST_FIELD, 1);
  if (isThere) persistFields(ctx, args);
  else results.fill(NO_FIELD, 0, count);
  ctx.reply.array(count);
  for (let i = 0; i < count; i++) ctx.reply.integer(results[i]);
}

/** Lifts the deadlines of the fields, and logs it. */
function persistFields(ctx: Context, args: Args): void {
  let changed = 0;
  let at = FIRST_FIELD;
  try {
    for (; at < args.count; at++) {
      const result = persistField(args, at);
      results[at - FIRST_FIELD] = result;
      if (result === LIFTED) changed++;
    }
  } finally {
    // Also when memory ran out on the way: what was lifted until then stays so.
    if (changed > 0) {
      logPersist(ctx, args, FIRST_FIELD, at);
      ctx.db.changed(hash.ref, changed);
    }
  }
}

/** @returns what is replied for the field that is argument `index` */
function persistField(args: Args, index: number): number {
  const deadlineMs = hash.deadlineOf(field.ofArgument(args, index));
  if (Number.isNaN(deadlineMs)) return NO_FIELD;
  if (deadlineMs < 0) return NO_DEADLINE;
  hash.setDeadline(field, -1);
  return LIFTED;
}

/** What all have in common. */
const FAMILY = {
  group: 'hash',
  since: '9.0.0',
  arity: -5,
  complexity: 'O(N) for N fields.',
  arguments: [KEY, FIELDS_ARGUMENT],
} as const;

/** What the four readers have in common. */
const READER = {
  ...FAMILY,
  flags: ['readonly', 'fast'],
  keys: [keySpec(['RO', 'access'], 1)],
  propagate: 'never',
} as const;

export const httlSpec: CommandSpec = {
  ...READER,
  name: 'HTTL',
  summary: 'Tells how many seconds fields of a hash have left.',
  handler: httlCommand,
};

export const hpttlSpec: CommandSpec = {
  ...READER,
  name: 'HPTTL',
  summary: 'Tells how many milliseconds fields of a hash have left.',
  handler: hpttlCommand,
};

export const hexpiretimeSpec: CommandSpec = {
  ...READER,
  name: 'HEXPIRETIME',
  summary: 'Tells the unix time in seconds at which fields of a hash end.',
  handler: hexpiretimeCommand,
};

export const hpexpiretimeSpec: CommandSpec = {
  ...READER,
  name: 'HPEXPIRETIME',
  summary: 'Tells the unix time in milliseconds at which fields of a hash end.',
  handler: hpexpiretimeCommand,
};

export const hpersistSpec: CommandSpec = {
  ...FAMILY,
  name: 'HPERSIST',
  flags: ['write', 'fast'],
  summary: 'Takes the deadline off fields of a hash.',
  keys: [keySpec(['RW', 'update'], 1)],
  propagate: 'effects',
  handler: hpersistCommand,
};
