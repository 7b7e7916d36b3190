// One key of a snapshot as bytes, both ways; FORMAT.md beside this file gives the grammar. Key and
// value stand together in the record, so they are copied as one. Invariant: loading what was
// written gives a record with the same type, encoding, deadline, access bits, key and value.

import type { Database } from '../keyspace/database.js';
import { ENCODING_EMBSTR, ENCODING_INT, ENCODING_RAW, TYPE_STRING } from '../keyspace/encodings.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { putVarint } from '../log/entry-encoder.js';
import type { FrameBuffer } from '../log/frame-buffer.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import {
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_PAYLOAD,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  payloadWordOf,
  valueAtOf,
  valueLengthOf,
} from '../memory/record.js';
import { copyBytes, copyView, EMPTY_BYTES, ViewCache } from '../util/bytes.js';

/** Frame types of a snapshot. */
export const FRAME_SNAPSHOT_META = 16;
export const FRAME_SNAPSHOT_KEYS = 17;

const SHAPE_DEADLINE = 1;
const SHAPE_PAYLOAD = 2;
const DEADLINE_BYTES = 8;
const PAYLOAD_BYTES = 8;
const ACCESS_BYTES = 3;
/** Database index, kind, shape, access, deadline, payload and two lengths at their longest. */
const HEAD_MAX_BYTES = 5 + 1 + 1 + ACCESS_BYTES + DEADLINE_BYTES + PAYLOAD_BYTES + 2 * 5;

/** Kind, shape and access. */
const HEAD_MIN_BYTES = 1 + 1 + ACCESS_BYTES;
const VARINT_MAX_BYTES = 5;
const DOES_NOT_FIT = 'a key does not fit its frame';

const NO_KIND = 255;
/** By kind (type | encoding << 4): the shape of its value, or NO_KIND when there is none such. */
const SHAPE_OF_KIND = new Uint8Array(256).fill(NO_KIND);
SHAPE_OF_KIND[TYPE_STRING | (ENCODING_RAW << 4)] = 0;
SHAPE_OF_KIND[TYPE_STRING | (ENCODING_EMBSTR << 4)] = 0;
SHAPE_OF_KIND[TYPE_STRING | (ENCODING_INT << 4)] = SHAPE_PAYLOAD;

/** Appends the record as one entry of the snapshot. */
export function writeRecord(frames: FrameBuffer, db: Database, dbIndex: number, ref: Ref): void {
  const { arena } = db;
  const flags = flagsOf(arena, ref);
  const keyLength = keyLengthOf(arena, ref);
  const valueLength = valueLengthOf(arena, ref);
  const size = HEAD_MAX_BYTES + keyLength + valueLength;
  frames.beginEntry(FRAME_SNAPSHOT_KEYS, size);
  const to = frames.bytes;
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const word = words[(ref & UNIT_MASK) << 1];
  let at = putVarint(to, frames.at, dbIndex);
  to[at++] = word & 0xff;
  const shapeAt = at++;
  to[shapeAt] = 0;
  to[at++] = word >>> 8;
  to[at++] = word >>> 16;
  to[at++] = word >>> 24;
  if ((flags & FLAG_DEADLINE) !== 0) {
    to[shapeAt] |= SHAPE_DEADLINE;
    to.writeDoubleLE(deadlineOf(arena, ref), at);
    at += DEADLINE_BYTES;
  }
  if ((flags & FLAG_PAYLOAD) !== 0) {
    to[shapeAt] |= SHAPE_PAYLOAD;
    const payload = payloadWordOf(arena, ref);
    to.writeInt32LE(words[payload], at);
    to.writeInt32LE(words[payload + 1], at + 4);
    at += PAYLOAD_BYTES;
  }
  at = putVarint(to, at, keyLength);
  at = putVarint(to, at, valueLength);
  const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
  copyBytes(bytes, keyAtOf(arena, ref), to, at, keyLength + valueLength);
  frames.at = at + keyLength + valueLength;
  frames.endEntry();
}

