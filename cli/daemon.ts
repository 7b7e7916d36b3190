// One daemon from start to stop. The order of the start: listen (clients get LOADING), take and
// read the directory, serve. The order of a stop: accept nothing more, answer what was accepted,
// flush and sync the log, let go of the directory.
// Invariant: the process ends with 0 only after the log was flushed and synced.

import { chmodSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fse from 'fs-extra';
import { type Clock, type Config, Engine, type ProcessPort, VERSION } from '../engine/index.js';
import { createServer, type RespServer } from '../protocol/server.js';
import type { LoadedConfig } from './conf-source.js';
import { ListenError, listenOnAll } from './listen-addresses.js';
import type { LogLines } from './log-lines.js';
import { processSource } from './process-source.js';
import { Progress } from './progress.js';
import { notifyServiceManager } from './service-manager.js';

/** A stop after a bug, or after an error of the disk, does not wait longer than this for it. */
const CRASH_FLUSH_MS = 5000;
/** Directives that open sockets: they act at the start only. */
const LISTEN_DIRECTIVES = ['port', 'bind'];

export interface DaemonParts {
  readonly loaded: LoadedConfig;
  readonly logs: LogLines;
  readonly clock: Clock;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Draws the progress of loading; null where no terminal shows it. */
  readonly draw: ((text: string) => void) | null;
  /** Takes the port that was picked where `--port 0` asked for a free one. */
  readonly announcePort: (port: number) => void;
}

export class Daemon {
  readonly dir: string;
  private readonly parts: DaemonParts;
  private readonly config: Config;
  private readonly engine: Engine;
  private readonly server: RespServer;
  private isLoaded = false;
  private isCrashing = false;
  /** How the process ends after a stop in good order. */
  private exitCode = 0;
  private stopping: Promise<void> | null = null;

  constructor(parts: DaemonParts) {
    const { loaded, logs } = parts;
    this.parts = parts;
    this.config = loaded.config;
    this.dir = resolve(this.config.path('dir'));
    // As in Redis, CONFIG GET dir tells the whole path.
    this.config.preset('dir', Buffer.from(this.dir).toString('latin1'));
    this.engine = new Engine({ dir: this.dir, config: this.config, logger: logs.write });
    this.engine.onLost = (reason) => {
      logs.write('warning', `The data directory is lost to another process: ${reason}`);
      logs.write('warning', 'Nothing was acknowledged since; stopping at once');
      parts.exit(1);
    };
    this.engine.onFatal = (reason) => {
      this.exitCode = 1;
      setTimeout(() => parts.exit(1), CRASH_FLUSH_MS).unref();
      void this.stop(`Stopping: ${reason}`);
    };
    this.server = createServer({ engine: this.engine, log: logs.write });
    this.config.onChange('loglevel', (level) => {
      logs.threshold = level;
      return null;
    });
    for (const name of LISTEN_DIRECTIVES) {
      this.config.onChange(
        name,
        () => `Unable to listen on this ${name}: it changes at start-up only`,
      );
    }
  }

  /**
   * @throws ListenError, LogError, file errors; the process should then end with 1
   */
  async start(): Promise<void> {
    const { loaded, logs } = this.parts;
    logs.write('notice', `Reddis ${VERSION} starts, pid=${process.pid}, Node ${process.version}`);
    for (const warning of loaded.warnings) logs.write('warning', warning);
    if (loaded.path !== null) logs.write('notice', `Configuration loaded from ${loaded.path}`);
    const tcpPort = await this.listen();
    this.engine.surround({
      clients: this.server.clients,
      listenerFacts: this.server.statistics,
      processFacts: processSource(tcpPort, loaded.path),
      process: this.processPort(),
    });
    await this.load();
    if (this.stopping !== null) return;
    this.writePidFile();
    logs.write('notice', `Ready to accept connections${tcpPort === null ? '' : ' tcp'}`);
    this.tellServiceManager('READY=1');
  }

  /** Stops in good order and ends the process: with 0, or with 1 if the log could not be kept. */
  stop(reason: string): Promise<void> {
    this.stopping ??= this.stopOnce(reason);
    return this.stopping;
  }

  /** After a bug: keeps what was accepted, as far as that is possible, and ends with 1. */
  async crash(error: unknown): Promise<void> {
    const { logs, exit } = this.parts;
    // What fails while the log is flushed after a bug is a consequence of it.
    if (this.isCrashing) return;
    this.isCrashing = true;
    logs.write('warning', '=== REDDIS BUG REPORT START ===');
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    for (const line of stack.split('\n')) logs.write('warning', line);
    const where = `${process.platform} ${process.arch}`;
    logs.write('warning', `Reddis ${VERSION}, Node ${process.version}, ${where}`);
    logs.write('warning', '=== REDDIS BUG REPORT END. Please report the lines above. ===');
    const deadline = setTimeout(() => exit(1), CRASH_FLUSH_MS);
    try {
      if (this.isLoaded) await this.engine.close();
      logs.write('warning', 'What was accepted is flushed; stopping');
    } catch (failure) {
      logs.write('warning', `The log could not be flushed: ${String(failure)}`);
    }
    clearTimeout(deadline);
    exit(1);
  }

  private async listen(): Promise<number | null> {
    const { logs, announcePort } = this.parts;
    const wanted = this.config.number('port');
    const unixPath = this.config.path('unixsocket');
    if (unixPath !== '') await this.listenUnix(unixPath);
    const bind = this.config.text('bind').split(' ').filter(Boolean);
    // As in Redis, port 0 beside a Unix socket is no port at all.
    if (bind.length === 0 || (wanted === 0 && unixPath !== '')) return null;
    const { port, addresses } = await listenOnAll(this.server, bind, wanted);
    for (const address of addresses) logs.write('notice', `Listening on ${address}`);
    if (wanted === 0) announcePort(port);
    return port;
  }

  private async listenUnix(path: string): Promise<void> {
    try {
      // A socket file outlives its server; nobody answering on it is what makes it stale.
      if (fse.existsSync(path) && fse.lstatSync(path).isSocket()) fse.removeSync(path);
      await this.server.listenUnix(path);
      const mode = Number.parseInt(this.config.text('unixsocketperm'), 8);
      if (mode !== 0) chmodSync(path, mode);
    } catch (error) {
      throw new ListenError(path, error);
    }
    this.parts.logs.write('notice', `Listening on ${path}`);
  }

  private async load(): Promise<void> {
    const { logs, clock, draw } = this.parts;
    const line = (text: string): void => logs.write('notice', text);
    const progress = new Progress({ label: 'Loading', clock, draw, line });
    const startMs = clock.monotonicMs();
    try {
      await this.engine.load(progress.update);
    } finally {
      progress.end();
    }
    this.isLoaded = true;
    const seconds = ((clock.monotonicMs() - startMs) / 1000).toFixed(3);
    logs.write('notice', `DB loaded from append only file: ${seconds} seconds`);
    const { report } = this.engine.persistence;
    if (report === null) return;
    const { torn, orphans } = report;
    if (torn !== null) {
      const kept = torn.quarantine.join(', ');
      const what = `${torn.cutBytes} bytes from byte ${torn.offset} of ${torn.file}`;
      logs.write('warning', `The end of the log was torn (${torn.reason}): ${what} are cut`);
      logs.write('warning', `What was cut was never acknowledged as durable; it is in ${kept}`);
    }
    for (const name of orphans) logs.write('warning', `${name} belongs to nothing: put away`);
  }

  private async stopOnce(reason: string): Promise<void> {
    const { logs, exit } = this.parts;
    logs.write('warning', reason);
    this.tellServiceManager('STOPPING=1');
    if (!this.isLoaded) {
      // Nothing was accepted yet, and reading has changed nothing that a restart would miss.
      logs.write('warning', 'Stopped while loading, bye bye...');
      this.removeFiles();
      exit(this.exitCode);
      return;
    }
    try {
      await this.server.close();
      await this.engine.close();
    } catch (error) {
      logs.write('warning', `The log could not be flushed: ${String(error)}`);
      this.removeFiles();
      exit(1);
      return;
    }
    this.removeFiles();
    logs.write('warning', 'The log is flushed and synced. Reddis is now ready to exit, bye bye...');
    exit(this.exitCode);
  }

  private processPort(): ProcessPort {
    return {
      shutdown: ({ force }, failed) => {
        const { refusal } = this.engine.persistence;
        if (refusal !== null && !force) {
          this.parts.logs.write('warning', `The log cannot be flushed, not exiting: ${refusal}`);
          failed();
          return;
        }
        // After the turn that asked for it, so its replies and writes are complete.
        setImmediate(() => void this.stop('User requested shutdown...'));
      },
      abortShutdown: () => false,
    };
  }

  private writePidFile(): void {
    const path = this.config.path('pidfile');
    if (path === '') return;
    try {
      writeFileSync(path, `${process.pid}\n`);
    } catch (error) {
      this.parts.logs.write('warning', `Cannot write the pidfile ${path}: ${String(error)}`);
    }
  }

  private removeFiles(): void {
    const pidFile = this.config.path('pidfile');
    const unixSocket = this.config.path('unixsocket');
    for (const path of [pidFile, unixSocket]) if (path !== '') fse.removeSync(path);
  }

  private tellServiceManager(state: string): void {
    if (process.env.NOTIFY_SOCKET === undefined || this.config.text('supervised') === 'no') return;
    notifyServiceManager(state, (reason) => {
      this.parts.logs.write('warning', `The service manager could not be told: ${reason}`);
    });
  }
}
