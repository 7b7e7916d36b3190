// Hashes and the deadlines of their fields with a real log behind them: a restart, from the log or
// from a snapshot, brings back what was there. A snapshot is taken while fields change and expire.

import assert, { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import { tempDir } from '../../support/temp-dir.js';
import { openTestEngine, type TestEngine, type TestReply } from '../../support/test-engine.js';

const ROUNDS = 8;
const COMMANDS_PER_ROUND = 200;
const KEYS = 6;
const FIELDS = 60;

function randomWrite(random: SeededRandom): string[] {
  const below = (limit: number) => randomBelow(random, limit);
  const key = () => `h${below(KEYS)}`;
  const field = () => `f${below(FIELDS)}`;
  const value = () => (below(3) === 0 ? String(below(1000)) : 'v'.repeat(below(90)));
  const pairs = () => Array.from({ length: 1 + below(20) }, () => [field(), value()]).flat();
  const ms = () => String(1 + below(4000));
  const writes: (() => string[])[] = [
    () => ['HSET', key(), ...pairs()],
    () => ['HSET', key(), field(), value()],
    () => ['HSETNX', key(), field(), value()],
    () => ['HDEL', key(), field(), field()],
    () => ['HINCRBYFLOAT', key(), field(), '0.1'],
    () => ['HINCRBY', key(), field(), '7'],
    () => ['HPEXPIRE', key(), ms(), 'FIELDS', '2', field(), field()],
    () => ['HPEXPIRE', key(), ms(), 'NX', 'FIELDS', '2', field(), field()],
    () => ['HSETEX', key(), 'PX', ms(), 'FIELDS', '1', field(), value()],
    () => ['HSETEX', key(), 'KEEPTTL', 'FIELDS', '1', field(), value()],
    () => ['HGETEX', key(), 'PX', ms(), 'FIELDS', '1', field()],
    () => ['HGETEX', key(), 'PERSIST', 'FIELDS', '1', field()],
    () => ['HPERSIST', key(), 'FIELDS', '2', field(), field()],
    () => ['HGETDEL', key(), 'FIELDS', '1', field()],
    () => ['COPY', key(), key(), 'REPLACE'],
    () => ['RENAME', key(), key()],
    () => (below(10) === 0 ? ['DEL', key()] : ['PEXPIRE', key(), ms()]),
    () => ['PERSIST', key()],
  ];
  return writes[below(writes.length)]();
}

/** @returns fields, values and deadlines of every hash, and the digest of all */
async function dataset(engine: TestEngine): Promise<TestReply[]> {
  const rows: TestReply[] = [];
  for (const key of ((await engine.run('KEYS', '*')) as string[]).sort()) {
    const fields = ((await engine.run('HKEYS', key)) as string[]).sort();
    const clause = ['FIELDS', String(fields.length), ...fields];
    rows.push([key, fields, await engine.run('HMGET', key, ...fields)]);
    rows.push(await engine.run('HPEXPIRETIME', key, ...clause));
    rows.push(await engine.run('PEXPIRETIME', key));
  }
  return [...rows, await engine.run('DEBUG', 'DIGEST')];
}

test('A restart brings back every field, value and deadline', async (t) => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const config = { 'hash-max-listpack-entries': '30' };
  const engine = await openTestEngine({ dir: await tempDir(t), config });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < COMMANDS_PER_ROUND; i++) {
        const words = randomWrite(random);
        await engine.run(...words);
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

test('Fields that expired while nobody ran the server go at the start', async (t) => {
  const engine = await openTestEngine({ dir: await tempDir(t) });
  await engine.run('HSETEX', 'h', 'PX', 1000, 'FIELDS', 2, 'a', '1', 'b', '2');
  await engine.run('HSET', 'h', 'c', '3');
  await engine.close();
  engine.clock.advance(5000);
  await engine.reload();
  engine.advance(0);
  deepEqual(await engine.run('HGETALL', 'h'), new Map([['c', '3']]));
  equal(engine.engine.keyspace.expiredFields, 2);
  await engine.close();
});

test('A snapshot has the fields of its moment, whatever expires while it is written', async (t) => {
  const engine = await openTestEngine({ dir: await tempDir(t) });
  const pairs = Array.from({ length: 20_000 }, (_, i) => [`f${i}`, `value ${i}`]).flat();
  await engine.run('HSET', 'h', ...pairs);
  const volatile = Array.from({ length: 5000 }, (_, i) => `f${4 * i}`);
  await engine.run('HPEXPIRE', 'h', 1000, 'FIELDS', volatile.length, ...volatile);
  await engine.run('BGREWRITEAOF');
  const { persistence } = engine.engine.context;
  assert.ok(persistence.isCompacting);
  for (let i = 0; i < 40; i++) {
    engine.advance(30);
    await engine.run('HSET', 'h', `f${i * 111}`, 'changed', `new${i}`, 'v');
    await engine.run('HDEL', 'h', `f${i * 222 + 1}`);
    await nextTurn();
  }
  while (persistence.isCompacting) await nextTurn();
  while (engine.engine.keyspace.databases[0].fieldDeadlines?.isCurrent !== true) engine.advance(1);
  const before = await dataset(engine);
  assert.ok(((await engine.run('HLEN', 'h')) as number) < 15_100);
  await engine.reload();
  deepEqual(await dataset(engine), before);
  await engine.close();
});
