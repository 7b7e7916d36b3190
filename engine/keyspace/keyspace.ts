// All databases of one engine and what they share: the hash seed, the access clock, the counters.
// Invariant: `databases[i].index === i`, also after SWAPDB and FLUSHDB, which put other objects in
// place; nobody keeps a Database across commands.

import type { Ref } from '../memory/chunks.js';
import type { HashSeed } from '../memory/hash.js';
import { assert } from '../util/assert.js';
import type { Random } from '../util/random.js';
import { AccessClock } from './access-clock.js';
import { CollectionLimits } from './collection-limits.js';
import { Database } from './database.js';
import { LazyFree } from './lazy-free.js';

/** Called with the key of a record that expired or is evicted, before it goes. */
export type RemovalListener = (db: Database, bytes: Buffer, at: number, length: number) => void;

/** Told of a key, by its database's index and the type of its value. */
export type KeyListener = (
  dbIndex: number,
  type: number,
  bytes: Buffer,
  at: number,
  length: number,
) => void;

/**
 * Told of a database whose keys are about to go all at once.
 * @param by what comes in its place; null: nothing
 */
export type ReplacingListener = (db: Database, by: Database | null) => void;

/**
 * Told of a hash field that expires, before it goes.
 * @param owner the record of the key
 * @param field the record of the field
 */
export type FieldRemovalListener = (db: Database, owner: Ref, field: Ref) => void;

export class Keyspace {
  databases: Database[] = [];
  readonly accessClock: AccessClock;
  /** Of every key hash; changes only while everything is empty. */
  seed: HashSeed;
  readonly random: Random;
  /** Unix ms of the running command; all expiry decisions of a command use this one value. */
  now: number;
  /** Changes since the start, as Redis counts them. */
  dirty = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  expiredKeys = 0;
  /** Hash fields that went because of their deadline. */
  expiredFields = 0;
  evictedKeys = 0;
  /** False while the log is replayed: an expiry is then a recorded deletion, never a decision. */
  expiresKeys = true;
  /**
   * False while a command that only reads runs in a pause or under a log that refuses writes: what
   * has expired is then hidden, and deleted later.
   */
  deletesExpired = true;
  /** DEBUG SET-ACTIVE-EXPIRE: whether keys go by themselves, not only when somebody looks. */
  expiresActively = true;
  /** False while a client with CLIENT NO-TOUCH runs a command. */
  touchesKeys = true;
  onRemoved: RemovalListener | null = null;
  /** Told of each hash field that expires, before it goes. */
  onFieldRemoved: FieldRemovalListener | null = null;
  /** Whether some hash field had a deadline since the start. */
  hasFieldDeadlines = false;
  /** Told of each key that changed or is about to go; null while nobody wants to know. */
  onChanged: KeyListener | null = null;
  /** Told of each key that came into being, before its value is written; null as above. */
  onCreated: KeyListener | null = null;
  /** Told of FLUSHDB, SWAPDB and the like; null while nobody wants to know. */
  onReplacing: ReplacingListener | null = null;
  /** Told of the index of each of two databases that were swapped. */
  onSwapped: ((dbIndex: number) => void) | null = null;
  /** Where large collections go whose keys let go of them. */
  readonly lazyFree = new LazyFree();
  /** Up to which size collections are packed. */
  readonly limits = new CollectionLimits();

  constructor(options: {
    readonly databases: number;
    readonly seed: HashSeed;
    readonly random: Random;
    readonly now: number;
  }) {
    this.seed = { k0: options.seed.k0 | 0, k1: options.seed.k1 | 0 };
    this.random = options.random;
    this.now = options.now;
    this.accessClock = new AccessClock(options.random);
    this.accessClock.refresh(options.now);
    for (let i = 0; i < options.databases; i++) this.databases.push(new Database(this, i));
  }

  /** @param now unix ms */
  setTime(now: number): void {
    this.now = now;
    this.accessClock.refresh(now);
  }

  /**
   * Gets ready for a snapshot: its seed, so that its keys come in hash order, and room for them.
   * @param counts keys to come, by database index
   */
  prepareLoad(seed: HashSeed, counts: readonly number[]): void {
    assert(
      this.databases.every((db) => db.count === 0),
      'a snapshot is loaded into nothing',
    );
    this.seed = seed;
    counts.forEach((count, index) => {
      this.databases[index].table.reserve(count);
    });
  }

  /**
   * Puts empty databases in place of all.
   * @returns what was there, for `attachDatabases` or `release`
   */
  detachDatabases(): Database[] {
    const detached = this.databases;
    for (const db of detached) this.onReplacing?.(db, null);
    this.databases = detached.map((_, index) => new Database(this, index));
    return detached;
  }

  /** Puts databases that were detached in place of those that are there. */
  attachDatabases(databases: Database[]): void {
    this.release(this.databases);
    this.databases = databases;
  }

  /** Gives up the memory of databases that are not attached any more. */
  release(databases: readonly Database[]): void {
    for (const db of databases) {
      this.lazyFree.forget(db);
      db.giveUp();
    }
  }

  /** Empties database `index`. */
  flush(index: number): void {
    const old = this.databases[index];
    this.onReplacing?.(old, null);
    this.databases[index] = new Database(this, index);
    this.dirty += old.count;
    this.release([old]);
  }

  swap(a: number, b: number): void {
    const first = this.databases[a];
    const second = this.databases[b];
    this.onReplacing?.(first, second);
    this.onReplacing?.(second, first);
    this.databases[a] = second;
    this.databases[b] = first;
    second.index = a;
    first.index = b;
    this.dirty++;
    this.onSwapped?.(a);
    this.onSwapped?.(b);
  }

  /**
   * Deletes what is due in all databases.
   * @param stepsMax how many records may be touched
   * @returns whether nothing due is left
   */
  expireDue(stepsMax: number): boolean {
    assert(this.expiresKeys, 'replay expires nothing');
    let isDone = true;
    for (const db of this.databases) isDone = db.expireDue(stepsMax) && isDone;
    return isDone;
  }

  /**
   * Removes the hash fields that are due: whoever counts fields next need not look at deadlines.
   * @param stepsMax how many records may be touched in each database
   */
  expireFieldsDue(stepsMax: number): void {
    for (const db of this.databases) db.expireFieldsDue(stepsMax);
  }

  /** Exact bytes that keys, values and their index take. */
  get usedBytes(): number {
    let bytes = 0;
    for (const db of this.databases) bytes += db.usedBytes;
    return bytes;
  }

  /** Of them, hash tables and timing wheels; the rest are keys and values. */
  get indexBytes(): number {
    let bytes = 0;
    for (const { table, wheelBytes } of this.databases) bytes += table.sizeBytes + wheelBytes;
    return bytes;
  }

  /** Address space of the arenas. */
  get reservedBytes(): number {
    let bytes = 0;
    for (const db of this.databases) bytes += db.arena.reservedBytes;
    return bytes;
  }

  get fragmentedBytes(): number {
    let bytes = 0;
    for (const db of this.databases) bytes += db.arena.fragmentedBytes;
    return bytes;
  }
}
