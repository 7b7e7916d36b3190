// What a start makes of damage, of other files and of directories that it cannot use. Cuts and
// changes at every byte of a log are campaigns: test/durability/truncated-log, flipped-bytes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from '../../engine/log/crc.js';
import { LogError } from '../../engine/log/errors.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { append, open, type Recovered, until, writerOf } from './log-fixture.js';

const DIR = '/data';
const SEGMENT = '/data/log-00000001.rlog';

interface Sample {
  fs: MemoryFileSystem;
  commands: string[];
}

/** A log with single entries, a unit over several frames, and idle markers. */
async function sample(policy: 'always' | 'no', isSealed = false): Promise<Sample> {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs), { policy });
  let count = 0;
  const settle = async () => {
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
    log.tick();
  };
  for (let i = 0; i < 6; i++) {
    append(log, i, 'SET', `key${i}`, 'value'.repeat(i));
    count++;
    if (i % 2 === 0) await settle();
  }
  append(log, 0, 'SET', 'in the same frame', 'as the unit');
  count++;
  log.beginUnit();
  for (let i = 0; i < 4; i++) append(log, 0, 'RPUSH', 'list', 'z'.repeat(1500));
  log.endUnit();
  count += 4;
  append(log, 0, 'SET', 'after', 'the unit');
  count++;
  await settle();
  append(log, 0, 'SET', 'the', 'last');
  count++;
  await settle();
  if (isSealed) await log.close();
  const after = fs.afterKill();
  const { commands } = await open(after.afterKill());
  assert.equal(commands.length, count);
  return { fs: after, commands };
}

/** Starts on a disk and says what came of it: a state, or the refusal. */
async function start(fs: MemoryFileSystem): Promise<Recovered | LogError> {
  try {
    return await open(fs);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}

test('a sealed file is refused when any byte is changed or missing', async () => {
  const whole = await sample('no', true);
  const bytes = whole.fs.bytesOf(SEGMENT);
  for (let at = 0; at < bytes.length; at += 3) {
    const fs = whole.fs.afterKill();
    const changed = Buffer.from(bytes);
    changed[at] ^= 0x20;
    fs.put(SEGMENT, at % 2 === 0 ? changed : bytes.subarray(0, at));
    const found = await start(fs);
    if (found instanceof LogError) {
      assert.equal(found.code, 'CORRUPT');
      assert.match(found.remedy, /reddis-check-aof/);
      assert.ok(found.message.includes(SEGMENT));
      continue;
    }
    // The seal itself is no entry: without it nothing is lost, but it is noticed.
    assert.notEqual(found.report.torn, null, `byte ${at}`);
    assert.deepEqual(found.commands, whole.commands, `byte ${at}`);
  }
  whole.fs.remove(SEGMENT);
  const found = await start(whole.fs);
  assert.ok(found instanceof LogError && found.code === 'CORRUPT');
});

test('corruption names the entries that are lost', async () => {
  const whole = await sample('always', true);
  const bytes = whole.fs.bytesOf(SEGMENT);
  const at = bytes.indexOf('key3');
  bytes[at] ^= 1;
  whole.fs.put(SEGMENT, bytes);
  const found = await start(whole.fs);
  assert.ok(found instanceof LogError);
  assert.deepEqual(found.lost, { firstSeq: 4, lastSeq: 5 });
});

test('zeros or garbage after the last entry are cut, kept aside, and reported', async () => {
  for (const tail of [Buffer.alloc(1), Buffer.alloc(4096), Buffer.from('RDL1 no frame, garbage')]) {
    const whole = await sample('always');
    const bytes = whole.fs.bytesOf(SEGMENT);
    whole.fs.put(SEGMENT, Buffer.concat([bytes, tail]));
    const found = await open(whole.fs);
    assert.deepEqual(found.commands, whole.commands);
    assert.equal(found.report.torn?.cutBytes, tail.length);
    const [path] = found.report.torn?.quarantine ?? [];
    assert.ok(whole.fs.bytesOf(path).equals(tail));
  }
});

test('a frame of another file or an older one of the same file is not taken', async () => {
  const whole = await sample('no');
  const bytes = whole.fs.bytesOf(SEGMENT);
  const first = bytes.subarray(64, 64 + 32 + bytes.readUInt32LE(68));
  const other = await sample('no');
  const foreign = other.fs.bytesOf(SEGMENT).subarray(64);
  for (const tail of [first, foreign]) {
    const fs = whole.fs.afterKill();
    fs.put(SEGMENT, Buffer.concat([bytes, tail]));
    const found = await open(fs);
    assert.deepEqual(found.commands, whole.commands);
    assert.notEqual(found.report.torn, null);
  }
});

test('a damaged MANIFEST is refused at every byte, and so are data files without one', async () => {
  const { fs } = await sample('no');
  const path = `${DIR}/MANIFEST`;
  const bytes = fs.bytesOf(path);
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [0x01, 0x80]) {
      const damaged = fs.afterKill();
      const changed = Buffer.from(bytes);
      changed[at] ^= mask;
      damaged.put(path, changed);
      const found = await start(damaged);
      assert.ok(found instanceof LogError, `byte ${at}`);
    }
    const damaged = fs.afterKill();
    damaged.put(path, bytes.subarray(0, at));
    assert.ok((await start(damaged)) instanceof LogError, `cut at ${at}`);
  }
  fs.remove(path);
  const found = await start(fs);
  assert.ok(found instanceof LogError && found.code === 'UNUSABLE');
  assert.match(found.remedy, /rebuild-manifest/);
});

