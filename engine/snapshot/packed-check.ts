// Whether bytes from a snapshot are a packed collection that the commands may trust: whole
// entries, each in the form its element has, as many as they say, distinct members and fields,
// scores and integers in order. Invariant: bytes outside the value are never read, and the time
// it takes grows with the number of entries only.

import {
  ENCODING_INTSET,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_ZSET,
} from '../keyspace/encodings.js';
import { type HashSeed, hashBytes } from '../memory/hash.js';
import {
  countEntries,
  entryDouble,
  entryInteger,
  entrySize,
  nextEntry,
  PACKED_COUNT_BYTES,
  readEntry,
  readScore,
} from '../memory/packed-list.js';
import { ByteSlice } from '../util/byte-slice.js';
import { equalView } from '../util/bytes.js';

const INTSET = TYPE_SET | (ENCODING_INTSET << 4);
const TYPE_MASK = 15;
/** Fewer entries are compared with each other; more go through a small hash table. */
const COMPARED_MAX = 8;
const SLOTS_FIRST = 256;
/** The width of an intset's integers, before them. */
const INTSET_HEAD_BYTES = 1;
const INTSET_WIDTHS = [2, 4, 8];
const NOT_WELL_FORMED = 'a packed collection is not well-formed';

export class PackedCheck {
  /** Places of entries, in a table by hash or one after the other; -1 for none. */
  private slots = new Int32Array(SLOTS_FIRST);
  private slotCount = 0;
  private used = 0;
  private readonly member = new ByteSlice();
  private readonly previous = new ByteSlice();

  /**
   * @param kind type | encoding << 4, of a packed form
   * @param at the value is `length` bytes there, within `bytes`
   * @param seed of the hash by which entries are compared
   * @returns null, or in words what is wrong
   */
  problemWith(
    kind: number,
    bytes: Buffer,
    view: DataView,
    at: number,
    length: number,
    seed: HashSeed,
  ): string | null {
    if (kind === INTSET) return intsetProblem(view, at, length);
    if (length < PACKED_COUNT_BYTES) return NOT_WELL_FORMED;
    const from = at + PACKED_COUNT_BYTES;
    const end = at + length;
    const count = view.getUint16(at, true);
    if (count === 0) return 'a collection is empty';
    if (countEntries(bytes, view, from, end) !== count) return NOT_WELL_FORMED;
    const type = kind & TYPE_MASK;
    if (this.hasStrayScore(type, view, from, end)) return NOT_WELL_FORMED;
    if (type === TYPE_LIST) return null;
    const stride = type === TYPE_SET ? 1 : 2;
    if (count % stride !== 0) return NOT_WELL_FORMED;
    if (!this.areDistinct(view, from, end, count / stride, stride, seed)) {
      return type === TYPE_HASH ? 'a field is there twice' : 'a member is there twice';
    }
    return type === TYPE_ZSET ? this.orderProblem(bytes, view, from, end) : null;
  }

  /** @returns whether an entry that is no score has the form of one */
  private hasStrayScore(type: number, view: DataView, from: number, end: number): boolean {
    for (let at = from; at < end; ) {
      if (entryDouble(view, at)) return true;
      at = nextEntry(view, at);
      if (type === TYPE_ZSET && at < end) at = nextEntry(view, at);
    }
    return false;
  }

  private areDistinct(
    view: DataView,
    from: number,
    end: number,
    count: number,
    stride: number,
    seed: HashSeed,
  ): boolean {
    this.beginSlots(count);
    for (let at = from; at < end; ) {
      if (!this.addEntry(view, at, seed)) return false;
      for (let i = 0; i < stride; i++) at = nextEntry(view, at);
    }
    return true;
  }

  private beginSlots(count: number): void {
    this.slotCount = 0;
    this.used = 0;
    if (count <= COMPARED_MAX) return;
    this.slotCount = SLOTS_FIRST;
    while (this.slotCount < 2 * count) this.slotCount *= 2;
    if (this.slots.length < this.slotCount) this.slots = new Int32Array(this.slotCount);
    this.slots.fill(-1, 0, this.slotCount);
  }

  /** @returns false when an equal entry was added before */
  private addEntry(view: DataView, at: number, seed: HashSeed): boolean {
    const { slots, slotCount } = this;
    const size = entrySize(view, at);
    if (slotCount === 0) {
      for (let i = 0; i < this.used; i++) if (isSame(view, slots[i], at, size)) return false;
      slots[this.used++] = at;
      return true;
    }
    let slot = hashBytes(seed, view, at, size) & (slotCount - 1);
    for (; slots[slot] >= 0; slot = (slot + 1) & (slotCount - 1)) {
      if (isSame(view, slots[slot], at, size)) return false;
    }
    slots[slot] = at;
    return true;
  }

  private orderProblem(bytes: Buffer, view: DataView, from: number, end: number): string | null {
    const { member, previous } = this;
    let previousScore = Number.NEGATIVE_INFINITY;
    let previousAt = -1;
    for (let at = from; at < end; ) {
      const scoreAt = nextEntry(view, at);
      if (!isScore(view, scoreAt)) return 'a packed score is not a number';
      const score = readScore(view, scoreAt);
      if (previousAt >= 0 && score <= previousScore) {
        readEntry(bytes, view, at, member);
        readEntry(bytes, view, previousAt, previous);
        if (score < previousScore || previous.compare(member) > 0) {
          return 'the members of a packed sorted set are not in order';
        }
      }
      previousScore = score;
      previousAt = at;
      at = nextEntry(view, scoreAt);
    }
    return null;
  }
}

function isSame(view: DataView, a: number, b: number, size: number): boolean {
  return entrySize(view, a) === size && equalView(view, a, view, b, size);
}

/** @returns whether an entry has the form in which scores are packed */
function isScore(view: DataView, at: number): boolean {
  return (
    entryDouble(view, at) || (entryInteger(view, at) && Number.isSafeInteger(readScore(view, at)))
  );
}

/** @returns null, or in words what is wrong with a width and integers of it, low to high */
function intsetProblem(view: DataView, at: number, length: number): string | null {
  if (length <= INTSET_HEAD_BYTES) return 'a collection is empty';
  const width = view.getUint8(at);
  if (!INTSET_WIDTHS.includes(width)) return `a set has integers of ${width} bytes`;
  const from = at + INTSET_HEAD_BYTES;
  const end = at + length;
  if ((end - from) % width !== 0) return NOT_WELL_FORMED;
  for (let next = from + width; next < end; next += width) {
    if (compareIntegers(view, next - width, next, width) >= 0) {
      return 'the integers of a set are not in order';
    }
  }
  return null;
}

function compareIntegers(view: DataView, a: number, b: number, width: number): number {
  if (width === 2) return view.getInt16(a, true) - view.getInt16(b, true);
  if (width === 4) return view.getInt32(a, true) - view.getInt32(b, true);
  const high = view.getInt32(a + 4, true) - view.getInt32(b + 4, true);
  return high !== 0 ? high : view.getUint32(a, true) - view.getUint32(b, true);
}
