// The clause `FIELDS count field ...` that ends the commands on deadlines of fields, and the times
// these commands take. Invariant: a count that is not that of the fields that follow is refused.

import type { ArgumentDoc } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX, invalidExpire } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { anyDeadline } from '../generic/expire-time.js';
import { integerArgument } from '../integer-argument.js';

export const ERR_FIELD_COUNT =
  'ERR numfields should be greater than 0 and match the provided number of fields';
const MINUS = 45;

/**
 * Looks for the clause behind options.
 * @param from the first argument that may be its keyword
 * @returns the index of FIELDS; -1 when it is not there or nothing follows it
 */
export function findFieldsClause(args: Args, from: number): number {
  for (let i = from; i < args.count - 1; i++) if (args.is(i, 'FIELDS')) return i;
  return -1;
}

/**
 * @param at what `findFieldsClause` returned
 * @param perField arguments of each field: 2 where a value follows it
 * @param error what is replied to a count that does not fit
 * @returns whether the clause is sound; the fields begin at `at + 2`
 */
export function checkFieldsClause(
  ctx: Context,
  args: Args,
  at: number,
  perField: number,
  error = ERR_FIELD_COUNT,
): boolean {
  const count = at < 0 ? 0 : integerArgument(args, at + 1);
  if (count > 0 && count * perField === args.count - at - 2) return true;
  ctx.reply.error(Number.isNaN(count) ? ERR_NOT_INTEGER : error);
  return false;
}

/** As `checkFieldsClause`, for a clause that must follow the key. */
export function requireFieldsClause(ctx: Context, args: Args, error = ERR_FIELD_COUNT): boolean {
  if (args.is(2, 'FIELDS')) return checkFieldsClause(ctx, args, 2, 1, error);
  ctx.reply.error(ERR_SYNTAX);
  return false;
}

/**
 * @param unitMs milliseconds per unit of argument `index`
 * @param baseMs what it counts from: now, or 0 for a unix time
 * @returns unix ms; NaN after an error was replied, as to anything below 0
 */
export function fieldDeadline(
  ctx: Context,
  args: Args,
  index: number,
  unitMs: number,
  baseMs: number,
): number {
  const deadlineMs = anyDeadline(ctx, args, index, unitMs, baseMs);
  if (Number.isNaN(deadlineMs) || args.bytes[args.at[index]] !== MINUS) return deadlineMs;
  ctx.reply.error(invalidExpire(ctx.command.fullName));
  return Number.NaN;
}

/** @returns whether a field with this deadline goes at once; never while the log is replayed */
export function isPast(ctx: Context, deadlineMs: number): boolean {
  return deadlineMs <= ctx.now && ctx.keyspace.expiresKeys;
}

export const FIELDS_ARGUMENT: ArgumentDoc = {
  name: 'fields',
  type: 'block',
  token: 'FIELDS',
  arguments: [
    { name: 'numfields', type: 'integer' },
    { name: 'field', type: 'string', multiple: true },
  ],
};
