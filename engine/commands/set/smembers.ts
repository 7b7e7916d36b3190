// SMEMBERS, SISMEMBER, SMISMEMBER and SCARD: what is in a set, without changing it.
// Invariant: an absent key is answered as a set without members is.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBER, MEMBERS } from './argument-docs.js';

const set = new SetValue();
const cursor = new SetCursor();
const member = new ByteSlice();

/** Replies every member that the cursor, just opened, goes through; the count is the caller's. */
export function replyMembers(reply: Reply, of: SetCursor): void {
  while (of.next()) replySlice(reply, of.element);
}

export function smembersCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.set(0);
    return;
  }
  cursor.open(db, ref);
  reply.set(cursor.count);
  replyMembers(reply, cursor);
}

export const smembersSpec: CommandSpec = {
  name: 'SMEMBERS',
  group: 'set',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly'],
  summary: 'Lists all members of a set.',
  complexity: 'O(N) for N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY],
  tips: ['nondeterministic_output_order'],
  propagate: 'never',
  handler: smembersCommand,
};

export function sismemberCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  const isMember = ref !== NO_REF && set.open(ctx.db, ref).has(member.ofArgument(args, 2));
  ctx.reply.integer(isMember ? 1 : 0);
}

export const sismemberSpec: CommandSpec = {
  name: 'SISMEMBER',
  group: 'set',
  since: '1.0.0',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Tells whether something is a member of a set.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY, MEMBER],
  propagate: 'never',
  handler: sismemberCommand,
};

export function smismemberCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) set.open(db, ref);
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const isMember = ref !== NO_REF && set.has(member.ofArgument(args, i));
    reply.integer(isMember ? 1 : 0);
  }
}

export const smismemberSpec: CommandSpec = {
  name: 'SMISMEMBER',
  group: 'set',
  since: '6.2.0',
  arity: -3,
  flags: ['readonly', 'fast'],
  summary: 'Tells of several things whether each is a member of a set.',
  complexity: 'O(N) for N things asked about.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, MEMBERS],
  propagate: 'never',
  handler: smismemberCommand,
};

export function scardCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  ctx.reply.integer(ref === NO_REF ? 0 : set.open(ctx.db, ref).count);
}

export const scardSpec: CommandSpec = {
  name: 'SCARD',
  group: 'set',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many members a set has.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: scardCommand,
};
