// One ticket for each turn that wrote something: which of them are acknowledged, which failed, and
// from which on memory holds changes that the log has lost and a power cut would undo. Invariants:
// confirmed <= acknowledged <= issued; they only grow, unless a stricter policy begins; a ticket
// that failed is in doubt until all that memory holds is in the log again, by a late write or in a
// rewritten generation; nothing is acknowledged while another process may have the directory.

import type { Clock } from '../util/clock.js';

export class Tickets {
  issued = 0;
  /** Highest that waits no more: acknowledged, or failed. */
  acknowledged = 0;
  /** Highest that failed. */
  failedThrough = 0;
  /** Highest that a power cut does not undo. */
  private synced = 0;
  private readonly clock: Clock;
  /** First that failed and whose changes are not in the log; 0 when there is none. */
  private doubtFrom = 0;
  /** Only a new generation ends the doubt: what failed is not written again. */
  private isRewriteOwed = false;
  /** What was issued up to here is in the generation that is being written. */
  private rewrittenThrough = 0;
  /** Monotonic time until which this process knows the directory to be its own. */
  private leaseEndMs = Number.POSITIVE_INFINITY;
  /** Would be acknowledged but for the lease. */
  private withheld = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get isInDoubt(): boolean {
    return this.doubtFrom > 0;
  }

  /** Highest up to which everything is in the log as the policy demands. */
  get confirmed(): number {
    return this.doubtFrom > 0 ? this.doubtFrom - 1 : this.acknowledged;
  }

  /** @param nowMs monotonic */
  isLeaseOver(nowMs: number): boolean {
    return nowMs > this.leaseEndMs;
  }

  /** @returns the ticket to acknowledge now, or 0 */
  renewLease(endMs: number): number {
    this.leaseEndMs = endMs;
    return this.withheld;
  }

  /**
   * Everything up to `ticket` is in the log as the policy demands.
   * @returns false when the lease is over: then that waits for `renewLease`
   */
  acknowledge(ticket: number): boolean {
    if (this.isLeaseOver(this.clock.monotonicMs())) {
      this.withheld = Math.max(ticket, this.withheld);
      return false;
    }
    this.withheld = 0;
    if (ticket > this.acknowledged) this.acknowledged = ticket;
    if (ticket >= this.failedThrough && !this.isRewriteOwed) this.doubtFrom = 0;
    return true;
  }

  /** A sync has everything up to `ticket`; while files are lost it has only what came after. */
  noteSynced(ticket: number): void {
    if (!this.isRewriteOwed && ticket > this.synced) this.synced = ticket;
  }

  /**
   * What is not synced counts as not acknowledged again; when its files are lost, as in doubt.
   * @returns whether there is any
   */
  demandSync(): boolean {
    if (this.acknowledged <= this.synced) return false;
    if (!this.isInDoubt && !this.isRewriteOwed) this.acknowledged = this.synced;
    else this.doubtFrom = Math.min(this.doubtFrom || this.issued, this.synced + 1);
    return true;
  }

  /** What waits will not be acknowledged. */
  failAll(): void {
    if (this.doubtFrom === 0) this.doubtFrom = this.acknowledged + 1;
    this.acknowledged = this.issued;
    this.failedThrough = this.issued;
    this.withheld = 0;
  }

  /**
   * The files are lost, and what was not written with them, even if it was acknowledged early.
   * @param written the highest ticket that is written
   */
  mustRewrite(written: number): void {
    this.isRewriteOwed = true;
    const kept = Math.min(written, this.confirmed);
    if (kept < this.issued) this.doubtFrom = kept + 1;
  }

  /** A generation is begun from what memory holds now. */
  rewriteBegins(): void {
    this.rewrittenThrough = this.issued;
  }

  /** That generation is in place, and durable. */
  rewritten(): void {
    this.isRewriteOwed = false;
    this.noteSynced(this.rewrittenThrough);
    if (this.failedThrough <= this.rewrittenThrough) this.doubtFrom = 0;
  }
}
