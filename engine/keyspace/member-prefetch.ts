// Brings the members that the next commands will look up in one large hash, set or sorted set into
// the processor's caches, as `Database.prefetch` does with keys. Changes nothing but the hash of
// the first command's key, which is looked up for it.

import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { hashBytes } from '../memory/hash.js';
import { MemberTable } from '../memory/member-table.js';
import type { Args } from '../util/args.js';
import { equalView } from '../util/bytes.js';
import type { Database } from './database.js';
import { TYPE_HASH, TYPE_SET, TYPE_ZSET } from './encodings.js';

/** A smaller table is in the caches anyway. */
const MEMBERS_MIN = 4096;
const MEMBER_MAX_BYTES = 64;
const COMMANDS_MAX = 32;

const table = new MemberTable();
const hashes = new Int32Array(COMMANDS_MAX);
const records = new Int32Array(COMMANDS_MAX);

/**
 * @param commands argument 1 is taken for a key; where it is that of the first command too, the
 *   argument where most commands on such a collection have a member is taken for one
 * @returns what was read: a use, so that no compiler leaves the reads out
 */
export function prefetchMembers(db: Database, commands: readonly Args[], count: number): number {
  const first = commands[0];
  const key = first.count < 3 ? NO_REF : tableKeyOf(db, first);
  const root = key === NO_REF ? NO_REF : db.rootOf(key);
  if (root === NO_REF) return 0;
  const { arena, keyspace } = db;
  table.open(arena, keyspace.seed, root);
  if (table.count < MEMBERS_MIN) return 0;
  // ZADD and ZINCRBY have a number before the member.
  const index = db.typeOf(key) === TYPE_ZSET ? 3 : 2;
  let found = 0;
  for (let i = 0; i < count && found < COMMANDS_MAX; i++) {
    const args = commands[i];
    if (args.count < 3 || !hasSameKey(args, first)) continue;
    const member = Math.min(index, args.count - 1);
    if (args.length[member] > MEMBER_MAX_BYTES) continue;
    hashes[found++] = hashBytes(keyspace.seed, args.view, args.at[member], args.length[member]);
  }
  let sum = 0;
  for (let i = 0; i < found; i++) sum ^= table.touch(hashes[i]);
  for (let i = 0; i < found; i++) records[i] = table.peek(hashes[i]);
  for (let i = 0; i < found; i++) {
    const ref = records[i];
    if (ref !== NO_REF) sum ^= arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1];
  }
  return sum;
}

/** @returns the record of the key that is argument 1, if it is of a type that may have a table */
function tableKeyOf(db: Database, args: Args): Ref {
  const ref = db.find(args, 1);
  args.hash = db.hash;
  args.hashedIndex = 1;
  if (ref === NO_REF) return NO_REF;
  const type = db.typeOf(ref);
  return type === TYPE_HASH || type === TYPE_SET || type === TYPE_ZSET ? ref : NO_REF;
}

function hasSameKey(a: Args, b: Args): boolean {
  if (a === b) return true;
  if (a.length[1] !== b.length[1]) return false;
  return equalView(a.view, a.at[1], b.view, b.at[1], a.length[1]);
}
