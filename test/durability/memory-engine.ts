// A whole engine over a file system in memory, with a model of what it was told: every write sets
// one key, of one of all types, to one number more, so a state is a number of writes.

import assert from 'node:assert/strict';
import type { EngineOptions } from '../../engine/engine.js';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';

const DIR = '/data';
const KEYS = 40;
/** Large enough for a snapshot that is written in several pieces. */
const VALUE_PAD = 'v'.repeat(40_000);
/** By key modulo their number: what it is, and so how a number is written to it and read. */
const TYPES = ['string', 'list', 'hash', 'zset', 'set'] as const;
type Type = (typeof TYPES)[number];
/** Elements that every collection has besides: it is large, and no snapshot writes it at once. */
const BASE = Array.from({ length: 200 }, (_, i) => `element ${i} `.padEnd(60, 'e'));
/** Each start has salts of its own, the same ones in each run. */
let nextSeed = 1;

/** What a campaign decides itself, so that a seed repeats everything. */
export type MemoryEngineOptions = Pick<
  EngineOptions,
  'random' | 'loop' | 'segmentSizeBytes' | 'logger'
>;

export class MemoryEngine {
  readonly fs: MemoryFileSystem;
  readonly clock = new FakeClock();
  readonly engine: Engine;
  /** Writes sent, and answered with OK. Key `i % KEYS` holds the number `i`. */
  sent = 0;
  acknowledged = 0;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem, options: MemoryEngineOptions) {
    this.fs = fs;
    const config = new Config();
    config.preset('appendfsync', 'always');
    config.preset('auto-aof-rewrite-percentage', '0');
    const random = new SeededRandom(nextSeed++);
    const { clock } = this;
    this.engine = new Engine({ dir: DIR, fs, owner: null, clock, config, random, ...options });
    this.client = new LocalClient(this.engine);
  }

  /** @throws LogError when the directory is not one good generation */
  static async open(
    fs: MemoryFileSystem,
    options: MemoryEngineOptions = {},
  ): Promise<MemoryEngine> {
    const memory = new MemoryEngine(fs, options);
    await memory.engine.load();
    return memory;
  }

  /**
   * Sends the next write, or again the one that was refused.
   * @returns the error text, or null when the write was acknowledged
   */
  async write(): Promise<string | null> {
    const number = this.acknowledged;
    this.sent = number + 1;
    const error = await this.command(...writing(number));
    if (error === null) this.acknowledged = number + 1;
    return error;
  }

  /** @returns the error text, or null when it was answered with something else */
  async command(...words: string[]): Promise<string | null> {
    try {
      await this.client.call(...words);
      return null;
    } catch (error) {
      if (error instanceof ReplyError) return error.message;
      throw error;
    }
  }

  /** @returns how many writes the state is the result of; fails when it is no such state */
  async writesSeen(what: string): Promise<number> {
    const numbers: number[] = [];
    for (let key = 0; key < KEYS; key++) {
      const number = await this.numberIn(key, what);
      if (number < 0) continue;
      assert.equal(number % KEYS, key, `${what}: the value of key${key} is its own`);
      numbers.push(number);
    }
    numbers.sort((a, b) => a - b);
    const last = numbers.at(-1) ?? -1;
    const expected = numbers.map((_, i) => last - numbers.length + 1 + i);
    assert.deepEqual(numbers, expected, `${what}: a state that there was`);
    assert.equal(numbers.length, Math.min(KEYS, last + 1), `${what}: no key is missing`);
    assert.equal(await this.client.call('DBSIZE'), numbers.length, what);
    return last + 1;
  }

  /** @returns the number that was written last to a key; -1 without any */
  private async numberIn(key: number, what: string): Promise<number> {
    const name = `key${key}`;
    const type = typeOf(key);
    const whole = `${what}: the value of ${name} is whole`;
    if ((await this.client.call('EXISTS', name)) === 0) return -1;
    if (type === 'string') {
      const [number, pad] = String(await this.client.call('GET', name)).split(' ');
      assert.equal(pad, VALUE_PAD, whole);
      return Number(number);
    }
    if (type === 'set') return this.numberInSet(key, name, whole);
    const [count, ask]: [string, string[]] = {
      list: ['LLEN', ['LINDEX', name, '-1']] as [string, string[]],
      hash: ['HLEN', ['HGET', name, 'number']] as [string, string[]],
      zset: ['ZCARD', ['ZSCORE', name, 'number']] as [string, string[]],
    }[type];
    assert.equal(await this.client.call(count, name), BASE.length + 1, whole);
    return Number(await this.client.call(...ask));
  }

  /** A set has every number that was ever written to it. */
  private async numberInSet(key: number, name: string, whole: string): Promise<number> {
    const rounds = Number(await this.client.call('SCARD', name)) - BASE.length;
    const numbers = Array.from({ length: rounds }, (_, i) => String(key + i * KEYS));
    const found = await this.client.call('SMISMEMBER', name, ...numbers, ...BASE);
    assert.deepEqual(
      found,
      [...numbers, ...BASE].map(() => 1),
      whole,
    );
    return key + (rounds - 1) * KEYS;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }
}

function typeOf(key: number): Type {
  return TYPES[key % TYPES.length];
}

/** @returns the command of write `number` */
function writing(number: number): string[] {
  const key = `key${number % KEYS}`;
  const isFirst = number < KEYS;
  const base = isFirst ? BASE : [];
  switch (typeOf(number % KEYS)) {
    case 'string':
      return ['SET', key, `${number} ${VALUE_PAD}`];
    case 'list':
      return isFirst ? ['RPUSH', key, ...base, `${number}`] : ['LSET', key, '-1', `${number}`];
    case 'hash':
      return ['HSET', key, 'number', `${number}`, ...base.flatMap((field) => [field, 'v'])];
    case 'zset':
      return ['ZADD', key, `${number}`, 'number', ...base.flatMap((member) => ['7', member])];
    case 'set':
      return ['SADD', key, `${number}`, ...base];
  }
}
