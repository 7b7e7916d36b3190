// Writing to a handle directly: that it happens at all, which sockets it leaves to the stream, and
// that clients get the same bytes either way. REDDIS_SEED repeats a failure.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { DirectWriter } from '../../protocol/direct-writer.js';
import { openedHandle } from '../../protocol/fast-accept.js';
import { atEnd } from '../support/at-end.js';
import { tempDir } from '../support/temp-dir.js';
import { acceptOne, readToEnd, SOCKET_KINDS, type SocketKind } from './accepted-socket.js';
import { encode, until } from './test-client.js';
import { startServer } from './test-server.js';

const seed = Number(process.env.REDDIS_SEED ?? randomSeed());
const LARGE_BYTES = 16 * 1024 * 1024;

for (const kind of SOCKET_KINDS.filter((each) => each.isFast)) {
  test(`only the first write goes through the stream (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    let finished = 0;
    const writer = DirectWriter.open(socket, () => finished++);
    assert.ok(writer !== null);
    // The process may have written before: then there is nothing left to see.
    if (!writer.write(Buffer.from('0'))) socket.write(Buffer.from('0'));
    const streamed = t.mock.method(socket, 'write');
    for (let i = 1; i < 10; i++) assert.equal(writer.write(Buffer.from(`${i}`)), true);
    assert.equal(writer.isInFlight, false);
    const received = readToEnd(client);
    for (let round = 1; round <= 3; round++) {
      assert.equal(writer.write(Buffer.alloc(LARGE_BYTES, 'x')), true);
      assert.equal(writer.isInFlight, true);
      assert.ok(writer.queuedBytes > 0 && writer.queuedBytes < LARGE_BYTES);
      await until(() => finished === round);
      assert.equal(writer.isInFlight, false);
      assert.equal(writer.queuedBytes, 0);
    }
    assert.equal(streamed.mock.callCount(), 0);
    socket.end();
    assert.equal(writer.write(Buffer.from('late')), false, 'the stream says what is wrong');
    assert.equal((await received).length, 10 + 3 * LARGE_BYTES);
    assert.equal(finished, 3, 'writes that were taken at once are not reported');
  });
}

test('a socket of the ordinary kind or with an unknown handle has no direct writer', async (t) => {
  const ordinary = await acceptOne(t, { isFast: false, isUnix: false });
  assert.equal(
    DirectWriter.open(ordinary.socket, () => {}),
    null,
  );
  const { socket } = await acceptOne(t, { isFast: true, isUnix: false });
  const handle = openedHandle(socket);
  assert.ok(handle !== null);
  assert.notEqual(
    DirectWriter.open(socket, () => {}),
    null,
  );
  for (const name of ['writeBuffer', 'writeQueueSize', 'getAsyncId']) {
    Object.defineProperty(handle, name, { value: undefined, configurable: true });
    assert.equal(
      DirectWriter.open(socket, () => {}),
      null,
      name,
    );
    Reflect.deleteProperty(handle, name);
  }
});

/** Some hundred requests; a few replies are larger than what a socket takes at once. */
function conversation(): Buffer[] {
  const random = new SeededRandom(seed);
  const requests: Buffer[] = [];
  for (let i = 0; i < 400; i++) {
    const size = randomBelow(random, 200);
    const kind = randomBelow(random, 4);
    if (i % 80 === 40) requests.push(encode('FILL', String(3_000_000 + size)));
    else if (kind === 0) requests.push(encode('FILL', String(size)));
    else if (kind === 1) requests.push(encode('PING', `n${i}`));
    else if (kind === 2) requests.push(encode('ECHO', 'a', 'b'.repeat(size), 'c'));
    else requests.push(encode('GET', 'none'));
  }
  return [...requests, encode('QUIT')];
}

/** Sends the conversation in bursts and reads with pauses. @returns everything received */
async function converse(t: TestContext, kind: SocketKind): Promise<Buffer> {
  const { port, server } = await startServer(t, { fastSockets: kind.isFast });
  const path = join(await tempDir(t), 'server.sock');
  await server.listenUnix(path);
  const client = kind.isUnix ? connect(path) : connect(port, '127.0.0.1');
  atEnd(t, () => client.destroy());
  const random = new SeededRandom(seed);
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (randomBelow(random, 8) > 0) return;
    client.pause();
    setImmediate(() => client.resume());
  });
  const ended = new Promise((resolve) => client.once('end', resolve));
  for (const request of conversation()) {
    client.write(request);
    if (randomBelow(random, 10) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  return Buffer.concat(chunks);
}

test('every kind of socket gets the same bytes', async (t) => {
  const [first, ...others] = SOCKET_KINDS;
  const expected = await converse(t, first);
  assert.ok(expected.length > 15_000_000, `REDDIS_SEED=${seed}`);
  for (const kind of others) {
    const received = await converse(t, kind);
    assert.ok(received.equals(expected), `${kind.name}, REDDIS_SEED=${seed}`);
  }
});
