// Reads after a write that failed. The write is in memory and may never reach the disk: whoever
// was shown it would have been promised what a crash takes back. Until the log has it after all,
// reads that depend on it are refused; all others are answered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine, ReplyError } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, type MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { slowEngine } from './slow-disk-case.js';

/** More than a retry of anything takes. */
const HEALED_MS = 120_000;
const HOLD_TIMEOUT_MS = 30_000;

type World = Awaited<ReturnType<typeof slowEngine>>;
type Ask = (...words: string[]) => Promise<unknown>;

/** @returns a way to ask that gives the text of an error in place of throwing it */
function asking({ machine, other }: World, limitMs = 100): Ask {
  return async (...words) => {
    try {
      return await machine.until(other.call(...words), limitMs, words.join(' '));
    } catch (error) {
      if (error instanceof ReplyError) return error.message;
      throw error;
    }
  };
}

/** From now on `breaks` decides which operations fail. */
function breakDisk({ machine }: World, breaks: (operation: Operation) => string | null): void {
  const before = machine.fs.onOperation;
  machine.fs.onOperation = (operation) => {
    before?.(operation);
    const code = breaks(operation);
    if (code !== null) throw fileError(code);
  };
}

function isSync(name: string): boolean {
  return name === 'fdatasync' || name === 'fsync';
}

async function assertDoubtful(ask: Ask): Promise<void> {
  const refused = /^MISCONF /;
  assert.match(String(await ask('GET', 'k')), refused);
  assert.match(String(await ask('MGET', 'known', 'k')), refused);
  assert.match(String(await ask('DBSIZE')), refused, 'it may count the key');
  assert.match(String(await ask('SET', 'known', '2')), refused);
  assert.equal(await ask('GET', 'known'), '1');
  assert.deepEqual(await ask('MGET', 'known', 'absent'), ['1', null]);
  assert.equal(await ask('PING'), 'PONG');
  assert.match(String(await ask('INFO', 'persistence')), /aof_last_write_status:err/);
}

async function valueOnDisk(fs: MemoryFileSystem): Promise<unknown> {
  const engine = new Engine({ dir: '/data', fs, owner: null, clock: new FakeClock() });
  await engine.load();
  const client = new LocalClient(engine);
  const value = await client.call('GET', 'k');
  client.close();
  await engine.close();
  return value;
}

for (const [policy, failing] of [
  ['always', 'sync'],
  ['always', 'write'],
  ['everysec', 'write'],
] as const) {
  test(`${policy}: what a failed ${failing} lost is shown again only once it is kept`, async () => {
    const world = await slowEngine(policy);
    const { machine, client, close } = world;
    const ask = asking(world);
    assert.equal(await ask('MSET', 'known', '1', 'k', '1'), 'OK');
    let isBroken = true;
    const fails = (name: string): boolean => (failing === 'sync' ? isSync(name) : name === failing);
    breakDisk(world, ({ name }) => (isBroken && fails(name) ? 'EIO' : null));
    const write = client.call('SET', 'k', '2');
    await assert.rejects(machine.until(write, 5000, 'the write'), /^ReplyError: MISCONF /);
    await assertDoubtful(ask);
    await machine.passUntil(machine.nowMs + 5000);
    await assertDoubtful(ask);
    isBroken = false;
    const untilMs = machine.nowMs + HEALED_MS;
    let seen = await ask('GET', 'k');
    while (String(seen).startsWith('MISCONF') && machine.nowMs < untilMs) {
      await machine.passUntil(machine.nowMs + 10);
      seen = await ask('GET', 'k');
    }
    const disk = policy === 'always' ? machine.fs.afterCrash() : machine.fs.afterKill();
    assert.deepEqual([seen, await valueOnDisk(disk)], ['2', '2']);
    assert.equal(await ask('DBSIZE'), 2);
    assert.equal(await ask('SET', 'k', '3'), 'OK');
    await close();
  });
}

