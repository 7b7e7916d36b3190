// The table of references: extendible hashing (R. Fagin and others, 1979) over segments of open
// addressing. The top bits of a hash choose the segment, the next ones the home slot, so slots
// stand in hash order: a scan walks hashes upwards and survives growth, and a segment splits or
// merges alone, so no insertion ever rebuilds the whole table.
//
//   directory   [ s0 | s0 | s1 | s2 ]         2^depth entries; s0 is one bit less deep
//   segment     [ ref hash | ref hash | ... ]  a block of the arena; linear probing; ref 0 = free
//
// A directory entry is two words: the segment's block, and its depth with, in the first entry of
// several that share it, its count of entries. While there is one segment it has 8 to 2048
// slots, as few as do; all segments of a larger table have 2048.
//
// All state is in memory outside the JS heap, so one object can serve many tables, one after the
// other (`attach`). Three words are the table's home; of several entries the directory is a block:
//
//   home   segment         depth, count    shape     one entry: it is here
//          directory       segment count   shape     2^depth entries
//   shape  dismantled:22  depth:5  bits:5
//
// Invariants: an entry stands at or (cyclically) after its home with no free slot between; an
// empty table has no segment. Hashes and references are signed 32-bit numbers; compare hashes as
// order only after `>>> 0`.

