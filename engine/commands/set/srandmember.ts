// SRANDMEMBER. Invariant: each member is as likely as any other; a positive count gives none twice.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SetSampler } from '../../keyspace/values/set-sampler.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { randomCountArgument } from '../random-count.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { replyMembers } from './smembers.js';

const set = new SetValue();
const cursor = new SetCursor();
const sampler = new SetSampler();

function replyOne(ctx: Context, ref: Ref): void {
  set.open(ctx.db, ref).pick(ctx.random);
  replySlice(ctx.reply, set.element);
}

function replyRepeated(ctx: Context, ref: Ref, count: number): void {
  set.open(ctx.db, ref);
  ctx.reply.array(count);
  for (let i = 0; i < count; i++) {
    set.pick(ctx.random);
    replySlice(ctx.reply, set.element);
  }
}

function replyDistinct(ctx: Context, ref: Ref, count: number): void {
  const { db, reply, random } = ctx;
  cursor.open(db, ref);
  if (count >= cursor.count) {
    reply.array(cursor.count);
    replyMembers(reply, cursor);
    return;
  }
  reply.array(count);
  sampler.open(db, ref, count);
  while (sampler.next(random)) replySlice(reply, sampler.element);
}

export function srandmemberCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const hasCount = args.count > 2;
  // Checked before the count, unlike in its kin.
  if (args.count > 3) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const count = hasCount ? randomCountArgument(ctx, args, null) : 1;
  if (Number.isNaN(count)) return;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (!hasCount) {
    if (ref === NO_REF) reply.null();
    else replyOne(ctx, ref);
  } else if (ref === NO_REF || count === 0) {
    reply.array(0);
  } else if (count < 0) {
    replyRepeated(ctx, ref, -count);
  } else {
    replyDistinct(ctx, ref, count);
  }
}

export const srandmemberSpec: CommandSpec = {
  name: 'SRANDMEMBER',
  group: 'set',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Picks members of a set at random and leaves them there.',
  complexity: 'O(N) for N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'count', type: 'integer', optional: true, since: '2.6.0' }],
  history: [['2.6.0', 'A count may be given.']],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: srandmemberCommand,
};
