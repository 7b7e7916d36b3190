// The file system in memory itself: a campaign on a disk that forgets too little proves nothing.
// What was synced always survives, what was not does and does not, pages that a failed sync
// dropped never come back, and a kill takes nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { MemoryFile, SECTOR_BYTES } from '../support/memory-file.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';

const CUTS = 200;
const SECTORS = 12;

function filled(letter: string, sectors: number): Buffer {
  return Buffer.alloc(sectors * SECTOR_BYTES, letter);
}

/** @returns a file that has `old` on the disk and `young`, un-synced, written over it */
function overwritten(old: Buffer, young: Buffer): MemoryFile {
  const file = MemoryFile.of(1, old);
  file.write(young, 0, young.length, 0);
  return file;
}

async function write(fs: MemoryFileSystem, path: string, text: string): Promise<number> {
  const fd = await fs.open(path, 'create');
  fs.writeSync(fd, Buffer.from(text), 0, text.length, 0);
  return fd;
}

function namesAfter(fs: MemoryFileSystem, cuts: number): Set<string> {
  const random = new SeededRandom(5);
  return new Set(Array.from({ length: cuts }, () => fs.afterPowerCut(random).paths().join(' ')));
}

test('synced bytes survive every power cut', () => {
  const file = new MemoryFile(1);
  const bytes = filled('a', SECTORS);
  file.write(bytes, 0, bytes.length, 0);
  file.sync();
  const random = new SeededRandom(1);
  for (let i = 0; i < CUTS; i++) assert.ok(file.afterPowerCut(random).contents.equals(bytes));
});

test('each un-synced sector is old or new, each independently of the others', () => {
  const file = overwritten(filled('o', SECTORS), filled('y', SECTORS));
  const random = new SeededRandom(2);
  const seen = new Set<string>();
  for (let i = 0; i < CUTS; i++) {
    const { contents } = file.afterPowerCut(random);
    let pattern = '';
    for (let sector = 0; sector < SECTORS; sector++) {
      const part = contents.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
      const letter = String.fromCharCode(part[0]);
      assert.ok(part.equals(Buffer.alloc(SECTOR_BYTES, letter)), 'no sector is in two parts');
      pattern += letter;
    }
    assert.match(pattern, /^[oy]+$/);
    seen.add(pattern);
  }
  assert.ok(seen.size > CUTS / 2, `${seen.size} patterns`);
  for (let sector = 0; sector < SECTORS; sector++) {
    const letters = new Set([...seen].map((pattern) => pattern[sector]));
    assert.deepEqual([...letters].sort(), ['o', 'y'], `sector ${sector} goes both ways`);
  }
});

test('with pages of 4096 bytes the eight sectors of one go the same way', () => {
  const file = overwritten(filled('o', 16), filled('y', 16));
  const random = new SeededRandom(3);
  const seen = new Set<string>();
  for (let i = 0; i < CUTS; i++) {
    const { contents } = file.afterPowerCut(random, 4096);
    for (const page of [0, 4096]) {
      const part = contents.subarray(page, page + 4096);
      assert.ok(part.equals(Buffer.alloc(4096, part[0])));
    }
    seen.add(`${contents.toString('latin1', 0, 1)}${contents.toString('latin1', 4096, 4097)}`);
  }
  assert.deepEqual([...seen].sort(), ['oo', 'oy', 'yo', 'yy']);
});

test('the size of a file that grew may be behind its bytes, or ahead: zeros are there then', () => {
  const file = MemoryFile.of(1, filled('o', 2));
  file.write(filled('y', 4), 0, 4 * SECTOR_BYTES, 2 * SECTOR_BYTES);
  const random = new SeededRandom(4);
  const sizes = new Set<number>();
  let hasHole = false;
  for (let i = 0; i < CUTS; i++) {
    const { contents, size } = file.afterPowerCut(random);
    sizes.add(size);
    assert.ok(contents.subarray(0, 2 * SECTOR_BYTES).equals(filled('o', 2)));
    hasHole ||= contents.includes(0);
  }
  assert.ok(sizes.has(2 * SECTOR_BYTES) && sizes.has(6 * SECTOR_BYTES), 'none of it and all of it');
  assert.ok(
    [...sizes].some((size) => size % SECTOR_BYTES !== 0),
    'and a part of a sector',
  );
  assert.ok(hasHole, 'zeros where the bytes did not come');
});

test('a shortened file may have its old length again', () => {
  const file = MemoryFile.of(1, filled('o', 4));
  file.truncate(SECTOR_BYTES);
  const random = new SeededRandom(6);
  const sizes = new Set(Array.from({ length: CUTS }, () => file.afterPowerCut(random).size));
  assert.ok(sizes.has(SECTOR_BYTES) && sizes.has(4 * SECTOR_BYTES));
  file.sync();
  for (let i = 0; i < CUTS; i++) assert.equal(file.afterPowerCut(random).size, SECTOR_BYTES);
});

