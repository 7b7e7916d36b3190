// Blocked clients and transactions over real connections, with the whole engine behind them: when
// replies leave, what CLIENT LIST shows, and what becomes of clients that go.

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Config, Engine } from '../../engine/index.js';
import { SeededRandom } from '../../engine/util/random.js';
import { createServer } from '../../protocol/server.js';
import { atEnd } from '../support/at-end.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { encode, TestClient, until } from './test-client.js';

interface Served {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly fs: MemoryFileSystem;
  client(): Promise<TestClient>;
  /** How many clients the server counts as blocked. */
  blocked(): number;
}

async function serve(t: TestContext): Promise<Served> {
  const fs = new MemoryFileSystem();
  const clock = new FakeClock();
  const config = new Config();
  config.preset('appendfsync', 'always');
  const random = new SeededRandom(5);
  const engine = new Engine({ dir: '/data', fs, owner: null, clock, config, random });
  await engine.load();
  const server = createServer({ engine });
  engine.surround({ clients: server.clients, listenerFacts: server.statistics });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const clients: TestClient[] = [];
  atEnd(t, async () => {
    for (const client of clients) client.socket.destroy();
    fs.onOperation = () => {};
    await server.close();
    await engine.close().catch(() => {});
  });
  return {
    engine,
    clock,
    fs,
    client: async () => {
      const client = await TestClient.connect({ port });
      clients.push(client);
      return client;
    },
    blocked: () => server.statistics.blockedClients,
  };
}

/** Lets the event loop turn often enough for whatever could be sent. */
async function someTurns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('a blocked client is served by another connection and goes on', async (t) => {
  const { client, blocked } = await serve(t);
  const [waiter, pusher] = [await client(), await client()];
  waiter.raw(Buffer.concat([encode('BLPOP', 'a', '0'), encode('PING')]));
  await until(() => blocked() === 1);
  match(await pusher.ask('CLIENT', 'LIST'), /flags=b .*cmd=blpop/);
  match(await pusher.ask('INFO', 'clients'), /blocked_clients:1\r\n/);
  match(await pusher.ask('INFO', 'clients'), /total_blocking_keys:1\r\n/);
  equal(await pusher.ask('RPUSH', 'a', 'x'), ':1');
  deepEqual(await waiter.texts(2), ['[a x]', 'PONG']);
  equal(blocked(), 0);
});

test('a time-out answers the absent array', async (t) => {
  const { client, clock, blocked } = await serve(t);
  const waiter = await client();
  waiter.raw(encode('BLMOVE', 'a', 'b', 'LEFT', 'LEFT', '5'));
  await until(() => blocked() === 1);
  clock.advance(5000);
  equal((await waiter.read(1))[0].type, 'nullArray');
  equal(await waiter.ask('HELLO', '3').then((text) => text.includes('proto')), true);
  waiter.raw(encode('BLPOP', 'a', '5'));
  await until(() => blocked() === 1);
  clock.advance(5000);
  equal((await waiter.read(1))[0].type, 'null');
});

test('clients that vanish or are killed while they wait are forgotten', async (t) => {
  const { client, blocked, engine } = await serve(t);
  const [gone, killed, admin] = [await client(), await client(), await client()];
  const id = (await killed.ask('CLIENT', 'ID')).slice(1);
  gone.raw(encode('BLPOP', 'a', '0'));
  killed.raw(encode('BLPOP', 'a', '10'));
  await until(() => blocked() === 2);
  gone.socket.destroy();
  equal(await admin.ask('CLIENT', 'KILL', 'ID', id), ':1');
  await killed.closed;
  await until(() => blocked() === 0);
  equal(engine.blocking.keyWaiters.keyCount, 0);
  equal(engine.blocking.timeoutCount, 0);
  equal(await admin.ask('RPUSH', 'a', 'x'), ':1');
  equal(await admin.ask('LPOP', 'a'), 'x');
});

test('the reply of a served client waits for the log like any other', async (t) => {
  const { client, blocked, clock, engine, fs } = await serve(t);
  const [waiter, pusher] = [await client(), await client()];
  waiter.raw(encode('BLPOP', 'a', '0'));
  await until(() => blocked() === 1);
  fs.onOperation = ({ name }) => {
    if (name === 'write') throw fileError('ENOSPC');
  };
  pusher.raw(encode('RPUSH', 'a', 'x'));
  await until(() => blocked() === 0);
  await someTurns();
  equal(waiter.receivedBytes + pusher.receivedBytes, 0, 'nothing is on disk yet');
  fs.onOperation = () => {};
  clock.advance(1500);
  engine.runCron();
  deepEqual(await pusher.texts(1), [':1']);
  deepEqual(await waiter.texts(1), ['[a x]']);
});

