// SCAN. The cursor is a position in hash order, so no state is kept between calls, and a key that
// is there from the first call to the last is returned at least once, whatever the table does
// meanwhile. Invariant: one call looks at a bounded number of slots, as COUNT says.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_INVALID_CURSOR, ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_NAMES } from '../../keyspace/encodings.js';
import { RefList } from '../../memory/hash-table.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';
import { keyMatches, matchesAll, replyKey } from './keys.js';
import { removeIfExpired } from './lookup.js';

const COUNT_DEFAULT = 10;
/** So many home slots may be looked at for each key that COUNT asks for. */
const SLOTS_PER_COUNT = 10;
/** Positions are hashes of 32 bits; a cursor from here on lies behind the last key. */
const POSITION_END = 2 ** 32;
const CURSOR_LIMIT = 2n ** 64n;
const CURSOR_DIGITS_MAX = 40;
const ANY_TYPE = -1;

/** What the clauses of one call say; 0 for no pattern, as no argument of SCAN's is pattern 0. */
const clauses = { count: COUNT_DEFAULT, patternIndex: 0, type: ANY_TYPE };

const found = new RefList();
const taken = new RefList();

/**
 * @returns the cursor that is argument `index`, POSITION_END for one behind the last key; NaN
 *   when it is none
 */
export function cursorArgument(args: Args, index: number): number {
  const value = integerArgument(args, index);
  if (value >= 0) return Math.min(value, POSITION_END);
  if (value < 0 || args.length[index] > CURSOR_DIGITS_MAX) return Number.NaN;
  // Beyond 63 bits, or spelled with a plus or leading zeros.
  const text = args.text(index);
  if (!/^[ \t-\r]*\+?[0-9]+$/.test(text)) return Number.NaN;
  const cursor = BigInt(text.trim().replace('+', ''));
  return cursor < CURSOR_LIMIT ? Math.min(Number(cursor), POSITION_END) : Number.NaN;
}

/** Fills `clauses`. @returns null, or the error text */
function parseClauses(args: Args): string | null {
  clauses.count = COUNT_DEFAULT;
  clauses.patternIndex = 0;
  clauses.type = ANY_TYPE;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 === args.count) return ERR_SYNTAX;
    if (args.is(i, 'COUNT')) {
      const count = integerArgument(args, i + 1);
      if (Number.isNaN(count)) return ERR_NOT_INTEGER;
      if (count < 1) return ERR_SYNTAX;
      clauses.count = count;
    } else if (args.is(i, 'MATCH')) {
      clauses.patternIndex = matchesAll(args, i + 1) ? 0 : i + 1;
    } else if (args.is(i, 'TYPE')) {
      clauses.type = typeNumber(args, i + 1);
      if (clauses.type === ANY_TYPE) return `ERR unknown type name '${args.text(i + 1)}'`;
    } else {
      return ERR_SYNTAX;
    }
  }
  return null;
}

/** @returns the type that argument `index` names in any case, or ANY_TYPE */
function typeNumber(args: Args, index: number): number {
  for (let type = 0; type < TYPE_NAMES.length; type++) {
    if (args.is(index, TYPE_NAMES[type].toUpperCase())) return type;
  }
  return ANY_TYPE;
}

/** Puts what `found` holds and the clauses take into `taken`. */
function takeFound(ctx: Context, args: Args): void {
  const { db } = ctx;
  const { type, patternIndex } = clauses;
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    if (type !== ANY_TYPE && db.typeOf(ref) !== type) continue;
    if (patternIndex !== 0 && !keyMatches(db, ref, args, patternIndex)) continue;
    if (!removeIfExpired(db, ref)) taken.push(ref, found.hashes[i]);
  }
}

export function scanCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  let position = cursorArgument(args, 1);
  const error = Number.isNaN(position) ? ERR_INVALID_CURSOR : parseClauses(args);
  if (error !== null) {
    reply.error(error);
    return;
  }
  taken.clear();
  let visited = 0;
  if (position === POSITION_END) {
    position = 0;
  } else {
    let slotsLeft = clauses.count * SLOTS_PER_COUNT;
    do {
      found.clear();
      position = db.table.scanStep(position, found);
      visited += found.length;
      takeFound(ctx, args);
    } while (position !== 0 && slotsLeft-- > 0 && visited < clauses.count);
  }
  reply.array(2);
  reply.bulkInteger(position);
  reply.array(taken.length);
  for (let i = 0; i < taken.length; i++) replyKey(reply, db, taken.refs[i]);
}

export const scanSpec: CommandSpec = {
  name: 'SCAN',
  group: 'generic',
  since: '2.8.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Walks the keys of the database, some at each call.',
  complexity: 'O(1) for each call, O(N) for a whole walk over N keys.',
  arguments: [
    { name: 'cursor', type: 'integer' },
    { name: 'pattern', type: 'pattern', token: 'MATCH', optional: true },
    { name: 'count', type: 'integer', token: 'COUNT', optional: true },
    { name: 'type', type: 'string', token: 'TYPE', optional: true, since: '6.0.0' },
  ],
  history: [['6.0.0', 'TYPE came.']],
  tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
  propagate: 'never',
  handler: scanCommand,
};
