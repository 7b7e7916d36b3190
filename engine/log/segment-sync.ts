// One sync at a time: of the current segment, and before it of the segment that it follows while
// that is not sealed. Invariant: what a sync proves is what was written before it began; a sync
// whose files failed meanwhile proves nothing.

import type { Clock } from '../util/clock.js';
import type { FileError, FileSystem } from '../util/fs.js';
import { SyncTiming } from './sync-timing.js';
import { asFileError } from './write-errors.js';

const DELAYED_MS = 1000;

export class SegmentSync {
  readonly timing = new SyncTiming();
  isRunning = false;
  /** The files failed since it began. */
  isAbandoned = false;
  /** The last entry and ticket that it makes durable; set before `start`. */
  seq = 0;
  ticket = 0;
  /** Whether the seal of the segment before is part of it. */
  isSealing = false;
  /** Monotonic ms at which the last one began. */
  startMs = 0;
  /** How many took longer than a second. */
  delayedCount = 0;
  private isDelayed = false;
  private fd = -1;
  private readonly fs: FileSystem;
  private readonly clock: Clock;
  private readonly ended: (error: FileError | null, wasInline: boolean) => void;

  /** @param ended called after each; one that is made in line ends before `start` returns */
  constructor(
    fs: FileSystem,
    clock: Clock,
    ended: (error: FileError | null, wasInline: boolean) => void,
  ) {
    this.fs = fs;
    this.clock = clock;
    this.ended = ended;
  }

  /**
   * @param nowMs monotonic
   * @param fd of the current segment
   * @param outgoingFd of the segment before, or -1 when that is sealed
   */
  start(nowMs: number, fd: number, outgoingFd: number, isInline: boolean): void {
    this.isRunning = true;
    this.isAbandoned = false;
    this.isDelayed = false;
    this.startMs = nowMs;
    this.fd = fd;
    if (isInline) this.syncInline(outgoingFd);
    else if (outgoingFd >= 0) this.fs.fdatasync(outgoingFd, this.onOutgoingSynced);
    else this.fs.fdatasync(fd, this.onSynced);
  }

  /** Counts the sync that runs when it takes long. */
  noteDelay(nowMs: number): void {
    if (this.isDelayed || nowMs - this.startMs <= DELAYED_MS) return;
    this.isDelayed = true;
    this.delayedCount++;
  }

  abandon(): void {
    this.isAbandoned = true;
  }

  private syncInline(outgoingFd: number): void {
    let failure: FileError | null = null;
    try {
      if (outgoingFd >= 0) this.fs.fdatasyncSync(outgoingFd);
      this.fs.fdatasyncSync(this.fd);
    } catch (error) {
      failure = asFileError(error);
    }
    this.end(failure, true);
  }

  private readonly onOutgoingSynced = (error: FileError | null): void => {
    if (error !== null || this.isAbandoned) this.onSynced(error);
    else this.fs.fdatasync(this.fd, this.onSynced);
  };

  private readonly onSynced = (error: FileError | null): void => this.end(error, false);

  private end(error: FileError | null, wasInline: boolean): void {
    this.isRunning = false;
    const now = this.clock.monotonicMs();
    if (!this.isAbandoned) this.timing.record(now - this.startMs, wasInline, now);
    this.ended(error, wasInline);
  }
}
