// The process or the machine stops at every single file operation of rotations, compactions,
// clean stops and recoveries. Whatever the disk then holds must start, as one generation, with
// every acknowledged entry and nothing that was never written.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { append, HandClock, open, type Recovered, until, writerOf } from './log-fixture.js';

interface Moment {
  disk: MemoryFileSystem;
  what: string;
  /** Entries acknowledged by then. */
  acknowledged: number;
}

/** A log, what was appended to it, and a disk image of each moment of its life. */
class Life {
  readonly fs = new MemoryFileSystem();
  readonly clock = new HandClock();
  readonly moments: Moment[] = [];
  readonly appended: string[] = [];
  acknowledged = 0;
  log: LogWriter | null = null;

  /** From now on keeps what a power cut and a kill would leave before each operation. */
  watch(): void {
    this.fs.onOperation = ({ index, name, path }) => {
      if (['read', 'stat', 'readdir', 'readFile', 'close'].includes(name)) return;
      const what = `before ${name} of ${path} (operation ${index})`;
      const { acknowledged } = this;
      this.moments.push({ disk: this.fs.afterCrash(), what: `power cut ${what}`, acknowledged });
      this.moments.push({ disk: this.fs.afterKill(), what: `kill ${what}`, acknowledged });
    };
  }

  async write(log: LogWriter, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const words = ['SET', `key${this.appended.length}`, 'v'];
      append(log, 0, ...words);
      this.appended.push(`0:${words.join(' ')}`);
    }
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
    this.acknowledged = this.appended.length;
  }

  async compact(log: LogWriter): Promise<void> {
    await log.prepareRotation();
    const seq = log.rotate();
    assert.equal(seq, this.appended.length);
    const { name, writer } = await log.createSnapshot(seq);
    const state = Buffer.from(this.appended.join('\n'));
    await this.write(log, 2);
    writer.frames.beginEntry(16, state.length);
    state.copy(writer.frames.bytes, writer.frames.at);
    writer.frames.at += state.length;
    writer.frames.endEntry();
    const sizeBytes = await writer.finish();
    await log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
  }
}

function stateOf(recovered: Recovered): string[] {
  const [snapshot] = recovered.snapshot;
  const base = snapshot === undefined || snapshot === '' ? [] : snapshot.split('\n');
  return [...base, ...recovered.commands];
}

async function check(life: Life, { disk, what, acknowledged }: Moment): Promise<Recovered> {
  let found: Recovered;
  try {
    found = await open(disk);
  } catch (error) {
    throw new Error(`${what}: ${error}`, { cause: error });
  }
  const state = stateOf(found);
  assert.deepEqual(state, life.appended.slice(0, state.length), what);
  assert.ok(state.length >= acknowledged, `${what}: ${state.length} of ${acknowledged} are left`);
  return found;
}

async function live(skipsSync?: MemoryFileSystem['skipsSync']): Promise<Life> {
  const life = new Life();
  const log = writerOf(await open(life.fs, '/data', life.clock), { policy: 'always' });
  life.watch();
  if (skipsSync !== undefined) life.fs.skipsSync = skipsSync;
  await life.write(log, 3);
  await life.compact(log);
  await life.write(log, 3);
  await life.compact(log);
  for (let i = 0; i < 3; i++) {
    life.clock.ms += 100;
    log.tick();
    await life.write(log, 1);
  }
  await log.close();
  life.fs.onOperation = () => undefined;
  return life;
}

test('a stop at any operation leaves one good generation and all acknowledged', async () => {
  const life = await live();
  assert.ok(life.moments.length > 150, `${life.moments.length} moments`);
  for (const moment of life.moments) {
    const found = await check(life, moment);
    const log = writerOf(found, { policy: 'always' });
    append(log, 0, 'SET', 'after', 'restart');
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
    await log.close();
    const state = [...stateOf(found), '0:SET after restart'];
    assert.deepEqual(stateOf(await open(moment.disk.afterCrash())), state, moment.what);
    const left = moment.disk.paths().filter((path) => path.endsWith('.tmp'));
    assert.deepEqual(left, [], moment.what);
  }
});

test('a stop at any operation of a recovery is recovered from', async () => {
  const life = await live();
  const tried = new Set<string>();
  for (const first of life.moments) {
    const { disk } = first;
    const image =
      disk.paths().join() +
      disk
        .paths()
        .map((path) => disk.bytesOf(path).length)
        .join();
    if (tried.has(image) || tried.size > 40) continue;
    tried.add(image);
    const moments: Moment[] = [];
    disk.onOperation = ({ name, path }) => {
      if (['read', 'stat', 'readdir', 'readFile', 'close'].includes(name)) return;
      const what = `${first.what}, then before ${name} of ${path}`;
      const { acknowledged } = first;
      moments.push({ disk: disk.afterCrash(), what: `${what}, power cut`, acknowledged });
      moments.push({ disk: disk.afterKill(), what: `${what}, kill`, acknowledged });
    };
    const state = stateOf(await check(life, first));
    for (const moment of moments) {
      assert.deepEqual(stateOf(await check(life, moment)), state, moment.what);
    }
  }
});

test('one previous generation is kept in history, and no more', async () => {
  const life = await live();
  const history = life.fs.paths().filter((path) => path.startsWith('/data/history/'));
  assert.ok(history.some((path) => path.endsWith('/MANIFEST-2')));
  assert.equal(history.filter((path) => path.includes('MANIFEST')).length, 1);
  assert.equal(history.filter((path) => path.endsWith('.rsnap')).length, 1);
});

const SYNCS: [what: string, skips: MemoryFileSystem['skipsSync']][] = [
  ['of the log', (name, path) => name === 'fdatasync' && path.endsWith('.rlog')],
  ['of the header of a new segment', (name, path) => name === 'fsync' && path.endsWith('.rlog')],
  ['of a finished snapshot', (name, path) => name === 'fsync' && path.endsWith('.rsnap.tmp')],
  ['of a new manifest', (name, path) => name === 'fsync' && path.endsWith('MANIFEST.tmp')],
  ['of the directory', (name, path) => name === 'syncDirectory' && path === '/data'],
];

for (const [what, skips] of SYNCS) {
  test(`these tests notice when the sync ${what} is left out`, async () => {
    const life = await live(skips);
    let failed = 0;
    for (const moment of life.moments) {
      if (failed > 0) break;
      await check(life, moment).catch(() => failed++);
    }
    assert.ok(failed > 0);
  });
}
