// What users of ioredis do with lists, hashes, sets and sorted sets, in transactions and blocked,
// as tests that run for each of its versions and both protocols. ioredis answers in the shapes of
// RESP2 whatever it speaks, so one set of expectations serves.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { atEnd } from '../support/at-end.js';
import { startDaemon } from '../support/daemon.js';
import { tempDir } from '../support/temp-dir.js';

type Results = [error: Error | null, result: unknown][] | null;

/** Commands between MULTI and EXEC. */
interface Transaction {
  decrby(key: string, by: number): Transaction;
  hset(key: string, field: string, value: string): Transaction;
  lpush(key: string, element: string): Transaction;
  zadd(key: string, score: number, member: string): Transaction;
  get(key: string): Transaction;
  exec(): Promise<Results>;
}

/** The part of a client that these tests use; what both versions have. */
export interface IoredisCollections {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  exists(...keys: string[]): Promise<number>;
  lpush(key: string, ...elements: string[]): Promise<number>;
  rpush(key: string, ...elements: string[]): Promise<number>;
  lrange(key: string, from: number, to: number): Promise<string[]>;
  lrem(key: string, count: number, element: string): Promise<number>;
  lmove(from: string, to: string, end: 'RIGHT', begin: 'LEFT'): Promise<string | null>;
  hset(key: string, fields: Record<string, string | number>): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  hincrby(key: string, field: string, by: number): Promise<number>;
  hscan(key: string, cursor: string, count: 'COUNT', n: number): Promise<[string, string[]]>;
  sadd(key: string, ...members: string[]): Promise<number>;
  sismember(key: string, member: string): Promise<number>;
  smembers(key: string): Promise<string[]>;
  sinter(...keys: string[]): Promise<string[]>;
  zadd(key: string, ...pairs: (number | string)[]): Promise<unknown>;
  zincrby(key: string, by: number, member: string): Promise<string>;
  zrevrank(key: string, member: string): Promise<number | null>;
  zrevrange(key: string, from: number, to: number, scores: 'WITHSCORES'): Promise<string[]>;
  zrangebyscore(key: string, min: string | number, max: string | number): Promise<string[]>;
  blpop(keys: string[], seconds: number): Promise<[key: string, element: string] | null>;
  blmove(
    from: string,
    to: string,
    end: 'RIGHT',
    begin: 'LEFT',
    seconds: number,
  ): Promise<string | null>;
  bzpopmin(
    keys: string[],
    seconds: number,
  ): Promise<[key: string, member: string, score: string] | null>;
  watch(...keys: string[]): Promise<unknown>;
  unwatch(): Promise<unknown>;
  multi(): Transaction;
  client(list: 'LIST'): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  disconnect(): void;
}

export type MakeCollections = (options: { readonly port: number }) => IoredisCollections;

/** More fields than a packed hash has. */
const FIELDS = 2000;

/** Two clients of one daemon. */
async function connected(
  t: TestContext,
  make: MakeCollections,
): Promise<[IoredisCollections, IoredisCollections]> {
  const { port } = await startDaemon(t, { dir: await tempDir(t) });
  const open = (): IoredisCollections => {
    const client = make({ port });
    atEnd(t, () => client.disconnect());
    return client;
  };
  return [open(), open()];
}

/** Waits until `count` clients are blocked. */
async function untilBlocked(client: IoredisCollections, count: number): Promise<void> {
  for (;;) {
    const blocked = String(await client.client('LIST')).match(/ flags=b /g);
    if (blocked?.length === count) return;
  }
}

