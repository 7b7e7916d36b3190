// Reddis and a real redis-server, told the same. Replies are compared after each command, the data
// after each stream, and again after a kill -9 and after a rewrite of the log.
//
//   REDDIS_DIFF_COMMANDS  how many commands in all (default 20,000)
//   REDDIS_DIFF_SEED      the first stream's seed; the next stream's is one more

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSeed } from '../../engine/util/random.js';
import { startDaemon, type TestDaemon } from '../support/daemon.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { skipWithout } from '../support/redis-tools.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import type { Difference } from './differences.js';
import { compareImages, type ImageTolerance, takeImage } from './keyspace-image.js';
import { runStream } from './stream.js';

const COMMANDS = Number(process.env.REDDIS_DIFF_COMMANDS ?? 20_000);
const FIRST_SEED = Number(process.env.REDDIS_DIFF_SEED ?? randomSeed());
const STREAM_COMMANDS = 2500;
/** The two got each relative time at other moments. */
const BETWEEN_SERVERS: ImageTolerance = { deadlineMs: 3000, mayReencode: false };
const AFTER_RESTART: ImageTolerance = { deadlineMs: 0, mayReencode: true };
/** Differences reported; a run that is broken everywhere need not print everything. */
const FAILURES_MAX = 20;

const OURS_ARGS = ['--enable-debug-command', 'yes', '--appendfsync', 'no'];
/** 7.2's default where 7.0 has another one. */
const THEIRS_ARGS = [...OURS_ARGS, '--hash-max-listpack-entries', '512'];

async function rewriteLog(port: number): Promise<void> {
  const connection = await RespConnection.open(port);
  // SAVE answers when the rewrite is done.
  const reply = await connection.call('SAVE');
  assert.equal(reply.toString(), '+OK\r\n');
  await connection.close();
}

/** @returns what differs between the data of the two, and between ours and what it restarts with */
async function compareData(
  daemon: TestDaemon,
  redis: RedisServer,
  restart: () => Promise<TestDaemon>,
  rewrites: boolean,
): Promise<{ daemon: TestDaemon; lines: string[] }> {
  const before = await takeImage(daemon.port);
  const theirs = await takeImage(redis.port);
  const lines = compareImages(before, theirs, BETWEEN_SERVERS).map(
    (line) => `Reddis and Redis: ${line}`,
  );
  if (rewrites) await rewriteLog(daemon.port);
  await daemon.kill();
  const restarted = await restart();
  const after = await takeImage(restarted.port);
  const how = rewrites ? 'a rewrite and a kill' : 'a kill';
  lines.push(
    ...compareImages(before, after, AFTER_RESTART).map(
      (line) => `before and after ${how}: ${line}`,
    ),
  );
  return { daemon: restarted, lines };
}

test('Reddis answers random commands as Redis does, and keeps the same data', {
  skip: skipWithout('redis-server'),
}, async (t) => {
  const dir = await tempDir(t);
  const redis = await startRedisServer(t, await tempDir(t), THEIRS_ARGS);
  const restart = () => startDaemon(t, { dir, args: OURS_ARGS });
  let daemon = await restart();
  const explained = new Map<Difference, number>();
  const failures: string[] = [];
  let commands = 0;
  for (let seed = FIRST_SEED; commands < COMMANDS && failures.length < FAILURES_MAX; seed++) {
    const count = Math.min(STREAM_COMMANDS, COMMANDS - commands);
    const ports = { ours: daemon.port, theirs: redis.port };
    const result = await runStream(ports, seed, count);
    commands += result.commands;
    for (const [difference, times] of result.explained) {
      explained.set(difference, (explained.get(difference) ?? 0) + times);
    }
    if (result.failure !== null) failures.push(`seed ${seed}: ${result.failure}`);
    const data = await compareData(daemon, redis, restart, seed % 2 === 0);
    daemon = data.daemon;
    if (result.failure === null && data.lines.length > 0) {
      failures.push(`seed ${seed}, after its stream:\n  ${data.lines.slice(0, 10).join('\n  ')}`);
    }
  }
  t.diagnostic(`${commands} commands from seed ${FIRST_SEED} on`);
  for (const [{ reason }, times] of explained) t.diagnostic(`${times} times: ${reason}`);
  if (failures.length > 0) {
    assert.fail(`REDDIS_DIFF_SEED=${FIRST_SEED}:\n${failures.join('\n\n')}`);
  }
});
