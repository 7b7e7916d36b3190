// What CLIENT PAUSE promises: until its end, by the engine's time, nobody changes anything, or
// nothing runs at all; neither does anything expire or get evicted. Invariant: pauses are forgotten
// only when the server says that they are over.

import assert from 'node:assert/strict';

interface Pause {
  /** Unix ms. */
  readonly endMs: number;
  readonly onlyWrites: boolean;
}

/** Commands that change no data. */
const READS = new Set(
  (
    'GET EXISTS PTTL LLEN LRANGE SCARD SRANDMEMBER HGET HLEN HPTTL HPEXPIRETIME ZRANGE PING ' +
    'SELECT MULTI DISCARD WATCH CONFIG SAVE BGREWRITEAOF WAITAOF'
  ).split(' '),
);

export class Pauses {
  private pauses: Pause[] = [];

  /** @param words of CLIENT PAUSE or UNPAUSE */
  run([, action, timeoutMs, mode]: readonly string[], nowMs: number): void {
    if (action !== 'PAUSE') return;
    this.pauses.push({ endMs: nowMs + Number(timeoutMs), onlyWrites: mode === 'WRITE' });
  }

  /** The server lets everybody go on. */
  end(): void {
    this.pauses = [];
  }

  isOn(nowMs: number): boolean {
    return this.pauses.some(({ endMs }) => nowMs < endMs);
  }

  /**
   * @param words of a command that runs
   * @param queue of its transaction; null outside one
   */
  check(
    words: readonly string[],
    queue: readonly (readonly string[])[] | null,
    nowMs: number,
  ): void {
    const [name] = words;
    if (name === 'CLIENT' || !this.isOn(nowMs)) return;
    const inner = name === 'EXEC' ? (queue ?? []) : [words];
    const isWrite = inner.some(([each]) => !READS.has(each));
    const isHeld = this.pauses.some(
      (pause) => nowMs < pause.endMs && (isWrite || !pause.onlyWrites),
    );
    assert.ok(!isHeld, `${words.join(' ')} runs in a pause`);
  }
}
