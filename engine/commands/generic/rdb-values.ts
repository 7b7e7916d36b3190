// What DUMP writes and RESTORE reads, type by type: Redis's own serialisation of one value.
// Invariant: a value is read to its end, and found good, before anything in the database changes.

import type { Database } from '../../keyspace/database.js';
import {
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STRING,
  TYPE_ZSET,
} from '../../keyspace/encodings.js';
import { putBytes, StringView } from '../../keyspace/strings.js';
import { collectionOf } from '../../keyspace/values/collections.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { HashSeed } from '../../memory/hash.js';
import type { ByteReader } from '../../snapshot/rdb/byte-reader.js';
import type { ByteWriter } from '../../snapshot/rdb/byte-writer.js';
import {
  type RdbCollection,
  type RdbCollectionKind,
  readRdbCollection,
} from '../../snapshot/rdb/rdb-collection-reader.js';
import { writeRdbCollection } from '../../snapshot/rdb/rdb-collection-writer.js';
import { RDB_VERSION_WRITTEN } from '../../snapshot/rdb/rdb-payload.js';
import { readRdbString, writeRdbString } from '../../snapshot/rdb/rdb-string.js';
import { RDB_STRING } from '../../snapshot/rdb/rdb-value-types.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';

/** Makes the absent key that is argument `index`, looked up last, hold a value that was read. */
export type StoreValue = (db: Database, args: Args, index: number) => Ref;

const TYPES: Readonly<Record<RdbCollectionKind, number>> = {
  list: TYPE_LIST,
  set: TYPE_SET,
  hash: TYPE_HASH,
  'sorted set': TYPE_ZSET,
};
const NO_SCORE = 0;
const NO_DEADLINE = -1;

const string = new StringView();
const element = new ByteSlice();
const value = new ByteSlice();

/**
 * Appends type byte and value of a record.
 * @param compress the server's `rdbcompression`
 * @returns the oldest RDB version that knows this form
 */
export function writeRdbValue(
  writer: ByteWriter,
  db: Database,
  ref: Ref,
  compress: boolean,
): number {
  const type = db.typeOf(ref);
  if (type !== TYPE_STRING) {
    const { cursor } = collectionOf(type);
    cursor.open(db, ref);
    return writeRdbCollection(writer, cursor, type, db.encodingOf(ref), compress);
  }
  string.open(db, ref);
  writer.writeByte(RDB_STRING);
  writeRdbString(writer, string.bytes, string.at, string.length, compress);
  return RDB_VERSION_WRITTEN;
}

/**
 * Reads type byte and value, which must be all that there is.
 * @param seed of the hashes that duplicates are looked for with
 * @returns what stores the value; null when its type is unknown or it is malformed
 */
export function readRdbValue(reader: ByteReader, seed: HashSeed): StoreValue | null {
  const type = reader.readByte();
  if (reader.failed) return null;
  const store = type === RDB_STRING ? readString(reader) : readCollection(type, reader, seed);
  return reader.left() === 0 ? store : null;
}

function readString(reader: ByteReader): StoreValue | null {
  const bytes = readRdbString(reader);
  if (bytes === null) return null;
  return (db, args, index) => putBytes(db, NO_REF, args, index, bytes, false);
}

function readCollection(type: number, reader: ByteReader, seed: HashSeed): StoreValue | null {
  const collection = readRdbCollection(type, reader, seed);
  if (collection === null) return null;
  return (db, args, index) => storeCollection(collection, db, args, index);
}

function storeCollection(
  { kind, elements, stride }: RdbCollection,
  db: Database,
  args: Args,
  index: number,
): Ref {
  const { builder } = collectionOf(TYPES[kind]);
  const view = elements.view();
  builder.create(db, args, index, elements.count / stride);
  for (let i = 0, place = 0; i < elements.count; i += stride, place++) {
    elements.open(i, view, element);
    let score = NO_SCORE;
    let deadlineMs = NO_DEADLINE;
    if (kind === 'hash') {
      elements.open(i + 1, view, value);
      deadlineMs = elements.deadlineOf(place);
    } else if (kind === 'sorted set') {
      score = elements.numbers[place];
    }
    builder.append(element, value, score, deadlineMs);
  }
  return builder.ref;
}
