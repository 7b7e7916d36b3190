// The RESP listener: sockets on one side, the engine on the other. Invariant: it owns no data; when
// it is closed every reply that was held has been sent or its client was too slow to take it.

import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { refusal } from './admission.js';
import { Clients } from './clients.js';
import { Connection, type ConnectionHost } from './connection.js';
import { type EnginePort, SESSION_CLOSE_AFTER_REPLY } from './engine-port.js';
import { acceptSockets, type OpenSocket, openOrdinary } from './fast-accept.js';
import { Limits } from './limits.js';
import { PagePool } from './output-page.js';
import { RequestRunner, type RunnerHost } from './request-runner.js';
import { ReplyWriter } from './resp/reply-writer.js';
import { ListenerStatistics } from './statistics.js';
import { TurnCycle } from './turn-cycle.js';

/** How often idle clients and soft limits are looked at. */
const HOUSEKEEPING_MS = 1000;
/** How long a stopping server waits for slow readers. */
const CLOSE_GRACE_MS = 1000;

export interface ServerOptions {
  readonly engine: EnginePort;
  /** Takes messages for the server's log; nothing is logged without it. */
  readonly log?: (level: 'verbose' | 'notice' | 'warning', message: string) => void;
  /** False forces Node's ordinary sockets; for tests and for a Node that surprises us. */
  readonly fastSockets?: boolean;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

export class RespServer implements ConnectionHost, RunnerHost {
  readonly engine: EnginePort;
  readonly limits: Limits;
  readonly clients: Clients;
  readonly statistics = new ListenerStatistics();
  readonly pool = new PagePool();
  readonly writer = new ReplyWriter<Connection>(this.pool);
  private readonly turns: TurnCycle;
  private readonly runner: RequestRunner;
  private readonly options: ServerOptions;
  private readonly listeners: NetServer[] = [];
  private readonly endHousekeeping: () => void;
  private closing: Promise<void> | null = null;

  /** The engine's callbacks are taken over; see `createServer`. */
  constructor(options: ServerOptions) {
    const { engine } = options;
    this.options = options;
    this.engine = engine;
    this.limits = new Limits(engine.config);
    this.clients = new Clients(engine);
    this.runner = new RequestRunner(this);
    this.turns = new TurnCycle(engine, this.writer, (connection) => this.runner.goOn(connection));
    this.endHousekeeping = engine.loop.every(HOUSEKEEPING_MS, () => this.runHousekeeping());
  }

  /**
   * Listens on a TCP address; may be called for several.
   * @returns the address in use, with the real port
   * @throws Error of the system when the address cannot be used (EADDRINUSE, EACCES...)
   */
  async listen(address: ListenAddress): Promise<ListenAddress> {
    const backlog = this.engine.config.number('tcp-backlog');
    const server = await this.open({ host: address.host, port: address.port, backlog }, false);
    const bound = server.address();
    if (bound === null || typeof bound === 'string') return address;
    return { host: bound.address, port: bound.port };
  }

  /**
   * Listens on a unix socket. Removing a stale file and setting its mode are the caller's.
   * @throws Error of the system when the path cannot be used
   */
  async listenUnix(path: string): Promise<void> {
    await this.open({ path }, true);
    this.clients.unixPath = path;
  }

  /** Serves a socket that did not come from `listen`, as a TCP connection. */
  serve(socket: Socket): void {
    this.accept((receive) => openOrdinary(socket, this.runner.readArea, receive), false);
  }

  /**
   * Stops: no new connections, no new commands; replies that were promised are sent.
   * @returns when all connections are closed
   */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  /** Looks after idle clients, soft limits and gauges. Runs by itself once a second. */
  runHousekeeping(): void {
    const nowMs = this.engine.clock.now();
    this.turns.nowMs = nowMs;
    const idleMs = this.limits.idleTimeoutSeconds * 1000;
    let maxInput = 0;
    let maxOutput = 0;
    for (const connection of this.clients.all()) {
      maxInput = Math.max(maxInput, connection.query.length);
      maxOutput = Math.max(maxOutput, connection.output.pendingBytes);
      if (connection.output.isSlow) connection.checkSoftLimit();
      const isIdle = idleMs > 0 && nowMs - connection.lastActiveMs > idleMs;
      if (isIdle && !connection.isHeld && connection.clientType === 'normal') {
        this.log('verbose', `Closing idle client ${this.clients.describe(connection)}`);
        connection.destroy();
      }
    }
    this.statistics.recentMaxInputBufferBytes = maxInput;
    this.statistics.recentMaxOutputBufferBytes = maxOutput;
  }

