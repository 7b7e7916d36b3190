// Writing and reading back: whatever is appended comes out again, in order, with its database.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Args } from '../../engine/util/args.js';
import { systemLoop } from '../../engine/util/event-loop.js';
import { nodeFileSystem } from '../../engine/util/fs.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { tempDir } from '../support/temp-dir.js';
import { append, HandClock, open, until, writerOf, writeSnapshot } from './log-fixture.js';

test('what was committed is there after a clean stop, on a real disk', async (t) => {
  const dir = await tempDir(t);
  const log = writerOf(await open(nodeFileSystem, dir));
  append(log, 0, 'SET', 'k', 'v');
  append(log, 3, 'SET', 'other', '');
  log.commit();
  append(log, 0, 'DEL', 'k');
  await log.close();
  const again = await open(nodeFileSystem, dir);
  assert.deepEqual(again.commands, ['0:SET k v', '3:SET other ', '0:DEL k']);
  assert.deepEqual(again.seqs, [1, 2, 3]);
  await writerOf(again).close();
});

test('under everysec a commit is acknowledged at once and survives kill -9', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs));
  append(log, 0, 'SET', 'k', 'v');
  const ticket = log.commit();
  assert.equal(log.acknowledged, ticket);
  assert.deepEqual((await open(fs.afterKill())).commands, ['0:SET k v']);
  assert.deepEqual((await open(fs.afterCrash())).commands, []);
});

test('under always an acknowledged commit survives a power cut', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs), { policy: 'always' });
  for (let i = 0; i < 20; i++) {
    append(log, 0, 'SET', 'k', String(i));
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
    assert.equal((await open(fs.afterCrash())).commands.length, i + 1);
  }
});

test('an off-thread sync acknowledges all turns committed before the next one began', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock), { policy: 'always' });
  const syncSlowly = fs.fdatasyncSync.bind(fs);
  fs.fdatasyncSync = (fd) => {
    clock.ms += 20;
    syncSlowly(fd);
  };
  append(log, 0, 'SET', 'a', '1');
  log.commit();
  let calls = 0;
  log.onAcknowledged = () => calls++;
  const tickets: number[] = [];
  for (let i = 0; i < 5; i++) {
    append(log, 0, 'SET', 'b', String(i));
    tickets.push(log.commit());
  }
  assert.equal(log.acknowledged, 1, 'the loop does not wait for a slow disk');
  await until(() => log.acknowledged === tickets[4]);
  assert.equal(calls, 2, 'the first of them alone, then the four that gathered');
  assert.equal((await open(fs.afterCrash())).commands.length, 6);
});

test('what was acknowledged before its write counts as ungated until it is written', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const alarms: (() => void)[] = [];
  const later = (_delayMs: number, ring: () => void) => {
    alarms.push(ring);
    return () => undefined;
  };
  const log = writerOf(await open(fs, '/data', clock), { loop: { ...systemLoop, later } });
  const stalled: (() => void)[] = [];
  fs.defer = (_name, _path, run) => stalled.push(run);
  log.setDiskBusy(true);
  append(log, 0, 'SET', 'k', '1');
  log.commit();
  clock.ms += 60;
  alarms.shift()?.();
  append(log, 0, 'SET', 'k', '2');
  assert.equal(log.commit(), log.acknowledged, 'replies do not wait for a write that stalls');
  stalled.shift()?.();
  append(log, 0, 'SET', 'k', '3');
  log.commit();
  assert.equal(log.acknowledged, 2, 'the next write does not stall yet');
  assert.ok(log.isUngated, 'who reads now may see what kill -9 would undo');
  stalled.shift()?.();
  assert.ok(!log.isUngated);
  assert.equal((await open(fs.afterKill())).commands.length, 2);
});

test('a change to always waits for a sync of what was acknowledged before', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs));
  append(log, 0, 'SET', 'k', 'v');
  const ticket = log.commit();
  assert.equal(log.acknowledged, ticket);
  const stalled: (() => void)[] = [];
  fs.defer = (_name, _path, run) => stalled.push(run);
  let behind = 0;
  log.onWaiting = () => behind++;
  log.setPolicy('always');
  assert.ok(log.acknowledged < ticket && behind > 0, 'a reply would tell what may be lost');
  assert.equal(log.commit(), ticket, 'reads wait for it, too');
  stalled.shift()?.();
  assert.equal(log.acknowledged, ticket);
  assert.deepEqual((await open(fs.afterCrash())).commands, ['0:SET k v']);
});

