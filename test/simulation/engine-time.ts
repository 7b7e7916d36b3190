// What the time of the engine has to be: the one place that knows how it follows the wall clock.
// Invariant: the model takes its time from the engine, after it was found to be right here.
//
// Under `expire-clock wall` it is what the wall clock says when a socket is read. Under `slewed` it
// goes on with monotonic time, at half to one and a half times its speed, towards the wall clock;
// only from one that is more than an hour off it jumps there.

import assert from 'node:assert/strict';
import type { VirtualTime } from './virtual-time.js';

const RATE_MIN = 0.5;
const RATE_MAX = 1.5;
const JUMP_MIN_MS = 3_600_000;
/** Whole milliseconds, and two clocks that are not read at once. */
const SLACK_MS = 15;

/** A time that the engine had, at some moment between two of monotonic time. */
interface Reading {
  readonly nowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export class EngineTime {
  private readonly time: VirtualTime;
  private isSlewed = true;
  private last: Reading | null = null;
  /** Which of the settings of the wall clock was in force at the last check. */
  private setting = 0;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  /** A server is started. @param isSlewed whether it does not follow steps of the wall clock */
  begins(isSlewed: boolean): void {
    this.isSlewed = isSlewed;
    this.last = null;
    this.setting = this.time.wallOffsetsMs.length - 1;
  }

  /** @param nowMs of a command that runs, unix ms @throws AssertionError when it cannot be */
  check(nowMs: number): void {
    const { eventWallMs, wallMs, eventMs: fromMs, nowMs: toMs } = this.time;
    const reading = { nowMs, fromMs, toMs };
    const { last } = this;
    const isRight = this.isSlewed
      ? (last !== null && goesOn(last, reading)) || this.jumped(last, reading)
      : nowMs >= eventWallMs && nowMs <= wallMs;
    const before = last === null ? 'a start' : `${last.nowMs} at ${last.fromMs}`;
    const between = `${eventWallMs} and ${wallMs} of the wall clock`;
    assert.ok(isRight, `a command runs at ${nowMs}, between ${between}, after ${before}`);
    this.last = reading;
    this.setting = this.time.wallOffsetsMs.length - 1;
  }

  /** Whether the wall clock said so since the last check, and was far off. */
  private jumped(last: Reading | null, { nowMs, fromMs, toMs }: Reading): boolean {
    const elapsedMs = last === null ? toMs - fromMs : toMs - last.fromMs;
    const slackMs = SLACK_MS + (RATE_MAX - 1) * elapsedMs;
    return this.time.wallOffsetsMs.slice(this.setting).some((offsetMs) => {
      const saidMs = this.time.startMs + offsetMs + fromMs;
      if (Math.abs(nowMs - saidMs) > slackMs + toMs - fromMs) return false;
      if (last === null) return true;
      return Math.abs(saidMs - last.nowMs - elapsedMs) >= JUMP_MIN_MS - slackMs;
    });
  }
}

/** Whether time went on at a speed that it may have. */
function goesOn(last: Reading, next: Reading): boolean {
  const leastMs = RATE_MIN * Math.max(0, next.fromMs - last.toMs);
  const mostMs = RATE_MAX * (next.toMs - last.fromMs);
  const passedMs = next.nowMs - last.nowMs;
  return passedMs >= Math.max(0, leastMs - SLACK_MS) && passedMs <= mostMs + SLACK_MS;
}
