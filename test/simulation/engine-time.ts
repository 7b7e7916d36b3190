// What the time of the engine has to be: the one place that knows how it follows the wall clock.
// Invariant: the model takes its time from the engine, after it was found to be right here.
//
// The engine reads the wall clock once for all commands of one socket read, and again after one
// that took long. It follows every step of that clock.

import assert from 'node:assert/strict';
import type { VirtualTime } from './virtual-time.js';

export class EngineTime {
  private readonly time: VirtualTime;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  /** @param nowMs of a command that runs, unix ms @throws AssertionError when it cannot be */
  check(nowMs: number): void {
    const { eventWallMs, wallMs } = this.time;
    const isRight = nowMs >= eventWallMs && nowMs <= wallMs;
    assert.ok(isRight, `a command runs at ${nowMs}, between ${eventWallMs} and ${wallMs}`);
  }
}
