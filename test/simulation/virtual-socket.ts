// A connection without a network: two pipes of bytes that take their time, and at the server's end
// something that behaves as an accepted `net.Socket` does. Invariant: bytes arrive in order, each
// once, in pieces of any size, and what was not taken by the pipe is kept by reference until it
// is, as Node keeps it.

import { Socket } from 'node:net';
import type { Scope, VirtualTime } from './virtual-time.js';

type Callback = (error?: Error | null) => void;

const DELAY_US = 200;
/** Once in so many pieces one is late. */
const LATE_EVERY = 30;
const LATE_MAX_US = 30_000;

/** One direction: takes bytes, delivers them later and in pieces. */
class Pipe {
  capacityBytes = 64 * 1024;
  underWayBytes = 0;
  isCut = false;
  /** Called after each delivery. */
  onRoom: () => void = () => undefined;
  private readonly time: VirtualTime;
  private readonly scope: Scope;
  private readonly deliver: (bytes: Buffer) => void;
  private lastUs = 0;

  constructor(time: VirtualTime, scope: Scope, deliver: (bytes: Buffer) => void) {
    this.time = time;
    this.scope = scope;
    this.deliver = deliver;
  }

  /** @returns how many bytes were taken, copied */
  take(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.capacityBytes - this.underWayBytes);
    const taken = Buffer.from(bytes.subarray(0, count));
    this.underWayBytes += count;
    const { time } = this;
    for (let at = 0; at < count; ) {
      const rest = count - at;
      const isSplit = rest > 1 && time.oneIn(6);
      const piece = taken.subarray(at, at + (isSplit ? 1 + time.below(rest - 1) : rest));
      at += piece.length;
      this.inOrder('bytes', () => {
        this.underWayBytes -= piece.length;
        time.note(piece.toString('latin1'));
        this.deliver(piece);
        this.onRoom();
      });
    }
    return count;
  }

  /** Runs after what was taken so far has been delivered, unless the pipe is cut before. */
  inOrder(what: string, run: () => void): void {
    const { time } = this;
    const delayUs = time.below(DELAY_US) + (time.oneIn(LATE_EVERY) ? time.below(LATE_MAX_US) : 0);
    this.lastUs = Math.max(this.lastUs, time.nowUs + delayUs);
    time.at(this.lastUs, this.scope, what, () => {
      if (!this.isCut) run();
    });
  }
}

/** The client's end. */
export interface Peer {
  received(bytes: Buffer): void;
  /** Nothing more will come. */
  ended(): void;
}

export class VirtualSocket extends Socket {
  override writableLength = 0;
  override destroyed = false;
  override readonly remoteAddress = '127.0.0.1';
  override readonly remotePort = 50_000;
  private readonly time: VirtualTime;
  private readonly process: Scope;
  private readonly network: Scope;
  private readonly toServer: Pipe;
  private readonly toClient: Pipe;
  private readonly peer: Peer;
  private queue: { bytes: Uint8Array; done: Callback }[] = [];
  private held: (() => void)[] = [];
  private isReading = false;
  private isEnding = false;

  /**
   * @param process whose socket it is: when that is dead, the rest of what it sent may arrive
   * @param network outlives processes
   */
  constructor(time: VirtualTime, process: Scope, network: Scope, peer: Peer) {
    super({ allowHalfOpen: true });
    this.time = time;
    this.process = process;
    this.network = network;
    this.peer = peer;
    this.toServer = new Pipe(time, process, (bytes) => this.whenReading(() => this.receive(bytes)));
    this.toClient = new Pipe(time, network, (bytes) => peer.received(bytes));
    this.toClient.onRoom = () => this.flush();
  }

  // --- the client's side ---

  /** The client reads slowly: so many bytes fill the way to it. */
  limit(capacityBytes: number): void {
    this.toClient.capacityBytes = capacityBytes;
  }

  send(bytes: Uint8Array): void {
    this.toServer.take(bytes);
  }

  /** The client sends no more, but goes on reading. */
  sendEnd(): void {
    this.toServer.inOrder('end', () => this.whenReading(() => this.emit('end')));
  }

  /** The connection is torn: nothing under way arrives anywhere. */
  cut(): void {
    this.toServer.isCut = true;
    this.toClient.isCut = true;
    this.time.after(this.time.below(DELAY_US), this.process, 'reset', () => {
      if (this.destroyed) return;
      const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      // Before it was accepted nobody hears of it.
      if (this.listenerCount('error') > 0) this.emit('error', error);
      this.destroy();
    });
  }

  /** The process was killed: of what it sent the client gets all, or only the beginning. */
  orphan(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    if (this.time.oneIn(2)) {
      this.toClient.inOrder('end', () => this.peer.ended());
      return;
    }
    this.time.after(this.time.below(DELAY_US), this.network, 'reset', () => {
      if (this.toClient.isCut) return;
      this.toClient.isCut = true;
      this.peer.ended();
    });
  }

  // --- the server's side ---

  override write(data: Uint8Array | string, second?: unknown, third?: unknown): boolean {
    const done = [second, third].find((value) => typeof value === 'function');
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const callback: Callback = (error) => {
      if (typeof done === 'function') Reflect.apply(done, undefined, [error]);
    };
    if (this.destroyed || !this.process.isAlive) {
      queueMicrotask(() => callback(new Error('write after the end')));
      return false;
    }
    const taken = this.queue.length > 0 ? 0 : this.toClient.take(bytes);
    if (taken === bytes.length) {
      queueMicrotask(() => callback());
      return true;
    }
    this.queue.push({ bytes: bytes.subarray(taken), done: callback });
    this.writableLength += bytes.length - taken;
    return false;
  }

  override destroySoon(): void {
    this.isEnding = true;
    if (this.queue.length === 0) this.destroy();
  }

  override destroy(): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.queue = [];
    this.held = [];
    this.writableLength = 0;
    this.toServer.isCut = true;
    this.toClient.inOrder('end', () => this.peer.ended());
    this.time.after(0, this.process, 'close', () => this.emit('close', false));
    return this;
  }

  override pause(): this {
    this.isReading = false;
    return this;
  }

  override resume(): this {
    if (this.isReading) return this;
    this.isReading = true;
    this.time.after(0, this.process, 'resume', () => this.release());
    return this;
  }

  override cork(): void {}
  override uncork(): void {}

  override setNoDelay(): this {
    return this;
  }

  override setKeepAlive(): this {
    return this;
  }

  private receive(bytes: Buffer): void {
    this.emit('data', bytes);
  }

  private whenReading(run: () => void): void {
    if (this.destroyed) return;
    if (this.isReading && this.held.length === 0) run();
    else this.held.push(run);
  }

  private release(): void {
    while (this.isReading && !this.destroyed) {
      const run = this.held.shift();
      if (run === undefined) return;
      run();
    }
  }

  /** The way has room again: on with what waits. */
  private flush(): void {
    if (!this.process.isAlive || this.destroyed) return;
    while (this.queue.length > 0) {
      const [first] = this.queue;
      const taken = this.toClient.take(first.bytes);
      this.writableLength -= taken;
      if (taken < first.bytes.length) {
        first.bytes = first.bytes.subarray(taken);
        return;
      }
      this.queue.shift();
      this.time.after(0, this.process, 'written', () => first.done());
    }
    if (this.isEnding) this.destroy();
  }
}
