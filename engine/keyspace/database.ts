// One database: keys in records, records in the arena, references in the hash table, deadlines in
// the timing wheel. Everything that changes a record goes through here, so that each change is
// counted, each moved record is relinked, and a snapshot under way gets the value as it was.
//
// Invariants: every record is in the table exactly once; it is in the wheel exactly while it has
// a deadline; `find` and the lookups leave the hash of their key in `hash`, which `store` uses.

import { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { hashBytes } from '../memory/hash.js';
import { HashTable } from '../memory/hash-table.js';
import {
  deadlineDoubleOf,
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_LONG,
  FLAG_MARKED,
  FLAG_PAYLOAD,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  LAYOUT_MASK,
  lengthLayout,
  payloadWordOf,
  recordBytes,
  valueAtOf,
  valueLengthOf,
  writeLengths,
} from '../memory/record.js';
import { TimingWheel } from '../memory/timing-wheel.js';
import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import { copyView } from '../util/bytes.js';
import type { Keyspace } from './keyspace.js';

/** A snapshot under way, as the database sees it. */
export interface PreImageSink {
  /** Records with an unsigned hash below this have been visited. */
  readonly position: number;
  /** Writes the record as it is now; it is about to change and has not been visited. */
  writePreImage(db: Database, ref: Ref): void;
}

/** A block may be this many times too large before a smaller value moves out of it. */
const SLACK_FACTOR = 2;
/** The same for a value that is resized: above what growing leaves, or each step would move it. */
const RESIZE_SLACK_FACTOR = 4;
const SLACK_BYTES = 64;
/** A smaller table is in the caches anyway. */
const PREFETCH_KEYS_MIN = 4096;
const PREFETCH_KEY_MAX_BYTES = 64;
const PREFETCH_MAX = 32;
/** The second place of a record that is touched: small records may lie across two cache lines. */
const PREFETCH_WORDS = 9;
/** A growing value gets twice the room it needs, up to this much extra. */
const GROWTH_MAX_BYTES = 1024 * 1024;

export class Database {
  index: number;
  readonly arena = new Arena();
  readonly table: HashTable;
  /** Null until a first deadline is set. */
  wheel: TimingWheel | null = null;
  snapshot: PreImageSink | null = null;
  /** Hash of the key looked up last. */
  hash = 0;
  /** Where that key was, to notice when `store` is called for another one. */
  private hashedAt = -1;
  readonly keyspace: Keyspace;
  private readonly expire: (ref: Ref) => void;
  private readonly prefetched = new Int32Array(PREFETCH_MAX);
  /** What `prefetch` read: a use, so that no compiler leaves the reads out. */
  prefetchSum = 0;

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace;
    this.index = index;
    this.table = new HashTable(this.arena);
    this.expire = (ref) => this.removeExpired(ref);
  }

  get count(): number {
    return this.table.count;
  }

  /** How many keys have a deadline. */
  get expiresCount(): number {
    return this.wheel === null ? 0 : this.wheel.count;
  }

  get usedBytes(): number {
    const wheelBytes = this.wheel === null ? 0 : this.wheel.sizeBytes;
    return this.arena.usedBytes + this.table.directoryBytes + wheelBytes;
  }

  // --- looking up ---

  /** @returns the record of argument `index`, whatever its deadline; no use is counted */
  find(args: Args, index: number): Ref {
    const at = args.at[index];
    const length = args.length[index];
    const isHashed = args.hashedIndex === index;
    this.hash = isHashed ? args.hash : hashBytes(this.keyspace.seed, args.view, at, length);
    this.hashedAt = at;
    return this.table.find(args.view, at, length, this.hash);
  }

  /**
   * Brings what the next commands will look up into the processor's caches. Each lookup misses
   * twice in a large database, one miss after the other; done for many keys at once, in loops that
   * wait for nothing, the misses overlap. Changes nothing but `hash` of the commands' arguments.
   * @param commands argument 1 is taken for a key
   */
  prefetch(commands: readonly Args[], count: number): void {
    const { table, arena, prefetched } = this;
    if (table.count < PREFETCH_KEYS_MIN) return;
    const { seed } = this.keyspace;
    const end = Math.min(count, prefetched.length);
    for (let i = 0; i < end; i++) {
      const args = commands[i];
      if (args.count < 2 || args.length[1] > PREFETCH_KEY_MAX_BYTES) continue;
      args.hash = hashBytes(seed, args.view, args.at[1], args.length[1]);
      args.hashedIndex = 1;
    }
    let sum = 0;
    for (let i = 0; i < end; i++) sum ^= table.touch(commands[i].hash);
    for (let i = 0; i < end; i++) {
      prefetched[i] = commands[i].hashedIndex === 1 ? table.peek(commands[i].hash) : NO_REF;
    }
    for (let i = 0; i < end; i++) {
      const ref = prefetched[i];
      if (ref === NO_REF) continue;
      const words = arena.words[ref >>> CHUNK_SHIFT];
      const at = (ref & UNIT_MASK) << 1;
      sum ^= words[at + 1] ^ words[Math.min(at + PREFETCH_WORDS, words.length - 1)];
    }
    // Kept, so that no compiler finds the reads to be for nothing.
    this.prefetchSum = sum;
  }

  /** @returns the record of a key for reading; NO_REF when it is absent or has just expired */
  lookupRead(args: Args, index: number): Ref {
    const ref = this.find(args, index);
    if (ref === NO_REF || this.expireIfDue(ref)) {
      this.keyspace.keyspaceMisses++;
      return NO_REF;
    }
    this.keyspace.keyspaceHits++;
    if (this.keyspace.touchesKeys) this.touch(ref);
    return ref;
  }

  /** As `lookupRead`, but no use is counted: TTL, TYPE, OBJECT and the like. */
  peek(args: Args, index: number): Ref {
    const ref = this.find(args, index);
    return ref === NO_REF || this.expireIfDue(ref) ? NO_REF : ref;
  }

  /**
   * @returns the record of a key that the running command may change; a snapshot under way has
   * then taken the old value. NO_REF when it is absent or has just expired.
   */
  lookupWrite(args: Args, index: number): Ref {
    const ref = this.find(args, index);
    if (ref === NO_REF || this.expireIfDue(ref)) return NO_REF;
    if (this.snapshot !== null) this.savePreImage(ref);
    if (this.keyspace.touchesKeys) this.touch(ref);
    return ref;
  }

  /** @returns whether the record's deadline has passed; it stays where it is */
  isExpired(ref: Ref): boolean {
    if ((flagsOf(this.arena, ref) & FLAG_DEADLINE) === 0 || !this.keyspace.expiresKeys) {
      return false;
    }
    return deadlineOf(this.arena, ref) <= this.keyspace.now;
  }

  typeOf(ref: Ref): number {
    return this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] & 15;
  }

  encodingOf(ref: Ref): number {
    return (this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] >>> 4) & 15;
  }

  setEncoding(ref: Ref, encoding: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & ~0xf0) | (encoding << 4);
  }

  accessOf(ref: Ref): number {
    return this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] >>> 8;
  }

  setAccess(ref: Ref, bits: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & 0xff) | (bits << 8);
  }

  /** @returns unix ms, or -1 */
  deadlineOf(ref: Ref): number {
    return deadlineOf(this.arena, ref);
  }

  /** @returns the bytes that the record's block takes */
  recordSizeBytes(ref: Ref): number {
    return this.arena.capacity(ref);
  }

  // --- changing ---

  /**
   * Makes the key that is argument `index` hold a value of `valueLength` bytes in place, which the
   * caller then writes at `valueAtOf(arena, ref)`. Counts as a change. The key was looked up last.
   * @param ref what `lookupWrite` returned for this key
   * @param kind type | encoding << 4
   * @param layout FLAG_PAYLOAD when the value is, or is described by, a payload word; else 0
   * @param keepDeadline whether an existing deadline stays
   * @returns the record, which may have moved
   */
  store(
    ref: Ref,
    args: Args,
    index: number,
    kind: number,
    layout: number,
    valueLength: number,
    keepDeadline: boolean,
  ): Ref {
    const { view } = args;
    const keyAt = args.at[index];
    const keyLength = args.length[index];
    assert(keyAt === this.hashedAt, 'the key that is stored was looked up last');
    if (ref === NO_REF) return this.create(view, keyAt, keyLength, kind, layout, valueLength, -1);
    const arena = this.arena;
    const flags = flagsOf(arena, ref);
    const kept = keepDeadline ? flags & FLAG_DEADLINE : 0;
    const wanted = layout | kept | lengthLayout(keyLength, valueLength);
    if ((flags & LAYOUT_MASK) === wanted && this.fits(ref, wanted, keyLength, valueLength)) {
      writeLengths(arena, ref, flags, keyLength, valueLength);
      this.setKind(ref, kind);
      this.modified();
      return ref;
    }
    const deadline = kept !== 0 ? deadlineOf(arena, ref) : -1;
    const needed = recordBytes(wanted, keyLength, valueLength);
    const target = this.blockSuits(ref, needed) ? ref : arena.allocate(needed);
    this.unlist(ref);
    if (target !== ref) {
      const words = arena.words[target >>> CHUNK_SHIFT];
      words[(target & UNIT_MASK) << 1] = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
      this.table.replace(ref, target, this.hash);
      arena.free(ref);
    }
    const keptFlags = wanted | (flags & FLAG_MARKED);
    this.fill(target, view, keyAt, keyLength, keptFlags, valueLength, deadline);
    this.setKind(target, kind);
    this.modified();
    return target;
  }

  /**
   * Changes the length of a value in place; bytes up to the shorter length stay. Growth leaves
   * room for more, so that appending is linear; room that is mostly unused is given back. Counts
   * as a change.
   * @returns the record, which may have moved
   * @throws ArenaFullError, as all methods that may need room; nothing has then changed
   */
  resizeValue(ref: Ref, valueLength: number): Ref {
    const arena = this.arena;
    const flags = flagsOf(arena, ref);
    const keyLength = keyLengthOf(arena, ref);
    const layout = (flags & ~FLAG_LONG & LAYOUT_MASK) | lengthLayout(keyLength, valueLength);
    const needed = recordBytes(layout, keyLength, valueLength);
    if (layout === (flags & LAYOUT_MASK) && this.blockHolds(ref, needed)) {
      writeLengths(arena, ref, flags, keyLength, valueLength);
      this.modified();
      return ref;
    }
    const oldLength = valueLengthOf(arena, ref);
    const extra = valueLength > oldLength ? Math.min(valueLength, GROWTH_MAX_BYTES) : 0;
    const kept = Math.min(valueLength, oldLength);
    return this.rebuild(ref, layout, valueLength, extra, kept, deadlineOf(arena, ref));
  }

  /** Deletes a key. Counts as a change. */
  remove(ref: Ref): void {
    const arena = this.arena;
    if (this.snapshot !== null) this.savePreImage(ref);
    this.unlist(ref);
    this.table.remove(ref, this.hashOf(ref));
    arena.free(ref);
    this.modified();
  }

  /**
   * Sets or replaces a deadline (unix ms). Counts as a change.
   * @returns the record, which may have moved
   */
  setDeadline(ref: Ref, deadlineMs: number): Ref {
    const flags = flagsOf(this.arena, ref);
    if ((flags & FLAG_DEADLINE) === 0) return this.relayout(ref, flags | FLAG_DEADLINE, deadlineMs);
    this.unlist(ref);
    this.enlist(ref, deadlineMs);
    this.modified();
    return ref;
  }

  /** Takes the deadline away. Counts as a change when there was one. */
  clearDeadline(ref: Ref): Ref {
    const flags = flagsOf(this.arena, ref);
    if ((flags & FLAG_DEADLINE) === 0) return ref;
    return this.relayout(ref, flags & ~FLAG_DEADLINE, -1);
  }

  /**
   * Gives a key a copy of another record's value, type, encoding, access bits and deadline.
   * The destination key must be absent and looked up last. Counts as a change.
   */
  copyFrom(source: Database, from: Ref, args: Args, index: number): Ref {
    const flags = flagsOf(source.arena, from);
    const valueLength = valueLengthOf(source.arena, from);
    const word = source.arena.words[from >>> CHUNK_SHIFT][(from & UNIT_MASK) << 1];
    const deadline = deadlineOf(source.arena, from);
    const payload = flags & FLAG_PAYLOAD;
    assert(args.at[index] === this.hashedAt, 'the key that is stored was looked up last');
    const ref = this.create(
      args.view,
      args.at[index],
      args.length[index],
      word & 0xff,
      payload,
      valueLength,
      deadline,
    );
    this.setAccess(ref, word >>> 8);
    copyView(
      source.arena.views[from >>> CHUNK_SHIFT],
      valueAtOf(source.arena, from),
      this.arena.views[ref >>> CHUNK_SHIFT],
      valueAtOf(this.arena, ref),
      valueLength,
    );
    if (payload !== 0) this.copyPayload(source, from, ref);
    return ref;
  }

  /**
   * Takes in a record from a snapshot; no change is counted.
   * @param deadline unix ms, or -1
   * @returns the record, or NO_REF when the key is there already
   */
  load(
    view: DataView,
    keyAt: number,
    keyLength: number,
    kind: number,
    layout: number,
    valueLength: number,
    deadline: number,
  ): Ref {
    this.hash = hashBytes(this.keyspace.seed, view, keyAt, keyLength);
    if (this.table.find(view, keyAt, keyLength, this.hash) !== NO_REF) return NO_REF;
    const dirty = this.keyspace.dirty;
    const ref = this.create(view, keyAt, keyLength, kind, layout, valueLength, deadline);
    this.keyspace.dirty = dirty;
    return ref;
  }

  // --- expiry ---

  /** Deletes what is due, earliest first. @returns whether nothing due is left */
  expireDue(stepsMax: number): boolean {
    if (this.wheel === null) return true;
    return this.wheel.advance(this.keyspace.now, this.expire, stepsMax);
  }

  /** Deletes a key because memory is short. */
  evict(ref: Ref): void {
    this.keyspace.evictedKeys++;
    this.removeUnasked(ref);
  }

  /** @returns a random key, or NO_REF */
  randomRef(): Ref {
    return this.table.randomRef(this.keyspace.random);
  }

  /** @returns one of the keys that have a deadline, or NO_REF */
  randomVolatileRef(): Ref {
    return this.wheel === null ? NO_REF : this.wheel.sample(this.keyspace.random);
  }

  /** Average milliseconds until the deadline of the keys that have one; 0 without any. */
  averageTtlMs(): number {
    const wheel = this.wheel;
    if (wheel === null || wheel.count === 0) return 0;
    const average = wheel.base + wheel.deadlineSum / wheel.count - this.keyspace.now;
    return Math.max(0, Math.floor(average));
  }

  // --- inside ---

  private modified(): void {
    this.keyspace.dirty++;
  }

  private touch(ref: Ref): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    const bits = words[at] >>> 8;
    const touched = this.keyspace.accessClock.touch(bits);
    if (touched !== bits) words[at] = (words[at] & 0xff) | (touched << 8);
  }

  private expireIfDue(ref: Ref): boolean {
    if ((flagsOf(this.arena, ref) & FLAG_DEADLINE) === 0 || !this.isExpired(ref)) return false;
    this.removeExpired(ref);
    return true;
  }

  private removeExpired(ref: Ref): void {
    this.keyspace.expiredKeys++;
    this.removeUnasked(ref);
  }

  /** Deletes a key that nobody asked to delete: it is reported, and it is nobody's write. */
  private removeUnasked(ref: Ref): void {
    const { keyspace, arena } = this;
    const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
    if (keyspace.onRemoved !== null) {
      keyspace.onRemoved(this, bytes, keyAtOf(arena, ref), keyLengthOf(arena, ref));
    }
    this.remove(ref);
    keyspace.dirty--;
  }

  private savePreImage(ref: Ref): void {
    const { snapshot, arena } = this;
    if (snapshot === null || (flagsOf(arena, ref) & FLAG_MARKED) !== 0) return;
    if (this.hashOf(ref) >>> 0 < snapshot.position) return;
    snapshot.writePreImage(this, ref);
    arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1] |= FLAG_MARKED;
  }

  private hashOf(ref: Ref): number {
    const view = this.arena.views[ref >>> CHUNK_SHIFT];
    const length = keyLengthOf(this.arena, ref);
    return hashBytes(this.keyspace.seed, view, keyAtOf(this.arena, ref), length);
  }

  private setKind(ref: Ref, kind: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & ~0xff) | kind;
  }

  private create(
    view: DataView,
    keyAt: number,
    keyLength: number,
    kind: number,
    layout: number,
    valueLength: number,
    deadline: number,
  ): Ref {
    let flags = layout | lengthLayout(keyLength, valueLength);
    if (deadline >= 0) flags |= FLAG_DEADLINE;
    const ref = this.allocateListed(recordBytes(flags, keyLength, valueLength));
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    words[(ref & UNIT_MASK) << 1] = kind | (this.keyspace.accessClock.initial() << 8);
    // A key newer than the start of a snapshot is not part of it.
    if (this.snapshot !== null && this.hash >>> 0 >= this.snapshot.position) flags |= FLAG_MARKED;
    this.fill(ref, view, keyAt, keyLength, flags, valueLength, deadline);
    this.modified();
    return ref;
  }

  /** @returns a new block that the table refers to by `hash` already: all or nothing */
  private allocateListed(sizeBytes: number): Ref {
    const ref = this.arena.allocate(sizeBytes);
    try {
      this.table.insert(ref, this.hash);
    } catch (error) {
      this.arena.free(ref);
      throw error;
    }
    return ref;
  }

  private fill(
    ref: Ref,
    view: DataView,
    keyAt: number,
    keyLength: number,
    flags: number,
    valueLength: number,
    deadline: number,
  ): void {
    const arena = this.arena;
    writeLengths(arena, ref, flags, keyLength, valueLength);
    copyView(view, keyAt, arena.views[ref >>> CHUNK_SHIFT], keyAtOf(arena, ref), keyLength);
    if (deadline >= 0) this.enlist(ref, deadline);
  }

  private fits(ref: Ref, layout: number, keyLength: number, valueLength: number): boolean {
    // Same length as before: certain to fit, and by far the most frequent.
    if (valueLength === valueLengthOf(this.arena, ref)) return true;
    return this.blockSuits(ref, recordBytes(layout, keyLength, valueLength));
  }

  private blockSuits(ref: Ref, neededBytes: number): boolean {
    const capacity = this.arena.capacity(ref);
    return neededBytes <= capacity && capacity <= neededBytes * SLACK_FACTOR + SLACK_BYTES;
  }

  /** As `blockSuits`, but leaves a value that shrinks and grows the room it once needed. */
  private blockHolds(ref: Ref, neededBytes: number): boolean {
    const capacity = this.arena.capacity(ref);
    return neededBytes <= capacity && capacity <= neededBytes * RESIZE_SLACK_FACTOR + SLACK_BYTES;
  }

  /** Same value, other layout. */
  private relayout(ref: Ref, flags: number, deadline: number): Ref {
    const length = valueLengthOf(this.arena, ref);
    return this.rebuild(ref, flags & LAYOUT_MASK, length, 0, length, deadline);
  }

  /** Moves a record to a new block of another layout or size. Counts as a change. */
  private rebuild(
    ref: Ref,
    layout: number,
    valueLength: number,
    extraBytes: number,
    keptBytes: number,
    deadline: number,
  ): Ref {
    const arena = this.arena;
    const keyLength = keyLengthOf(arena, ref);
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const keyAt = keyAtOf(arena, ref);
    const hash = this.hashOf(ref);
    const kept = flagsOf(arena, ref) & FLAG_MARKED;
    const target = arena.allocate(recordBytes(layout, keyLength, valueLength) + extraBytes);
    this.unlist(ref);
    const word = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
    arena.words[target >>> CHUNK_SHIFT][(target & UNIT_MASK) << 1] = word;
    this.fill(target, view, keyAt, keyLength, layout | kept, valueLength, deadline);
    const to = arena.views[target >>> CHUNK_SHIFT];
    copyView(view, valueAtOf(arena, ref), to, valueAtOf(arena, target), keptBytes);
    if ((layout & FLAG_PAYLOAD) !== 0) this.copyPayload(this, ref, target);
    this.table.replace(ref, target, hash);
    arena.free(ref);
    this.modified();
    return target;
  }

  private copyPayload(source: Database, from: Ref, to: Ref): void {
    const fromAt = payloadWordOf(source.arena, from);
    const toAt = payloadWordOf(this.arena, to);
    const words = source.arena.words[from >>> CHUNK_SHIFT];
    const target = this.arena.words[to >>> CHUNK_SHIFT];
    target[toAt] = words[fromAt];
    target[toAt + 1] = words[fromAt + 1];
  }

  private enlist(ref: Ref, deadline: number): void {
    this.wheel ??= new TimingWheel(this.arena, this.keyspace.now);
    const at = deadlineDoubleOf(this.arena, ref);
    this.arena.doubles[ref >>> CHUNK_SHIFT][at] = deadline;
    this.wheel.add(ref);
  }

  private unlist(ref: Ref): void {
    if ((flagsOf(this.arena, ref) & FLAG_DEADLINE) === 0) return;
    assert(this.wheel !== null, 'a record with a deadline is in the wheel');
    this.wheel.remove(ref);
  }
}
