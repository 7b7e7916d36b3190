// DEBUG POPULATE: the keys it makes, and that they are there again after the log was read back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from '../../../engine/index.js';
import { tempDir } from '../../support/temp-dir.js';
import { withEngine } from '../../support/test-engine.js';

test('POPULATE makes keys, and leaves those that are there', async (t) => {
  await withEngine({ dir: await tempDir(t) }, async (engine) => {
    await engine.run('SET', 'key:1', 'mine');
    assert.equal(await engine.run('DEBUG', 'POPULATE', '3'), 'OK');
    const values = ['value:0', 'mine', 'value:2'];
    assert.deepEqual(await engine.run('MGET', 'key:0', 'key:1', 'key:2'), values);
    const digest = await engine.run('DEBUG', 'DIGEST');
    await engine.reload();
    assert.equal(await engine.run('DEBUG', 'DIGEST'), digest);
    assert.deepEqual(await engine.run('MGET', 'key:0', 'key:1', 'key:2'), values);
  });
});

test('POPULATE takes a prefix and a size, to which values are cut or filled', async () => {
  await withEngine({}, async (engine) => {
    assert.equal(await engine.run('DEBUG', 'POPULATE', '2', 'p', '10'), 'OK');
    assert.equal(await engine.run('DEBUG', 'POPULATE', '12', 'q', '3'), 'OK');
    const values = ['value:0\0\0\0', 'value:1\0\0\0', 'val'];
    assert.deepEqual(await engine.run('MGET', 'p:0', 'p:1', 'q:11'), values);
    assert.equal(await engine.run('DBSIZE'), 14);
  });
});

test('POPULATE refuses what is no number of keys, and no size', async () => {
  await withEngine({}, async (engine) => {
    for (const words of [['x'], ['-1'], ['1', 'p', '-4']]) {
      const answer = await engine.run('DEBUG', 'POPULATE', ...words);
      assert.ok(answer instanceof ReplyError, words.join(' '));
    }
    assert.equal(await engine.run('DBSIZE'), 0);
  });
});
