// The listener with real sockets: pipelining, fragments, half-closed and blocked clients, protocol
// errors, refused clients, and an orderly stop. Each test runs over both kinds of sockets.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../support/temp-dir.js';
import { encode, show, TestClient, until } from './test-client.js';
import { startServer } from './test-server.js';

for (const fastSockets of [true, false]) {
  const kind = fastSockets ? 'fast' : 'ordinary';

  test(`replies come in the order of the requests (${kind} sockets)`, async (t) => {
    const { client } = await startServer(t, { fastSockets });
    const c = await client();
    const count = 20_000;
    c.raw(Buffer.concat(Array.from({ length: count }, (_, i) => encode('PING', `n${i}`))));
    const texts = await c.texts(count);
    assert.deepEqual(
      texts,
      Array.from({ length: count }, (_, i) => `n${i}`),
    );
  });

  test(`a pipeline may be cut at every position (${kind} sockets)`, async (t) => {
    const { client } = await startServer(t, { fastSockets });
    const pipeline = Buffer.concat([
      encode('SET', 'k', 'v\r\n'),
      Buffer.from('PING "a b"\r\n*0\r\n\r\n'),
      encode('GET', 'k'),
      encode('HELLO', '3'),
      encode('GET', 'none'),
      encode('nope'),
      encode('ECHO', '', 'x'),
    ]);
    let whole: string[] = [];
    for (let cut = 0; cut < pipeline.length; cut++) {
      const c = await client();
      c.raw(pipeline.subarray(0, cut));
      // The second part leaves only after the server has seen the first.
      if (cut > 0) await until(() => c.socket.writableLength === 0);
      await new Promise((resolve) => setImmediate(resolve));
      c.raw(pipeline.subarray(cut));
      const texts = await c.texts(7);
      if (cut === 0) whole = texts;
      assert.deepEqual(texts, whole, `cut at ${cut}`);
      await c.close();
    }
    assert.deepEqual(whole, [
      'OK',
      'a b',
      'v\r\n',
      '[proto :3]',
      '(nil)',
      "-ERR unknown command 'nope'",
      '[ x]',
    ]);
  });

  test(`a client that shut its sending side gets its replies (${kind} sockets)`, async (t) => {
    const { client, engine } = await startServer(t, { fastSockets });
    const c = await client();
    c.socket.end(Buffer.concat([encode('SET', 'a', '1'), Buffer.from('GET a\r\n')]));
    assert.deepEqual(await c.readAll(), ['OK', '1']);
    await until(() => engine.gone.length === 1);
  });

  test(`a large argument is received whole (${kind} sockets)`, async (t) => {
    const { client, server } = await startServer(t, { fastSockets });
    const c = await client();
    const value = Buffer.alloc(20_000_000, 'large argument ');
    c.raw(Buffer.concat([encode('SET', 'a', value), encode('GET', 'a'), encode('PING')]));
    assert.equal(await c.texts(1).then(([text]) => text), 'OK');
    const [reply] = await c.read(1);
    assert.ok(reply.type === 'bulk' && reply.bytes.equals(value));
    assert.deepEqual(await c.texts(1), ['PONG']);
    for (const connection of server.clients.all()) {
      assert.ok(connection.query.bytes.length <= 4096, 'the large buffer is given up');
      assert.equal(connection.parser, null);
    }
  });
}

test('a command of a million arguments is received', async (t) => {
  const { client } = await startServer(t);
  const c = await client();
  c.raw(`*1000001\r\n$5\r\nCOUNT\r\n${'$1\r\nx\r\n'.repeat(1_000_000)}`);
  assert.deepEqual(await c.texts(1), [':1000001']);
  assert.equal(await c.ask('PING'), 'PONG');
});

test('a protocol error is answered in its place and ends the connection', async (t) => {
  const { client, server } = await startServer(t);
  const c = await client();
  c.raw(Buffer.concat([encode('PING'), Buffer.from('*1\r\n!\r\n'), encode('PING')]));
  assert.deepEqual(await c.readAll(), ['PONG', "-ERR Protocol error: expected '$', got '!'"]);
  assert.equal(server.statistics.protocolErrors, 1);
});

test('a password lifts the limits of the next request in the same read', async (t) => {
  const { client, engine } = await startServer(t);
  engine.isPasswordRequired = true;
  const c = await client();
  const many = encode('COUNT', ...Array<string>(20).fill('x'));
  c.raw(Buffer.concat([encode('AUTH', 'x'), many]));
  assert.deepEqual(await c.texts(2), ['OK', ':21']);
  const other = await client();
  other.raw(many);
  assert.deepEqual(await other.readAll(), [
    '-ERR Protocol error: unauthenticated multibulk length',
  ]);
});

test('QUIT closes after its reply and nothing behind it runs', async (t) => {
  const { client, engine } = await startServer(t);
  const c = await client();
  c.raw(Buffer.concat([encode('QUIT'), encode('SET', 'a', '1')]));
  assert.deepEqual(await c.readAll(), ['OK']);
  assert.equal(engine.data.size, 0);
});

