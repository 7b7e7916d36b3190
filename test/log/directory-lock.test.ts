// Two processes on one directory: the second must refuse, whatever the first died of.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fse from 'fs-extra';
import { DirectoryLock, type LockOwner } from '../../engine/log/directory-lock.js';
import { LogError } from '../../engine/log/errors.js';
import { systemClock } from '../../engine/util/clock.js';
import { nodeFileSystem } from '../../engine/util/fs.js';
import { atEnd } from '../support/at-end.js';
import { tempDir } from '../support/temp-dir.js';

const OWNER: LockOwner = {
  pid: 4711,
  host: 'here',
  bootId: 'boot-1',
  hasAbstractSockets: process.platform === 'linux',
};

let takes = 0;

function take(dir: string, owner: LockOwner = OWNER): Promise<DirectoryLock> {
  return DirectoryLock.take(nodeFileSystem, dir, owner, systemClock, `nonce ${++takes}`);
}

const isLocked = (error: unknown) => error instanceof LogError && error.code === 'LOCKED';

for (const hasAbstractSockets of [true, false]) {
  const kind = hasAbstractSockets ? 'with' : 'without';
  const skip = hasAbstractSockets && process.platform !== 'linux';
  test(`a second owner is refused until the first lets go (${kind} abstract sockets)`, {
    skip,
  }, async (t) => {
    const dir = await tempDir(t);
    const owner = { ...OWNER, hasAbstractSockets };
    const first = await take(dir, owner);
    await assert.rejects(take(dir, owner), (error) => {
      assert.ok(isLocked(error));
      assert.match(String(error), /process 4711 on here/);
      return true;
    });
    await first.release();
    await (await take(dir, owner)).release();
    assert.deepEqual(await fse.readdir(dir), []);
  });
}

test('the socket file alone stops an owner in another network namespace', async (t) => {
  const dir = await tempDir(t);
  const first = await take(dir, { ...OWNER, hasAbstractSockets: false });
  await assert.rejects(take(dir), isLocked);
  await first.release();
});

test('the lock of a killed process is taken over at once', async (t) => {
  const dir = await tempDir(t);
  const script = `require('net').createServer().listen(${JSON.stringify(join(dir, 'LOCK.sock'))},
    () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await fse.writeFile(join(dir, 'LOCK'), 'pid 1\nhost here\nboot boot-1\nbeat 000000000007\n');
  await assert.rejects(take(dir), isLocked);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const started = performance.now();
  await (await take(dir)).release();
  assert.ok(performance.now() - started < 5000, 'no waiting for a heart beat');
});

test('after a restart of the machine the old lock does not count', async (t) => {
  const dir = await tempDir(t);
  await fse.writeFile(join(dir, 'LOCK'), 'pid 1\nhost here\nboot boot-0\nbeat 000000000007\n');
  await (await take(dir)).release();
});

test('a lock that beats on another machine is respected', async (t) => {
  const dir = await tempDir(t);
  const path = join(dir, 'LOCK');
  const write = (beat: number) =>
    fse.writeFileSync(path, `pid 1\nhost there\nboot boot-9\nbeat ${beat}\n`);
  write(1);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(dir, 'LOCK.sock'), resolve));
  await new Promise((resolve) => server.close(resolve));
  let beat = 1;
  const timer = setInterval(() => write(++beat), 100);
  atEnd(t, () => clearInterval(timer));
  await assert.rejects(take(dir, { ...OWNER, hasAbstractSockets: false }), isLocked);
});
