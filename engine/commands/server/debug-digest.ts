// DEBUG DIGEST and DIGEST-VALUE: a fingerprint of the dataset, and of single values. Two datasets
// have the same fingerprint when they hold the same keys with the same values and deadlines,
// whatever the order in which they were filled; encodings do not matter.
//
// Each key's SHA-1 over database, key, type, deadline and value is added up, modulo 2^160, so the
// order of the walk cannot matter and, unlike with an exclusive or, no two keys cancel out.

import { createHash } from 'node:crypto';
import type { Context } from '../../contract/context.js';
import type { Database } from '../../keyspace/database.js';
import { TYPE_NAMES, TYPE_STRING } from '../../keyspace/encodings.js';
import { StringView } from '../../keyspace/strings.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { RefList } from '../../memory/hash-table.js';
import { keyAtOf, keyLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';

const DIGEST_BYTES = 20;

const view = new StringView();
const found = new RefList();

/** @returns the SHA-1 of a prefix and of the record's type, deadline and value */
function recordDigest(db: Database, ref: Ref, prefix: readonly Uint8Array[]): Buffer {
  const type = db.typeOf(ref);
  assert(type === TYPE_STRING, 'a digest is known for every type that can be stored');
  const hash = createHash('sha1');
  for (const part of prefix) hash.update(part);
  hash.update(`${TYPE_NAMES[type]} ${db.deadlineOf(ref)} `);
  view.open(db, ref);
  return hash.update(view.bytes.subarray(view.at, view.at + view.length)).digest();
}

/** Adds big-endian numbers of DIGEST_BYTES: `sum` becomes sum + value. */
function add(sum: Buffer, value: Buffer): void {
  let carry = 0;
  for (let i = DIGEST_BYTES - 1; i >= 0; i--) {
    const digit = sum[i] + value[i] + carry;
    sum[i] = digit & 0xff;
    carry = digit >>> 8;
  }
}

function addDatabase(sum: Buffer, db: Database): void {
  const { arena } = db;
  let position = 0;
  do {
    found.clear();
    position = db.table.scanStep(position, found);
    for (let i = 0; i < found.length; i++) {
      const ref = found.refs[i];
      if (db.isExpired(ref)) continue;
      const length = keyLengthOf(arena, ref);
      const at = keyAtOf(arena, ref);
      const key = arena.bytes[ref >>> CHUNK_SHIFT].subarray(at, at + length);
      // With its length, no key can look like the beginning of another one's text.
      add(sum, recordDigest(db, ref, [Buffer.from(`${db.index} ${length} `), key]));
    }
  } while (position !== 0);
}

export function debugDigestCommand(ctx: Context): void {
  const sum = Buffer.alloc(DIGEST_BYTES);
  for (const db of ctx.keyspace.databases) addDatabase(sum, db);
  ctx.reply.status(sum.toString('hex'));
}

/** Absent keys have the digest of nothing: zeros. */
export function debugDigestValueCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const ref = db.find(args, i);
    const digest = ref === NO_REF ? Buffer.alloc(DIGEST_BYTES) : recordDigest(db, ref, []);
    reply.status(digest.toString('hex'));
  }
}
