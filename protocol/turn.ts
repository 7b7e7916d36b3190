// The replies of one turn of the event loop. Every connection served in the turn has a chain of
// slices (page, from, to) in the order its bytes must be sent. Invariant: a turn holds one
// reference to each page its slices are in, until it is released.
//
// Slices are columns of plain arrays that are emptied and filled again: nothing is allocated
// per command or per connection.

import type { Page, PagePool } from './output-page.js';

/** No slice: the end of a chain. */
export const NO_SLICE = -1;

/** Who receives replies. The writer and the turns keep their place here instead of in a map. */
export interface OutputTarget {
  /** RESP version of what is written now. */
  readonly resp: 2 | 3;
  /** This turn's chain; NO_SLICE when nothing was written. */
  firstSlice: number;
  lastSlice: number;
  /** Replies owed for this turn. */
  turnReplies: number;
  isInTurn: boolean;
}

export class Turn<Target extends OutputTarget> {
  readonly targets: Target[] = [];
  /** Per target, set when the turn is sealed. */
  readonly firstSlices: number[] = [];
  readonly replyCounts: number[] = [];
  /** Per target of a turn that is held: whether its replies have left before the others. */
  readonly hasLeft: boolean[] = [];
  readonly slicePage: Page[] = [];
  readonly sliceFrom: number[] = [];
  readonly sliceTo: number[] = [];
  readonly sliceNext: number[] = [];
  private readonly pages: Page[] = [];
  /** What the engine's `commit` returned. */
  ticket = 0;
  /** When set, every command of the turn is answered with this error. */
  error: string | null = null;

  /** Adds a slice after `previous` in the target's chain; NO_SLICE puts it in front. */
  insertSlice(target: Target, previous: number, page: Page, from: number, to: number): void {
    const index = this.slicePage.length;
    const { pages } = this;
    if (pages.length === 0 || pages[pages.length - 1] !== page) {
      pages.push(page);
      page.references++;
    }
    this.slicePage.push(page);
    this.sliceFrom.push(from);
    this.sliceTo.push(to);
    const next = previous === NO_SLICE ? target.firstSlice : this.sliceNext[previous];
    this.sliceNext.push(next);
    if (previous === NO_SLICE) target.firstSlice = index;
    else this.sliceNext[previous] = index;
    if (next === NO_SLICE) target.lastSlice = index;
  }

  /** @returns how many bytes the chain from `first` holds */
  chainBytes(first: number): number {
    let total = 0;
    for (let i = first; i !== NO_SLICE; i = this.sliceNext[i]) {
      total += this.sliceTo[i] - this.sliceFrom[i];
    }
    return total;
  }

  /** Takes the chains over from the targets, which then begin their next turn. */
  seal(ticket: number): void {
    this.ticket = ticket;
    for (const target of this.targets) {
      this.firstSlices.push(target.firstSlice);
      this.replyCounts.push(target.turnReplies);
      target.firstSlice = NO_SLICE;
      target.lastSlice = NO_SLICE;
      target.turnReplies = 0;
      target.isInTurn = false;
    }
  }

  /** Lets go of the pages and empties the turn for reuse. */
  release(pool: PagePool): void {
    for (const page of this.pages) pool.release(page);
    this.pages.length = 0;
    this.targets.length = 0;
    this.firstSlices.length = 0;
    this.replyCounts.length = 0;
    this.hasLeft.length = 0;
    this.slicePage.length = 0;
    this.sliceFrom.length = 0;
    this.sliceTo.length = 0;
    this.sliceNext.length = 0;
    this.error = null;
  }
}
