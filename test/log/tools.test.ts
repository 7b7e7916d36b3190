// check, fix, salvage, restore, rebuild and export: what `reddis-check-aof` stands on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../../engine/log/check.js';
import { LogError } from '../../engine/log/errors.js';
import { exportResp } from '../../engine/log/export-resp.js';
import { fix } from '../../engine/log/fix.js';
import { openSource } from '../../engine/log/log-source.js';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { rebuildManifest } from '../../engine/log/rebuild-manifest.js';
import { restoreTo } from '../../engine/log/restore.js';
import { salvage, salvageFile } from '../../engine/log/salvage.js';
import { SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { append, HandClock, open, until, writerOf } from './log-fixture.js';

const DIR = '/data';
const SEGMENT = '/data/log-00000001.rlog';
const START_MS = new HandClock().ms;

interface Frame {
  at: number;
  length: number;
  firstSeq: number;
  nextSeq: number;
}

/** The frames of a segment whose base is 1, read by the format's rules alone. */
function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 64; at < bytes.length; ) {
    const length = 32 + bytes.readUInt32LE(at + 4);
    const firstSeq = 1 + bytes.readUInt32LE(at + 8);
    frames.push({ at, length, firstSeq, nextSeq: firstSeq + bytes.readUInt16LE(at + 22) });
    at += length;
  }
  return frames;
}

/** 40 commands, one a turn and a second; 11 to 13 are one small unit, 21 to 25 a long one. */
async function sample(
  isClosed: boolean,
): Promise<{ fs: MemoryFileSystem; commands: string[]; log: LogWriter }> {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, DIR, clock), { policy: 'always' });
  for (let i = 1; i <= 40; i++) {
    if (i === 11 || i === 21) log.beginUnit();
    append(log, i % 3, 'SET', `key${i}`, i > 20 && i <= 25 ? 'v'.repeat(1700) : 'v');
    if (i === 13 || i === 25) log.endUnit();
    if ((i >= 11 && i < 13) || (i >= 21 && i < 25)) continue;
    clock.ms += 1000;
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
  }
  if (isClosed) await log.close();
  const { commands } = await open(fs.afterKill());
  return { fs: fs.afterKill(), commands, log };
}

test('check says sound, with what is there', async () => {
  const { fs } = await sample(true);
  const report = await check(fs, DIR);
  assert.equal(report.verdict, 'sound');
  assert.equal(report.lastSoundSeq, 40);
  assert.equal(report.files[0].entryCount, 40);
  assert.equal(report.files[0].lastTimeMs, START_MS + 34_000);
  assert.equal((await check(fs, SEGMENT)).verdict, 'sound');
});

test('check tells torn, corrupt and unusable apart, and changes nothing', async () => {
  const { fs } = await sample(false);
  const bytes = fs.bytesOf(SEGMENT);
  const verdict = async (changed: Buffer, path = DIR) => {
    fs.put(SEGMENT, changed);
    const before = fs.paths().map((name) => fs.bytesOf(name).toString('hex'));
    const report = await check(fs, path);
    assert.deepEqual(
      fs.paths().map((name) => fs.bytesOf(name).toString('hex')),
      before,
    );
    return report;
  };
  const torn = await verdict(Buffer.concat([bytes, Buffer.alloc(100)]));
  assert.equal(torn.verdict, 'torn');
  assert.equal(torn.damage?.offset, bytes.length);
  assert.equal(torn.lastSoundSeq, 40);
  assert.equal((await verdict(bytes.subarray(0, -1), SEGMENT)).verdict, 'torn');
  const flipped = Buffer.from(bytes);
  flipped[bytes.indexOf('key7')] ^= 1;
  const corrupt = await verdict(flipped);
  assert.equal(corrupt.verdict, 'corrupt');
  assert.equal(corrupt.damage?.seq, 7);
  assert.equal((await verdict(flipped, SEGMENT)).verdict, 'corrupt');
  assert.equal((await verdict(bytes.subarray(0, 40), SEGMENT)).verdict, 'unusable');
  assert.equal((await verdict(Buffer.alloc(0), SEGMENT)).verdict, 'unusable');
  assert.equal((await verdict(Buffer.from('*1\r\n$4\r\nPING\r\n'), SEGMENT)).verdict, 'unusable');
  assert.equal((await check(fs, '/nowhere')).verdict, 'unusable');
  fs.put('/else/readme.txt', Buffer.from('hello'));
  assert.match((await check(fs, '/else')).message, /no MANIFEST/);
});

