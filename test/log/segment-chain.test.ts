// What a change of segments must not get wrong while the disk is slow, made exact by operations
// that are held back: which files a sync is of, and that a segment is in use once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileError, MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { append, HandClock, open, until, writerOf, writeSnapshot } from './log-fixture.js';

/** Asynchronous operations of a disk that wait until they are let go. */
class HeldOperations {
  private readonly waiting: (() => void)[] = [];
  private name: Operation['name'] | null = null;

  constructor(fs: MemoryFileSystem) {
    fs.defer = (name, _path, run) => {
      if (name === this.name) this.waiting.push(run);
      else setImmediate(run);
    };
  }

  /** Holds back all operations of a name that begin from now on. */
  hold(name: Operation['name']): void {
    this.name = name;
  }

  /** Resolves when `count` operations wait. */
  arrive(count: number): Promise<void> {
    return until(() => this.waiting.length >= count);
  }

  /** Holds back nothing more but what waits. @returns does that, in order */
  keep(): () => void {
    const kept = this.waiting.splice(0);
    this.name = null;
    return () => {
      for (const run of kept) run();
    };
  }
}

test('a rotation during a write: the sync after it is of what was written', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs), { policy: 'always' });
  const held = new HeldOperations(fs);
  // Nothing is written in line then.
  log.setDiskBusy(true);
  held.hold('write');
  append(log, 0, 'SET', 'k', 'v');
  const ticket = log.commit();
  await held.arrive(1);
  assert.ok(log.canRotate);
  assert.equal(log.rotate(), 1);
  const disks: MemoryFileSystem[] = [];
  log.onAcknowledged = () => disks.push(fs.afterCrash());
  held.keep()();
  await until(() => log.acknowledged >= ticket);
  const [disk] = disks;
  assert.deepEqual((await open(disk)).commands, ['0:SET k v'], 'what was acknowledged');
  await log.close();
  assert.deepEqual((await open(fs.afterCrash())).commands, ['0:SET k v']);
});

test('a sync that fails during a switch of generations: the spare is used once', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock));
  const held = new HeldOperations(fs);
  append(log, 0, 'SET', 'k', '1');
  log.commit();
  // The segment before is not sealed yet, but the next spare is ready.
  held.hold('fdatasync');
  const seq = log.rotate();
  log.tick();
  await held.arrive(1);
  await until(() => log.segmentCount === 3);
  const syncs = held.keep();
  const first = await writeSnapshot(log, seq, 'k=1');
  // Now the switch has the directory, and the sealed segment waits to be noted after it.
  held.hold('fsync');
  const switching = log.switchGeneration(first);
  await held.arrive(1);
  const manifest = held.keep();
  syncs();
  await until(() => !log.isBusy);
  // The current segment fails, and the spare takes its place.
  append(log, 0, 'SET', 'k', '2');
  log.commit();
  fs.onOperation = ({ name }) => {
    if (name === 'fdatasync') throw fileError('EIO');
  };
  clock.ms += 2000;
  log.tick();
  await until(() => log.failure !== null);
  fs.onOperation = () => undefined;
  await log.prepareRotation();
  const again = log.rotate();
  assert.equal(again, 2);
  manifest();
  await switching;
  await log.switchGeneration(await writeSnapshot(log, again, 'k=2'));
  assert.equal(log.failure, null);
  append(log, 0, 'SET', 'k', '3');
  log.commit();
  await log.prepareRotation();
  log.rotate();
  append(log, 0, 'SET', 'k', '4');
  await log.close();
  const { snapshot, commands } = await open(fs.afterCrash());
  assert.deepEqual(snapshot, ['k=2']);
  assert.deepEqual(commands, ['0:SET k 3', '0:SET k 4']);
});
