// What maxmemory allows: which keys may be evicted, which commands refused. How much memory is in
// use is the server's to say. Invariant: nothing goes, and nothing is refused, within the limit.

import assert from 'node:assert/strict';
import type { Entry, ModelState } from './model-state.js';

/** The server's memory at one moment. */
export interface MemoryUse {
  readonly usedBytes: number;
  /** Dropped values still have memory to give back. */
  readonly isFreeing: boolean;
}

/** Commands that would take more memory. */
const GROWING = new Set(
  'SET APPEND INCR INCRBY COPY RPUSH LPUSH LMOVE SADD HSET HINCRBY ZADD ZINCRBY'.split(' '),
);

export class MemoryLimit {
  /** Whether there was a limit since the server was started. */
  wasLimited = false;
  private limitBytes = 0;
  private policy = 'noeviction';

  /** A server is started with its defaults. */
  restarted(): void {
    this.wasLimited = false;
    this.limitBytes = 0;
    this.policy = 'noeviction';
  }

  /** @param words of CONFIG SET */
  configure(words: readonly string[]): void {
    const limitAt = words.indexOf('maxmemory');
    const policyAt = words.indexOf('maxmemory-policy');
    if (limitAt > 0) this.limitBytes = Number(words[limitAt + 1]);
    if (policyAt > 0) this.policy = words[policyAt + 1];
    this.wasLimited ||= this.limitBytes > 0;
  }

  /** @param use before the key went @returns whether it may have been evicted */
  mayEvict({ deadlineMs }: Entry, { usedBytes }: MemoryUse): boolean {
    if (this.limitBytes === 0 || usedBytes <= this.limitBytes) return false;
    return (
      this.policy.startsWith('allkeys') || (this.policy.startsWith('volatile') && deadlineMs >= 0)
    );
  }

  /** @throws AssertionError when an OOM error had no reason */
  checkRefusal(words: readonly string[], { usedBytes }: MemoryUse, state: ModelState): void {
    const what = `${words.join(' ')} is refused with ${usedBytes} of ${this.limitBytes} bytes`;
    assert.ok(this.limitBytes > 0 && usedBytes > this.limitBytes, what);
    const { policy } = this;
    const hasVictim = state.some(
      ({ deadlineMs }) => policy.startsWith('allkeys') || deadlineMs >= 0,
    );
    assert.ok(policy === 'noeviction' || !hasVictim, `${what}, and ${policy} finds nothing`);
  }

  /** @param use before the command ran @throws AssertionError when it should not have run */
  checkRun(words: readonly string[], { usedBytes, isFreeing }: MemoryUse): void {
    if (this.limitBytes === 0 || this.policy !== 'noeviction' || isFreeing) return;
    const isOver = usedBytes > this.limitBytes && GROWING.has(words[0]);
    assert.ok(
      !isOver,
      `${words.join(' ')} runs with ${usedBytes} of ${this.limitBytes} bytes in use`,
    );
  }
}