test('a blocked client waits, the others do not, and its replies stay in order', async (t) => {
  const { client, engine, server } = await startServer(t);
  const c = await client();
  c.raw(Buffer.concat([encode('PING', '1'), encode('BLOCK'), encode('PING', '3')]));
  assert.deepEqual(await c.texts(1), ['1']);
  assert.equal(server.statistics.blockedClients, 1);
  c.raw(encode('PING', '4'));
  const other = await client();
  assert.equal(await other.ask('PING'), 'PONG');
  const executed = engine.executed;
  engine.blocked[0].resume((reply) => reply.text('2'));
  assert.deepEqual(await c.texts(3), ['2', '3', '4']);
  assert.equal(engine.executed, executed + 2);
  assert.equal(server.statistics.blockedClients, 0);
});

test('a half-closed client that may go on is not closed by earlier replies', async (t) => {
  const { client, engine, server } = await startServer(t);
  const c = await client();
  engine.isHolding = true;
  c.raw(encode('SET', 'a', '1'));
  await until(() => [...server.clients.all()][0]?.heldTurns === 1);
  engine.isPostponing = true;
  c.socket.end(encode('GET', 'a'));
  await until(() => [...server.clients.all()][0]?.isInputEnded === true);
  assert.equal(engine.postponed, 1);
  engine.isPostponing = false;
  engine.isHolding = false;
  // The postponed command is to run at the end of this turn; what it waited behind leaves before.
  engine.onReady?.();
  engine.acknowledge();
  assert.deepEqual(await c.readAll(), ['OK', '1']);
});

test('a client that leaves while blocked is reported to the engine', async (t) => {
  const { client, engine, server } = await startServer(t);
  const c = await client();
  c.raw(encode('BLOCK'));
  await until(() => engine.blocked.length === 1);
  c.socket.end();
  await until(() => engine.gone.length === 1);
  assert.equal(engine.gone[0], engine.blocked[0].id);
  assert.equal(server.statistics.blockedClients, 0);
  // A late end of the wait does nothing.
  engine.blocked[0].resume((reply) => reply.ok());
  await c.closed;
});

test('a blocked client that keeps sending is not read without bound', async (t) => {
  const { client, engine, server } = await startServer(t);
  const c = await client();
  const count = 400_000;
  c.raw(encode('BLOCK'));
  c.raw(Buffer.concat(Array<Buffer>(count).fill(encode('PING'))));
  await until(() => [...server.clients.all()][0]?.isReadingPaused === true);
  const [connection] = server.clients.all();
  assert.ok(connection.query.length < 2 * 1024 * 1024);
  engine.blocked[0].resume((reply) => reply.ok());
  const texts = await c.texts(count + 1);
  assert.equal(texts.length, count + 1);
  assert.equal(texts[count], 'PONG');
});

test('a postponed command is offered again, with everything behind it', async (t) => {
  const { client, engine, server } = await startServer(t);
  engine.isPostponing = true;
  const c = await client();
  const d = await client();
  c.raw(Buffer.concat([encode('SET', 'a', '1'), encode('GET', 'a')]));
  d.raw('PING "from inline"\r\nPING\r\n');
  await until(() => engine.postponed === 2);
  assert.equal(server.statistics.blockedClients, 2);
  c.raw(encode('PING', 'late'));
  assert.equal(engine.executed, 0);
  engine.isPostponing = false;
  engine.onReady?.();
  assert.deepEqual(await c.texts(3), ['OK', '1', 'late']);
  assert.deepEqual(await d.texts(2), ['from inline', 'PONG']);
  assert.equal(server.statistics.blockedClients, 0);
});

test('replies wait until the log has acknowledged the turn, reads included', async (t) => {
  const { client, engine } = await startServer(t);
  engine.isHolding = true;
  const writer = await client();
  const reader = await client();
  writer.raw(encode('SET', 'a', '1'));
  await until(() => engine.executed === 1);
  reader.raw(encode('GET', 'a'));
  await until(() => engine.executed === 2);
  writer.raw(encode('SET', 'a', '2'));
  await until(() => engine.ticket === 2);
  assert.equal(writer.receivedBytes + reader.receivedBytes, 0);
  engine.acknowledged = 1;
  engine.onAcknowledged?.();
  assert.deepEqual(await writer.texts(1), ['OK']);
  assert.deepEqual(await reader.texts(1), ['1']);
  assert.equal(writer.receivedBytes, 5);
  engine.acknowledge();
  assert.deepEqual(await writer.texts(1), ['OK']);
});

test('when the log fails, each command of those turns gets the error', async (t) => {
  const { client, engine } = await startServer(t);
  engine.isHolding = true;
  const c = await client();
  c.raw(Buffer.concat([encode('SET', 'a', '1'), encode('GET', 'a'), encode('SET', 'b', '1')]));
  await until(() => engine.ticket === 1);
  engine.onCommitFailed?.(1, 1, 'MISCONF the disk is gone');
  assert.deepEqual(await c.texts(3), Array(3).fill('-MISCONF the disk is gone'));
  engine.isHolding = false;
  assert.equal(await c.ask('PING'), 'PONG');
});

