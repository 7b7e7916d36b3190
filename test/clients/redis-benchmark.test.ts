// redis-benchmark, small: its load is real, its figures are of no interest here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDaemon } from '../support/daemon.js';
import { runTool, skipWithout } from '../support/redis-tools.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';

const skip = skipWithout('redis-benchmark');
const REQUESTS = 5000;

for (const pipeline of [1, 16]) {
  for (const protocol of [[], ['-3']]) {
    const name = ['redis-benchmark', '-P', pipeline, ...protocol].join(' ');
    test(`${name} ends its tests without an error`, { skip }, async (t) => {
      const { port } = await startDaemon(t, { dir: await tempDir(t) });
      const args = ['-p', port, '-q', '-n', REQUESTS, '-c', 20, '-r', 100, '-P', pipeline];
      const tests = ['-t', 'ping,set,get,incr,mset', ...protocol];
      const end = await runTool('redis-benchmark', [...args.map(String), ...tests]);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(end.stderr.replace(/^WARNING:.*\n/gm, ''), '');
      for (const command of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET']) {
        assert.match(end.stdout, new RegExp(`${command}.*: [\\d.]+ requests per second`));
      }
      assert.doesNotMatch(end.stdout, /error/i);
      const connection = await RespConnection.open(port);
      const count = await connection.ask('DBSIZE');
      assert.ok(count.type === 'integer' && count.value > 100n);
      await connection.close();
    });
  }
}

test('redis-benchmark counts with a command of its own', { skip }, async (t) => {
  const { port } = await startDaemon(t, { dir: await tempDir(t) });
  const args = ['-p', String(port), '-q', '-n', '3000', '-c', '10', '-P', '4', 'INCR', 'hits'];
  const end = await runTool('redis-benchmark', args);
  assert.equal(end.code, 0, end.stderr);
  const connection = await RespConnection.open(port);
  assert.equal((await connection.call('GET', 'hits')).toString(), '$4\r\n3000\r\n');
  await connection.close();
});
