// T9 with the real program on a real small file system: it fills up, the daemon lives, reads are
// served, what frees memory is accepted, and when there is space again writes go on by themselves.
// Only root may mount a tmpfs; elsewhere this says that it was skipped.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { Campaign, casesOf } from './campaign.js';

const run = promisify(execFile);
const SIZE = '16m';
const VALUE = 'v'.repeat(100_000);
const KEYS_MAX = 400;
const PATIENCE_MS = 20_000;
/** Most of the disk. */
const ROOM_BYTES = 12 * 2 ** 20;
const POLL_MS = 50;

/** @returns null, or why the directory could not be made a file system of its own */
async function mount(dir: string): Promise<string | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', dir]);
    return null;
  } catch (error) {
    return `no tmpfs can be mounted here: ${String(error).split('\n')[0]}`;
  }
}

/** @returns the reply as text: a status or an error as it is, a value without its length */
async function ask(client: RespConnection, ...words: string[]): Promise<string> {
  const text = (await client.call(...words)).toString('latin1').trimEnd();
  return text.startsWith('$') ? text.slice(text.indexOf('\n') + 1) : text.slice(1);
}

/** Asks again until the answer is as it should be. */
async function until(ask: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await ask())) {
    assert.ok(performance.now() < endMs, what);
    await after(POLL_MS);
  }
}

async function info(client: RespConnection, field: string): Promise<string> {
  const text = await ask(client, 'INFO', 'persistence');
  return new RegExp(`^${field}:(.*)\\r?$`, 'm').exec(text)?.[1].trim() ?? '';
}

function untilReserve(client: RespConnection): Promise<void> {
  return until(async () => (await info(client, 'aof_reserve_ok')) === '1', 'there is a reserve');
}

/** Sets keys until the disk is full. @returns how many were acknowledged */
async function fill(client: RespConnection, from: number): Promise<number> {
  for (let key = from; key < KEYS_MAX; key++) {
    const answer = await ask(client, 'SET', `key${key}`, VALUE);
    if (answer === 'OK') continue;
    assert.match(String(answer), /MISCONF .*No space left on device/);
    return key;
  }
  throw new Error('the disk is never full');
}

test('a daemon on a disk that fills up lives, serves, and goes on with space', async (t) => {
  const dir = await tempDir(t);
  const reason = await mount(dir);
  if (reason !== null) {
    t.skip(reason);
    return;
  }
  const campaign = new Campaign(t, 'T9', 'times that a real disk was full');
  try {
    await campaign.run(casesOf({ short: 1, long: 50 }), async () => {
      await fillTwice(t, dir);
      campaign.count += 2;
    });
  } finally {
    await run('umount', ['-l', dir]);
  }
});

async function fillTwice(t: TestContext, dir: string): Promise<void> {
  const options = { dir: join(dir, 'data'), args: ['--appendfsync', 'always'] };
  let daemon = await startDaemon(t, options);
  try {
    let client = await RespConnection.open(daemon.port);
    const hasReserve = async () =>
      /aof_reserve_ok:1/.test(await ask(client, 'INFO', 'persistence'));
    await until(hasReserve, 'there is a reserve');
    const kept = await fill(client, 0);
    assert.ok(kept > 50, `${kept} keys fit`);
    assert.equal(await ask(client, 'GET', 'key0'), VALUE, 'reads are served');
    assert.match(await ask(client, 'SET', 'more', 'v'), /MISCONF/);

    // What was acknowledged survives a kill on the full disk; the start there serves it.
    void client.close();
    await daemon.kill();
    daemon = await startDaemon(t, options);
    client = await RespConnection.open(daemon.port);
    for (let key = 0; key < kept; key += 7) {
      assert.equal(await ask(client, 'GET', `key${key}`), VALUE, `key${key} is there`);
    }

    // Deletions make room; nobody needs to do anything else.
    const isAccepted = async () => (await ask(client, 'FLUSHALL')) === 'OK';
    await until(isAccepted, 'deletions are accepted');
    await until(async () => (await ask(client, 'SET', 'more', 'v')) === 'OK', 'writes go on');

    // Somebody else fills the disk, and frees it again.
    await until(
      async () => Number(await info(client, 'aof_disk_free')) > ROOM_BYTES,
      'there is room',
    );
    await untilReserve(client);
    const ballast = join(dir, 'ballast');
    await appendFile(ballast, Buffer.alloc(2 ** 25)).catch(() => undefined);
    await until(async () => (await ask(client, 'SET', 'more', 'w')) !== 'OK', 'the disk is full');
    assert.match(await ask(client, 'GET', 'more'), /^[vw]$/);
    await rm(ballast);
    await until(async () => (await ask(client, 'SET', 'more', 'w')) === 'OK', 'it has space again');
    void client.close();
    assert.equal((await daemon.stop()).code, 0);
  } finally {
    await daemon.kill();
    await rm(options.dir, { recursive: true, force: true });
  }
}
