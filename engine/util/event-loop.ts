// When code runs that is not called now, as a parameter: ends of turns, delays, periodic work. With
// a clock, files and random numbers of its own a test that decides this, too, decides everything.
// Invariant: nothing in engine or protocol asks the platform for a turn or a timer elsewhere, but
// for what the test of layers names.

export interface EventLoop {
  /** Calls back when what is due now has run, in the order asked for: the end of this turn. */
  nextTurn(run: () => void): void;
  /** Calls back once, after at least `delayMs`. @returns a function that withdraws it */
  later(delayMs: number, run: () => void): () => void;
  /**
   * Calls back again and again, every `periodMs`; by itself it does not keep a process alive.
   * @returns a function that ends it
   */
  every(periodMs: number, run: () => void): () => void;
}

export const systemLoop: EventLoop = {
  nextTurn: (run) => {
    setImmediate(run);
  },
  later: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every: (periodMs, run) => {
    const timer = setInterval(run, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
