// An event loop without timers: cron runs when a test says so, and a delay is a turn. Invariant:
// with a clock moved by hand, nothing happens because time went by outside.

import type { EventLoop } from '../../engine/util/event-loop.js';

export const turnLoop: EventLoop = {
  nextTurn: (run) => {
    setImmediate(run);
  },
  later: (_delayMs, run) => {
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  },
  every: () => () => undefined,
};
