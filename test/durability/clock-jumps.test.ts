// T14: clocks that jump by seconds or years, run backwards, stand still, while writing, while
// loading and between two starts. Whatever the clock says, the log is replayed to the same data,
// its times never go back, and a deadline is what it was when it was set. Deadlines follow small
// jumps slowly, or, where `expire-clock` says so, at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config, Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { check } from '../../engine/log/check.js';
import { FrameFileReader, scannerFor } from '../../engine/log/file-reader.js';
import type { AlarmClock } from '../../engine/util/clock.js';
import { systemLoop } from '../../engine/util/event-loop.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { entriesOf } from '../simulation/server-contents.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { RandomWrites } from '../support/random-writes.js';
import { Campaign, casesOf } from './campaign.js';

const DIR = '/data';
const START_MS = 1_700_000_000_000;
const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;
/** What a clock may jump by, either way; up to ten years. */
const JUMPS_MS = [
  SECOND_MS,
  60 * SECOND_MS,
  3600 * SECOND_MS,
  DAY_MS,
  40 * DAY_MS,
  60 * DAY_MS,
  3650 * DAY_MS,
];
const WRITES = 60;
const STARTS = 2;
/** How often an engine looks at the wall clock. */
const TICK_MS = 100;

/** Wall time is whatever a test says; durations go on all the same. */
class JumpingClock implements AlarmClock {
  wallMs: number;
  isFrozen = false;
  private elapsedMs = 0;
  private readonly random: SeededRandom;

  constructor(random: SeededRandom, wallMs: number) {
    this.random = random;
    this.wallMs = wallMs;
  }

  now(): number {
    return this.wallMs;
  }

