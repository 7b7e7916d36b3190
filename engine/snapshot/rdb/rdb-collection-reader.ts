// Collections in every form that a Redis up to 7.2 or a Valkey up to 9 has written them in, read
// into `RdbElements`. Invariant: what `readRdbCollection` gives is good as a whole: not empty, no
// member twice, every field with a value, every score a number.

import type { HashSeed } from '../../memory/hash.js';
import { parseDouble } from '../../util/doubles.js';
import type { ByteReader } from './byte-reader.js';
import { readIntset } from './intset.js';
import { readListpack } from './listpack.js';
import { RdbElements } from './rdb-elements.js';
import { readRdbLength } from './rdb-length.js';
import { readRdbString } from './rdb-string.js';
import {
  QUICKLIST_NODE_PACKED,
  QUICKLIST_NODE_PLAIN,
  RDB_HASH,
  RDB_HASH_2,
  RDB_HASH_LISTPACK,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
} from './rdb-value-types.js';
import { readZiplist } from './ziplist.js';
import { readZipmap } from './zipmap.js';

export type RdbCollectionKind = 'list' | 'set' | 'hash' | 'sorted set';

export interface RdbCollection {
  readonly kind: RdbCollectionKind;
  readonly elements: RdbElements;
  /** How many elements belong to one: 2 where a value or a packed score follows each. */
  readonly stride: 1 | 2;
}

/** Text scores of RDB_ZSET: lengths that stand for a value. */
const SCORE_NAN = 253;
const SCORE_INFINITY = 254;
const SCORE_MINUS_INFINITY = 255;
const DEADLINE_HIGH_MAX = 0x1fffff;
const TWO_32 = 4294967296;

/** Adds elements. @returns false when the value is malformed or too large */
type ReadElements = (reader: ByteReader, elements: RdbElements) => boolean;

/** Adds the elements of a blob. @returns how many, or -1 */
type ReadBlob = (blob: Uint8Array, elements: RdbElements) => number;

function readText(reader: ByteReader, elements: RdbElements): boolean {
  const text = readRdbString(reader);
  return text !== null && elements.add(text, 0, text.length);
}

/** `stride` strings for each element that the length at the start announces. */
function readTexts(reader: ByteReader, elements: RdbElements, stride: number): boolean {
  const count = readRdbLength(reader) * stride;
  for (let i = 0; i < count; i++) if (!readText(reader, elements)) return false;
  return !reader.failed;
}

/** @returns NaN when it is none; the reader may then have failed */
function readTextScore(reader: ByteReader): number {
  const length = reader.readByte();
  if (reader.failed || length === SCORE_NAN) return Number.NaN;
  if (length === SCORE_INFINITY) return Number.POSITIVE_INFINITY;
  if (length === SCORE_MINUS_INFINITY) return Number.NEGATIVE_INFINITY;
  const from = reader.skip(length);
  return from < 0 ? Number.NaN : (parseDouble(reader.bytes, from, length) ?? Number.NaN);
}

function readScored(
  reader: ByteReader,
  elements: RdbElements,
  readScore: (reader: ByteReader) => number,
): boolean {
  const count = readRdbLength(reader);
  for (let i = 0; i < count; i++) {
    if (!readText(reader, elements)) return false;
    const score = readScore(reader);
    if (reader.failed || Number.isNaN(score)) return false;
    elements.addNumber(score);
  }
  return !reader.failed;
}

/** @returns unix ms, -1 for no deadline; NaN when it is neither */
function readDeadline(reader: ByteReader): number {
  const low = reader.readUint32Le();
  const high = reader.readUint32Le();
  if ((low & high) >>> 0 === TWO_32 - 1) return -1;
  return high > DEADLINE_HIGH_MAX ? Number.NaN : high * TWO_32 + low;
}

function readFieldsWithDeadlines(reader: ByteReader, elements: RdbElements): boolean {
  const count = readRdbLength(reader);
  for (let i = 0; i < count; i++) {
    if (!readText(reader, elements) || !readText(reader, elements)) return false;
    const deadlineMs = readDeadline(reader);
    if (reader.failed || Number.isNaN(deadlineMs)) return false;
    elements.addNumber(deadlineMs);
  }
  return !reader.failed;
}

function inBlob(readBlob: ReadBlob): ReadElements {
  return (reader, elements) => {
    const blob = readRdbString(reader);
    return blob !== null && readBlob(blob, elements) >= 0;
  };
}

