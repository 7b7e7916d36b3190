// A start on a disk that is full: what was read is served, writes are refused, and the log begins
// by itself once there is space.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JournalEngine } from '../durability/journal-engine.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const WRITES = 20;

/** @returns a disk as kill -9 left it, with an end that a start has to copy */
async function killedDisk(): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  const journal = await JournalEngine.open(fs, { seed: 1 });
  for (let i = 0; i < WRITES; i++) assert.equal(await journal.append(200), null);
  const disk = fs.afterKill();
  await journal.close();
  return disk;
}

async function usedBytes(disk: MemoryFileSystem): Promise<number> {
  disk.capacityBytes = 2 ** 40;
  const { freeBytes, totalBytes } = await disk.diskSpace('/');
  return totalBytes - freeBytes;
}

test('a start on a full disk serves what it read, and goes on when there is space', async () => {
  const disk = await killedDisk();
  disk.capacityBytes = await usedBytes(disk);
  const journal = await JournalEngine.open(disk, { seed: 2 });
  assert.equal(journal.length, WRITES);
  journal.check('on a full disk');
  assert.match((await journal.append()) ?? '', /^MISCONF .*No space left on device/);
  assert.match((await journal.save()) ?? '', /^ERR /);
  await journal.pass(3000);
  assert.match((await journal.append()) ?? '', /^MISCONF /);
  const before = disk.paths();
  await journal.pass(5000);
  assert.deepEqual(disk.paths(), before, 'attempts leave nothing behind');

  disk.capacityBytes = 2 ** 30;
  const ms = await journal.passUntil(() => journal.engine.persistence.refusal === null, 5000);
  assert.ok(ms >= 0, 'the log begins');
  await journal.pass(2000);
  assert.equal(await journal.append(), null);
  await journal.close();
  const again = await JournalEngine.open(disk.afterCrash(), { seed: 3 });
  assert.equal(again.length, WRITES + 1);
  again.check('after all');
  await again.close();
});

test('a server that never got space closes without an error and changes nothing', async () => {
  const disk = await killedDisk();
  disk.capacityBytes = await usedBytes(disk);
  const before = disk.paths();
  const journal = await JournalEngine.open(disk, { seed: 2 });
  await journal.pass(2000);
  await journal.close();
  assert.deepEqual(disk.paths(), before);
});

test('RESERVE is what a start on a full disk makes its files of', async () => {
  const fs = new MemoryFileSystem();
  fs.capacityBytes = 2 ** 24;
  const journal = await JournalEngine.open(fs, { seed: 1 });
  for (let i = 0; i < WRITES; i++) assert.equal(await journal.append(200), null);
  await journal.pass(2000);
  assert.ok(fs.paths().includes('/data/RESERVE'));
  const disk = fs.afterKill();
  await journal.close();
  disk.capacityBytes = await usedBytes(disk);
  const again = await JournalEngine.open(disk, { seed: 2 });
  const ms = await again.passUntil(() => again.engine.persistence.refusal === null, 2000);
  assert.ok(ms >= 0 && ms <= 1000, `the log begins after ${ms} ms`);
  assert.ok(!disk.paths().includes('/data/RESERVE'));
  await again.pass(100);
  assert.match((await again.append()) ?? '', /what frees memory is accepted/);
  assert.equal(again.run('DEL', 'journal'), 1);
  assert.equal(await again.answered(), null);
  await again.close();
});

const LEFTOVER_BYTES = 200_000;

for (const [what, path] of [
  ['a rewrite that a crash cut short', '/data/snap-00000099.rsnap.tmp'],
  ['the removal of history that a crash cut short', '/data/history/log-00000098.rlog'],
] as const) {
  test(`what ${what} left does not keep a disk full`, async () => {
    const disk = await killedDisk();
    disk.put(path, Buffer.alloc(LEFTOVER_BYTES));
    disk.capacityBytes = await usedBytes(disk);
    const journal = await JournalEngine.open(disk, { seed: 2 });
    assert.equal(journal.length, WRITES);
    const ms = await journal.passUntil(() => journal.engine.persistence.refusal === null, 5000);
    assert.ok(ms >= 0, 'the log begins');
    assert.ok(!disk.paths().includes(path));
    await journal.pass(3000);
    assert.equal(await journal.append(), null);
    await journal.close();
    const again = await JournalEngine.open(disk.afterCrash(), { seed: 3 });
    assert.equal(again.length, WRITES + 1);
    await again.close();
  });
}
