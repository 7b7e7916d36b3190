// Time, as a parameter. Everything that asks for the time asks a Clock it was given at `open()`,
// so a test moves time by hand and replay never sees a clock at all. Above the clock that was given
// an engine has its own, which does not follow jumps at once (`engine-clock.ts`); with one whose
// wall time and monotonic time go on together the two are the same.

export interface Clock {
  /** Wall time in whole milliseconds since 1970. */
  now(): number;
  /** Wall time in microseconds since 1970, for TIME; as fine as the platform has it. */
  nowUs(): number;
  /** Milliseconds (with a fraction) since an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
}

/** A clock that can also ring; whoever waits for a time asks it. */
export interface AlarmClock extends Clock {
  /**
   * Calls back once, at least `delayMs` of monotonic time later, or earlier when that is more than
   * ALARM_MAX_MS.
   * @returns a function that withdraws the alarm
   */
  alarm(delayMs: number, ring: () => void): () => void;
}

/** The longest time a timer of the platform can be set to. */
export const ALARM_MAX_MS = 2 ** 31 - 1;

export const systemClock: AlarmClock = {
  alarm: (delayMs, ring) => {
    const timer = setTimeout(ring, Math.min(Math.ceil(delayMs), ALARM_MAX_MS));
    return () => clearTimeout(timer);
  },
  now: () => Date.now(),
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};

/** Holds the whole thread for a time; for DEBUG, where that is the point. */
export function sleepSync(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}
