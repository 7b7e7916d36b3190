// What users of node-redis do with lists, hashes, sets and sorted sets, in transactions and
// blocked, over both protocols. node-redis gives its users the same shapes over both.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClient, WatchError } from 'redis';
import { atEnd } from '../support/at-end.js';
import { startDaemon } from '../support/daemon.js';
import { tempDir } from '../support/temp-dir.js';

/** More fields than a packed hash has. */
const FIELDS = 2000;
/** In the year 2100. */
const FAR_AHEAD_S = 4_102_444_800;
const scoreOfFirst = { score: 1.5, value: 'first' };

for (const RESP of [2, 3] as const) {
  const label = `node-redis over RESP${RESP}`;

  const connect = async (t: TestContext, port: number) => {
    const client = createClient({ socket: { host: '127.0.0.1', port }, RESP });
    client.on('error', () => undefined);
    atEnd(t, () => client.destroy());
    await client.connect();
    return client;
  };

  const start = async (t: TestContext) => {
    const { port } = await startDaemon(t, { dir: await tempDir(t) });
    return { client: await connect(t, port), other: await connect(t, port) };
  };

  const untilBlocked = async (client: Awaited<ReturnType<typeof connect>>) => {
    while (!(await client.clientList()).some(({ flags }) => flags === 'b'));
  };

  test(`${label} keeps a queue, profiles, tags and a ranking`, async (t) => {
    const { client } = await start(t);
    assert.equal(await client.rPush('jobs', ['a', 'b', 'c', 'b']), 4);
    assert.equal(await client.lRem('jobs', -1, 'b'), 1);
    assert.equal(await client.lMove('jobs', 'doing', 'RIGHT', 'LEFT'), 'c');
    assert.deepEqual(await client.lRange('jobs', 0, -1), ['a', 'b']);
    assert.deepEqual(await client.lmPop(['none', 'jobs'], 'LEFT', { COUNT: 5 }), [
      'jobs',
      ['a', 'b'],
    ]);

    assert.equal(await client.hSet('user:1', { name: 'Zoë', visits: 1 }), 2);
    assert.equal(await client.hIncrBy('user:1', 'visits', 41), 42);
    assert.deepEqual({ ...(await client.hGetAll('user:1')) }, { name: 'Zoë', visits: '42' });
    assert.deepEqual(await client.hmGet('user:1', ['name', 'absent']), ['Zoë', null]);
    assert.deepEqual(await client.hRandFieldCountWithValues('absent', 3), []);
    const names = ['name', 'absent'];
    assert.deepEqual(await client.hExpireAt('user:1', names, FAR_AHEAD_S), [1, -2]);
    assert.deepEqual(await client.hExpireTime('user:1', ['name', 'visits']), [FAR_AHEAD_S, -1]);
    assert.deepEqual(await client.hPersist('user:1', ['name']), [1]);

    assert.equal(await client.sAdd('tags:1', ['red', 'big', 'red']), 2);
    assert.equal(await client.sAdd('tags:2', ['red', 'small']), 2);
    assert.deepEqual([...(await client.sInter(['tags:1', 'tags:2']))], ['red']);
    assert.equal(await client.sIsMember('tags:1', 'small'), 0);
    assert.deepEqual([...(await client.sMembers('tags:2'))].sort(), ['red', 'small']);

    const scores = [
      { score: 10, value: 'ann' },
      { score: 7.5, value: 'bob' },
      { score: -Infinity, value: 'cy' },
    ];
    assert.equal(await client.zAdd('board', scores), 3);
    assert.equal(await client.zIncrBy('board', 3, 'bob'), 10.5);
    assert.equal(await client.zRevRank('board', 'bob'), 0);
    assert.equal(await client.zScore('board', 'cy'), -Infinity);
    assert.deepEqual(await client.zRangeWithScores('board', 0, 1, { REV: true }), [
      { value: 'bob', score: 10.5 },
      scores[0],
    ]);
    assert.deepEqual(await client.zPopMinCount('board', 2), [scores[2], scores[0]]);
    await assert.rejects(client.lPush('board', 'x'), /WRONGTYPE/);
  });

  test(`${label} walks large hashes and sorted sets with iterators`, async (t) => {
    const { client } = await start(t);
    const names = Array.from({ length: FIELDS }, (_, i) => `f${i}`);
    await client.hSet('hash', Object.fromEntries(names.map((name, i) => [name, i])));
    await client.zAdd(
      'board',
      names.map((value, score) => ({ value, score })),
    );
    const fields = new Map<string, string>();
    for await (const entries of client.hScanIterator('hash', { COUNT: 100 })) {
      for (const { field, value } of entries) fields.set(field, value);
    }
    const members = new Map<string, number>();
    for await (const entries of client.zScanIterator('board', { COUNT: 100 })) {
      for (const { value, score } of entries) members.set(value, score);
    }
    const byNumber = (pairs: [string, unknown][]) =>
      pairs.map(([name, value]) => [name, Number(value)]).sort((a, b) => +a[1] - +b[1]);
    const wanted = names.map((name, i) => [name, i]);
    assert.deepEqual(byNumber([...fields]), wanted);
    assert.deepEqual(byNumber([...members]), wanted);
  });

  test(`${label} gets each result of a transaction, errors in their places`, async (t) => {
    const { client } = await start(t);
    await client.set('stock', '3');
    const all = client.multi().decr('stock').lPush('orders', 'first').zAdd('times', scoreOfFirst);
    assert.deepEqual(await all.zScore('times', 'first').get('stock').exec(), [2, 1, 1, 1.5, '2']);
    const failing = client.multi().incr('stock').hSet('stock', 'f', 'v').incr('stock').exec();
    await assert.rejects(failing, /1 commands failed/);
    assert.equal(await client.get('stock'), '4');
  });

  test(`${label} buys only while what it watches stays as it is`, async (t) => {
    const { client, other } = await start(t);
    await client.set('stock', '3');
    const buy = () => client.multi().decr('stock').lPush('orders', 'mine').exec();
    await client.watch('stock');
    assert.equal(await client.get('stock'), '3');
    await other.set('stock', '1');
    await assert.rejects(buy(), WatchError);
    assert.equal(await client.exists('orders'), 0);
    await client.watch('stock');
    assert.deepEqual(await buy(), [0, 1]);
    await client.watch('stock');
    await other.set('stock', '9');
    await client.unwatch();
    assert.deepEqual(await client.multi().get('stock').exec(), ['9']);
  });

  test(`${label} waits for jobs, for moves and for the lowest score`, async (t) => {
    const { client: worker, other } = await start(t);
    const job = worker.blPop(['urgent', 'jobs'], 0);
    await untilBlocked(other);
    assert.equal(await other.rPush('jobs', ['a', 'b']), 2);
    assert.deepEqual({ ...(await job) }, { key: 'jobs', element: 'a' });

    const moved = worker.blMove('inbox', 'doing', 'RIGHT', 'LEFT', 0);
    await untilBlocked(other);
    // What a transaction pushes is taken when all of it has run.
    assert.deepEqual(await other.multi().lPush('inbox', 'x').lPush('inbox', 'y').exec(), [1, 2]);
    assert.equal(await moved, 'x');
    assert.deepEqual(await other.lRange('doing', 0, -1), ['x']);

    const lowest = worker.bzPopMin('due', 0);
    await untilBlocked(other);
    await other.zAdd('due', [{ score: 3, value: 'later' }, scoreOfFirst]);
    assert.deepEqual({ ...(await lowest) }, { key: 'due', value: 'first', score: 1.5 });
    assert.equal(await worker.blPop('nothing', 0.02), null);
  });
}
