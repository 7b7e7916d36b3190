// Damaged directories given to the real daemon. What a crash leaves is repaired at the start and
// said; anything else is refused with file, place and remedy, and nothing on disk is touched.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { spawnDaemon, startDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';

const KEYS = 300;

interface Directory {
  readonly dir: string;
  /** Data files in the order of their numbers. */
  readonly segments: readonly string[];
  readonly snapshots: readonly string[];
}

function list(dir: string): Directory {
  const names = readdirSync(dir).sort();
  return {
    dir,
    segments: names.filter((name) => name.endsWith('.rlog')),
    snapshots: names.filter((name) => name.endsWith('.rsnap')),
  };
}

/** A fingerprint of every file, so that "nothing was touched" can be said. */
function fingerprint(dir: string): string {
  const hash = createHash('sha1');
  for (const name of readdirSync(dir, { recursive: true }).map(String).sort()) {
    const path = join(dir, name);
    if (name.includes('LOCK') || !statSync(path).isFile()) continue;
    hash.update(name).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** @returns a command that makes key `i`, of one of all types */
function writing(i: number): string[] {
  const elements = Array.from({ length: i % 25 === 0 ? 600 : 3 }, (_, n) => `element:${i}:${n}`);
  const words: readonly string[][] = [
    ['SET', `key${i}`, `value ${i}`],
    ['RPUSH', `key${i}`, ...elements],
    ['SADD', `key${i}`, ...elements],
    ['HSET', `key${i}`, ...elements.flatMap((field) => [field, 'value'])],
    ['ZADD', `key${i}`, ...elements.flatMap((member, n) => [String(n), member])],
  ];
  return words[(i % 25 === 0 ? i / 25 : i) % words.length];
}

async function setKeys(port: number, from: number, to: number): Promise<void> {
  const connection = await RespConnection.open(port);
  for (let i = from; i < to; i++) await connection.call(...writing(i));
  // Everything so far survives a power cut, and what follows says so.
  await connection.call('WAITAOF', '1', '0', '0');
  await connection.close();
}

/** A killed daemon's directory: a snapshot, and an open segment with KEYS more writes. */
async function killedDirectory(t: TestContext): Promise<Directory> {
  const dir = await tempDir(t);
  const daemon = await startDaemon(t, { dir });
  await setKeys(daemon.port, 0, KEYS);
  const connection = await RespConnection.open(daemon.port);
  assert.equal((await connection.call('SAVE')).toString(), '+OK\r\n');
  await setKeys(daemon.port, KEYS, 2 * KEYS);
  await setKeys(daemon.port, 2 * KEYS, 2 * KEYS + 1);
  await daemon.kill();
  return list(dir);
}

/** The segment with the most bytes: the one that was written to. */
function busiest({ dir, segments }: Directory): string {
  const bySize = [...segments].sort((a, b) => {
    return statSync(join(dir, b)).size - statSync(join(dir, a)).size;
  });
  return bySize[0];
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 0x10;
  writeFileSync(path, bytes);
}

async function assertRefused(t: TestContext, dir: string, ...says: RegExp[]): Promise<void> {
  const before = fingerprint(dir);
  const daemon = spawnDaemon(t, { dir });
  const end = await daemon.ended;
  assert.equal(end.code, 1, daemon.output);
  for (const pattern of says) assert.match(daemon.output, pattern);
  assert.doesNotMatch(daemon.output, /^ +at /m, 'no stack for what is the disk’s fault');
  assert.equal(fingerprint(dir), before, 'nothing on disk is touched');
}

async function countKeys(t: TestContext, dir: string): Promise<{ count: number; output: string }> {
  const daemon = await startDaemon(t, { dir });
  const connection = await RespConnection.open(daemon.port);
  const reply = await connection.ask('DBSIZE');
  assert.ok(reply.type === 'integer');
  const end = await daemon.stop();
  assert.equal(end.code, 0);
  return { count: Number(reply.value), output: daemon.process.output };
}

test('a log that ends in the middle of its last frame starts without it and says so', async (t) => {
  const directory = await killedDirectory(t);
  const path = join(directory.dir, busiest(directory));
  truncateSync(path, statSync(path).size - 3);
  const { count, output } = await countKeys(t, directory.dir);
  assert.equal(count, 2 * KEYS);
  assert.match(output, /torn/);
  assert.match(output, /quarantine/);
  const again = await countKeys(t, directory.dir);
  assert.equal(again.count, 2 * KEYS);
  assert.doesNotMatch(again.output, /torn/);
});

test('zeros behind the last frame, as a file system may leave them, are cut', async (t) => {
  const directory = await killedDirectory(t);
  const path = join(directory.dir, busiest(directory));
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)]));
  const { count } = await countKeys(t, directory.dir);
  assert.equal(count, 2 * KEYS + 1);
});

test('a flipped bit in what was durable is refused', async (t) => {
  const directory = await killedDirectory(t);
  const name = busiest(directory);
  const path = join(directory.dir, name);
  flip(path, Math.floor(statSync(path).size / 2));
  await assertRefused(t, directory.dir, new RegExp(name), /reddis-check-aof/, /\d+/);
});

test('a flipped bit in the snapshot is refused', async (t) => {
  const { dir, snapshots } = await killedDirectory(t);
  const path = join(dir, snapshots[0]);
  flip(path, Math.floor(statSync(path).size / 2));
  await assertRefused(t, dir, new RegExp(snapshots[0]), /reddis-check-aof/);
});

test('a flipped bit in the manifest is refused', async (t) => {
  const { dir } = await killedDirectory(t);
  flip(join(dir, 'MANIFEST'), 20);
  await assertRefused(t, dir, /MANIFEST/, /reddis-check-aof/);
});

test('a snapshot, a segment or a manifest that is missing is refused', async (t) => {
  for (const pick of ['snapshot', 'segment', 'manifest']) {
    const directory = await killedDirectory(t);
    const { dir, snapshots } = directory;
    const name = { snapshot: snapshots[0], segment: busiest(directory) }[pick] ?? 'MANIFEST';
    unlinkSync(join(dir, name));
    await assertRefused(t, dir, new RegExp(name));
  }
});

test('an empty segment in place of a full one is refused', async (t) => {
  const directory = await killedDirectory(t);
  const name = busiest(directory);
  truncateSync(join(directory.dir, name), 0);
  await assertRefused(t, directory.dir, new RegExp(name), /reddis-check-aof/);
});