function shapeSessions(label: string, make: MakeCollections): void {
  test(`${label} keeps a queue, profiles, tags and a ranking`, async (t) => {
    const [client] = await connected(t, make);
    assert.equal(await client.rpush('jobs', 'a', 'b', 'c', 'b'), 4);
    assert.equal(await client.lrem('jobs', -1, 'b'), 1);
    assert.equal(await client.lmove('jobs', 'doing', 'RIGHT', 'LEFT'), 'c');
    assert.deepEqual(await client.lrange('jobs', 0, -1), ['a', 'b']);

    assert.equal(await client.hset('user:1', { name: 'Zoë', visits: 1 }), 2);
    assert.equal(await client.hincrby('user:1', 'visits', 41), 42);
    assert.deepEqual({ ...(await client.hgetall('user:1')) }, { name: 'Zoë', visits: '42' });
    assert.deepEqual(await client.hmget('user:1', 'name', 'absent'), ['Zoë', null]);
    assert.deepEqual(await client.hgetall('absent'), {});

    assert.equal(await client.sadd('tags:1', 'red', 'big', 'red'), 2);
    assert.equal(await client.sadd('tags:2', 'red', 'small'), 2);
    assert.deepEqual(await client.sinter('tags:1', 'tags:2'), ['red']);
    assert.equal(await client.sismember('tags:1', 'small'), 0);
    assert.deepEqual((await client.smembers('tags:2')).sort(), ['red', 'small']);

    assert.equal(await client.zadd('board', 10, 'ann', 7.5, 'bob', -1, 'cy'), 3);
    assert.equal(await client.zincrby('board', 3, 'bob'), '10.5');
    assert.equal(await client.zrevrank('board', 'bob'), 0);
    const best = await client.zrevrange('board', 0, 1, 'WITHSCORES');
    assert.deepEqual(best, ['bob', '10.5', 'ann', '10']);
    assert.deepEqual(await client.zrangebyscore('board', '-inf', '(10'), ['cy']);
    await assert.rejects(client.lpush('board', 'x'), /WRONGTYPE/);
  });

  test(`${label} walks a large hash`, async (t) => {
    const [client] = await connected(t, make);
    const fields = Object.fromEntries(Array.from({ length: FIELDS }, (_, i) => [`f${i}`, `${i}`]));
    assert.equal(await client.hset('large', fields), FIELDS);
    const found = new Map<string, string>();
    let cursor = '0';
    do {
      const [next, pairs] = await client.hscan('large', cursor, 'COUNT', 100);
      for (let i = 0; i < pairs.length; i += 2) found.set(pairs[i], pairs[i + 1]);
      cursor = next;
    } while (cursor !== '0');
    assert.deepEqual(Object.fromEntries(found), fields);
    assert.deepEqual({ ...(await client.hgetall('large')) }, fields);
  });
}

function transactionSessions(label: string, make: MakeCollections): void {
  test(`${label} gets each result of a transaction, errors in their places`, async (t) => {
    const [client] = await connected(t, make);
    await client.set('stock', '3');
    const results = await client
      .multi()
      .decrby('stock', 1)
      .hset('stock', 'f', 'v')
      .lpush('orders', 'first')
      .zadd('times', 1.5, 'first')
      .get('stock')
      .exec();
    assert.match(String(results?.[1][0]), /WRONGTYPE/);
    const values = results?.filter(([error]) => error === null).map(([, result]) => result);
    assert.deepEqual(values, [2, 1, 1, '2']);
  });

  test(`${label} buys only while what it watches stays as it is`, async (t) => {
    const [client, rival] = await connected(t, make);
    await client.set('stock', '3');
    await client.watch('stock');
    assert.equal(await client.get('stock'), '3');
    await rival.set('stock', '1');
    const buy = () => client.multi().decrby('stock', 1).lpush('orders', 'mine').exec();
    assert.equal(await buy(), null);
    assert.equal(await client.exists('orders'), 0);
    await client.watch('stock');
    assert.deepEqual(await buy(), [
      [null, 0],
      [null, 1],
    ]);
    await client.watch('stock');
    await rival.set('stock', '9');
    await client.unwatch();
    assert.deepEqual(await client.multi().get('stock').exec(), [[null, '9']]);
  });
}

function blockingSessions(label: string, make: MakeCollections): void {
  test(`${label} waits for jobs, for moves and for the lowest score`, async (t) => {
    const [worker, producer] = await connected(t, make);
    const job = worker.blpop(['urgent', 'jobs'], 0);
    await untilBlocked(producer, 1);
    assert.equal(await producer.rpush('jobs', 'a', 'b'), 2);
    assert.deepEqual(await job, ['jobs', 'a']);
    assert.deepEqual(await worker.blpop(['urgent', 'jobs'], 0), ['jobs', 'b']);

    const moved = worker.blmove('inbox', 'doing', 'RIGHT', 'LEFT', 0);
    await untilBlocked(producer, 1);
    // What a transaction pushes is taken when all of it has run.
    assert.deepEqual(await producer.multi().lpush('inbox', 'x').lpush('inbox', 'y').exec(), [
      [null, 1],
      [null, 2],
    ]);
    assert.equal(await moved, 'x');
    assert.deepEqual(await producer.lrange('doing', 0, -1), ['x']);

    const lowest = worker.bzpopmin(['due'], 0);
    await untilBlocked(producer, 1);
    await producer.zadd('due', 3, 'later', 1.5, 'now');
    assert.deepEqual(await lowest, ['due', 'now', '1.5']);
    assert.equal(await worker.blpop(['nothing'], 0.02), null);
  });
}

/** @param label names the client and the protocol */
export function ioredisCollectionSessions(label: string, make: MakeCollections): void {
  shapeSessions(label, make);
  transactionSessions(label, make);
  blockingSessions(label, make);
}