test('everysec syncs once a second, off-thread, and says how far it is durable', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock));
  clock.ms += 2000;
  append(log, 0, 'SET', 'k', 'v');
  log.commit();
  assert.equal(log.durableSeq, 0);
  let isDurable = false;
  log.waitDurable(1, () => {
    isDurable = true;
  });
  log.tick();
  append(log, 0, 'SET', 'k', 'while syncing');
  const ticket = log.commit();
  await until(() => isDurable && log.acknowledged === ticket);
  assert.equal(log.durableSeq, 1);
  assert.deepEqual((await open(fs.afterCrash())).commands, ['0:SET k v']);
  clock.ms += 999;
  log.tick();
  assert.equal(log.isBusy, false, 'not yet a second');
  clock.ms += 1;
  log.tick();
  await until(() => log.durableSeq === 2);
});

test('entries put together piece by piece, and huge ones, come out as they went in', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs));
  const { entries } = log;
  entries.beginEntry(300, 5);
  entries.putText('PEXPIREAT');
  entries.putArgument(Buffer.from('xkeyx'), 1, 3);
  entries.putInteger(-1234567890123);
  entries.putInteger64(-1, 0x7fffffff);
  entries.putText('');
  entries.endEntry();
  const huge = Buffer.alloc(3 * 1024 * 1024 + 17, 'abcdefg');
  append(log, 0, 'SET', 'small', 'v');
  entries.beginEntry(0, 3);
  entries.putText('SET');
  entries.putText('huge');
  entries.putArgument(huge, 0, huge.length);
  entries.endEntry();
  const args = new Args();
  args.assign([Buffer.from('SET'), Buffer.from('huge2'), huge]);
  entries.appendEntry(1, args);
  append(log, 0, 'SET', 'after', 'v');
  log.commit();
  const { commands } = await open(fs.afterKill());
  const hugeText = huge.toString('latin1');
  assert.deepEqual(commands, [
    '300:PEXPIREAT key -1234567890123 9223372036854775807 ',
    '0:SET small v',
    `0:SET huge ${hugeText}`,
    `1:SET huge2 ${hugeText}`,
    '0:SET after v',
  ]);
});

test('short writes put the same bytes on the disk', async () => {
  const write = async (writeMaxBytes: number): Promise<Buffer> => {
    const fs = new MemoryFileSystem();
    const log = writerOf(await open(fs, '/data', new HandClock(), 1));
    fs.writeMaxBytes = writeMaxBytes;
    for (let i = 0; i < 300; i++) append(log, 0, 'SET', `key${i}`, 'x'.repeat(i));
    log.commit();
    return fs.bytesOf('/data/log-00000001.rlog');
  };
  const whole = await write(Number.POSITIVE_INFINITY);
  for (const max of [1, 7, 32, 4095]) assert.ok((await write(max)).equals(whole), `${max} bytes`);
});

test('a segment over its size is followed by another, and all are read back', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock), { segmentSizeBytes: 2000 });
  const expected = [];
  for (let i = 0; i < 400; i++) {
    append(log, 0, 'SET', `key${i}`, 'value');
    expected.push(`0:SET key${i} value`);
    const ticket = log.commit();
    clock.ms += 100;
    await until(
      () => log.acknowledged >= ticket && log.canRotate,
      () => log.tick(),
    );
    if (i % 100 === 50) assert.deepEqual((await open(fs.afterKill())).commands, expected);
  }
  assert.ok(log.segmentCount > 5, `${log.segmentCount} segments`);
  await log.close();
  assert.deepEqual((await open(fs.afterCrash())).commands, expected);
});

test('a full disk holds the replies, refuses writes, and goes on by itself', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock), { holdTimeoutMs: 5000 });
  const failed: number[] = [];
  log.onFailed = (from, to) => failed.push(from, to);
  fs.capacityBytes = 0;
  append(log, 0, 'SET', 'k', 'v');
  const ticket = log.commit();
  assert.ok(log.acknowledged < ticket);
  assert.match(log.refusal?.text ?? '', /No space left on device/);
  clock.ms += 1100;
  log.tick();
  await until(() => !log.isBusy);
  assert.ok(log.acknowledged < ticket);
  fs.capacityBytes = Number.POSITIVE_INFINITY;
  clock.ms += 1100;
  log.tick();
  await until(() => log.acknowledged === ticket);
  assert.equal(log.refusal, null);
  assert.deepEqual(failed, []);
  assert.deepEqual((await open(fs.afterKill())).commands, ['0:SET k v']);
});

