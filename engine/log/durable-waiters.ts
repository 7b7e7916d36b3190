// Who waits until an entry is on disk (WAITAOF). Sequence numbers only grow and so do requests,
// nearly always; a list kept in order is therefore enough.

interface Waiter {
  seq: number;
  done: () => void;
}

export class DurableWaiters {
  private waiters: Waiter[] = [];

  get count(): number {
    return this.waiters.length;
  }

  /** @returns a function that withdraws the request */
  add(seq: number, done: () => void): () => void {
    const waiter = { seq, done };
    let index = this.waiters.length;
    while (index > 0 && this.waiters[index - 1].seq > seq) index--;
    this.waiters.splice(index, 0, waiter);
    return () => {
      const at = this.waiters.indexOf(waiter);
      if (at >= 0) this.waiters.splice(at, 1);
    };
  }

  /** Calls everyone who waited for `durableSeq` or less, in order. */
  wake(durableSeq: number): void {
    let ready = 0;
    while (ready < this.waiters.length && this.waiters[ready].seq <= durableSeq) ready++;
    if (ready === 0) return;
    for (const { done } of this.waiters.splice(0, ready)) done();
  }
}
