// The daemon as its users start it: the compiled program in a process of its own, on a free
// loopback port.

import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ProcessEnd, TestProcess } from './child-process.js';

export const PROGRAM = fileURLToPath(new URL('../../cli/reddis.js', import.meta.url));

export interface DaemonOptions {
  readonly dir: string;
  /** 0 picks a free one. */
  readonly port?: number;
  /** More words of the command line. */
  readonly args?: readonly string[];
}

export class TestDaemon {
  readonly process: TestProcess;
  readonly port: number;

  constructor(process: TestProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** As `kill -9`: nothing is flushed, nothing is said. */
  kill(): Promise<ProcessEnd> {
    return this.process.kill('SIGKILL');
  }

  /** An orderly stop. */
  stop(): Promise<ProcessEnd> {
    return this.process.kill('SIGTERM');
  }
}

/** Starts the program without waiting for anything; for starts that are to fail. */
export function spawnDaemon(t: TestContext, options: DaemonOptions): TestProcess {
  const { dir, port = 0, args = [] } = options;
  const words = ['--port', String(port), '--dir', dir, ...args];
  return new TestProcess(t, process.execPath, [PROGRAM, ...words]);
}

/**
 * Starts the program and waits until it serves.
 * @throws Error with its output when it ends before
 */
export async function startDaemon(t: TestContext, options: DaemonOptions): Promise<TestDaemon> {
  const child = spawnDaemon(t, options);
  const { port = 0 } = options;
  const picked = port === 0 ? Number((await child.line(/^port (\d+)$/))[1]) : port;
  await child.line(/Ready to accept connections/);
  return new TestDaemon(child, picked);
}
