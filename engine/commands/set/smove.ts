// SMOVE. Invariant: a member leaves the source when it is in the destination, not before.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { WRONGTYPE } from '../../contract/errors.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetValue } from '../../keyspace/values/set-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { MEMBER } from './argument-docs.js';

const SOURCE = 1;
const DESTINATION = 2;
const MOVED = 3;

const source = new SetValue();
const destination = new SetValue();
const member = new ByteSlice();

export function smoveCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const from = db.lookupWrite(args, SOURCE);
  // Looked up last, as it may have to be created.
  const to = db.lookupWrite(args, DESTINATION);
  if (from === NO_REF) {
    reply.integer(0);
    return;
  }
  if (db.typeOf(from) !== TYPE_SET || (to !== NO_REF && db.typeOf(to) !== TYPE_SET)) {
    reply.error(WRONGTYPE);
    return;
  }
  source.open(db, from);
  member.ofArgument(args, MOVED);
  if (from === to) {
    reply.integer(source.has(member) ? 1 : 0);
    return;
  }
  if (!source.has(member)) {
    reply.integer(0);
    return;
  }
  const isNew = addToDestination(ctx, args, to);
  try {
    source.delete(member);
  } catch (error) {
    if (isNew) destination.delete(member);
    destination.dropIfEmpty();
    throw error;
  }
  db.changed(source.ref, 1);
  source.dropIfEmpty();
  if (isNew) db.changed(destination.ref, 1);
  reply.integer(1);
}

/** @param to record of the destination, or NO_REF @returns whether the member is new there */
function addToDestination({ db }: Context, args: Args, to: Ref): boolean {
  if (to !== NO_REF) return destination.open(db, to).add(member);
  destination.create(db, args, DESTINATION, MOVED);
  return true;
}

export const smoveSpec: CommandSpec = {
  name: 'SMOVE',
  group: 'set',
  since: '1.0.0',
  arity: 4,
  flags: ['write', 'fast'],
  summary: 'Takes a member from one set to another one.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'access', 'delete'], SOURCE), keySpec(['RW', 'insert'], DESTINATION)],
  arguments: [{ ...KEY, name: 'source' }, { ...KEY, name: 'destination', keySpecIndex: 1 }, MEMBER],
  propagate: 'verbatim',
  handler: smoveCommand,
};
