// INCRBYFLOAT. Invariant: the sum is computed as Redis does, in an 80-bit float, and the log gets
// the result, so replaying it needs no arithmetic.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NAN_OR_INFINITY, ERR_NOT_FLOAT } from '../../contract/errors.js';
import type { Database } from '../../keyspace/database.js';
import {
  EMBSTR_MAX_BYTES,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW,
  TYPE_STRING,
} from '../../keyspace/encodings.js';
import { integerHigh, integerLow } from '../../keyspace/strings.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { valueAtOf, valueLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import {
  addLongDoubles,
  formatLongDouble,
  LONG_DOUBLE_ZERO,
  type LongDouble,
  parseLongDouble,
} from '../../util/long-double.js';
import { KEY } from '../argument-docs.js';
import { bigInteger, requireString } from './string-value.js';

/** @returns null when the string is no number */
function loadLongDouble(db: Database, ref: Ref): LongDouble | null {
  if (ref === NO_REF) return LONG_DOUBLE_ZERO;
  if (db.encodingOf(ref) === ENCODING_INT) {
    const mantissa = bigInteger(integerLow(db, ref), integerHigh(db, ref));
    return { kind: 'finite', mantissa, exponent: 0 };
  }
  const { arena } = db;
  const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
  return parseLongDouble(bytes, valueAtOf(arena, ref), valueLengthOf(arena, ref));
}

export function incrbyfloatCommand(ctx: Context, args: Args): void {
  const { db, reply, effects } = ctx;
  const ref = db.lookupWrite(args, 1);
  if (ref !== NO_REF && !requireString(ctx, ref)) return;
  const value = loadLongDouble(db, ref);
  const increment = parseLongDouble(args.bytes, args.at[2], args.length[2]);
  if (value === null || increment === null) {
    reply.error(ERR_NOT_FLOAT);
    return;
  }
  const sum = addLongDoubles(value, increment);
  if (sum.kind !== 'finite') {
    reply.error(ERR_NAN_OR_INFINITY);
    return;
  }
  const text = formatLongDouble(sum);
  // Like Redis, and unlike SET, this leaves a whole number as text.
  const encoding = text.length <= EMBSTR_MAX_BYTES ? ENCODING_EMBSTR : ENCODING_RAW;
  const kind = TYPE_STRING | (encoding << 4);
  const target = db.store(ref, args, 1, kind, 0, text.length, true);
  db.arena.bytes[target >>> CHUNK_SHIFT].write(text, valueAtOf(db.arena, target), 'latin1');
  effects.begin(db.index, 4);
  effects.text('SET');
  effects.bytes(args.bytes, args.at[1], args.length[1]);
  effects.text(text);
  effects.text('KEEPTTL');
  effects.end();
  reply.text(text);
}

export const incrbyfloatSpec: CommandSpec = {
  name: 'INCRBYFLOAT',
  group: 'string',
  since: '2.6.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds a floating-point number to the number at a key; an absent key counts as 0.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'increment', type: 'double' }],
  propagate: 'effects',
  handler: incrbyfloatCommand,
};
