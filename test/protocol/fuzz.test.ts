// Hostile and broken bytes against a listening server: it must not crash, hang or leak, must say
// the same whether the bytes come in one piece or in many, and what a real Redis says to them.
// Set REDDIS_SEED to the seed of a failure to run it again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { PAGE_BYTES } from '../../protocol/output-page.js';
import { startRedisServer } from '../support/redis-server.js';
import { skipWithout } from '../support/redis-tools.js';
import { tempDir } from '../support/temp-dir.js';
import { hostileBytes, validCommand } from './hostile-bytes.js';
import { encode, TestClient, until } from './test-client.js';
import { startServer } from './test-server.js';

const seed = Number(process.env.REDDIS_SEED ?? randomSeed());
const ROUNDS = 300;

/** Sends the bytes in pieces, shuts the sending side, and returns all that came back. */
async function converse(port: number, pieces: readonly Buffer[]): Promise<string[]> {
  const client = await TestClient.connect({ port });
  for (const piece of pieces) {
    if (client.socket.destroyed) break;
    await new Promise<void>((resolve) => client.socket.write(piece, () => resolve()));
  }
  client.socket.end();
  return client.readAll();
}

function context(round: number, bytes: Buffer): string {
  return `REDDIS_SEED=${seed} round ${round}: ${JSON.stringify(bytes.toString('latin1', 0, 300))}`;
}

test('hostile bytes get the same replies in one piece and in many', async (t) => {
  const { engine, port, server, client } = await startServer(t);
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = hostileBytes(random);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + randomBelow(random, bytes.length > 1000 ? 20_000 : 20);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    // The data is the engine's only memory: both conversations begin without it.
    engine.data.clear();
    const whole = await converse(port, [bytes]);
    engine.data.clear();
    assert.deepEqual(await converse(port, pieces), whole, context(round, bytes));
  }
  assert.equal(await (await client()).ask('PING'), 'PONG');
  assert.equal(server.statistics.connectedClients, 1);
  assert.equal(server.pool.bytesInUse, PAGE_BYTES, 'all pages came back');
});

test('clients that vanish in the middle of anything leave nothing behind', async (t) => {
  const { engine, server, client } = await startServer(t);
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const c = await client();
    const fill = encode('FILL', '200000');
    const bytes = Buffer.concat([validCommand(random), fill, hostileBytes(random)]);
    c.raw(bytes.subarray(0, randomBelow(random, bytes.length + 1)));
    if (randomBelow(random, 2) === 0) c.socket.resetAndDestroy();
    else c.socket.destroy();
  }
  await until(() => server.statistics.connectedClients === 0);
  assert.equal(engine.gone.length, server.statistics.connectionsReceived);
  await until(() => server.pool.bytesInUse === PAGE_BYTES);
  assert.equal(await (await client()).ask('PING'), 'PONG');
});

test('hostile bytes get the replies of a real Redis', {
  skip: skipWithout('redis-server'),
}, async (t) => {
  const { engine, port } = await startServer(t);
  const redis = await startRedisServer(t, await tempDir(t));
  const random = new SeededRandom(seed);
  // The commands are not the subject: any error of theirs is as good as another.
  const comparable = (text: string): string =>
    text.startsWith('-') && !text.startsWith('-ERR Protocol error') ? '-' : text;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = hostileBytes(random);
    engine.data.clear();
    await converse(redis.port, [encode('FLUSHALL')]);
    const ours = (await converse(port, [bytes])).map(comparable);
    const theirs = (await converse(redis.port, [bytes])).map(comparable);
    assert.deepEqual(ours, theirs, context(round, bytes));
  }
});
