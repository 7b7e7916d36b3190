// A whole engine on a disk that fails, small enough to live thousands of times: every write appends
// one number to one list, so a state is a length, and memory itself says what was executed. What
// the policies of a failing disk promise is checked with each command: a refusal comes before
// execution, a reply after the sync, reads go on. Invariant: time passes only in `pass`.

import assert from 'node:assert/strict';
import { LocalSession } from '../../engine/exec/local-session.js';
import type { ReplyValue } from '../../engine/exec/value-reply.js';
import { ValueReply } from '../../engine/exec/value-reply.js';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { Args } from '../../engine/util/args.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';

export const DIR = '/data';
export const JOURNAL = 'journal';
export const STABLE = 'stable';
const NUMBER_BYTES = 6;
const TICK_MS = 100;
const TURNS_MAX = 20_000;

/** Numbers are padded with what depends on them, so that a mixed-up one shows. */
function numberText(number: number, sizeBytes: number): string {
  const text = String(number).padStart(NUMBER_BYTES, '0');
  return text.padEnd(sizeBytes, 'abcdefghijklmnopq'[number % 17]);
}

export interface JournalOptions {
  readonly seed: number;
  readonly segmentSizeBytes?: number;
  readonly appendfsync?: string;
}

/** Runs commands without waiting for the log. */
export class LocalCaller {
  private readonly engine: Engine;
  private readonly session: LocalSession;
  private readonly reply = new ValueReply();
  private readonly args = new Args();

  constructor(engine: Engine) {
    this.engine = engine;
    this.session = new LocalSession(engine.nextSessionId());
  }

  run(...words: string[]): ReplyValue {
    this.args.assign(words.map(latin1Bytes));
    this.engine.refreshClock();
    this.engine.execute(this.session, this.args, this.reply);
    return this.reply.take();
  }
}

/** @returns how many they are; fails unless they are the first numbers in order, each once */
export function checkNumbers(list: ReplyValue, what: string): number {
  assert.ok(Array.isArray(list), what);
  for (const [i, item] of list.entries()) {
    const text = Buffer.isBuffer(item) ? item.toString('latin1') : String(item);
    assert.equal(text, numberText(i, text.length), `${what}: number ${i}`);
  }
  return list.length;
}

export class JournalEngine {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly notices: string[] = [];
  /** Numbers that were acknowledged; those before are in the list at all times. */
  acknowledged = 0;
  private readonly caller: LocalCaller;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem, clock: FakeClock, options: JournalOptions) {
    const config = new Config();
    config.preset('appendfsync', options.appendfsync ?? 'always');
    config.preset('auto-aof-rewrite-percentage', '0');
    config.preset('databases', '1');
    this.clock = clock;
    const random = new SeededRandom(options.seed);
    const { segmentSizeBytes = 2 ** 26 } = options;
    const logger = (level: string, text: string) => {
      if (level === 'warning') this.notices.push(text);
    };
    const seams = { fs, owner: null, clock, config, random, segmentSizeBytes, logger };
    this.engine = new Engine({ dir: DIR, ...seams });
    this.caller = new LocalCaller(this.engine);
    this.client = new LocalClient(this.engine);
  }

  /** @throws what `load` throws */
  static async open(
    fs: MemoryFileSystem,
    options: JournalOptions,
    clock = new FakeClock(),
  ): Promise<JournalEngine> {
    const journal = new JournalEngine(fs, clock, options);
    await journal.engine.load();
    journal.acknowledged = journal.length;
    return journal;
  }

  /** Runs a command now. @returns what it answers, before anything is acknowledged */
  run(...words: string[]): ReplyValue {
    return this.caller.run(...words);
  }

  /** Numbers in memory. */
  get length(): number {
    return Number(this.run('LLEN', JOURNAL));
  }

  /**
   * Appends the next number.
   * @returns how it ended: null when it was acknowledged, the error text when it was refused or
   *   failed, and 'waiting' when neither came within some turns
   */
  async append(sizeBytes = 40): Promise<string | null> {
    const before = this.length;
    const value = this.run('RPUSH', JOURNAL, numberText(before, sizeBytes));
    if (value instanceof ReplyError) {
      assert.equal(this.length, before, `what is refused is not executed: ${value.message}`);
      return value.message;
    }
    assert.equal(value, before + 1);
    const error = await this.answered();
    if (error === null) this.acknowledged = before + 1;
    return error;
  }

  /** Ends the turn and waits for its answer. @returns as `append` */
  async answered(turns = 200): Promise<string | null> {
    const { engine } = this;
    const ticket = engine.commit();
    for (let turn = 0; turn < turns; turn++) {
      if (engine.acknowledged >= ticket) {
        const hasFailed = engine.persistence.hasFailed(ticket);
        return hasFailed ? engine.persistence.lossError : null;
      }
      await nextTurn();
    }
    return 'waiting';
  }

  /** Sets a key that nobody touches again. */
  async writeStable(): Promise<void> {
    assert.equal(await this.client.call('SET', STABLE, STABLE), 'OK');
  }

  /** Reads it as a client does. Resolves with the answer. */
  async readStable(): Promise<void> {
    assert.equal(await this.client.call('GET', STABLE), STABLE);
  }

  /** A rewrite as SAVE makes it. @returns null or the error text */
  save(): Promise<string | null> {
    return new Promise((resolve) => this.engine.persistence.save(resolve));
  }

  /** Lets time pass, in the ticks of the cron. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.clock.advance(TICK_MS);
      this.engine.runCron();
      await quiet();
    }
  }

  /** Time goes on until `condition` holds. @returns how many ms that took, -1 for never */
  async passUntil(condition: () => boolean, maxMs: number): Promise<number> {
    for (let passed = 0; passed <= maxMs; passed += TICK_MS) {
      if (condition()) return passed;
      await this.pass(TICK_MS);
    }
    return -1;
  }

  /** The list in memory is the numbers in order, each once. */
  check(what: string): void {
    const length = checkNumbers(this.run('LRANGE', JOURNAL, '0', '-1'), what);
    assert.ok(length >= this.acknowledged, `${what}: memory has what was acknowledged`);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Some turns, so that what was begun goes as far as it can without time. */
export async function quiet(turns = 6): Promise<void> {
  for (let i = 0; i < turns; i++) await nextTurn();
}

/** Resolves with the promise, and fails when turns alone do not bring it about. */
export async function settled<T>(promise: Promise<T>, what: string, each?: () => void): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  for (let turn = 0; !isDone; turn++) {
    assert.ok(turn < TURNS_MAX, `${what} comes to an end`);
    each?.();
    await nextTurn();
  }
  return done;
}
