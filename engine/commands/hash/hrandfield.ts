// HRANDFIELD. Invariant: without a negative count no field comes twice; fields whose deadline has
// passed never come.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { HashSampler } from '../../keyspace/values/hash-sampler.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { parseInteger64 } from '../../util/numbers.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { replySlice } from './hget.js';

const ERR_OUT_OF_RANGE = 'ERR value is out of range';
const ERR_BETWEEN =
  'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807';
const INTEGER64_MIN = -(2n ** 63n);
const COUNT_WITH_VALUES_MAX = 2n ** 62n - 1n;
/** More fields than this, with repetitions, would hold everybody else up for seconds. */
const REPEATED_MAX = 2 ** 24;

const sampler = new HashSampler();
const cursor = new HashCursor();

export function hrandfieldCommand(ctx: Context, args: Args): void {
  if (args.count > 2) {
    hrandfieldWithCount(ctx, args);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) sampler.open(ctx.db, ref);
  if (ref !== NO_REF && sampler.pick(ctx.random)) replySlice(ctx.reply, sampler.field);
  else ctx.reply.null();
}

/** @returns the count that is argument 2; NaN after an error was replied */
function countArgument(ctx: Context, args: Args): number {
  const count = parseInteger64(args.bytes, args.at[2], args.length[2]);
  const error = countError(args, count);
  if (error === null) return Number(count);
  ctx.reply.error(error);
  return Number.NaN;
}

function countError(args: Args, count: bigint | null): string | null {
  if (count === null) return ERR_NOT_INTEGER;
  if (count === INTEGER64_MIN) return ERR_BETWEEN;
  if (args.count > 4 || (args.count === 4 && !args.is(3, 'WITHVALUES'))) return ERR_SYNTAX;
  const size = count < 0n ? -count : count;
  if (args.count === 4 && size > COUNT_WITH_VALUES_MAX) return ERR_OUT_OF_RANGE;
  return count < -REPEATED_MAX ? ERR_OUT_OF_RANGE : null;
}

function hrandfieldWithCount(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const count = countArgument(ctx, args);
  if (Number.isNaN(count)) return;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF || count === 0) {
    reply.array(0);
    return;
  }
  const withValues = args.count === 4;
  const mark = reply.beginArray();
  sampler.open(db, ref);
  let fields: number;
  if (count < 0) fields = replyRepeated(ctx, -count, withValues);
  else if (count >= sampler.count) fields = replyAll(ctx, ref, withValues);
  else fields = replyDistinct(ctx, count, withValues);
  const isFlat = withValues && ctx.session.resp === 2;
  reply.endArray(mark, isFlat ? fields * 2 : fields);
}

/** Replies a field; with its value it is a pair of its own in RESP3. */
function replyPair(ctx: Context, field: ByteSlice, value: ByteSlice, withValues: boolean): void {
  if (withValues && ctx.session.resp === 3) ctx.reply.array(2);
  replySlice(ctx.reply, field);
  if (withValues) replySlice(ctx.reply, value);
}

function replyRepeated(ctx: Context, count: number, withValues: boolean): number {
  for (let i = 0; i < count; i++) {
    if (!sampler.pick(ctx.random)) return i;
    replyPair(ctx, sampler.field, sampler.value, withValues);
  }
  return count;
}

function replyAll(ctx: Context, ref: Ref, withValues: boolean): number {
  let fields = 0;
  cursor.open(ctx.db, ref);
  while (cursor.next()) {
    if (cursor.isDue) continue;
    replyPair(ctx, cursor.element, cursor.value, withValues);
    fields++;
  }
  return fields;
}

function replyDistinct(ctx: Context, count: number, withValues: boolean): number {
  const fields = sampler.choose(count, ctx.random);
  for (let i = 0; i < fields; i++) {
    sampler.take(i);
    replyPair(ctx, sampler.field, sampler.value, withValues);
  }
  return fields;
}

export const hrandfieldSpec: CommandSpec = {
  name: 'HRANDFIELD',
  group: 'hash',
  since: '6.2.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Picks fields of a hash at random.',
  complexity: 'O(N) for N fields that are answered.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    { name: 'key', type: 'key', keySpecIndex: 0 },
    {
      name: 'options',
      type: 'block',
      optional: true,
      arguments: [
        { name: 'count', type: 'integer' },
        { name: 'withvalues', type: 'pure-token', token: 'WITHVALUES', optional: true },
      ],
    },
  ],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: hrandfieldCommand,
};
