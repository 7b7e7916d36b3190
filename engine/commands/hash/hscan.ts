// HSCAN. A large hash is walked in hash order, its cursor a position as SCAN's; a packed one comes
// whole. Invariant: a field that is there from the first call to the last is returned.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { ElementScan, SLOTS_PER_COUNT } from '../scan-clauses.js';
import { replySlice } from '../slice-reply.js';

const scan = new ElementScan(TYPE_HASH, 'NOVALUES');
const cursor = new HashCursor();

export function hscanCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = scan.begin(ctx, args);
  if (ref === NO_REF) return;
  const { count, position, isBare } = scan;
  reply.bulkInteger(cursor.openPart(db, ref, position, count, count * SLOTS_PER_COUNT));
  const mark = reply.beginArray();
  let length = 0;
  while (cursor.next()) {
    if (cursor.isDue || !scan.takes(args, cursor.element)) continue;
    replySlice(reply, cursor.element);
    if (!isBare) replySlice(reply, cursor.value);
    length += isBare ? 1 : 2;
  }
  reply.endArray(mark, length);
}

export const hscanSpec: CommandSpec = {
  name: 'HSCAN',
  group: 'hash',
  since: '2.8.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Walks the fields of a hash, some at each call.',
  complexity: 'O(1) for each call, O(N) for a whole walk over N fields.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'novalues', type: 'pure-token', token: 'NOVALUES', optional: true },
  ],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: hscanCommand,
};