test('a full disk: reads wait as the write does, are refused, and go on with space', async () => {
  const world = await slowEngine('always');
  const { machine, client, close } = world;
  const ask = asking(world);
  assert.equal(await ask('MSET', 'known', '1', 'k', '1'), 'OK');
  let isFull = true;
  breakDisk(world, ({ name }) => (isFull && name === 'write' ? 'ENOSPC' : null));
  const write = client.call('SET', 'k', '2');
  const waiting = asking(world, 2 * HOLD_TIMEOUT_MS)('GET', 'k');
  await assert.rejects(machine.until(write, 2 * HOLD_TIMEOUT_MS, 'the write'), /MISCONF/);
  assert.match(String(await waiting), /^MISCONF /);
  await assertDoubtful(ask);
  isFull = false;
  await machine.passUntil(machine.nowMs + 5000);
  assert.equal(await ask('GET', 'k'), '2');
  assert.equal(await valueOnDisk(machine.fs.afterCrash()), '2');
  await close();
});

test('everysec: a failed sync leaves nothing in doubt: the kernel has it', async () => {
  const world = await slowEngine('everysec');
  const { machine, close } = world;
  const ask = asking(world);
  assert.equal(await ask('SET', 'k', '1'), 'OK');
  breakDisk(world, ({ name }) => (isSync(name) ? 'EIO' : null));
  await machine.passUntil(machine.nowMs + 3000);
  assert.match(String(await ask('SET', 'k', '2')), /^MISCONF /);
  assert.equal(await ask('GET', 'k'), '1');
  assert.equal(await ask('DBSIZE'), 1);
  await close();
});

test('everysec: a reply that left without its write is not repeated when that fails', async () => {
  const world = await slowEngine('everysec');
  const { machine, client, close } = world;
  const ask = asking(world);
  assert.equal(await ask('MSET', 'known', '1', 'k', '1'), 'OK');
  machine.diskMs = () => 3000;
  // The first write off-thread is one that finds a sync under way.
  await machine.passUntil(2000);
  assert.equal(await machine.until(client.call('SET', 'k', '2'), 100, 'the write'), 'OK');
  assert.equal(await ask('GET', 'k'), '2', 'it is counted, and may be lost');
  assert.match(String(await ask('INFO', 'persistence')), /aof_ungated_replies:[1-9]/);
  let isBroken = true;
  breakDisk(world, ({ name }) => (isBroken && name === 'write' ? 'EIO' : null));
  await machine.passUntil(machine.nowMs + 10_000);
  await assertDoubtful(ask);
  isBroken = false;
  machine.diskMs = () => 0.05;
  await machine.passUntil(machine.nowMs + HEALED_MS);
  assert.equal(await ask('GET', 'k'), '2');
  assert.equal(await valueOnDisk(machine.fs.afterKill()), '2');
  await close();
});

test('while writes are refused what expires is hidden, and is deleted later', async () => {
  const world = await slowEngine('always');
  const { machine, engine, client, close } = world;
  const ask = asking(world);
  assert.equal(await ask('MSET', 'known', '1', 'k', '1'), 'OK');
  assert.equal(await ask('SET', 'due', '1', 'PX', '2000'), 'OK');
  let isBroken = true;
  breakDisk(world, ({ name }) => (isBroken && isSync(name) ? 'EIO' : null));
  const write = client.call('SET', 'k', '2');
  await assert.rejects(machine.until(write, 5000, 'the write'), /MISCONF/);
  await machine.passUntil(machine.nowMs + 5000);
  assert.equal(await ask('GET', 'due'), null);
  assert.equal(await ask('EXISTS', 'due', 'known'), 1);
  assert.equal(engine.keyspace.expiredKeys, 0);
  isBroken = false;
  await machine.passUntil(machine.nowMs + HEALED_MS);
  assert.equal(await ask('DBSIZE'), 2);
  assert.equal(engine.keyspace.expiredKeys, 1);
  await close();
});