test('a client told to close leaves only after its held reply', async (t) => {
  const { client, engine } = await startServer(t);
  engine.isHolding = true;
  const c = await client();
  c.socket.end(Buffer.concat([encode('SET', 'a', '1'), encode('QUIT')]));
  await until(() => engine.ticket === 1);
  assert.equal(c.receivedBytes, 0);
  engine.acknowledge();
  assert.deepEqual(await c.readAll(), ['OK', 'OK']);
});

test('CLIENT REPLY OFF, ON and SKIP silence exactly what Redis silences', async (t) => {
  const { client } = await startServer(t);
  const c = await client();
  const off = encode('CLIENT', 'REPLY', 'OFF');
  const on = encode('CLIENT', 'REPLY', 'ON');
  const skip = encode('CLIENT', 'REPLY', 'SKIP');
  const ping = (text: string): Buffer => encode('PING', text);
  c.raw(Buffer.concat([ping('1'), off, ping('no'), on, ping('2')]));
  assert.deepEqual(await c.texts(3), ['1', 'OK', '2']);
  c.raw(Buffer.concat([skip, ping('no'), ping('3'), skip, skip, ping('no'), ping('4')]));
  assert.deepEqual(await c.texts(2), ['3', '4']);
  c.raw(Buffer.concat([skip, on, ping('5'), off, skip, ping('no'), ping('no'), on]));
  assert.deepEqual(await c.texts(3), ['OK', '5', 'OK']);
});

test('more clients than maxclients are told so and closed', async (t) => {
  const { client, engine, server } = await startServer(t);
  engine.config.values.set('maxclients', '2');
  const first = await client();
  await first.ask('PING');
  await (await client()).ask('PING');
  const refused = await client();
  assert.deepEqual(await refused.readAll(), ['-ERR max number of clients reached']);
  assert.equal(server.statistics.connectionsRejected, 1);
  assert.equal(server.statistics.connectedClients, 2);
  await first.close();
  await until(() => server.statistics.connectedClients === 1);
  assert.equal(await (await client()).ask('PING'), 'PONG');
});

test('an idle client is closed after the timeout, a blocked one is not', async (t) => {
  const { client, engine, server } = await startServer(t);
  engine.config.values.set('timeout', '10');
  const idle = await client();
  const blocked = await client();
  await idle.ask('PING');
  blocked.raw(encode('BLOCK'));
  await until(() => engine.blocked.length === 1);
  engine.clock.ms += 10_000;
  server.runHousekeeping();
  assert.equal(server.statistics.connectedClients, 2);
  engine.clock.ms += 1;
  server.runHousekeeping();
  await idle.closed;
  assert.equal(server.statistics.connectedClients, 1);
});

test('several addresses and a unix socket serve side by side', async (t) => {
  const { server, port } = await startServer(t);
  const second = await server.listen({ host: '127.0.0.1', port: 0 });
  assert.notEqual(second.port, port);
  const path = join(await tempDir(t), 'server.sock');
  await server.listenUnix(path);
  for (const where of [{ port }, { port: second.port }, { path }]) {
    const c = await TestClient.connect(where);
    assert.equal(await c.ask('PING'), 'PONG');
    if ('path' in where) {
      const line = [...server.clients.all()].map((each) => server.clients.describe(each)).at(-1);
      assert.match(line ?? '', new RegExp(`addr=${path}:0 laddr=${path}:0 .* flags=U `));
    }
    await c.close();
  }
});

test('an address in use is an error, not a crash', async (t) => {
  const { server, port } = await startServer(t);
  await assert.rejects(server.listen({ host: '127.0.0.1', port }), /EADDRINUSE/);
});

test('closing sends what was promised, then ends every connection', async (t) => {
  const { client, engine, server, port } = await startServer(t);
  engine.isHolding = true;
  const c = await client();
  const idle = await client();
  c.raw(encode('SET', 'a', '1'));
  await until(() => engine.ticket === 1);
  const closed = server.close();
  await assert.rejects(TestClient.connect({ port }));
  engine.acknowledge();
  await closed;
  assert.deepEqual(await c.readAll(), ['OK']);
  await idle.closed;
  assert.equal(server.statistics.connectedClients, 0);
  assert.equal(engine.gone.length, 2);
});

test('what RESP3 answers is read by a RESP3 parser', async (t) => {
  const { client } = await startServer(t);
  const c = await client();
  c.raw(Buffer.concat([encode('HELLO', '3'), encode('GET', 'x')]));
  const [hello, missing] = await c.read(2);
  assert.equal(hello.type, 'map');
  assert.equal(missing.type, 'null');
  assert.equal(show(missing), '(nil)');
});
