// An engine on a file system in memory that counts up one key, with a clock moved by hand: what
// the key was at any time is known, so a restore to that time can be judged.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { readHistory } from '../../engine/log/history.js';
import { manifestFiles } from '../../engine/log/manifest.js';
import { restoreTo } from '../../engine/log/restore.js';
import { snapshotTime } from '../../engine/log/restore-point.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from './fake-clock.js';
import type { MemoryFileSystem } from './memory-file-system.js';

export const HOUR_MS = 3_600_000;
export const DIR = '/data';
const START_MS = 1_700_000_000_000;
const KEY = 'count';

export interface HistoryDirectives {
  readonly generations?: number;
  readonly hours?: number;
}

/** A generation in history, and the time it begins at. */
export interface GenerationTime {
  readonly generation: number;
  readonly startMs: number;
}

export class HistoryEngine {
  readonly fs: MemoryFileSystem;
  readonly clock: FakeClock;
  readonly notices: string[] = [];
  /** When each value was written; the first one is 1. */
  readonly writtenMs: number[] = [];
  private readonly engine: Engine;
  private readonly client: LocalClient;

  private constructor(fs: MemoryFileSystem, directives: HistoryDirectives, nowMs: number) {
    this.fs = fs;
    this.clock = new FakeClock(nowMs);
    this.engine = openEngine(fs, this.clock, directives, (text) => this.notices.push(text));
    this.client = new LocalClient(this.engine);
  }

  static async open(
    fs: MemoryFileSystem,
    directives: HistoryDirectives,
    nowMs = START_MS,
  ): Promise<HistoryEngine> {
    const opened = new HistoryEngine(fs, directives, nowMs);
    await opened.engine.load();
    return opened;
  }

  async write(): Promise<void> {
    this.writtenMs.push(this.clock.now());
    assert.equal(await this.client.call('SET', KEY, this.writtenMs.length), 'OK');
  }

  async rewrite(): Promise<void> {
    assert.equal(await this.client.call('SAVE'), 'OK');
  }

  async configure(name: string, value: string): Promise<void> {
    assert.equal(await this.client.call('CONFIG', 'SET', name, value), 'OK');
  }

  /** Lets time pass, and what it brings about happen. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.engine.runCron();
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** @returns a number that INFO persistence has */
  async info(field: string): Promise<number> {
    const text = String(await this.client.call('INFO', 'persistence'));
    const value = new RegExp(`^${field}:(\\d+)\r?$`, 'm').exec(text)?.[1];
    assert.ok(value !== undefined, `INFO has ${field}`);
    return Number(value);
  }

  valueAt(timeMs: number): string | null {
    const count = this.writtenMs.filter((writtenMs) => writtenMs <= timeMs).length;
    return count === 0 ? null : String(count);
  }

  /** @returns the value that a restore to a time brings back; LogErrors are thrown */
  restoredTo(timeMs: number): Promise<string | null> {
    return restoredValue(this.fs.afterKill(), timeMs);
  }

  generationTimes(): Promise<GenerationTime[]> {
    return generationTimes(this.fs);
  }

  /** Of the data files in history. */
  historyBytes(): number {
    const paths = this.fs.paths().filter((path) => /^\/data\/history\/(log|snap)-/.test(path));
    return paths.reduce((total, path) => total + this.fs.bytesOf(path).length, 0);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.engine.close();
  }
}

function openEngine(
  fs: MemoryFileSystem,
  clock: FakeClock,
  { generations = 1, hours = 0 }: HistoryDirectives,
  onNotice: (text: string) => void,
  dir = DIR,
): Engine {
  const config = new Config();
  for (const [name, value] of [
    ['appendfsync', 'always'],
    ['auto-aof-rewrite-percentage', '0'],
    ['aof-history-generations', String(generations)],
    ['aof-history-hours', String(hours)],
  ]) {
    assert.equal(config.preset(name, value), null, name);
  }
  const random = new SeededRandom(clock.now() >>> 0);
  const logger = (_level: string, text: string) => onNotice(text);
  return new Engine({ dir, fs, owner: null, clock, config, random, logger });
}

/** @returns the value that a restore of a directory to a time brings back */
export async function restoredValue(fs: MemoryFileSystem, timeMs: number): Promise<string | null> {
  await restoreTo(fs, DIR, { timeMs }, '/restored', new SeededRandom(1));
  const engine = openEngine(fs, new FakeClock(timeMs), {}, () => undefined, '/restored');
  await engine.load();
  const client = new LocalClient(engine);
  const value = await client.call('GET', KEY);
  client.close();
  await engine.close();
  return value === null ? null : String(value);
}

/** @returns what history has, oldest first; each has all its files */
export async function generationTimes(fs: MemoryFileSystem): Promise<GenerationTime[]> {
  const { manifests, damaged } = await readHistory(fs, DIR);
  assert.deepEqual(damaged, []);
  const times: GenerationTime[] = [];
  for (const manifest of manifests) {
    const { generation, snapshot, segments } = manifest;
    for (const name of manifestFiles(manifest)) {
      assert.ok(fs.paths().includes(`${DIR}/history/${name}`), `${generation} has ${name}`);
    }
    const path = `${DIR}/history/${snapshot?.name}`;
    const startMs = snapshot === null ? segments[0].baseTimeMs : await snapshotTime(fs, path);
    times.push({ generation, startMs });
  }
  return times;
}