/** Reads the entries of one frame of keys into a keyspace. */
export class RecordReader {
  private readonly keyspace: Keyspace;
  private readonly views = new ViewCache();
  private bytes: Buffer = EMPTY_BYTES;
  private at = 0;
  private end = 0;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * @param bytes the payload is `bytes[from .. to)`
   * @returns null, or in words what cannot be: the checksum was right, the content is not; the
   *   keys before it are then loaded
   * @throws ArenaFullError
   */
  read(bytes: Buffer, from: number, to: number): string | null {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    let problem: string | null = null;
    while (problem === null && this.at < to) problem = this.readOne();
    this.bytes = EMPTY_BYTES;
    return problem;
  }

  private readOne(): string | null {
    const { bytes, end } = this;
    const view = this.views.of(bytes);
    const dbIndex = this.varint();
    const head = this.at;
    if (dbIndex < 0 || head + HEAD_MIN_BYTES > end) return DOES_NOT_FIT;
    const kind = bytes[head];
    const shape = bytes[head + 1];
    const access = bytes[head + 2] | (bytes[head + 3] << 8) | (bytes[head + 4] << 16);
    const problem = this.problemWith(dbIndex, kind, shape);
    if (problem !== null) return problem;
    const deadlineAt = head + HEAD_MIN_BYTES;
    const payloadAt = deadlineAt + ((shape & SHAPE_DEADLINE) !== 0 ? DEADLINE_BYTES : 0);
    this.at = payloadAt + ((shape & SHAPE_PAYLOAD) !== 0 ? PAYLOAD_BYTES : 0);
    const keyLength = this.varint();
    const valueLength = this.varint();
    const keyAt = this.at;
    if (keyLength < 0 || valueLength < 0) return DOES_NOT_FIT;
    this.at += keyLength + valueLength;
    if (this.at > end) return DOES_NOT_FIT;
    const deadline = payloadAt > deadlineAt ? bytes.readDoubleLE(deadlineAt) : -1;
    if (payloadAt > deadlineAt && !(deadline >= 0 && Number.isSafeInteger(deadline))) {
      return `a key has the impossible deadline ${deadline}`;
    }
    if ((shape & SHAPE_PAYLOAD) !== 0 && valueLength !== 0) return 'a key has two values';
    const db = this.keyspace.databases[dbIndex];
    const layout = (shape & SHAPE_PAYLOAD) !== 0 ? FLAG_PAYLOAD : 0;
    const ref = db.load(view, keyAt, keyLength, kind, layout, valueLength, deadline);
    if (ref === NO_REF) return 'a key is there twice';
    db.setAccess(ref, access);
    const { arena } = db;
    if (layout !== 0) {
      const words = arena.words[ref >>> CHUNK_SHIFT];
      const payload = payloadWordOf(arena, ref);
      words[payload] = bytes.readInt32LE(payloadAt);
      words[payload + 1] = bytes.readInt32LE(payloadAt + 4);
    }
    const valueAt = valueAtOf(arena, ref);
    copyView(view, keyAt + keyLength, arena.views[ref >>> CHUNK_SHIFT], valueAt, valueLength);
    return null;
  }

  private problemWith(dbIndex: number, kind: number, shape: number): string | null {
    if (dbIndex >= this.keyspace.databases.length) {
      return `a key is in database ${dbIndex}, but there are ${this.keyspace.databases.length}`;
    }
    const wanted = SHAPE_OF_KIND[kind];
    if (wanted === NO_KIND) return `a key has the unknown kind ${kind}`;
    if ((shape & ~SHAPE_DEADLINE) !== wanted) return `a key of kind ${kind} has the shape ${shape}`;
    return null;
  }

  /** @returns the number at `at`, which moves behind it; -1 when there is none before `end` */
  private varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < VARINT_MAX_BYTES && this.at < this.end; i++) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    return -1;
  }
}
