// SCAN. The cursor is a position in hash order, so no state is kept between calls, and a key that
// is there from the first call to the last is returned at least once, whatever the table does
// meanwhile. Invariant: one call looks at a bounded number of slots, as COUNT says.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_INVALID_CURSOR } from '../../contract/errors.js';
import { TYPE_NAMES } from '../../keyspace/encodings.js';
import { RefList } from '../../memory/hash-table.js';
import type { Args } from '../../util/args.js';
import { cursorArgument, POSITION_END, ScanClauses, SLOTS_PER_COUNT } from '../scan-clauses.js';
import { keyMatches, replyKey } from './keys.js';
import { removeIfExpired } from './lookup.js';

const ANY_TYPE = -1;

const clauses = new ScanClauses();
/** The type that TYPE asks for. */
let wantedType = ANY_TYPE;

const found = new RefList();
const taken = new RefList();

/** Fills `clauses` and `wantedType`. @returns null, or the error text */
function parseClauses(args: Args): string | null {
  clauses.reset();
  wantedType = ANY_TYPE;
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 < args.count && args.is(i, 'TYPE')) {
      wantedType = typeNumber(args, i + 1);
      if (wantedType === ANY_TYPE) return `ERR unknown type name '${args.text(i + 1)}'`;
      continue;
    }
    const error = clauses.read(args, i);
    if (error !== null) return error;
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
  const { patternIndex } = clauses;
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    if (wantedType !== ANY_TYPE && db.typeOf(ref) !== wantedType) continue;
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
