// Whether file operations of one kind are made in line or off-thread. In line there is no way to
// another thread and back, and all clients that wait are served by one operation; but one that
// stalls holds the event loop. So the durations decide, as they are measured while running.
// Invariant: while operations stall, at most one per probe interval is made in line, and the
// interval doubles as long as that one stalls, too.

/**
 * In line while the average stays under this. (Syncs: off-thread those that come meanwhile have to
 * wait for a second one; measured: up to a third fewer requests.)
 */
const INLINE_MAX_US = 1500;
/** A single operation that takes longer is a stall. */
const STALL_US = 10_000;
/** Off-thread durations hold the way back to the event loop as well, hence the wider bound. */
const PROBE_BELOW_US = 4000;
const PROBE_MIN_MS = 2000;
const PROBE_MAX_MS = 64_000;
/** A stall within this many probe intervals of the way back in line makes them longer. */
const RELAPSE_INTERVALS = 8;
/** Weight of the newest duration in the moving average. */
const NEWEST = 1 / 8;

export class InlineChoice {
  /** Whether operations are made in line, probes aside. */
  isInline = true;
  averageUs = 0;
  private fastestUs = 0;
  private probedMs = Number.NEGATIVE_INFINITY;
  private probeEveryMs = PROBE_MIN_MS;

  /** @returns whether the next operation should be made in line */
  choose(nowMs: number): boolean {
    if (this.isInline) return true;
    if (this.fastestUs > PROBE_BELOW_US || nowMs - this.probedMs < this.probeEveryMs) return false;
    this.beginInterval(nowMs);
    return true;
  }

  /** Takes the duration of an operation that ended. */
  record(us: number, wasInline: boolean, nowMs: number): void {
    if (!wasInline) {
      if (us < this.fastestUs) this.fastestUs = us;
      return;
    }
    const isFirst = this.averageUs === 0 || !this.isInline;
    this.averageUs = isFirst ? us : this.averageUs + (us - this.averageUs) * NEWEST;
    this.isInline = us < STALL_US && this.averageUs < INLINE_MAX_US;
    if (this.isInline) return;
    if (us >= STALL_US) {
      const startedMs = nowMs - us / 1000;
      const isRelapse = startedMs - this.probedMs < this.probeEveryMs * RELAPSE_INTERVALS;
      this.probeEveryMs = isRelapse ? Math.min(this.probeEveryMs * 2, PROBE_MAX_MS) : PROBE_MIN_MS;
    }
    this.beginInterval(nowMs);
  }

  private beginInterval(nowMs: number): void {
    this.probedMs = nowMs;
    this.fastestUs = Number.POSITIVE_INFINITY;
  }
}
