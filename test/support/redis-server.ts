// A real redis-server to compare with, on a free loopback port, without files unless told.

import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { TestProcess } from './child-process.js';
import { toolPath } from './redis-tools.js';

/** Another program may take the free port first. */
const ATTEMPTS = 5;

export interface RedisServer {
  readonly process: TestProcess;
  readonly port: number;
}

/** @returns a port that nobody listens on now */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      server.close(() => resolve(port));
    });
  });
}

/**
 * @param dir its working directory
 * @throws Error with its output when it does not start
 */
export async function startRedisServer(
  t: TestContext,
  dir: string,
  args: readonly string[] = [],
): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir];
    const child = new TestProcess(t, toolPath('redis-server'), [...fixed, ...args]);
    try {
      await child.line(/Ready to accept connections/);
      return { process: child, port };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
