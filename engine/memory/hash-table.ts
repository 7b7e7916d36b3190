// The table of references: extendible hashing (R. Fagin and others, 1979) over segments of open
// addressing. The top bits of a hash choose the segment, the next ones the home slot, so slots
// stand in hash order: a scan walks hashes upwards and survives growth, and a segment splits or
// merges alone, so no insertion ever rebuilds the whole table.
//
//   directory   [ s0 | s0 | s1 | s2 ]        2^depth entries; s0 is one bit less deep
//   segment     [ ref hash | ref hash | ... ] linear probing; ref 0 = free slot
//
// Invariant: an entry stands at or (cyclically) after its home with no free slot between.
// Hashes and references are signed 32-bit numbers; compare hashes as order only after `>>> 0`.

import { assert } from '../util/assert.js';
import { equalBytes } from '../util/bytes.js';
import { type Random, randomBelow } from '../util/random.js';
import type { Arena } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';
import { FLAG_LONG, KEY_OFFSET, keyLengthOf, LAYOUT_MASK } from './record.js';

const SEGMENT_BITS_MIN = 4;
const SEGMENT_BITS_MAX = 11;
/** More than 13/16 full: grow. */
const LOAD_MAX_SIXTEENTHS = 13;
/** Less than 2/16 full: shrink. */
const LOAD_MIN_SIXTEENTHS = 2;
const DEPTH_MAX = 27;
const RANDOM_PROBES = 64;
const HASH_SPACE = 2 ** 32;

class Segment {
  bits: number;
  /** How many top bits of the hash all entries share. */
  depth: number;
  count = 0;
  /** 2^bits pairs of reference and hash. */
  slots: Int32Array;

  constructor(depth: number, bits: number) {
    this.depth = depth;
    this.bits = bits;
    this.slots = new Int32Array(2 << bits);
  }

  home(hash: number): number {
    return (hash << this.depth) >>> (32 - this.bits);
  }

  /** Adds an entry that is known to be absent and to find room. */
  place(ref: Ref, hash: number): void {
    const mask = (1 << this.bits) - 1;
    let slot = this.home(hash);
    while (this.slots[slot << 1] !== NO_REF) slot = (slot + 1) & mask;
    this.slots[slot << 1] = ref;
    this.slots[(slot << 1) + 1] = hash;
    this.count++;
  }
}

