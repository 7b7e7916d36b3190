// One database: keys in records, records in the arena, references in the hash table, deadlines in
// the timing wheel; looking up, deleting, expiring. How records are made and moved is in
// `key-records.ts`.
//
// Invariant: `find` and the lookups leave the hash of their key in `hash`, which `store` uses.

import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { hashBytes } from '../memory/hash.js';
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
import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import { copyView } from '../util/bytes.js';
import { TYPE_STRING } from './encodings.js';
import type { FieldDeadlines } from './field-deadlines.js';
import { KeyRecords } from './key-records.js';
import type { Keyspace } from './keyspace.js';
import { prefetchMembers } from './member-prefetch.js';

/** A smaller table is in the caches anyway. */
const PREFETCH_KEYS_MIN = 4096;
const PREFETCH_KEY_MAX_BYTES = 64;
const PREFETCH_MAX = 32;
/** The second place of a record that is touched: small records may lie across two cache lines. */
const PREFETCH_WORDS = 9;

export class Database extends KeyRecords {
  /** Null until a first hash field gets a deadline. */
  fieldDeadlines: FieldDeadlines | null = null;
  /** Whether a snapshot is on its way through the keys, or through a value of them. */
  private isWalked = false;
  private isGivenUp = false;
  private readonly expire: (ref: Ref) => void;
  private readonly prefetched = new Int32Array(PREFETCH_MAX);
  /** What `prefetch` read: a use, so that no compiler leaves the reads out. */
  prefetchSum = 0;

  constructor(keyspace: Keyspace, index: number) {
    super(keyspace, index);
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
    return this.arena.usedBytes + this.table.directoryBytes + this.wheelBytes;
  }

  /** Exact bytes of the timing wheels' list heads. */
  get wheelBytes(): number {
    const keyBytes = this.wheel === null ? 0 : this.wheel.sizeBytes;
    return keyBytes + (this.fieldDeadlines === null ? 0 : this.fieldDeadlines.wheel.sizeBytes);
  }

  /**
   * Gives all memory back: the database is no longer one of its keyspace's. Whoever still refers
   * to it does not keep more than a chunk. A snapshot under way goes on to its end first.
   */
  giveUp(): void {
    this.isGivenUp = true;
    if (!this.isWalked) this.arena.giveUp();
  }

  /** A snapshot begins its way through this database. */
  walkBegins(): void {
    this.isWalked = true;
  }

  /** The snapshot has written, or given up, all keys and values. */
  walkEnds(): void {
    this.isWalked = false;
    if (this.isGivenUp) this.arena.giveUp();
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
   * In a database of few keys it may be the members of a large one that miss.
   * @param commands argument 1 is taken for a key
   */
  prefetch(commands: readonly Args[], count: number): void {
    const { table, arena, prefetched } = this;
    if (table.count < PREFETCH_KEYS_MIN) {
      this.prefetchSum = prefetchMembers(this, commands, count);
      return;
    }
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

  /** @returns the record of a key for reading; NO_REF when it is absent or has expired */
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

  /** @returns unix ms, or -1 */
  deadlineOf(ref: Ref): number {
    return deadlineOf(this.arena, ref);
  }

  /** @returns the bytes that the record's block takes */
  recordSizeBytes(ref: Ref): number {
    return this.arena.capacity(ref);
  }

  // --- changing ---

  /** A record changes that no `lookupWrite` gave: a snapshot under way takes the old value. */
  announceChange(ref: Ref): void {
    if (this.snapshot !== null) this.savePreImage(ref);
  }

  /** Deletes a key. Counts as a change. */
  remove(ref: Ref): void {
    const { arena } = this;
    if (this.snapshot !== null) this.savePreImage(ref);
    this.modified(ref);
    this.unlist(ref);
    this.releaseRoot(ref);
    this.table.remove(ref, this.hashOf(ref));
    arena.free(ref);
  }

  /** Deletes a key whose collection became empty: the change that emptied it is what counts. */
  drop(ref: Ref): void {
    const { dirty } = this.keyspace;
    this.remove(ref);
    this.keyspace.dirty = dirty;
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
    this.modified(ref);
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
   * The destination key must be absent and looked up last; the value must not be a large
   * collection. Counts as a change.
   */
  copyFrom(source: Database, from: Ref, args: Args, index: number): Ref {
    const flags = flagsOf(source.arena, from);
    const valueLength = valueLengthOf(source.arena, from);
    const word = source.arena.words[from >>> CHUNK_SHIFT][(from & UNIT_MASK) << 1];
    const deadline = deadlineOf(source.arena, from);
    const payload = flags & FLAG_PAYLOAD;
    const isCopied = payload === 0 || source.typeOf(from) === TYPE_STRING;
    assert(isCopied, 'a large collection is copied element by element');
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
    this.modified(ref);
    return ref;
  }

  /**
   * Gives a key another name, with everything it has. The new name must be absent and looked up
   * last. Counts as a change of both.
   * @returns the record, which has moved
   * @throws ArenaFullError; the key is then as it was, the new name perhaps there without a value
   */
  rename(from: Ref, args: Args, index: number): Ref {
    const { arena } = this;
    const root = this.typeOf(from) === TYPE_STRING ? NO_REF : this.rootOf(from);
    let ref: Ref;
    if (root === NO_REF) {
      ref = this.copyFrom(this, from, args, index);
    } else {
      const word = arena.words[from >>> CHUNK_SHIFT][(from & UNIT_MASK) << 1];
      ref = this.createLarge(args, index, word & 0xff, root);
      this.setAccess(ref, word >>> 8);
      const deadline = deadlineOf(arena, from);
      try {
        if (deadline >= 0) ref = this.relayout(ref, flagsOf(arena, ref) | FLAG_DEADLINE, deadline);
        else this.modified(ref);
      } catch (error) {
        this.setOwner(root, from);
        this.forgetRoot(ref);
        throw error;
      }
      this.forgetRoot(from);
    }
    this.remove(from);
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
    return this.create(view, keyAt, keyLength, kind, layout, valueLength, deadline);
  }

  // --- expiry ---

  /** Deletes what is due, earliest first. @returns whether nothing due is left */
  expireDue(stepsMax: number): boolean {
    const { wheel } = this;
    const isDone = wheel === null || wheel.advance(this.keyspace.now, this.expire, stepsMax);
    return this.expireFieldsDue(stepsMax) && isDone;
  }

  /** Removes the hash fields that are due. @returns whether none is left */
  expireFieldsDue(stepsMax: number): boolean {
    return this.fieldDeadlines === null || this.fieldDeadlines.expireDue(stepsMax);
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

  private touch(ref: Ref): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    const bits = words[at] >>> 8;
    const touched = this.keyspace.accessClock.touch(bits);
    if (touched !== bits) words[at] = (words[at] & 0xff) | (touched << 8);
  }

  private expireIfDue(ref: Ref): boolean {
    if ((flagsOf(this.arena, ref) & FLAG_DEADLINE) === 0 || !this.isExpired(ref)) return false;
    if (this.keyspace.deletesExpired) this.removeExpired(ref);
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

  protected release(type: number, root: Ref): void {
    this.keyspace.lazyFree.release(this, type, root);
  }

  /** Takes the large collection out of a record that is about to go. */
  private forgetRoot(ref: Ref): void {
    this.arena.words[ref >>> CHUNK_SHIFT][payloadWordOf(this.arena, ref)] = NO_REF;
  }
}
