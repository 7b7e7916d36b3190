// How fast the scrub reads: every read is paid from a budget that grows with time, so the disk sees
// a low, even rate however long the event loop was away. Invariant: what has not been paid for is
// at most one block, and once stopped nobody waits.

/** A pause of the process is not made up for with a burst of more than so much time. */
const SAVED_MAX_MS = 1000;

/** Thrown out of a wait when the scrub ends. */
export class ScrubStopped extends Error {
  override readonly name = 'ScrubStopped';
}

export class ScrubPace {
  private bytesPerMs = 0;
  private budgetBytes = 0;
  private isStopped = false;
  private waiting: { resolve: () => void; reject: (error: Error) => void } | null = null;

  setRate(bytesPerSecond: number): void {
    this.bytesPerMs = bytesPerSecond / 1000;
    this.budgetBytes = 0;
  }

  /** Time has passed. */
  refill(elapsedMs: number): void {
    this.budgetBytes += Math.min(elapsedMs, SAVED_MAX_MS) * this.bytesPerMs;
    this.budgetBytes = Math.min(this.budgetBytes, SAVED_MAX_MS * this.bytesPerMs);
    if (this.budgetBytes < 0 || this.waiting === null) return;
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve();
  }

  /**
   * Pays for bytes that were read; one caller at a time.
   * @returns resolves when more may be read
   * @throws ScrubStopped
   */
  async pay(bytes: number): Promise<void> {
    if (this.isStopped) throw new ScrubStopped();
    this.budgetBytes -= bytes;
    if (this.budgetBytes >= 0) return;
    await new Promise<void>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** Ends the wait under way, and every later one, with ScrubStopped. */
  stop(): void {
    this.isStopped = true;
    this.waiting?.reject(new ScrubStopped());
    this.waiting = null;
  }
}
