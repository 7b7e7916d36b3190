// One client's writes and what they must have left behind. A client's writes run in the order it
// sent them, so after a crash its keys hold the state after some first part of them: at least all
// that was acknowledged, at most all that was sent. Invariant: the oracle never asks the server
// what is right.

import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import type { CommandWords } from '../support/resp-connection.js';
import {
  COLLECTION_TYPES,
  CollectionModel,
  type CollectionType,
  collectionText,
  itemsOf,
  livingFields,
} from './collection-model.js';

export interface KeyState {
  /** A string as it is; a collection as `collectionText` has it. */
  readonly value: string;
  /** Unix ms; 0 for none. A near one has passed when the state is checked. */
  readonly deadlineMs: number;
}

type ClientState = ReadonlyMap<string, KeyState>;

type Changes = readonly (readonly [key: string, state: KeyState | null])[];

/** What a write changes: the new state of keys, null for deleted. */
interface Write {
  /** One command, or those of a transaction. */
  readonly commands: readonly CommandWords[];
  readonly changes: Changes;
  /** Replies that have not come. */
  repliesMissing: number;
}

const KEYS = 12;
/** Of each type of collection. */
const COLLECTIONS = 3;
/** Of so many writes, those that write collections; and among them, transactions. */
const COLLECTION_PERCENT = 50;
const TRANSACTION_PERCENT = 15;
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
  private readonly collections: CollectionModel;
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
    this.collections = new CollectionModel(random);
  }

  /** @returns the commands of the next write; it counts as sent */
  next(nowMs: number): readonly CommandWords[] {
    const isCollection = randomBelow(this.random, 100) < COLLECTION_PERCENT;
    const write = isCollection ? this.makeCollection(nowMs) : this.make(nowMs);
    this.pending.push(write);
    apply(this.state, write);
    return write.commands;
  }

  /** The oldest command that was not yet answered was answered now. */
  acknowledged(): void {
    const [write] = this.pending;
    if (write === undefined) throw new Error(`${this.name}: a reply to nothing`);
    if (--write.repliesMissing > 0) return;
    this.pending.shift();
    const base = new Map(this.base);
    apply(base, write);
    this.base = base;
  }

  get keys(): string[] {
    const strings = Array.from({ length: KEYS }, (_, i) => this.key(i));
    const collections = COLLECTION_TYPES.flatMap((type) =>
      Array.from({ length: COLLECTIONS }, (_, i) => this.collectionKey(type, i)),
    );
    return [...strings, `${this.name}:hits`, ...collections];
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
    const inFlight = this.pending.map(({ commands }) => commands.join(' ').slice(0, 80));
    return [
      `${this.name}: no prefix of its writes explains what is there at ${nowMs}`,
      ...lines.filter((line) => line !== ''),
      ...inFlight.map((line) => `  in flight: ${line}`),
    ].join('\n');
  }

  private key(index: number): string {
    return `${this.name}:${index}`;
  }

  private collectionKey(type: CollectionType, index: number): string {
    return `${this.name}:${type}:${index}`;
  }

  /** A change of one collection, or of two together. */
  private makeCollection(nowMs: number): Write {
    if (randomBelow(this.random, 100) >= TRANSACTION_PERCENT) {
      const { words, change } = this.changeCollection(nowMs, 0);
      return writeOf([words], [change]);
    }
    // Different keys: each change is made on the state before the transaction.
    const parts = [this.changeCollection(nowMs, 0), this.changeCollection(nowMs, 1)];
    const commands = [['MULTI'], ...parts.map(({ words }) => words), ['EXEC']];
    return writeOf(
      commands,
      parts.map(({ change }) => change),
    );
  }

  /** @param half which half of the keys to choose from */
  private changeCollection(
    nowMs: number,
    half: number,
  ): { words: CommandWords; change: Changes[number] } {
    const { random } = this;
    const type = COLLECTION_TYPES[randomBelow(random, COLLECTION_TYPES.length)];
    const index = half === 0 ? 0 : 1 + randomBelow(random, COLLECTIONS - 1);
    const key = this.collectionKey(type, index);
    const old = this.state.get(key);
    if (randomBelow(random, 30) === 0) return { words: ['DEL', key], change: [key, null] };
    if (old !== undefined && randomBelow(random, 20) === 0) {
      const deadlineMs = nowMs + FAR_MS;
      const change = { value: old.value, deadlineMs };
      return { words: ['PEXPIREAT', key, deadlineMs], change: [key, change] };
    }
    const fieldDeadlineMs = nowMs + (randomBelow(random, 2) === 0 ? NEAR_MS : FAR_MS);
    this.noteNear(fieldDeadlineMs);
    const items = old === undefined ? [] : itemsOf(old.value);
    const made = this.collections.change(type, key, items, fieldDeadlineMs);
    if (made.items === null) return { words: made.words, change: [key, null] };
    const value = collectionText(type, made.items);
    return { words: made.words, change: [key, { value, deadlineMs: old?.deadlineMs ?? 0 }] };
  }

  private noteNear(deadlineMs: number): void {
    if (deadlineMs > Date.now() + FAR_MS / 2) return;
    this.lastNearDeadlineMs = Math.max(this.lastNearDeadlineMs, deadlineMs);
  }

  private make(nowMs: number): Write {
    const key = this.key(randomBelow(this.random, KEYS));
    const value = this.value();
    const kind = randomBelow(this.random, 10);
    const old = this.state.get(key);
    // A key that passes away by itself is only overwritten: whether it is still there is open.
    const isPassing =
      old !== undefined && old.deadlineMs > 0 && old.deadlineMs < nowMs + FAR_MS / 2;
    if (kind === 0) return writeOf([['DEL', key]], [[key, null]]);
    if (kind === 1) return this.expiring(key, value, nowMs + 1 + randomBelow(this.random, NEAR_MS));
    if (kind === 2) return this.expiring(key, value, nowMs + FAR_MS);
    if (kind === 3) return this.pair(key, value);
    if (kind === 4) return this.hit();
    if (kind === 5 && !isPassing) {
      const deadlineMs = nowMs + FAR_MS;
      const changes: Changes = old === undefined ? [] : [[key, { value: old.value, deadlineMs }]];
      return writeOf([['PEXPIREAT', key, deadlineMs]], changes);
    }
    if (kind === 6 && !isPassing) {
      const deadlineMs = old?.deadlineMs ?? 0;
      const longer = `${old?.value ?? ''}+`;
      return writeOf([['APPEND', key, '+']], [[key, { value: longer, deadlineMs }]]);
    }
    return writeOf([['SET', key, value]], [[key, { value, deadlineMs: 0 }]]);
  }

  private value(): string {
    this.counter++;
    const isLarge = this.counter % LARGE_EVERY === 0;
    return `${this.counter}${isLarge ? 'x'.repeat(LARGE_BYTES) : ''}`;
  }

  private expiring(key: string, value: string, deadlineMs: number): Write {
    this.noteNear(deadlineMs);
    return writeOf([['SET', key, value, 'PXAT', deadlineMs]], [[key, { value, deadlineMs }]]);
  }

  /** Two keys in one command: both or none. */
  private pair(key: string, value: string): Write {
    const other = this.key(randomBelow(this.random, KEYS));
    const state = { value, deadlineMs: 0 };
    return writeOf(
      [['MSET', key, value, other, value]],
      [
        [key, state],
        [other, state],
      ],
    );
  }

  private hit(): Write {
    const key = `${this.name}:hits`;
    this.hits++;
    const state = { value: String(this.hits), deadlineMs: 0 };
    return writeOf([['INCR', key]], [[key, state]]);
  }
}

function writeOf(commands: readonly CommandWords[], changes: Changes): Write {
  return { commands, changes, repliesMissing: commands.length };
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
    if (other === undefined || other.deadlineMs !== deadlineMs) return false;
    if (other.value !== value && other.value !== livingText(value, nowMs)) return false;
  }
  return living === found.size;
}

/** @returns a hash's text without the fields that have expired; any other text as it is */
function livingText(value: string, nowMs: number): string {
  if (!value.startsWith('hash\n')) return value;
  return collectionText('hash', livingFields(itemsOf(value), nowMs));
}

function shown(state: KeyState | undefined): string {
  if (state === undefined) return 'nothing';
  return `${state.value.slice(0, 20)}(${state.value.length}) until ${state.deadlineMs}`;
}
