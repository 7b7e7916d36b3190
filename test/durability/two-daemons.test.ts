// Campaign T13: one directory belongs to one daemon. A second one says so and what to do, and
// changes nothing; what a killed one left never needs a human; one that lost its directory while it
// stood still acknowledges nothing more and ends.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fse from 'fs-extra';
import { TestProcess } from '../support/child-process.js';
import { PROGRAM, spawnDaemon, startDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { Campaign, casesOf } from './campaign.js';
import { OwnerCase } from './owner-case.js';

const FROZEN_OWNERS = casesOf({ short: 40, long: 1000 });
const RACES = casesOf({ short: 2, long: 50 });
/** A LOCK file as another machine writes it. */
const OTHER_LOCK = 'pid 1\nhost elsewhere\nboot other\nnonce other\nbeat 000000000001\n';

test('a second daemon on one directory refuses to start and names the remedy', async (t) => {
  const dir = await tempDir(t);
  const first = await startDaemon(t, { dir });
  const connection = await RespConnection.open(first.port);
  await connection.call('SET', 'k', 'before');
  const second = spawnDaemon(t, { dir });
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  assert.match(second.output, /in use/);
  assert.match(second.output, new RegExp(`${first.process.pid}`), 'who has it');
  assert.match(second.output, /--dir/, 'what to do');
  assert.equal((await connection.call('SET', 'k', 'after')).toString(), '+OK\r\n');
  await first.kill();
  const third = await startDaemon(t, { dir });
  const again = await RespConnection.open(third.port);
  assert.equal((await again.call('GET', 'k')).toString(), '$5\r\nafter\r\n');
});

test('of two daemons that start at once on one directory exactly one serves', async (t) => {
  const dir = await tempDir(t);
  const daemons = [spawnDaemon(t, { dir }), spawnDaemon(t, { dir })];
  const outcomes = await Promise.all(
    daemons.map((daemon) =>
      daemon.line(/Ready to accept connections/).then(
        () => 'serves',
        () => 'refused',
      ),
    ),
  );
  assert.deepEqual(outcomes.sort(), ['refused', 'serves']);
});

test('an owner that stood still acknowledges nothing its successor lacks', async (t) => {
  const campaign = new Campaign(t, 'T13', 'owners that stood still');
  let lost = 0;
  await campaign.run(FROZEN_OWNERS, async (random) => {
    const owner = new OwnerCase(random);
    await owner.run();
    campaign.count++;
    if (owner.isLost) lost++;
  });
  t.diagnostic(`${lost} of them had lost their directory`);
});

test('of daemons that start at once, round after round, one serves', async (t) => {
  const dir = await tempDir(t);
  for (let race = 0; race < RACES; race++) {
    const daemons = Array.from({ length: 3 }, () => spawnDaemon(t, { dir }));
    const serving = await Promise.all(daemons.map(serves));
    assert.equal(serving.filter(Boolean).length, 1, `race ${race}`);
    for (const daemon of daemons) await daemon.kill();
  }
});

test('a lock whose process number belongs to somebody else by now is stale', async (t) => {
  const dir = await tempDir(t);
  const first = await startDaemon(t, { dir });
  await first.kill();
  const lock = await fse.readFile(join(dir, 'LOCK'), 'utf8');
  await fse.writeFile(join(dir, 'LOCK'), lock.replace(/^pid .*$/m, `pid ${process.pid}`));
  const second = await startDaemon(t, { dir });
  assert.equal((await second.stop()).code, 0);
});

test('a stopped daemon keeps its directory, and goes on when it is continued', async (t) => {
  const dir = await tempDir(t);
  const first = await startDaemon(t, { dir, args: ['--appendfsync', 'always'] });
  const connection = await RespConnection.open(first.port);
  assert.equal((await connection.call('SET', 'k', '1')).toString(), '+OK\r\n');
  signal(first.process, 'SIGSTOP');
  const second = spawnDaemon(t, { dir });
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  assert.match(second.output, /in use/);
  const reply = connection.call('INCR', 'k');
  signal(first.process, 'SIGCONT');
  assert.equal((await reply).toString(), ':2\r\n');
  await first.kill();
});

test('a daemon whose directory was taken over ends and says why', async (t) => {
  const dir = await tempDir(t);
  const daemon = await startDaemon(t, { dir });
  const connection = await RespConnection.open(daemon.port);
  await connection.call('SET', 'k', '1');
  writeFileSync(join(dir, 'LOCK.new'), OTHER_LOCK);
  await fse.rename(join(dir, 'LOCK.new'), join(dir, 'LOCK'));
  assert.deepEqual(await daemon.process.ended, { code: 1, signal: null });
  assert.match(daemon.process.output, /lost to another process.*process 1 on elsewhere/);
  await connection.closed;
  assert.equal(await fse.readFile(join(dir, 'LOCK'), 'utf8'), OTHER_LOCK);
});

test('a lock file that somebody removed is put back', async (t) => {
  const dir = await tempDir(t);
  const daemon = await startDaemon(t, { dir });
  const path = join(dir, 'LOCK');
  const before = await fse.readFile(path, 'utf8');
  await fse.remove(path);
  const connection = await RespConnection.open(daemon.port);
  while (!(await fse.pathExists(path))) await connection.call('PING');
  const head = before.slice(0, before.indexOf('beat'));
  assert.ok((await fse.readFile(path, 'utf8')).startsWith(head));
  assert.equal((await daemon.stop()).code, 0);
  assert.equal(await fse.pathExists(path), false);
});

test('a copied directory is another directory: both serve', async (t) => {
  const dir = join(await tempDir(t), 'first');
  const copy = join(dir, '../copy');
  const first = await startDaemon(t, { dir });
  const connection = await RespConnection.open(first.port);
  await connection.call('SET', 'k', 'first');
  await fse.copy(dir, copy, { filter: (path) => !path.endsWith('.sock') });
  const second = await startDaemon(t, { dir: copy });
  const other = await RespConnection.open(second.port);
  assert.equal((await other.call('GET', 'k')).toString(), '$5\r\nfirst\r\n');
  assert.equal((await other.call('SET', 'k', 'second')).toString(), '+OK\r\n');
  assert.equal((await connection.call('GET', 'k')).toString(), '$5\r\nfirst\r\n');
  await Promise.all([first.kill(), second.kill()]);
});

const hasNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0;

test('a daemon in another network namespace is refused as well', {
  skip: hasNamespaces ? false : 'network namespaces cannot be made here',
}, async (t) => {
  const dir = await tempDir(t);
  const first = await startDaemon(t, { dir });
  const words = ['-rn', process.execPath, PROGRAM, '--dir', dir, '--unixsocket', join(dir, 's')];
  const second = new TestProcess(t, 'unshare', [...words, '--port', '0']);
  assert.deepEqual(await second.ended, { code: 1, signal: null });
  assert.match(second.output, /in use/);
  await first.kill();
});

function serves(daemon: TestProcess): Promise<boolean> {
  return daemon.line(/Ready to accept connections/).then(
    () => true,
    () => false,
  );
}

function signal({ pid }: TestProcess, name: 'SIGSTOP' | 'SIGCONT'): void {
  assert.ok(pid !== undefined);
  process.kill(pid, name);
}
