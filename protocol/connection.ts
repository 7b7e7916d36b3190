// One client: the session the engine sees, and the state of its socket. Invariant: a connection
// that is closed has left the client list, the engine was told so exactly once, and nothing is
// parsed or sent for it any more.
//
// What runs per command is in RequestRunner, what runs per turn in TurnCycle, bytes to the socket
// in SocketOutput; this object is where they keep what belongs to one client.

import type { Socket } from 'node:net';
import { isLoopback } from './admission.js';
import {
  type ClientType,
  type EnginePort,
  type Reply,
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_LOCAL,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
  SESSION_UNIX_SOCKET,
  Session,
} from './engine-port.js';
import type { Limits } from './limits.js';
import type { OutputWriter } from './output-writer.js';
import { QueryBuffer } from './query-buffer.js';
import type { RequestParser, RequestSource } from './resp/request-parser.js';
import { SocketOutput } from './socket-output.js';
import { NO_SLICE, type OutputTarget, type Turn } from './turn.js';

/** Replies of a turn from this size on are held against the output limits before they are sent. */
const OUTPUT_CHECK_MIN_BYTES = 16 * 1024;

/** What a connection asks of the listener it belongs to. */
export interface ConnectionHost {
  readonly engine: EnginePort;
  readonly limits: Limits;
  readonly writer: OutputWriter<Connection> & Reply;
  /** Unix ms, as of the begin of the turn. */
  readonly nowMs: number;
  /** Lets the connection go on with what it has buffered before this turn ends. */
  makeRunnable(connection: Connection): void;
  /** The session waits inside a command, or stopped waiting. */
  blocked(): void;
  unblocked(): void;
  /** @param sentBytes bytes handed to the socket */
  countOutput(sentBytes: number): void;
  /** Asks for an end of turn. */
  schedule(): void;
  closed(connection: Connection): void;
  overOutputLimit(connection: Connection): void;
}

export class Connection extends Session implements OutputTarget, RequestSource {
  readonly host: ConnectionHost;
  readonly output: SocketOutput;
  readonly query = new QueryBuffer();
  readonly socket: Socket;
  readonly createdAtMs: number;
  lastActiveMs: number;
  /** Holds a long command that is half read; others share the runner's parser. */
  parser: RequestParser | null = null;

  firstSlice = NO_SLICE;
  lastSlice = NO_SLICE;
  turnReplies = 0;
  isInTurn = false;
  /** Turns that ended and whose replies wait for the log. */
  heldTurns = 0;

  /** The engine wants the next command offered again later. */
  isPostponed = false;
  /** Has commands left for the next turn. */
  isDeferred = false;
  /** In the host's list of connections that may go on. */
  isRunnable = false;
  isReadingPaused = false;
  /** The client has shut its sending side. */
  isInputEnded = false;
  isClosed = false;
  inputBytes = 0;
  outputBytes = 0;
  /** When the soft output limit was passed; 0: it is not. */
  overSoftLimitSinceMs = 0;

  constructor(id: number, host: ConnectionHost, socket: Socket, isUnixSocket: boolean) {
    super(id);
    this.host = host;
    this.socket = socket;
    this.output = new SocketOutput(socket, host.writer.pool);
    this.createdAtMs = host.nowMs;
    this.lastActiveMs = host.nowMs;
    this.isAuthenticated = !host.engine.isPasswordRequired;
    if (isUnixSocket) this.flags |= SESSION_UNIX_SOCKET | SESSION_LOCAL;
    else if (isLoopback(socket.remoteAddress)) this.flags |= SESSION_LOCAL;
  }

  get isUnauthenticated(): boolean {
    return !this.isAuthenticated && this.host.engine.isPasswordRequired;
  }

  get maxBulkBytes(): number {
    return this.host.limits.maxBulkBytes;
  }

  get isBlocked(): boolean {
    return (this.flags & SESSION_BLOCKED) !== 0;
  }

  /** Whether nothing more may be parsed for now. */
  get isHeld(): boolean {
    return this.isPostponed || this.isDeferred || (this.flags & SESSION_BLOCKED) !== 0;
  }

  /** Which output limit holds for the client. */
  get clientType(): ClientType {
    const { channels, patterns, shardChannels } = this.host.engine.describeSession(this);
    return channels + patterns + shardChannels > 0 ? 'pubsub' : 'normal';
  }

