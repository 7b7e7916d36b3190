// A listener over the fake engine on a free port, closed with its test. What the engine holds back
// is let go first, so closing never waits for it.

import type { TestContext } from 'node:test';
import { createServer, type RespServer, type ServerOptions } from '../../protocol/server.js';
import { atEnd } from '../support/at-end.js';
import { FakeEngine } from './fake-engine.js';
import { TestClient } from './test-client.js';

export interface TestServer {
  readonly engine: FakeEngine;
  readonly server: RespServer;
  readonly port: number;
  /** Messages the server logged. */
  readonly messages: string[];
  client(): Promise<TestClient>;
}

export async function startServer(
  t: TestContext,
  options: Omit<ServerOptions, 'engine' | 'log'> = {},
): Promise<TestServer> {
  const engine = new FakeEngine();
  const messages: string[] = [];
  const log = (level: string, message: string): void => {
    messages.push(`${level}: ${message}`);
  };
  const server = createServer({ engine, log, ...options });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const clients: TestClient[] = [];
  atEnd(t, async () => {
    for (const client of clients) client.socket.destroy();
    engine.isHolding = false;
    engine.acknowledge();
    await server.close();
  });
  return {
    engine,
    server,
    port,
    messages,
    client: async () => {
      const client = await TestClient.connect({ port });
      clients.push(client);
      return client;
    },
  };
}
