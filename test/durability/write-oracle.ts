// One client's writes and what they must have left behind. A client's writes run in the order it
// sent them, so after a crash its keys hold the state after some first part of them: at least all
// that was acknowledged, at most all that was sent. Invariant: the oracle never asks the server
// what is right.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import type { CommandWords } from '../support/resp-connection.js';

export interface KeyState {
  readonly value: string;
  /** Unix ms; 0 for none. A near one has passed when the state is checked. */
  readonly deadlineMs: number;
}

type ClientState = ReadonlyMap<string, KeyState>;

/** What a write changes: the new state of keys, null for deleted. */
interface Write {
  readonly words: CommandWords;
  readonly changes: readonly (readonly [key: string, state: KeyState | null])[];
}

const KEYS = 12;
const NEAR_MS = 200;
const FAR_MS = 10_000_000;
/** Every so many writes carry a larger value, which crosses frames. */
const LARGE_EVERY = 40;
const LARGE_BYTES = 9000;

export class WriteOracle {
  readonly name: string;
  /** Deadlines up to here have passed once a check may begin. */
  lastNearDeadlineMs = 0;
  private readonly random: SeededRandom;
  private counter = 0;
  private hits = 0;
  /** The state after everything in `confirmed`. */
  private base: ClientState = new Map();
  /** The state after everything that was made. */
  private state = new Map<string, KeyState>();
  /** Made and not yet acknowledged, in order. */
  private pending: Write[] = [];

  constructor(name: string, random: SeededRandom) {
    this.name = name;
    this.random = random;
  }

  /** @returns the next write; it counts as sent */
  next(nowMs: number): CommandWords {
    const write = this.make(nowMs);
    this.pending.push(write);
    apply(this.state, write);
    return write.words;
  }

  /** The oldest write that is not yet acknowledged was acknowledged now. */
  acknowledged(): void {
    const write = this.pending.shift();
    if (write === undefined) throw new Error(`${this.name}: a reply to nothing`);
    const base = new Map(this.base);
    apply(base, write);
    this.base = base;
  }

  get keys(): string[] {
    return [...Array.from({ length: KEYS }, (_, i) => this.key(i)), `${this.name}:hits`];
  }

  /**
   * Compares with what the server holds now, and goes on from there.
   * @param found what is there, by key
   * @returns null, or what cannot be explained
   */
  settle(found: ClientState, nowMs: number): string | null {
    const state = new Map(this.base);
    for (let kept = 0; ; kept++) {
      if (isSame(state, found, nowMs)) {
        this.base = new Map(state);
        this.state = new Map(state);
        this.pending = [];
        this.hits = Number(state.get(`${this.name}:hits`)?.value ?? 0);
        return null;
      }
      if (kept === this.pending.length) return this.describe(found, nowMs);
      apply(state, this.pending[kept]);
    }
  }

  private describe(found: ClientState, nowMs: number): string {
    const lines = this.keys.map((key) => {
      const [was, is] = [this.base.get(key), found.get(key)].map(shown);
      return was === is ? '' : `  ${key}: acknowledged ${was}, found ${is}`;
    });
    const inFlight = this.pending.map(({ words }) => words.join(' ').slice(0, 80));
    return [
      `${this.name}: no prefix of its writes explains what is there at ${nowMs}`,
      ...lines.filter((line) => line !== ''),
      ...inFlight.map((line) => `  in flight: ${line}`),
    ].join('\n');
  }

  private key(index: number): string {
    return `${this.name}:${index}`;
  }

  private make(nowMs: number): Write {
    const key = this.key(randomBelow(this.random, KEYS));
    const value = this.value();
    const kind = randomBelow(this.random, 10);
    const old = this.state.get(key);
    // A key that passes away by itself is only overwritten: whether it is still there is open.
    const isPassing =
      old !== undefined && old.deadlineMs > 0 && old.deadlineMs < nowMs + FAR_MS / 2;
    if (kind === 0) return { words: ['DEL', key], changes: [[key, null]] };
    if (kind === 1) return this.expiring(key, value, nowMs + 1 + randomBelow(this.random, NEAR_MS));
    if (kind === 2) return this.expiring(key, value, nowMs + FAR_MS);
    if (kind === 3) return this.pair(key, value);
    if (kind === 4) return this.hit();
    if (kind === 5 && !isPassing) {
      const deadlineMs = nowMs + FAR_MS;
      const changes: Write['changes'] =
        old === undefined ? [] : [[key, { value: old.value, deadlineMs }]];
      return { words: ['PEXPIREAT', key, deadlineMs], changes };
    }
    if (kind === 6 && !isPassing) {
      const deadlineMs = old?.deadlineMs ?? 0;
      const longer = `${old?.value ?? ''}+`;
      return { words: ['APPEND', key, '+'], changes: [[key, { value: longer, deadlineMs }]] };
    }
    return { words: ['SET', key, value], changes: [[key, { value, deadlineMs: 0 }]] };
  }

  private value(): string {
    this.counter++;
    const isLarge = this.counter % LARGE_EVERY === 0;
    return `${this.counter}${isLarge ? 'x'.repeat(LARGE_BYTES) : ''}`;
  }

  private expiring(key: string, value: string, deadlineMs: number): Write {
    if (deadlineMs < Date.now() + FAR_MS / 2) {
      this.lastNearDeadlineMs = Math.max(this.lastNearDeadlineMs, deadlineMs);
    }
    return {
      words: ['SET', key, value, 'PXAT', deadlineMs],
      changes: [[key, { value, deadlineMs }]],
    };
  }

  /** Two keys in one command: both or none. */
  private pair(key: string, value: string): Write {
    const other = this.key(randomBelow(this.random, KEYS));
    const state = { value, deadlineMs: 0 };
    return {
      words: ['MSET', key, value, other, value],
      changes: [
        [key, state],
        [other, state],
      ],
    };
  }

  private hit(): Write {
    const key = `${this.name}:hits`;
    this.hits++;
    const state = { value: String(this.hits), deadlineMs: 0 };
    return { words: ['INCR', key], changes: [[key, state]] };
  }
}

function apply(state: Map<string, KeyState>, write: Write): void {
  for (const [key, change] of write.changes) {
    if (change === null) state.delete(key);
    else state.set(key, change);
  }
}

function isSame(state: ClientState, found: ClientState, nowMs: number): boolean {
  let living = 0;
  for (const [key, { value, deadlineMs }] of state) {
    if (deadlineMs > 0 && deadlineMs <= nowMs) continue;
    living++;
    const other = found.get(key);
    if (other === undefined || other.value !== value || other.deadlineMs !== deadlineMs)
      return false;
  }
  return living === found.size;
}

function shown(state: KeyState | undefined): string {
  if (state === undefined) return 'nothing';
  return `${state.value.slice(0, 20)}(${state.value.length}) until ${state.deadlineMs}`;
}
