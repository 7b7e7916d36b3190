// A health check succeeds on PONG and on nothing else.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { checkHealth } from '../../cli/healthcheck.js';

/** A server that answers each read with the next of `answers`; null closes. */
async function answering(answer: string | null): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.once('data', () => (answer === null ? socket.destroy() : socket.write(answer)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  return { server, port: address.port };
}

async function healthOf(answer: string | null, password = ''): Promise<string | null> {
  const { server, port } = await answering(answer);
  const problem = await checkHealth({ host: '127.0.0.1', port, password });
  server.close();
  return problem;
}

test('PONG is healthy', async () => {
  assert.equal(await healthOf('+PONG\r\n'), null);
  assert.equal(await healthOf('+OK\r\n+PONG\r\n', 'secret'), null);
});

test('loading, a wrong password and a closed connection are not', async () => {
  assert.match((await healthOf('-LOADING Redis is loading\r\n')) ?? '', /^-LOADING/);
  assert.match((await healthOf('-NOAUTH Authentication required.\r\n')) ?? '', /^-NOAUTH/);
  assert.match((await healthOf('-WRONGPASS\r\n-NOAUTH\r\n', 'x')) ?? '', /^-NOAUTH/);
  assert.match((await healthOf(null)) ?? '', /closed/);
});

test('nobody listening is not', async () => {
  const { server, port } = await answering('');
  server.close();
  await once(server, 'close');
  const problem = await checkHealth({ host: '127.0.0.1', port, password: '' });
  assert.match(problem ?? '', /ECONNREFUSED/);
});
