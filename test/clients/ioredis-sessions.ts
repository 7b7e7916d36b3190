// What users of ioredis do, as tests that run for each of its versions and both protocols.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { atEnd } from '../support/at-end.js';
import { startDaemon } from '../support/daemon.js';
import { tempDir } from '../support/temp-dir.js';

/** A batch of commands. */
interface Batch {
  set(key: string, value: string): Batch;
  incr(key: string): Batch;
  get(key: string): Batch;
  exec(): Promise<[error: Error | null, result: unknown][] | null>;
}

/** The part of a client that these tests use; what both versions have. */
export interface IoredisClient {
  readonly status: string;
  set(key: string, value: string | Buffer): Promise<unknown>;
  set(key: string, value: string, token: 'EX', seconds: number, nx: 'NX'): Promise<unknown>;
  get(key: string): Promise<string | null>;
  getBuffer(key: string): Promise<Buffer | null>;
  mset(values: Record<string, string>): Promise<unknown>;
  mget(...keys: string[]): Promise<(string | null)[]>;
  incr(key: string): Promise<number>;
  incrbyfloat(key: string, by: number): Promise<string>;
  ttl(key: string): Promise<number>;
  del(...keys: string[]): Promise<number>;
  dbsize(): Promise<number>;
  select(db: number): Promise<unknown>;
  info(section: string): Promise<string>;
  config(get: 'GET', name: string): Promise<unknown>;
  client(getname: 'GETNAME'): Promise<string | null>;
  client(list: 'LIST'): Promise<unknown>;
  call(name: string, ...args: string[]): Promise<unknown>;
  pipeline(): Batch;
  scanStream(options: { match: string; count: number }): Readable;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'ready' | 'close', listener: () => void): unknown;
  quit(): Promise<unknown>;
  disconnect(): void;
}

export interface IoredisOptions {
  readonly port: number;
  readonly db?: number;
  readonly connectionName?: string;
  readonly password?: string;
  readonly enableAutoPipelining?: boolean;
}

export type MakeIoredis = (options: IoredisOptions) => IoredisClient;

const BIG_BYTES = 3_000_000;
const PIPELINED = 2000;

function connected(t: TestContext, client: IoredisClient): Promise<IoredisClient> {
  atEnd(t, () => client.disconnect());
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.once('ready', () => resolve(client));
  });
}

function valueSessions(label: string, make: MakeIoredis): void {
  test(`${label} connects, waits for ready, names itself and uses its database`, async (t) => {
    const daemon = await startDaemon(t, { dir: await tempDir(t) });
    const { port } = daemon;
    const client = await connected(t, make({ port, db: 3, connectionName: 'worker-1' }));
    assert.equal(await client.client('GETNAME'), 'worker-1');
    assert.match(String(await client.client('LIST')), /name=worker-1 .* db=3 .*lib-name=ioredis/);
    await client.set('here', '1');
    await client.select(0);
    assert.equal(await client.get('here'), null);
    assert.match(await client.info('keyspace'), /db3:keys=1/);
    assert.deepEqual(await client.config('GET', 'maxmemory-policy'), [
      'maxmemory-policy',
      'noeviction',
    ]);
    assert.equal(await client.quit(), 'OK');
  });

  test(`${label} reads back strings, numbers, bytes and large values`, async (t) => {
    const daemon = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connected(t, make({ port: daemon.port }));
    assert.equal(await client.set('héllo', 'wörld ☃'), 'OK');
    assert.equal(await client.get('héllo'), 'wörld ☃');
    assert.equal(await client.set('lock', 'a', 'EX', 100, 'NX'), 'OK');
    assert.equal(await client.set('lock', 'b', 'EX', 100, 'NX'), null);
    assert.ok((await client.ttl('lock')) > 90);
    await client.mset({ a: '1', b: '2' });
    assert.deepEqual(await client.mget('a', 'absent', 'b'), ['1', null, '2']);
    assert.equal(await client.incr('a'), 2);
    assert.equal(await client.incrbyfloat('b', 0.5), '2.5');
    const big = randomBytes(BIG_BYTES);
    await client.set('big', big);
    assert.ok((await client.getBuffer('big'))?.equals(big));
    assert.equal(await client.del('big', 'a', 'absent'), 2);
    await assert.rejects(client.call('SET', 'only-a-key'), /wrong number of arguments for 'set'/);
    await assert.rejects(client.incr('héllo'), /value is not an integer or out of range/);
  });
}

function bulkSessions(label: string, make: MakeIoredis): void {
  test(`${label} gets the answers of a pipeline in order, errors in their places`, async (t) => {
    const daemon = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connected(t, make({ port: daemon.port }));
    let batch = client.pipeline().set('text', 'abc').incr('text');
    for (let i = 0; i < PIPELINED; i++) batch = batch.incr('counter');
    const results = await batch.get('counter').exec();
    assert.equal(results?.length, PIPELINED + 3);
    assert.match(String(results?.[1][0]), /not an integer/);
    assert.deepEqual(
      results?.slice(2).map(([, result]) => result),
      [...Array.from({ length: PIPELINED }, (_, i) => i + 1), String(PIPELINED)],
    );
    const auto = await connected(t, make({ port: daemon.port, enableAutoPipelining: true }));
    const counts = await Promise.all(Array.from({ length: 500 }, () => auto.incr('auto')));
    assert.deepEqual(
      counts,
      Array.from({ length: 500 }, (_, i) => i + 1),
    );
  });

  test(`${label} walks the keys with a scan stream`, async (t) => {
    const daemon = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connected(t, make({ port: daemon.port }));
    const names = Array.from({ length: 1000 }, (_, i) => `user:${i}`);
    await client.mset(Object.fromEntries([...names, 'other'].map((name) => [name, 'x'])));
    const found = new Set<string>();
    for await (const keys of client.scanStream({ match: 'user:*', count: 50 })) {
      for (const key of keys) found.add(String(key));
    }
    assert.deepEqual([...found].sort(), [...names].sort());
    assert.equal(await client.dbsize(), names.length + 1);
  });
}

function connectionSessions(label: string, make: MakeIoredis): void {
  test(`${label} gives its password and is refused with a wrong one`, async (t) => {
    const args = ['--requirepass', 'secret'];
    const { port } = await startDaemon(t, { dir: await tempDir(t), args });
    const client = await connected(t, make({ port, password: 'secret' }));
    assert.equal(await client.set('k', 'v'), 'OK');
    const stranger = make({ port, password: 'wrong' });
    atEnd(t, () => stranger.disconnect());
    const error = await new Promise((resolve) => stranger.on('error', resolve));
    assert.match(String(error), /WRONGPASS/);
  });

  test(`${label} reconnects by itself after kill -9 and finds its data`, async (t) => {
    const dir = await tempDir(t);
    const daemon = await startDaemon(t, { dir });
    const client = make({ port: daemon.port });
    atEnd(t, () => client.disconnect());
    // The connection will break: that is what this is about.
    client.on('error', () => undefined);
    await client.set('kept', 'yes');
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    await daemon.kill();
    await closed;
    const waiting = client.get('kept');
    await startDaemon(t, { dir, port: daemon.port });
    assert.equal(await waiting, 'yes');
    assert.equal(client.status, 'ready');
  });
}

/** @param label names the client and the protocol */
export function ioredisSessions(label: string, make: MakeIoredis): void {
  valueSessions(label, make);
  bulkSessions(label, make);
  connectionSessions(label, make);
}
