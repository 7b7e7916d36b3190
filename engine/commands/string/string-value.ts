// String values between the arena and a reply: whole, in part, as an integer, made longer.
// Invariant: nothing here keeps a chunk of the arena alive or allocates.

import type { Context } from '../../contract/context.js';
import { ERR_STRING_TOO_LONG, WRONGTYPE } from '../../contract/errors.js';
import type { Reply } from '../../contract/reply.js';
import type { Database } from '../../keyspace/database.js';
import { ENCODING_INT, ENCODING_RAW, TYPE_STRING } from '../../keyspace/encodings.js';
import { integerHigh, integerLow, putRawString } from '../../keyspace/strings.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import {
  FLAG_LONG,
  KEY_OFFSET,
  LAYOUT_MASK,
  valueAtOf,
  valueLengthOf,
} from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { copyBytes } from '../../util/bytes.js';
import {
  decimalLength,
  INTEGER64_TEXT_MAX,
  parsed,
  splitInteger64,
  writeInteger64,
} from '../../util/numbers.js';

const TWO_32 = 4294967296;
/** High halves from here up to its negative belong to safe integers, -2^53 apart. */
const SAFE_HIGH_MIN = -0x200000;

const digits = Buffer.alloc(INTEGER64_TEXT_MAX);

/** @returns the 64-bit integer with these halves; NaN when it is not a safe integer */
export function safeInteger(low: number, high: number): number {
  if (high < SAFE_HIGH_MIN || high >= -SAFE_HIGH_MIN) return Number.NaN;
  const value = high * TWO_32 + (low >>> 0);
  return value < Number.MIN_SAFE_INTEGER ? Number.NaN : value;
}

/** @returns the 64-bit integer with these halves */
export function bigInteger(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** @returns whether the record holds a string; if not, the error has been replied */
export function requireString(ctx: Context, ref: Ref): boolean {
  if (ctx.db.typeOf(ref) === TYPE_STRING) return true;
  ctx.reply.error(WRONGTYPE);
  return false;
}

/** Replies the string in record `ref`. */
export function replyString(reply: Reply, db: Database, ref: Ref): void {
  const { arena } = db;
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const at = (ref & UNIT_MASK) << 1;
  if (((words[at] >>> 4) & 15) !== ENCODING_INT) {
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const shape = words[at + 1];
    if ((shape & FLAG_LONG) === 0) {
      // Most strings: both lengths are in the word that also says where the key begins.
      const keyAt = (at << 2) + KEY_OFFSET[shape & LAYOUT_MASK];
      reply.bulkView(view, keyAt + ((shape >>> 8) & 0xff), shape >>> 16);
    } else {
      reply.bulkView(view, valueAtOf(arena, ref), valueLengthOf(arena, ref));
    }
    return;
  }
  const value = safeInteger(integerLow(db, ref), integerHigh(db, ref));
  if (Number.isNaN(value)) reply.bulk(digits, 0, printInteger(db, ref));
  else reply.bulkInteger(value);
}

/** Replies `length` bytes from `from` on of the string in record `ref`; they must exist. */
export function replyStringPart(
  reply: Reply,
  db: Database,
  ref: Ref,
  from: number,
  length: number,
): void {
  if (db.encodingOf(ref) === ENCODING_INT) {
    printInteger(db, ref);
    reply.bulk(digits, from, length);
  } else {
    const bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
    reply.bulk(bytes, valueAtOf(db.arena, ref) + from, length);
  }
}

/** Writes an `int` string's text at the start of `digits`. @returns its length */
function printInteger(db: Database, ref: Ref): number {
  return writeInteger64(digits, 0, integerLow(db, ref), integerHigh(db, ref));
}

/** @returns the bytes of the string in record `ref`, as text where it is kept as an integer */
export function stringLength(db: Database, ref: Ref): number {
  if (db.encodingOf(ref) !== ENCODING_INT) return valueLengthOf(db.arena, ref);
  const value = safeInteger(integerLow(db, ref), integerHigh(db, ref));
  return Number.isNaN(value) ? printInteger(db, ref) : decimalLength(value);
}

/**
 * Makes the string at argument 1, looked up last as `ref`, a `raw` one of at least its present
 * length; bytes beyond the present ones are left for the caller to write. Counts as a change.
 * @returns the record, which may have moved
 */
export function growString(db: Database, ref: Ref, args: Args, length: number): Ref {
  if (db.encodingOf(ref) !== ENCODING_INT) {
    const grown = db.resizeValue(ref, length);
    db.setEncoding(grown, ENCODING_RAW);
    return grown;
  }
  const textLength = printInteger(db, ref);
  const { arena } = db;
  const grown = putRawString(db, ref, args, 1, length, true);
  copyBytes(digits, 0, arena.bytes[grown >>> CHUNK_SHIFT], valueAtOf(arena, grown), textLength);
  return grown;
}

/**
 * @param length the bytes before those that are added
 * @returns whether a string may become that long; if not, the error has been replied
 */
export function mayGrow(ctx: Context, length: number, addedLength: number): boolean {
  // What the log says was once allowed; a limit set since then must not lose it.
  if (!ctx.keyspace.expiresKeys) return true;
  if (length + addedLength <= ctx.config.number('proto-max-bulk-len')) return true;
  ctx.reply.error(ERR_STRING_TOO_LONG);
  return false;
}

/**
 * Leaves the string in record `ref` in `parsed`, as two halves of a 64-bit integer.
 * @returns false when it is no integer
 */
export function loadInteger64(db: Database, ref: Ref): boolean {
  if (db.encodingOf(ref) === ENCODING_INT) {
    parsed.low = integerLow(db, ref);
    parsed.high = integerHigh(db, ref);
    return true;
  }
  const { arena } = db;
  const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
  return splitInteger64(bytes, valueAtOf(arena, ref), valueLengthOf(arena, ref));
}
