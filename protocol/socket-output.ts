// Sending to one socket. While the socket takes everything at once, slices go out as they stand in
// the turn's pages. When it does not, it is slow: the pages of the one write in flight stay pinned
// and later replies are copied into a chain of this socket's own. Invariant: a slow reader never
// keeps more shared pages than those of its write in flight, and `pendingBytes` is all it costs.

import type { Socket } from 'node:net';
import { DirectWriter } from './direct-writer.js';
import { copyBytes } from './engine-port.js';
import type { Page, PagePool } from './output-page.js';
import type { OutputWriter } from './output-writer.js';
import { NO_SLICE, type OutputTarget, type Turn } from './turn.js';

/** Chains up to this size are sent as one piece instead of a gathered write. */
const GATHER_MAX_BYTES = 16 * 1024;
const BLOCK_MIN_BYTES = 1024;
const BLOCK_MAX_BYTES = 64 * 1024;

export class SocketOutput {
  readonly socket: Socket;
  /** Something was not taken by the kernel yet. */
  isSlow = false;
  /** Largest amount that waited at once since the connection began. */
  peakBytes = 0;
  private readonly pool: PagePool;
  /** Null when all goes through the stream. Gathered writes always do. */
  private readonly direct: DirectWriter | null;
  private readonly pinned: Page[] = [];
  private chain: Buffer[] = [];
  private chainBytes = 0;
  /** Bytes used of the chain's last block. */
  private blockTop = 0;
  private isClosing = false;

  constructor(socket: Socket, pool: PagePool) {
    this.socket = socket;
    this.pool = pool;
    this.direct = DirectWriter.open(socket, () => this.allTaken());
  }

  /** Bytes that were handed over and not yet taken by the kernel. */
  get pendingBytes(): number {
    if (!this.isSlow) return 0;
    const queuedBytes = this.direct === null ? 0 : this.direct.queuedBytes;
    return queuedBytes + this.socket.writableLength + this.chainBytes;
  }

  get chainLength(): number {
    return this.chain.length;
  }

  /** Sends a target's chain of a turn. */
  send<Target extends OutputTarget>(
    turn: Turn<Target>,
    first: number,
    writer: OutputWriter<Target>,
  ): void {
    if (this.isSlow) {
      for (let i = first; i !== NO_SLICE; i = turn.sliceNext[i]) {
        this.keep(turn.slicePage[i].bytes, turn.sliceFrom[i], turn.sliceTo[i]);
      }
      return;
    }
    if (turn.sliceNext[first] === NO_SLICE) {
      this.write(turn.slicePage[first], turn.sliceFrom[first], turn.sliceTo[first]);
      return;
    }
    const total = turn.chainBytes(first);
    if (total <= GATHER_MAX_BYTES) {
      const at = writer.gather(turn, first, total);
      this.write(writer.currentPage, at, at + total);
    } else {
      this.writeChain(turn, first);
    }
  }

  /** Sends bytes that nobody will change. */
  sendOwn(bytes: Buffer): void {
    if (this.isSlow) {
      this.keep(bytes, 0, bytes.length);
      return;
    }
    this.socket.write(bytes, this.onWritten);
    if (this.socket.writableLength > 0) this.becomeSlow();
  }

  /** Ends the connection once everything was sent. */
  closeWhenSent(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    if (!this.isSlow) this.socket.destroySoon();
  }

  /** The socket is closed: nothing is in flight any more. */
  release(): void {
    for (const page of this.pinned) this.pool.release(page);
    this.pinned.length = 0;
    this.chain = [];
    this.chainBytes = 0;
    this.isSlow = false;
  }

  private write(page: Page, from: number, to: number): void {
    const { direct, socket } = this;
    const bytes = page.bytes.subarray(from, to);
    if (direct?.write(bytes)) {
      if (!direct.isInFlight) return;
      this.pin(page);
      this.becomeSlow();
      return;
    }
    socket.write(bytes, this.onWritten);
    if (socket.writableLength > 0) {
      this.pin(page);
      this.becomeSlow();
    }
  }

  private writeChain<Target extends OutputTarget>(turn: Turn<Target>, first: number): void {
    const { socket } = this;
    socket.cork();
    for (let i = first; i !== NO_SLICE; i = turn.sliceNext[i]) {
      const bytes = turn.slicePage[i].bytes;
      socket.write(bytes.subarray(turn.sliceFrom[i], turn.sliceTo[i]), this.onWritten);
    }
    socket.uncork();
    if (socket.writableLength === 0) return;
    for (let i = first; i !== NO_SLICE; i = turn.sliceNext[i]) this.pin(turn.slicePage[i]);
    this.becomeSlow();
  }

  private pin(page: Page): void {
    if (this.pinned[this.pinned.length - 1] === page) return;
    page.references++;
    this.pinned.push(page);
  }

  private becomeSlow(): void {
    this.isSlow = true;
    this.peakBytes = Math.max(this.peakBytes, this.pendingBytes);
  }

  /** Copies bytes to the end of the chain. */
  private keep(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      let block = this.chain[this.chain.length - 1];
      if (block === undefined || this.blockTop === block.length) {
        const size = Math.max(BLOCK_MIN_BYTES, Math.min(this.chainBytes, BLOCK_MAX_BYTES));
        block = Buffer.allocUnsafeSlow(size);
        this.chain.push(block);
        this.blockTop = 0;
      }
      const length = Math.min(to - at, block.length - this.blockTop);
      copyBytes(bytes, at, block, this.blockTop, length);
      this.blockTop += length;
      at += length;
    }
    this.chainBytes += to - from;
    this.peakBytes = Math.max(this.peakBytes, this.pendingBytes);
  }

  /** After every write, in order; only a slow socket has something to do. */
  private readonly onWritten = (error?: Error | null): void => {
    if (!this.isSlow || error || this.socket.writableLength > 0) return;
    // The end of an earlier write is told late and says nothing about the one in flight.
    if (this.direct?.isInFlight) return;
    this.allTaken();
  };

  private allTaken(): void {
    for (const page of this.pinned) this.pool.release(page);
    this.pinned.length = 0;
    this.isSlow = false;
    if (this.chainBytes > 0) this.sendKept();
    if (this.isClosing && !this.isSlow) this.socket.destroySoon();
  }

  private sendKept(): void {
    const { chain, socket } = this;
    const last = chain[chain.length - 1];
    chain[chain.length - 1] = last.subarray(0, this.blockTop);
    this.chain = [];
    this.chainBytes = 0;
    this.blockTop = 0;
    socket.cork();
    for (const block of chain) socket.write(block, this.onWritten);
    socket.uncork();
    if (socket.writableLength > 0) this.becomeSlow();
  }
}