test('when the write of a served client is lost, it is told so', async (t) => {
  const { client, blocked, fs } = await serve(t);
  const [waiter, pusher] = [await client(), await client()];
  waiter.raw(encode('BLPOP', 'a', '0'));
  await until(() => blocked() === 1);
  fs.onOperation = ({ name }) => {
    if (name === 'write') throw fileError('EIO');
  };
  match(await pusher.ask('RPUSH', 'a', 'x'), /^-MISCONF/);
  match((await waiter.texts(1))[0], /^-MISCONF/);
});

test('a served client that wants no replies gets none, and is served all the same', async (t) => {
  const { client, blocked } = await serve(t);
  const [off, skip, pusher] = [await client(), await client(), await client()];
  off.raw(Buffer.concat([encode('CLIENT', 'REPLY', 'OFF'), encode('BLPOP', 'a', '0')]));
  await until(() => blocked() === 1);
  skip.raw(
    Buffer.concat([
      encode('CLIENT', 'REPLY', 'SKIP'),
      encode('BLPOP', 'a', '0'),
      encode('ECHO', 'next'),
    ]),
  );
  await until(() => blocked() === 2);
  equal(await pusher.ask('RPUSH', 'a', '1', '2', '3'), ':3');
  equal(await pusher.ask('LRANGE', 'a', '0', '-1'), '[3]');
  deepEqual(await skip.texts(1), ['next']);
  off.raw(encode('CLIENT', 'REPLY', 'ON'));
  deepEqual(await off.texts(1), ['OK']);
});

test('a pipelined transaction is answered in order', async (t) => {
  const { client } = await serve(t);
  const one = await client();
  const commands = [['MULTI'], ['SET', 'a', '1'], ['INCR', 'a'], ['EXEC'], ['GET', 'a']];
  one.raw(Buffer.concat(commands.map((words) => encode(...words))));
  deepEqual(await one.texts(5), ['OK', 'QUEUED', 'QUEUED', '[OK :2]', '2']);
});

test('CLIENT LIST shows an open transaction and a touched watch', async (t) => {
  const { client } = await serve(t);
  const [one, other] = [await client(), await client()];
  await one.ask('WATCH', 'k', 'l');
  await one.ask('MULTI');
  await one.ask('SET', 'a', '1');
  match(await other.ask('CLIENT', 'LIST'), /flags=x .*multi=1 watch=2 .*multi-mem=[1-9]/);
  match(await other.ask('INFO', 'clients'), /watching_clients:1\r\n.*\r\ntotal_watched_keys:2\r/);
  await other.ask('SET', 'k', '1');
  match(await other.ask('CLIENT', 'LIST'), /flags=xd .*multi=0 watch=0 /);
  equal(await one.ask('EXEC'), '(nil)');
});

test('QUIT inside MULTI quits at once', async (t) => {
  const { client, engine } = await serve(t);
  const [one, other] = [await client(), await client()];
  for (const words of [['MULTI'], ['SET', 'a', '1'], ['QUIT']]) one.raw(encode(...words));
  deepEqual(await one.readAll(), ['OK', 'QUEUED', 'OK']);
  equal(await other.ask('EXISTS', 'a'), ':0');
  equal(engine.transactions.watchedKeys.keyCount, 0);
});

test('CLIENT REPLY inside EXEC counts from the next command on', async (t) => {
  const { client } = await serve(t);
  const one = await client();
  const send = (...commands: string[][]): void =>
    one.raw(Buffer.concat(commands.map((words) => encode(...words))));
  send(['CLIENT', 'REPLY', 'OFF'], ['MULTI'], ['SET', 'a', '1'], ['EXEC']);
  send(['CLIENT', 'REPLY', 'ON'], ['GET', 'a']);
  deepEqual(await one.texts(2), ['OK', '1']);
  send(['CLIENT', 'REPLY', 'SKIP'], ['MULTI'], ['INCR', 'a'], ['EXEC']);
  deepEqual(await one.texts(2), ['QUEUED', '[:2]']);
  send(['MULTI'], ['INCR', 'a'], ['CLIENT', 'REPLY', 'SKIP'], ['EXEC'], ['PING'], ['ECHO', 'x']);
  ok((await one.texts(3)).every((text) => text === 'OK' || text === 'QUEUED'));
  // The array lacks the reply that CLIENT REPLY never gives; what comes next takes its place.
  deepEqual(await one.texts(1), ['[:3 x]']);
});
