// Sessions that wait inside a command. Invariant: a wait ends exactly once, by its `finish`, its
// time-out, CLIENT UNBLOCK or the client leaving; until then SESSION_BLOCKED is set and the
// protocol layer offers nothing else of that session. `resume` clears it.

import type { BlockedWait, BlockingPort, KeyWait } from '../contract/ports.js';
import type { Reply } from '../contract/reply.js';
import { SESSION_BLOCKED, SESSION_DENY_BLOCKING, type Session } from '../contract/session.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { assert } from '../util/assert.js';
import type { AlarmClock } from '../util/clock.js';
import { Deadlines } from './deadlines.js';
import { KeyWaiters } from './key-waiters.js';

type WriteReply = (reply: Reply) => void;

interface Waiting {
  readonly wait: BlockedWait;
  /** Monotonic ms; Infinity waits for ever. */
  readonly deadlineMs: number;
  heapIndex: number;
}

const UNBLOCKED_ERROR = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

export class Blocking implements BlockingPort {
  /** Told when an exclusive task begins and ends: commands are postponed between. */
  onExclusive: ((isExclusive: boolean) => void) | null = null;
  readonly keyWaiters: KeyWaiters;
  private isExclusive = false;
  private readonly clock: AlarmClock;
  private readonly waiting = new Map<Session, Waiting>();
  private readonly deadlines: Deadlines<Waiting>;

  constructor(parts: {
    readonly clock: AlarmClock;
    readonly keyspace: Keyspace;
  }) {
    this.clock = parts.clock;
    this.deadlines = new Deadlines(this.clock, (waiting) => this.timedOut(waiting));
    this.keyWaiters = new KeyWaiters({ ...parts, blocking: this });
  }

  /** How many waits have a time-out. */
  get timeoutCount(): number {
    return this.deadlines.size;
  }

  block(wait: BlockedWait): (write: WriteReply) => void {
    const { session, timeoutMs } = wait;
    assert(!this.waiting.has(session), 'a session waits for one thing at a time');
    assert((session.flags & SESSION_DENY_BLOCKING) === 0, 'nothing waits inside EXEC');
    const deadlineMs = timeoutMs > 0 ? this.clock.monotonicMs() + timeoutMs : Infinity;
    const waiting = { wait, deadlineMs, heapIndex: -1 };
    this.waiting.set(session, waiting);
    if (deadlineMs !== Infinity) this.deadlines.add(waiting);
    session.flags |= SESSION_BLOCKED;
    return (write) => {
      if (this.waiting.get(session) === waiting) this.finish(waiting, write);
    };
  }

  waitForKeys(wait: KeyWait): void {
    this.keyWaiters.wait(wait);
  }

  exclusively(session: Session, work: (done: (write: WriteReply) => void) => void): void {
    assert(!this.isExclusive, 'one exclusive task at a time');
    this.isExclusive = true;
    this.onExclusive?.(true);
    const nothing = (): void => {};
    const finish = this.block({
      session,
      timeoutMs: 0,
      mayUnblock: false,
      onTimeout: nothing,
      onGone: nothing,
    });
    work((write) => {
      this.isExclusive = false;
      finish(write);
      this.onExclusive?.(false);
    });
  }

  unblock(session: Session, withError: boolean): boolean {
    const waiting = this.waiting.get(session);
    if (waiting === undefined || !waiting.wait.mayUnblock) return false;
    if (!withError) {
      this.timedOut(waiting);
      return true;
    }
    waiting.wait.onGone();
    this.finish(waiting, (reply) => {
      reply.error(UNBLOCKED_ERROR);
      waiting.wait.onError?.(UNBLOCKED_ERROR);
    });
    return true;
  }

  /** The client left while it may have been waiting. */
  sessionGone(session: Session): void {
    const waiting = this.waiting.get(session);
    if (waiting === undefined) return;
    this.waiting.delete(session);
    this.deadlines.remove(waiting);
    waiting.wait.onGone();
  }

  private timedOut(waiting: Waiting): void {
    const { onGone, onTimeout } = waiting.wait;
    onGone();
    this.finish(waiting, onTimeout);
  }

  private finish(waiting: Waiting, write: WriteReply): void {
    const { session } = waiting.wait;
    this.waiting.delete(session);
    this.deadlines.remove(waiting);
    session.resume(write);
  }
}
