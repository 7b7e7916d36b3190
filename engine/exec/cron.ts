// What happens several times a second, apart from any command: expiry, time-outs, ends of pauses,
// log syncs. Invariant: no run takes longer than a few milliseconds; a larger backlog of expired
// keys or of dropped values is worked off in slices, with the sockets served between them.

import type { Keyspace } from '../keyspace/keyspace.js';
import type { EngineClock } from '../util/engine-clock.js';
import type { EventLoop } from '../util/event-loop.js';

const TICK_MS = 100;
/** Records touched by one slice of expiry: about a millisecond. */
const EXPIRE_STEPS_MAX = 1000;
/** How long dropped values may hold the event loop at a time. */
const FREE_SLICE_MS = 1;
/** Elements freed between two looks at the clock. */
const FREE_STEPS = 1000;

export interface CronTasks {
  readonly keyspace: Keyspace;
  readonly clock: EngineClock;
  readonly loop: EventLoop;
  /** Whether keys may be deleted by themselves now. */
  readonly mayExpire: boolean;
  refreshClock(): void;
  /** Everything but expiry. */
  tick(): void;
  /** Hands what expired to the log. */
  commit(): number;
}

export class Cron {
  private readonly tasks: CronTasks;
  private endTimer: (() => void) | null = null;
  private isExpiring = false;
  private isFreeing = false;

  constructor(tasks: CronTasks) {
    this.tasks = tasks;
  }

  start(): void {
    this.endTimer ??= this.tasks.loop.every(TICK_MS, () => this.run());
    this.tasks.keyspace.lazyFree.onPending = this.planFreeing;
  }

  stop(): void {
    this.endTimer?.();
    this.endTimer = null;
    this.tasks.keyspace.lazyFree.onPending = null;
  }

  /** One round; tests with a clock of their own call it by hand. */
  run(): void {
    this.tasks.clock.look();
    this.tasks.refreshClock();
    this.tasks.tick();
    if (!this.isExpiring) this.expireSlice();
    if (!this.isFreeing) this.freeSlice();
  }

  private readonly expireSlice = (): void => {
    this.isExpiring = false;
    const { tasks } = this;
    if (!tasks.mayExpire) return;
    const isDone = tasks.keyspace.expireDue(EXPIRE_STEPS_MAX);
    tasks.commit();
    if (isDone) return;
    this.isExpiring = true;
    tasks.loop.nextTurn(this.expireSlice);
  };

  private readonly planFreeing = (): void => {
    if (this.isFreeing) return;
    this.isFreeing = true;
    this.tasks.loop.nextTurn(this.freeSlice);
  };

  private readonly freeSlice = (): void => {
    this.isFreeing = false;
    const { clock, keyspace } = this.tasks;
    const endMs = clock.monotonicMs() + FREE_SLICE_MS;
    let isDone = keyspace.lazyFree.step(FREE_STEPS);
    while (!isDone && clock.monotonicMs() < endMs) isDone = keyspace.lazyFree.step(FREE_STEPS);
    // After `stop` nobody uses the memory again.
    if (!isDone && this.endTimer !== null) this.planFreeing();
  };
}
