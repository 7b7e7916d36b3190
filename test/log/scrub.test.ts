// The scrub itself: how fast it reads and in what pieces, when it rests, which errors count as
// damage, and what INFO says of it. What it does about damage of every kind is a campaign of its
// own: test/durability/scrub.test.ts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalClient } from '../../engine/local-client.js';
import type { Scrub } from '../../engine/log/scrub.js';
import { MemoryEngine } from '../durability/memory-engine.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { turnLoop } from '../support/turn-loop.js';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
const SNAPSHOT = /\/snap-\d+\.rsnap$/;
const WRITES = 200;

/** A server that has a snapshot and history, whose time stands still. */
class Served {
  readonly memory: MemoryEngine;
  readonly fs: MemoryFileSystem;
  readonly lines: string[];
  /** Bytes asked for by reads off-thread, one number each. */
  readonly reads: number[] = [];

  private constructor(memory: MemoryEngine, lines: string[]) {
    this.memory = memory;
    this.fs = memory.fs;
    this.lines = lines;
    const { fs, reads } = this;
    const read = fs.read.bind(fs);
    fs.read = (fd, bytes, at, length, position, done) => {
      reads.push(length);
      read(fd, bytes, at, length, position, done);
    };
  }

  static async open(): Promise<Served> {
    const lines: string[] = [];
    const logger = (_level: string, text: string) => lines.push(text);
    const memory = await MemoryEngine.open(new MemoryFileSystem(), { loop: turnLoop, logger });
    for (let i = 0; i < WRITES; i++) assert.equal(await memory.write(), null);
    assert.equal(await memory.command('SAVE'), null);
    return new Served(memory, lines);
  }

  get scrub(): Scrub {
    const { scrub } = this.memory.engine.persistence;
    assert.ok(scrub !== null);
    return scrub;
  }

  get readBytes(): number {
    return this.reads.reduce((sum, length) => sum + length, 0);
  }

