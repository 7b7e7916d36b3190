// Kill -9 under load, again and again on one directory, with every client's writes accounted for
// after each start.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { checkLog } from '../../engine/index.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import type { RespValue } from '../../protocol/resp/reply-parser.js';
import { show } from '../protocol/test-client.js';
import { startDaemon, type TestDaemon } from '../support/daemon.js';
import { parseReply, RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { collectionText, fieldItem, itemsOf } from './collection-model.js';
import { type KeyState, WriteOracle } from './write-oracle.js';
import { startWriting } from './writing-client.js';

export interface KillOptions {
  readonly loops: number;
  readonly seed: number;
  readonly appendfsync: 'always' | 'everysec' | 'no';
  /** Rewrites the log all the time, so that kills meet every step of a rewrite. */
  readonly rewrites: boolean;
}

const CLIENTS = 50;
const KILL_AFTER_MIN_MS = 30;
const KILL_AFTER_SPAN_MS = 400;
/** Keys that nobody touches; they make a rewrite take its time. */
const BALLAST_KEYS = 4000;
const BALLAST_BYTES = 500;

const LARGE_ELEMENTS = Array.from({ length: 3000 }, (_, i) => `element:${i}`);
/** Values whose elements a rewrite writes in many pieces. */
const LARGE_BALLAST: readonly string[][] = [
  ['RPUSH', 'large:list', ...LARGE_ELEMENTS],
  ['SADD', 'large:set', ...LARGE_ELEMENTS],
  ['HSET', 'large:hash', ...LARGE_ELEMENTS.flatMap((field) => [field, 'value'])],
  ['ZADD', 'large:zset', ...LARGE_ELEMENTS.flatMap((member, i) => [String(i), member])],
];

function isWhole(state: KeyState | undefined): boolean {
  return state !== undefined && new Set(itemsOf(state.value)).size === LARGE_ELEMENTS.length;
}

/** What reads a value of a type, with the deadlines of a hash's fields. */
const READERS: Readonly<Record<string, (key: string) => string[]>> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  hash: (key) => ['HGETALL', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
};

/** @returns every key of the server, with value and deadline */
async function readAll(port: number): Promise<Map<string, KeyState>> {
  const connection = await RespConnection.open(port);
  const found = new Map<string, KeyState>();
  const keys = textsOf(await connection.ask('KEYS', '*'));
  const types = await connection.exchange(keys.map((key) => ['TYPE', key]));
  const names = types.map((raw) => show(parseReply(raw)));
  const replies = await connection.exchange(
    keys.flatMap((key, i) => [READERS[names[i]](key), ['PEXPIRETIME', key]]),
  );
  for (const [i, key] of keys.entries()) {
    const reply = parseReply(replies[2 * i]);
    const deadline = parseReply(replies[2 * i + 1]);
    assert.ok(deadline.type === 'integer', `${key} is there`);
    const value =
      reply.type === 'bulk'
        ? reply.bytes.toString('latin1')
        : await collectionOf(connection, key, names[i], textsOf(reply));
    found.set(key, { value, deadlineMs: Math.max(0, Number(deadline.value)) });
  }
  await connection.close();
  return found;
}

function textsOf(reply: RespValue): string[] {
  assert.ok('items' in reply);
  return reply.items.map(show);
}

/** @returns the text of a collection, from what its reader replied */
async function collectionOf(
  connection: RespConnection,
  key: string,
  type: string,
  texts: readonly string[],
): Promise<string> {
  if (type === 'list' || type === 'set') return collectionText(type, texts);
  const pairs = texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1]]] : []));
  if (type === 'zset') {
    return collectionText(
      'zset',
      pairs.map(([member, score]) => `${score} ${member}`),
    );
  }
  const fields = pairs.map(([field]) => field);
  const asked = ['HPEXPIRETIME', key, 'FIELDS', String(fields.length), ...fields];
  // Shown with the colon of integers.
  const deadlines = textsOf(await connection.ask(...asked));
  return collectionText(
    'hash',
    pairs.map(([field, value], i) =>
      fieldItem(field, value, Math.max(0, Number(deadlines[i].slice(1)))),
    ),
  );
}

/** Asks for rewrites, one after the other, until the server is gone. */
async function rewriteAllTheTime(port: number): Promise<void> {
  const connection = await RespConnection.open(port);
  try {
    for (;;) await connection.call('SAVE');
  } catch {
    // The server was killed.
  }
}

/** Clients with their oracles, for as long as one directory lives. */
export class Load {
  readonly oracles: readonly WriteOracle[];
  acknowledged = 0;
  private readonly random: SeededRandom;
  private readonly options: KillOptions;

  constructor(options: KillOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.oracles = Array.from({ length: CLIENTS }, (_, i) => {
      return new WriteOracle(`client${i}`, new SeededRandom(options.seed + i + 1));
    });
  }