  get nowMs(): number {
    return this.turns.nowMs;
  }

  schedule(): void {
    this.turns.schedule();
  }

  makeRunnable(connection: Connection): void {
    this.turns.makeRunnable(connection);
  }

  deferToNextTurn(connection: Connection): void {
    this.turns.defer(connection);
  }

  postpone(connection: Connection): void {
    this.statistics.blockedClients++;
    this.turns.postpone(connection);
  }

  blocked(): void {
    this.statistics.blockedClients++;
  }

  unblocked(): void {
    this.statistics.blockedClients--;
  }

  countOutput(sentBytes: number): void {
    this.statistics.netOutputBytes += sentBytes;
  }

  closed(connection: Connection): void {
    this.clients.remove(connection);
    this.statistics.connectedClients = this.clients.count;
    this.engine.sessionGone(connection);
  }

  protocolError(connection: Connection, text: string): void {
    this.statistics.protocolErrors++;
    this.log('verbose', `${text} from client: ${this.clients.describe(connection)}`);
    this.writer.error(`ERR ${text}`);
    connection.turnReplies++;
    connection.flags |= SESSION_CLOSE_AFTER_REPLY;
  }

  overQueryLimit(connection: Connection): void {
    this.statistics.queryLimitDisconnections++;
    const line = this.clients.describe(connection);
    this.log('warning', `Closing client that reached max query buffer length: ${line}`);
    connection.destroy();
  }

  overOutputLimit(connection: Connection): void {
    this.statistics.outputLimitDisconnections++;
    const line = this.clients.describe(connection);
    this.log('warning', `Client ${line} closed for overcoming of output buffer limits.`);
    connection.destroy();
  }

  private log(level: 'verbose' | 'notice' | 'warning', message: string): void {
    this.options.log?.(level, message);
  }

  private open(
    where: { host: string; port: number; backlog: number } | { path: string },
    isUnixSocket: boolean,
  ): Promise<NetServer> {
    const server = createNetServer({ allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        server.on('error', (error) => this.log('warning', `Accepting failed: ${error.message}`));
        const accept = (open: OpenSocket): void => this.accept(open, isUnixSocket);
        const { fastSockets } = this.options;
        acceptSockets(server, this.runner.readArea, accept, fastSockets ?? true);
        this.listeners.push(server);
        resolve(server);
      });
    });
  }

  private accept(open: OpenSocket, isUnixSocket: boolean): void {
    let connection: Connection | null = null;
    const socket = open((count) => {
      if (connection !== null) this.runner.receive(connection, count);
    });
    socket.on('error', () => socket.destroy());
    if (this.closing !== null) {
      socket.destroy();
      return;
    }
    const refused = refusal(socket, isUnixSocket, this.clients.count, this.limits, this.engine);
    if (refused !== null) {
      this.statistics.connectionsRejected++;
      socket.write(refused);
      socket.destroySoon();
      return;
    }
    this.statistics.connectionsReceived++;
    connection = this.admit(socket, isUnixSocket);
  }

  private admit(socket: Socket, isUnixSocket: boolean): Connection {
    this.schedule();
    const connection = new Connection(this.engine.nextSessionId(), this, socket, isUnixSocket);
    if (!isUnixSocket) {
      socket.setNoDelay(true);
      const { keepAliveSeconds } = this.limits;
      if (keepAliveSeconds > 0) socket.setKeepAlive(true, keepAliveSeconds * 1000);
    }
    socket.on('end', () => {
      connection.isInputEnded = true;
      if (connection.isBlocked) connection.destroy();
      else connection.closeIfDone();
    });
    socket.on('close', () => {
      connection.destroy();
      connection.output.release();
    });
    socket.resume();
    this.clients.add(connection);
    this.statistics.connectedClients = this.clients.count;
    return connection;
  }

  private async stop(): Promise<void> {
    this.endHousekeeping();
    for (const server of this.listeners) server.close();
    await new Promise<void>((resolve) => this.turns.drain(resolve));
    const open = [...this.clients.all()];
    const closed = open.map(
      (connection) => new Promise((resolve) => connection.socket.once('close', resolve)),
    );
    for (const connection of open) connection.output.closeWhenSent();
    const endGrace = this.engine.loop.later(CLOSE_GRACE_MS, () => {
      for (const connection of open) connection.destroy();
    });
    await Promise.all(closed);
    endGrace();
  }
}

/**
 * Makes a listener for an engine; it serves once `listen` is called. The engine's `onAcknowledged`,
 * `onCommitFailed` and `onReady` belong to the listener from then on.
 */
export function createServer(options: ServerOptions): RespServer {
  return new RespServer(options);
}
