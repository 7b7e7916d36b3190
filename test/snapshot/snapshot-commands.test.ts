// A snapshot as commands: one per key, with what it takes to build the key again.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type DumpedCommand, dumpLog, open } from '../../engine/index.js';
import { tempDir } from '../support/temp-dir.js';

/** @returns the commands of a snapshot of what `commands` build, as words */
async function snapshotOf(t: TestContext, commands: readonly string[][]): Promise<string[]> {
  const dir = join(await tempDir(t), 'data');
  const db = await open({ dir });
  for (const words of commands) await db.call(...words);
  await db.call('SAVE');
  await db.close();
  const dumped: string[] = [];
  const damage = await dumpLog(dir, ({ dbIndex, args, timeMs }: DumpedCommand) => {
    assert.equal(timeMs, null, 'everything is in the snapshot');
    const words: string[] = [];
    for (let i = 0; i < args.count; i++) words.push(args.text(i));
    dumped.push(`${dbIndex}: ${words.join(' ')}`);
  });
  assert.equal(damage, null);
  return dumped.sort();
}

test('strings of every encoding are one SET each', async (t) => {
  const long = 'x'.repeat(1000);
  const found = await snapshotOf(t, [
    ['SET', 'int', '-42'],
    ['SET', 'embstr', 'hello'],
    ['SET', 'raw', long],
    ['SET', 'empty', ''],
  ]);
  assert.deepEqual(found, [
    '0: SET embstr hello',
    '0: SET empty ',
    '0: SET int -42',
    `0: SET raw ${long}`,
  ]);
});

test('a deadline comes with its key, as a point in time', async (t) => {
  const found = await snapshotOf(t, [['SET', 'k', 'v', 'PXAT', '4102444800000']]);
  assert.deepEqual(found, ['0: SET k v PXAT 4102444800000']);
});

test('keys keep their database', async (t) => {
  const found = await snapshotOf(t, [
    ['SET', 'k', 'zero'],
    ['SELECT', '9'],
    ['SET', 'k', 'nine'],
  ]);
  assert.deepEqual(found, ['0: SET k zero', '9: SET k nine']);
});

test('more keys than a frame holds all come, once each', async (t) => {
  const keys = Array.from({ length: 3000 }, (_, i) => `key:${i}`);
  const found = await snapshotOf(
    t,
    keys.map((key) => ['SET', key, key]),
  );
  assert.deepEqual(found, keys.map((key) => `0: SET ${key} ${key}`).sort());
});

test('an empty snapshot is no commands', async (t) => {
  assert.deepEqual(await snapshotOf(t, []), []);
});

test('packed collections are one command each, with their deadline after it', async (t) => {
  const found = await snapshotOf(t, [
    ['RPUSH', 'list', 'b', 'a', '5'],
    ['SADD', 'ints', '3', '-1'],
    ['HSET', 'hash', 'f', 'v', 'g', ''],
    ['ZADD', 'zset', '2.5', 'b', '-inf', 'a'],
    ['PEXPIREAT', 'zset', '4102444800000'],
  ]);
  assert.deepEqual(found, [
    '0: HSET hash f v g ',
    '0: PEXPIREAT zset 4102444800000',
    '0: RPUSH list b a 5',
    '0: SADD ints -1 3',
    '0: ZADD zset -inf a 2.5 b',
  ]);
});

test('the fields of a hash that expire have their deadlines', async (t) => {
  const found = await snapshotOf(t, [
    ['HSET', 'hash', 'f', 'v'],
    ['HPEXPIREAT', 'hash', '4102444800000', 'FIELDS', '1', 'f'],
  ]);
  assert.deepEqual(found, ['0: HPEXPIREAT hash 4102444800000 FIELDS 1 f', '0: HSET hash f v']);
});

test('large collections come in batches that build them again', async (t) => {
  const elements = Array.from({ length: 3000 }, (_, i) => `element:${i}`);
  const fill = [
    ['RPUSH', 'list', ...elements],
    ['SADD', 'set', ...elements],
    ['HSET', 'hash', ...elements.flatMap((field, i) => [field, String(i)])],
    ['ZADD', 'zset', ...elements.flatMap((member, i) => [String(i / 8), member])],
    ['HPEXPIREAT', 'hash', '4102444800000', 'FIELDS', '2', 'element:5', 'element:2999'],
    ['PEXPIREAT', 'list', '4102444800000'],
  ];
  const dir = join(await tempDir(t), 'data');
  const db = await open({ dir });
  for (const words of fill) await db.call(...words);
  await db.call('SAVE');
  const values = await valuesOf(db);
  await db.close();
  const again = await open({});
  const commands: string[][] = [];
  const damage = await dumpLog(dir, ({ args }: DumpedCommand) => {
    const words: string[] = [];
    for (let i = 0; i < args.count; i++) words.push(args.text(i));
    commands.push(words);
  });
  assert.equal(damage, null);
  assert.ok(commands.length > 40, `${commands.length} commands`);
  assert.ok(Math.max(...commands.map((words) => words.length)) < 600, 'no command is huge');
  for (const words of commands) await again.call(...words);
  assert.deepEqual(await valuesOf(again), values);
  await again.close();
});

/** @returns all that the large collections of the test above hold */
async function valuesOf(db: Awaited<ReturnType<typeof open>>): Promise<unknown[]> {
  const sorted = (reply: unknown): unknown[] => [...Object.entries(reply ?? {})].map(String).sort();
  return [
    await db.call('LRANGE', 'list', '0', '-1'),
    new Set((await db.call('SMEMBERS', 'set')) as Iterable<unknown>),
    sorted(await db.call('HGETALL', 'hash')),
    await db.call('ZRANGE', 'zset', '0', '-1', 'WITHSCORES'),
    await db.call('HPEXPIRETIME', 'hash', 'FIELDS', '3', 'element:4', 'element:5', 'element:2999'),
    await db.call('PEXPIRETIME', 'list'),
  ];
}
