// A history that points in time are restored from: some two thousand entries of every type of
// value over three generations, all kept, with transactions, deadlines, turns of many commands,
// restarts and a clock that is set back. Beside it the model: the state, the last entry and the
// time after every turn. Invariant: a seed makes one history.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Contents, contentsOf } from '../support/keyspace-contents.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { RandomWrites, type Words } from '../support/random-writes.js';

export const SOURCE_DIR = '/data';
export const HISTORY_ENTRIES = 2000;
const GENERATIONS = 3;
const DATABASES = 3;
const SEGMENT_BYTES = 24 * 1024;
const DEADLINE_SPAN_MS = 60_000;
/** An entry over a mebibyte is in fragments; it comes late, for it makes restores slow. */
const FRAGMENTED_BYTES = 1_200_000;
const FRAGMENTED_ENTRIES_LEFT = 30;
const MEDIUM_BYTES = 1700;

/** Wall time can be set apart from the time that passes. */
export class SetClock extends FakeClock {
  offsetMs = 0;

  override now(): number {
    return super.now() + this.offsetMs;
  }

  override nowUs(): number {
    return this.now() * 1000;
  }
}

/** The state after a command, when its last entry has number `seq`. */
export interface Moment {
  readonly seq: number;
  readonly digest: string;
  /** Time of the last entry, as the log has it: it never goes back. */
  readonly timeMs: number;
}

export interface History {
  readonly fs: MemoryFileSystem;
  /** By sequence number; the first one is 0, nothing. */
  readonly moments: ReadonlyMap<number, Moment>;
  /** Entries of transactions: none may be restored without the others. */
  readonly units: readonly { firstSeq: number; lastSeq: number }[];
  readonly lastSeq: number;
  readonly startMs: number;
  readonly endMs: number;
}

export function digestOf(contents: Contents): string {
  const hash = createHash('sha1');
  for (const [index, db] of contents.entries()) {
    for (const key of [...db.keys()].sort()) {
      hash.update(`${index} ${key.length} ${key} ${db.get(key)?.length} ${db.get(key)}\n`);
    }
  }
  return hash.digest('hex');
}

/** @returns an engine over a directory; collections become large early */
export function openEngine(fs: MemoryFileSystem, dir: string, clock: FakeClock): Engine {
  const config = new Config();
  const directives: Record<string, string> = {
    appendfsync: 'always',
    databases: String(DATABASES),
    'auto-aof-rewrite-percentage': '0',
    'aof-history-generations': String(GENERATIONS - 1),
    // The model has the times that the log has.
    'expire-clock': 'wall',
    'hash-max-listpack-entries': '8',
    'set-max-listpack-entries': '8',
    'set-max-intset-entries': '8',
    'zset-max-listpack-entries': '8',
    'list-max-listpack-size': '8',
  };
  for (const [name, value] of Object.entries(directives)) {
    assert.equal(config.preset(name, value), null, name);
  }
  const random = new SeededRandom(clock.now() >>> 0);
  const segmentSizeBytes = SEGMENT_BYTES;
  return new Engine({ dir, fs, owner: null, clock, config, random, segmentSizeBytes });
}

class HistoryMaker {
  readonly moments = new Map<number, Moment>();
  readonly units: { firstSeq: number; lastSeq: number }[] = [];
  readonly clock = new SetClock();
  fs = new MemoryFileSystem();
  private readonly random: SeededRandom;
  private readonly writes: RandomWrites;
  private engine: Engine;
  private client: LocalClient;
  private timeMs: number;
  private isFragmentedDone: boolean;

  constructor(random: SeededRandom, hasFragmented: boolean) {
    this.random = random;
    this.isFragmentedDone = !hasFragmented;
    this.writes = new RandomWrites(random, {
      keys: 5,
      elements: 40,
      batch: 12,
      databases: DATABASES,
      nowMs: () => this.clock.now(),
      deadlineSpanMs: DEADLINE_SPAN_MS,
    });
    this.timeMs = this.clock.now();
    this.engine = openEngine(this.fs, SOURCE_DIR, this.clock);
    this.client = new LocalClient(this.engine);
  }

  async run(): Promise<void> {
    await this.engine.load();
    this.note(0);
    for (let generation = 1; generation <= GENERATIONS; generation++) {
      const target = Math.floor((HISTORY_ENTRIES * generation) / GENERATIONS);
      const restartAt = target - 100;
      const killAt = target - 200;
      for (const [at, isKill] of [
        [killAt, true],
        [restartAt, false],
      ] as const) {
        while (this.lastSeq < at) await this.step();
        await this.restart(isKill);
      }
      while (this.lastSeq < target) await this.step();
      if (generation < GENERATIONS) await this.compact();
    }
    await this.stop();
  }

