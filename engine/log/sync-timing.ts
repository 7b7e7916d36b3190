// How long syncs take, for INFO, and whether they are made in line.

import { InlineChoice } from './inline-choice.js';

/** Buckets of powers of two of microseconds: 1 us to about 35 minutes. */
const BUCKETS = 32;

export class SyncTiming {
  lastUs = 0;
  maxUs = 0;
  count = 0;
  readonly choice = new InlineChoice();
  private readonly buckets = new Uint32Array(BUCKETS);

  /** Takes the duration of a sync that ended. */
  record(durationMs: number, wasInline: boolean, nowMs: number): void {
    const us = durationMs * 1000;
    this.lastUs = us;
    if (us > this.maxUs) this.maxUs = us;
    this.count++;
    this.buckets[Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log2(us + 1))))]++;
    this.choice.record(us, wasInline, nowMs);
  }

  /** @returns an upper bound of the duration that `fraction` of all syncs stayed under, in us */
  percentileUs(fraction: number): number {
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.buckets[bucket];
      if (seen > 0 && seen >= this.count * fraction) return 2 ** bucket;
    }
    return 0;
  }
}
