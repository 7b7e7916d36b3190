// String values in records. A string that is a 64-bit integer in its shortest decimal form is kept
// as eight bytes of payload (encoding `int`), any other one as bytes in place (`embstr`, or `raw`
// when it is long or was edited). Invariant: what is read back is byte for byte what was written.

import { CHUNK_SHIFT, type Ref } from '../memory/chunks.js';
import { FLAG_PAYLOAD, payloadWordOf, valueAtOf, valueLengthOf } from '../memory/record.js';
import type { Args } from '../util/args.js';
import { copyBytes, copyView, EMPTY_BYTES } from '../util/bytes.js';
import { parsed, splitInteger64, writeInteger64 } from '../util/numbers.js';
import type { Database } from './database.js';
import {
  EMBSTR_MAX_BYTES,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW,
  TYPE_STRING,
} from './encodings.js';

const INTEGER_DIGITS_MAX = 20;
const KIND_INT = TYPE_STRING | (ENCODING_INT << 4);
const KIND_EMBSTR = TYPE_STRING | (ENCODING_EMBSTR << 4);
const KIND_RAW = TYPE_STRING | (ENCODING_RAW << 4);

/** The bytes of a string value; valid until the database changes or the view is filled again. */
export class StringView {
  bytes: Buffer = EMPTY_BYTES;
  at = 0;
  length = 0;
  private readonly digits = Buffer.alloc(INTEGER_DIGITS_MAX + 4);

  /** Points this view at the string in record `ref`; integers are printed into its own buffer. */
  open(db: Database, ref: Ref): void {
    const words = db.arena.words[ref >>> CHUNK_SHIFT];
    if (db.encodingOf(ref) === ENCODING_INT) {
      const at = payloadWordOf(db.arena, ref);
      this.bytes = this.digits;
      this.at = 0;
      this.length = writeInteger64(this.digits, 0, words[at], words[at + 1]);
    } else {
      this.bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
      this.at = valueAtOf(db.arena, ref);
      this.length = valueLengthOf(db.arena, ref);
    }
  }
}

/**
 * Makes the key that is argument `index`, looked up last as `ref`, hold what argument `value` is.
 */
export function putString(
  db: Database,
  ref: Ref,
  args: Args,
  index: number,
  value: number,
  keepDeadline: boolean,
): Ref {
  const at = args.at[value];
  const length = args.length[value];
  if (length <= INTEGER_DIGITS_MAX && splitInteger64(args.bytes, at, length)) {
    return putInteger64(db, ref, args, index, parsed.low, parsed.high, keepDeadline);
  }
  const target = db.store(ref, args, index, kindFor(length), 0, length, keepDeadline);
  const to = db.arena.views[target >>> CHUNK_SHIFT];
  copyView(args.view, at, to, valueAtOf(db.arena, target), length);
  return target;
}

/** As `putString`, for a value that is not among the arguments, nor in this database's arena. */
export function putBytes(
  db: Database,
  ref: Ref,
  args: Args,
  index: number,
  bytes: Uint8Array,
  keepDeadline: boolean,
): Ref {
  const { length } = bytes;
  if (length <= INTEGER_DIGITS_MAX && splitInteger64(bytes, 0, length)) {
    return putInteger64(db, ref, args, index, parsed.low, parsed.high, keepDeadline);
  }
  const target = db.store(ref, args, index, kindFor(length), 0, length, keepDeadline);
  copyBytes(bytes, 0, db.arena.bytes[target >>> CHUNK_SHIFT], valueAtOf(db.arena, target), length);
  return target;
}

function kindFor(length: number): number {
  return length <= EMBSTR_MAX_BYTES ? KIND_EMBSTR : KIND_RAW;
}

/**
 * Makes room for a string that stays `raw` even when it is short or a number, as `putString` does;
 * the caller writes its `length` bytes at `valueAtOf`.
 */
export function putRawString(
  db: Database,
  ref: Ref,
  args: Args,
  index: number,
  length: number,
  keepDeadline: boolean,
): Ref {
  return db.store(ref, args, index, KIND_RAW, 0, length, keepDeadline);
}

/** As `putString`, for a 64-bit integer given as two's complement halves. */
export function putInteger64(
  db: Database,
  ref: Ref,
  args: Args,
  index: number,
  low: number,
  high: number,
  keepDeadline: boolean,
): Ref {
  const target = db.store(ref, args, index, KIND_INT, FLAG_PAYLOAD, 0, keepDeadline);
  const words = db.arena.words[target >>> CHUNK_SHIFT];
  const at = payloadWordOf(db.arena, target);
  words[at] = low;
  words[at + 1] = high;
  return target;
}

/** @returns the low half of an `int` string; signed */
export function integerLow(db: Database, ref: Ref): number {
  return db.arena.words[ref >>> CHUNK_SHIFT][payloadWordOf(db.arena, ref)];
}

/** @returns the high half of an `int` string; signed */
export function integerHigh(db: Database, ref: Ref): number {
  return db.arena.words[ref >>> CHUNK_SHIFT][payloadWordOf(db.arena, ref) + 1];
}