  get lastSeq(): number {
    return this.engine.persistence.lastSeq;
  }

  private below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  /** One turn, or a move of the clock. */
  private async step(): Promise<void> {
    const kind = this.below(100);
    if (kind < 25) await this.moveClock();
    else if (kind < 35) await this.transaction();
    else if (kind < 45) await this.turn(2 + this.below(5));
    else await this.turn(1);
    if (!this.isFragmentedDone && this.lastSeq > HISTORY_ENTRIES - FRAGMENTED_ENTRIES_LEFT) {
      this.isFragmentedDone = true;
      await this.run1(['SET', 'string:fragmented', 'f'.repeat(FRAGMENTED_BYTES)]);
    }
  }

  /** Commands that run in one turn, in frames with one time. */
  private async turn(commands: number): Promise<void> {
    const running: Promise<void>[] = [];
    for (let i = 0; i < commands; i++) running.push(this.run1(this.writes.next()));
    await Promise.all(running);
  }

  private async run1(words: Words): Promise<void> {
    const done = this.call(words);
    this.note(this.lastSeq);
    await done;
  }

  private async transaction(): Promise<void> {
    const commands = Array.from({ length: 2 + this.below(5) }, () => this.writes.next());
    // A unit of several frames.
    if (this.below(3) === 0) {
      for (const name of ['a', 'b', 'c']) {
        commands.push(['SET', `string:${name}`, name.repeat(MEDIUM_BYTES)]);
      }
    }
    // What has expired is deleted first: no entry of the transaction.
    this.engine.runCron();
    this.engine.commit();
    const firstSeq = this.lastSeq + 1;
    this.note(firstSeq - 1);
    const running = [['MULTI'], ...commands, ['EXEC']].map((words) => this.call(words));
    this.note(this.lastSeq);
    if (this.lastSeq > firstSeq) this.units.push({ firstSeq, lastSeq: this.lastSeq });
    await Promise.all(running);
  }

  private async moveClock(): Promise<void> {
    const kind = this.below(40);
    if (kind === 0) this.clock.offsetMs -= this.below(20_000);
    else if (kind === 1) this.clock.offsetMs += this.below(20_000);
    this.clock.advance(kind < 20 ? this.below(5) : this.below(2000));
    this.engine.refreshClock();
    this.engine.runCron();
    this.note(this.lastSeq);
    await this.call(['PING']);
  }

  /** Errors are as good as any reply: a command may meet a key of another type. */
  private async call(words: Words): Promise<void> {
    try {
      await this.client.callBuffer(...words);
    } catch (error) {
      if (!(error instanceof ReplyError) || error.message.startsWith('MISCONF')) throw error;
    }
  }

  /** Notes the state now. Called in the turn that made it so. */
  private note(seq: number): void {
    const before = this.moments.get(seq);
    const digest = digestOf(contentsOf(this.engine.keyspace));
    if (before !== undefined) {
      assert.equal(digest, before.digest, `the state after entry ${seq} does not change`);
      return;
    }
    this.timeMs = Math.max(this.timeMs, this.clock.now());
    this.moments.set(seq, { seq, digest, timeMs: this.timeMs });
  }

  /** A compaction with writes beside it. */
  private async compact(): Promise<void> {
    let isDone = false;
    const saved = this.client.callBuffer('SAVE').finally(() => {
      isDone = true;
    });
    const other = this.client;
    this.client = new LocalClient(this.engine);
    while (!isDone) await this.turn(1);
    await saved;
    other.close();
  }

  private async restart(isKill: boolean): Promise<void> {
    if (isKill) {
      this.client.close();
      const killed = this.fs.afterKill();
      await this.engine.close();
      this.fs = killed;
    } else {
      await this.stop();
    }
    this.engine = openEngine(this.fs, SOURCE_DIR, this.clock);
    this.client = new LocalClient(this.engine);
    await this.engine.load();
    this.note(this.lastSeq);
  }

  private async stop(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }
}

/**
 * Makes a history; the engine that made it is closed.
 * @param hasFragmented whether one entry is over a mebibyte
 */
export async function makeHistory(random: SeededRandom, hasFragmented: boolean): Promise<History> {
  const maker = new HistoryMaker(random, hasFragmented);
  const startMs = maker.clock.now();
  await maker.run();
  const { fs, moments, units, lastSeq } = maker;
  const endMs = moments.get(lastSeq)?.timeMs ?? 0;
  return { fs, moments, units, lastSeq, startMs, endMs };
}
