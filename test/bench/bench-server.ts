// A server under measurement: started in an empty folder, watched through /proc (Linux), stopped.
// Invariant: whatever happens to a benchmark, `stop` ends the process and removes the folder.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchClient } from './bench-client.js';

/** How to start one kind of server; port and folder are added. */
export interface ServerKind {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const START_MS_MAX = 600_000;
/** Between two tries; trying without a pause would take the server's CPU. */
const TRY_EVERY_MS = 2;
const TICKS_PER_SECOND = 100;
const KIB = 1024;
/** No compaction but the one that is asked for. */
const COMMON = ['--appendonly', 'yes', '--appendfsync', 'everysec'];
const NO_REWRITE = ['--auto-aof-rewrite-percentage', '0'];

export const REDDIS: ServerKind = {
  name: 'reddis',
  command: process.execPath,
  args: [join(process.cwd(), 'dist/cli/reddis.js'), ...COMMON, ...NO_REWRITE],
};
export const REDIS: ServerKind = {
  name: 'redis-server',
  command: 'redis-server',
  args: ['--save', '', ...COMMON, ...NO_REWRITE],
};

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** @returns whether the peer can be started here */
export function hasRedis(): boolean {
  try {
    execFileSync(REDIS.command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class BenchServer {
  readonly kind: ServerKind;
  readonly dir: string;
  port = 0;
  private child: ChildProcess | null = null;

  constructor(kind: ServerKind) {
    this.kind = kind;
    this.dir = mkdtempSync(join(tmpdir(), 'reddis-bench-'));
  }

  /** @returns milliseconds until the first PONG: listening, loaded, serving */
  async start(): Promise<number> {
    this.port = await freePort();
    const startMs = performance.now();
    const address = ['--port', String(this.port), '--dir', this.dir];
    this.child = spawn(this.kind.command, [...this.kind.args, ...address], { stdio: 'ignore' });
    for (;;) {
      const client = await BenchClient.connect(this.port).catch(() => null);
      if (client !== null) {
        const reply = await client.call('PING').catch(() => '');
        client.close();
        if (reply === '+PONG') return performance.now() - startMs;
      }
      if (this.child.exitCode !== null || performance.now() - startMs > START_MS_MAX) {
        throw new Error(`${this.kind.name} did not start`);
      }
      await wait(TRY_EVERY_MS);
    }
  }

  /** Stops in good order; the folder stays. */
  async halt(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Resident memory now. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * KIB;
  }

  /** User and system time of the process so far. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.child?.pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
}
