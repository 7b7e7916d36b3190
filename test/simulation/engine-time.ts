// What the time of the engine has to be: the one place that knows how it follows the wall clock.
// Invariant: the model takes its time from the engine, after it was found to be right here.
//
// The engine reads its clock once for all commands of one socket read, and again after one that
// took long. Under `expire-clock wall` that is the wall clock. Under `slewed` it goes on at half to
// one and a half times the speed of monotonic time, towards the wall clock, and jumps only to a
// wall clock that is more than an hour away; so it is always between wall clocks that it has seen.

import assert from 'node:assert/strict';
import { GAP_MAX_MS, RATE_MAX } from '../../engine/util/clock-slew.js';
import type { VirtualTime } from './virtual-time.js';

/** The smallest differences are followed at once, and times are whole. */
const ALIGN_MS = 12;
/** Between two looks at the wall clock, and what may come between. */
const LOOK_MAX_MS = 200;

interface Reading {
  readonly timeMs: number;
  /** Monotonic times it was read between. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How many times the wall clock had been set. */
  readonly sets: number;
}

export class EngineTime {
  private readonly time: VirtualTime;
  private isSlewed = false;
  private firstSet = 0;
  private last: Reading | null = null;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  /** An engine starts. */
  begin(expireClock = ''): void {
    this.isSlewed = expireClock === 'slewed';
    this.firstSet = this.time.wallOffsetsMs.length - 1;
    this.last = null;
  }

  /** @param nowMs of a command that runs, unix ms @throws AssertionError when it cannot be */
  check(nowMs: number): void {
    const { eventWallMs, wallMs } = this.time;
    const isWall = nowMs >= eventWallMs && nowMs <= wallMs;
    if (!this.isSlewed) {
      assert.ok(isWall, `a command runs at ${nowMs}, between ${eventWallMs} and ${wallMs}`);
      return;
    }
    const { eventUs, nowUs, wallOffsetsMs } = this.time;
    const fromMs = eventUs / 1000;
    const toMs = nowUs / 1000;
    const sets = wallOffsetsMs.length;
    const reading = { timeMs: nowMs, fromMs, toMs, sets };
    this.checkHull(reading);
    const { last } = this;
    this.last = reading;
    if (last !== null && !this.hasJumped(last, reading)) checkSpeed(last, reading);
  }

  private checkHull({ timeMs, fromMs, toMs }: Reading): void {
    const seen = this.time.wallOffsetsMs.slice(this.firstSet);
    const least = this.time.startMs + Math.min(...seen) + fromMs - ALIGN_MS;
    const most = this.time.startMs + Math.max(...seen) + toMs + ALIGN_MS;
    const isWithin = timeMs >= least && timeMs <= most;
    assert.ok(isWithin, `a command runs at ${timeMs}, wall clocks were ${least} to ${most}`);
  }

  /** Whether the engine may have taken a wall clock's time at once since its last command. */
  private hasJumped(last: Reading, { timeMs, fromMs, toMs }: Reading): boolean {
    const spanMs = toMs - last.fromMs;
    return this.time.wallOffsetsMs.slice(last.sets - 1).some((offsetMs) => {
      const wallMs = this.time.startMs + offsetMs;
      const gapMs = Math.abs(wallMs + last.toMs - last.timeMs);
      const isFar = gapMs > GAP_MAX_MS - RATE_MAX * spanMs - LOOK_MAX_MS;
      // It may have begun to follow another wall clock since.
      const slackMs = ALIGN_MS + RATE_MAX * spanMs;
      const isThere = timeMs >= wallMs + fromMs - slackMs && timeMs <= wallMs + toMs + slackMs;
      return isFar && isThere;
    });
  }
}

function checkSpeed(last: Reading, { timeMs, fromMs, toMs }: Reading): void {
  const least = last.timeMs + (1 - RATE_MAX) * Math.max(0, fromMs - last.toMs) - ALIGN_MS;
  const most = last.timeMs + (1 + RATE_MAX) * (toMs - last.fromMs) + ALIGN_MS;
  const isRight = timeMs >= least && timeMs <= most;
  const what = `a command runs at ${timeMs}, the one before at ${last.timeMs}`;
  assert.ok(isRight, `${what}: not between ${least} and ${most}`);
}
