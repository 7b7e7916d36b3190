// The time that deadlines are measured by, as a rule without a clock: it follows the wall clock,
// but not its jumps. It goes on with monotonic time; a difference from the wall clock is made up
// for over about ten minutes, and one of more than an hour at once: then the machine slept, or the
// clock was never right. Invariants: it never goes back, but at once over more than an hour; it
// runs at half to one and a half times the speed of monotonic time; after each look it is at most
// an hour from the wall clock.
//
//   time        = what it was at the last look + monotonic time since + what was made up for since
//   gap         = wall clock - time, at a look
//   rate        = largest gap since it was 0 or the wall clock jumped, over ten minutes; <= 1/2
//   made up for = monotonic time since * rate, up to the gap

/** The wall clock jumped when it went on by so much more, or less, than monotonic time. */
export const JUMP_MIN_MS = 1000;
/** A gap over this is closed at once. */
export const GAP_MAX_MS = 3_600_000;
/** How long it takes to close a gap, unless that would take more than RATE_MAX. */
export const SLEW_MS = 600_000;
export const RATE_MAX = 0.5;
/** The wall clock tells whole milliseconds, and two clocks are not read at once. */
const ALIGN_MS = 10;
const WITHIN_MS = 0.999;
const MIDDLE_MS = 0.5;

export class ClockSlew {
  /** Wall clock less time at the last look; 0 when they agree. */
  gapMs = 0;
  private rate = 0;
  /** Time, monotonic time, and the wall clock less monotonic time at the last look. */
  private timeMs: number;
  private monotonicMs: number;
  private differenceMs: number;

  /** Begins in agreement. @param wallMs unix ms */
  constructor(wallMs: number, monotonicMs: number) {
    this.timeMs = wallMs;
    this.monotonicMs = monotonicMs;
    this.differenceMs = wallMs - monotonicMs;
  }

  /** @returns unix ms with a fraction, at a monotonic time not before the last look */
  timeAt(monotonicMs: number): number {
    const { gapMs } = this;
    const elapsedMs = monotonicMs - this.monotonicMs;
    const timeMs = this.timeMs + elapsedMs;
    if (gapMs === 0) return timeMs;
    const mostMs = elapsedMs * this.rate;
    return timeMs + (gapMs > 0 ? Math.min(gapMs, mostMs) : Math.max(gapMs, -mostMs));
  }

  /**
   * Compares with the wall clock; several times a second.
   * @param wallMs unix ms
   * @returns by how much the wall clock jumped since the last look; 0 when it did not
   */
  look(wallMs: number, monotonicMs: number): number {
    this.timeMs = this.timeAt(monotonicMs);
    this.monotonicMs = monotonicMs;
    const differenceMs = wallMs - monotonicMs;
    const stepMs = differenceMs - this.differenceMs;
    this.differenceMs = differenceMs;
    const isJump = Math.abs(stepMs) > JUMP_MIN_MS;
    if (isJump) this.rate = 0;
    this.gapMs = gapBetween(this.timeMs, wallMs);
    const distanceMs = Math.abs(this.gapMs);
    if (distanceMs > GAP_MAX_MS || (this.gapMs > 0 && distanceMs <= ALIGN_MS)) {
      this.timeMs = wallMs;
      this.gapMs = 0;
    }
    if (this.gapMs === 0) this.rate = 0;
    else this.rate = Math.min(RATE_MAX, Math.max(this.rate, distanceMs / SLEW_MS));
    return isJump ? stepMs : 0;
  }
}

/** The wall clock is somewhere in its millisecond: as far as it goes, time may be ahead. */
function gapBetween(timeMs: number, wallMs: number): number {
  const gapMs = wallMs - timeMs;
  if (gapMs >= 0) return gapMs;
  return gapMs > -WITHIN_MS ? 0 : gapMs + MIDDLE_MS;
}
