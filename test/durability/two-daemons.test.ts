// One directory belongs to one daemon. A second one says so and what to do, and changes nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawnDaemon, startDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';

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