  /**
   * Lets everybody write and kills the server at a random moment.
   * @param minMs after so much time at least, and at most `spanMs` later
   */
  async loadAndKill(
    daemon: TestDaemon,
    minMs = KILL_AFTER_MIN_MS,
    spanMs = KILL_AFTER_SPAN_MS,
  ): Promise<void> {
    const { port } = daemon;
    const clients = this.oracles.map((oracle) => startWriting(port, oracle));
    const others = this.options.rewrites ? [rewriteAllTheTime(port)] : [];
    await after(minMs + randomBelow(this.random, spanMs));
    // On a busy machine nothing may have happened yet.
    const done = (): number => clients.reduce((sum, client) => sum + client.acknowledged(), 0);
    while (done() < CLIENTS && clients.every(({ isOpen }) => isOpen())) await after(1);
    await daemon.kill();
    await Promise.all([...clients.map(({ ended }) => ended), ...others]);
    for (const client of clients) this.acknowledged += client.acknowledged();
  }

  /** @returns what cannot be explained, a text for each client */
  async check(daemon: TestDaemon): Promise<string[]> {
    const passed = Math.max(...this.oracles.map(({ lastNearDeadlineMs }) => lastNearDeadlineMs));
    while (Date.now() <= passed) await after(1);
    const found = await readAll(daemon.port);
    const now = Date.now();
    const failures: string[] = [];
    for (const oracle of this.oracles) {
      const own = new Map<string, KeyState>();
      for (const key of oracle.keys) {
        const state = found.get(key);
        if (state !== undefined) own.set(key, state);
        found.delete(key);
      }
      const failure = oracle.settle(own, now);
      if (failure !== null) failures.push(failure);
    }
    const ballast = [...found.keys()].filter((key) => key.startsWith('ballast:'));
    if (ballast.length !== this.ballastKeys) failures.push(`${ballast.length} keys of ballast`);
    const large = LARGE_BALLAST.map(([, key]) => found.get(key));
    if (this.ballastKeys > 0 && large.some((state) => !isWhole(state))) {
      failures.push('a large value that nobody touches is not whole');
    }
    const strangers = found.size - ballast.length - large.filter(Boolean).length;
    if (strangers > 0) failures.push(`${strangers} keys that nobody wrote`);
    return failures;
  }

  private get ballastKeys(): number {
    return this.options.rewrites ? BALLAST_KEYS : 0;
  }

  async addBallast(port: number): Promise<void> {
    const connection = await RespConnection.open(port);
    const keys = Array.from({ length: this.ballastKeys }, (_, i) => `ballast:${i}`);
    await connection.exchange(keys.map((key) => ['SET', key, key.repeat(BALLAST_BYTES / 12)]));
    if (this.ballastKeys > 0) await connection.exchange(LARGE_BALLAST);
    await connection.close();
  }
}

/**
 * Runs kills and restarts on one directory.
 * @returns how many kills there were
 * @throws AssertionError naming loop, seed and client when an acknowledged write is lost or what
 *   is there cannot be explained
 */
export async function runKills(t: TestContext, options: KillOptions): Promise<number> {
  const dir = await tempDir(t);
  const args = ['--appendfsync', options.appendfsync];
  const load = new Load(options);
  let daemon = await startDaemon(t, { dir, args });
  await load.addBallast(daemon.port);
  for (let loop = 1; loop <= options.loops; loop++) {
    await load.loadAndKill(daemon);
    daemon = await startDaemon(t, { dir, args });
    const failures = await load.check(daemon);
    const where = `loop ${loop} of seed ${options.seed}, appendfsync ${options.appendfsync}`;
    assert.deepEqual(failures, [], `${where}:\n${failures.join('\n')}\n${daemon.process.output}`);
  }
  const end = await daemon.stop();
  assert.equal(end.code, 0, daemon.process.output);
  await assertClean(dir);
  assert.ok(load.acknowledged >= options.loops * CLIENTS, 'the clients got something done');
  t.diagnostic(`${options.loops} kills, ${load.acknowledged} acknowledged writes, none lost`);
  return options.loops;
}

/** The tool says what the server said, and nothing is left over from switches (I3, I6). */
export async function assertClean(dir: string): Promise<void> {
  const { verdict, message } = await checkLog(dir);
  assert.equal(verdict, 'sound', message);
  const manifest = readFileSync(join(dir, 'MANIFEST'), 'latin1');
  const names = readdirSync(dir).filter((name) => /\.(rlog|rsnap|tmp)$/.test(name));
  const strangers = names.filter((name) => !manifest.includes(` ${name} `));
  assert.deepEqual(strangers, [], 'every file is named by the manifest');
}
