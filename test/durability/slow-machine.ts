// A machine whose disk takes its time: files in memory, and a clock and an event loop that move
// from one event to the next. An operation off-thread ends after the time the disk takes; one in
// line holds everything for as long. Invariant: all order comes from the events' times and from
// the order they were asked for.

import type { AlarmClock } from '../../engine/util/clock.js';
import type { EventLoop } from '../../engine/util/event-loop.js';
import { MemoryFileSystem, type Operation } from '../support/memory-file-system.js';

const START_MS = 1_700_000_000_000;
/** The way to another thread and back. */
const THREAD_MS = 0.1;

interface Event {
  readonly atMs: number;
  run: (() => void) | null;
}

export class SlowMachine {
  readonly fs = new MemoryFileSystem();
  nowMs = 0;
  /** Milliseconds that an operation takes. */
  diskMs: (name: Operation['name']) => number = () => 0.05;
  /** How long each operation in line held the event loop, and until when. */
  readonly holds: { readonly ms: number; readonly atMs: number }[] = [];
  private readonly events: Event[] = [];
  private isOffThread = false;

  constructor() {
    this.fs.onOperation = ({ name }) => this.operate(name);
    this.fs.defer = (name, _path, run) => {
      this.after(THREAD_MS + this.diskMs(name), () => {
        this.isOffThread = true;
        run();
        this.isOffThread = false;
      });
    };
  }

  readonly clock: AlarmClock = {
    now: () => Math.floor(START_MS + this.nowMs),
    nowUs: () => Math.floor((START_MS + this.nowMs) * 1000),
    monotonicMs: () => this.nowMs,
    alarm: (delayMs, ring) => this.after(delayMs, ring),
  };

  readonly loop: EventLoop = {
    nextTurn: (run) => {
      this.after(0, run);
    },
    later: (delayMs, run) => this.after(Math.max(1, delayMs), run),
    every: (periodMs, run) => {
      let isEnded = false;
      const arm = (): void => {
        this.after(periodMs, () => {
          if (isEnded) return;
          arm();
          run();
        });
      };
      arm();
      return () => {
        isEnded = true;
      };
    },
  };

  /** @returns a function that withdraws it */
  after(delayMs: number, run: () => void): () => void {
    const event: Event = { atMs: this.nowMs + delayMs, run };
    let at = this.events.length;
    while (at > 0 && this.events[at - 1].atMs > event.atMs) at--;
    this.events.splice(at, 0, event);
    return () => {
      event.run = null;
    };
  }

  /** Time passes and nothing runs: the process is stopped, or the machine frozen. */
  freeze(ms: number): void {
    this.nowMs += ms;
  }

  elapse(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /**
   * Lets events happen until a promise is settled.
   * @throws Error when that takes longer than `limitMs` of this machine's time
   */
  async until<Result>(promise: Promise<Result>, limitMs: number, what: string): Promise<Result> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    const endMs = this.nowMs + limitMs;
    await settled();
    while (!isSettled) {
      const event = this.events.shift();
      if (event === undefined || this.nowMs > endMs) {
        throw new Error(`${what}: not within ${limitMs} ms`);
      }
      if (event.run === null) continue;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      event.run();
      await settled();
    }
    return promise;
  }

  private operate(name: Operation['name']): void {
    if (this.isOffThread || (name !== 'write' && name !== 'fdatasync')) return;
    const ms = this.diskMs(name);
    this.nowMs += ms;
    this.holds.push({ ms, atMs: this.nowMs });
  }
}

/** Resolves when no promise has anything left to call. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
