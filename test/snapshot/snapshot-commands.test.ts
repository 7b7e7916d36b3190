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
