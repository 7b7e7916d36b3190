// T19. Directories that earlier versions wrote, as they left them, in test/fixtures: each is
// sound for the tool, loads, and goes on as a directory of today.
//
// snapshot-version-1 was written by the last version without collections (commit fe0a558), whose
// snapshots say version 1: two generations, a segment that a clean stop sealed, a restart.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fse from 'fs-extra';
import { checkLog, LogError, open, restoreLog } from '../../engine/index.js';
import { tempDir } from '../support/temp-dir.js';
import { ROOT } from '../tidy/source-files.js';

const FAR_MS = 4102444800000;
const LAST_SEQ = 14;

async function copyOf(t: TestContext, name: string): Promise<string> {
  const dir = join(await tempDir(t), 'data');
  fse.copySync(join(ROOT, 'test/fixtures', name), dir);
  return dir;
}

async function assertState(db: Awaited<ReturnType<typeof open>>): Promise<void> {
  const values: [key: string, value: string][] = [
    ['text', 'hello world'],
    ['integer', '-9223372036854775808'],
    ['long', `${'v'.repeat(10)}END${'v'.repeat(587)}`],
    ['counter', '3'],
    ['b', '2'],
  ];
  for (const [key, value] of values) assert.equal(await db.call('GET', key), value, key);
  assert.deepEqual(await db.callBuffer('GET', 'binary'), Buffer.from([0, 255, 13, 10, 128]));
  for (const key of ['deadline', 'b']) assert.equal(await db.call('PEXPIRETIME', key), FAR_MS, key);
  assert.equal(await db.call('EXISTS', 'a'), 0);
  assert.equal(await db.call('DBSIZE'), values.length + 2);
  await db.call('SELECT', '3');
  assert.equal(await db.call('GET', 'elsewhere'), '3');
  assert.equal(await db.call('DBSIZE'), 1);
  await db.call('SELECT', '0');
}

test('a directory with snapshots of version 1 is loaded, and written anew', async (t) => {
  const dir = await copyOf(t, 'snapshot-version-1');
  const { verdict, lastSoundSeq } = await checkLog(dir);
  assert.deepEqual([verdict, lastSoundSeq], ['sound', LAST_SEQ]);
  for (let start = 0; start < 3; start++) {
    const db = await open({ dir });
    await assertState(db);
    if (start === 1) assert.equal(await db.call('SAVE'), 'OK');
    await db.close();
  }
  assert.equal((await checkLog(dir)).verdict, 'sound');
});

test('its history is of use, too, when the newest snapshot is damaged', async (t) => {
  const dir = await copyOf(t, 'snapshot-version-1');
  const [snapshot] = readdirSync(dir).filter((name) => name.endsWith('.rsnap'));
  const path = join(dir, snapshot);
  const bytes = fse.readFileSync(path);
  bytes[bytes.length >> 1] ^= 1;
  fse.writeFileSync(path, bytes);
  await assert.rejects(
    open({ dir }),
    (error) => error instanceof LogError && /restore-to latest/.test(error.remedy),
  );
  const out = join(await tempDir(t), 'out');
  const report = await restoreLog(dir, 'latest', out);
  assert.deepEqual([report.stoppedBy, report.lastSeq], [null, LAST_SEQ]);
  const db = await open({ dir: out });
  await assertState(db);
  await db.close();
});
