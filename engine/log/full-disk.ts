// A disk that is full while something is to be written: since when that waits, when it is tried
// again, and when those who wait are told. Invariant: nothing of it holds while `isHeld` is false.

import type { FileError } from '../util/fs.js';

const RETRY_MS = 1000;

export class FullDisk {
  /** What the last write that found no space said. */
  error: FileError = new Error('the disk is full');
  private readonly timeoutMs: number;
  /** Monotonic ms, or -1. */
  private sinceMs = -1;
  private retryAtMs = 0;

  /** @param timeoutMs how long those who wait are kept waiting */
  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  get isHeld(): boolean {
    return this.sinceMs >= 0;
  }

  /** A write found no space. @returns whether there was some until now */
  begin(error: FileError, nowMs: number): boolean {
    this.error = error;
    this.noteTry(nowMs);
    if (this.isHeld) return false;
    this.sinceMs = nowMs;
    return true;
  }

  /** The next try is in a second. */
  noteTry(nowMs: number): void {
    this.retryAtMs = nowMs + RETRY_MS;
  }

  isRetryDue(nowMs: number): boolean {
    return nowMs >= this.retryAtMs;
  }

  isTimedOut(nowMs: number): boolean {
    return nowMs - this.sinceMs >= this.timeoutMs;
  }

  end(): void {
    this.sinceMs = -1;
  }
}