/** A packed sorted set: each member is followed by its score. */
function inScoredBlob(readBlob: ReadBlob): ReadElements {
  const read = inBlob(readBlob);
  return (reader, elements) =>
    read(reader, elements) && elements.count % 2 === 0 && elements.takeScores();
}

/** Empty nodes are passed over, as Redis does, who has written such. */
function readQuicklist(reader: ByteReader, elements: RdbElements): boolean {
  const nodes = readRdbLength(reader);
  for (let i = 0; i < nodes; i++) {
    const blob = readRdbString(reader);
    if (blob === null || readZiplist(blob, elements) < 0) return false;
  }
  return !reader.failed;
}

function readQuicklist2(reader: ByteReader, elements: RdbElements): boolean {
  const nodes = readRdbLength(reader);
  for (let i = 0; i < nodes; i++) {
    const container = readRdbLength(reader);
    const blob = readRdbString(reader);
    if (blob === null || blob.length === 0) return false;
    if (container === QUICKLIST_NODE_PLAIN) {
      if (!elements.add(blob, 0, blob.length)) return false;
    } else if (container !== QUICKLIST_NODE_PACKED || readListpack(blob, elements) < 0) {
      return false;
    }
  }
  return !reader.failed;
}

interface Form {
  readonly kind: RdbCollectionKind;
  readonly stride: 1 | 2;
  readonly read: ReadElements;
}

const readList: ReadElements = (reader, elements) => readTexts(reader, elements, 1);
const readPairs: ReadElements = (reader, elements) => readTexts(reader, elements, 2);
const readTextScored: ReadElements = (reader, elements) =>
  readScored(reader, elements, readTextScore);
const readDoubleScored: ReadElements = (reader, elements) =>
  readScored(reader, elements, (from) => from.readDoubleLe());

const FORMS: ReadonlyMap<number, Form> = new Map<number, Form>([
  [RDB_LIST, { kind: 'list', stride: 1, read: readList }],
  [RDB_LIST_ZIPLIST, { kind: 'list', stride: 1, read: inBlob(readZiplist) }],
  [RDB_LIST_QUICKLIST, { kind: 'list', stride: 1, read: readQuicklist }],
  [RDB_LIST_QUICKLIST_2, { kind: 'list', stride: 1, read: readQuicklist2 }],
  [RDB_SET, { kind: 'set', stride: 1, read: readList }],
  [RDB_SET_INTSET, { kind: 'set', stride: 1, read: inBlob(readIntset) }],
  [RDB_SET_LISTPACK, { kind: 'set', stride: 1, read: inBlob(readListpack) }],
  [RDB_HASH, { kind: 'hash', stride: 2, read: readPairs }],
  [RDB_HASH_ZIPMAP, { kind: 'hash', stride: 2, read: inBlob(readZipmap) }],
  [RDB_HASH_ZIPLIST, { kind: 'hash', stride: 2, read: inBlob(readZiplist) }],
  [RDB_HASH_LISTPACK, { kind: 'hash', stride: 2, read: inBlob(readListpack) }],
  [RDB_HASH_2, { kind: 'hash', stride: 2, read: readFieldsWithDeadlines }],
  [RDB_ZSET, { kind: 'sorted set', stride: 1, read: readTextScored }],
  [RDB_ZSET_2, { kind: 'sorted set', stride: 1, read: readDoubleScored }],
  [RDB_ZSET_ZIPLIST, { kind: 'sorted set', stride: 2, read: inScoredBlob(readZiplist) }],
  [RDB_ZSET_LISTPACK, { kind: 'sorted set', stride: 2, read: inScoredBlob(readListpack) }],
]);

/**
 * Reads a collection behind its type byte, and checks it.
 * @param seed of the hashes that duplicates are looked for with
 * @returns null when the type is not a collection's, the value is malformed, or no memory can
 *   hold it
 */
export function readRdbCollection(
  type: number,
  reader: ByteReader,
  seed: HashSeed,
): RdbCollection | null {
  const form = FORMS.get(type);
  if (form === undefined) return null;
  const elements = new RdbElements();
  if (!form.read(reader, elements)) return null;
  if (elements.count === 0 || elements.count % form.stride !== 0) return null;
  if (form.kind !== 'list' && !elements.areDistinct(form.stride, seed)) return null;
  return { kind: form.kind, elements, stride: form.stride };
}
