// Reddis and a real redis-server, told the same. Replies are compared after each command, the data
// after each stream, and again after it was loaded anew in one of several ways.
//
//   REDDIS_DIFF_COMMANDS  how many commands in all (default 20,000)
//   REDDIS_DIFF_SEED      the first stream's seed; the next stream's is one more. When it is odd,
//                         collections are packed up to small sizes only

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSeed } from '../../engine/util/random.js';
import { startDaemon, type TestDaemon } from '../support/daemon.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { skipWithout } from '../support/redis-tools.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { sortedItems } from './comparison.js';
import type { Difference } from './differences.js';
import { isPackedTooLarge, limitArgs, SMALL_LIMITS, USUAL_LIMITS } from './encoding-limits.js';
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

const ARGS = ['--enable-debug-command', 'yes', '--appendfsync', 'no'];
const LIMITS = FIRST_SEED % 2 === 0 ? USUAL_LIMITS : SMALL_LIMITS;
const OURS_ARGS = [...ARGS, ...limitArgs(LIMITS, true)];
const THEIRS_ARGS = [...ARGS, ...limitArgs(LIMITS, false)];
/** A campaign of so many commands must have sent every command that both servers have. */
const COMPLETE_FROM = 100_000;

/** Asks for something that must answer OK. */
async function mustDo(port: number, ...words: string[]): Promise<void> {
  const connection = await RespConnection.open(port);
  assert.equal((await connection.call(...words)).toString(), '+OK\r\n', words.join(' '));
  await connection.close();
}

/** Loads the data again. @returns the daemon that serves afterwards */
type Reload = (daemon: TestDaemon, start: () => Promise<TestDaemon>) => Promise<TestDaemon>;

/** Every way to come back with the same data. SAVE answers when the log is rewritten. */
const RELOADS: readonly (readonly [how: string, reload: Reload])[] = [
  [
    'a kill',
    async (daemon, start) => {
      await daemon.kill();
      return start();
    },
  ],
  [
    'a rewrite and a kill',
    async (daemon, start) => {
      await mustDo(daemon.port, 'SAVE');
      await daemon.kill();
      return start();
    },
  ],
  [
    'an orderly stop',
    async (daemon, start) => {
      const end = await daemon.stop();
      assert.equal(end.code, 0, daemon.process.output);
      return start();
    },
  ],
  [
    'DEBUG RELOAD',
    async (daemon) => {
      await mustDo(daemon.port, 'DEBUG', 'RELOAD');
      return daemon;
    },
  ],
  [
    'DEBUG LOADAOF',
    async (daemon) => {
      await mustDo(daemon.port, 'DEBUG', 'LOADAOF');
      return daemon;
    },
  ],
];

/** @returns what differs between the data of the two, and between ours and what it loads again */
async function compareData(
  daemon: TestDaemon,
  redis: RedisServer,
  start: () => Promise<TestDaemon>,
  seed: number,
): Promise<{ daemon: TestDaemon; lines: string[] }> {
  const before = await takeImage(daemon.port);
  const theirs = await takeImage(redis.port);
  const lines = compareImages(before, theirs, BETWEEN_SERVERS).map(
    (line) => `Reddis and Redis: ${line}`,
  );
  for (const [key, image] of before) {
    if (isPackedTooLarge(image, LIMITS))
      lines.push(`${JSON.stringify(key)} is too large to be packed`);
  }
  const [how, reload] = RELOADS[seed % RELOADS.length];
  const reloaded = await reload(daemon, start);
  const after = await takeImage(reloaded.port);
  lines.push(...compareImages(before, after, AFTER_RESTART).map((line) => `${how}: ${line}`));
  return { daemon: reloaded, lines };
}

/** @returns the names of the commands that both servers have */
async function commonCommands(...ports: number[]): Promise<string[]> {
  const [ours, theirs] = await Promise.all(
    ports.map(async (port) => {
      const connection = await RespConnection.open(port);
      const names = sortedItems(await connection.ask('COMMAND', 'LIST'));
      await connection.close();
      return (names ?? []).map((name) => name.toLowerCase()).filter((name) => !name.includes('|'));
    }),
  );
  return ours.filter((name) => theirs.includes(name));
}

test('Reddis answers random commands as Redis does, and keeps the same data', {
  skip: skipWithout('redis-server'),
}, async (t) => {
  const dir = await tempDir(t);
  const redis = await startRedisServer(t, await tempDir(t), THEIRS_ARGS);
  const start = () => startDaemon(t, { dir, args: OURS_ARGS });
  let daemon = await start();
  const explained = new Map<Difference, number>();
  const sent = new Set<string>();
  const failures: string[] = [];
  let commands = 0;
  for (let seed = FIRST_SEED; commands < COMMANDS && failures.length < FAILURES_MAX; seed++) {
    const count = Math.min(STREAM_COMMANDS, COMMANDS - commands);
    const ports = { ours: daemon.port, theirs: redis.port };
    const result = await runStream(ports, seed, count);
    commands += result.commands;
    for (const name of result.sent) sent.add(name);
    for (const [difference, times] of result.explained) {
      explained.set(difference, (explained.get(difference) ?? 0) + times);
    }
    if (result.failure !== null) failures.push(`seed ${seed}: ${result.failure}`);
    const data = await compareData(daemon, redis, start, seed);
    daemon = data.daemon;
    if (result.failure === null && data.lines.length > 0) {
      failures.push(`seed ${seed}, after its stream:\n  ${data.lines.slice(0, 10).join('\n  ')}`);
    }
  }
  t.diagnostic(`${commands} commands from seed ${FIRST_SEED} on`);
  for (const [{ reason }, times] of explained) t.diagnostic(`${times} times: ${reason}`);
  const never = (await commonCommands(daemon.port, redis.port)).filter((name) => !sent.has(name));
  t.diagnostic(`never sent: ${never.join(' ') || 'none'}`);
  if (commands >= COMPLETE_FROM && never.length > 0) {
    failures.push(`never sent, but both have them: ${never.join(' ')}`);
  }
  if (failures.length > 0) {
    assert.fail(`REDDIS_DIFF_SEED=${FIRST_SEED}:\n${failures.join('\n\n')}`);
  }
});
