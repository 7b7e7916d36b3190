// What is measured of one server: memory of its keys, time to restart, stalls and memory of a
// compaction under load, time to start, idle CPU. Each returns plain numbers; none judges them.

import { BenchClient } from './bench-client.js';
import { BenchServer, type ServerKind, wait } from './bench-server.js';

export interface DatasetFigures {
  readonly fillSeconds: number;
  /** Growth of resident memory by the keys. */
  readonly grownBytes: number;
  readonly restartFromLogMs: number;
  readonly restartFromSnapshotMs: number;
}

export interface CompactionFigures {
  readonly seconds: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The same load with no compaction under way. */
  readonly quietMaxMs: number;
  readonly extraBytes: number;
}

const QUIET_SECONDS = 3;
const SAMPLE_MS = 20;

async function withClient<T>(
  server: BenchServer,
  use: (client: BenchClient) => Promise<T>,
): Promise<T> {
  const client = await BenchClient.connect(server.port);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function withServer<T>(
  kind: ServerKind,
  use: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = new BenchServer(kind);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function infoField(client: BenchClient, name: string): Promise<string> {
  // INFO has many lines; the one asked for is found in whatever has arrived.
  return new RegExp(`${name}:(\\S+)`).exec(await client.callText('INFO persistence'))?.[1] ?? '';
}

async function compact(server: BenchServer): Promise<void> {
  await withClient(server, async (client) => {
    await client.call('BGREWRITEAOF');
    do await wait(SAMPLE_MS);
    while ((await infoField(client, 'aof_rewrite_in_progress')) !== '0');
  });
}

/** Fills a server, then restarts it from its plain log and from a snapshot. */
export function measureDataset(kind: ServerKind, keys: number): Promise<DatasetFigures> {
  return withServer(kind, async (server) => {
    await server.start();
    const before = server.residentBytes();
    const startMs = performance.now();
    await withClient(server, (client) => client.fill(keys));
    const fillSeconds = (performance.now() - startMs) / 1000;
    const grownBytes = server.residentBytes() - before;
    await server.halt();
    const restartFromLogMs = await server.start();
    await compact(server);
    await server.halt();
    const restartFromSnapshotMs = await server.start();
    return { fillSeconds, grownBytes, restartFromLogMs, restartFromSnapshotMs };
  });
}

/** Compacts while requests arrive at a steady rate. */
export function measureCompaction(
  kind: ServerKind,
  keys: number,
  rate: number,
): Promise<CompactionFigures> {
  return withServer(kind, async (server) => {
    await server.start();
    await withClient(server, (client) => client.fill(keys));
    return withClient(server, async (client) => {
      const quietEndMs = performance.now() + QUIET_SECONDS * 1000;
      const quiet = await client.load(keys, rate, () => performance.now() > quietEndMs);
      const before = server.residentBytes();
      let peak = before;
      const sampler = setInterval(() => {
        peak = Math.max(peak, server.residentBytes());
      }, SAMPLE_MS);
      let isDone = false;
      const startMs = performance.now();
      const compaction = compact(server).then(() => {
        isDone = true;
      });
      const busy = await client.load(keys, rate, () => isDone);
      await compaction;
      clearInterval(sampler);
      return {
        seconds: (performance.now() - startMs) / 1000,
        p99Ms: busy.p99Ms,
        maxMs: busy.maxMs,
        quietMaxMs: quiet.maxMs,
        extraBytes: peak - before,
      };
    });
  });
}

/** @returns milliseconds from the start on an empty folder to the first PONG, the median */
export async function measureStart(kind: ServerKind, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(await withServer(kind, (server) => server.start()));
  }
  return times.sort((a, b) => a - b)[rounds >> 1];
}

/** @returns share of one core that a server uses while nobody talks to it */
export function measureIdle(kind: ServerKind, seconds: number): Promise<number> {
  return withServer(kind, async (server) => {
    await server.start();
    await wait(1000);
    const before = server.cpuSeconds();
    await wait(seconds * 1000);
    return (server.cpuSeconds() - before) / seconds;
  });
}
