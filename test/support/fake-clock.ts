// A clock that stands still until a test moves it. Its alarms ring while it is moved.

import type { AlarmClock } from '../../engine/util/clock.js';

interface Alarm {
  readonly atMs: number;
  readonly ring: () => void;
}

export class FakeClock implements AlarmClock {
  private ms: number;
  private readonly startMs: number;
  private readonly alarms = new Set<Alarm>();

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

  alarm(delayMs: number, ring: () => void): () => void {
    const alarm = { atMs: this.ms + delayMs, ring };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  /** Moves time on; what is due by then rings, earliest first. */
  advance(ms: number): void {
    this.ms += ms;
    for (;;) {
      const due = [...this.alarms].filter(({ atMs }) => atMs <= this.ms);
      const [first] = due.sort((a, b) => a.atMs - b.atMs);
      if (first === undefined) return;
      this.alarms.delete(first);
      first.ring();
    }
  }
}