  async tick(ms: number): Promise<void> {
    this.memory.clock.advance(ms);
    this.memory.engine.runCron();
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** A pass, begun when it is due. */
  async pass(): Promise<void> {
    const { passes } = this.scrub;
    await this.tick(DAY_MS);
    for (let i = 0; i < 60 && this.scrub.passes === passes; i++) await this.tick(1000);
    assert.equal(this.scrub.passes, passes + 1, 'a pass has ended');
  }

  async info(): Promise<Map<string, string>> {
    const client = new LocalClient(this.memory.engine);
    const lines = String(await client.call('INFO', 'persistence')).split('\r\n');
    client.close();
    return new Map(lines.map((line) => line.split(/:(.*)/s)).map(([name, value]) => [name, value]));
  }
}

test('sealed files are read slowly, in small pieces, and only as time goes on', async () => {
  const served = await Served.open();
  const { scrub, reads } = served;
  await served.tick(59_000);
  assert.deepEqual(reads, [], 'the first minute is quiet');
  await served.tick(1000);
  assert.ok(scrub.isRunning);
  const begun = served.readBytes;
  for (let i = 0; i < 50; i++) await served.tick(0);
  assert.ok(served.readBytes - begun <= 2 * 64 * 1024, 'nothing is read while time stands still');
  let seconds = 0;
  let before = served.readBytes;
  while (scrub.isRunning) {
    for (let i = 0; i < 10 && scrub.isRunning; i++) await served.tick(100);
    seconds++;
    const now = served.readBytes;
    assert.ok(now - before <= MIB + 4 * 64 * 1024, `${now - before} bytes in a second`);
    before = now;
    assert.ok(scrub.progressPercent <= 100);
  }
  assert.ok(seconds >= 2, `a pass took ${seconds} s`);
  assert.ok(Math.max(...reads) <= 64 * 1024, `${Math.max(...reads)} bytes in one piece`);
  assert.equal(scrub.passes, 1);
  const done = served.readBytes;
  await served.tick(DAY_MS - 70_000);
  assert.equal(served.readBytes, done, 'it rests until the day is over');
  await served.memory.close();
});

test('aof-scrub-hours 0 turns it off, also in the middle of a pass', async () => {
  const served = await Served.open();
  await served.memory.command('CONFIG', 'SET', 'aof-scrub-hours', '0');
  await served.tick(DAY_MS);
  await served.tick(DAY_MS);
  assert.deepEqual(served.reads, []);
  await served.memory.command('CONFIG', 'SET', 'aof-scrub-hours', '1');
  await served.tick(100);
  assert.ok(served.scrub.isRunning);
  await served.memory.command('CONFIG', 'SET', 'aof-scrub-hours', '0');
  await served.tick(1000);
  assert.equal(served.scrub.isRunning, false);
  assert.equal(served.scrub.passes, 0);
  await served.memory.close();
});

test('a pass under way does not hold up a stop', async () => {
  const served = await Served.open();
  await served.tick(DAY_MS);
  assert.ok(served.scrub.isRunning);
  await served.memory.close();
  assert.equal(served.scrub.isRunning, false);
});

test('INFO says when all was well, how far a pass is, and what is wrong', async () => {
  const served = await Served.open();
  const { fs, memory } = served;
  assert.equal((await served.info()).get('aof_scrub_last_ok'), '0');
  await served.pass();
  const well = await served.info();
  const okSeconds = Number(well.get('aof_scrub_last_ok'));
  assert.ok(Math.abs(okSeconds - memory.clock.now() / 1000) < 60, `${okSeconds}`);
  assert.equal(well.get('aof_scrub_errors'), '0');
  assert.equal(well.get('aof_scrub_progress_perc'), '100.00');
  const path = fs.paths().find((name) => SNAPSHOT.test(name)) ?? '';
  const bytes = fs.bytesOf(path);
  bytes[bytes.length >> 1] ^= 4;
  fs.put(path, bytes);
  await served.pass();
  const damaged = await served.info();
  assert.equal(damaged.get('aof_scrub_errors'), '1');
  assert.match(damaged.get('aof_scrub_last_error') ?? '', /snap-\d+\.rsnap is damaged at byte \d+/);
  assert.equal(damaged.get('aof_scrub_last_ok'), String(okSeconds), 'that pass was not clean');
  for (let i = 0; i < 10; i++) await served.tick(100);
  assert.equal((await served.info()).get('aof_scrub_unrepaired'), '0');
  assert.ok(served.lines.some((line) => line.includes('the log is sound again')));
  await memory.close();
});

test('an error of the disk that passes is no damage; one that stays is', async () => {
  const served = await Served.open();
  const { fs, scrub } = served;
  let failures = 1;
  fs.onOperation = ({ name, path }) => {
    if (name === 'read' && SNAPSHOT.test(path) && failures-- > 0) throw fileError('EIO');
  };
  await served.pass();
  assert.equal(scrub.errors, 0);
  assert.ok(scrub.lastOkMs > 0);
  failures = 2;
  await served.pass();
  assert.equal(scrub.errors, 1);
  assert.match(scrub.lastError, /EIO/);
  for (let i = 0; i < 10; i++) await served.tick(100);
  assert.equal(scrub.needsRewrite, false, 'the log was rewritten');
  await served.memory.close();
});

test('a file that cannot be opened for now is tried again soon', async () => {
  const served = await Served.open();
  const { fs, scrub } = served;
  fs.onOperation = ({ name, path }) => {
    if (name === 'open' && SNAPSHOT.test(path)) throw fileError('EMFILE');
  };
  await served.pass();
  fs.onOperation = () => undefined;
  assert.equal(scrub.errors, 0);
  assert.equal(scrub.lastOkMs, 0);
  await served.tick(60_000);
  for (let i = 0; i < 20; i++) await served.tick(1000);
  assert.equal(scrub.passes, 2);
  assert.ok(scrub.lastOkMs > 0);
  await served.memory.close();
});
