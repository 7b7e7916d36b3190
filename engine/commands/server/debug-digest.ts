// DEBUG DIGEST and DIGEST-VALUE: a fingerprint of the dataset, and of single values. Two datasets
// have the same fingerprint when they hold the same keys with the same values and deadlines,
// whatever the order in which they were filled; encodings do not matter.
//
// Each key's SHA-1 over database, key, type, deadline and value is added up, modulo 2^160, so the
// order of the walk cannot matter and, unlike with an exclusive or, no two keys cancel out. The
// same is done for the elements of hashes, sets and sorted sets; those of a list have an order.

import { createHash, type Hash } from 'node:crypto';
import type { Context } from '../../contract/context.js';
import type { Database } from '../../keyspace/database.js';
import {
  TYPE_HASH,
  TYPE_LIST,
  TYPE_NAMES,
  TYPE_STRING,
  TYPE_ZSET,
} from '../../keyspace/encodings.js';
import { StringView } from '../../keyspace/strings.js';
import { collectionOf } from '../../keyspace/values/collections.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { keyAtOf, keyLengthOf } from '../../memory/record.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { formatDouble } from '../../util/doubles.js';

const DIGEST_BYTES = 20;

const view = new StringView();
const found = new RefList();

/** @returns the SHA-1 of a prefix and of the record's type, deadline and value */
function recordDigest(db: Database, ref: Ref, prefix: readonly Uint8Array[]): Buffer {
  const type = db.typeOf(ref);
  const hash = createHash('sha1');
  for (const part of prefix) hash.update(part);
  hash.update(`${TYPE_NAMES[type]} ${db.deadlineOf(ref)} `);
  if (type === TYPE_STRING) {
    view.open(db, ref);
    hash.update(view.bytes.subarray(view.at, view.at + view.length));
  } else if (type === TYPE_LIST) {
    addList(hash, db, ref);
  } else {
    hash.update(membersDigest(db, ref));
  }
  return hash.digest();
}

/** With its length, no element can look like the begin of the next one. */
function addSlice(hash: Hash, { bytes, at, length }: ByteSlice): void {
  hash.update(`${length} `).update(bytes.subarray(at, at + length));
}

function addList(hash: Hash, db: Database, ref: Ref): void {
  const { cursor } = collectionOf(TYPE_LIST);
  cursor.open(db, ref);
  cursor.rewind();
  while (cursor.next()) addSlice(hash, cursor.element);
}

/** @returns the sum of the digests of all members */
function membersDigest(db: Database, ref: Ref): Buffer {
  const type = db.typeOf(ref);
  const { cursor } = collectionOf(type);
  const sum = Buffer.alloc(DIGEST_BYTES);
  cursor.open(db, ref);
  cursor.rewind();
  while (cursor.next()) {
    const hash = createHash('sha1');
    addSlice(hash, cursor.element);
    if (type === TYPE_ZSET) hash.update(formatDouble(cursor.score));
    if (type === TYPE_HASH) {
      addSlice(hash, cursor.value);
      hash.update(String(cursor.deadlineMs));
    }
    add(sum, hash.digest());
  }
  return sum;
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
