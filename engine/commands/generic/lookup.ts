// Looking a key up without counting as a use of it, and getting rid of an expired record that a
// walk came across. Invariant: hits, misses and expiries are counted as Redis counts them.

import type { Context } from '../../contract/context.js';
import type { Database } from '../../keyspace/database.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { keyAtOf, keyLengthOf } from '../../memory/record.js';
import { Args } from '../../util/args.js';
import { EMPTY_BYTES } from '../../util/bytes.js';

/** The key of a record, as an argument; empty between uses so that it keeps no memory alive. */
const keyOfRecord = new Args();
keyOfRecord.push(0, 0);

/**
 * @returns the record of the key that is argument `index`; NO_REF when it is absent. A hit or a
 *   miss is counted, but the key's age and frequency of use stay.
 */
export function lookupUntouched(ctx: Context, args: Args, index: number): Ref {
  const ref = ctx.db.peek(args, index);
  if (ref === NO_REF) ctx.keyspace.keyspaceMisses++;
  else ctx.keyspace.keyspaceHits++;
  return ref;
}

/** @returns whether the record was expired; it is then deleted and `ref` void */
export function removeIfExpired(db: Database, ref: Ref): boolean {
  if (!db.isExpired(ref)) return false;
  keyOfRecord.bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
  keyOfRecord.at[0] = keyAtOf(db.arena, ref);
  keyOfRecord.length[0] = keyLengthOf(db.arena, ref);
  db.peek(keyOfRecord, 0);
  keyOfRecord.bytes = EMPTY_BYTES;
  return true;
}
