// INCR, DECR, INCRBY, DECRBY. Invariant: the result is exact over all 64-bit integers; safe ones,
// which is nearly all, take no BigInt and allocate nothing.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_DECREMENT_OVERFLOW, ERR_NOT_INTEGER, ERR_OVERFLOW } from '../../contract/errors.js';
import { putInteger64 } from '../../keyspace/strings.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { parsed, parseInteger, parseInteger64 } from '../../util/numbers.js';
import { KEY } from '../argument-docs.js';
import { bigInteger, loadInteger64, requireString, safeInteger } from './string-value.js';

const TWO_32 = 4294967296;
const INTEGER64_MIN = -(2n ** 63n);
const INTEGER64_MAX = 2n ** 63n - 1n;

/**
 * Adds to the integer at argument 1.
 * @param increment a safe integer; void when `bigIncrement` is given
 */
function incrDecrGenericCommand(
  ctx: Context,
  args: Args,
  increment: number,
  bigIncrement: bigint | null,
): void {
  const { db, reply } = ctx;
  const ref = db.lookupWrite(args, 1);
  let low = 0;
  let high = 0;
  if (ref !== NO_REF) {
    if (!requireString(ctx, ref)) return;
    if (!loadInteger64(db, ref)) {
      reply.error(ERR_NOT_INTEGER);
      return;
    }
    low = parsed.low;
    high = parsed.high;
  }
  const sum = bigIncrement === null ? safeInteger(low, high) + increment : Number.NaN;
  if (Number.isSafeInteger(sum)) {
    putInteger64(db, ref, args, 1, sum | 0, Math.floor(sum / TWO_32) | 0, true);
    reply.integer(sum);
  } else {
    addBig(ctx, args, ref, bigInteger(low, high), bigIncrement ?? BigInt(increment));
  }
}

function addBig(ctx: Context, args: Args, ref: Ref, value: bigint, increment: bigint): void {
  const sum = value + increment;
  if (sum > INTEGER64_MAX || sum < INTEGER64_MIN) {
    ctx.reply.error(ERR_OVERFLOW);
    return;
  }
  const low = Number(BigInt.asIntN(32, sum));
  putInteger64(ctx.db, ref, args, 1, low, Number(sum >> 32n), true);
  ctx.reply.integer64(sum);
}

export function incrCommand(ctx: Context, args: Args): void {
  incrDecrGenericCommand(ctx, args, 1, null);
}

export const incrSpec: CommandSpec = {
  name: 'INCR',
  group: 'string',
  since: '1.0.0',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds one to the integer at a key; an absent key counts as 0.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY],
  propagate: 'verbatim',
  handler: incrCommand,
};

export function decrCommand(ctx: Context, args: Args): void {
  incrDecrGenericCommand(ctx, args, -1, null);
}

export const decrSpec: CommandSpec = {
  name: 'DECR',
  group: 'string',
  since: '1.0.0',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Takes one from the integer at a key; an absent key counts as 0.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY],
  propagate: 'verbatim',
  handler: decrCommand,
};

export function incrbyCommand(ctx: Context, args: Args): void {
  const increment = parseInteger(args.bytes, args.at[2], args.length[2]);
  if (!Number.isNaN(increment)) {
    incrDecrGenericCommand(ctx, args, increment, null);
    return;
  }
  const bigIncrement = parseInteger64(args.bytes, args.at[2], args.length[2]);
  if (bigIncrement === null) ctx.reply.error(ERR_NOT_INTEGER);
  else incrDecrGenericCommand(ctx, args, 0, bigIncrement);
}

export const incrbySpec: CommandSpec = {
  name: 'INCRBY',
  group: 'string',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds a whole number to the integer at a key; an absent key counts as 0.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'increment', type: 'integer' }],
  propagate: 'verbatim',
  handler: incrbyCommand,
};

export function decrbyCommand(ctx: Context, args: Args): void {
  const decrement = parseInteger(args.bytes, args.at[2], args.length[2]);
  if (!Number.isNaN(decrement)) {
    incrDecrGenericCommand(ctx, args, -decrement, null);
    return;
  }
  const bigDecrement = parseInteger64(args.bytes, args.at[2], args.length[2]);
  if (bigDecrement === null) ctx.reply.error(ERR_NOT_INTEGER);
  else if (bigDecrement === INTEGER64_MIN) ctx.reply.error(ERR_DECREMENT_OVERFLOW);
  else incrDecrGenericCommand(ctx, args, 0, -bigDecrement);
}

export const decrbySpec: CommandSpec = {
  name: 'DECRBY',
  group: 'string',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Takes a whole number from the integer at a key; an absent key counts as 0.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'decrement', type: 'integer' }],
  propagate: 'verbatim',
  handler: decrbyCommand,
};
