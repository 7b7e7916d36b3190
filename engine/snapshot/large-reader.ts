// Reads the entries of large collections: heads, and elements one after the other. It knows the
// grammar and nothing of what belongs together. Invariant: what it hands out lies within the
// payload it was given, whatever the bytes are.

import { TYPE_HASH, TYPE_ZSET } from '../keyspace/encodings.js';
import { countEntries, entryDouble, nextEntry, readEntry } from '../memory/packed-list.js';
import { ByteSlice } from '../util/byte-slice.js';
import { PayloadReader } from './payload-reader.js';
import {
  ACCESS_BYTES,
  DEADLINE_BYTES,
  LARGE_HEAD,
  LARGE_LAST_ELEMENTS,
  SCORE_BYTES,
  SHAPE_DEADLINE,
} from './snapshot-format.js';

const COUNT_BYTES = 2;
/** Kind, shape and access. */
const HEAD_FIXED_BYTES = 2 + ACCESS_BYTES;
const DOES_NOT_FIT = 'a large value does not fit its frame';
const NOT_WELL_FORMED = 'elements of a list are not well-formed';

/** @returns whether a key or a field may have this deadline */
export function isDeadline(deadlineMs: number): boolean {
  return deadlineMs >= 0 && Number.isSafeInteger(deadlineMs);
}

export class LargeReader {
  /** Of the entry read last: which value it belongs to, and what it is. */
  number = 0;
  isHead = false;
  isLast = false;
  /** Of a head. */
  dbIndex = 0;
  kind = 0;
  access = 0;
  /** Unix ms; -1 for none. */
  deadlineMs = -1;
  count = 0;
  readonly key = new ByteSlice();
  /** Of elements: how many `nextElement` has not read. */
  elementsLeft = 0;
  readonly element = new ByteSlice();
  /** The value of a hash's field. */
  readonly value = new ByteSlice();
  score = 0;
  /** Of elements of a list: where the packed entries that were not read begin and end. */
  private runFrom = 0;
  private runTo = 0;
  /** When a hash's field expires, in unix ms; -1 for never. */
  elementDeadlineMs = -1;
  private readonly payload = new PayloadReader();

  begin(bytes: Buffer, from: number, to: number): void {
    this.payload.begin(bytes, from, to);
  }

  clear(): void {
    this.payload.clear();
    for (const slice of [this.key, this.element, this.value]) slice.clear();
  }

  /**
   * Leaves the rest of the frame out: elements without their key are of no known kind, so nobody
   * knows where they end.
   */
  skipRest(): null {
    this.elementsLeft = 0;
    this.payload.at = this.payload.end;
    return null;
  }

  get isAtEnd(): boolean {
    return this.payload.isAtEnd;
  }

  /**
   * Reads a head, or the begin of elements. The elements of the entry before must have been read.
   * @returns null, or in words what is wrong
   */
  nextEntry(): string | null {
    const { payload } = this;
    this.number = payload.varint();
    const tagAt = payload.skip(1);
    if (this.number < 0 || tagAt < 0) return DOES_NOT_FIT;
    const tag = payload.bytes[tagAt];
    if (tag > LARGE_LAST_ELEMENTS) return `an entry of a large value has the unknown tag ${tag}`;
    this.isHead = tag === LARGE_HEAD;
    if (this.isHead) return this.readHead();
    this.isLast = tag === LARGE_LAST_ELEMENTS;
    const countAt = payload.skip(COUNT_BYTES);
    if (countAt < 0) return DOES_NOT_FIT;
    this.elementsLeft = payload.bytes.readUInt16LE(countAt);
    return null;
  }

  /**
   * Reads the next element.
   * @param type the type of the value that the entry belongs to
   * @returns null, or in words what is wrong
   */
  nextElement(type: number): string | null {
    const { payload } = this;
    this.elementsLeft--;
    if (type === TYPE_HASH) return this.readField();
    if (type === TYPE_ZSET) {
      const scoreAt = payload.skip(SCORE_BYTES);
      if (scoreAt < 0) return DOES_NOT_FIT;
      this.score = payload.view.getFloat64(scoreAt, true);
      if (Number.isNaN(this.score)) return 'a score is not a number';
    }
    return this.take(this.element, payload.varint());
  }

  /**
   * Reads the elements of a list, all of the entry at once.
   * @returns null, or in words what is wrong
   */
  readRun(): string | null {
    const { payload } = this;
    const length = payload.varint();
    const from = length < 0 ? -1 : payload.skip(length);
    if (from < 0) return DOES_NOT_FIT;
    this.runFrom = from;
    this.runTo = from + length;
    const { bytes, view } = payload;
    if (countEntries(bytes, view, from, this.runTo) !== this.elementsLeft) return NOT_WELL_FORMED;
    for (let at = from; at < this.runTo; at = nextEntry(view, at)) {
      if (entryDouble(view, at)) return NOT_WELL_FORMED;
    }
    return null;
  }

  /**
   * Reads the next element of the run.
   * @returns false at its end
   */
  nextOfRun(): boolean {
    if (this.runFrom === this.runTo) return false;
    const { bytes, view } = this.payload;
    readEntry(bytes, view, this.runFrom, this.element);
    this.runFrom = nextEntry(view, this.runFrom);
    this.elementsLeft--;
    return true;
  }

  private readField(): string | null {
    const { payload } = this;
    const shape = payload.varint();
    const valueLength = payload.varint();
    if (shape < 0 || valueLength < 0) return DOES_NOT_FIT;
    this.elementDeadlineMs = -1;
    if (shape % 2 === 1) {
      const deadlineAt = payload.skip(DEADLINE_BYTES);
      if (deadlineAt < 0) return DOES_NOT_FIT;
      this.elementDeadlineMs = payload.view.getFloat64(deadlineAt, true);
      if (!isDeadline(this.elementDeadlineMs)) {
        return `a field has the impossible deadline ${this.elementDeadlineMs}`;
      }
    }
    return this.take(this.element, Math.floor(shape / 2)) ?? this.take(this.value, valueLength);
  }

  private readHead(): string | null {
    const { payload } = this;
    this.dbIndex = payload.varint();
    const at = payload.skip(HEAD_FIXED_BYTES);
    if (this.dbIndex < 0 || at < 0) return DOES_NOT_FIT;
    const { bytes } = payload;
    this.kind = bytes[at];
    const shape = bytes[at + 1];
    this.access = bytes[at + 2] | (bytes[at + 3] << 8) | (bytes[at + 4] << 16);
    if ((shape & ~SHAPE_DEADLINE) !== 0) return `a large value has the shape ${shape}`;
    this.deadlineMs = -1;
    if (shape !== 0) {
      const deadlineAt = payload.skip(DEADLINE_BYTES);
      if (deadlineAt < 0) return DOES_NOT_FIT;
      this.deadlineMs = payload.view.getFloat64(deadlineAt, true);
      if (!isDeadline(this.deadlineMs)) {
        return `a key has the impossible deadline ${this.deadlineMs}`;
      }
    }
    this.count = payload.varint();
    if (this.count < 0) return DOES_NOT_FIT;
    return this.take(this.key, payload.varint());
  }

  /** Points `slice` at the next `length` bytes; -1 stands for a length that was not there. */
  private take(slice: ByteSlice, length: number): string | null {
    const { payload } = this;
    const at = payload.skip(length);
    if (at < 0) return DOES_NOT_FIT;
    slice.of(payload.bytes, payload.view, at, length);
    return null;
  }
}
