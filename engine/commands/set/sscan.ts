// SSCAN. A large set is walked in hash order, its cursor a position as SCAN's; a packed one comes
// whole. Invariant: a member that is there from the first call to the last is returned at least
// once.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { ElementScan, SLOTS_PER_COUNT } from '../scan-clauses.js';
import { replySlice } from '../slice-reply.js';

const scan = new ElementScan(TYPE_SET, null);
const cursor = new SetCursor();

export function sscanCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = scan.begin(ctx, args);
  if (ref === NO_REF) return;
  const { count, position } = scan;
  reply.bulkInteger(cursor.openPart(db, ref, position, count, count * SLOTS_PER_COUNT));
  const mark = reply.beginArray();
  let length = 0;
  while (cursor.next()) {
    if (!scan.takes(args, cursor.element)) continue;
    replySlice(reply, cursor.element);
    length++;
  }
  reply.endArray(mark, length);
}

export const sscanSpec: CommandSpec = {
  name: 'SSCAN',
  group: 'set',
  since: '2.8.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Walks the members of a set, some at each call.',
  complexity: 'O(1) for each call, O(N) for a whole walk over N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
  ],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: sscanCommand,
};
