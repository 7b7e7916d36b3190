// HSCAN. A large hash is walked in hash order, its cursor a position as SCAN's; a packed one comes
// whole. Invariant: a field that is there from the first call to the last is returned.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { globMatch } from '../../util/glob.js';
import { matchesAll } from '../generic/keys.js';
import { cursorArgument } from '../generic/scan.js';
import { integerArgument } from '../integer-argument.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { replySlice } from './hget.js';

const ERR_NOSCORES = 'ERR NOSCORES option can only be used in ZSCAN';
const COUNT_DEFAULT = 10;
/** So many home slots may be looked at for each field that COUNT asks for. */
const SLOTS_PER_COUNT = 10;

/** What the clauses of one call say; pattern 0 for none. */
const clauses = { count: COUNT_DEFAULT, patternIndex: 0, withValues: true };
const cursor = new HashCursor();

/** Fills `clauses`. @returns null, or the error text */
function parseClauses(args: Args): string | null {
  clauses.count = COUNT_DEFAULT;
  clauses.patternIndex = 0;
  clauses.withValues = true;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'NOVALUES')) {
      clauses.withValues = false;
      continue;
    }
    if (args.is(i, 'NOSCORES')) return ERR_NOSCORES;
    if (i + 1 === args.count) return ERR_SYNTAX;
    if (args.is(i, 'COUNT')) {
      const count = integerArgument(args, i + 1);
      if (Number.isNaN(count)) return ERR_NOT_INTEGER;
      if (count < 1) return ERR_SYNTAX;
      clauses.count = count;
    } else if (args.is(i, 'MATCH')) {
      clauses.patternIndex = matchesAll(args, i + 1) ? 0 : i + 1;
    } else {
      return ERR_SYNTAX;
    }
    i++;
  }
  return null;
}

/** @returns whether the field that the cursor is at belongs into the answer */
function isTaken(args: Args): boolean {
  if (cursor.isDue) return false;
  const { patternIndex } = clauses;
  if (patternIndex === 0) return true;
  const { bytes, at, length } = cursor.element;
  const patternAt = args.at[patternIndex];
  return globMatch(args.bytes, patternAt, args.length[patternIndex], bytes, at, length, false);
}

export function hscanCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const position = cursorArgument(args, 2);
  if (Number.isNaN(position)) {
    reply.error(ERR_INVALID_CURSOR);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
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
  const { count, withValues } = clauses;
  reply.bulkInteger(cursor.openPart(db, ref, position, count, count * SLOTS_PER_COUNT));
  const mark = reply.beginArray();
  let length = 0;
  while (cursor.next()) {
    if (!isTaken(args)) continue;
    replySlice(reply, cursor.element);
    if (withValues) replySlice(reply, cursor.value);
    length += withValues ? 2 : 1;
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
    { name: 'key', type: 'key', keySpecIndex: 0 },
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'novalues', type: 'pure-token', token: 'NOVALUES', optional: true },
  ],
  tips: ['nondeterministic_output'],
  propagate: 'never',
  handler: hscanCommand,
};
