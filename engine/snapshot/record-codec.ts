// One key of a snapshot as bytes, both ways, when its value is in its record: strings and packed
// collections. FORMAT.md beside this file gives the grammar. Key and value stand together in the
// record, so they are copied as one. Invariant: loading what was written gives a record with the
// same type, encoding, deadline, access bits, key and value.

import type { Database } from '../keyspace/database.js';
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
import { copyBytes, copyView } from '../util/bytes.js';
import { isDeadline } from './large-reader.js';
import { PackedCheck } from './packed-check.js';
import { PayloadReader } from './payload-reader.js';
import {
  ACCESS_BYTES,
  DEADLINE_BYTES,
  FORM_INTEGER,
  FORM_LARGE,
  FORM_NONE,
  FORM_OF_KIND,
  FORM_PACKED,
  FRAME_SNAPSHOT_KEYS,
  PAYLOAD_BYTES,
  SHAPE_DEADLINE,
  SHAPE_PAYLOAD,
  VARINT_MAX_BYTES,
} from './snapshot-format.js';

/** Database index, kind, shape, access, deadline, payload and two lengths at their longest. */
const HEAD_MAX_BYTES = 3 * VARINT_MAX_BYTES + 2 + ACCESS_BYTES + DEADLINE_BYTES + PAYLOAD_BYTES;

/** Kind, shape and access. */
const HEAD_MIN_BYTES = 1 + 1 + ACCESS_BYTES;
const DOES_NOT_FIT = 'a key does not fit its frame';

/** Appends the record, whose value is no large collection, as one entry of the snapshot. */
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
  private readonly payload = new PayloadReader();
  private readonly packed = new PackedCheck();

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
    this.payload.begin(bytes, from, to);
    let problem: string | null = null;
    while (problem === null && !this.payload.isAtEnd) problem = this.readOne();
    this.payload.clear();
    return problem;
  }

  private readOne(): string | null {
    const { payload } = this;
    const { bytes, view } = payload;
    const dbIndex = payload.varint();
    const head = payload.skip(HEAD_MIN_BYTES);
    if (dbIndex < 0 || head < 0) return DOES_NOT_FIT;
    const kind = bytes[head];
    const shape = bytes[head + 1];
    const access = bytes[head + 2] | (bytes[head + 3] << 8) | (bytes[head + 4] << 16);
    const problem = this.problemWith(dbIndex, kind, shape);
    if (problem !== null) return problem;
    const deadlineAt = payload.skip((shape & SHAPE_DEADLINE) !== 0 ? DEADLINE_BYTES : 0);
    const payloadAt = payload.skip((shape & SHAPE_PAYLOAD) !== 0 ? PAYLOAD_BYTES : 0);
    const keyLength = payload.varint();
    const valueLength = payload.varint();
    if (deadlineAt < 0 || payloadAt < 0 || keyLength < 0 || valueLength < 0) return DOES_NOT_FIT;
    const keyAt = payload.skip(keyLength);
    const valueAt = payload.skip(valueLength);
    if (keyAt < 0 || valueAt < 0) return DOES_NOT_FIT;
    const deadline = (shape & SHAPE_DEADLINE) !== 0 ? view.getFloat64(deadlineAt, true) : -1;
    if ((shape & SHAPE_DEADLINE) !== 0 && !isDeadline(deadline)) {
      return `a key has the impossible deadline ${deadline}`;
    }
    const valueProblem = this.problemWithValue(kind, valueAt, valueLength);
    if (valueProblem !== null) return valueProblem;
    const db = this.keyspace.databases[dbIndex];
    const layout = (shape & SHAPE_PAYLOAD) !== 0 ? FLAG_PAYLOAD : 0;
    const ref = db.load(view, keyAt, keyLength, kind, layout, valueLength, deadline);
    if (ref === NO_REF) return 'a key is there twice';
    db.setAccess(ref, access);
    const { arena } = db;
    if (layout !== 0) {
      const words = arena.words[ref >>> CHUNK_SHIFT];
      const to = payloadWordOf(arena, ref);
      words[to] = view.getInt32(payloadAt, true);
      words[to + 1] = view.getInt32(payloadAt + 4, true);
    }
    copyView(view, valueAt, arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref), valueLength);
    return null;
  }

  private problemWith(dbIndex: number, kind: number, shape: number): string | null {
    if (dbIndex >= this.keyspace.databases.length) {
      return `a key is in database ${dbIndex}, but there are ${this.keyspace.databases.length}`;
    }
    const form = FORM_OF_KIND[kind];
    if (form === FORM_NONE) return `a key has the unknown kind ${kind}`;
    if (form === FORM_LARGE) return `a key of kind ${kind} is among the keys with their values`;
    const wanted = form === FORM_INTEGER ? SHAPE_PAYLOAD : 0;
    if ((shape & ~SHAPE_DEADLINE) !== wanted) return `a key of kind ${kind} has the shape ${shape}`;
    return null;
  }

  private problemWithValue(kind: number, at: number, length: number): string | null {
    const form = FORM_OF_KIND[kind];
    if (form === FORM_INTEGER && length !== 0) return 'a key has two values';
    if (form !== FORM_PACKED) return null;
    const { bytes, view } = this.payload;
    return this.packed.problemWith(kind, bytes, view, at, length, this.keyspace.seed);
  }
}
