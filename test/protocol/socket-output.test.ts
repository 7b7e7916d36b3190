// Sending to one socket, on every kind of socket: what waits and what it pins, the end after the
// last byte, and writes that fail.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { type Page, PagePool } from '../../protocol/output-page.js';
import { OutputWriter } from '../../protocol/output-writer.js';
import { SocketOutput } from '../../protocol/socket-output.js';
import { NO_SLICE, type OutputTarget, Turn } from '../../protocol/turn.js';
import { acceptOne, readToEnd, SOCKET_KINDS } from './accepted-socket.js';
import { until } from './test-client.js';

const LARGE_BYTES = 16 * 1024 * 1024;

/** A socket's output, and pages to send through it. */
class Sender {
  readonly pool = new PagePool();
  readonly output: SocketOutput;
  private readonly writer = new OutputWriter<OutputTarget>(this.pool);

  constructor(socket: Socket) {
    this.output = new SocketOutput(socket, this.pool);
    socket.on('close', () => this.output.release());
  }

  page(bytes: Buffer): Page {
    const page = this.pool.take(bytes.length);
    bytes.copy(page.bytes);
    return page;
  }

  /** Sends the first `length` bytes of a page as the one slice of a turn. */
  send(page: Page, length: number): void {
    const turn = new Turn<OutputTarget>();
    const target = {
      resp: 2,
      firstSlice: NO_SLICE,
      lastSlice: NO_SLICE,
      turnReplies: 1,
      isInTurn: true,
    } as const;
    turn.insertSlice({ ...target }, NO_SLICE, page, 0, length);
    this.output.send(turn, 0, this.writer);
    turn.release(this.pool);
  }

  /** Sends bytes the sender keeps no page for. */
  sendText(text: string): void {
    const page = this.page(Buffer.from(text));
    this.send(page, text.length);
    this.pool.release(page);
  }
}

const large = Buffer.alloc(LARGE_BYTES, 'what the kernel does not take at once ');

for (const kind of SOCKET_KINDS) {
  test(`what the kernel does not take stays pinned until it is read (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    const { output } = sender;
    sender.sendText('first ');
    assert.equal(output.isSlow, false);
    const received = readToEnd(client);
    const page = sender.page(large);
    // Twice: a write after one that had to wait begins anew.
    for (let round = 0; round < 2; round++) {
      sender.send(page, LARGE_BYTES);
      assert.equal(output.isSlow, true);
      assert.equal(page.references, 2);
      const pending = output.pendingBytes;
      assert.ok(pending > LARGE_BYTES / 2 && pending <= LARGE_BYTES, `${pending} bytes`);
      sender.sendText('kept ');
      assert.equal(output.pendingBytes, pending + 5);
      assert.equal(output.chainLength, 1);
      assert.ok(output.peakBytes >= pending + 5);
      await until(() => !output.isSlow);
      assert.equal(page.references, 1);
      assert.equal(output.pendingBytes, 0);
      sender.sendText('direct again ');
    }
    output.closeWhenSent();
    const expected = ['first ', large, 'kept ', 'direct again ', large, 'kept ', 'direct again '];
    const whole = Buffer.concat(expected.map((part) => Buffer.from(part)));
    assert.ok((await received).equals(whole));
  });

  test(`the connection ends after all a slow reader is owed (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    sender.sendText('first ');
    const page = sender.page(large);
    sender.send(page, LARGE_BYTES);
    sender.sendText('kept');
    sender.output.closeWhenSent();
    assert.equal(socket.writableEnded, false);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(page.references, 2, 'nothing was read yet');
    const received = await readToEnd(client);
    assert.ok(received.equals(Buffer.concat([Buffer.from('first '), large, Buffer.from('kept')])));
    client.end();
    if (!socket.closed) await once(socket, 'close');
    assert.equal(page.references, 1);
  });

  test(`the connection ends after bytes the kernel took (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    sender.sendText('one ');
    sender.sendText('two ');
    sender.sendText('three');
    sender.output.closeWhenSent();
    assert.equal((await readToEnd(client)).toString(), 'one two three');
  });

  test(`a failed write ends the connection with its error (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    const failure = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    sender.sendText('never read');
    // Closed at once, before this side can read about it.
    client.destroy();
    sender.sendText('into the void');
    sender.sendText('after the failure');
    const { code, syscall, errno, message } = await failure;
    assert.ok(code === 'ECONNRESET' || code === 'EPIPE', code);
    assert.equal(syscall, 'write');
    assert.equal(message, `write ${code}`);
    assert.ok(typeof errno === 'number' && errno < 0);
    await closed;
    assert.equal(sender.output.pendingBytes, 0);
  });

  test(`a client that leaves while a write waits frees its page (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const page = sender.page(large);
    sender.sendText('first');
    sender.send(page, LARGE_BYTES);
    sender.sendText('kept');
    client.destroy();
    await closed;
    assert.equal(page.references, 1);
    assert.equal(sender.output.pendingBytes, 0);
    assert.equal(sender.output.isSlow, false);
  });

  test(`a socket destroyed while a write waits frees its page (${kind.name})`, async (t) => {
    const { socket } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    const page = sender.page(large);
    sender.sendText('first');
    sender.send(page, LARGE_BYTES);
    socket.destroy();
    sender.sendText('too late');
    assert.ok(sender.output.pendingBytes >= 0);
    await once(socket, 'close');
    assert.equal(page.references, 1);
    // The cancelled write is reported now at the latest.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(page.references, 1);
  });

  test(`the end of a write to the stream does not free a later one (${kind.name})`, async (t) => {
    const { socket, client } = await acceptOne(t, kind);
    const sender = new Sender(socket);
    sender.sendText('first ');
    sender.output.sendOwn(Buffer.from('own '));
    const page = sender.page(large);
    sender.send(page, LARGE_BYTES);
    // By now the stream has called back for the writes before.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sender.output.isSlow, true);
    assert.equal(page.references, 2);
    sender.output.closeWhenSent();
    const received = await readToEnd(client);
    assert.ok(received.equals(Buffer.concat([Buffer.from('first own '), large])));
  });
}
