// node-redis, as its users use it, over both protocols.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { createClient, RESP_TYPES } from 'redis';
import { atEnd } from '../support/at-end.js';
import { startDaemon } from '../support/daemon.js';
import { tempDir } from '../support/temp-dir.js';

const BIG_BYTES = 3_000_000;
const PIPELINED = 2000;

for (const RESP of [2, 3] as const) {
  const label = `node-redis over RESP${RESP}`;

  const connect = async (t: TestContext, port: number, options: { password?: string } = {}) => {
    const client = createClient({ socket: { host: '127.0.0.1', port }, RESP, ...options });
    client.on('error', () => undefined);
    atEnd(t, () => client.destroy());
    await client.connect();
    return client;
  };

  test(`${label} connects, says who it is, and uses another database`, async (t) => {
    const { port } = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connect(t, port);
    assert.ok(client.isReady);
    await client.clientSetName('worker-1');
    assert.equal(await client.clientGetName(), 'worker-1');
    const info = await client.clientInfo();
    assert.equal(info.name, 'worker-1');
    assert.equal(info.libName, 'node-redis');
    assert.equal(info.resp, RESP);
    await client.set('here', '1');
    await client.select(3);
    assert.equal(await client.get('here'), null);
    assert.deepEqual(
      { ...(await client.configGet('maxmemory-policy')) },
      { 'maxmemory-policy': 'noeviction' },
    );
    assert.match(await client.info('server'), /redis_version:7\.2/);
    await client.close();
  });

  test(`${label} reads back strings, numbers, bytes and large values`, async (t) => {
    const { port } = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connect(t, port);
    assert.equal(await client.set('héllo', 'wörld ☃'), 'OK');
    assert.equal(await client.get('héllo'), 'wörld ☃');
    const lock = { expiration: { type: 'EX', value: 100 }, condition: 'NX' } as const;
    assert.equal(await client.set('lock', 'a', lock), 'OK');
    assert.equal(await client.set('lock', 'b', lock), null);
    assert.ok((await client.ttl('lock')) > 90);
    await client.mSet({ a: '1', b: '2' });
    assert.deepEqual(await client.mGet(['a', 'absent', 'b']), ['1', null, '2']);
    assert.equal(await client.incrBy('a', 5), 6);
    assert.equal(await client.incrByFloat('b', 0.5), '2.5');
    assert.equal(await client.lcsLen('a', 'a'), 1);
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const big = randomBytes(BIG_BYTES);
    await client.set('big', big);
    assert.ok((await bytes.get('big'))?.equals(big));
    assert.equal(await client.del(['big', 'absent']), 1);
    await assert.rejects(client.incr('héllo'), /value is not an integer or out of range/);
    await assert.rejects(client.sendCommand(['SET', 'k']), /wrong number of arguments for 'set'/);
  });

  test(`${label} pipelines what is asked in one turn`, async (t) => {
    const { port } = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connect(t, port);
    const counts = await Promise.all(Array.from({ length: PIPELINED }, () => client.incr('n')));
    assert.deepEqual(
      counts,
      Array.from({ length: PIPELINED }, (_, i) => i + 1),
    );
  });

  test(`${label} walks the keys with a scan iterator`, async (t) => {
    const { port } = await startDaemon(t, { dir: await tempDir(t) });
    const client = await connect(t, port);
    const names = Array.from({ length: 1000 }, (_, i) => `user:${i}`);
    await client.mSet(Object.fromEntries([...names, 'other'].map((name) => [name, 'x'])));
    const found = new Set<string>();
    for await (const keys of client.scanIterator({ MATCH: 'user:*', COUNT: 50 })) {
      for (const key of keys) found.add(key);
    }
    assert.deepEqual([...found].sort(), [...names].sort());
  });

  test(`${label} gives its password and is refused with a wrong one`, async (t) => {
    const args = ['--requirepass', 'secret'];
    const { port } = await startDaemon(t, { dir: await tempDir(t), args });
    const client = await connect(t, port, { password: 'secret' });
    assert.equal(await client.ping(), 'PONG');
    // It would try for ever.
    const socket = { host: '127.0.0.1', port, reconnectStrategy: false } as const;
    const stranger = createClient({ socket, RESP, password: 'wrong' });
    stranger.on('error', () => undefined);
    await assert.rejects(stranger.connect(), /WRONGPASS/);
  });

  test(`${label} reconnects by itself after kill -9 and finds its data`, async (t) => {
    const dir = await tempDir(t);
    const daemon = await startDaemon(t, { dir });
    const client = await connect(t, daemon.port);
    await client.set('kept', 'yes');
    const reconnecting = new Promise<void>((resolve) => client.once('reconnecting', resolve));
    await daemon.kill();
    await reconnecting;
    const waiting = client.get('kept');
    await startDaemon(t, { dir, port: daemon.port });
    assert.equal(await waiting, 'yes');
  });
}