test('pages that a failed sync dropped are read, and never reach the disk', async () => {
  const fs = new MemoryFileSystem();
  fs.failedSyncDrops = true;
  const fd = await write(fs, '/file', 'x'.repeat(600));
  await fs.syncDirectory('/');
  fs.onOperation = ({ name }) => {
    if (name === 'fdatasync') throw fileError('EIO');
  };
  assert.throws(() => fs.fdatasyncSync(fd), { code: 'EIO' });
  fs.onOperation = () => undefined;
  assert.equal(fs.bytesOf('/file').toString(), 'x'.repeat(600), 'a reader goes on seeing them');
  // The second sync has nothing to do and says yes: that is the trap.
  fs.fdatasyncSync(fd);
  const random = new SeededRandom(7);
  for (let i = 0; i < CUTS; i++) {
    assert.ok(!fs.afterPowerCut(random).bytesOf('/file').includes('x'));
  }
  fs.writeSync(fd, Buffer.from('x'), 0, 1, 0);
  fs.fdatasyncSync(fd);
  const left = fs.afterPowerCut(random).bytesOf('/file');
  assert.equal(left.indexOf(0), SECTOR_BYTES, 'a page that is written again reaches it whole');
});

test('names that were not synced come and go, in any order; synced ones stay', async () => {
  const fs = new MemoryFileSystem();
  for (const path of ['/a', '/b']) fs.closeSync(await write(fs, path, path));
  assert.deepEqual([...namesAfter(fs, CUTS)].sort(), ['', '/a', '/a /b', '/b']);
  await fs.syncDirectory('/');
  assert.deepEqual([...namesAfter(fs, CUTS)], ['/a /b']);
  await fs.unlink('/a');
  await fs.rename('/b', '/c');
  assert.deepEqual([...namesAfter(fs, CUTS)].sort(), ['/a /b', '/a /c', '/b', '/c']);
  await fs.syncDirectory('/');
  assert.deepEqual([...namesAfter(fs, CUTS)], ['/c']);
});

test('a directory is lost with all that is in it until the one above it is synced', async () => {
  const fs = new MemoryFileSystem();
  await fs.mkdirs('/dir');
  const fd = await write(fs, '/dir/file', 'text');
  fs.fdatasyncSync(fd);
  await fs.syncDirectory('/dir');
  assert.deepEqual(fs.afterCrash().paths(), []);
  assert.deepEqual([...namesAfter(fs, CUTS)].sort(), ['', '/dir/file']);
  await fs.syncDirectory('/');
  assert.deepEqual(fs.afterCrash().paths(), ['/dir/file']);
  assert.deepEqual([...namesAfter(fs, CUTS)], ['/dir/file']);
});

test('a kill takes nothing', async () => {
  const fs = new MemoryFileSystem();
  await fs.mkdirs('/dir');
  await write(fs, '/dir/file', 'text');
  assert.equal(fs.afterKill().bytesOf('/dir/file').toString(), 'text');
});

test('a copy and its original do not know each other', async () => {
  const fs = new MemoryFileSystem();
  const fd = await write(fs, '/file', 'old');
  const copy = fs.copy();
  fs.writeSync(fd, Buffer.from('new'), 0, 3, 0);
  fs.fdatasyncSync(fd);
  await fs.syncDirectory('/');
  assert.equal(copy.bytesOf('/file').toString(), 'old');
  assert.deepEqual(copy.afterCrash().paths(), [], 'nor did it sync');
  await copy.unlink('/file');
  assert.deepEqual(fs.paths(), ['/file']);
});

test('after any writes and syncs a power cut leaves each byte as it once was', async (t) => {
  const campaign = new Campaign(t, 'T6', 'power cuts of one file');
  await campaign.run(casesOf({ short: 200, long: 20_000 }), async (random) => {
    const file = new MemoryFile(1);
    /** Of each byte, what the disk may have there: from the last sync on. */
    let possible: Set<number>[] = [];
    for (let step = 0; step < 20; step++) {
      if (randomBelow(random, 4) === 0) {
        file.sync();
        possible = [...file.contents].map((byte) => new Set([byte]));
      }
      const length = 1 + randomBelow(random, 3 * SECTOR_BYTES);
      const position = randomBelow(random, file.size + 1);
      file.write(Buffer.alloc(length, 1 + step), 0, length, position);
      for (let at = position; at < position + length; at++) {
        possible[at] ??= new Set([0]);
        possible[at].add(1 + step);
      }
      const left = file.afterPowerCut(random).contents;
      const wrong = left.findIndex((byte, at) => !possible[at].has(byte));
      assert.equal(wrong, -1, `byte ${wrong} is ${left[wrong]}`);
      campaign.count++;
    }
  });
});