  nowUs(): number {
    return this.wallMs * 1000;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  alarm(): () => void {
    return () => undefined;
  }

  pass(ms: number): void {
    this.elapsedMs += ms;
    if (!this.isFrozen) this.wallMs += ms;
  }

  jump(): void {
    const span = JUMPS_MS[randomBelow(this.random, JUMPS_MS.length)];
    const by = (randomBelow(this.random, span / SECOND_MS) + 1) * SECOND_MS;
    this.wallMs = Math.max(0, this.wallMs + (randomBelow(this.random, 2) === 0 ? by : -by));
  }
}

interface Running {
  readonly engine: Engine;
  readonly client: LocalClient;
}

async function start(
  fs: MemoryFileSystem,
  clock: AlarmClock,
  random: SeededRandom,
  expireClock: 'slewed' | 'wall' = randomBelow(random, 2) === 0 ? 'slewed' : 'wall',
) {
  const config = new Config();
  config.preset('expire-clock', expireClock);
  config.preset('appendfsync', 'always');
  config.preset('auto-aof-rewrite-percentage', '0');
  // Nothing happens by itself: the test runs the periodic work.
  const loop = { ...systemLoop, every: () => () => undefined };
  const engine = new Engine({ dir: DIR, fs, owner: null, clock, config, random, loop });
  await engine.load();
  return { engine, client: new LocalClient(engine) };
}

async function call({ client }: Running, words: readonly (string | number)[]): Promise<unknown> {
  try {
    return await client.call(String(words[0]), ...words.slice(1));
  } catch (error) {
    if (error instanceof ReplyError) return error;
    throw error;
  }
}

/** @returns everything a server holds, expired or not, as text */
function textsOf({ engine }: Running): Map<string, string> {
  const entries = [...entriesOf(engine.keyspace)].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(entries.map(([key, entry]) => [key, entry.text]));
}

/** Starts on a copy of a disk, the clock moving all the while. @returns what it loads */
async function loaded(
  disk: MemoryFileSystem,
  random: SeededRandom,
  wallMs: number,
): Promise<Map<string, string>> {
  const copy = disk.afterKill();
  const clock = new JumpingClock(random, wallMs);
  copy.onOperation = () => clock.jump();
  const running = await start(copy, clock, random);
  const texts = textsOf(running);
  await running.engine.close();
  return texts;
}

/** Reads every file of the log: times never go back. */
async function checkTimes(fs: MemoryFileSystem): Promise<void> {
  const report = await check(fs, DIR);
  assert.ok(report.verdict === 'sound' || report.verdict === 'torn', report.message);
  let lastMs = 0;
  const logs = report.files.filter(({ kind }) => kind === 'log');
  for (const { path } of logs.sort((a, b) => a.firstSeq - b.firstSeq)) {
    const reader = await FrameFileReader.open(fs, path);
    const header = await reader.readHeader();
    assert.ok(typeof header !== 'string', path);
    const scanner = scannerFor(header, -1);
    await reader.scan(scanner, () => {
      assert.ok(scanner.timeMs >= lastMs, `${path}: ${scanner.timeMs} comes after ${lastMs}`);
      lastMs = scanner.timeMs;
    });
    await reader.close();
  }
}

async function writeUnderJumps(
  running: Running,
  clock: JumpingClock,
  random: SeededRandom,
): Promise<void> {
  const writes = new RandomWrites(random, {
    ...{ keys: 4, elements: 20, batch: 8, databases: 1, deadlineSpanMs: 5000 },
    nowMs: () => clock.wallMs,
  });
  for (let i = 0; i < WRITES; i++) {
    if (randomBelow(random, 12) === 0) clock.jump();
    if (randomBelow(random, 20) === 0) clock.isFrozen = !clock.isFrozen;
    clock.pass(randomBelow(random, 400));
    if (randomBelow(random, 8) === 0) running.engine.runCron();
    if (randomBelow(random, 50) === 0) await call(running, ['SAVE']);
    await call(running, writes.next());
  }
}

test('a log is replayed to the same data under any clock', async (t) => {
  const campaign = new Campaign(t, 'T14', 'logs read again under other clocks');
  await campaign.run(casesOf({ short: 50, long: 1250 }), async (random) => {
    let fs = new MemoryFileSystem();
    const clock = new JumpingClock(random, START_MS);
    for (let i = 0; i < STARTS; i++) {
      clock.jump();
      const running = await start(fs, clock, random);
      await writeUnderJumps(running, clock, random);
      const before = textsOf(running);
      const disk = fs.afterKill();
      await running.engine.close();
      await checkTimes(disk);
      const otherMs = [0, clock.wallMs - 3650 * DAY_MS][randomBelow(random, 2)];
      for (const wallMs of [otherMs, clock.wallMs + 3650 * DAY_MS]) {
        assert.deepEqual(await loaded(disk, random, Math.max(0, wallMs)), before);
        campaign.count++;
      }
      fs = disk;
    }
  });
});

test('a counter that expires counts on from what it was, however late it is read', async () => {
  const random = new SeededRandom(1);
  const fs = new MemoryFileSystem();
  const clock = new JumpingClock(random, START_MS);
  const running = await start(fs, clock, random);
  assert.equal(await call(running, ['SET', 'counter', 10, 'PX', 1000]), 'OK');
  clock.pass(999);
  assert.equal(await call(running, ['INCR', 'counter']), 11);
  const disk = fs.afterKill();
  await running.engine.close();
  for (const [laterMs, value, counted] of [
    [-DAY_MS, '11', 12],
    [0, '11', 12],
    [1, null, 1],
    [3650 * DAY_MS, null, 1],
  ] as const) {
    const again = await start(
      disk.afterKill(),
      new JumpingClock(random, clock.wallMs + laterMs),
      random,
    );
    assert.equal(textsOf(again).get('0 counter'), `string ${START_MS + 1000}\n11`);
    assert.equal(await call(again, ['GET', 'counter']), value);
    assert.equal(await call(again, ['INCR', 'counter']), counted);
    await again.engine.close();
  }
});

/** Lets time pass and the engine notice, as often as it does by itself. */
function elapse({ engine }: Running, clock: JumpingClock, ms: number): void {
  for (let passed = 0; passed < ms; passed += TICK_MS) {
    clock.pass(Math.min(TICK_MS, ms - passed));
    engine.runCron();
  }
}

async function infoOf(running: Running, field: string): Promise<number> {
  const text = String(await call(running, ['INFO', 'server']));
  return Number(new RegExp(`^${field}:(-?\\d+)`, 'm').exec(text)?.[1]);
}

/** @returns how far TIME is behind the wall clock, in ms */
async function behind(running: Running, clock: JumpingClock): Promise<number> {
  const time = await call(running, ['TIME']);
  assert.ok(Array.isArray(time));
  return clock.wallMs - Math.floor(Number(time[0]) * 1000 + Number(time[1]) / 1000);
}

test('a step of ten minutes ends no lock early, and is followed slowly', async () => {
  for (const stepMs of [600 * SECOND_MS, -600 * SECOND_MS]) {
    const random = new SeededRandom(1);
    const clock = new JumpingClock(random, START_MS);
    const running = await start(new MemoryFileSystem(), clock, random, 'slewed');
    await call(running, ['SET', 'lock', 'x', 'PX', 30_000]);
    clock.wallMs += stepMs;
    elapse(running, clock, 19_900);
    assert.equal(await call(running, ['GET', 'lock']), 'x', 'at one and a half times the speed');
    assert.equal(await infoOf(running, 'clock_jumps'), 1);
    elapse(running, clock, stepMs > 0 ? 200 : 39_600);
    assert.equal(await call(running, ['GET', 'lock']), stepMs > 0 ? null : 'x');
    elapse(running, clock, stepMs > 0 ? 0 : 600);
    assert.equal(await call(running, ['GET', 'lock']), null, 'at half the speed');
    assert.ok(Math.abs(await behind(running, clock)) > 500 * SECOND_MS);
    elapse(running, clock, 1200 * SECOND_MS);
    assert.equal(await behind(running, clock), 0, 'TIME agrees with the wall clock again');
    assert.equal(await infoOf(running, 'clock_gap_ms'), 0);
    await running.engine.close();
  }
});

test('after a night of sleep nothing is kept, nor is it under expire-clock wall', async () => {
  for (const [stepMs, expireClock] of [
    [8 * 3600 * SECOND_MS, 'slewed'],
    [31 * SECOND_MS, 'wall'],
  ] as const) {
    const random = new SeededRandom(1);
    const clock = new JumpingClock(random, START_MS);
    const running = await start(new MemoryFileSystem(), clock, random, expireClock);
    await call(running, ['SET', 'lock', 'x', 'PX', 30_000]);
    elapse(running, clock, TICK_MS);
    clock.wallMs += stepMs;
    elapse(running, clock, TICK_MS);
    assert.equal(await call(running, ['GET', 'lock']), null);
    assert.equal(await behind(running, clock), 0);
    assert.equal(await infoOf(running, 'clock_jumps'), 1);
    await running.engine.close();
  }
});

test('expire-clock may change while the wall clock is ahead', async () => {
  const random = new SeededRandom(1);
  const clock = new JumpingClock(random, START_MS);
  const running = await start(new MemoryFileSystem(), clock, random, 'slewed');
  await call(running, ['SET', 'lock', 'x', 'PX', 30_000]);
  clock.wallMs += 60 * SECOND_MS;
  elapse(running, clock, SECOND_MS);
  assert.equal(await call(running, ['GET', 'lock']), 'x');
  await call(running, ['CONFIG', 'SET', 'expire-clock', 'wall']);
  elapse(running, clock, TICK_MS);
  assert.equal(await call(running, ['GET', 'lock']), null);
  await running.engine.close();
});
