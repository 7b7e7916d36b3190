// HRANDFIELD. Invariant: without a negative count no field comes twice; fields whose deadline has
// passed never come.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { HashSampler } from '../../keyspace/values/hash-sampler.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { randomCountArgument } from '../random-count.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';

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

function hrandfieldWithCount(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const count = randomCountArgument(ctx, args, 'WITHVALUES');
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
    KEY,
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
