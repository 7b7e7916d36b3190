// Raw bytes into the pages of the current turn, on behalf of one target at a time. Invariant: what
// lies between `sliceFrom` and `top` belongs to the current target and is not in its chain yet.
//
// All connections of a turn write into the same page one after the other, so a turn of many small
// replies touches little memory and a reply costs no allocation.

import { copyBytes, type ReplyMark } from './engine-port.js';
import { PAGE_BYTES, type Page, type PagePool } from './output-page.js';
import { NO_SLICE, type OutputTarget, Turn } from './turn.js';

/** Bytes from this length on get a page of their own. */
export const OWN_PAGE_MIN_BYTES = 48 * 1024;
/** When one target wrote this much in a turn, its remaining commands wait for the next turn. */
export const TARGET_TURN_MAX_BYTES = 1024 * 1024;

export class OutputWriter<Target extends OutputTarget> {
  readonly pool: PagePool;
  protected page: Page;
  protected bytes: Buffer;
  protected view: DataView;
  protected top = 0;
  protected target: Target | null = null;
  private turn = new Turn<Target>();
  private readonly spareTurns: Turn<Target>[] = [];
  private sliceFrom = 0;
  /** The chain must not grow at this slice: a mark stands behind it. */
  private markedSlice = NO_SLICE;
  /** Bytes in closed pages since `enter`; what is in the current page is not counted. */
  private closedBytes = 0;

  constructor(pool: PagePool) {
    this.pool = pool;
    this.page = pool.take(PAGE_BYTES);
    this.bytes = this.page.bytes;
    this.view = this.page.view;
  }

  /** Whether the target wrote so much that it should let others go on. */
  get isTargetFull(): boolean {
    return this.closedBytes > TARGET_TURN_MAX_BYTES;
  }

  /** Whether somebody is written to: turns are sent between commands only. */
  get isBusy(): boolean {
    return this.target !== null;
  }

  /** Makes `target` the one that is written to. @returns who it was before, for `leave` */
  enter(target: Target): Target | null {
    const outer = this.target;
    if (outer !== null) this.closeSlice();
    this.target = target;
    this.sliceFrom = this.top;
    this.closedBytes = 0;
    this.markedSlice = outer === target ? target.lastSlice : NO_SLICE;
    if (!target.isInTurn) {
      target.isInTurn = true;
      this.turn.targets.push(target);
    }
    return outer;
  }

  leave(outer: Target | null): void {
    this.closeSlice();
    this.target = outer;
    // The outer target may have open marks; its last slice must stay as it is.
    this.markedSlice = outer === null ? NO_SLICE : outer.lastSlice;
  }

  /** @returns a place to which `rollback` can return; nothing may be marked open */
  savepoint(): number {
    this.closeSlice();
    const { lastSlice } = this.currentTarget;
    this.markedSlice = lastSlice;
    return lastSlice;
  }

  /** Drops what the current target wrote since the savepoint. */
  rollback(savepoint: number): void {
    this.closeSlice();
    const target = this.currentTarget;
    target.lastSlice = savepoint;
    if (savepoint === NO_SLICE) target.firstSlice = NO_SLICE;
    else this.turn.sliceNext[savepoint] = NO_SLICE;
  }

  /** Ends the turn. @returns its replies, to be sealed, sent and given back to `recycle` */
  takeTurn(): Turn<Target> {
    const turn = this.turn;
    this.turn = this.spareTurns.pop() ?? new Turn<Target>();
    return turn;
  }

  /** Releases a turn's pages; when nothing else needs the current page, it is begun again. */
  recycle(turn: Turn<Target>): void {
    turn.release(this.pool);
    this.spareTurns.push(turn);
    if (this.page.references === 1 && this.target === null) {
      this.top = 0;
      this.sliceFrom = 0;
    }
  }

  /**
   * Puts a chain of small slices into one piece, outside any target.
   * @returns the position in `currentPage` where its `total` bytes begin
   */
  gather(turn: Turn<Target>, first: number, total: number): number {
    this.room(total);
    const at = this.top;
    for (let i = first; i !== NO_SLICE; i = turn.sliceNext[i]) {
      const from = turn.sliceFrom[i];
      const length = turn.sliceTo[i] - from;
      copyBytes(turn.slicePage[i].bytes, from, this.bytes, this.top, length);
      this.top += length;
    }
    this.sliceFrom = this.top;
    return at;
  }

  get currentPage(): Page {
    return this.page;
  }

  /** Makes room for `length` bytes (at most a page) at `top`. */
  protected room(length: number): void {
    if (this.top + length <= PAGE_BYTES) return;
    if (this.target !== null) this.closeSlice();
    this.pool.release(this.page);
    this.page = this.pool.take(PAGE_BYTES);
    this.bytes = this.page.bytes;
    this.view = this.page.view;
    this.top = 0;
    this.sliceFrom = 0;
  }

  /** Copies bytes of any length. */
  protected raw(from: Uint8Array, at: number, length: number): void {
    if (length >= OWN_PAGE_MIN_BYTES) {
      const own = this.ownPage(length);
      copyBytes(from, at, own.bytes, 0, length);
      this.addOwnPage(own, length);
      return;
    }
    this.room(length);
    copyBytes(from, at, this.bytes, this.top, length);
    this.top += length;
  }

  /** Writes a string of one latin1 character per byte. */
  protected latin1(text: string): void {
    const length = text.length;
    if (length >= OWN_PAGE_MIN_BYTES) {
      const own = this.ownPage(length);
      own.bytes.write(text, 0, length, 'latin1');
      this.addOwnPage(own, length);
      return;
    }
    this.room(length);
    const { bytes } = this;
    let at = this.top;
    if (length < 64) for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    else at += bytes.write(text, at, length, 'latin1');
    this.top = at;
  }

  /** Begins something whose header can only be written at its end. */
  protected mark(): ReplyMark {
    this.closeSlice();
    const { lastSlice } = this.currentTarget;
    this.markedSlice = lastSlice;
    return lastSlice;
  }

  /** Ends what is before the header; the caller then writes the header and calls `endHeader`. */
  protected beginHeader(length: number): void {
    this.room(length);
    this.closeSlice();
  }

  /** Moves what was written since `beginHeader` to the mark. */
  protected endHeader(mark: ReplyMark): void {
    this.turn.insertSlice(this.currentTarget, mark, this.page, this.sliceFrom, this.top);
    this.sliceFrom = this.top;
    // A mark opened earlier may stand behind the same slice.
    this.markedSlice = this.currentTarget.lastSlice;
  }

  private get currentTarget(): Target {
    if (this.target === null) throw new Error('a reply was written outside any connection');
    return this.target;
  }

  private ownPage(length: number): Page {
    this.closeSlice();
    return this.pool.take(length);
  }

  private addOwnPage(page: Page, length: number): void {
    const target = this.currentTarget;
    this.turn.insertSlice(target, target.lastSlice, page, 0, length);
    this.pool.release(page);
    this.closedBytes += length;
  }

  /** Puts the bytes since `sliceFrom` into the current target's chain. */
  private closeSlice(): void {
    const { sliceFrom, top, turn } = this;
    if (top === sliceFrom) return;
    const target = this.currentTarget;
    const last = target.lastSlice;
    this.closedBytes += top - sliceFrom;
    this.sliceFrom = top;
    if (
      last !== NO_SLICE &&
      last !== this.markedSlice &&
      turn.sliceTo[last] === sliceFrom &&
      turn.slicePage[last] === this.page
    ) {
      turn.sliceTo[last] = top;
      return;
    }
    turn.insertSlice(target, last, this.page, sliceFrom, top);
  }
}
