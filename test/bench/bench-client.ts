// The load: fills a server with keys, asks it single questions, and keeps up a steady rate while
// measuring how long each request takes. Requests are made of prepared bytes, so the client costs
// little beside the server. Replies must be one line each: +OK, +PONG, :1.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const LF = 10;
const KEY_BYTES = 16;
const VALUE = 'v'.repeat(16);
const FILL_BATCH = 1000;
/** Batches on their way at once while filling. */
const FILL_WINDOW = 8;

/** What a steady load measured, in milliseconds. */
export interface Latencies {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function keyName(index: number): string {
  return `key:${String(index).padStart(KEY_BYTES - 4, '0')}`;
}

function setRequest(index: number): string {
  return `*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n${keyName(index)}\r\n$16\r\n${VALUE}\r\n`;
}

export class BenchClient {
  private readonly socket: Socket;
  private readonly closed: Promise<never>;
  private onLines: (lines: number, last: string) => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((_resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
    });
    // Only whoever waits for a reply is told.
    this.closed.catch(() => undefined);
    socket.on('data', (data: Buffer) => {
      let lines = 0;
      for (let at = data.indexOf(LF); at >= 0; at = data.indexOf(LF, at + 1)) lines++;
      this.onLines(lines, data.toString('latin1'));
    });
  }

  static async connect(port: number): Promise<BenchClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new BenchClient(socket);
  }

  close(): void {
    this.socket.destroy();
  }

  /** @returns the one line of the reply */
  async call(...words: readonly string[]): Promise<string> {
    return (await this.callText(...words)).split('\r\n')[0];
  }

  /** @returns the reply as it came; one that comes in several pieces is cut at the first */
  callText(...words: readonly string[]): Promise<string> {
    const reply = new Promise<string>((resolve) => {
      this.onLines = (_lines, text) => resolve(text);
    });
    this.socket.write(`${words.join(' ')}\r\n`);
    return Promise.race([reply, this.closed]);
  }

  /** Sets `keys` keys of 16 bytes to values of 16 bytes, each key once. */
  async fill(keys: number): Promise<void> {
    let sent = 0;
    let answered = 0;
    await new Promise<void>((resolve, reject) => {
      const sendMore = (): void => {
        while (sent < keys && sent - answered < FILL_BATCH * FILL_WINDOW) {
          const count = Math.min(FILL_BATCH, keys - sent);
          let batch = '';
          for (let i = 0; i < count; i++) batch += setRequest(sent + i);
          sent += count;
          this.socket.write(batch, 'latin1');
        }
      };
      this.onLines = (lines, text) => {
        if (text.includes('-')) reject(new Error(`filling was refused: ${text.slice(0, 200)}`));
        answered += lines;
        if (answered >= keys) resolve();
        else sendMore();
      };
      sendMore();
    });
  }

  /**
   * Sends SETs of existing keys at a steady rate until `isDone`.
   * @param rate requests per second
   */
  async load(keys: number, rate: number, isDone: () => boolean): Promise<Latencies> {
    const latencies: number[] = [];
    /** Requests of each write that are not answered yet, and when it was sent. */
    const open: { count: number; sentMs: number }[] = [];
    let sent = 0;
    let key = 0;
    this.onLines = (lines) => {
      const nowMs = performance.now();
      for (let left = lines; left > 0 && open.length > 0; ) {
        const first = open[0];
        const answered = Math.min(left, first.count);
        for (let i = 0; i < answered; i++) latencies.push(nowMs - first.sentMs);
        first.count -= answered;
        left -= answered;
        if (first.count === 0) open.shift();
      }
    };
    const startMs = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const nowMs = performance.now();
        const due = Math.floor(((nowMs - startMs) / 1000) * rate) - sent;
        if (due > 0 && !isDone()) {
          let batch = '';
          for (let i = 0; i < due; i++) {
            // A stride that visits every key, in an order that no cache likes.
            key = (key + 7_919) % keys;
            batch += setRequest(key);
          }
          sent += due;
          open.push({ count: due, sentMs: nowMs });
          this.socket.write(batch, 'latin1');
        }
        if (isDone() && open.length === 0) {
          clearInterval(timer);
          resolve();
        }
      }, 1);
    });
    latencies.sort((a, b) => a - b);
    const at = (part: number) => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
    return { requests: sent, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
