// PING, ECHO, SELECT, HELLO, AUTH, RESET, QUIT.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestEngine } from '../../support/test-engine.js';
import { type Caller, connect } from '../sessions.js';

const WRONGPASS = 'WRONGPASS invalid username-password pair or user is disabled.';

async function withCaller(
  config: Record<string, string>,
  body: (caller: Caller) => Promise<void>,
): Promise<void> {
  const engine = await openTestEngine({ config });
  try {
    await body(connect(engine.engine));
  } finally {
    await engine.close();
  }
}

test('PING answers PONG or its argument, ECHO its argument', async () => {
  await withCaller({}, async ({ run }) => {
    assert.equal(await run('PING'), 'PONG');
    assert.equal(await run('ping', 'a\xff'), 'a\xff');
    assert.equal(await run('PING', 'a', 'b'), "ERR wrong number of arguments for 'ping' command");
    assert.equal(await run('ECHO', ''), '');
  });
});

test('SELECT takes the databases there are', async () => {
  await withCaller({ databases: '4' }, async ({ run, session }) => {
    assert.equal(await run('SELECT', '3'), 'OK');
    assert.equal(session.dbIndex, 3);
    assert.equal(await run('SELECT', '4'), 'ERR DB index is out of range');
    assert.equal(await run('SELECT', '-1'), 'ERR DB index is out of range');
    assert.equal(await run('SELECT', 'x'), 'ERR value is not an integer or out of range');
    assert.equal(session.dbIndex, 3);
  });
});

test('HELLO without arguments describes the server and changes nothing', async () => {
  await withCaller({}, async ({ run, session }) => {
    const reply = await run('HELLO');
    assert.ok(reply instanceof Map);
    assert.deepEqual(
      [...reply.keys()],
      ['server', 'version', 'proto', 'id', 'mode', 'role', 'modules'],
    );
    assert.equal(reply.get('server'), 'redis');
    assert.equal(reply.get('proto'), 2);
    assert.equal(reply.get('id'), session.id);
    assert.equal(reply.get('role'), 'master');
    assert.deepEqual(reply.get('modules'), []);
  });
});

test('HELLO checks version, options, login and state in that order', async () => {
  await withCaller({ requirepass: 'secret' }, async ({ run, session }) => {
    const notInteger = 'ERR Protocol version is not an integer or out of range';
    assert.equal(await run('HELLO', 'x', 'BAD'), notInteger);
    assert.equal(await run('HELLO', '4', 'BAD'), 'NOPROTO unsupported protocol version');
    assert.equal(await run('HELLO', '3', 'BAD'), "ERR Syntax error in HELLO option 'BAD'");
    assert.equal(await run('HELLO', '3', 'AUTH', 'x'), "ERR Syntax error in HELLO option 'AUTH'");
    assert.equal(
      await run('HELLO', '3', 'SETNAME', 'a b'),
      'ERR Client names cannot contain spaces, newlines or special characters.',
    );
    assert.match(String(await run('HELLO', '3')), /^NOAUTH HELLO must be called with the client/);
    assert.equal(await run('HELLO', '3', 'AUTH', 'default', 'wrong'), WRONGPASS);
    assert.equal(session.resp, 2);
    assert.equal(session.isAuthenticated, false);
    const reply = await run('HELLO', '3', 'SETNAME', 'me', 'AUTH', 'default', 'secret');
    assert.ok(reply instanceof Map);
    assert.equal(reply.get('proto'), 3);
    assert.equal(session.resp, 3);
    assert.equal(session.name, 'me');
    assert.equal(session.isAuthenticated, true);
    assert.equal((await run('HELLO', '2')) instanceof Map, true);
    assert.equal(session.resp, 2);
  });
});

test('without a password any will do for default, but AUTH alone is an error', async () => {
  await withCaller({}, async ({ run }) => {
    assert.match(
      String(await run('AUTH', 'x')),
      /^ERR AUTH <password> called without any password/,
    );
    assert.equal(await run('AUTH', 'default', 'x'), 'OK');
    assert.equal(await run('AUTH', 'other', 'x'), WRONGPASS);
    assert.equal(await run('AUTH', 'a', 'b', 'c'), 'ERR syntax error');
  });
});

test('with a password nothing but the handshake runs before AUTH', async () => {
  await withCaller({ requirepass: 'secret' }, async ({ run }) => {
    const noAuth = 'NOAUTH Authentication required.';
    assert.equal(await run('PING'), noAuth);
    assert.equal(await run('GET', 'k'), noAuth);
    for (const wrong of ['', 'secre', 'secret1', 'secretsecret', 'Secret']) {
      assert.equal(await run('AUTH', wrong), WRONGPASS, wrong);
    }
    assert.equal(await run('AUTH', 'other', 'secret'), WRONGPASS);
    assert.equal(await run('AUTH', 'secret'), 'OK');
    assert.equal(await run('PING'), 'PONG');
    assert.equal(await run('AUTH', 'wrong'), WRONGPASS);
    assert.equal(await run('PING'), 'PONG');
  });
});

test('a password is bytes, not text', async () => {
  await withCaller({ requirepass: '\xc3\xa9\x00' }, async ({ run }) => {
    assert.equal(await run('AUTH', '\xc3\xa9'), WRONGPASS);
    assert.equal(await run('AUTH', '\xc3\xa9\x00'), 'OK');
  });
});

test('RESET makes the connection a new one, login included', async () => {
  await withCaller({ requirepass: 'secret' }, async ({ run, session }) => {
    await run('HELLO', '3', 'AUTH', 'default', 'secret', 'SETNAME', 'me');
    await run('SELECT', '2');
    await run('CLIENT', 'NO-TOUCH', 'ON');
    await run('CLIENT', 'SETINFO', 'lib-name', 'lib');
    assert.equal(await run('RESET'), 'RESET');
    assert.deepEqual(
      [session.dbIndex, session.resp, session.name, session.flags, session.isAuthenticated],
      [0, 2, '', 0, false],
    );
    assert.equal(session.libName, 'lib');
    assert.equal(await run('PING'), 'NOAUTH Authentication required.');
  });
});

test('QUIT answers and closes', async () => {
  await withCaller({}, async ({ run, session }) => {
    assert.equal(await run('QUIT'), 'OK');
    assert.equal(session.isClosed, true);
  });
});
