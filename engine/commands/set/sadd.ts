// SADD and SREM. Invariant: nothing is allocated on the JS heap per member, and a set that lost its
// last member is gone.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { keepDonePart, undoCreation } from '../done-part.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBERS } from './argument-docs.js';

const set = new SetValue();
const member = new ByteSlice();

export function saddCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  let added = 0;
  let i = 2;
  try {
    if (ref === NO_REF) {
      added = set.create(db, args, 1, i);
    } else {
      set.open(db, ref);
      set.expect(args.count - i);
      for (; i < args.count; i++) if (set.add(member.ofArgument(args, i))) added++;
    }
  } catch (error) {
    if (ref === NO_REF) undoCreation(ctx, args, 1);
    else if (added > 0) keepDonePart(ctx, args, i, set.ref);
    throw error;
  }
  if (added > 0) db.changed(set.ref, added);
  reply.integer(added);
}

export const saddSpec: CommandSpec = {
  name: 'SADD',
  group: 'set',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds members to a set; an absent key begins as an empty one.',
  complexity: 'O(1) for each member.',
  keys: [keySpec(['RW', 'insert'], 1)],
  arguments: [KEY, MEMBERS],
  history: [['2.4.0', 'Several members may be given.']],
  propagate: 'verbatim',
  handler: saddCommand,
};

export function sremCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_SET);
  if (ref === WRONG_TYPE) return;
  let removed = 0;
  if (ref !== NO_REF) {
    set.open(db, ref);
    for (let i = 2; i < args.count && set.count > 0; i++) {
      if (set.delete(member.ofArgument(args, i))) removed++;
    }
  }
  if (removed > 0) {
    db.changed(set.ref, removed);
    set.dropIfEmpty();
  }
  reply.integer(removed);
}

export const sremSpec: CommandSpec = {
  name: 'SREM',
  group: 'set',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'fast'],
  summary: 'Removes members from a set.',
  complexity: 'O(N) for N members to remove.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: [KEY, MEMBERS],
  history: [['2.4.0', 'Several members may be given.']],
  propagate: 'verbatim',
  handler: sremCommand,
};
