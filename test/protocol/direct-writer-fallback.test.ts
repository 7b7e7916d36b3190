// A Node whose request objects are not what direct writing needs: everything goes through the
// stream, for good. In a file of its own, since the class is looked at once per process.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectWriter } from '../../protocol/direct-writer.js';
import { openedHandle } from '../../protocol/fast-accept.js';
import { acceptOne, readToEnd } from './accepted-socket.js';
import { startServer } from './test-server.js';

test('request objects of another shape leave all writes to the stream', async (t) => {
  const { socket, client } = await acceptOne(t, { isFast: true, isUnix: false });
  const writer = DirectWriter.open(socket, () => {});
  const handle = openedHandle(socket);
  assert.ok(writer !== null && handle !== null);
  // Requests and handle no longer share this method.
  Reflect.set(handle, 'getAsyncId', () => 1);
  for (let i = 0; i < 3; i++) {
    assert.equal(writer.write(Buffer.from('direct')), false);
    socket.write(Buffer.from(`${i} `));
  }
  assert.equal(Object.hasOwn(handle, 'writeBuffer'), false, 'the handle is left as it was');
  socket.end();
  assert.equal((await readToEnd(client)).toString(), '0 1 2 ');

  const other = await acceptOne(t, { isFast: true, isUnix: true });
  assert.equal(
    DirectWriter.open(other.socket, () => {}),
    null,
    'it is not tried again',
  );
  const c = await (await startServer(t)).client();
  assert.equal(await c.ask('PING'), 'PONG');
  assert.equal((await c.ask('FILL', '5000000')).length, 5_000_000);
});
