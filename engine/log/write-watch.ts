// Watches writes that were handed to another thread while replies wait for them. Under `everysec`
// and `no` such a write may stand behind a slow disk; then replies wait no longer than a bound and
// leave un-gated, which is counted. Invariant: a reply that a write gates leaves when the write has
// landed, or UNGATED_AFTER_MS after it was begun.

import type { Clock } from '../util/clock.js';
import type { EventLoop } from '../util/event-loop.js';

/** From here on a write counts as stalled: reads that do not depend on it stop waiting. */
const STALLED_AFTER_MS = 5;
/** The longest that replies wait for a write under a policy that does not promise more. */
const UNGATED_AFTER_MS = 50;

/** The pipeline, as the watch sees it. */
export interface WatchedPipeline {
  /** Whether a write is under way that holds replies back and may be left un-gated. */
  readonly isWriteWatched: boolean;
  writeStalled(): void;
  ungate(): void;
}

export class WriteWatch {
  private readonly clock: Clock;
  private readonly loop: EventLoop;
  private readonly pipeline: WatchedPipeline;
  private startMs = 0;
  private isArmed = false;

  constructor(clock: Clock, loop: EventLoop, pipeline: WatchedPipeline) {
    this.clock = clock;
    this.loop = loop;
    this.pipeline = pipeline;
  }

  /** A write began off-thread. One alarm serves all that come before it rings. */
  begin(nowMs: number): void {
    this.startMs = nowMs;
    if (this.isArmed || !this.pipeline.isWriteWatched) return;
    this.arm(STALLED_AFTER_MS);
  }

  private arm(delayMs: number): void {
    this.isArmed = true;
    this.loop.later(delayMs, this.onAlarm);
  }

  private readonly onAlarm = (): void => {
    this.isArmed = false;
    const { pipeline } = this;
    if (!pipeline.isWriteWatched) return;
    const ageMs = this.clock.monotonicMs() - this.startMs;
    if (ageMs < STALLED_AFTER_MS) {
      this.arm(STALLED_AFTER_MS - ageMs);
    } else if (ageMs < UNGATED_AFTER_MS) {
      pipeline.writeStalled();
      this.arm(UNGATED_AFTER_MS - ageMs);
    } else {
      pipeline.ungate();
    }
  };
}
