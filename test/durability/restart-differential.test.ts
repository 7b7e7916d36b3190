// T20: the same random commands to Reddis and to a real redis-server with its append-only file,
// both stopped and started in the middle, several times. What must hold: after each start both
// have the same keys with the same values and deadlines, and Reddis has what it had before.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { isPackedTooLarge, limitArgs, SMALL_LIMITS } from '../differential/encoding-limits.js';
import {
  compareImages,
  type ImageTolerance,
  type KeyspaceImage,
  takeImage,
} from '../differential/keyspace-image.js';
import { runStream } from '../differential/stream.js';
import { startDaemon, type TestDaemon } from '../support/daemon.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { skipWithout } from '../support/redis-tools.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { Campaign, casesOf } from './campaign.js';

const PART_COMMANDS = 150;
const RESTARTS = 3;
const ARGS = ['--enable-debug-command', 'yes'];
const OURS_ARGS = [...ARGS, ...limitArgs(SMALL_LIMITS, true)];
const THEIRS_ARGS = [...ARGS, '--appendonly', 'yes', ...limitArgs(SMALL_LIMITS, false)];
/** The two got each relative time at other moments. */
const BETWEEN_SERVERS: ImageTolerance = { deadlineMs: 3000, mayReencode: false };
const AFTER_RESTART: ImageTolerance = { deadlineMs: 0, mayReencode: true };

/** The two servers, each with a directory of its own. */
class Pair {
  ours: TestDaemon;
  theirs: RedisServer;
  private readonly startOurs: () => Promise<TestDaemon>;
  private readonly startTheirs: () => Promise<RedisServer>;

  private constructor(
    ours: TestDaemon,
    theirs: RedisServer,
    startOurs: () => Promise<TestDaemon>,
    startTheirs: () => Promise<RedisServer>,
  ) {
    this.ours = ours;
    this.theirs = theirs;
    this.startOurs = startOurs;
    this.startTheirs = startTheirs;
  }

  static async start(t: TestContext): Promise<Pair> {
    const [dir, theirDir] = await Promise.all([tempDir(t), tempDir(t)]);
    const startOurs = () => startDaemon(t, { dir, args: OURS_ARGS });
    const startTheirs = () => startRedisServer(t, theirDir, THEIRS_ARGS);
    const [ours, theirs] = await Promise.all([startOurs(), startTheirs()]);
    return new Pair(ours, theirs, startOurs, startTheirs);
  }

  get ports() {
    return { ours: this.ours.port, theirs: this.theirs.port };
  }

  /** Ours ends in one of several ways; Redis in order: else it may lose what it answered. */
  async restart(random: SeededRandom): Promise<string> {
    const rewrites = randomBelow(random, 3) === 0;
    const isKilled = randomBelow(random, 2) === 0;
    if (rewrites) await mustDo(this.ours.port, 'SAVE');
    const end = isKilled ? await this.ours.kill() : await this.ours.stop();
    if (!isKilled) assert.equal(end.code, 0, this.ours.process.output);
    await this.theirs.process.kill('SIGTERM');
    [this.ours, this.theirs] = await Promise.all([this.startOurs(), this.startTheirs()]);
    return `${rewrites ? 'a rewrite and ' : ''}${isKilled ? 'a kill' : 'an orderly stop'}`;
  }
}

/** Asks for something that must answer OK. */
async function mustDo(port: number, ...words: string[]): Promise<void> {
  const connection = await RespConnection.open(port);
  assert.equal((await connection.call(...words)).toString(), '+OK\r\n', words.join(' '));
  await connection.close();
}

function assertSame(lines: readonly string[], what: string): void {
  if (lines.length > 0) assert.fail(`${what}:\n  ${lines.slice(0, 10).join('\n  ')}`);
}

/** Which encoding a value has after a load depends on whether it was rewritten before. */
function withoutEncodings(image: KeyspaceImage): KeyspaceImage {
  return new Map([...image].map(([key, value]) => [key, { ...value, encoding: '' }]));
}

function assertPacked(image: KeyspaceImage, what: string): void {
  for (const [key, value] of image) {
    assert.ok(!isPackedTooLarge(value, SMALL_LIMITS), `${what}: ${JSON.stringify(key)}`);
  }
}

/** One stream in several parts, with a restart after each. */
async function runParts(pair: Pair, random: SeededRandom, seed: number): Promise<void> {
  for (let part = 0; part < RESTARTS; part++) {
    const partSeed = seed * RESTARTS + part;
    const result = await runStream(pair.ports, partSeed, PART_COMMANDS, part > 0);
    assert.equal(result.failure, null, `part ${part}: ${result.failure}`);
    const before = await takeImage(pair.ours.port);
    const how = `part ${part}, after ${await pair.restart(random)}`;
    const [ours, theirs] = await Promise.all([
      takeImage(pair.ours.port),
      takeImage(pair.theirs.port),
    ]);
    assertSame(compareImages(before, ours, AFTER_RESTART), `${how}, Reddis before and now`);
    const lines = compareImages(withoutEncodings(ours), withoutEncodings(theirs), BETWEEN_SERVERS);
    assertSame(lines, `${how}, Reddis and Redis`);
    assertPacked(ours, how);
  }
}

test('Reddis and Redis have the same data after each of several restarts', {
  skip: skipWithout('redis-server'),
}, async (t) => {
  const campaign = new Campaign(t, 'T20', `streams with ${RESTARTS} restarts each`);
  const pair = await Pair.start(t);
  await campaign.run(casesOf({ short: 10, long: 2000 }), async (random, seed) => {
    await runParts(pair, random, seed);
    campaign.count++;
  });
});