test('fix cuts a torn tail, keeps the bytes, and refuses corruption', async () => {
  const { fs, commands } = await sample(false);
  const bytes = fs.bytesOf(SEGMENT);
  const options = {
    fs,
    path: DIR,
    clock: new HandClock(),
    random: new SeededRandom(5),
    owner: null,
    historyGenerations: 1,
  };
  fs.put(SEGMENT, Buffer.concat([bytes, Buffer.from('garbage')]));
  const report = await fix(options);
  assert.equal(report.cutBytes, 7);
  assert.equal(fs.bytesOf(report.backups[0]).toString(), 'garbage');
  assert.equal((await check(fs, DIR)).verdict, 'sound');
  assert.equal((await fix(options)).cutBytes, 0, 'a second fix finds nothing');
  assert.deepEqual((await open(fs)).commands, commands);

  const file = new MemoryFileSystem();
  file.put('/alone.rlog', bytes.subarray(0, -3));
  assert.equal((await fix({ ...options, fs: file, path: '/alone.rlog' })).lastSeq, 39);
  assert.equal((await check(file, '/alone.rlog')).verdict, 'sound');

  const damaged = new MemoryFileSystem();
  const changed = Buffer.from(bytes);
  changed[bytes.indexOf('key7')] ^= 1;
  damaged.put('/alone.rlog', changed);
  const before = damaged.bytesOf('/alone.rlog');
  await assert.rejects(
    fix({ ...options, fs: damaged, path: '/alone.rlog' }),
    (error) => error instanceof LogError && error.code === 'CORRUPT',
  );
  assert.ok(damaged.bytesOf('/alone.rlog').equals(before));
});

test('salvage keeps exactly the frames that are intact, whichever is damaged', async () => {
  const { fs, commands } = await sample(true);
  const bytes = fs.bytesOf(SEGMENT);
  const frames = framesOf(bytes).filter(({ firstSeq, nextSeq }) => nextSeq > firstSeq);
  const unitOf = (seq: number) => (seq >= 21 && seq <= 25 ? [21, 25] : [seq, seq]);
  for (const [index, frame] of frames.entries()) {
    for (const offset of [0, 9, 25, 32, frame.length - 1]) {
      const source = fs.afterKill();
      const changed = Buffer.from(bytes);
      changed[frame.at + offset] ^= 0x10;
      source.put(SEGMENT, changed);
      const out = `/out${index}-${offset}`;
      const report = await salvage(source, DIR, out, new SeededRandom(index + 1));
      const firstSeq = unitOf(frame.firstSeq)[0];
      const lastSeq = Math.max(frame.nextSeq - 1, unitOf(frame.nextSeq - 1)[1]);
      const what = `byte ${frame.at + offset} of entries ${frame.firstSeq}..${frame.nextSeq - 1}`;
      assert.deepEqual(report.lost, [{ firstSeq, lastSeq }], what);
      const kept = commands.filter((_, i) => i + 1 < firstSeq || i + 1 > lastSeq);
      assert.equal((await check(source, out)).verdict, 'sound', what);
      assert.equal((await check(source, out)).lostCount, lastSeq - firstSeq + 1);
      const found = await open(source, out);
      assert.deepEqual(found.commands, kept, what);
      assert.equal(found.report.lostEntries, lastSeq - firstSeq + 1);
      assert.ok(source.bytesOf(SEGMENT).equals(changed), 'the source is only read');
    }
  }
});

test('salvage gets past random damage: what it keeps is real, what it lost is named', async () => {
  const { fs, commands } = await sample(true);
  const bytes = fs.bytesOf(SEGMENT);
  for (let seed = 1; seed <= 100; seed++) {
    const random = new SeededRandom(seed);
    const source = fs.afterKill();
    const changed = Buffer.from(bytes);
    for (let i = 0; i < 3; i++) {
      const at = random.next32() % bytes.length;
      const length = 1 + (random.next32() % 200);
      const mode = random.next32() % 3;
      const from = random.next32() % bytes.length;
      if (mode === 0) changed.fill(0, at, at + length);
      else if (mode === 1) changed.fill(random.next32() & 0xff, at, at + length);
      else bytes.copy(changed, at, from, Math.min(from + length, from + bytes.length - at));
    }
    source.put(SEGMENT, changed);
    const report = await salvage(source, DIR, '/out', random);
    const lost = new Set<number>();
    for (const { firstSeq, lastSeq } of report.lost) {
      for (let seq = firstSeq; seq <= lastSeq; seq++) lost.add(seq);
    }
    const kept = commands.filter((_, i) => !lost.has(i + 1));
    assert.deepEqual((await open(source, '/out')).commands, kept, `seed ${seed}`);
    for (const { at, length, firstSeq, nextSeq } of framesOf(bytes)) {
      if (!changed.subarray(at, at + length).equals(bytes.subarray(at, at + length))) continue;
      if (firstSeq >= 21 && firstSeq <= 25) continue;
      for (let seq = firstSeq; seq < nextSeq; seq++) {
        assert.ok(!lost.has(seq), `seed ${seed}: intact entry ${seq} was not kept`);
      }
    }
  }
});

