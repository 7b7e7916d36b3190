// One simulated client: connects, sends commands in batches and in pieces, reads slowly, hangs up
// in the middle of anything, connects again. Invariant: whatever it does is decided by the
// simulation's random numbers.

import assert from 'node:assert/strict';
import { RawReplies } from '../support/raw-replies.js';
import { encodeCommand } from '../support/resp-connection.js';
import { Link, type Op } from './link.js';
import type { Peer, VirtualSocket } from './virtual-socket.js';
import type { Scope, VirtualTime } from './virtual-time.js';
import type { Workload } from './workload.js';

/** What a client needs of the world. */
export interface Host {
  readonly time: VirtualTime;
  readonly workload: Workload;
  /** @returns null when nobody listens */
  dial(link: Link, peer: Peer): VirtualSocket | null;
  answered(link: Link, op: Op, reply: string): void;
  /** The server ended a link by itself. */
  ended(link: Link): void;
}

const OUTSTANDING_MAX = 24;
const BATCH_MAX = 6;
const PAUSE_MAX_US = 25_000;
const SLOW_WINDOW_BYTES = 40;

export class Client implements Peer {
  /** False: sends nothing of its own any more and hangs up on nobody. */
  isBusy = true;
  link: Link | null = null;
  private readonly host: Host;
  private readonly scope: Scope = { isAlive: true };
  private socket: VirtualSocket | null = null;
  private replies = new RawReplies();
  /** Bytes that were not sent yet, though their commands count as sent. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(host: Host) {
    this.host = host;
    this.plan();
  }

  /** Whether it waits for replies. */
  get isWaiting(): boolean {
    return this.link !== null && this.link.outstanding > 0;
  }

  /** @returns null when there is no connection to send the command on */
  send(words: readonly string[]): Op | null {
    const link = this.link ?? this.connect();
    if (link === null || link.isHalfClosed) return null;
    const op = link.send(words);
    this.rest = Buffer.concat([this.rest, encodeCommand(words)]);
    this.sendSome(this.rest.length);
    return op;
  }

  /** Ends the connection, if any, at once. */
  hangUp(): void {
    this.socket?.cut();
    this.drop();
  }

  /** Is never heard of again. */
  retire(): void {
    this.scope.isAlive = false;
  }

  received(bytes: Buffer): void {
    const { link, host } = this;
    if (link === null) return;
    this.replies.push(bytes);
    for (let reply = this.replies.next(); reply !== null; reply = this.replies.next()) {
      const op = link.ops[link.replied++];
      assert.ok(op !== undefined, 'a reply that nobody asked for');
      host.answered(link, op, reply.toString('latin1'));
    }
  }

  ended(): void {
    if (this.link !== null) this.host.ended(this.link);
    this.drop();
  }

  private plan(): void {
    const { time } = this.host;
    time.after(1 + time.below(PAUSE_MAX_US), this.scope, 'client', () => {
      if (this.isBusy) this.act();
      else this.sendSome(this.rest.length);
      this.plan();
    });
  }

  private act(): void {
    const { time, workload } = this.host;
    const link = this.link ?? this.connect();
    if (link === null) return;
    if (time.oneIn(120)) {
      this.hangUp();
      return;
    }
    if (!link.isHalfClosed && link.outstanding < OUTSTANDING_MAX) {
      const batch: Buffer[] = [this.rest];
      for (let i = time.below(BATCH_MAX); i >= 0; i--) {
        for (const words of workload.next()) {
          link.send(words);
          batch.push(encodeCommand(words));
        }
      }
      this.rest = Buffer.concat(batch);
    }
    this.sendSome(time.oneIn(4) ? time.below(this.rest.length + 1) : this.rest.length);
    if (time.oneIn(100) && this.rest.length === 0 && !link.isHalfClosed) {
      link.isHalfClosed = true;
      this.socket?.sendEnd();
    }
  }

  private connect(): Link | null {
    const { host } = this;
    const link = new Link();
    const socket = host.dial(link, this);
    if (socket === null) return null;
    this.replies = new RawReplies();
    this.link = link;
    this.socket = socket;
    this.rest = Buffer.alloc(0);
    if (host.time.oneIn(6)) socket.limit(SLOW_WINDOW_BYTES);
    if (host.time.oneIn(3)) this.send(['SELECT', '1']);
    return link;
  }

  private sendSome(count: number): void {
    if (count === 0) return;
    this.socket?.send(this.rest.subarray(0, count));
    this.rest = this.rest.subarray(count);
  }

  private drop(): void {
    this.link = null;
    this.socket = null;
  }
}
