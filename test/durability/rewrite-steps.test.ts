// A rewrite of the log, failed at every single file operation (switch-crashes stops it at each).
// A failure must be answered as one, must not stop the server, and must be over when the disk is
// well again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileError, MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { MemoryEngine } from './memory-engine.js';

const WRITES_BEFORE = 50;
const WRITES_DURING = 6;
const RETRIES_MAX = 50;
const TICK_MS = 500;

async function filled(fs: MemoryFileSystem): Promise<MemoryEngine> {
  const memory = await MemoryEngine.open(fs);
  for (let i = 0; i < WRITES_BEFORE; i++) assert.equal(await memory.write(), null);
  return memory;
}

/** @returns the answers of a rewrite and of the writes while it ran */
async function rewriteUnderWrites(memory: MemoryEngine): Promise<(string | null)[]> {
  const saving = memory.command('SAVE');
  const answers: (string | null)[] = [];
  for (let i = 0; i < WRITES_DURING; i++) answers.push(await memory.write());
  return [await saving, ...answers];
}

/** Opens a disk and checks that it holds between `least` and `most` writes, and can be used. */
async function checkDisk(
  disk: MemoryFileSystem,
  what: string,
  least: number,
  most: number,
): Promise<void> {
  let memory: MemoryEngine;
  try {
    memory = await MemoryEngine.open(disk);
  } catch (error) {
    throw new Error(`${what}: ${error}`, { cause: error });
  }
  const seen = await memory.writesSeen(what);
  assert.ok(seen >= least, `${what}: ${seen} writes are there, ${least} were acknowledged`);
  assert.ok(seen <= most, `${what}: ${seen} writes are there, ${most} were sent`);
  assert.equal(await memory.command('SAVE'), null, `${what}: a rewrite works again`);
  assert.equal(await memory.writesSeen(what), seen, what);
  await memory.close();
}

/** Fails the N-th call of an operation once. @returns whether there was such a call */
async function failOnce(name: Operation['name'], nth: number, code: string): Promise<boolean> {
  const fs = new MemoryFileSystem();
  const memory = await filled(fs);
  let calls = 0;
  fs.onOperation = (operation) => {
    if (operation.name === name && ++calls === nth) throw fileError(code);
  };
  // Time goes on: what waits for a retry would wait for ever without it.
  const ticking = setInterval(() => {
    memory.clock.advance(TICK_MS);
    memory.engine.runCron();
  }, 1);
  await rewriteUnderWrites(memory);
  const hasFailed = calls >= nth;
  const what = `${code} in call ${nth} of ${name}`;
  // What came after the failure may be refused for a while, but not for ever.
  let answer: string | null = 'not tried';
  for (let i = 0; i < RETRIES_MAX && answer !== null; i++) {
    answer = (await memory.command('SAVE')) ?? (await memory.write());
  }
  clearInterval(ticking);
  assert.equal(answer, null, `${what}: the server works again`);
  const { acknowledged, sent } = memory;
  await checkDisk(fs.afterKill(), `kill after ${what}`, acknowledged, sent);
  await checkDisk(fs.afterCrash(), `power cut after ${what}`, acknowledged, sent);
  await memory.close();
  return hasFailed;
}

const FAILING: readonly Operation['name'][] = [
  'open',
  'close',
  'read',
  'write',
  'fdatasync',
  'fsync',
  'rename',
  'link',
  'unlink',
  'mkdirs',
  'readdir',
  'stat',
  'syncDirectory',
];

for (const name of FAILING) {
  test(`a rewrite gets over each single failure of ${name}`, async (t) => {
    const code = name === 'write' ? 'ENOSPC' : 'EIO';
    let failures = 0;
    while (await failOnce(name, failures + 1, code)) failures++;
    t.diagnostic(`${failures} calls of ${name} failed, one at a time`);
  });
}

test('a rewrite waits for a segment when the turn that asks for it uses up the spare', async () => {
  const memory = await filled(new MemoryFileSystem());
  const { log } = memory.engine.persistence;
  assert.ok(log?.canRotate);
  log.limitSegments(1);
  const writing = memory.write();
  const saving = memory.command('SAVE');
  // The end of the turn, before anything that waits for a promise goes on.
  memory.engine.commit();
  assert.ok(!log.canRotate, 'the segment was over its size');
  assert.equal(await saving, null);
  assert.equal(await writing, null);
  await memory.close();
});
