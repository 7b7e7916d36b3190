// A whole engine over a file system in memory, with a model of what it was told: every write sets
// one key to one number more, so a state is a number of writes.

import assert from 'node:assert/strict';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';

const DIR = '/data';
const KEYS = 40;
/** Large enough for a snapshot that is written in several pieces. */
const VALUE_PAD = 'v'.repeat(40_000);
/** Each start has salts of its own, the same ones in each run. */
let nextSeed = 1;

export class MemoryEngine {
  readonly fs: MemoryFileSystem;
  readonly clock = new FakeClock();
  readonly engine: Engine;
  /** Writes sent, and answered with OK. Key `i % KEYS` holds the number `i`. */
  sent = 0;
  acknowledged = 0;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem) {
    this.fs = fs;
    const config = new Config();
    config.preset('appendfsync', 'always');
    config.preset('auto-aof-rewrite-percentage', '0');
    const random = new SeededRandom(nextSeed++);
    this.engine = new Engine({ dir: DIR, fs, owner: null, clock: this.clock, config, random });
    this.client = new LocalClient(this.engine);
  }

  /** @throws LogError when the directory is not one good generation */
  static async open(fs: MemoryFileSystem): Promise<MemoryEngine> {
    const memory = new MemoryEngine(fs);
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
    const error = await this.command('SET', `key${number % KEYS}`, `${number} ${VALUE_PAD}`);
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
      const value = await this.client.call('GET', `key${key}`);
      if (value === null) continue;
      const [number, pad] = String(value).split(' ');
      assert.equal(pad, VALUE_PAD, `${what}: the value of key${key} is whole`);
      assert.equal(Number(number) % KEYS, key, `${what}: the value of key${key} is its own`);
      numbers.push(Number(number));
    }
    numbers.sort((a, b) => a - b);
    const last = numbers.at(-1) ?? -1;
    const expected = numbers.map((_, i) => last - numbers.length + 1 + i);
    assert.deepEqual(numbers, expected, `${what}: a state that there was`);
    assert.equal(numbers.length, Math.min(KEYS, last + 1), `${what}: no key is missing`);
    assert.equal(await this.client.call('DBSIZE'), numbers.length, what);
    return last + 1;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }
}
