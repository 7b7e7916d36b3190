// From received bytes to executed commands. All connections read into one block and share one
// parser. Invariant: after `receive` or `goOn` returns, every whole command was executed or is
// kept in order in the connection's query buffer, and the block may be overwritten.
//
//   block   [ head room | one socket read ]
//             ^ a short remainder of the last read is put right in front of the new bytes, so
//               commands cut by a read are still parsed in place

import type { Connection } from './connection.js';
import {
  type Args,
  type EnginePort,
  EXECUTE_DONE,
  SESSION_BLOCKED,
  SESSION_CLOSE_AFTER_REPLY,
  SESSION_REPLY_OFF,
  SESSION_REPLY_SKIP,
} from './engine-port.js';
import { type Limits, QUERY_BUFFER_ALWAYS_ALLOWED_BYTES } from './limits.js';
import { KEPT_MAX_BYTES, READ_BYTES } from './query-buffer.js';
import type { ReplyWriter } from './resp/reply-writer.js';
import { RequestBatch } from './resp/request-batch.js';
import { PARSE_FAILED, PARSE_SLACK_BYTES, RequestParser } from './resp/request-parser.js';
import type { ListenerStatistics } from './statistics.js';

/** Remainders up to this size are parsed again from their first byte: cheaper than remembering. */
const HEAD_ROOM_BYTES = KEPT_MAX_BYTES;
/** A connection that may not go on stops reading when this much waits. */
const BACKLOG_MAX_BYTES = 1024 * 1024;
/** A spare parser with room for more arguments than this is not kept. */
const SPARE_ARGUMENTS_MAX = 64 * 1024;

const REPLY_MUTES = SESSION_REPLY_OFF | SESSION_REPLY_SKIP;
const STOPS = SESSION_BLOCKED | SESSION_CLOSE_AFTER_REPLY | REPLY_MUTES;

/** What the runner needs of the turn it works in. */
export interface RunnerHost {
  readonly engine: EnginePort;
  readonly limits: Limits;
  readonly statistics: ListenerStatistics;
  readonly writer: ReplyWriter<Connection>;
  /** Unix ms, as of the begin of the turn. */
  readonly nowMs: number;
  /** Begins a turn if none is open: takes the time, asks for an end of turn. */
  schedule(): void;
  deferToNextTurn(connection: Connection): void;
  postpone(connection: Connection): void;
  protocolError(connection: Connection, text: string): void;
  overQueryLimit(connection: Connection): void;
}

export class RequestRunner {
  /** Where sockets read to: a part of the block. */
  readonly readArea: Buffer;
  private readonly block = Buffer.allocUnsafeSlow(HEAD_ROOM_BYTES + READ_BYTES + PARSE_SLACK_BYTES);
  private readonly host: RunnerHost;
  private readonly batch = new RequestBatch();
  private parser = new RequestParser();
  private spareParser: RequestParser | null = null;

  constructor(host: RunnerHost) {
    this.host = host;
    this.readArea = this.block.subarray(HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + READ_BYTES);
  }

  /** Takes `count` bytes that were read into `readArea`. */
  receive(connection: Connection, count: number): void {
    const { host, block } = this;
    host.schedule();
    host.statistics.netInputBytes += count;
    connection.inputBytes += count;
    connection.lastActiveMs = host.nowMs;
    if ((connection.flags & SESSION_CLOSE_AFTER_REPLY) !== 0) return;
    const { query } = connection;
    const kept = query.length;
    if (kept === 0 && !connection.isHeld) {
      this.run(connection, block, HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + count);
    } else if (kept <= HEAD_ROOM_BYTES && !connection.isHeld && connection.parser === null) {
      const from = HEAD_ROOM_BYTES - kept;
      query.bytes.copy(block, from, query.from, query.end);
      query.clear();
      this.run(connection, block, from, HEAD_ROOM_BYTES + count);
    } else if (this.keep(connection, HEAD_ROOM_BYTES, count)) {
      if (!connection.isHeld) {
        this.run(connection, query.bytes, query.from, query.end);
      } else if (query.length > BACKLOG_MAX_BYTES && !connection.isReadingPaused) {
        connection.isReadingPaused = true;
        connection.socket.pause();
      }
    }
  }

  /** Goes on with what is buffered, after a wait. */
  goOn(connection: Connection): void {
    if (connection.isClosed || connection.isHeld) return;
    const { query } = connection;
    if (query.length > 0) this.run(connection, query.bytes, query.from, query.end);
    if (connection.isReadingPaused && !connection.isHeld && !connection.isClosed) {
      connection.isReadingPaused = false;
      connection.socket.resume();
    }
    connection.closeIfDone();
  }

