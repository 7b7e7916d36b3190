// Sessions that wait inside a command. Invariant: a wait ends exactly once, by its `finish`, its
// time-out, CLIENT UNBLOCK or the client leaving; until then SESSION_BLOCKED is set and the
// protocol layer offers nothing else of that session. `resume` clears it.

import type { BlockedWait, BlockingPort } from '../contract/ports.js';
import type { Reply } from '../contract/reply.js';
import { SESSION_BLOCKED, type Session } from '../contract/session.js';
import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';

type WriteReply = (reply: Reply) => void;

interface Waiting {
  readonly wait: BlockedWait;
  /** Monotonic ms; Infinity waits for ever. */
  readonly deadlineMs: number;
}

const UNBLOCKED_ERROR = 'UNBLOCKED client unblocked via CLIENT UNBLOCK';

export class Blocking implements BlockingPort {
  /** Told when an exclusive task begins and ends: commands are postponed between. */
  onExclusive: ((isExclusive: boolean) => void) | null = null;
  private isExclusive = false;
  private readonly clock: Clock;
  private readonly waiting = new Map<Session, Waiting>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  block(wait: BlockedWait): (write: WriteReply) => void {
    const { session, timeoutMs } = wait;
    assert(!this.waiting.has(session), 'a session waits for one thing at a time');
    const deadlineMs = timeoutMs > 0 ? this.clock.monotonicMs() + timeoutMs : Infinity;
    const waiting = { wait, deadlineMs };
    this.waiting.set(session, waiting);
    session.flags |= SESSION_BLOCKED;
    return (write) => {
      if (this.waiting.get(session) === waiting) this.finish(session, write);
    };
  }

  exclusively(session: Session, work: (done: (write: WriteReply) => void) => void): void {
    assert(!this.isExclusive, 'one exclusive task at a time');
    this.isExclusive = true;
    this.onExclusive?.(true);
    const finish = this.block({ session, timeoutMs: 0, onTimeout: () => {}, onGone: () => {} });
    work((write) => {
      this.isExclusive = false;
      finish(write);
      this.onExclusive?.(false);
    });
  }

  unblock(session: Session, withError: boolean): boolean {
    const waiting = this.waiting.get(session);
    if (waiting === undefined || waiting.deadlineMs === Infinity) return false;
    waiting.wait.onGone();
    this.finish(
      session,
      withError ? (reply) => reply.error(UNBLOCKED_ERROR) : waiting.wait.onTimeout,
    );
    return true;
  }

  /** Ends the waits whose time is up; called several times a second. */
  expire(): void {
    const now = this.clock.monotonicMs();
    for (const [session, { wait, deadlineMs }] of this.waiting) {
      if (deadlineMs > now) continue;
      wait.onGone();
      this.finish(session, wait.onTimeout);
    }
  }

  /** The client left while it may have been waiting. */
  sessionGone(session: Session): void {
    const waiting = this.waiting.get(session);
    if (waiting === undefined) return;
    this.waiting.delete(session);
    waiting.wait.onGone();
  }

  private finish(session: Session, write: WriteReply): void {
    this.waiting.delete(session);
    session.resume(write);
  }
}
