// What happens several times a second, apart from any command: expiry, time-outs, ends of pauses,
// log syncs. Invariant: no run takes longer than a few milliseconds; a larger backlog of expired
// keys is worked off in slices, with the sockets served between them.

import type { Keyspace } from '../keyspace/keyspace.js';

const TICK_MS = 100;
/** Records touched by one slice of expiry: about a millisecond. */
const EXPIRE_STEPS_MAX = 1000;

export interface CronTasks {
  readonly keyspace: Keyspace;
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
  private timer: NodeJS.Timeout | null = null;
  private isExpiring = false;

  constructor(tasks: CronTasks) {
    this.tasks = tasks;
  }

  start(): void {
    this.timer ??= setInterval(() => this.run(), TICK_MS).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** One round; tests with a clock of their own call it by hand. */
  run(): void {
    this.tasks.refreshClock();
    this.tasks.tick();
    if (!this.isExpiring) this.expireSlice();
  }

  private readonly expireSlice = (): void => {
    this.isExpiring = false;
    const { tasks } = this;
    if (!tasks.mayExpire) return;
    const isDone = tasks.keyspace.expireDue(EXPIRE_STEPS_MAX);
    tasks.commit();
    if (isDone) return;
    this.isExpiring = true;
    setImmediate(this.expireSlice);
  };
}
