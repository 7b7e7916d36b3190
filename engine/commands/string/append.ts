// APPEND and SETRANGE: strings edited in place. Invariant: an edited string is `raw`, keeps its
// deadline, and bytes nobody wrote read as zero.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_OFFSET_OUT_OF_RANGE } from '../../contract/errors.js';
import { putRawString, putString } from '../../keyspace/strings.js';
import { CHUNK_SHIFT, NO_REF } from '../../memory/chunks.js';
import { valueAtOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { copyBytes } from '../../util/bytes.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { growString, mayGrow, requireString, stringLength } from './string-value.js';

export function appendCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const at = args.at[2];
  const length = args.length[2];
  const ref = db.lookupWrite(args, 1);
  if (ref === NO_REF) {
    putString(db, ref, args, 1, 2, false);
    reply.integer(length);
    return;
  }
  if (!requireString(ctx, ref)) return;
  const before = stringLength(db, ref);
  if (!mayGrow(ctx, before, length)) return;
  const grown = growString(db, ref, args, before + length);
  const bytes = db.arena.bytes[grown >>> CHUNK_SHIFT];
  copyBytes(args.bytes, at, bytes, valueAtOf(db.arena, grown) + before, length);
  reply.integer(before + length);
}

export const appendSpec: CommandSpec = {
  name: 'APPEND',
  group: 'string',
  since: '2.0.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds bytes to the end of the string at a key; an absent key begins empty.',
  complexity: 'O(N) for N added bytes, as a growing value is given room ahead.',
  keys: [keySpec(['RW', 'insert'], 1)],
  arguments: [KEY, { name: 'value', type: 'string' }],
  propagate: 'verbatim',
  handler: appendCommand,
};

export function setrangeCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const offset = integerArgument(args, 2);
  if (Number.isNaN(offset)) {
    reply.error(ERR_NOT_INTEGER);
    return;
  }
  if (offset < 0) {
    reply.error(ERR_OFFSET_OUT_OF_RANGE);
    return;
  }
  const length = args.length[3];
  const ref = db.lookupWrite(args, 1);
  if (ref !== NO_REF && !requireString(ctx, ref)) return;
  const before = ref === NO_REF ? 0 : stringLength(db, ref);
  if (length === 0) {
    reply.integer(before);
    return;
  }
  if (!mayGrow(ctx, offset, length)) return;
  const after = Math.max(before, offset + length);
  const grown =
    ref === NO_REF
      ? putRawString(db, ref, args, 1, after, false)
      : growString(db, ref, args, after);
  const bytes = db.arena.bytes[grown >>> CHUNK_SHIFT];
  const valueAt = valueAtOf(db.arena, grown);
  if (offset > before) bytes.fill(0, valueAt + before, valueAt + offset);
  copyBytes(args.bytes, args.at[3], bytes, valueAt + offset, length);
  reply.integer(after);
}

export const setrangeSpec: CommandSpec = {
  name: 'SETRANGE',
  group: 'string',
  since: '2.2.0',
  arity: 4,
  flags: ['write', 'denyoom'],
  summary: 'Overwrites the string at a key from an offset on, with zeros up to there if need be.',
  complexity: 'O(N) for N written bytes, the zeros among them.',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: [KEY, { name: 'offset', type: 'integer' }, { name: 'value', type: 'string' }],
  propagate: 'verbatim',
  handler: setrangeCommand,
};
