// A clock that stands still until a test moves it.

import type { Clock } from '../../engine/index.js';

export class FakeClock implements Clock {
  private ms: number;
  private readonly startMs: number;

  /** @param ms unix milliseconds to begin with */
  constructor(ms = 1_700_000_000_000) {
    this.ms = ms;
    this.startMs = ms;
  }

  now(): number {
    return this.ms;
  }

  nowUs(): number {
    return this.ms * 1000;
  }

  monotonicMs(): number {
    return this.ms - this.startMs;
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}
