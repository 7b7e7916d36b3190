// What CLIENT PAUSE promises: until its end, which no clock that is set moves, nobody changes
// anything, or nothing runs at all; neither does anything expire or get evicted. Invariant: pauses
// are forgotten only when the server says that they are over.

import assert from 'node:assert/strict';

/** The engine reads its clock before the command is seen here. */
const EARLIER_MS = 1;

interface Pause {
  /** Of virtual time. */
  readonly endMs: number;
  readonly onlyWrites: boolean;
}

/** Commands that change no data. */
const READS = new Set(
  (
    'GET EXISTS PTTL LLEN LRANGE SCARD SRANDMEMBER HGET HLEN HPTTL HPEXPIRETIME ZRANGE PING ' +
    'SELECT MULTI DISCARD WATCH CLIENT CONFIG SAVE BGREWRITEAOF WAITAOF'
  ).split(' '),
);

export class Pauses {
  private pauses: Pause[] = [];
  private readonly time: { readonly nowMs: number };

  constructor(time: { readonly nowMs: number }) {
    this.time = time;
  }

  /** @param words of CLIENT PAUSE or UNPAUSE */
  run([, action, timeoutMs, mode]: readonly string[]): void {
    if (action !== 'PAUSE') return;
    const endMs = this.time.nowMs - EARLIER_MS + Number(timeoutMs);
    this.pauses.push({ endMs, onlyWrites: mode === 'WRITE' });
  }

  /** The server lets everybody go on. */
  end(): void {
    this.pauses = [];
  }

  get isOn(): boolean {
    const { nowMs } = this.time;
    return this.pauses.some(({ endMs }) => nowMs < endMs);
  }

  /**
   * @param words of a command that runs
   * @param queue of its transaction; null outside one
   */
  check(words: readonly string[], queue: readonly (readonly string[])[] | null): void {
    if (!this.isOn) return;
    const [name] = words;
    const { nowMs } = this.time;
    const inner = name === 'EXEC' ? (queue ?? []) : [words];
    const isWrite = inner.some(([each]) => !READS.has(each));
    const isHeld = this.pauses.some(
      (pause) => nowMs < pause.endMs && (isWrite || !pause.onlyWrites),
    );
    assert.ok(!isHeld, `${words.join(' ')} runs in a pause`);
  }
}
