// Collections as Redis 7.0 serialises them, so that every server from there on reads them: small
// ones packed as they are reported (a set in a listpack goes as plain members, because 7.0 knows
// no such set), large ones element by element. Only a hash whose fields have deadlines needs
// Valkey 9. Invariant: reading back what was written gives an equal value.

import {
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
} from '../../keyspace/encodings.js';
import type { CollectionCursor } from '../../keyspace/values/collection.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parsed, splitInteger64 } from '../../util/numbers.js';
import { ByteWriter } from './byte-writer.js';
import { intsetWidth, writeIntsetHeader, writeIntsetInteger } from './intset.js';
import { ListpackWriter } from './listpack.js';
import { writeRdbLength } from './rdb-length.js';
import { RDB_VERSION_FIELD_DEADLINES, RDB_VERSION_WRITTEN } from './rdb-payload.js';
import { writeRdbString } from './rdb-string.js';
import {
  QUICKLIST_NODE_PACKED,
  RDB_HASH,
  RDB_HASH_2,
  RDB_HASH_LISTPACK,
  RDB_LIST_QUICKLIST_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
} from './rdb-value-types.js';

/** What Redis's list nodes hold by default; a longer element has a node of its own. */
const NODE_BYTES_MAX = 8192;
const TWO_32 = 4294967296;

const listpack = new ListpackWriter();
const blob = new ByteWriter();
const number = new ByteSlice();

/** Appends one string. */
function writeText(writer: ByteWriter, text: ByteSlice, compress: boolean): void {
  writeRdbString(writer, text.bytes, text.at, text.length, compress);
}

function pack(text: ByteSlice): void {
  listpack.append(text.bytes, text.at, text.length);
}

function writeListpack(writer: ByteWriter, compress: boolean): void {
  const bytes = listpack.finish();
  writeRdbString(writer, bytes, 0, bytes.length, compress);
}

/** The number of nodes comes first, so they are put together before they go to `writer`. */
function writeList(writer: ByteWriter, list: CollectionCursor, compress: boolean): void {
  const nodes = new ByteWriter();
  let count = 0;
  const flush = (): void => {
    if (listpack.count === 0) return;
    writeRdbLength(nodes, QUICKLIST_NODE_PACKED);
    writeListpack(nodes, compress);
    listpack.clear();
    count++;
  };
  listpack.clear();
  while (list.next()) {
    if (listpack.length + list.element.length > NODE_BYTES_MAX) flush();
    pack(list.element);
  }
  flush();
  writer.writeByte(RDB_LIST_QUICKLIST_2);
  writeRdbLength(writer, count);
  writer.writeBytes(nodes.bytes, 0, nodes.length);
}

function writeSet(writer: ByteWriter, set: CollectionCursor, compress: boolean): void {
  writer.writeByte(RDB_SET);
  writeRdbLength(writer, set.count);
  while (set.next()) writeText(writer, set.element, compress);
}

/** The members are integers, and come in ascending order. */
function writeIntset(writer: ByteWriter, set: CollectionCursor, compress: boolean): void {
  let width = 0;
  while (set.next()) {
    splitInteger64(set.element.bytes, set.element.at, set.element.length);
    width = Math.max(width, intsetWidth(parsed.low, parsed.high));
  }
  blob.clear();
  writeIntsetHeader(blob, width, set.count);
  set.rewind();
  while (set.next()) {
    splitInteger64(set.element.bytes, set.element.at, set.element.length);
    writeIntsetInteger(blob, width, parsed.low, parsed.high);
  }
  writer.writeByte(RDB_SET_INTSET);
  writeRdbString(writer, blob.bytes, 0, blob.length, compress);
}

function writePackedZset(writer: ByteWriter, zset: CollectionCursor, compress: boolean): void {
  listpack.clear();
  while (zset.next()) {
    pack(zset.element);
    const { score } = zset;
    if (Number.isSafeInteger(score) && !Object.is(score, -0)) {
      listpack.appendInteger(score | 0, Math.floor(score / TWO_32));
    } else {
      pack(number.ofDouble(score));
    }
  }
  writer.writeByte(RDB_ZSET_LISTPACK);
  writeListpack(writer, compress);
}

function writeZset(writer: ByteWriter, zset: CollectionCursor, compress: boolean): void {
  writer.writeByte(RDB_ZSET_2);
  writeRdbLength(writer, zset.count);
  while (zset.next()) {
    writeText(writer, zset.element, compress);
    writer.writeDoubleLe(zset.score);
  }
}

function writePackedHash(writer: ByteWriter, hash: CollectionCursor, compress: boolean): void {
  listpack.clear();
  while (hash.next()) {
    pack(hash.element);
    pack(hash.value);
  }
  writer.writeByte(RDB_HASH_LISTPACK);
  writeListpack(writer, compress);
}

/** @returns whether some field has a deadline */
function hasDeadlines(hash: CollectionCursor): boolean {
  hash.rewind();
  while (hash.next()) if (hash.deadlineMs >= 0) return true;
  return false;
}

/** A deadline is 64 bits of unix ms; -1 says that the field has none. */
function writeDeadline(writer: ByteWriter, deadlineMs: number): void {
  writer.writeUint32Le(deadlineMs | 0);
  writer.writeUint32Le(Math.floor(deadlineMs / TWO_32));
}

/** Fields that have expired and are still there go along: they count until they are gone. */
function writeHash(
  writer: ByteWriter,
  hash: CollectionCursor,
  compress: boolean,
  withDeadlines: boolean,
): void {
  writer.writeByte(withDeadlines ? RDB_HASH_2 : RDB_HASH);
  writeRdbLength(writer, hash.count);
  while (hash.next()) {
    writeText(writer, hash.element, compress);
    writeText(writer, hash.value, compress);
    if (withDeadlines) writeDeadline(writer, hash.deadlineMs);
  }
}

/**
 * Appends type byte and value of a collection.
 * @param cursor opened on it
 * @param type TYPE_LIST, TYPE_SET, TYPE_ZSET or TYPE_HASH
 * @param encoding ENCODING_*, as reported
 * @param compress the server's `rdbcompression`
 * @returns the oldest RDB version that knows this form
 */
export function writeRdbCollection(
  writer: ByteWriter,
  cursor: CollectionCursor,
  type: number,
  encoding: number,
  compress: boolean,
): number {
  const withDeadlines = type === TYPE_HASH && hasDeadlines(cursor);
  cursor.rewind();
  const isPacked = encoding === ENCODING_LISTPACK && !withDeadlines;
  if (type === TYPE_LIST) {
    writeList(writer, cursor, compress);
  } else if (type === TYPE_SET) {
    if (encoding === ENCODING_INTSET) writeIntset(writer, cursor, compress);
    else writeSet(writer, cursor, compress);
  } else if (type === TYPE_ZSET) {
    if (isPacked) writePackedZset(writer, cursor, compress);
    else writeZset(writer, cursor, compress);
  } else if (isPacked) {
    writePackedHash(writer, cursor, compress);
  } else {
    writeHash(writer, cursor, compress, withDeadlines);
  }
  return withDeadlines ? RDB_VERSION_FIELD_DEADLINES : RDB_VERSION_WRITTEN;
}
