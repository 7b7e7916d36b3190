// CONFIG over the command layer: arguments, who may set what, the reply's shape.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_LOCAL } from '../../../engine/contract/session.js';
import { ReplyError } from '../../../engine/index.js';
import { openTestEngine } from '../../support/test-engine.js';
import { connect } from '../sessions.js';

test('GET answers a map of what its patterns match', async () => {
  const engine = await openTestEngine({ config: { maxmemory: '1mb' } });
  try {
    assert.deepEqual(
      await engine.run('CONFIG', 'GET', 'maxmemory', 'MAXMEMORY-sample*'),
      new Map([
        ['maxmemory', '1048576'],
        ['maxmemory-samples', '5'],
      ]),
    );
    assert.deepEqual(await engine.run('CONFIG', 'GET', 'nope'), new Map());
  } finally {
    await engine.close();
  }
});

test('SET takes pairs, all or none', async () => {
  const engine = await openTestEngine();
  try {
    assert.equal(await engine.run('CONFIG', 'SET', 'timeout', '7', 'hz', '20'), 'OK');
    const odd = await engine.run('CONFIG', 'SET', 'timeout', '8', 'hz');
    assert.ok(odd instanceof ReplyError && odd.message === 'ERR syntax error');
    const bad = await engine.run('CONFIG', 'SET', 'timeout', '8', 'hz', 'x');
    assert.ok(bad instanceof ReplyError);
    assert.match(bad.message, /^ERR CONFIG SET failed \(possibly related to argument 'hz'\)/);
    assert.deepEqual(await engine.run('CONFIG', 'GET', 'timeout'), new Map([['timeout', '7']]));
  } finally {
    await engine.close();
  }
});

test('protected directives and DEBUG are for those whom the configuration allows', async () => {
  for (const who of ['no', 'local', 'yes']) {
    const config = { 'enable-protected-configs': who, 'enable-debug-command': who };
    const engine = await openTestEngine({ config });
    try {
      for (const isLocal of [false, true]) {
        const { run, session } = connect(engine.engine);
        session.flags = isLocal ? SESSION_LOCAL : 0;
        const isAllowed = who === 'yes' || (who === 'local' && isLocal);
        const set = await run('CONFIG', 'SET', 'dbfilename', 'x.rdb');
        const debug = await run('DEBUG', 'STRINGMATCH-LEN', 'a*', 'abc');
        const what = `${who}, local: ${isLocal}`;
        if (isAllowed) {
          assert.deepEqual([set, debug], ['OK', 1], what);
        } else {
          assert.match(String(set), /can't set protected config$/, what);
          assert.match(
            String(debug),
            /^ERR DEBUG command not allowed\. If the enable-debug-/,
            what,
          );
        }
      }
    } finally {
      await engine.close();
    }
  }
});

test('REWRITE without a file says so, and SET answers LOADING for some while loading', async () => {
  const engine = await openTestEngine({ config: { 'enable-protected-configs': 'yes' } });
  try {
    const reply = await engine.run('CONFIG', 'REWRITE');
    assert.ok(reply instanceof ReplyError);
    assert.equal(reply.message, 'ERR The server is running without a config file');
    engine.engine.config.isLoading = true;
    const loading = await engine.run('CONFIG', 'SET', 'dir', '/elsewhere');
    assert.ok(loading instanceof ReplyError);
    assert.equal(loading.code, 'LOADING');
  } finally {
    await engine.close();
  }
});
