// HSETEX: HSET with conditions and deadlines. Invariant: the log sees what was set, with an
// absolute deadline and without conditions, or the deletion that a past deadline amounts to.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logDeletion, logFields } from './field-effects.js';
import {
  fieldOptions,
  OPTION_FNX,
  OPTION_FXX,
  OPTION_KEEPTTL,
  OPTION_NX,
  OPTION_XX,
  optionDeadline,
  parseFieldOptions,
  TIME_OPTIONS,
} from './field-options.js';
import { checkFieldsClause, findFieldsClause, isPast } from './fields-clause.js';

const hash = new HashValue();
const field = new ByteSlice();
const value = new ByteSlice();

export function hsetexCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const clauseAt = findFieldsClause(args, 2);
  if (clauseAt >= 0 && !parseFieldOptions(ctx, args, clauseAt, true)) return;
  if (!checkFieldsClause(ctx, args, clauseAt, 2)) return;
  const found = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (found === WRONG_TYPE) return;
  const { bits } = fieldOptions;
  if (
    (found === NO_REF && (bits & OPTION_XX) !== 0) ||
    (found !== NO_REF && (bits & OPTION_NX) !== 0)
  ) {
    reply.integer(0);
    return;
  }
  const deadlineMs = optionDeadline(ctx, args);
  if (Number.isNaN(deadlineMs)) return;
  const from = clauseAt + 2;
  const isThere = found !== NO_REF && hash.open(db, found).expireArguments(args, from, 2);
  if (!conditionHolds(args, from, bits, isThere)) {
    reply.integer(0);
    return;
  }
  const count = (args.count - from) >>> 1;
  if (deadlineMs >= 0 && isPast(ctx, deadlineMs)) {
    reply.integer(isThere && deleteFields(ctx, args, from) === count ? 1 : 0);
    return;
  }
  const keepsDeadlines = (bits & OPTION_KEEPTTL) !== 0;
  if (isThere) hash.expect(args, from);
  const isFilled = !isThere && hash.create(db, args, 1, from);
  setFields(ctx, args, from, isFilled, keepsDeadlines, deadlineMs);
  reply.integer(1);
}

/** @returns whether FNX or FXX, if given, let the fields from argument `from` on be set */
function conditionHolds(args: Args, from: number, bits: number, isThere: boolean): boolean {
  if ((bits & (OPTION_FNX | OPTION_FXX)) === 0) return true;
  const wanted = (bits & OPTION_FXX) !== 0;
  if (!isThere) return !wanted;
  for (let i = from; i < args.count; i += 2) {
    if (hash.has(field.ofArgument(args, i)) !== wanted) return false;
  }
  return true;
}

/** The deadline has passed: nothing is set, and what is there goes. @returns how many fields */
function deleteFields(ctx: Context, args: Args, from: number): number {
  const { db, keyspace } = ctx;
  let deleted = 0;
  for (let i = from; i < args.count; i += 2) {
    if (hash.delete(field.ofArgument(args, i))) deleted++;
  }
  if (deleted === 0) return 0;
  keyspace.expiredFields += deleted;
  logDeletion(ctx, args, from, 2);
  db.changed(hash.ref, deleted);
  hash.dropIfEmpty();
  return deleted;
}

/**
 * Sets the fields from argument `from` on in the hash that `hash` is, and logs it.
 * @param isFilled the fields are in it already, only a deadline may be missing
 */
function setFields(
  ctx: Context,
  args: Args,
  from: number,
  isFilled: boolean,
  keepsDeadlines: boolean,
  deadlineMs: number,
): void {
  let setEnd = isFilled ? args.count : from;
  let doneEnd = from;
  try {
    for (; doneEnd < args.count; doneEnd += 2) {
      field.ofArgument(args, doneEnd);
      if (!isFilled) {
        hash.set(field, value.ofArgument(args, doneEnd + 1), keepsDeadlines);
        setEnd = doneEnd + 2;
      }
      if (deadlineMs >= 0) hash.setDeadline(field, deadlineMs);
    }
  } finally {
    // Also when memory ran out on the way: what was set until then stays.
    if (doneEnd > from) logFields(ctx, args, from, doneEnd, deadlineMs, keepsDeadlines);
    if (setEnd > doneEnd) logFields(ctx, args, doneEnd, setEnd, -1, false);
    if (setEnd > from) ctx.db.changed(hash.ref, (setEnd - from) >>> 1);
    else hash.dropIfEmpty();
  }
}

export const hsetexSpec: CommandSpec = {
  name: 'HSETEX',
  group: 'hash',
  since: '9.0.0',
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets fields of a hash, with conditions and deadlines.',
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RW', 'insert'], 1)],
  arguments: [
    KEY,
    {
      name: 'key-condition',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
      ],
    },
    {
      name: 'fields-condition',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'fnx', type: 'pure-token', token: 'FNX' },
        { name: 'fxx', type: 'pure-token', token: 'FXX' },
      ],
    },
    {
      name: 'expiration',
      type: 'oneof',
      optional: true,
      arguments: [...TIME_OPTIONS, { name: 'keepttl', type: 'pure-token', token: 'KEEPTTL' }],
    },
    {
      name: 'fields',
      type: 'block',
      token: 'FIELDS',
      arguments: [
        { name: 'numfields', type: 'integer' },
        {
          name: 'data',
          type: 'block',
          multiple: true,
          arguments: [
            { name: 'field', type: 'string' },
            { name: 'value', type: 'string' },
          ],
        },
      ],
    },
  ],
  propagate: 'effects',
  handler: hsetexCommand,
};