test('a disk that stays full fails the replies after a while but keeps the entries', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock), { holdTimeoutMs: 5000 });
  const failed: number[] = [];
  log.onFailed = (from, to) => failed.push(from, to);
  fs.capacityBytes = 0;
  append(log, 0, 'SET', 'k', 'v');
  log.commit();
  clock.ms += 5001;
  log.tick();
  assert.deepEqual(failed, [1, 1]);
  assert.equal(log.failedThrough, 1);
  assert.deepEqual([log.isInDoubt, log.confirmed], [true, 0]);
  await until(() => !log.isBusy);
  fs.capacityBytes = Number.POSITIVE_INFINITY;
  clock.ms += 1100;
  log.tick();
  await until(() => log.refusal === null);
  await until(() => !log.isInDoubt);
  assert.equal(log.confirmed, 1);
  assert.deepEqual((await open(fs.afterKill())).commands, ['0:SET k v']);
});

for (const operation of ['write', 'fdatasync'] as const) {
  test(`a failed ${operation} is sticky until memory was rewritten into new files`, async () => {
    const fs = new MemoryFileSystem();
    const log = writerOf(await open(fs), { policy: 'always' });
    append(log, 0, 'SET', 'k', 'before');
    const first = log.commit();
    await until(() => log.acknowledged === first);
    const failed: number[] = [];
    log.onFailed = (from, to) => failed.push(from, to);
    let isBroken = true;
    const touched: string[] = [];
    fs.onOperation = ({ name, path }) => {
      if (name === 'write' || name === 'fdatasync') touched.push(path);
      if (isBroken && name === operation && path.endsWith('.rlog')) throw fileError('EIO');
    };
    append(log, 0, 'SET', 'k', 'lost');
    const second = log.commit();
    await until(() => log.failedThrough === second);
    isBroken = false;
    assert.match(log.refusal?.text ?? '', /Input\/output error/);
    const broken = touched.filter((path) => path.endsWith('.rlog')).at(-1);
    touched.length = 0;
    append(log, 0, 'SET', 'k', 'also lost');
    const third = log.commit();
    assert.equal(log.failedThrough, third, 'no file takes it');
    assert.equal(log.commit(), third, 'whoever else wrote in this turn is told, too');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(log.commit(), third, 'a turn of reads may show what failed');
    assert.deepEqual([log.isInDoubt, log.confirmed], [true, first]);

    await log.prepareRotation();
    const seq = log.rotate();
    assert.equal(seq, 3, 'memory holds what failed, too');
    assert.notEqual(log.refusal, null);
    append(log, 0, 'DEL', 'expired meanwhile');
    const fourth = log.commit();
    await until(() => log.acknowledged === fourth);
    assert.deepEqual((await open(fs.afterCrash())).commands, ['0:SET k before']);
    const snapshot = await writeSnapshot(log, seq, 'A');
    assert.deepEqual([log.isInDoubt, log.confirmed], [true, first], 'the switch is to come');
    await log.switchGeneration(snapshot);
    assert.equal(log.refusal, null);
    assert.deepEqual([log.isInDoubt, log.confirmed], [false, fourth]);
    assert.ok(!touched.includes(broken ?? ''), 'the broken file is left alone');
    append(log, 0, 'SET', 'k', 'after');
    const fifth = log.commit();
    await until(() => log.acknowledged === fifth && log.durableSeq === 5);
    const again = await open(fs.afterCrash());
    assert.deepEqual(again.snapshot, ['A']);
    assert.deepEqual(again.commands, ['0:DEL expired meanwhile', '0:SET k after']);
    await log.close();
  });
}

test('a log file that is removed while in use is an error, not a silent loss', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, '/data', clock));
  append(log, 0, 'SET', 'k', 'v');
  log.commit();
  fs.remove('/data/log-00000001.rlog');
  clock.ms += 1500;
  log.tick();
  assert.match(log.refusal?.text ?? '', /was removed/);
});
