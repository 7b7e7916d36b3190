// Calls that share a turn of the event loop share the fate of its writes, whoever ends the turn
// first: none may be answered with success when the log failed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';

async function failingEngine(): Promise<{ engine: Engine; fs: MemoryFileSystem }> {
  const fs = new MemoryFileSystem();
  const config = new Config();
  config.preset('appendfsync', 'always');
  const engine = new Engine({ dir: '/data', fs, owner: null, clock: new FakeClock(), config });
  await engine.load();
  fs.onOperation = ({ name }) => {
    if (name === 'fdatasync') throw fileError('EIO');
  };
  return { engine, fs };
}

async function checkBothFail(engine: Engine, fs: MemoryFileSystem, early: () => void) {
  const calls = ['a', 'b'].map((key) => new LocalClient(engine).call('SET', key, '1'));
  early();
  const outcomes = await Promise.allSettled(calls);
  fs.onOperation = () => undefined;
  for (const outcome of outcomes) {
    assert.ok(outcome.status === 'rejected', 'nothing was kept');
    assert.match(String(outcome.reason), /MISCONF/);
  }
  await assert.rejects(engine.close(), /closed cleanly/);
}

test('two calls of one turn fail together when their sync fails', async () => {
  const { engine, fs } = await failingEngine();
  await checkBothFail(engine, fs, () => undefined);
});

test('calls fail when what they wrote was committed before the end of their turn', async () => {
  const { engine, fs } = await failingEngine();
  await checkBothFail(engine, fs, () => engine.commit());
});