export class HashTable {
  /** How many entries there are. */
  count = 0;
  /** Exact bytes of slots and directory. */
  sizeBytes = 0;
  private readonly arena: Arena;
  private directory: Segment[];
  private depth = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    const first = new Segment(0, SEGMENT_BITS_MIN);
    this.directory = [first];
    this.sizeBytes = first.slots.byteLength + 8;
  }

  /** @returns the record whose key is `bytes[at .. at + length)`, or NO_REF */
  find(bytes: Uint8Array, at: number, length: number, hash: number): Ref {
    const segment = this.segmentOf(hash);
    const slots = segment.slots;
    const mask = slots.length - 1;
    let i = ((hash << segment.depth) >>> (32 - segment.bits)) << 1;
    for (;;) {
      const ref = slots[i];
      if (ref === NO_REF) return NO_REF;
      if (slots[i + 1] === hash && this.hasKey(ref, bytes, at, length)) return ref;
      i = (i + 2) & mask;
    }
  }

  /** Adds a record whose key is known to be absent. */
  insert(ref: Ref, hash: number): void {
    let segment = this.segmentOf(hash);
    while (segment.count << 4 >= LOAD_MAX_SIXTEENTHS << segment.bits) {
      this.grow(segment, hash);
      segment = this.segmentOf(hash);
    }
    segment.place(ref, hash);
    this.count++;
  }

  /** Makes the slot of record `from` refer to `to`, after the record moved. */
  replace(from: Ref, to: Ref, hash: number): void {
    const segment = this.segmentOf(hash);
    segment.slots[this.slotOf(segment, from, hash) << 1] = to;
  }

  /** Takes record `ref` out; the record itself is the caller's to free. */
  remove(ref: Ref, hash: number): void {
    const segment = this.segmentOf(hash);
    const slots = segment.slots;
    const mask = (1 << segment.bits) - 1;
    let gap = this.slotOf(segment, ref, hash);
    for (let next = (gap + 1) & mask; slots[next << 1] !== NO_REF; next = (next + 1) & mask) {
      // An entry may fill the gap unless its home lies (cyclically) after the gap.
      const distance = (next - segment.home(slots[(next << 1) + 1])) & mask;
      if (distance < ((next - gap) & mask)) continue;
      slots[gap << 1] = slots[next << 1];
      slots[(gap << 1) + 1] = slots[(next << 1) + 1];
      gap = next;
    }
    slots[gap << 1] = NO_REF;
    segment.count--;
    this.count--;
    if (segment.count << 4 < LOAD_MIN_SIXTEENTHS << segment.bits) this.shrink(segment, hash);
  }

  /**
   * One step of a walk in hash order: appends the entries of one home slot whose hash is at least
   * `position` to `found`.
   * @param position 0 to begin, then what the last step returned
   * @returns the next position, or 0 at the end
   */
  scanStep(position: number, found: RefList): number {
    const hash = position | 0;
    const segment = this.segmentOf(hash);
    const mask = (1 << segment.bits) - 1;
    const home = segment.home(hash);
    for (let slot = home; segment.slots[slot << 1] !== NO_REF; slot = (slot + 1) & mask) {
      const entryHash = segment.slots[(slot << 1) + 1];
      if (segment.home(entryHash) !== home || entryHash >>> 0 < position) continue;
      found.push(segment.slots[slot << 1], entryHash);
    }
    const width = 2 ** (32 - segment.depth - segment.bits);
    const next = (Math.floor(position / width) + 1) * width;
    return next >= HASH_SPACE ? 0 : next;
  }

  /** @returns a random record, each about as likely as any other; NO_REF when there is none */
  randomRef(random: Random): Ref {
    if (this.count === 0) return NO_REF;
    for (let probe = 0; probe < RANDOM_PROBES; probe++) {
      const segment = this.segmentOf(random.next32() | 0);
      const ref = segment.slots[randomBelow(random, 1 << segment.bits) << 1];
      if (ref !== NO_REF) return ref;
    }
    const found = new RefList();
    let position = random.next32();
    while (found.length === 0) position = this.scanStep(position, found);
    return found.refs[randomBelow(random, found.length)];
  }

  /** Makes room for `count` entries in all, before a bulk load. */
  reserve(count: number): void {
    const perSegment = (1 << SEGMENT_BITS_MAX) * (LOAD_MAX_SIXTEENTHS / 16);
    assert(this.count === 0, 'only an empty table is resized at once');
    let depth = 0;
    while (perSegment * 2 ** depth < count) depth++;
    if (depth === 0) return;
    this.depth = depth;
    this.directory = Array.from({ length: 2 ** depth }, () => new Segment(depth, SEGMENT_BITS_MAX));
    this.sizeBytes = this.directory.length * (8 + (8 << SEGMENT_BITS_MAX));
  }

  private segmentOf(hash: number): Segment {
    return this.directory[(hash >>> 1) >>> (31 - this.depth)];
  }

  private hasKey(ref: Ref, bytes: Uint8Array, at: number, length: number): boolean {
    const chunk = ref >>> CHUNK_SHIFT;
    const word = this.arena.words[chunk][((ref & UNIT_MASK) << 1) + 1];
    const keyLength = (word & FLAG_LONG) === 0 ? (word >>> 8) & 0xff : keyLengthOf(this.arena, ref);
    if (keyLength !== length) return false;
    const keyAt = ((ref & UNIT_MASK) << 3) + KEY_OFFSET[word & LAYOUT_MASK];
    return equalBytes(this.arena.bytes[chunk], keyAt, bytes, at, length);
  }

  private slotOf(segment: Segment, ref: Ref, hash: number): number {
    const mask = (1 << segment.bits) - 1;
    let slot = segment.home(hash);
    while (segment.slots[slot << 1] !== ref) {
      assert(segment.slots[slot << 1] !== NO_REF, 'a record that moves or goes is in its table');
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(segment: Segment, hash: number): void {
    if (segment.bits < SEGMENT_BITS_MAX || segment.depth === DEPTH_MAX) {
      this.rebuild(segment, segment.bits + 1);
      return;
    }
    if (segment.depth === this.depth) this.doubleDirectory();
    const depth = segment.depth + 1;
    const low = new Segment(depth, SEGMENT_BITS_MAX);
    const high = new Segment(depth, SEGMENT_BITS_MAX);
    this.moveEntries(segment, (entryHash) => (entryHash << (depth - 1) < 0 ? high : low));
    this.sizeBytes += low.slots.byteLength;
    const span = 2 ** (this.depth - depth);
    const start = this.firstEntryOf(hash, segment.depth);
    this.directory.fill(low, start, start + span);
    this.directory.fill(high, start + span, start + 2 * span);
  }

  private shrink(segment: Segment, hash: number): void {
    if (segment.depth === 0) {
      if (segment.bits > SEGMENT_BITS_MIN) this.rebuild(segment, segment.bits - 1);
      return;
    }
    const span = 2 ** (this.depth - segment.depth);
    const start = this.firstEntryOf(hash, segment.depth - 1);
    const low = this.directory[start];
    const high = this.directory[start + span];
    if (low.depth !== high.depth) return;
    const roomMax = (LOAD_MAX_SIXTEENTHS >> 1) << (SEGMENT_BITS_MAX - 4);
    if (low.count + high.count > roomMax) return;
    const merged = new Segment(segment.depth - 1, SEGMENT_BITS_MAX);
    this.moveEntries(low, () => merged);
    this.moveEntries(high, () => merged);
    this.sizeBytes += merged.slots.byteLength - low.slots.byteLength - high.slots.byteLength;
    this.directory.fill(merged, start, start + 2 * span);
    if (this.directory.length > 1 && this.count === 0) this.reset();
  }

  private reset(): void {
    const first = new Segment(0, SEGMENT_BITS_MIN);
    this.directory = [first];
    this.depth = 0;
    this.sizeBytes = first.slots.byteLength + 8;
  }

  private rebuild(segment: Segment, bits: number): void {
    const old = segment.slots;
    segment.bits = bits;
    segment.slots = new Int32Array(2 << bits);
    segment.count = 0;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== NO_REF) segment.place(old[i], old[i + 1]);
    }
    this.sizeBytes += segment.slots.byteLength - old.byteLength;
  }

  private moveEntries(from: Segment, choose: (hash: number) => Segment): void {
    const slots = from.slots;
    for (let i = 0; i < slots.length; i += 2) {
      if (slots[i] !== NO_REF) choose(slots[i + 1]).place(slots[i], slots[i + 1]);
    }
  }

  private doubleDirectory(): void {
    const doubled = new Array<Segment>(this.directory.length * 2);
    for (let i = 0; i < this.directory.length; i++) {
      doubled[2 * i] = this.directory[i];
      doubled[2 * i + 1] = this.directory[i];
    }
    this.sizeBytes += this.directory.length * 8;
    this.directory = doubled;
    this.depth++;
  }

  /** @returns the first directory entry of the group that shares `depth` top bits with `hash` */
  private firstEntryOf(hash: number, depth: number): number {
    const entry = (hash >>> 1) >>> (31 - this.depth);
    const span = 2 ** (this.depth - depth);
    return entry - (entry % span);
  }
}

/** References and their hashes, collected by a walk. Reused, so that a walk allocates nothing. */
export class RefList {
  length = 0;
  refs = new Int32Array(64);
  hashes = new Int32Array(64);

  push(ref: Ref, hash: number): void {
    if (this.length === this.refs.length) {
      const refs = new Int32Array(this.length * 2);
      const hashes = new Int32Array(this.length * 2);
      refs.set(this.refs);
      hashes.set(this.hashes);
      this.refs = refs;
      this.hashes = hashes;
    }
    this.refs[this.length] = ref;
    this.hashes[this.length++] = hash;
  }

  clear(): void {
    this.length = 0;
  }
}
