// Whether this process still owns its directory. The lock keeps living owners apart, but one that
// was stopped for a while (SIGSTOP, a frozen machine) can be taken for dead by another machine,
// and does not know when it goes on. So the LOCK file is read again about every second and before
// each switch of the manifest. Invariant: nothing is acknowledged later than LEASE_MS after the
// file was last seen to be this process's own; others wait longer before they take over.

import type { Clock } from '../util/clock.js';
import type { LogError } from './errors.js';
import type { LogDirectory } from './log-directory.js';

const LOOK_EVERY_MS = 1000;
/** Shorter than the time after which another machine takes an owner for dead. */
const LEASE_MS = 10_000;

export interface OwnershipListener {
  /** @param leaseEndMs monotonic time until which may be acknowledged */
  owned(leaseEndMs: number): void;
  lost(error: LogError): void;
  notice(level: 'notice' | 'warning', text: string): void;
}

export class Ownership {
  private readonly directory: LogDirectory;
  private readonly clock: Clock;
  private readonly listener: OwnershipListener;
  private lookedMs: number;
  private looking: Promise<void> | null = null;
  private isOver = false;

  /** The lock has just been taken; a directory without one has no other owners. */
  constructor(directory: LogDirectory, listener: OwnershipListener) {
    this.directory = directory;
    this.clock = directory.clock;
    this.listener = listener;
    this.lookedMs = this.clock.monotonicMs();
    this.isOver = directory.lock === null;
    if (!this.isOver) listener.owned(this.lookedMs + LEASE_MS);
  }

  /** Call it often. */
  tick(nowMs: number): void {
    if (nowMs - this.lookedMs >= LOOK_EVERY_MS) this.look();
  }

  /** Looks now, behind what goes on; the listener hears of the result. */
  look(): void {
    if (this.looking !== null || this.isOver) return;
    this.lookedMs = this.clock.monotonicMs();
    this.looking = this.lookOnce(this.lookedMs).finally(() => {
      this.looking = null;
    });
  }

  /** Looks a last time; what is left to write then is little. */
  async end(): Promise<void> {
    await this.looking;
    this.look();
    await this.looking;
    if (this.isOver) return;
    this.isOver = true;
    this.listener.owned(Number.POSITIVE_INFINITY);
  }

  private async lookOnce(startMs: number): Promise<void> {
    let error: LogError | null;
    try {
      error = await this.directory.findUsurper();
    } catch (unknown) {
      // Not known is not lost; but nothing is acknowledged for long without knowing.
      this.listener.notice('warning', `The lock could not be looked at: ${String(unknown)}`);
      return;
    }
    if (this.isOver) return;
    if (error === null) {
      this.listener.owned(startMs + LEASE_MS);
    } else {
      this.isOver = true;
      this.listener.lost(error);
    }
  }
}
