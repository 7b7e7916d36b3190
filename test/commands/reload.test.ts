// String and key commands with a real log behind them: a restart brings back what was there.

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { tempDir } from '../support/temp-dir.js';
import { openTestEngine, type TestEngine, type TestReply } from '../support/test-engine.js';

const SEEDS = [1, 2, 3];
const ROUNDS = 8;
const COMMANDS_PER_ROUND = 150;
const KEYS = 20;
const DATABASES = 3;

/** @returns one random write; now and then an unlucky one that is refused */
function randomWrite(random: SeededRandom, nowMs: number): string[] {
  const below = (limit: number) => randomBelow(random, limit);
  const key = () => `key:${below(KEYS)}`;
  const number = () => String(below(2000) - 1000);
  const value = () => (below(2) === 0 ? number() : 'v'.repeat(below(100)));
  const writes: (() => string[])[] = [
    () => ['SET', key(), value()],
    () => ['SET', key(), value(), 'PX', String(1 + below(5000))],
    () => ['SET', key(), value(), 'KEEPTTL', below(2) === 0 ? 'NX' : 'XX'],
    () => ['MSET', key(), value(), key(), value()],
    () => ['MSETNX', key(), value(), key(), value()],
    () => ['APPEND', key(), value()],
    () => ['SETRANGE', key(), String(below(60)), value()],
    () => ['INCRBY', key(), number()],
    () => ['INCRBYFLOAT', key(), `${number()}.25`],
    () => ['GETEX', key(), 'EX', String(1 + below(9))],
    () => ['GETDEL', key()],
    () => ['DEL', key()],
    () => ['EXPIRE', key(), String(below(10) - 1)],
    () => ['PEXPIREAT', key(), String(nowMs + below(4000))],
    () => ['PERSIST', key()],
    () => ['RENAME', key(), key()],
    () => ['COPY', key(), key(), 'DB', String(below(DATABASES)), 'REPLACE'],
    () => ['MOVE', key(), String(below(DATABASES))],
    () => ['SWAPDB', '0', String(below(DATABASES))],
    () => ['SELECT', String(below(DATABASES))],
    () => (below(20) === 0 ? ['FLUSHDB'] : ['EXISTS', key()]),
  ];
  return writes[below(writes.length)]();
}

/** @returns every key with its value and deadline, by database */
async function dataset(engine: TestEngine): Promise<TestReply[]> {
  const rows: TestReply[] = [];
  for (let index = 0; index < DATABASES; index++) {
    await engine.run('SELECT', index);
    for (const key of ((await engine.run('KEYS', '*')) as string[]).sort()) {
      const deadline = await engine.run('PEXPIRETIME', key);
      rows.push([index, key, await engine.run('GET', key), deadline]);
    }
  }
  return rows;
}

for (const seed of SEEDS) {
  test(`A restart brings back every key, value and deadline (seed ${seed})`, async (t) => {
    const random = new SeededRandom(seed);
    const engine = await openTestEngine({ dir: await tempDir(t) });
    for (let round = 0; round < ROUNDS; round++) {
      const writes: Promise<TestReply>[] = [];
      for (let i = 0; i < COMMANDS_PER_ROUND; i++) {
        writes.push(engine.run(...randomWrite(random, engine.clock.now())));
      }
      await Promise.all(writes);
      engine.advance(randomBelow(random, 1500));
      const before = await dataset(engine);
      await engine.reload();
      deepEqual(await dataset(engine), before, `round ${round}`);
    }
    await engine.close();
  });
}
