// CLIENT LIST's line and the filters of CLIENT LIST and CLIENT KILL, over real connections. The
// sessions' properties are set by hand: which command sets them is not the subject here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_NO_EVICT, SESSION_NO_TOUCH } from '../../protocol/engine-port.js';
import { encode, until } from './test-client.js';
import { startServer } from './test-server.js';

const FIELDS =
  'id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free argv-mem ' +
  'multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver ' +
  'tot-net-in tot-net-out tot-cmds';

test("a client's line has the fields of Redis 7.2 in their order, and totals", async (t) => {
  const { client, server, engine, port } = await startServer(t);
  const c = await client();
  await c.ask('PING');
  const [connection] = server.clients.all();
  connection.name = 'me';
  connection.libName = 'lib';
  connection.libVersion = '1.2';
  connection.dbIndex = 3;
  connection.flags |= SESSION_NO_EVICT | SESSION_NO_TOUCH;
  engine.clock.ms += 2500;
  const line = server.clients.describe(connection);
  const fields = line.split(' ').map((field) => field.split('='));
  assert.equal(fields.map(([name]) => name).join(' '), FIELDS);
  const values = Object.fromEntries(fields);
  assert.equal(values.id, '1');
  assert.equal(values.addr, `127.0.0.1:${c.socket.localPort}`);
  assert.equal(values.laddr, `127.0.0.1:${port}`);
  assert.match(values.fd, /^\d+$/);
  assert.equal(values.name, 'me');
  assert.equal(values.age, '2');
  assert.equal(values.idle, '2');
  assert.equal(values.flags, 'eT');
  assert.equal(values.db, '3');
  assert.equal(values.multi, '-1');
  assert.equal(values.events, 'r');
  assert.equal(values.cmd, 'any');
  assert.equal(values.user, 'default');
  assert.equal(values['lib-name'], 'lib');
  assert.equal(values['lib-ver'], '1.2');
  assert.match(values['tot-mem'], /^\d+$/);
  assert.equal(values['tot-net-in'], String(encode('PING').length));
  assert.equal(values['tot-net-out'], '7');
});

test('clients are found by each condition, and by all of them together', async (t) => {
  const { client, server, engine, port } = await startServer(t);
  const sockets = [await client(), await client(), await client()];
  for (const c of sockets) await c.ask('PING');
  const [a, b, c] = server.clients.all();
  b.user = 'bob';
  engine.clock.ms += 5000;
  const ids = (filter: Parameters<typeof server.clients.list>[0]): number[] =>
    server.clients.list(filter).map((each) => each.id);
  assert.deepEqual(ids({}), [1, 2, 3]);
  assert.deepEqual(ids({ ids: [3, 99, 1] }), [3, 1]);
  assert.deepEqual(ids({ user: 'bob' }), [2]);
  assert.deepEqual(ids({ isNot: a }), [2, 3]);
  assert.deepEqual(ids({ address: `127.0.0.1:${sockets[2].socket.localPort}` }), [c.id]);
  assert.deepEqual(ids({ localAddress: `127.0.0.1:${port}` }), [1, 2, 3]);
  assert.deepEqual(ids({ type: 'normal', isNot: b, maxAgeSeconds: 5 }), [1, 3]);
  assert.deepEqual(ids({ type: 'pubsub' }), []);
  assert.deepEqual(ids({ maxAgeSeconds: 6 }), []);
});

test('killing closes others at once and the caller after its reply', async (t) => {
  const { client, server, engine } = await startServer(t);
  const victim = await client();
  const caller = await client();
  victim.raw(encode('BLOCK'));
  await until(() => engine.blocked.length === 1);
  await caller.ask('PING');
  const [first, second] = server.clients.all();
  assert.equal(server.clients.kill({}, second), 2);
  await Promise.all([victim.closed, caller.closed]);
  assert.deepEqual(engine.gone.slice(0, 1), [first.id]);
  await until(() => engine.gone.length === 2);
  assert.equal(server.statistics.blockedClients, 0);
});

test('a pause is handed to the engine', async (t) => {
  const { server, engine } = await startServer(t);
  server.clients.pause(12345, true);
  assert.deepEqual(engine.pauses, [[12345, true]]);
  server.clients.unpause();
  assert.deepEqual(engine.pauses, []);
});
