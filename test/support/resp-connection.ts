// One connection that sends commands and hands out each reply as the bytes it was. Invariant:
// replies come in the order of the commands, and a connection that ends fails whoever waits.

import { connect, type Socket } from 'node:net';
import { ReplyParser, type RespValue } from '../../protocol/resp/reply-parser.js';
import { RawReplies } from './raw-replies.js';

export type CommandWord = string | number | Buffer;
export type CommandWords = readonly CommandWord[];

/** @returns a command as RESP; strings are latin1 */
export function encodeCommand(words: CommandWords): Buffer {
  const pieces: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word), 'latin1');
    pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(pieces);
}

/** @returns a raw reply as a value */
export function parseReply(raw: Buffer): RespValue {
  const parser = new ReplyParser();
  parser.push(raw);
  const value = parser.next();
  if (value === null) throw new Error('half a reply');
  return value;
}

export class RespConnection {
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private readonly replies = new RawReplies();
  private readonly waiting: { resolve: (raw: Buffer) => void; reject: (e: Error) => void }[] = [];
  private failure: Error | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.fail(new Error('the connection is closed'));
        resolve();
      });
    });
  }

  static open(port: number): Promise<RespConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RespConnection(socket));
      });
    });
  }

  /** Sends one command. @returns its raw reply */
  call(...words: CommandWord[]): Promise<Buffer> {
    return this.exchange([words]).then(([raw]) => raw);
  }

  /** Sends one command. @returns its reply as a value */
  ask(...words: CommandWord[]): Promise<RespValue> {
    return this.call(...words).then(parseReply);
  }

  /** Sends commands in one piece. @returns their raw replies */
  exchange(commands: readonly CommandWords[]): Promise<Buffer[]> {
    const replies = commands.map(() => this.reply());
    this.write(Buffer.concat(commands.map(encodeCommand)));
    return Promise.all(replies);
  }

  /** Sends bytes as they are. */
  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** @returns the raw reply that comes next and that nobody waits for yet */
  reply(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) reject(this.failure);
      else this.waiting.push({ resolve, reject });
    });
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  private receive(chunk: Buffer): void {
    try {
      this.replies.push(chunk);
      while (this.waiting.length > 0) {
        const raw = this.replies.next();
        if (raw === null) return;
        this.waiting.shift()?.resolve(raw);
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      this.socket.destroy();
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.failure);
  }
}
