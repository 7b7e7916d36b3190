// A bare TCP client for tests: sends exactly the bytes it is told to and hands out whole replies
// in their order, read by our own reply parser.

import { connect, type Socket } from 'node:net';
import { ReplyParser, type RespValue } from '../../protocol/resp/reply-parser.js';

/** @returns a command as RESP; strings are latin1 */
export function encode(...parts: readonly (string | Buffer)[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(pieces);
}

/** @returns a reply as text, for short assertions: `OK`, `-ERR ...`, `:1`, `(nil)`, `[a b]` */
export function show(value: RespValue): string {
  switch (value.type) {
    case 'status':
    case 'bigNumber':
      return value.text;
    case 'error':
      return `-${value.text}`;
    case 'integer':
      return `:${value.value}`;
    case 'bulk':
    case 'blobError':
    case 'verbatim':
      return value.bytes.toString('latin1');
    case 'double':
      return `,${value.value}`;
    case 'boolean':
      return `#${value.value}`;
    case 'nullBulk':
    case 'nullArray':
    case 'null':
      return '(nil)';
    default:
      return `[${value.items.map(show).join(' ')}]`;
  }
}

export class TestClient {
  readonly socket: Socket;
  /** Resolves when the server has ended or reset the connection. */
  readonly closed: Promise<void>;
  /** Everything received, when asked for at construction. */
  receivedBytes = 0;
  private readonly parser = new ReplyParser();
  private readonly replies: RespValue[] = [];
  private failure: Error | null = null;
  private wake: (() => void) | null = null;
  private isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.receivedBytes += chunk.length;
      this.parser.push(chunk);
      try {
        for (let value = this.parser.next(); value !== null; value = this.parser.next()) {
          this.replies.push(value);
        }
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
      }
      this.wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.isClosed = true;
        this.wake?.();
        resolve();
      });
    });
  }

  static async connect(
    where: { port: number; host?: string } | { path: string },
  ): Promise<TestClient> {
    const socket = connect(where);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.setNoDelay(true);
    return new TestClient(socket);
  }

  /** Sends raw bytes. */
  raw(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends one command and waits for its reply as text. */
  async ask(...parts: readonly (string | Buffer)[]): Promise<string> {
    this.raw(encode(...parts));
    return show((await this.read(1))[0]);
  }

  /** @returns the next `count` replies; fewer when the connection is closed before */
  async read(count: number): Promise<RespValue[]> {
    while (this.replies.length < count && !this.isClosed && this.failure === null) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.wake = null;
    if (this.failure !== null) throw this.failure;
    return this.replies.splice(0, count);
  }

  /** @returns the next `count` replies as text */
  async texts(count: number): Promise<string[]> {
    return (await this.read(count)).map(show);
  }

  /** @returns every reply until the server closes the connection */
  async readAll(): Promise<string[]> {
    await this.closed;
    return this.texts(this.replies.length);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** Waits until `condition` holds, looking once per turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
