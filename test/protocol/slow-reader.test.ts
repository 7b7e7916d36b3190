// Clients that do not read: what they cost, what the limits do to them, and that the others do not
// notice.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PAGE_BYTES } from '../../protocol/output-page.js';
import { atEnd } from '../support/at-end.js';
import { tempDir } from '../support/temp-dir.js';
import { encode, TestClient, until } from './test-client.js';
import { startServer } from './test-server.js';

const MEGABYTE = 1024 * 1024;

/** Asks for `count` replies of `size` bytes and reads none of them. */
function stall(client: TestClient, count: number, size: number): void {
  client.socket.pause();
  client.raw(Buffer.concat(Array<Buffer>(count).fill(encode('FILL', String(size)))));
}

test('a slow reader gets everything, in order, once it reads', async (t) => {
  const { client, server, engine } = await startServer(t);
  const c = await client();
  stall(c, 40, 500_000);
  for (let i = 0; i < 2000; i++) c.raw(encode('PING', `n${i}`));
  await until(() => engine.executed === 2040);
  const [connection] = server.clients.all();
  await until(() => connection.output.isSlow);
  assert.ok(connection.output.pendingBytes > 10 * MEGABYTE);
  c.socket.resume();
  const replies = await c.texts(2040);
  assert.ok(replies.slice(0, 40).every((text) => text === 'f'.repeat(500_000)));
  assert.deepEqual(
    replies.slice(40),
    Array.from({ length: 2000 }, (_, i) => `n${i}`),
  );
  await until(() => connection.output.pendingBytes === 0);
  assert.equal(await c.ask('PING'), 'PONG');
  assert.equal(server.pool.bytesInUse, PAGE_BYTES, 'only the page being written is in use');
});

test('a slow reader does not keep the pages of others', async (t) => {
  const { client, server, engine } = await startServer(t);
  const stalled = await client();
  stall(stalled, 30, 500_000);
  await until(() => engine.executed === 30);
  const other = await client();
  await other.ask('PING');
  const before = server.pool.bytesInUse;
  for (let i = 0; i < 200; i++) {
    stalled.raw(encode('PING', 'x'.repeat(1000)));
    assert.equal((await other.ask('FILL', '40000')).length, 40_000);
  }
  assert.ok(server.pool.bytesInUse <= before + PAGE_BYTES, 'replies to the slow one were copied');
  await stalled.close();
  await until(() => server.pool.bytesInUse <= PAGE_BYTES);
});

test('the hard output limit closes a client that does not read', async (t) => {
  const { client, server, engine, messages } = await startServer(t);
  engine.config.values.set('client-output-buffer-limit', `normal ${20 * MEGABYTE} 0 0`);
  const c = await client();
  stall(c, 200, 500_000);
  await until(() => server.statistics.outputLimitDisconnections === 1);
  assert.equal(server.statistics.connectedClients, 0);
  assert.equal(engine.gone.length, 1);
  assert.match(messages.at(-1) ?? '', /warning: Client id=1 .* output buffer limits/);
  await until(() => server.pool.bytesInUse <= PAGE_BYTES);
});

test('the soft output limit allows its seconds, then closes the client', async (t) => {
  const { client, server, engine } = await startServer(t);
  engine.config.values.set('client-output-buffer-limit', `normal 0 ${MEGABYTE} 10`);
  const c = await client();
  stall(c, 40, 500_000);
  await until(() => engine.executed === 40);
  const [connection] = server.clients.all();
  await until(() => connection.overSoftLimitSinceMs > 0);
  engine.clock.ms += 10_000;
  server.runHousekeeping();
  assert.equal(server.statistics.outputLimitDisconnections, 0);
  engine.clock.ms += 1;
  server.runHousekeeping();
  assert.equal(server.statistics.outputLimitDisconnections, 1);
});

test('a client that sends half a request is closed at the query buffer limit', async (t) => {
  const { client, server, engine } = await startServer(t);
  engine.config.values.set('client-query-buffer-limit', String(2 * MEGABYTE));
  const c = await client();
  const sent = `*2\r\n$4\r\nPING\r\n$100000000\r\n`;
  c.raw(Buffer.concat([Buffer.from(sent), Buffer.alloc(3 * MEGABYTE)]));
  await c.closed;
  assert.equal(c.receivedBytes, 0);
  assert.equal(server.statistics.queryLimitDisconnections, 1);
});

test('an announced length costs nothing before its bytes come', async (t) => {
  const { client, server } = await startServer(t);
  const clients = await Promise.all(Array.from({ length: 50 }, () => client()));
  const begun = `*2\r\n$4\r\nPING\r\n$500000000\r\n${'x'.repeat(10_000)}`;
  for (const c of clients) c.raw(begun);
  await until(() => [...server.clients.all()].every((each) => each.query.length === begun.length));
  for (const each of server.clients.all()) assert.ok(each.query.bytes.length <= 2 * MEGABYTE);
});

test('a long pipeline of large replies is served in several turns, in order', async (t) => {
  const { client, engine } = await startServer(t);
  const c = await client();
  const d = await client();
  c.raw(Buffer.concat([...Array<Buffer>(100).fill(encode('FILL', '300000')), encode('PING')]));
  await until(() => engine.executed >= 1);
  // The other client is not made to wait for all of them.
  assert.equal(await d.ask('PING'), 'PONG');
  const texts = await c.texts(101);
  assert.ok(texts.slice(0, 100).every((text) => text.length === 300_000));
  assert.equal(texts[100], 'PONG');
});

test('a thousand clients, half of them stalled: the others are served', async (t) => {
  const { client, server, engine } = await startServer(t);
  // A unix socket holds little by itself, so its clients are slow after a few hundred kilobytes.
  const path = join(await tempDir(t), 'server.sock');
  await server.listenUnix(path);
  const half = Array.from({ length: 500 });
  const live = await Promise.all(half.map(() => client()));
  const stalled = await Promise.all(half.map(() => TestClient.connect({ path })));
  atEnd(t, () => {
    for (const c of stalled) c.socket.destroy();
  });
  for (const c of stalled) stall(c, 8, 60_000);
  await until(() => engine.executed === stalled.length * 8);
  const slow = [...server.clients.all()].filter((each) => each.output.isSlow);
  assert.ok(slow.length > 400, `${slow.length} are slow`);
  const pages = server.pool.bytesInUse;
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(live.map((c, i) => c.ask('PING', `${round}-${i}`)));
    assert.deepEqual(
      answers,
      live.map((_, i) => `${round}-${i}`),
    );
  }
  assert.ok(server.pool.bytesInUse <= pages + PAGE_BYTES);
  assert.equal(server.statistics.connectedClients, 1000);
});
