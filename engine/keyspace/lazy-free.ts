// Large collections that no key refers to any more: their memory is given back in slices, so that
// nobody waits for a value of millions of elements to go. Memory in use stays exact meanwhile:
// nothing counts as free before it is.
//
// Invariants: a value comes here once, when its key lets go of it; one that a snapshot is on its
// way through stays whole until that walk has ended; a database that was emptied takes the values
// that wait with it (`forget`).

import type { Ref } from '../memory/chunks.js';
import { HEADER_COUNT, HEADER_WALK } from '../memory/large-header.js';
import { assert } from '../util/assert.js';
import type { Database } from './database.js';
import { DroppedValue } from './dropped-value.js';

/** Values of so many elements go at once: that takes no longer than any other command. */
const AT_ONCE_MAX = 64;

export class LazyFree {
  /** INFO lazyfreed_objects: values freed in slices since the start, or CONFIG RESETSTAT. */
  freedObjects = 0;
  /** Called when a value comes to wait that can be freed, so that somebody calls `step`. */
  onPending: (() => void) | null = null;
  private queue: DroppedValue[] = [];
  /** Everything before it in `queue` is gone. */
  private head = 0;
  /** Values that a snapshot was on its way through when their turn came. */
  private held: DroppedValue[] = [];

  /** INFO lazyfree_pending_objects: values that wait, also one that is freed in part. */
  get pendingObjects(): number {
    return this.queue.length - this.head + this.held.length;
  }

  /** Takes over a large collection that no key refers to any more. */
  release(db: Database, type: number, root: Ref): void {
    const value = new DroppedValue(db, type, root);
    // Nothing is served while the log is replayed, so nobody waits, and nothing would call `step`.
    const isAtOnce = !db.keyspace.expiresKeys || value.headerWord(HEADER_COUNT) <= AT_ONCE_MAX;
    if (isAtOnce && value.headerWord(HEADER_WALK) === 0) {
      assert(value.freeStep(Infinity), 'without a limit all is freed');
      return;
    }
    this.queue.push(value);
    if (this.queue.length - this.head === 1) this.onPending?.();
  }

  /**
   * Frees some of what waits, the oldest value first.
   * @param stepsMax how many elements, about
   * @returns whether nothing is left that can be freed now
   */
  step(stepsMax: number): boolean {
    if (this.isQueueEmpty) this.retryHeld();
    if (this.isQueueEmpty) return true;
    const value = this.queue[this.head];
    if (isWalked(value)) this.held.push(value);
    else if (!value.freeStep(stepsMax)) return false;
    else this.freedObjects++;
    this.head++;
    if (this.isQueueEmpty) this.retryHeld();
    return this.isQueueEmpty;
  }

  /** The database was emptied: the memory of its values has gone as a whole. */
  forget(db: Database): void {
    const isKept = (value: DroppedValue): boolean => value.db !== db;
    const before = this.pendingObjects;
    this.queue = this.queue.slice(this.head).filter(isKept);
    this.head = 0;
    this.held = this.held.filter(isKept);
    this.freedObjects += before - this.pendingObjects;
  }

  private get isQueueEmpty(): boolean {
    return this.head === this.queue.length;
  }

  /** Lines up again what no snapshot is on its way through any more. */
  private retryHeld(): void {
    this.queue = this.held.filter((value) => !isWalked(value));
    this.head = 0;
    this.held = this.held.filter(isWalked);
  }
}

/** @returns whether a snapshot is on its way through the value */
function isWalked(value: DroppedValue): boolean {
  return value.headerWord(HEADER_WALK) !== 0;
}
