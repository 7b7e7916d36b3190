// ZSCAN. A large sorted set is walked in the order of hashes, its cursor a position as SCAN's; a
// packed one comes whole. Invariant: a member that is there from the first call to the last is
// returned at least once.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { formatDouble } from '../../util/doubles.js';
import { KEY } from '../argument-docs.js';
import { ElementScan, POSITION_END, SLOTS_PER_COUNT } from '../scan-clauses.js';
import { replySlice } from '../slice-reply.js';

const scan = new ElementScan(TYPE_ZSET, 'NOSCORES');
const set = new SortedSetValue();
const found = new RefList();

/** Answers the member that `set` is at, if the clauses take it. @returns how many values */
function replyTaken(ctx: Context, args: Args): number {
  const { element } = set;
  if (!scan.takes(args, element)) return 0;
  replySlice(ctx.reply, element);
  if (scan.isBare) return 1;
  // Text in both protocols, unlike any other score.
  ctx.reply.text(formatDouble(set.score));
  return 2;
}

/**
 * Finds records from `position` on into `found`, until there are as many as COUNT says.
 * @returns the cursor to answer, 0 at the end
 */
function findPart(position: number): number {
  found.clear();
  if (position === POSITION_END) return 0;
  let next = position;
  let slotsLeft = scan.count * SLOTS_PER_COUNT;
  do next = set.scanStep(next, found, 1);
  while (next !== 0 && --slotsLeft > 0 && found.length < scan.count);
  return next;
}

export function zscanCommand(ctx: Context, args: Args): void {
  const ref = scan.begin(ctx, args);
  if (ref === NO_REF) return;
  replyPart(ctx, args, set.open(ctx.db, ref).isPacked ? -1 : scan.position);
}

/** @param position where to go on in a large sorted set; -1 for a packed one */
function replyPart(ctx: Context, args: Args, position: number): void {
  const { reply } = ctx;
  reply.bulkInteger(position < 0 ? 0 : findPart(position));
  const mark = reply.beginArray();
  let length = 0;
  if (position < 0) {
    set.seek(0);
    while (set.next()) length += replyTaken(ctx, args);
  }
  for (let i = 0; position >= 0 && i < found.length; i++) {
    set.openRecord(found.refs[i]);
    length += replyTaken(ctx, args);
  }
  reply.endArray(mark, length);
}

export const zscanSpec: CommandSpec = {
  name: 'ZSCAN',
  group: 'sorted-set',
  since: '2.8.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Walks the members of a sorted set, some at each call.',
  complexity: 'O(1) for each call, O(N) for a whole walk over N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'noscores', type: 'pure-token', token: 'NOSCORES', optional: true },
  ],
  history: [['8.0.0', 'NOSCORES came.']],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: zscanCommand,
};