import { assert } from '../util/assert.js';
import { equalView } from '../util/bytes.js';
import { type Random, randomBelow } from '../util/random.js';
import type { Arena } from './arena.js';
import { ArenaFullError, CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';
import { FLAG_LONG, KEY_OFFSET, keyLengthOf, LAYOUT_MASK } from './record.js';
import { RefList } from './ref-list.js';

const SEGMENT_BITS_MIN = 3;
const SEGMENT_BITS_MAX = 11;
/** More than 13/16 full: grow. */
const LOAD_MAX_SIXTEENTHS = 13;
/** Less than 2/16 full: shrink. */
const LOAD_MIN_SIXTEENTHS = 2;
/** Two segments become one when it is then at most 6/16 full. */
const LOAD_MERGED_SIXTEENTHS = 6;
/** Beyond this depth a hash has no bits left to choose a slot. */
const DEPTH_MAX = 32 - SEGMENT_BITS_MAX;
const DEPTH_BITS = 5;
const DEPTH_MASK = (1 << DEPTH_BITS) - 1;
const COUNT_ONE = 1 << DEPTH_BITS;
const ENTRY_BYTES = 8;
/** Words of a table's home. */
export const HOME_WORDS = 3;
const SHAPE = 2;
const SHAPE_BITS_MASK = 31;
const SHAPE_DEPTH_SHIFT = 5;
const SHAPE_DISMANTLED_SHIFT = 10;
const RANDOM_PROBES = 128;
const HASH_SPACE = 2 ** 32;

export { RefList };

/** Entries on their way between segments. */
const moved = new RefList();

export class HashTable {
  /** How many entries there are; of an attached table, what `attach` was told and changes since. */
  count = 0;
  private arena: Arena;
  /** The arena's: one step less on the way to a slot. */
  private words: Int32Array[];
  private home: Int32Array;
  private homeAt = 0;
  /** The first entry is at `directoryAt`; while it is the only one, that is at home. */
  private directory: Int32Array;
  private directoryAt = 0;
  private depth = 0;
  /** How far the upper 31 bits of a hash are shifted to be the number of an entry: 31 - depth. */
  private entryShift = 31;
  /** The logarithm of a segment's slots; SEGMENT_BITS_MAX when there are several segments. */
  private bits = SEGMENT_BITS_MIN;
  private segmentCount = 0;
  /** How many entries `dismantle` is through with. */
  private dismantled = 0;

  /** Makes an empty table with a home of its own. */
  constructor(arena: Arena) {
    this.arena = arena;
    this.words = arena.words;
    this.home = new Int32Array(HOME_WORDS);
    this.directory = this.home;
    this.saveShape();
  }

  /** Makes HOME_WORDS words the home of an empty table. */
  static found(home: Int32Array, homeAt: number): void {
    home[homeAt] = NO_REF;
    home[homeAt + 1] = 0;
    home[homeAt + SHAPE] = SEGMENT_BITS_MIN;
  }

  /**
   * Makes this object the table whose home is at `home[homeAt]`, made by `found` and since then
   * changed only through objects of this class, one at a time.
   * @param home words that stay where they are
   * @param count how many entries that table has, which its home does not say
   */
  attach(arena: Arena, home: Int32Array, homeAt: number, count: number): void {
    const first = home[homeAt];
    const shape = home[homeAt + SHAPE];
    this.count = count;
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.arena !== arena) {
      this.arena = arena;
      this.words = arena.words;
    }
    if (this.home !== home) this.home = home;
    this.homeAt = homeAt;
    this.bits = shape & SHAPE_BITS_MASK;
    this.depth = (shape >>> SHAPE_DEPTH_SHIFT) & DEPTH_MASK;
    this.entryShift = 31 - this.depth;
    this.dismantled = shape >>> SHAPE_DISMANTLED_SHIFT;
    if (this.depth === 0) {
      if (this.directory !== home) this.directory = home;
      this.directoryAt = homeAt;
      this.segmentCount = first === NO_REF ? 0 : 1;
    } else {
      const directory = arena.words[first >>> CHUNK_SHIFT];
      if (this.directory !== directory) this.directory = directory;
      this.directoryAt = (first & UNIT_MASK) << 1;
      this.segmentCount = home[homeAt + 1];
    }
  }

  /** Exact bytes of slots, directory and home. */
  get sizeBytes(): number {
    const directory = this.depth === 0 ? 0 : ENTRY_BYTES << this.depth;
    return this.directoryBytes + directory + this.segmentCount * (ENTRY_BYTES << this.bits);
  }

  /** Exact bytes of what is not in the arena: the home of a table that was not attached. */
  get directoryBytes(): number {
    return HOME_WORDS * Int32Array.BYTES_PER_ELEMENT;
  }

  /** @returns the record whose key is the bytes `[at .. at + length)` of `view`, or NO_REF */
  find(view: DataView, at: number, length: number, hash: number): Ref {
    if (this.count === 0) return NO_REF;
    const { directory } = this;
    const entry = this.entryOf(hash);
    const segment = directory[entry];
    const depth = directory[entry + 1] & DEPTH_MASK;
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (2 << this.bits) - 1;
    let i = ((hash << depth) >>> (32 - this.bits)) << 1;
    for (;;) {
      const ref = words[base + i];
      if (ref === NO_REF) return NO_REF;
      if (words[base + i + 1] === hash && this.hasKey(ref, view, at, length)) return ref;
      i = (i + 2) & mask;
    }
  }

  /** Reads the home slot of a hash. @returns what is there: a use for the read, nothing else */
  touch(hash: number): number {
    const { directory } = this;
    const entry = this.entryOf(hash);
    const segment = directory[entry];
    const depth = directory[entry + 1] & DEPTH_MASK;
    const slot = (hash << depth) >>> (32 - this.bits);
    return this.words[segment >>> CHUNK_SHIFT][((segment & UNIT_MASK) + slot) << 1];
  }

  /** @returns a record with this hash, probably the one that `find` would compare; or NO_REF */
  peek(hash: number): Ref {
    if (this.count === 0) return NO_REF;
    const { directory } = this;
    const entry = this.entryOf(hash);
    const segment = directory[entry];
    const depth = directory[entry + 1] & DEPTH_MASK;
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (2 << this.bits) - 1;
    let i = ((hash << depth) >>> (32 - this.bits)) << 1;
    while (words[base + i] !== NO_REF && words[base + i + 1] !== hash) i = (i + 2) & mask;
    return words[base + i];
  }

  /**
   * Adds a record whose key is known to be absent; nothing but its reference is used.
   * @throws ArenaFullError; the table is then as before
   */
  insert(ref: Ref, hash: number): void {
    let head = this.headOf(hash);
    if (this.segmentCount === 0) this.begin(SEGMENT_BITS_MIN);
    while (this.countAt(head) << 4 >= LOAD_MAX_SIXTEENTHS << this.bits) {
      this.grow(head);
      head = this.headOf(hash);
    }
    this.place(head, ref, hash);
    this.directory[head + 1] += COUNT_ONE;
    this.count++;
  }

  /** Makes the slot of record `from` refer to `to`, after the record moved. */
  replace(from: Ref, to: Ref, hash: number): void {
    const segment = this.directory[this.entryOf(hash)];
    const words = this.words[segment >>> CHUNK_SHIFT];
    words[((segment & UNIT_MASK) << 1) + this.slotWordOf(from, hash)] = to;
  }

  /** Takes record `ref` out; the record itself is the caller's to free. */
  remove(ref: Ref, hash: number): void {
    const head = this.headOf(hash);
    const segment = this.directory[head];
    const depth = this.directory[head + 1] & DEPTH_MASK;
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (2 << this.bits) - 1;
    let gap = this.slotWordOf(ref, hash);
    for (let next = (gap + 2) & mask; words[base + next] !== NO_REF; next = (next + 2) & mask) {
      // An entry may fill the gap unless its home lies (cyclically) after the gap.
      const entryHash = words[base + next + 1];
      const home = ((entryHash << depth) >>> (32 - this.bits)) << 1;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      words[base + gap] = words[base + next];
      words[base + gap + 1] = entryHash;
      gap = next;
    }
    words[base + gap] = NO_REF;
    this.directory[head + 1] -= COUNT_ONE;
    this.count--;
    if (this.countAt(head) << 4 < LOAD_MIN_SIXTEENTHS << this.bits) this.shrink(hash);
  }

  /**
   * One step of a walk in hash order: appends the entries of the next home slots whose hash is at
   * least `position` to `found`. Every entry that is there during the whole walk is found once.
   * @param position 0 to begin, then what the last step returned
   * @param slots how many home slots; fewer where a segment ends
   * @returns the next position, or 0 at the end
   */
  scanStep(position: number, found: RefList, slots = 1): number {
    if (this.count === 0) return 0;
    const hash = position | 0;
    const { directory } = this;
    const entry = this.entryOf(hash);
    const segment = directory[entry];
    const depth = directory[entry + 1] & DEPTH_MASK;
    const shift = 32 - this.bits;
    const home = (hash << depth) >>> shift;
    const homeEnd = Math.min(home + slots, 1 << this.bits);
    const start = depth === 0 ? 0 : (hash & (-1 << (32 - depth))) >>> 0;
    const end = start + homeEnd * (1 << (shift - depth));
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (1 << this.bits) - 1;
    // Entries that found no place in the slots asked for are after them, cyclically.
    for (let slot = home; slot <= home + mask; slot++) {
      const at = base + ((slot & mask) << 1);
      if (words[at] === NO_REF) {
        if (slot >= homeEnd - 1) break;
        continue;
      }
      const unsigned = words[at + 1] >>> 0;
      if (unsigned >= position && unsigned < end) found.push(words[at], words[at + 1]);
    }
    return end >= HASH_SPACE ? 0 : end;
  }

  /** @returns a random record, each about as likely as any other; NO_REF when there is none */
  randomRef(random: Random): Ref {
    if (this.count === 0) return NO_REF;
    for (let probe = 0; probe < RANDOM_PROBES; probe++) {
      const entry = this.entryOf(random.next32() | 0);
      // A segment with several directory entries has no more slots than one with a single entry.
      if (entry !== this.headOfEntry(entry)) continue;
      const segment = this.directory[entry];
      const at = ((segment & UNIT_MASK) << 1) + (randomBelow(random, 1 << this.bits) << 1);
      const ref = this.words[segment >>> CHUNK_SHIFT][at];
      if (ref !== NO_REF) return ref;
    }
    const found = new RefList();
    let position = random.next32();
    while (found.length === 0) position = this.scanStep(position, found);
    return found.refs[randomBelow(random, found.length)];
  }

  /**
   * Makes room for `count` entries in all, before a bulk load.
   * @throws ArenaFullError
   */
  reserve(count: number): void {
    assert(this.count === 0, 'only an empty table is resized at once');
    this.clear();
    if (count === 0) return;
    let bits = SEGMENT_BITS_MIN;
    while (bits < SEGMENT_BITS_MAX && count << 4 >= LOAD_MAX_SIXTEENTHS << bits) bits++;
    let depth = 0;
    const perSegment = (LOAD_MAX_SIXTEENTHS << SEGMENT_BITS_MAX) >> 4;
    while (depth < DEPTH_MAX && perSegment * 2 ** depth < count) depth++;
    this.begin(depth > 0 ? SEGMENT_BITS_MAX : bits);
    while (this.depth < depth) {
      this.doubleDirectory();
      const end = this.directoryAt + (2 << this.depth);
      for (let head = this.directoryAt; head < end; head += 4) this.split(head);
    }
  }

  /** Takes all entries out and gives all memory back; the records are the caller's to free. */
  clear(): void {
    let entry = this.directoryAt;
    while (this.segmentCount > 0) {
      const span = 2 << (this.depth - (this.directory[entry + 1] & DEPTH_MASK));
      this.arena.free(this.directory[entry]);
      this.countSegments(-1);
      entry += span;
    }
    this.becomeEmpty();
  }

  /**
   * Frees the records and all memory, some at a time. Once begun, there is no other use for the
   * table until this has returned true; it is then empty.
   * @param stepsMax how many records may be freed in this call
   * @param releasing called with each record before it is freed, or null
   * @returns whether all is done
   */
  dismantle(stepsMax: number, releasing: ((ref: Ref) => void) | null): boolean {
    const { arena } = this;
    let steps = 0;
    while (this.segmentCount > 0) {
      const entry = this.directoryAt + 2 * this.dismantled;
      const segment = this.directory[entry];
      const words = arena.words[segment >>> CHUNK_SHIFT];
      const from = (segment & UNIT_MASK) << 1;
      const to = from + (2 << this.bits);
      for (let i = from; i < to; i += 2) {
        const ref = words[i];
        if (ref === NO_REF) continue;
        if (steps++ >= stepsMax) return false;
        if (releasing !== null) releasing(ref);
        arena.free(ref);
        words[i] = NO_REF;
        this.count--;
      }
      this.dismantled += 1 << (this.depth - (this.directory[entry + 1] & DEPTH_MASK));
      this.saveShape();
      arena.free(segment);
      this.countSegments(-1);
    }
    this.becomeEmpty();
    return true;
  }

  /** @returns where in `directory` the entry for a hash is */
  private entryOf(hash: number): number {
    // A shift by 32 would be one by 0, hence in two steps.
    return (this.directoryAt + (((hash >>> 1) >>> this.entryShift) << 1)) | 0;
  }

  private headOf(hash: number): number {
    return this.headOfEntry(this.entryOf(hash));
  }

  /** @returns the first of the entries that share a segment with this one; its count is there */
  private headOfEntry(entry: number): number {
    const shared = this.depth - (this.directory[entry + 1] & DEPTH_MASK);
    return this.directoryAt + ((entry - this.directoryAt) & (-2 << shared));
  }

  private countAt(head: number): number {
    return this.directory[head + 1] >>> DEPTH_BITS;
  }

  private hasKey(ref: Ref, view: DataView, at: number, length: number): boolean {
    const chunk = ref >>> CHUNK_SHIFT;
    const word = this.words[chunk][((ref & UNIT_MASK) << 1) + 1];
    const keyLength = (word & FLAG_LONG) === 0 ? (word >>> 8) & 0xff : keyLengthOf(this.arena, ref);
    if (keyLength !== length) return false;
    const keyAt = ((ref & UNIT_MASK) << 3) + KEY_OFFSET[word & LAYOUT_MASK];
    return equalView(this.arena.views[chunk], keyAt, view, at, length);
  }

  /** @returns where in its segment the slot of a record that is there begins, in words */
  private slotWordOf(ref: Ref, hash: number): number {
    const entry = this.entryOf(hash);
    const segment = this.directory[entry];
    assert(segment !== NO_REF, 'a table that is changed has a segment');
    const depth = this.directory[entry + 1] & DEPTH_MASK;
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (2 << this.bits) - 1;
    let i = ((hash << depth) >>> (32 - this.bits)) << 1;
    while (words[base + i] !== ref) {
      assert(words[base + i] !== NO_REF, 'a record that moves or goes is in its table');
      i = (i + 2) & mask;
    }
    return i;
  }

  /** Fills a slot of the segment at `head`, which has room; its count is the caller's. */
  private place(head: number, ref: Ref, hash: number): void {
    const segment = this.directory[head];
    const depth = this.directory[head + 1] & DEPTH_MASK;
    const words = this.words[segment >>> CHUNK_SHIFT];
    const base = (segment & UNIT_MASK) << 1;
    const mask = (2 << this.bits) - 1;
    let i = ((hash << depth) >>> (32 - this.bits)) << 1;
    while (words[base + i] !== NO_REF) i = (i + 2) & mask;
    words[base + i] = ref;
    words[base + i + 1] = hash;
  }

  /** Gives an empty table its first segment. */
  private begin(bits: number): void {
    const segment = this.makeSegment(bits);
    this.home[this.homeAt] = segment;
    this.home[this.homeAt + 1] = 0;
    this.bits = bits;
    this.saveShape();
  }

  private makeSegment(bits: number): Ref {
    const segment = this.arena.allocate(ENTRY_BYTES << bits);
    this.wipe(segment, bits);
    this.countSegments(1);
    return segment;
  }

  private wipe(segment: Ref, bits: number): void {
    const base = (segment & UNIT_MASK) << 1;
    this.words[segment >>> CHUNK_SHIFT].fill(NO_REF, base, base + (2 << bits));
  }

  /** Adds the entries of a segment to `moved`. */
  private collect(segment: Ref): void {
    const words = this.words[segment >>> CHUNK_SHIFT];
    const from = (segment & UNIT_MASK) << 1;
    const to = from + (2 << this.bits);
    for (let i = from; i < to; i += 2) if (words[i] !== NO_REF) moved.push(words[i], words[i + 1]);
  }

  /** Places all that is in `moved`, where the directory now says. */
  private placeMoved(): void {
    for (let i = 0; i < moved.length; i++) {
      const head = this.headOf(moved.hashes[i]);
      this.place(head, moved.refs[i], moved.hashes[i]);
      this.directory[head + 1] += COUNT_ONE;
    }
    moved.clear();
  }

  private grow(head: number): void {
    if (this.bits < SEGMENT_BITS_MAX) {
      this.rebuild(this.bits + 1);
      return;
    }
    const depth = this.directory[head + 1] & DEPTH_MASK;
    assert(depth < DEPTH_MAX, 'a keyed hash spreads keys');
    if (depth < this.depth) {
      this.split(head);
    } else {
      const offset = head - this.directoryAt;
      this.doubleDirectory();
      this.split(this.directoryAt + 2 * offset);
    }
  }

  /** Splits a segment that has several directory entries in two. */
  private split(head: number): void {
    const high = this.makeSegment(SEGMENT_BITS_MAX);
    const low = this.directory[head];
    const depth = (this.directory[head + 1] & DEPTH_MASK) + 1;
    const span = 2 << (this.depth - depth);
    this.collect(low);
    this.wipe(low, SEGMENT_BITS_MAX);
    this.pointEntries(head, span, low, depth);
    this.pointEntries(head + span, span, high, depth);
    this.placeMoved();
  }

  private shrink(hash: number): void {
    if (this.count === 0) {
      this.clear();
      return;
    }
    while (this.segmentCount > 1) if (!this.merge(hash)) return;
    this.leaveDirectory();
    if (this.bits === SEGMENT_BITS_MIN) return;
    if (this.count << 4 >= LOAD_MIN_SIXTEENTHS << this.bits) return;
    try {
      this.rebuild(this.bits - 1);
    } catch (error) {
      // A deletion must not fail because the smaller segment finds no room: it stays large.
      if (!(error instanceof ArenaFullError)) throw error;
    }
  }

  /** Unites the segment of `hash` with the one it was split from. @returns whether it could */
  private merge(hash: number): boolean {
    const { directory } = this;
    const entry = this.headOf(hash);
    const depth = directory[entry + 1] & DEPTH_MASK;
    const span = 2 << (this.depth - depth);
    const lowHead = this.directoryAt + ((entry - this.directoryAt) & ~span);
    const highHead = lowHead + span;
    if ((directory[lowHead + 1] & DEPTH_MASK) !== (directory[highHead + 1] & DEPTH_MASK)) {
      return false;
    }
    const count = this.countAt(lowHead) + this.countAt(highHead);
    if (count << 4 > LOAD_MERGED_SIXTEENTHS << SEGMENT_BITS_MAX) return false;
    const low = directory[lowHead];
    const high = directory[highHead];
    this.collect(low);
    this.collect(high);
    this.arena.free(high);
    this.countSegments(-1);
    this.wipe(low, SEGMENT_BITS_MAX);
    this.pointEntries(lowHead, 2 * span, low, depth - 1);
    this.placeMoved();
    return true;
  }

  /** At most one segment is left: the only entry moves back home. */
  private leaveDirectory(): void {
    if (this.depth === 0) return;
    const { home, homeAt, directory, directoryAt } = this;
    const block = home[homeAt];
    home[homeAt] = directory[directoryAt];
    home[homeAt + 1] = directory[directoryAt + 1];
    this.arena.free(block);
    this.directory = home;
    this.directoryAt = homeAt;
    this.setDepth(0);
  }

  private becomeEmpty(): void {
    this.leaveDirectory();
    this.bits = SEGMENT_BITS_MIN;
    this.count = 0;
    this.dismantled = 0;
    HashTable.found(this.home, this.homeAt);
  }

  private setDepth(depth: number): void {
    this.depth = depth;
    this.entryShift = 31 - depth;
    this.saveShape();
  }

  private saveShape(): void {
    this.home[this.homeAt + SHAPE] =
      this.bits | (this.depth << SHAPE_DEPTH_SHIFT) | (this.dismantled << SHAPE_DISMANTLED_SHIFT);
  }

  private countSegments(change: number): void {
    this.segmentCount += change;
    // With one entry that word is the entry's.
    if (this.depth > 0) this.home[this.homeAt + 1] = this.segmentCount;
  }

  /** Gives the only segment another size. */
  private rebuild(bits: number): void {
    const old = this.home[this.homeAt];
    const segment = this.makeSegment(bits);
    this.collect(old);
    this.arena.free(old);
    this.countSegments(-1);
    this.bits = bits;
    this.saveShape();
    this.pointEntries(this.homeAt, 2, segment, 0);
    this.placeMoved();
  }

  /** Points `span` words of the directory at a segment without entries. */
  private pointEntries(head: number, span: number, segment: Ref, depth: number): void {
    for (let entry = head; entry < head + span; entry += 2) {
      this.directory[entry] = segment;
      this.directory[entry + 1] = depth;
    }
  }

  private doubleDirectory(): void {
    const { directory, directoryAt, depth } = this;
    const block = this.arena.allocate(ENTRY_BYTES << (depth + 1));
    const doubled = this.words[block >>> CHUNK_SHIFT];
    const doubledAt = (block & UNIT_MASK) << 1;
    for (let word = 0; word < 2 << depth; word += 2) {
      const to = doubledAt + 2 * word;
      const second = directory[directoryAt + word + 1];
      doubled[to] = directory[directoryAt + word];
      doubled[to + 1] = second;
      doubled[to + 2] = doubled[to];
      doubled[to + 3] = second & DEPTH_MASK;
    }
    if (depth > 0) this.arena.free(this.home[this.homeAt]);
    this.home[this.homeAt] = block;
    this.home[this.homeAt + 1] = this.segmentCount;
    this.directory = doubled;
    this.directoryAt = doubledAt;
    this.setDepth(depth + 1);
  }
}
