// Members in answers, alone or with their scores. Invariant: with scores, RESP2 gets one flat list
// and RESP3 pairs.

import type { Context } from '../../contract/context.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { replySlice } from '../slice-reply.js';

/** A sorted set, or a result that is none yet, at a place. */
interface Members {
  seek(rank: number): void;
  next(): boolean;
  previous(): boolean;
  readonly element: ByteSlice;
  readonly score: number;
}

/** Opens the array that `count` members are answered in. */
export function beginMembers(ctx: Context, count: number, withScores: boolean): void {
  ctx.reply.array(withScores && ctx.session.resp === 2 ? count * 2 : count);
}

/** Answers one member of an array that `beginMembers` opened. */
export function replyMember(ctx: Context, members: Members, withScores: boolean): void {
  const { reply } = ctx;
  if (withScores && ctx.session.resp !== 2) reply.array(2);
  replySlice(reply, members.element);
  if (withScores) reply.double(members.score);
}

/** Answers the members with ranks from `start` up to, not including, `end`. */
export function replyRange(
  ctx: Context,
  members: Members,
  start: number,
  end: number,
  isReverse: boolean,
  withScores: boolean,
): void {
  beginMembers(ctx, end - start, withScores);
  members.seek(isReverse ? end : start);
  for (let rank = start; rank < end; rank++) {
    if (isReverse) members.previous();
    else members.next();
    replyMember(ctx, members, withScores);
  }
}