test('a manifest of a newer version is told from one with a damaged version', async () => {
  const { fs } = await sample('no');
  const path = `${DIR}/MANIFEST`;
  const [, ...lines] = fs.bytesOf(path).toString().trimEnd().split('\n');
  const body = ['reddis-manifest 2', ...lines.slice(0, -1), ''].join('\n');
  const code = async (crc: string): Promise<string> => {
    fs.put(path, Buffer.from(`${body}crc ${crc}\n`));
    const found = await start(fs);
    return found instanceof LogError ? found.code : 'started';
  };
  const bytes = Buffer.from(body);
  const crc = crc32(bytes, 0, bytes.length, 0).toString(16).padStart(8, '0');
  assert.equal(await code(crc), 'UNSUPPORTED');
  assert.equal(await code(crc === '00000000' ? '00000001' : '00000000'), 'CORRUPT');
});

test('a path that is no directory is refused; other people’s files are left alone', async () => {
  const fs = new MemoryFileSystem();
  fs.put('/data/redis.conf', Buffer.from('port 1'));
  const log = writerOf(await open(fs));
  append(log, 0, 'SET', 'k', 'v');
  await log.close();
  assert.equal(fs.bytesOf('/data/redis.conf').toString(), 'port 1');
  assert.deepEqual((await open(fs)).commands, ['0:SET k v']);
});

test('a directory that cannot be written is refused with what to do', async () => {
  const fs = new MemoryFileSystem();
  fs.onOperation = ({ name }) => {
    if (name === 'open') throw fileError('EROFS');
  };
  const found = await start(fs);
  assert.ok(found instanceof LogError && found.code === 'UNUSABLE');
  assert.match(found.remedy, /--dir/);
});

test('starting and stopping without writing gathers no files', async () => {
  const fs = new MemoryFileSystem();
  for (let i = 0; i < 5; i++) await writerOf(await open(fs)).close();
  const segments = fs.paths().filter((path) => path !== `${DIR}/MANIFEST`);
  assert.equal(segments.length, 2, 'the current segment and the next, both empty');
});

test('a clean stop makes and renames no file, and its missing end is noticed', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs), { policy: 'everysec' });
  for (let i = 0; i < 3; i++) append(log, 0, 'SET', `key${i}`, 'v');
  log.commit();
  const before = fs.paths();
  await log.close();
  assert.deepEqual(fs.paths(), before);
  const whole = fs.bytesOf(SEGMENT);
  const [, ...frames] = whole.toString('latin1').split('RDL1');
  assert.equal(frames.length, 2, 'one frame of entries and the seal');
  fs.put(SEGMENT, whole.subarray(0, whole.indexOf('RDL1')));
  const found = await start(fs);
  assert.ok(found instanceof LogError && found.code === 'CORRUPT');
  assert.deepEqual(found.lost, { firstSeq: 1, lastSeq: 3 });
});
