// T9: the disk is full at any byte: in the log, its seals and headers, manifests, snapshots,
// history and RESERVE. The server lives, reads are served, nothing acknowledged is lost, what frees
// something is accepted, and with space everything goes on by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow } from '../../engine/util/random.js';
import { MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { type FailingDisk, FaultyDisk, killedDisk, live, ROOMY_BYTES } from './failing-life.js';
import { JournalEngine, settled } from './journal-engine.js';
import { JournalReader } from './journal-reader.js';

/** More than the life of `live` ever has on the disk, RESERVE aside. */
const USED_MAX_BYTES = 24_000;
/** What needs space, and so may fail for want of it. */
const TAKES_SPACE: readonly Operation['name'][] = ['open', 'write', 'fsync', 'link', 'rename'];
const POINTS_MAX = 1000;

/** A disk of a certain size, until there is space again. */
class SmallDisk implements FailingDisk {
  readonly fs: MemoryFileSystem;
  readonly hasFailed = true;
  wasRestarted = false;
  readonly what: string;

  constructor(fs: MemoryFileSystem, capacityBytes: number) {
    this.fs = fs;
    this.what = `a disk of ${capacityBytes} bytes`;
    fs.capacityBytes = capacityBytes;
  }

  heal(): void {
    this.fs.capacityBytes = ROOMY_BYTES;
  }

  restarted(): void {
    this.wasRestarted = true;
  }
}

async function usedBytes(fs: MemoryFileSystem): Promise<number> {
  const sizeBytes = 2 ** 40;
  fs.capacityBytes = sizeBytes;
  return sizeBytes - (await fs.diskSpace('/')).freeBytes;
}

test('a disk of any size costs nothing but time', async (t) => {
  const campaign = new Campaign(t, 'T9', 'sizes of disks');
  const image = await killedDisk();
  const least = await usedBytes(image);
  const reader = await JournalReader.open();
  const expected = await reader.lengthOf(image.afterKill(), 1, 'before');
  const step = casesOf({ short: 191, long: 7 });
  await campaign.run(1, async (random) => {
    let size = least + randomBelow(random, step);
    for (; size < least + USED_MAX_BYTES; size += step) {
      const disk = new SmallDisk(image.copy(), size);
      await live(disk, { random, reader, expected });
      campaign.count++;
    }
  });
});

test('no space at any operation that takes some costs nothing but time', async (t) => {
  const campaign = new Campaign(t, 'T9', 'operations that found no space');
  const image = await killedDisk();
  const reader = await JournalReader.open();
  const expected = await reader.lengthOf(image.afterKill(), 1, 'before');
  const step = casesOf({ short: 3, long: 1 });
  await campaign.run(1, async (random) => {
    let isReached = true;
    for (let at = 1 + randomBelow(random, step); isReached; at += step) {
      assert.ok(at < POINTS_MAX, 'the life ends');
      const fs = image.copy();
      fs.capacityBytes = ROOMY_BYTES;
      const fault = { code: 'ENOSPC', isSticky: true, at, only: TAKES_SPACE };
      const disk = new FaultyDisk(fs, fault);
      isReached = await live(disk, { random, reader, expected });
      if (isReached) campaign.count++;
    }
  });
});

test('on a full disk what frees memory is accepted, and makes the space to go on', async (t) => {
  const campaign = new Campaign(t, 'T9', 'full disks that deletions emptied');
  await campaign.run(casesOf({ short: 8, long: 400 }), async (random) => {
    const fs = new MemoryFileSystem();
    fs.capacityBytes = 300_000 + randomBelow(random, 100_000);
    const journal = await JournalEngine.open(fs, { seed: random.next32() });
    const { persistence } = journal.engine;
    await journal.pass(1500);
    assert.ok(fs.paths().includes('/data/RESERVE'), 'there is a reserve');
    let key = 0;
    const fill = async (): Promise<string | null> => {
      const value = 'v'.repeat(500 + randomBelow(random, 4000));
      assert.equal(journal.run('SET', `key${key++}`, value), 'OK');
      return journal.answered();
    };
    let answer: string | null = null;
    while (answer === null && persistence.space?.isFull !== true) {
      answer = await fill();
      await journal.pass(100);
      assert.ok(key < POINTS_MAX, 'the disk is full at some time');
    }
    const ms = await journal.passUntil(() => persistence.refusal === null, 5000);
    assert.ok(ms >= 0, 'RESERVE lets the log write what waited');
    await journal.pass(100);
    assert.match(String(journal.run('SET', 'more', 'v')), /MISCONF .*what frees memory/);
    for (let i = 0; i < key; i++) {
      journal.run('DEL', `key${i}`);
      const error = await journal.answered();
      if (error === null && persistence.refusal === null) continue;
      // The last bytes were used up; RESERVE comes to help.
      const helped = await journal.passUntil(() => persistence.refusal === null, 1000);
      assert.ok(helped >= 0, `deletion ${i} gets space`);
      await journal.pass(100);
      journal.run('DEL', `key${i}`);
      assert.equal(await journal.answered(), null, `deletion ${i} is accepted`);
    }
    const well = await journal.passUntil(() => persistence.space?.isFull === false, 20_000);
    assert.ok(well >= 0, 'the space that deletions free is used again');
    await journal.pass(100);
    assert.equal(await fill(), null);
    assert.ok(fs.paths().includes('/data/RESERVE'), 'there is a reserve again');
    await settled(journal.close(), 'a stop');
    const again = await JournalEngine.open(fs.afterCrash(), { seed: 1 });
    assert.equal(again.run('DBSIZE'), 1);
    await again.close();
    campaign.count++;
  });
});

test('a rewrite that would not fit is refused in words, and history goes before that', async () => {
  const fs = new MemoryFileSystem();
  const journal = await JournalEngine.open(fs, { seed: 1 });
  for (let i = 0; i < 40; i++) assert.equal(await journal.append(1000), null);
  for (let i = 0; i < 2; i++) assert.equal(await settled(journal.save(), 'a rewrite'), null);
  await journal.pass(1500);
  const hasHistory = () => fs.paths().some((path) => /history\/snap/.test(path));
  assert.ok(hasHistory());
  const leave = async (bytes: number) => {
    fs.capacityBytes = (await usedBytes(fs)) + bytes;
  };
  const info = () => String(journal.run('INFO', 'persistence'));
  // RESERVE is large here, for it was made on a disk without end.
  await leave(2 ** 20 + 30_000);
  await journal.pass(1500);
  assert.ok(!hasHistory(), 'history made room');
  assert.equal(await settled(journal.save(), 'a rewrite'), null);
  assert.match(info(), /aof_rewrite_refused_reason:\r/);

  // The first look gives up what the rewrite put into history.
  for (let looks = 0; looks < 2; looks++) {
    await leave(2 ** 20 + 10_000);
    await journal.pass(1500);
  }
  const refused = /a rewrite needs about [\d.]+ MiB of disk space, [\d.]+ MiB are free/;
  assert.match((await settled(journal.save(), 'a rewrite')) ?? '', refused);
  assert.match(info(), refused);
  assert.match(info(), /aof_reserve_ok:1\r/);
  assert.equal(await journal.append(), null, 'writes go on');

  await leave(10_000);
  await journal.pass(1500);
  const before = journal.length;
  assert.match((await journal.append()) ?? '', /MISCONF .*what frees memory is accepted/);
  assert.equal(journal.length, before);
  assert.match(info(), /aof_reserve_ok:0\r/);
  assert.match(info(), /aof_last_write_status:err\r/);

  await leave(2 ** 24);
  await journal.pass(1500);
  assert.equal(await journal.append(), null);
  assert.equal(await settled(journal.save(), 'a rewrite'), null);
  await journal.close();
});