test('salvage reads a segment with a damaged header, and says when a file is missing', async () => {
  const { fs, commands } = await sample(true);
  const changed = fs.bytesOf(SEGMENT);
  changed[20] ^= 1;
  fs.put(SEGMENT, changed);
  const report = await salvage(fs, DIR, '/out', new SeededRandom(1));
  assert.deepEqual(report.lost, []);
  assert.deepEqual((await open(fs, '/out')).commands, commands);
  fs.remove(SEGMENT);
  const nothing = await salvage(fs, DIR, '/out2', new SeededRandom(1));
  assert.deepEqual(nothing.lost, [{ firstSeq: 1, lastSeq: 40 }]);
  assert.deepEqual((await open(fs, '/out2')).commands, []);
  await assert.rejects(salvage(fs, DIR, '/out', new SeededRandom(1)), /not an empty directory/);
});

test('salvage names the entries that were lost at the very end', async () => {
  const { fs } = await sample(false);
  const bytes = fs.bytesOf(SEGMENT);
  const last = framesOf(bytes).findLast(({ firstSeq, nextSeq }) => nextSeq > firstSeq);
  assert.ok(last !== undefined);
  // Its header is left, and says what was there.
  fs.put(SEGMENT, bytes.subarray(0, last.at + 33));
  const report = await salvage(fs, DIR, '/out', new SeededRandom(1));
  assert.deepEqual(report.lost, [{ firstSeq: last.firstSeq, lastSeq: 40 }]);
  assert.equal((await open(fs, '/out')).report.lastSeq, 40);
});

test('salvage of a single segment counts everything before it as lost', async () => {
  const { fs, commands } = await sample(false);
  const bytes = fs.bytesOf(SEGMENT);
  const third = framesOf(bytes)[2];
  const alone = Buffer.concat([bytes.subarray(0, 64), bytes.subarray(third.at)]);
  fs.put('/alone.rlog', alone);
  const report = await salvageFile(fs, '/alone.rlog', '/out', new SeededRandom(1));
  assert.deepEqual(report.lost, [{ firstSeq: 1, lastSeq: third.firstSeq - 1 }]);
  assert.deepEqual((await open(fs, '/out')).commands, commands.slice(third.firstSeq - 1));
});

async function compacted(): Promise<{ fs: MemoryFileSystem; commands: string[] }> {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, DIR, clock), { policy: 'always' });
  const commands: string[] = [];
  const write = async (count: number) => {
    for (let i = 0; i < count; i++) {
      clock.ms += 1000;
      append(log, 0, 'SET', `key${commands.length + 1}`, 'v');
      commands.push(`0:SET key${commands.length + 1} v`);
      const ticket = log.commit();
      await until(() => log.acknowledged >= ticket);
    }
  };
  for (let round = 0; round < 2; round++) {
    await write(10);
    await log.prepareRotation();
    const seq = log.rotate();
    const { name, writer } = log.createSnapshot(seq);
    for (const command of commands) {
      const bytes = Buffer.from(`${command}\n`);
      writer.frames.beginEntry(16, bytes.length);
      bytes.copy(writer.frames.bytes, writer.frames.at);
      writer.frames.at += bytes.length;
      writer.frames.endEntry();
    }
    const sizeBytes = await writer.finish();
    await log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
  }
  await write(10);
  await log.close();
  return { fs: fs.afterCrash(), commands };
}

async function stateIn(fs: MemoryFileSystem, dir: string): Promise<string[]> {
  const found = await open(fs, dir);
  const base = found.snapshot
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  return [...base, ...found.commands];
}

test('restore brings back the state after any entry that history reaches', async () => {
  const { fs, commands } = await compacted();
  assert.deepEqual(await stateIn(fs.afterKill(), DIR), commands);
  for (let seq = 10; seq <= 30; seq++) {
    await restoreTo(fs, DIR, { seq }, `/seq${seq}`, new SeededRandom(seq));
    assert.deepEqual(await stateIn(fs, `/seq${seq}`), commands.slice(0, seq), `seq ${seq}`);
    const timeMs = START_MS + seq * 1000;
    await restoreTo(fs, DIR, { timeMs }, `/time${seq}`, new SeededRandom(seq));
    assert.deepEqual(await stateIn(fs, `/time${seq}`), commands.slice(0, seq), `time ${seq}`);
  }
  await assert.rejects(restoreTo(fs, DIR, { seq: 9 }, '/early', new SeededRandom(1)), LogError);
});

