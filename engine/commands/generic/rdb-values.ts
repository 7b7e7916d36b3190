// What DUMP writes and RESTORE reads, type by type: Redis's own serialisation of one value.
// Invariant: a value is read to its end, and found good, before anything in the database changes.

import type { Database } from '../../keyspace/database.js';
import { TYPE_STRING } from '../../keyspace/encodings.js';
import { putBytes, StringView } from '../../keyspace/strings.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { ByteReader } from '../../snapshot/rdb/byte-reader.js';
import type { ByteWriter } from '../../snapshot/rdb/byte-writer.js';
import { readRdbString, writeRdbString } from '../../snapshot/rdb/rdb-string.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';

/** Appends type byte and value of a record. `compress` is the server's `rdbcompression`. */
type WriteValue = (writer: ByteWriter, db: Database, ref: Ref, compress: boolean) => void;

/** Makes the absent key that is argument `index`, looked up last, hold a value that was read. */
export type StoreValue = (db: Database, args: Args, index: number) => Ref;

/** @returns null when the value is malformed or the reader failed */
type ReadValue = (reader: ByteReader) => StoreValue | null;

const RDB_TYPE_STRING = 0;

function writeString(writer: ByteWriter, db: Database, ref: Ref, compress: boolean): void {
  const view = new StringView();
  view.open(db, ref);
  writer.writeByte(RDB_TYPE_STRING);
  writeRdbString(writer, view.bytes, view.at, view.length, compress);
}

function readString(reader: ByteReader): StoreValue | null {
  const bytes = readRdbString(reader);
  if (bytes === null) return null;
  return (db, args, index) => putBytes(db, NO_REF, args, index, bytes, false);
}

const WRITERS: ReadonlyMap<number, WriteValue> = new Map([[TYPE_STRING, writeString]]);
const READERS: ReadonlyMap<number, ReadValue> = new Map([[RDB_TYPE_STRING, readString]]);

export function writeRdbValue(writer: ByteWriter, db: Database, ref: Ref, compress: boolean): void {
  const write = WRITERS.get(db.typeOf(ref));
  assert(write !== undefined, 'every type that can be stored can be dumped');
  write(writer, db, ref, compress);
}

/**
 * Reads type byte and value.
 * @returns what stores the value; null when its type is unknown or it is malformed
 */
export function readRdbValue(reader: ByteReader): StoreValue | null {
  const type = reader.readByte();
  if (reader.failed) return null;
  return READERS.get(type)?.(reader) ?? null;
}
