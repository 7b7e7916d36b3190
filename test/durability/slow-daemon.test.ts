// Campaign T12 on a real daemon: each of its fdatasync calls takes 100 ms more, which strace sees
// to. Writes take as long; reads of what is durable do not wait for them, and the event loop goes
// on.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { TestProcess } from '../support/child-process.js';
import { PROGRAM } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';

const DELAY_MS = 100;
const WRITES = 15;
/** As a user may expect it on a machine that has other work, too: far from the delay. */
const READ_P99_MAX_MS = DELAY_MS / 2;
/** `-D`: the process that is started is the daemon, and strace ends with it. */
const STRACE = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync'];
const INJECT = ['-e', `inject=fdatasync:delay_enter=${DELAY_MS * 1000}`];

const canTrace = spawnSync('strace', [...STRACE, ...INJECT, 'true']).status === 0;

test('a daemon on a slow disk answers reads while its writes wait', {
  skip: canTrace ? false : 'strace cannot delay calls here',
}, async (t) => {
  const dir = await tempDir(t);
  const words = [process.execPath, PROGRAM, '--port', '0', '--dir', dir, '--appendfsync', 'always'];
  const daemon = new TestProcess(t, 'strace', [...STRACE, ...INJECT, ...words]);
  const port = Number((await daemon.line(/^port (\d+)$/))[1]);
  await daemon.line(/Ready to accept connections/);
  const writer = await RespConnection.open(port);
  const reader = await RespConnection.open(port);
  await writer.call('SET', 'still', '1');
  let isWriting = true;
  let early = 0;
  const writing = (async () => {
    for (let i = 0; i < WRITES; i++) {
      const startMs = performance.now();
      assert.equal((await writer.call('SET', 'k', String(i))).toString(), '+OK\r\n');
      if (performance.now() - startMs < DELAY_MS) early++;
    }
    isWriting = false;
  })();
  const readMs: number[] = [];
  for (let i = 0; isWriting; i++) {
    const startMs = performance.now();
    await reader.call(...(i % 2 === 0 ? ['GET', 'still'] : ['PING']));
    readMs.push(performance.now() - startMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await writing;
  readMs.sort((a, b) => a - b);
  const percentile = (share: number) => readMs[Math.floor((readMs.length - 1) * share)];
  const shown = [0.5, 0.99, 0.999].map((share) => percentile(share).toFixed(1)).join(' / ');
  t.diagnostic(`${readMs.length} reads: p50 / p99 / p99.9 ${shown} ms; ${WRITES} writes`);
  assert.equal(early, 0, 'no write is acknowledged before its sync');
  assert.ok(percentile(0.99) < READ_P99_MAX_MS, `${percentile(0.99)} ms`);
});
