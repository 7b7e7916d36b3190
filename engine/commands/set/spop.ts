// SPOP. Invariant: what is logged says which members went: SREM, or DEL when none is left, and is
// one unit however many there are.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SetSampler } from '../../keyspace/values/set-sampler.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { logKeyDeletion } from '../key-deletion.js';
import { replySlice } from '../slice-reply.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { replyMembers } from './smembers.js';

const ERR_NOT_POSITIVE = 'ERR value is out of range, must be positive';
/** Members of one logged SREM. */
const LOGGED_AT_ONCE = 1024;

const set = new SetValue();
const cursor = new SetCursor();
const sampler = new SetSampler();

function beginRemoval({ db, effects }: Context, args: Args, members: number): void {
  effects.begin(db.index, 2 + members);
  effects.text('SREM');
  effects.bytes(args.bytes, args.at[1], args.length[1]);
}

function popOne(ctx: Context, args: Args, ref: Ref): void {
  const { db, effects } = ctx;
  set.open(db, ref);
  set.pick(ctx.random);
  const { element } = set;
  replySlice(ctx.reply, element);
  if (set.count === 1) {
    logKeyDeletion(ctx, args, 1);
  } else {
    beginRemoval(ctx, args, 1);
    effects.bytes(element.bytes, element.at, element.length);
    effects.end();
  }
  set.deletePicked();
  db.changed(set.ref, 1);
  set.dropIfEmpty();
}

function popAll(ctx: Context, args: Args, ref: Ref): void {
  const { db, reply } = ctx;
  cursor.open(db, ref);
  reply.set(cursor.count);
  replyMembers(reply, cursor);
  logKeyDeletion(ctx, args, 1);
  db.changed(ref, cursor.count);
  db.drop(ref);
}

/** Replies and logs popped members as they come. */
class Popped {
  private inBatch = 0;

  take(ctx: Context, args: Args, member: ByteSlice, left: number): void {
    const { effects } = ctx;
    if (this.inBatch === 0) {
      this.inBatch = Math.min(left, LOGGED_AT_ONCE);
      beginRemoval(ctx, args, this.inBatch);
    }
    replySlice(ctx.reply, member);
    effects.bytes(member.bytes, member.at, member.length);
    if (--this.inBatch === 0) effects.end();
  }
}

const popped = new Popped();

/** @param count more than 0 and less than there are */
function popSome(ctx: Context, args: Args, from: Ref, count: number): void {
  const { db, effects, random } = ctx;
  set.open(db, from);
  ctx.reply.set(count);
  if (count > LOGGED_AT_ONCE) effects.beginUnit();
  if (set.isLarge) {
    for (let left = count; left > 0; left--) {
      set.pick(random);
      popped.take(ctx, args, set.element, left);
      set.deletePicked();
    }
    db.changed(set.ref, count);
  } else {
    sampler.open(db, from, count);
    for (let left = count; sampler.next(random); left--) {
      popped.take(ctx, args, sampler.element, left);
    }
    db.changed(sampler.removeTaken(), count);
  }
  if (count > LOGGED_AT_ONCE) effects.endUnit();
}

export function spopCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const hasCount = args.count > 2;
  const count = hasCount ? integerArgument(args, 2) : 1;
  if (args.count > 3) {
    reply.error(ERR_SYNTAX);
    return;
  }
  if (Number.isNaN(count) || count < 0) {
    reply.error(ERR_NOT_POSITIVE);
    return;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (!hasCount) {
    if (ref === NO_REF) reply.null();
    else popOne(ctx, args, ref);
  } else if (ref === NO_REF || count === 0) {
    reply.set(0);
  } else if (count >= set.open(db, ref).count) {
    popAll(ctx, args, ref);
  } else {
    popSome(ctx, args, ref, count);
  }
}

export const spopSpec: CommandSpec = {
  name: 'SPOP',
  group: 'set',
  since: '1.0.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Takes members out of a set, chosen at random, and answers with them.',
  complexity: 'O(N) for N members.',
  keys: [keySpec(['RW', 'access', 'delete'], 1)],
  arguments: [KEY, { name: 'count', type: 'integer', optional: true, since: '3.2.0' }],
  history: [['3.2.0', 'A count may be given.']],
  tips: ['nondeterministic_output'],
  propagate: 'effects',
  handler: spopCommand,
};
