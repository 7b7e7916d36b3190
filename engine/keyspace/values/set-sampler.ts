// Several distinct members of a set, at random: each selection of `count` members is as likely as
// any other. A packed set is walked once, and so is a large one of which much is wanted; of others
// members are drawn until enough of them are different.
//
// Invariant: the set does not change between `open` and the end of the selection.

import { NO_REF, type Ref } from '../../memory/chunks.js';
import { assert } from '../../util/assert.js';
import type { ByteSlice } from '../../util/byte-slice.js';
import { type Random, randomBelow } from '../../util/random.js';
import type { Database } from '../database.js';
import { deleteMany } from './packed-set.js';
import { SetCursor } from './set-cursor.js';

/** Where more than one of so many members is wanted, a walk is faster than drawing. */
const WALK_FACTOR = 3;

export class SetSampler {
  private readonly cursor = new SetCursor();
  /** The records drawn so far. */
  private readonly drawn = new Set<Ref>();
  /** A packed set: the places of the members taken so far, in the set's own order. */
  private readonly taken: number[] = [];
  private isDrawing = false;
  private wanted = 0;
  private left = 0;

  /** The member that was taken last; valid until `next`. */
  get element(): ByteSlice {
    return this.isDrawing ? this.cursor.set.element : this.cursor.element;
  }

  /** @param count at most as many as there are */
  open(db: Database, ref: Ref, count: number): void {
    const { cursor } = this;
    cursor.open(db, ref);
    this.wanted = count;
    this.left = cursor.count;
    this.isDrawing = cursor.isLarge && count * WALK_FACTOR < cursor.count;
    this.taken.length = 0;
  }

  /** Takes the next member of the selection. @returns false at its end */
  next(random: Random): boolean {
    if (this.wanted === 0) {
      this.drawn.clear();
      return false;
    }
    if (this.isDrawing) this.draw(random);
    else this.walk(random);
    this.wanted--;
    return true;
  }

  /**
   * Removes what was taken of a packed set, after the end of the selection.
   * @returns the set's record, which may have moved
   */
  removeTaken(): Ref {
    const { set, isLarge } = this.cursor;
    assert(!isLarge && set.ref !== NO_REF, 'members of a large set are removed one by one');
    return deleteMany(set.db, set.ref, set.hasIntegers, this.taken);
  }

  /** Takes each with the chance that is left to it (D. Knuth, TAOCP 3.4.2, algorithm S). */
  private walk(random: Random): void {
    const { cursor } = this;
    do cursor.next();
    while (randomBelow(random, this.left--) >= this.wanted);
    if (!cursor.isLarge) this.taken.push(cursor.count - this.left - 1);
  }

  private draw(random: Random): void {
    const { drawn } = this;
    const { set } = this.cursor;
    const { size } = drawn;
    while (drawn.size === size) drawn.add(set.pick(random));
  }
}
