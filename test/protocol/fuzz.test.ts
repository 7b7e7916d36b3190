// Hostile and broken bytes against a listening server: it must not crash, hang or leak, and must
// say the same whether the bytes come in one piece or in many. The seed is in the test's name of
// failure; set REDDIS_SEED to run one again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { PAGE_BYTES } from '../../protocol/output-page.js';
import { encode, type TestClient, until } from './test-client.js';
import { startServer, type TestServer } from './test-server.js';

const seed = Number(process.env.REDDIS_SEED ?? randomSeed());
const LENGTHS = [
  '0',
  '1',
  '-1',
  '-2',
  '01',
  '+1',
  '1 ',
  '',
  'x',
  '\u0000',
  '65536',
  '536870912',
  '536870913',
  '2147483647',
  '2147483648',
  '4294967296',
  '9223372036854775807',
  '99999999999999999999',
];

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  return items[randomBelow(random, items.length)];
}

function word(random: SeededRandom): Buffer {
  const length = pick(random, [0, 1, 2, 5, 31, 32, 100, 5000]);
  return Buffer.from(Array.from({ length }, () => randomBelow(random, 256)));
}

function validCommand(random: SeededRandom): Buffer {
  const words = Array.from({ length: 1 + randomBelow(random, 12) }, () => word(random));
  words[0] = Buffer.from(pick(random, ['PING', 'SET', 'GET', 'ECHO', 'COUNT', 'zzz', 'HELLO']));
  if (randomBelow(random, 4) > 0) return encode(...words);
  const quoted = words.map((each) => `"${each.toString('hex').replace(/../g, '\\x$&')}"`);
  return Buffer.from(`${quoted.join(' ')}\r\n`);
}

/** Valid commands with something wrong in them, absurd headers, or noise. */
function hostileBytes(random: SeededRandom): Buffer {
  const commands = Array.from({ length: 1 + randomBelow(random, 6) }, () => validCommand(random));
  const kind = randomBelow(random, 5);
  if (kind === 0) {
    return Buffer.from(
      Array.from({ length: randomBelow(random, 300) }, () => randomBelow(random, 256)),
    );
  }
  if (kind === 1) {
    commands.push(Buffer.from(`*${pick(random, LENGTHS)}\r\n$${pick(random, LENGTHS)}\r\nx\r\n`));
  }
  if (kind === 2) commands.push(Buffer.alloc(70_000, pick(random, [0, 36, 42, 65, 10, 13])));
  const bytes = Buffer.concat(commands);
  for (let i = randomBelow(random, 4); kind > 2 && i > 0; i--) {
    const at = randomBelow(random, bytes.length);
    if (kind === 3) bytes[at] = randomBelow(random, 256);
    else bytes.copyWithin(at, randomBelow(random, bytes.length));
  }
  return bytes;
}

/** Sends the bytes in pieces, shuts the sending side, and returns all that came back. */
async function converse(server: TestServer, pieces: readonly Buffer[]): Promise<string[]> {
  const client: TestClient = await server.client();
  for (const piece of pieces) {
    if (client.socket.destroyed) break;
    await new Promise<void>((resolve) => client.socket.write(piece, () => resolve()));
  }
  client.socket.end();
  return client.readAll();
}

test('hostile bytes get the same replies in one piece and in many', async (t) => {
  const server = await startServer(t);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 300; round++) {
    const bytes = hostileBytes(random);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + randomBelow(random, bytes.length > 1000 ? 20_000 : 20);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    // The data is the engine's only memory: both conversations begin without it.
    server.engine.data.clear();
    const whole = await converse(server, [bytes]);
    server.engine.data.clear();
    const cut = await converse(server, pieces);
    assert.deepEqual(
      cut,
      whole,
      `REDDIS_SEED=${seed} round ${round}: ${bytes.toString('latin1').slice(0, 200)}`,
    );
  }
  const survivor = await server.client();
  assert.equal(await survivor.ask('PING'), 'PONG');
  assert.equal(server.server.statistics.connectedClients, 1);
  assert.equal(server.server.pool.bytesInUse, PAGE_BYTES, 'all pages came back');
});

test('clients that vanish in the middle of anything leave nothing behind', async (t) => {
  const server = await startServer(t);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const client = await server.client();
    const bytes = Buffer.concat([
      validCommand(random),
      encode('FILL', '200000'),
      hostileBytes(random),
    ]);
    client.raw(bytes.subarray(0, randomBelow(random, bytes.length + 1)));
    if (randomBelow(random, 2) === 0) client.socket.resetAndDestroy();
    else client.socket.destroy();
  }
  await until(() => server.server.statistics.connectedClients === 0);
  assert.equal(server.engine.gone.length, server.server.statistics.connectionsReceived);
  await until(() => server.server.pool.bytesInUse === PAGE_BYTES);
  assert.equal(await (await server.client()).ask('PING'), 'PONG');
});
