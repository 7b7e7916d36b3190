// Bytes on their way to the file: one batch of frames, how far it got, and the ticket it carries.
// A batch may end one segment and begin the next. Invariant: bytes arrive at the positions that
// were free when the batch began, each exactly once, however short the single writes are.

import { EMPTY_BYTES } from '../util/bytes.js';
import type { Segment } from './segment.js';

export const NOTHING_WRITTEN = 'the file system wrote nothing and gave no error';
/** The most one write is asked to move; the kernel stops at 2 GiB. */
const WRITE_MAX_BYTES = 2 ** 30;

export class Flight {
  bytes: Buffer = EMPTY_BYTES;
  ticket = 0;
  /** Last entry in the batch. */
  seq = 0;
  private at = 0;
  /** Where in `bytes` the batch ends; it begins at 0. */
  end = 0;
  /** Where the bytes of the next segment begin; -1 when all go to one. */
  private split = -1;
  private segment: Segment | null = null;
  private nextSegment: Segment | null = null;

  /** @param split -1, or where in `bytes` the part for `nextSegment` begins */
  begin(
    bytes: Buffer,
    end: number,
    ticket: number,
    seq: number,
    segment: Segment,
    split: number,
    nextSegment: Segment,
  ): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = end;
    this.ticket = ticket;
    this.seq = seq;
    this.segment = segment;
    this.split = split;
    this.nextSegment = nextSegment;
  }

  get isLanded(): boolean {
    return this.at >= this.end;
  }

  get remainingBytes(): number {
    return this.end - this.at;
  }

  /** The next write: `length` bytes of `bytes[position...]` to `fd` at `filePosition`. */
  get fd(): number {
    return this.segment?.fd ?? -1;
  }

  get position(): number {
    return this.at;
  }

  get length(): number {
    const limit = this.split >= 0 ? this.split : this.end;
    return Math.min(limit - this.at, WRITE_MAX_BYTES);
  }

  get filePosition(): number {
    return this.segment?.sizeBytes ?? 0;
  }

  /** Notes that `count` bytes were written. */
  advance(count: number): void {
    if (count <= 0) throw new Error(NOTHING_WRITTEN);
    this.at += count;
    if (this.segment !== null) this.segment.sizeBytes += count;
    if (this.split >= 0 && this.at >= this.split) {
      this.split = -1;
      this.segment = this.nextSegment;
    }
  }

  /** Forgets the batch. */
  clear(): void {
    this.bytes = EMPTY_BYTES;
    this.at = 0;
    this.end = 0;
    this.split = -1;
    this.segment = null;
    this.nextSegment = null;
  }
}
