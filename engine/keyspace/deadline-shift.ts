// Moves every deadline of a keyspace, of keys and of hash fields, by the same time. For a state
// that is restored later than it was: what had a minute left has a minute left again.

import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_INDEX } from '../memory/large-header.js';
import { MemberTable } from '../memory/member-table.js';
import { deadlineOf, FLAG_DEADLINE, flagsOf } from '../memory/record.js';
import { RefList } from '../memory/ref-list.js';
import type { Database } from './database.js';
import { ENCODING_HASHTABLE, TYPE_HASH } from './encodings.js';
import type { Keyspace } from './keyspace.js';

/** Home slots visited at a time. */
const SLOTS_PER_STEP = 128;

/**
 * Nothing else may change the keyspace meanwhile.
 * @returns how many deadlines there were
 */
export function shiftDeadlines(keyspace: Keyspace, shiftMs: number): number {
  const found = new RefList();
  let moved = 0;
  for (const db of keyspace.databases) {
    let position = 0;
    do {
      found.clear();
      position = db.table.scanStep(position, found, SLOTS_PER_STEP);
      for (let i = 0; i < found.length; i++) moved += shiftKey(db, found.refs[i], shiftMs);
    } while (position !== 0);
  }
  return moved;
}

function shiftKey(db: Database, ref: Ref, shiftMs: number): number {
  let moved = 0;
  if (db.typeOf(ref) === TYPE_HASH && db.encodingOf(ref) === ENCODING_HASHTABLE) {
    moved = shiftFields(db, db.rootOf(ref), shiftMs);
  }
  if ((flagsOf(db.arena, ref) & FLAG_DEADLINE) === 0) return moved;
  // A record that has a deadline already stays where it is.
  db.setDeadline(ref, db.deadlineOf(ref) + shiftMs);
  return moved + 1;
}

function shiftFields(db: Database, root: Ref, shiftMs: number): number {
  const { arena, fieldDeadlines, keyspace } = db;
  if (root === NO_REF || fieldDeadlines === null) return 0;
  const header = arena.words[root >>> CHUNK_SHIFT];
  if (header[((root & UNIT_MASK) << 1) + HEADER_INDEX] === 0) return 0;
  const fields = new MemberTable();
  const found = new RefList();
  fields.open(arena, keyspace.seed, root);
  let position = 0;
  do position = fields.scanStep(position, found, SLOTS_PER_STEP);
  while (position !== 0);
  let moved = 0;
  for (let i = 0; i < found.length; i++) {
    const field = found.refs[i];
    if ((flagsOf(arena, field) & FLAG_DEADLINE) === 0) continue;
    const deadlineMs = deadlineOf(arena, field) + shiftMs;
    fieldDeadlines.remove(root, field);
    fieldDeadlines.add(root, field, deadlineMs);
    moved++;
  }
  return moved;
}
