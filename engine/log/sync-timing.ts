// How long syncs take, and whether to make them in line. On a fast device a sync costs less than
// the way to another thread and back; on a slow one it would hold the event loop. Invariant: one
// slow sync in line at most per probe interval.

/**
 * In line while syncs take less than this. In line all clients that wait are served by one sync;
 * off-thread those that come meanwhile have to wait for a second one (measured: up to a third
 * fewer requests), which only pays when the event loop would stand still for longer.
 */
const INLINE_MAX_US = 1500;
/** Off-thread durations hold the way back to the event loop as well, hence the wider bound. */
const PROBE_BELOW_US = 4000;
const PROBE_EVERY_MS = 2000;
/** Weight of the newest duration in the moving average. */
const NEWEST = 1 / 8;
/** Buckets of powers of two of microseconds: 1 us to about 35 minutes. */
const BUCKETS = 32;

export class SyncTiming {
  lastUs = 0;
  averageUs = 0;
  maxUs = 0;
  count = 0;
  private readonly buckets = new Uint32Array(BUCKETS);
  private isInline = true;
  private fastestUs = 0;
  private probedMs = 0;

  /** @returns whether the next sync should be made in line */
  chooseInline(nowMs: number): boolean {
    if (this.isInline) return true;
    if (this.fastestUs > PROBE_BELOW_US || nowMs - this.probedMs < PROBE_EVERY_MS) return false;
    this.probedMs = nowMs;
    this.fastestUs = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Takes the duration of a sync that ended. */
  record(durationMs: number, wasInline: boolean, nowMs: number): void {
    const us = durationMs * 1000;
    this.lastUs = us;
    if (us > this.maxUs) this.maxUs = us;
    this.count++;
    this.buckets[Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log2(us + 1))))]++;
    if (wasInline) {
      const isFirst = this.averageUs === 0 || !this.isInline;
      this.averageUs = isFirst ? us : this.averageUs + (us - this.averageUs) * NEWEST;
      this.isInline = this.averageUs < INLINE_MAX_US;
      if (!this.isInline) {
        this.probedMs = nowMs;
        this.fastestUs = Number.POSITIVE_INFINITY;
      }
      return;
    }
    if (us < this.fastestUs) this.fastestUs = us;
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
