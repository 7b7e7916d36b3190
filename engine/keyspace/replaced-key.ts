// A key whose value is made anew by a command that may run out of memory on the way: STORE forms,
// COPY, RESTORE. The old record stays in the table, beside the new one, until that is complete;
// handlers are synchronous, so nobody looks the key up meanwhile.
//
// Invariant: either the key holds the whole new value, or everything is as it was.

import { CHUNK_SHIFT, NO_REF, type Ref } from '../memory/chunks.js';
import { keyAtOf, keyLengthOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import type { Args } from '../util/args.js';
import { equalBytes } from '../util/bytes.js';
import type { Database } from './database.js';

const found = new RefList();

/** @returns the record other than `existing` that has the key in argument `index`, or NO_REF */
function recordBeside(db: Database, existing: Ref, args: Args, index: number): Ref {
  db.find(args, index);
  found.clear();
  db.table.scanStep(db.hash >>> 0, found, 1);
  const length = args.length[index];
  for (let i = 0; i < found.length; i++) {
    const ref = found.refs[i];
    if (ref === existing || keyLengthOf(db.arena, ref) !== length) continue;
    const bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
    if (equalBytes(bytes, keyAtOf(db.arena, ref), args.bytes, args.at[index], length)) return ref;
  }
  return NO_REF;
}

/**
 * Makes the key that is argument `index`, looked up last, hold what `make` makes.
 * @param existing the key's record, which goes without being counted as a change; or NO_REF
 * @param make creates the key as if it were absent
 * @returns what `make` returned
 * @throws ArenaFullError; nothing has then changed, and no change is counted
 */
export function replaceKey(
  db: Database,
  existing: Ref,
  args: Args,
  index: number,
  make: () => Ref,
): Ref {
  const { dirty } = db.keyspace;
  let made: Ref;
  try {
    made = make();
  } catch (error) {
    const part = recordBeside(db, existing, args, index);
    if (part !== NO_REF) db.remove(part);
    db.keyspace.dirty = dirty;
    throw error;
  }
  if (existing !== NO_REF) db.drop(existing);
  return made;
}
