// Sets with a real log behind them: a restart, from the log or from a snapshot, brings back every
// member and every form. A snapshot is taken while members come and go.

import assert, { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import { tempDir } from '../../support/temp-dir.js';
import { openTestEngine, type TestEngine, type TestReply } from '../../support/test-engine.js';

const ROUNDS = 8;
const COMMANDS_PER_ROUND = 150;
const KEYS = 6;
const MEMBERS = 100;

function randomWrite(random: SeededRandom): string[] {
  const below = (limit: number) => randomBelow(random, limit);
  const key = () => `s${below(KEYS)}`;
  const member = () => (below(2) === 0 ? String(below(MEMBERS) - 40) : `m${below(MEMBERS)}`);
  const members = () => Array.from({ length: 1 + below(12) }, member);
  const integers = () => Array.from({ length: 1 + below(30) }, () => String(below(70_000)));
  const writes: (() => string[])[] = [
    () => ['SADD', key(), ...members()],
    () => ['SADD', key(), ...integers()],
    () => ['SREM', key(), ...members()],
    () => ['SPOP', key()],
    () => ['SPOP', key(), String(below(40))],
    () => ['SMOVE', key(), key(), member()],
    () => ['SINTERSTORE', key(), key(), key()],
    () => ['SUNIONSTORE', key(), key(), key()],
    () => ['SDIFFSTORE', key(), key(), key()],
    () => ['COPY', key(), key(), 'REPLACE'],
    () => ['RENAME', key(), key()],
    () => ['PEXPIRE', key(), String(1 + below(20_000))],
  ];
  return writes[below(writes.length)]();
}

/** @returns form, members and deadline of every set, and the digest of all */
async function dataset(engine: TestEngine): Promise<TestReply[]> {
  const rows: TestReply[] = [];
  for (const key of ((await engine.run('KEYS', '*')) as string[]).sort()) {
    const members = (await engine.run('SMEMBERS', key)) as Set<string> | string[];
    rows.push([key, [...members].sort(), await engine.run('OBJECT', 'ENCODING', key)]);
    rows.push(await engine.run('PEXPIRETIME', key));
  }
  return [...rows, await engine.run('DEBUG', 'DIGEST')];
}

test('A restart brings back every member and every form', async (t) => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const config = { 'set-max-listpack-entries': '30', 'set-max-intset-entries': '60' };
  const engine = await openTestEngine({ dir: await tempDir(t), config });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < COMMANDS_PER_ROUND; i++) {
        await engine.run(...randomWrite(random));
        if (i % 20 === 0) engine.advance(randomBelow(random, 150));
      }
      if (round % 2 === 1) equal(await engine.run('SAVE'), 'OK');
      const before = await dataset(engine);
      await engine.reload();
      deepEqual(await dataset(engine), before, `round ${round}`);
    }
  } catch (error) {
    console.error(`seed ${seed}`);
    throw error;
  } finally {
    await engine.close();
  }
});

test('A snapshot has the members of its moment, whatever comes and goes meanwhile', async (t) => {
  const engine = await openTestEngine({ dir: await tempDir(t) });
  await engine.run('SADD', 's', ...Array.from({ length: 30_000 }, (_, i) => `m${i}`));
  await engine.run('BGREWRITEAOF');
  const { persistence } = engine.engine.context;
  assert.ok(persistence.isCompacting);
  let popped = 0;
  for (let i = 0; persistence.isCompacting; i++) {
    await engine.run('SADD', 's', `new${i}`, `more${i}`);
    await engine.run('SREM', 's', `m${i * 13}`);
    await engine.run('SPOP', 's', 5);
    popped += 5;
    await nextTurn();
  }
  assert.ok(popped > 0, 'the snapshot took more than a turn');
  const before = await dataset(engine);
  await engine.reload();
  deepEqual(await dataset(engine), before);
  await engine.close();
});
