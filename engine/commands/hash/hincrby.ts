// HINCRBY and HINCRBYFLOAT. Invariant: the field keeps its deadline; HINCRBY is exact over all
// 64-bit integers, and the log gets HINCRBYFLOAT's result, so replaying it needs no arithmetic.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import {
  ERR_NAN_OR_INFINITY,
  ERR_NOT_FLOAT,
  ERR_NOT_INTEGER,
  ERR_OVERFLOW,
} from '../../contract/errors.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { latin1Bytes } from '../../util/bytes.js';
import {
  addLongDoubles,
  formatLongDouble,
  LONG_DOUBLE_ZERO,
  parseLongDouble,
} from '../../util/long-double.js';
import { parsed, splitInteger64 } from '../../util/numbers.js';
import { KEY } from '../argument-docs.js';
import { bigInteger, safeInteger } from '../string/string-value.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { logNumber } from './field-effects.js';

const ERR_HASH_NOT_INTEGER = 'ERR hash value is not an integer';
const ERR_HASH_NOT_FLOAT = 'ERR hash value is not a float';
const ERR_INCREMENT_NOT_FINITE = 'ERR value is NaN or Infinity';
const INTEGER64_MIN = -(2n ** 63n);
const INTEGER64_MAX = 2n ** 63n - 1n;

const hash = new HashValue();
const field = new ByteSlice();
const number = new ByteSlice();

/** Points `hash` at the hash in `ref`, if any. @returns whether it is there and has the field */
function findField(ctx: Context, args: Args, ref: Ref): boolean {
  field.ofArgument(args, 2);
  if (ref === NO_REF || !hash.open(ctx.db, ref).expireArguments(args, 2, 2)) {
    hash.ref = NO_REF;
    return false;
  }
  return hash.get(field);
}

/** Sets the field to `number`; the hash is made when there is none. */
function setField(ctx: Context, args: Args): void {
  if (hash.ref === NO_REF) hash.createEmpty(ctx.db, args, 1, 1);
  try {
    hash.set(field, number, true);
  } catch (error) {
    hash.dropIfEmpty();
    throw error;
  }
  ctx.db.changed(hash.ref, 1);
}

export function hincrbyCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (!splitInteger64(args.bytes, args.at[3], args.length[3])) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  const { low, high } = parsed;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  let valueLow = 0;
  let valueHigh = 0;
  if (findField(ctx, args, ref)) {
    const { value } = hash;
    if (!splitInteger64(value.bytes, value.at, value.length)) {
      reply.error(ERR_HASH_NOT_INTEGER);
      return;
    }
    valueLow = parsed.low;
    valueHigh = parsed.high;
  }
  const sum = safeInteger(valueLow, valueHigh) + safeInteger(low, high);
  if (Number.isSafeInteger(sum)) {
    number.ofNumber(sum);
    setField(ctx, args);
    reply.integer(sum);
    return;
  }
  const bigSum = bigInteger(valueLow, valueHigh) + bigInteger(low, high);
  if (bigSum > INTEGER64_MAX || bigSum < INTEGER64_MIN) {
    reply.error(ERR_OVERFLOW);
    return;
  }
  number.ofInteger(Number(BigInt.asIntN(32, bigSum)), Number(bigSum >> 32n));
  setField(ctx, args);
  reply.integer64(bigSum);
}

export function hincrbyfloatCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const increment = parseLongDouble(args.bytes, args.at[3], args.length[3]);
  if (increment === null || increment.kind !== 'finite') {
    reply.error(increment === null ? ERR_NOT_FLOAT : ERR_INCREMENT_NOT_FINITE);
    return;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  let value: ReturnType<typeof parseLongDouble> = LONG_DOUBLE_ZERO;
  let hasDeadline = false;
  if (findField(ctx, args, ref)) {
    value = parseLongDouble(hash.value.bytes, hash.value.at, hash.value.length);
    hasDeadline = hash.deadlineOf(field) >= 0;
  }
  if (value === null) {
    reply.error(ERR_HASH_NOT_FLOAT);
    return;
  }
  const sum = addLongDoubles(value, increment);
  if (sum.kind !== 'finite') {
    reply.error(ERR_NAN_OR_INFINITY);
    return;
  }
  const text = formatLongDouble(sum);
  number.ofBuffer(latin1Bytes(text));
  setField(ctx, args);
  logNumber(ctx, args, text, hasDeadline);
  reply.text(text);
}

const KEY_AND_FIELD: readonly ArgumentDoc[] = [KEY, { name: 'field', type: 'string' }];

/** What the two have in common. */
const FAMILY = {
  group: 'hash',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
} as const;

export const hincrbySpec: CommandSpec = {
  ...FAMILY,
  name: 'HINCRBY',
  since: '2.0.0',
  summary: 'Adds a whole number to the integer in a field; an absent field counts as 0.',
  arguments: [...KEY_AND_FIELD, { name: 'increment', type: 'integer' }],
  propagate: 'verbatim',
  handler: hincrbyCommand,
};

export const hincrbyfloatSpec: CommandSpec = {
  ...FAMILY,
  name: 'HINCRBYFLOAT',
  since: '2.6.0',
  summary: 'Adds a floating-point number to the number in a field; an absent field counts as 0.',
  arguments: [...KEY_AND_FIELD, { name: 'increment', type: 'double' }],
  propagate: 'effects',
  handler: hincrbyfloatCommand,
};
