// What may keep a command from running although it is well formed: no password given, a dataset
// still loading, a log that cannot be written, memory used up, clients paused. Invariant: while
// nothing of the kind is the case `closed` is 0 and the executor does not come here.

import { COMMAND_FLAGS } from '../contract/command.js';
import { LOADING, NOAUTH, OOM } from '../contract/errors.js';
import { SESSION_TRUSTED, type Session } from '../contract/session.js';

const GATE_LOADING = 1 << 0;
const GATE_LOG_REFUSES = 1 << 1;
const GATE_MEMORY_LIMITED = 1 << 2;
const GATE_PAUSED = 1 << 3;
const GATE_EXCLUSIVE = 1 << 4;
const GATE_DISK_FULL = 1 << 5;
const GATE_LOG_BEHIND = 1 << 6;
const GATE_LOG_OVERFULL = 1 << 7;

export class Gates {
  /** GATE_* bits of the gates that must be looked at. */
  closed = 0;
  /** At the begin of a load commands wait, as they would in the backlog of a server that starts. */
  waitsForLoad = false;
  private logRefusal = '';
  private diskRefusal = '';
  /** Monotonic ms: a clock that is set makes no pause longer. */
  private pauseUntil = 0;
  private pausesOnlyWrites = false;
  /** Whether memory is over its limit, and stays so after evicting what the policy allows. */
  private readonly isOutOfMemory: () => boolean;
  private readonly monotonicMs: () => number;

  constructor(options: {
    readonly isOutOfMemory: () => boolean;
    readonly monotonicMs: () => number;
  }) {
    this.isOutOfMemory = options.isOutOfMemory;
    this.monotonicMs = options.monotonicMs;
  }

  setLoading(isLoading: boolean): void {
    this.set(GATE_LOADING, isLoading);
  }

  /** @param text the whole error text, or null when the log takes writes */
  setLogRefusal(text: string | null): void {
    this.logRefusal = text ?? '';
    this.set(GATE_LOG_REFUSES, text !== null);
  }

  /** Commands that free something go on. @param text the whole error text, or null with space */
  setDiskFull(text: string | null): void {
    this.diskRefusal = text ?? '';
    this.set(GATE_DISK_FULL, text !== null);
  }

  /** Nothing is refused, but what replies depend on must be noted. */
  setLogBehind(isBehind: boolean): void {
    this.set(GATE_LOG_BEHIND, isBehind);
  }

  get isLogBehind(): boolean {
    return (this.closed & GATE_LOG_BEHIND) !== 0;
  }

  /** Writes wait until the disk has taken more of the log. */
  setLogOverfull(isOverfull: boolean): void {
    this.set(GATE_LOG_OVERFULL, isOverfull);
  }

  setMemoryLimited(isLimited: boolean): void {
    this.set(GATE_MEMORY_LIMITED, isLimited);
  }

  setExclusive(isExclusive: boolean): void {
    this.set(GATE_EXCLUSIVE, isExclusive);
  }

  /**
   * CLIENT PAUSE: a later end or a stricter mode wins over an earlier one.
   * @param untilMs monotonic
   */
  pause(untilMs: number, onlyWrites: boolean): void {
    const isPaused = this.isPaused;
    this.pausesOnlyWrites = isPaused ? this.pausesOnlyWrites && onlyWrites : onlyWrites;
    this.pauseUntil = isPaused ? Math.max(this.pauseUntil, untilMs) : untilMs;
    this.set(GATE_PAUSED, true);
  }

  unpause(): void {
    this.set(GATE_PAUSED, false);
  }

  /** Whether what has expired stays in memory: nothing can be logged, or all stands still. */
  get keepsExpired(): boolean {
    return (this.closed & (GATE_PAUSED | GATE_LOG_REFUSES)) !== 0;
  }

  /** @returns whether a command with these flags deletes what it finds expired */
  deletesExpired(flags: number): boolean {
    return !this.keepsExpired || mayChangeData(flags);
  }

  /** Whether a pause promises that nothing changes; past its end the next tick takes it away. */
  get standsStill(): boolean {
    return this.isPaused && this.monotonicMs() < this.pauseUntil;
  }

  get isPaused(): boolean {
    return (this.closed & GATE_PAUSED) !== 0;
  }

  /**
   * @param flags COMMAND_FLAGS bits that count for it
   * @returns whether the command has to be offered again later
   */
  postpones(session: Session, flags: number): boolean {
    if ((this.closed & GATE_EXCLUSIVE) !== 0) return true;
    if ((this.closed & GATE_LOADING) !== 0 && this.waitsForLoad) return true;
    if ((this.closed & GATE_LOG_OVERFULL) !== 0 && mayChangeData(flags)) return true;
    if ((session.flags & SESSION_TRUSTED) !== 0) return false;
    if (!this.standsStill) return false;
    return !this.pausesOnlyWrites || mayChangeData(flags);
  }

  /**
   * @param flags COMMAND_FLAGS bits of the command
   * @returns the whole error text, or null when the command may run
   */
  refusal(session: Session, flags: number): string | null {
    if (!session.isAuthenticated && (flags & COMMAND_FLAGS.no_auth) === 0) return NOAUTH;
    // Before memory: making room is a write, too.
    if ((this.closed & GATE_LOG_REFUSES) !== 0) {
      if (mayChangeData(flags)) return this.logRefusal;
    } else if ((this.closed & GATE_MEMORY_LIMITED) !== 0 && (this.closed & GATE_LOADING) === 0) {
      // Every command makes room, but only one that would take more is refused.
      const isOver = this.isOutOfMemory();
      if (isOver && (flags & COMMAND_FLAGS.denyoom) !== 0) return OOM;
    }
    if ((this.closed & GATE_DISK_FULL) !== 0 && (flags & COMMAND_FLAGS.denyoom) !== 0) {
      if (mayChangeData(flags)) return this.diskRefusal;
    }
    if ((this.closed & GATE_LOADING) !== 0 && (flags & COMMAND_FLAGS.loading) === 0) {
      return LOADING;
    }
    return null;
  }

  private set(gate: number, isClosed: boolean): void {
    this.closed = isClosed ? this.closed | gate : this.closed & ~gate;
  }
}

function mayChangeData(flags: number): boolean {
  return (flags & (COMMAND_FLAGS.write | COMMAND_FLAGS.may_replicate)) !== 0;
}
