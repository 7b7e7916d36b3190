// Writes large collections: a head entry with the key, then element entries of a few kilobytes;
// FORMAT.md gives the grammar. Entries of other keys may come between. Invariant: between `begin`
// and `end` of a batch nothing else is written to the frames.

import type { Database } from '../keyspace/database.js';
import { TYPE_HASH, TYPE_ZSET } from '../keyspace/encodings.js';
import { putVarint } from '../log/entry-encoder.js';
import type { FrameBuffer } from '../log/frame-buffer.js';
import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../memory/chunks.js';
import {
  deadlineOf,
  keyAtOf,
  keyLengthOf,
  payloadWordOf,
  valueLengthOf,
} from '../memory/record.js';
import { copyBytes } from '../util/bytes.js';
import {
  ACCESS_BYTES,
  DEADLINE_BYTES,
  FRAME_SNAPSHOT_LARGE,
  LARGE_ELEMENTS,
  LARGE_HEAD,
  LARGE_LAST_ELEMENTS,
  SCORE_BYTES,
  SHAPE_DEADLINE,
  VARINT_MAX_BYTES,
} from './snapshot-format.js';

/** A batch that has so many bytes is full: the entry then fills one frame. */
const BATCH_BYTES = 4000;
const BATCH_COUNT_MAX = 65535;
const COUNT_BYTES = 2;
/** Number, tag and count of a batch. */
const BATCH_HEAD_MAX_BYTES = VARINT_MAX_BYTES + 1 + COUNT_BYTES;
/** Number, tag, database, kind, shape, access, deadline, count and key length. */
const HEAD_MAX_BYTES = 4 * VARINT_MAX_BYTES + 3 + ACCESS_BYTES + DEADLINE_BYTES;
/** The least an element is thought to take, where the size of a batch is guessed. */
const ELEMENT_BYTES_MIN = 4;

export class LargeWriter {
  /** Entries written so far. */
  entries = 0;
  private readonly frames: FrameBuffer;
  private batchAt = 0;
  private tagAt = 0;
  private count = 0;

  constructor(frames: FrameBuffer) {
    this.frames = frames;
  }

  /** Where the frames' next byte goes. */
  get at(): number {
    return this.frames.at;
  }

  /**
   * Writes the key of a large collection.
   * @param number names the value in its batches; counted from 1 in the order of the heads
   * @param ref the key's record
   * @param count how many elements will come
   */
  writeHead(db: Database, dbIndex: number, ref: Ref, number: number, count: number): void {
    const { frames } = this;
    const { arena } = db;
    const keyLength = keyLengthOf(arena, ref);
    frames.beginEntry(FRAME_SNAPSHOT_LARGE, HEAD_MAX_BYTES + keyLength);
    const to = frames.bytes;
    const word = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
    const deadline = deadlineOf(arena, ref);
    let at = putVarint(to, frames.at, number);
    to[at++] = LARGE_HEAD;
    at = putVarint(to, at, dbIndex);
    to[at++] = word & 0xff;
    to[at++] = deadline >= 0 ? SHAPE_DEADLINE : 0;
    to[at++] = word >>> 8;
    to[at++] = word >>> 16;
    to[at++] = word >>> 24;
    if (deadline >= 0) at = to.writeDoubleLE(deadline, at);
    at = putVarint(to, at, count);
    at = putVarint(to, at, keyLength);
    copyBytes(arena.bytes[ref >>> CHUNK_SHIFT], keyAtOf(arena, ref), to, at, keyLength);
    frames.at = at + keyLength;
    frames.endEntry();
    this.entries++;
  }

  /** @param elements how many may come, for a guess at the size */
  beginBatch(number: number, elements: number): void {
    const { frames } = this;
    const guess = Math.min(BATCH_BYTES, BATCH_HEAD_MAX_BYTES + elements * ELEMENT_BYTES_MIN);
    frames.beginEntry(FRAME_SNAPSHOT_LARGE, guess);
    frames.reserve(BATCH_HEAD_MAX_BYTES);
    this.batchAt = frames.at;
    this.tagAt = putVarint(frames.bytes, frames.at, number);
    frames.at = this.tagAt + 1 + COUNT_BYTES;
    this.count = 0;
  }

  get isBatchFull(): boolean {
    return this.frames.at - this.batchAt >= BATCH_BYTES || this.count === BATCH_COUNT_MAX;
  }

  /** @param isLast whether the collection ends here */
  endBatch(isLast: boolean): void {
    const { frames } = this;
    frames.bytes[this.tagAt] = isLast ? LARGE_LAST_ELEMENTS : LARGE_ELEMENTS;
    frames.bytes.writeUInt16LE(this.count, this.tagAt + 1);
    frames.endEntry();
    this.entries++;
  }

  /**
   * Writes a run of a list's elements as it lies in the arena, as a batch of its own.
   * @param count how many packed entries `bytes[from .. to)` are
   */
  writeRun(
    number: number,
    bytes: Buffer,
    from: number,
    to: number,
    count: number,
    isLast: boolean,
  ): void {
    const { frames } = this;
    const length = to - from;
    frames.beginEntry(FRAME_SNAPSHOT_LARGE, BATCH_HEAD_MAX_BYTES + VARINT_MAX_BYTES + length);
    this.tagAt = putVarint(frames.bytes, frames.at, number);
    const at = putVarint(frames.bytes, this.tagAt + 1 + COUNT_BYTES, length);
    copyBytes(bytes, from, frames.bytes, at, length);
    frames.at = at + length;
    this.count = count;
    this.endBatch(isLast);
  }

  /** Appends the member, the member with its score, or the field with its value, to the batch. */
  addMember(arena: Arena, ref: Ref, type: number): void {
    const { frames } = this;
    const keyLength = keyLengthOf(arena, ref);
    const valueLength = type === TYPE_HASH ? valueLengthOf(arena, ref) : 0;
    frames.reserve(2 * VARINT_MAX_BYTES + DEADLINE_BYTES + keyLength + valueLength);
    const to = frames.bytes;
    let { at } = frames;
    if (type === TYPE_HASH) {
      const deadline = deadlineOf(arena, ref);
      at = putVarint(to, at, keyLength * 2 + (deadline >= 0 ? 1 : 0));
      at = putVarint(to, at, valueLength);
      if (deadline >= 0) at = to.writeDoubleLE(deadline, at);
    } else if (type === TYPE_ZSET) {
      const words = arena.words[ref >>> CHUNK_SHIFT];
      const payload = payloadWordOf(arena, ref);
      to.writeInt32LE(words[payload], at);
      to.writeInt32LE(words[payload + 1], at + SCORE_BYTES / 2);
      at = putVarint(to, at + SCORE_BYTES, keyLength);
    } else {
      at = putVarint(to, at, keyLength);
    }
    const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
    // Key and value stand together in the record.
    copyBytes(bytes, keyAtOf(arena, ref), to, at, keyLength + valueLength);
    frames.at = at + keyLength + valueLength;
    this.count++;
  }
}