  override resume(write: (reply: Reply) => void): void {
    if (this.isClosed) return;
    if (this.isBlocked) {
      this.flags &= ~SESSION_BLOCKED;
      this.host.unblocked();
    }
    const isMuted = (this.flags & (SESSION_REPLY_OFF | SESSION_REPLY_SKIP)) !== 0;
    this.write(write, isMuted);
    if (this.isBlocked) {
      this.host.blocked();
      return;
    }
    if (isMuted) this.flags &= ~SESSION_REPLY_SKIP;
    else this.turnReplies++;
    this.host.makeRunnable(this);
  }

  /**
   * Writes one reply or out-of-band message; it leaves at the end of the turn. May be called
   * while another connection's command runs.
   */
  send(write: (reply: Reply) => void): void {
    if (this.isClosed) return;
    this.write(write, false);
    this.turnReplies++;
  }

  /** The engine may be asked for the postponed command again. */
  release(): void {
    if (!this.isPostponed) return;
    this.isPostponed = false;
    this.host.unblocked();
  }

  override close(afterReply: boolean): void {
    if (!afterReply) {
      this.destroy();
      return;
    }
    this.flags |= SESSION_CLOSE_AFTER_REPLY;
    this.closeIfDone();
  }

  /** Drops the connection with everything that waits. */
  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.isBlocked) {
      this.flags &= ~SESSION_BLOCKED;
      this.host.unblocked();
    }
    this.release();
    // The run loop looks at the flags only.
    this.flags |= SESSION_CLOSE_AFTER_REPLY;
    this.query.clear();
    this.parser = null;
    this.socket.destroy();
    this.host.closed(this);
  }

  /** Sends the replies of a turn that may leave. */
  deliver(turn: Turn<Connection>, first: number, replies: number): void {
    if (this.isClosed) return;
    if (turn.error !== null) {
      const bytes = Buffer.from(`-${turn.error}\r\n`.repeat(replies), 'latin1');
      this.count(bytes.length);
      if (bytes.length > 0) this.output.sendOwn(bytes);
    } else if (first !== NO_SLICE) {
      const bytes = turn.chainBytes(first);
      this.count(bytes);
      if (this.isOverLimitWith(bytes)) {
        this.host.overOutputLimit(this);
        return;
      }
      this.output.send(turn, first, this.host.writer);
    }
    this.closeIfDone();
  }

  /** Closes a client that stayed above its soft limit. Called now and then. */
  checkSoftLimit(): void {
    if (this.output.isSlow && this.isOverLimitWith(0)) this.host.overOutputLimit(this);
  }

  /** Ends the connection when it is to be closed and nothing is owed to the client. */
  closeIfDone(): void {
    if (this.isInTurn || this.heldTurns > 0 || this.isClosed) return;
    const isEnding = (this.flags & SESSION_CLOSE_AFTER_REPLY) !== 0;
    // Who may go on has commands left, though it waits for nothing any more.
    const isIdle = !this.isHeld && !this.isRunnable;
    if (isEnding || (this.isInputEnded && isIdle)) this.output.closeWhenSent();
  }

  /** Writes to the end of this turn's output, or, muted, nowhere. */
  private write(write: (reply: Reply) => void, isMuted: boolean): void {
    const { writer } = this.host;
    const outer = writer.enter(this);
    // What is told without being asked for may be news of any key.
    this.dependsOnLog = true;
    if (isMuted) {
      const savepoint = writer.savepoint();
      write(writer);
      writer.rollback(savepoint);
    } else {
      write(writer);
    }
    writer.leave(outer);
    this.host.schedule();
  }

  private count(bytes: number): void {
    this.outputBytes += bytes;
    this.host.countOutput(bytes);
  }

  /** Whether `bytes` more are too many, by the rules of client-output-buffer-limit. */
  private isOverLimitWith(bytes: number): boolean {
    if (bytes < OUTPUT_CHECK_MIN_BYTES && !this.output.isSlow) return false;
    const pending = this.output.pendingBytes + bytes;
    const { hardBytes, softBytes, softSeconds } = this.host.limits.outputLimit(this.clientType);
    if (hardBytes > 0 && pending >= hardBytes) return true;
    if (softBytes === 0 || pending < softBytes) {
      this.overSoftLimitSinceMs = 0;
      return false;
    }
    const { nowMs } = this.host;
    if (this.overSoftLimitSinceMs === 0) this.overSoftLimitSinceMs = nowMs;
    return nowMs - this.overSoftLimitSinceMs > softSeconds * 1000;
  }
}
