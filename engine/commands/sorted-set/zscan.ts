// ZSCAN. A large sorted set is walked in the order of hashes, its cursor a position as SCAN's; a
// packed one comes whole. Invariant: a member that is there from the first call to the last is
// returned at least once.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { formatDouble } from '../../util/doubles.js';
import { globMatch } from '../../util/glob.js';
import { matchesAll } from '../generic/keys.js';
import { cursorArgument } from '../generic/scan.js';
import { integerArgument } from '../integer-argument.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { KEY } from './argument-docs.js';
import { replySlice } from './members-reply.js';

const ERR_NOVALUES = 'ERR NOVALUES option can only be used in HSCAN';
const COUNT_DEFAULT = 10;
/** So many home slots may be looked at for each member that COUNT asks for. */
const SLOTS_PER_COUNT = 10;
/** Positions are hashes of 32 bits; a cursor from here on lies behind the last member. */
const POSITION_END = 2 ** 32;

/** What the clauses of one call say; pattern 0 for none. */
const clauses = { count: COUNT_DEFAULT, patternIndex: 0, withScores: true };
const set = new SortedSetValue();
const found = new RefList();

/** Fills `clauses`. @returns null, or the error text */
function parseClauses(args: Args): string | null {
  clauses.count = COUNT_DEFAULT;
  clauses.patternIndex = 0;
  clauses.withScores = true;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'NOSCORES')) {
      clauses.withScores = false;
      continue;
    }
    if (args.is(i, 'NOVALUES')) return ERR_NOVALUES;
    if (i + 1 === args.count) return ERR_SYNTAX;
    if (args.is(i, 'COUNT')) {
      clauses.count = integerArgument(args, i + 1);
      if (Number.isNaN(clauses.count)) return ERR_NOT_INTEGER;
      if (clauses.count < 1) return ERR_SYNTAX;
    } else if (args.is(i, 'MATCH')) {
      clauses.patternIndex = matchesAll(args, i + 1) ? 0 : i + 1;
    } else {
      return ERR_SYNTAX;
    }
    i++;
  }
  return null;
}

/** Answers the member that `set` is at, if the clauses take it. @returns how many values */
function replyTaken(ctx: Context, args: Args): number {
  const { patternIndex, withScores } = clauses;
  const { element } = set;
  if (patternIndex !== 0) {
    const { bytes, at, length } = element;
    const patternAt = args.at[patternIndex];
    const patternLength = args.length[patternIndex];
    if (!globMatch(args.bytes, patternAt, patternLength, bytes, at, length, false)) return 0;
  }
  replySlice(ctx.reply, element);
  if (!withScores) return 1;
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
  let slotsLeft = clauses.count * SLOTS_PER_COUNT;
  do next = set.scanStep(next, found, 1);
  while (next !== 0 && --slotsLeft > 0 && found.length < clauses.count);
  return next;
}

export function zscanCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const position = cursorArgument(args, 2);
  if (Number.isNaN(position)) {
    reply.error(ERR_INVALID_CURSOR);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  const error = ref === NO_REF ? null : parseClauses(args);
  if (error !== null) {
    reply.error(error);
    return;
  }
  reply.array(2);
  if (ref === NO_REF) {
    reply.bulkInteger(0);
    reply.array(0);
    return;
  }
  replyPart(ctx, args, set.open(db, ref).isPacked ? -1 : position);
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
