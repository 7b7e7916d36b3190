// ZRANDMEMBER. Invariant: each member is as likely as any other, and a positive count never gives
// one twice.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { randomBelow } from '../../util/random.js';
import { KEY } from '../argument-docs.js';
import { randomCountArgument } from '../random-count.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { WITHSCORES } from './argument-docs.js';
import { beginMembers, replyMember, replyRange } from './members-reply.js';

/** Asked for more than a third of the members, walking all is faster than drawing ranks. */
const WALK_FACTOR = 3;

const set = new SortedSetValue();

function replyRepeated(ctx: Context, count: number, withScores: boolean): void {
  beginMembers(ctx, count, withScores);
  for (let i = 0; i < count; i++) {
    set.seekRandom(ctx.random);
    replyMember(ctx, set, withScores);
  }
}

/** Walks all and takes each with the chance that is left to it (D. Knuth, TAOCP 3.4.2, S). */
function replyWalked(ctx: Context, count: number, withScores: boolean): void {
  beginMembers(ctx, count, withScores);
  let wanted = count;
  set.seek(0);
  for (let left = set.count; wanted > 0; left--) {
    set.next();
    if (randomBelow(ctx.random, left) >= wanted) continue;
    replyMember(ctx, set, withScores);
    wanted--;
  }
}

function replyDrawn(ctx: Context, count: number, withScores: boolean): void {
  const size = set.count;
  const drawn = new Set<number>();
  beginMembers(ctx, count, withScores);
  while (drawn.size < count) {
    const rank = randomBelow(ctx.random, size);
    if (drawn.has(rank)) continue;
    drawn.add(rank);
    set.seek(rank);
    set.next();
    replyMember(ctx, set, withScores);
  }
}

export function zrandmemberCommand(ctx: Context, args: Args): void {
  const hasCount = args.count > 2;
  const count = hasCount ? randomCountArgument(ctx, args, 'WITHSCORES') : 1;
  if (Number.isNaN(count)) return;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) set.open(ctx.db, ref);
  if (!hasCount) replyOne(ctx, ref !== NO_REF);
  else replyMembers(ctx, ref === NO_REF ? 0 : count, args.count === 4);
}

function replyOne(ctx: Context, isThere: boolean): void {
  if (!isThere) {
    ctx.reply.null();
    return;
  }
  set.seekRandom(ctx.random);
  replySlice(ctx.reply, set.element);
}

function replyMembers(ctx: Context, count: number, withScores: boolean): void {
  if (count === 0) ctx.reply.array(0);
  else if (count < 0) replyRepeated(ctx, -count, withScores);
  else if (count >= set.count) replyRange(ctx, set, 0, set.count, false, withScores);
  else if (count * WALK_FACTOR > set.count) replyWalked(ctx, count, withScores);
  else replyDrawn(ctx, count, withScores);
}

export const zrandmemberSpec: CommandSpec = {
  name: 'ZRANDMEMBER',
  group: 'sorted-set',
  since: '6.2.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Picks members of a sorted set at random.',
  complexity: 'O(M*log(N)) for M of N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    {
      name: 'options',
      type: 'block',
      optional: true,
      arguments: [{ name: 'count', type: 'integer' }, WITHSCORES],
    },
  ],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: zrandmemberCommand,
};
