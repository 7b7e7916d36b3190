// DEBUG QUICKLIST-PACKED-THRESHOLD, and what it does to lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplyError } from '../../../engine/index.js';
import { type TestEngine, withEngine } from '../../support/test-engine.js';

const ERROR = /^ERR argument must be a memory value bigger than 1 and smaller than 4gb$/;

async function encoding(engine: TestEngine): Promise<string> {
  return String(await engine.run('OBJECT', 'ENCODING', 'k'));
}

test('elements above the packed threshold keep a list from being packed', async () => {
  await withEngine({}, async (engine) => {
    await engine.run('CONFIG', 'SET', 'list-max-listpack-size', '4');
    await engine.run('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '5b');
    await engine.run('RPUSH', 'k', 'aa', 'bb', 'cc', 'dd', 'ee');
    await engine.run('LSET', 'k', '2', 'e'.repeat(10));
    const elements = await engine.run('LRANGE', 'k', '0', '-1');
    assert.ok(Array.isArray(elements));
    assert.equal(elements.join(), 'aa,bb,eeeeeeeeee,dd,ee');
    await engine.run('LTRIM', 'k', '2', '2');
    // Alone, but in a node of the kind that large elements get.
    assert.equal(await encoding(engine), 'quicklist');
    await engine.run('LSET', 'k', '0', 'x');
    assert.equal(await encoding(engine), 'listpack');
  });
});

test('the packed threshold is a size in memory below 4gb', async () => {
  await withEngine({}, async (engine) => {
    for (const size of ['x', '4gb', '-1']) {
      const answer = await engine.run('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', size);
      assert.ok(answer instanceof ReplyError);
      assert.match(answer.message, ERROR);
    }
    assert.equal(await engine.run('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '100kb'), 'OK');
    assert.equal(await engine.run('DEBUG', 'QUICKLIST-PACKED-THRESHOLD', '0'), 'OK');
  });
});
