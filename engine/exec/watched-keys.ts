// The keys that sessions watch between WATCH and EXEC. Invariants: a watch is in the list of its
// key once, and gone as soon as its session was touched or forgot its keys; while nobody watches,
// the keyspace tells nothing to anyone.
//
// A key whose deadline had passed already when it was watched is absent for its watcher: that it is
// then deleted changes nothing (Redis 7's rule). Any other key that expires counts as changed.

import type { Session } from '../contract/session.js';
import type { Database } from '../keyspace/database.js';
import type { KeyListener, Keyspace } from '../keyspace/keyspace.js';
import { NO_REF, type Ref } from '../memory/chunks.js';
import { Args } from '../util/args.js';
import { latin1Bytes } from '../util/bytes.js';
import { KeyTable } from './key-table.js';

class WatchedKey {
  readonly dbIndex: number;
  readonly key: string;
  first: Watch | null = null;
  last: Watch | null = null;

  constructor(dbIndex: number, key: string) {
    this.dbIndex = dbIndex;
    this.key = key;
  }
}

/** One key, watched by one session. */
class Watch {
  readonly watcher: Watcher;
  readonly watched: WatchedKey;
  /** Its deadline had passed when it was watched, and it has not been deleted yet. */
  isExpired: boolean;
  previous: Watch | null = null;
  next: Watch | null = null;

  constructor(watcher: Watcher, watched: WatchedKey, isExpired: boolean) {
    this.watcher = watcher;
    this.watched = watched;
    this.isExpired = isExpired;
  }
}

/** What a session watches. */
export class Watcher {
  readonly session: Session;
  readonly watches = new Map<WatchedKey, Watch>();
  private readonly onTouched: () => void;

  /** @param onTouched called when one of the keys changed; nothing is watched any more then */
  constructor(session: Session, onTouched: () => void) {
    this.session = session;
    this.onTouched = onTouched;
  }

  touched(): void {
    this.onTouched();
  }
}

export class WatchedKeys {
  /** How many sessions watch something. */
  watcherCount = 0;
  private readonly keyspace: Keyspace;
  private readonly keys = new KeyTable<WatchedKey>();
  private readonly args = new Args();

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /** How many keys somebody watches. */
  get keyCount(): number {
    return this.keys.size;
  }

  /** Watches the key that is argument `index`, in the session's database. */
  watch(watcher: Watcher, args: Args, index: number): void {
    const { dbIndex } = watcher.session;
    const key = args.text(index);
    let watched = this.keys.get(dbIndex, key);
    if (watched === undefined) {
      watched = new WatchedKey(dbIndex, key);
      this.keys.add(dbIndex, key, watched);
    } else if (watcher.watches.has(watched)) {
      return;
    }
    if (watcher.watches.size === 0) this.watcherCount++;
    const db = this.keyspace.databases[dbIndex];
    const ref = db.find(args, index);
    const watch = new Watch(watcher, watched, ref !== NO_REF && db.isExpired(ref));
    watcher.watches.set(watched, watch);
    watch.previous = watched.last;
    if (watched.last === null) watched.first = watch;
    else watched.last.next = watch;
    watched.last = watch;
    this.keyspace.onChanged = this.onChanged;
    this.keyspace.onReplacing = this.onReplacing;
  }

  /** Watches nothing any more for a session. */
  forget(watcher: Watcher): void {
    const { watches } = watcher;
    if (watches.size === 0) return;
    this.watcherCount--;
    for (const watch of watches.values()) this.unlink(watch);
    watches.clear();
    if (this.keys.size > 0) return;
    this.keyspace.onChanged = null;
    this.keyspace.onReplacing = null;
  }

  /** Whether the deadline of some key has passed since it was watched. */
  hasExpired(watcher: Watcher): boolean {
    for (const { watched, isExpired } of watcher.watches.values()) {
      if (isExpired) continue;
      const db = this.keyspace.databases[watched.dbIndex];
      if (db.expiresCount === 0) continue;
      const ref = this.find(db, watched);
      if (ref !== NO_REF && db.isExpired(ref)) return true;
    }
    return false;
  }

  private readonly onChanged: KeyListener = (dbIndex, _type, bytes, at, length) => {
    const watched = this.keys.find(dbIndex, bytes, at, length);
    if (watched === undefined) return;
    for (let watch = watched.first; watch !== null; ) {
      const { next } = watch;
      // The first thing that happens to an expired key is its deletion.
      if (watch.isExpired) watch.isExpired = false;
      else this.touch(watch);
      watch = next;
    }
  };

  /** FLUSHDB and its kin touch keys that were there; SWAPDB also those that come. */
  private readonly onReplacing = (db: Database, by: Database | null): void => {
    for (const watched of this.keys.valuesOf(db.index)) {
      const exists = this.find(db, watched) !== NO_REF;
      const other = by === null ? NO_REF : this.find(by, watched);
      if (!exists && other === NO_REF) continue;
      const comesExpired = by !== null && other !== NO_REF && by.isExpired(other);
      for (let watch = watched.first; watch !== null; ) {
        const { next } = watch;
        if (watch.isExpired && other === NO_REF) watch.isExpired = false;
        else if (comesExpired && (watch.isExpired || !exists)) watch.isExpired = true;
        else this.touch(watch);
        watch = next;
      }
    }
  };

  private touch({ watcher }: Watch): void {
    this.forget(watcher);
    watcher.touched();
  }

  private find(db: Database, { key }: WatchedKey): Ref {
    this.args.assign([latin1Bytes(key)]);
    return db.find(this.args, 0);
  }

  private unlink({ watched, previous, next }: Watch): void {
    if (previous === null) watched.first = next;
    else previous.next = next;
    if (next === null) watched.last = previous;
    else next.previous = previous;
    if (watched.first === null) this.keys.remove(watched.dbIndex, watched.key);
  }
}
