// Time, as a parameter. Everything that asks for the time asks a Clock it was given at `open()`,
// so a test moves time by hand and replay never sees a clock at all.

export interface Clock {
  /** Wall time in whole milliseconds since 1970. */
  now(): number;
  /** Wall time in microseconds since 1970, for TIME; as fine as the platform has it. */
  nowUs(): number;
  /** Milliseconds (with a fraction) since an arbitrary start; never goes back. For durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};
