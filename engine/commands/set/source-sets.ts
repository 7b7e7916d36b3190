// The sets that SINTER, SUNION, SDIFF and their STORE forms read. Invariant: their keys are all
// looked up, in the order given, before one of them is read, and nothing changes them after that.

import type { Context } from '../../contract/context.js';
import { TYPE_SET } from '../../keyspace/encodings.js';
import { SetCursor } from '../../keyspace/values/set-cursor.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';

/** Cursors beyond that are given up after the command that needed them. */
const CURSORS_KEPT = 32;

export class SourceSets {
  /** Those that are there, `count` of them; which one is first is up to `sort`. */
  readonly cursors: SetCursor[] = [];
  count = 0;
  /** Keys that are absent. */
  missing = 0;
  /** The record of the key given first, or NO_REF. */
  first: Ref = NO_REF;
  /** Whether a later key is the one that was given first. */
  hasFirstAgain = false;

  /**
   * Looks up the keys that are the arguments from `from` up to `to`.
   * @returns false when one of them is no set; that has been replied
   */
  lookup(ctx: Context, args: Args, from: number, to: number): boolean {
    this.count = 0;
    this.missing = 0;
    this.first = NO_REF;
    this.hasFirstAgain = false;
    for (let i = from; i < to; i++) {
      const ref = lookupReadTyped(ctx, args, i, TYPE_SET);
      if (ref === WRONG_TYPE) return false;
      if (i === from) this.first = ref;
      else if (ref !== NO_REF && ref === this.first) this.hasFirstAgain = true;
      if (ref === NO_REF) this.missing++;
      else this.open(ctx, ref);
    }
    if (this.cursors.length > CURSORS_KEPT) {
      this.cursors.length = Math.max(this.count, CURSORS_KEPT);
    }
    return true;
  }

  /** Members of all sets together. */
  get total(): number {
    let total = 0;
    for (let i = 0; i < this.count; i++) total += this.cursors[i].count;
    return total;
  }

  /**
   * Orders the sets from `from` on by their sizes.
   * @param isDescending the largest comes first
   */
  sort(from: number, isDescending: boolean): void {
    const { cursors } = this;
    for (let i = from + 1; i < this.count; i++) {
      const moving = cursors[i];
      let gap = i;
      for (; gap > from; gap--) {
        const difference = cursors[gap - 1].count - moving.count;
        if (isDescending ? difference >= 0 : difference <= 0) break;
        cursors[gap] = cursors[gap - 1];
      }
      cursors[gap] = moving;
    }
  }

  private open(ctx: Context, ref: Ref): void {
    if (this.count === this.cursors.length) this.cursors.push(new SetCursor());
    this.cursors[this.count++].open(ctx.db, ref);
  }
}
