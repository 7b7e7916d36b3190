// SETBIT and GETBIT: a string as a row of bits, the highest bit of its first byte first. Invariant:
// a bit behind the end reads as 0, and writing one makes the string just long enough.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { putRawString, StringView } from '../../keyspace/strings.js';
import { CHUNK_SHIFT, NO_REF } from '../../memory/chunks.js';
import { valueAtOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { growString, requireString, stringLength } from '../string/string-value.js';

const ERR_BIT_OFFSET = 'ERR bit offset is not an integer or out of range';
const ERR_BIT = 'ERR bit is not an integer or out of range';

const view = new StringView();

/** @returns the offset in bits at argument `index`; NaN after an error was replied */
function bitOffset(ctx: Context, args: Args, index: number): number {
  const offset = integerArgument(args, index);
  // A limit lowered since must not lose what the log says.
  const bytesMax = ctx.keyspace.expiresKeys ? ctx.config.number('proto-max-bulk-len') : Infinity;
  if (offset >= 0 && Math.floor(offset / 8) < bytesMax) return offset;
  ctx.reply.error(ERR_BIT_OFFSET);
  return Number.NaN;
}

/** SETBIT key offset value */
export function setbitCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const offset = bitOffset(ctx, args, 2);
  if (Number.isNaN(offset)) return;
  const bit = integerArgument(args, 3);
  if (bit !== 0 && bit !== 1) {
    reply.error(ERR_BIT);
    return;
  }
  const ref = db.lookupWrite(args, 1);
  if (ref !== NO_REF && !requireString(ctx, ref)) return;
  const before = ref === NO_REF ? 0 : stringLength(db, ref);
  const byte = Math.floor(offset / 8);
  const after = Math.max(before, byte + 1);
  const { dirty } = ctx.keyspace;
  const grown =
    ref === NO_REF
      ? putRawString(db, ref, args, 1, after, false)
      : growString(db, ref, args, after);
  const bytes = db.arena.bytes[grown >>> CHUNK_SHIFT];
  const valueAt = valueAtOf(db.arena, grown);
  bytes.fill(0, valueAt + before, valueAt + after);
  const mask = 128 >>> (offset % 8);
  const old = (bytes[valueAt + byte] & mask) === 0 ? 0 : 1;
  if (bit === 1) bytes[valueAt + byte] |= mask;
  else bytes[valueAt + byte] &= ~mask;
  // As in Redis, a bit that was so already is no change.
  ctx.keyspace.dirty = after === before && old === bit ? dirty : dirty + 1;
  reply.integer(old);
}

export const setbitSpec: CommandSpec = {
  name: 'SETBIT',
  group: 'bitmap',
  since: '2.2.0',
  arity: 4,
  flags: ['write', 'denyoom'],
  summary: 'Sets or clears one bit of the string at a key, with zeros up to there if need be.',
  complexity: 'O(1), or O(N) for N zeros that are added.',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'offset', type: 'integer' }, { name: 'value', type: 'integer' }],
  propagate: 'verbatim',
  handler: setbitCommand,
};

/** GETBIT key offset */
export function getbitCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const offset = bitOffset(ctx, args, 2);
  if (Number.isNaN(offset)) return;
  const ref = db.lookupRead(args, 1);
  if (ref === NO_REF) {
    reply.integer(0);
    return;
  }
  if (!requireString(ctx, ref)) return;
  view.open(db, ref);
  const byte = Math.floor(offset / 8);
  const isSet = byte < view.length && (view.bytes[view.at + byte] & (128 >>> (offset % 8))) !== 0;
  reply.integer(isSet ? 1 : 0);
}

export const getbitSpec: CommandSpec = {
  name: 'GETBIT',
  group: 'bitmap',
  since: '2.2.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Reads one bit of the string at a key.',
  complexity: 'O(1)',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'offset', type: 'integer' }],
  propagate: 'never',
  handler: getbitCommand,
};