  /** Parses and executes until the bytes, or the connection's turn, are at their end. */
  private run(connection: Connection, bytes: Buffer, from: number, end: number): void {
    const { engine, writer } = this.host;
    const parser = connection.parser ?? this.parser;
    const { batch } = this;
    engine.refreshClock();
    const outer = writer.enter(connection);
    let position = from;
    let isMuted = (connection.flags & REPLY_MUTES) !== 0;
    batch.clear();
    for (;;) {
      let args: Args;
      let next: number;
      if (!batch.isEmpty || this.parseAhead(connection, parser, bytes, position, end)) {
        args = batch.take();
        next = batch.end;
      } else {
        next = parser.parse(bytes, position, end, connection);
        args = parser.args;
        if (next < 0) {
          if (next === PARSE_FAILED) this.host.protocolError(connection, parser.error);
          break;
        }
      }
      if (args.count > 0) {
        const result = isMuted
          ? this.executeMuted(connection, args)
          : engine.execute(connection, args, writer);
        if (result !== EXECUTE_DONE) {
          this.host.postpone(connection);
          break;
        }
        const flags = connection.flags;
        if ((flags & STOPS) === 0) {
          if (!isMuted) connection.turnReplies++;
          isMuted = false;
        } else {
          if (!isMuted && (flags & (REPLY_MUTES | SESSION_BLOCKED)) === 0) connection.turnReplies++;
          isMuted = (flags & REPLY_MUTES) !== 0;
          if ((flags & (SESSION_BLOCKED | SESSION_CLOSE_AFTER_REPLY)) !== 0) {
            if ((flags & SESSION_BLOCKED) !== 0) this.host.statistics.blockedClients++;
            position = next;
            break;
          }
        }
      }
      position = next;
      if (writer.isTargetFull && position < end) {
        this.host.deferToNextTurn(connection);
        break;
      }
    }
    writer.leave(outer);
    if ((connection.flags & SESSION_CLOSE_AFTER_REPLY) !== 0) this.dropInput(connection, parser);
    else this.settle(connection, parser, bytes, position, end);
  }

  /** @returns whether `batch` has commands; several of them were announced to the engine */
  private parseAhead(
    connection: Connection,
    parser: RequestParser,
    bytes: Buffer,
    position: number,
    end: number,
  ): boolean {
    if (!parser.isIdle) return false;
    const count = this.batch.fill(parser, bytes, position, end, connection);
    if (count > 1) this.host.engine.prefetch(connection, this.batch.commands, count);
    return count > 0;
  }

  /** Runs a command of a client that asked for silence: CLIENT REPLY OFF and SKIP. */
  private executeMuted(connection: Connection, args: Args): number {
    const { engine, writer } = this.host;
    const before = connection.flags;
    const savepoint = writer.savepoint();
    const result = engine.execute(connection, args, writer);
    if (result !== EXECUTE_DONE) return result;
    const after = connection.flags;
    if ((after & REPLY_MUTES) === 0) {
      // CLIENT REPLY ON answers even when it was to be skipped.
      connection.turnReplies++;
      return result;
    }
    writer.rollback(savepoint);
    // A SKIP that was skipped begins anew; the reply of anything else uses it up.
    const isReplyCommand = connection.lastCommand?.fullName === 'client|reply';
    const isBlocked = (after & SESSION_BLOCKED) !== 0;
    if ((before & after & SESSION_REPLY_SKIP) !== 0 && !isReplyCommand && !isBlocked) {
      connection.flags &= ~SESSION_REPLY_SKIP;
    }
    return result;
  }

  /** Keeps what was not consumed, and the parser's place in it. */
  private settle(
    connection: Connection,
    parser: RequestParser,
    bytes: Buffer,
    position: number,
    end: number,
  ): void {
    const { query } = connection;
    const rest = end - position;
    const isLong = !parser.isIdle && rest > HEAD_ROOM_BYTES;
    if (!isLong) this.giveBack(connection, parser);
    else if (connection.parser === null) this.adopt(connection);
    if (bytes !== this.block) {
      query.from = position;
      if (rest === 0) query.clear();
      else if (!isLong) query.trim();
    } else if (rest > 0) {
      this.keep(connection, position, rest);
    }
  }

  /** Appends bytes of the block to the query buffer. @returns false when that closed the client */
  private keep(connection: Connection, at: number, count: number): boolean {
    const { query, parser } = connection;
    const total = query.length + count;
    if (
      total > QUERY_BUFFER_ALWAYS_ALLOWED_BYTES &&
      total > this.host.limits.maxQueryBytes(connection.isUnauthenticated)
    ) {
      this.host.overQueryLimit(connection);
      return false;
    }
    if (query.length === 0) {
      // The parser's offsets are still those of the block.
      if (parser !== null) parser.rebase(-at);
      query.append(this.block, at, count, parser === null ? 0 : parser.announcedEnd);
    } else {
      const delta = query.append(this.block, at, count, parser === null ? 0 : parser.announcedEnd);
      if (parser !== null && delta !== 0) parser.rebase(delta);
    }
    return true;
  }

  private dropInput(connection: Connection, parser: RequestParser): void {
    this.giveBack(connection, parser);
    connection.query.clear();
  }

  /** Lets the connection keep the shared parser, which holds its half-read command. */
  private adopt(connection: Connection): void {
    connection.parser = this.parser;
    this.parser = this.spareParser ?? new RequestParser();
    this.spareParser = null;
  }

  private giveBack(connection: Connection, parser: RequestParser): void {
    parser.reset();
    if (connection.parser === null && parser === this.parser) return;
    connection.parser = null;
    if (parser.args.at.length <= SPARE_ARGUMENTS_MAX) this.spareParser = parser;
  }
}