test('snapshots and starts are never older than the log, whatever the clock says', async () => {
  const fs = new MemoryFileSystem();
  const clock = new HandClock();
  const log = writerOf(await open(fs, DIR, clock), { policy: 'always' });
  const write = async (key: string): Promise<void> => {
    append(log, 0, 'SET', key, 'v');
    const ticket = log.commit();
    await until(() => log.acknowledged >= ticket);
  };
  clock.ms += 10_000;
  await write('late');
  const lateMs = clock.ms;
  clock.ms -= 8000;
  await log.prepareRotation();
  const { writer } = log.createSnapshot(log.rotate());
  assert.equal(writer.header.baseTimeMs, lateMs);
  await writer.abort();
  await log.close();
  for (let start = 0; start < 3; start++) {
    // The second start finds segments that nothing was written to, headed with the early time.
    assert.equal((await open(fs.afterKill(), DIR, clock)).timeMs, lateMs, `start ${start}`);
    await open(fs, DIR, clock);
  }
});

test('restore never cuts a unit in two', async () => {
  const { fs, commands } = await sample(true);
  for (let seq = 1; seq <= 40; seq++) {
    const out = `/out${seq}`;
    const report = await restoreTo(fs, DIR, { seq }, out, new SeededRandom(seq));
    const expected = seq >= 11 && seq < 13 ? 10 : seq >= 21 && seq < 25 ? 20 : seq;
    assert.equal(report.entryCount, expected);
    assert.deepEqual((await open(fs, out)).commands, commands.slice(0, expected));
  }
});

test('a damaged snapshot costs nothing while the generation before it is kept', async () => {
  const { fs, commands } = await compacted();
  const path = fs.paths().find((name) => /^\/data\/snap-\d+\.rsnap$/.test(name)) ?? '';
  const bytes = fs.bytesOf(path);
  bytes[bytes.length >> 1] ^= 1;
  fs.put(path, bytes);
  await assert.rejects(
    open(fs.afterKill()),
    (error) => error instanceof LogError && /restore-to latest/.test(error.remedy),
  );
  const report = await restoreTo(fs, DIR, 'latest', '/out', new SeededRandom(1));
  assert.equal(report.snapshotSeq, 10);
  assert.deepEqual(await stateIn(fs, '/out'), commands);
  const salvaged = await salvage(fs, DIR, '/out2', new SeededRandom(1));
  assert.deepEqual(salvaged.lost, []);
  assert.deepEqual(await stateIn(fs, '/out2'), commands);

  for (const name of fs.paths()) if (name.startsWith('/data/history/')) fs.remove(name);
  const last = await salvage(fs, DIR, '/out3', new SeededRandom(1));
  assert.equal(last.lostRecords, 20, 'they were all in one frame');
  assert.deepEqual(await stateIn(fs, '/out3'), commands.slice(20));
});

test('salvage without any snapshot keeps the log and says that all before it is lost', async () => {
  const { fs, commands } = await compacted();
  for (const name of fs.paths()) {
    if (name.startsWith('/data/history/') || name.endsWith('.rsnap')) fs.remove(name);
  }
  const report = await salvage(fs, DIR, '/out', new SeededRandom(1));
  assert.deepEqual(report.lost, [{ firstSeq: 1, lastSeq: 20 }]);
  assert.deepEqual(await stateIn(fs, '/out'), commands.slice(20));
});

test('a lost manifest is rebuilt from the files', async () => {
  for (const isClosed of [true, false]) {
    const { fs, commands } = await sample(isClosed);
    fs.remove('/data/MANIFEST');
    const report = await rebuildManifest(fs, DIR);
    assert.equal(report.lastSeq, 40);
    assert.deepEqual((await open(fs)).commands, commands);
  }
  const { fs, commands } = await compacted();
  fs.remove('/data/MANIFEST');
  await rebuildManifest(fs, DIR);
  assert.deepEqual(await stateIn(fs, DIR), commands);
});

test('the log comes out as commands of the Redis protocol', async () => {
  const fs = new MemoryFileSystem();
  const log = writerOf(await open(fs));
  append(log, 0, 'SET', 'k', '');
  append(log, 0, 'DEL', 'k');
  append(log, 12, 'SET', 'k', '\u0000\u00ff\r\n');
  await log.close();
  const chunks: Buffer[] = [];
  const source = await openSource(fs, DIR);
  const error = await exportResp(
    fs,
    source,
    (chunk) => chunks.push(chunk),
    () => ({}),
  );
  assert.equal(error, null);
  assert.equal(
    Buffer.concat(chunks).toString('latin1'),
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n' +
      '*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\u0000\u00ff\r\n\r\n',
  );
});
