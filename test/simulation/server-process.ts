// One run of the server, from its start to its end by whatever means: the real listener over
// virtual connections, the real engine over a simulated disk. Invariant: after `kill` nothing of
// it runs, and nothing that it would still do reaches anybody.

import { Config, LogError } from '../../engine/index.js';
import { SeededRandom } from '../../engine/util/random.js';
import { createServer, type RespServer } from '../../protocol/server.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import type { Link } from './link.js';
import { RecordingEngine } from './recording-engine.js';
import { SimulatedDisk } from './simulated-disk.js';
import { type Peer, VirtualSocket } from './virtual-socket.js';
import type { Scope, VirtualTime } from './virtual-time.js';
import { Weather } from './weather.js';
import type { Witness } from './witness.js';

export const DIR = '/data';

export interface ProcessOptions {
  readonly time: VirtualTime;
  readonly files: MemoryFileSystem;
  readonly network: Scope;
  readonly witness: Witness;
  readonly seed: number;
  readonly directives: Readonly<Record<string, string>>;
  readonly segmentSizeBytes: number;
  /** Takes what happens, for people. */
  readonly notice: (text: string) => void;
  /** Called the moment the data is there, before any command runs. */
  readonly onLoaded: (process: ServerProcess) => void;
}

export class ServerProcess {
  readonly scope: Scope = { isAlive: true };
  readonly weather: Weather;
  readonly disk: SimulatedDisk;
  readonly engine: RecordingEngine;
  readonly server: RespServer;
  /** The disk; after the process's end as it left it. */
  filesLeft: MemoryFileSystem;
  isLoaded = false;
  isClosed = false;
  /** Why it could not start, stop, or what it must never have thrown. */
  failure: Error | null = null;
  private readonly options: ProcessOptions;
  private readonly links = new WeakMap<VirtualSocket, Link>();
  private readonly sockets = new Set<VirtualSocket>();

  constructor(options: ProcessOptions) {
    const { time, files, seed } = options;
    this.options = options;
    this.filesLeft = files;
    this.weather = new Weather(time, files, options.notice);
    this.weather.onKill = () => this.kill();
    this.disk = new SimulatedDisk(files, time, this.scope, this.weather);
    const config = new Config();
    for (const [name, value] of Object.entries(options.directives)) {
      const mistake = config.preset(name, value);
      if (mistake !== null) throw new Error(`${name}: ${mistake}`);
    }
    this.engine = new RecordingEngine(
      {
        dir: DIR,
        fs: files,
        owner: null,
        config,
        random: new SeededRandom(seed),
        segmentSizeBytes: options.segmentSizeBytes,
        logger: (level, text) => options.notice(`${level}: ${text}`),
        ...time.process(this.scope),
      },
      { witness: options.witness, links: this.links, scope: this.scope },
    );
    this.server = createServer({ engine: this.engine });
    this.engine.surround({ clients: this.server.clients });
  }

  start(): void {
    this.engine.load().then(
      () => {
        if (!this.scope.isAlive) return;
        this.isLoaded = true;
        this.attempt(() => this.options.onLoaded(this));
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** Stops it as SHUTDOWN does; `isClosed` says when. */
  close(): void {
    this.server
      .close()
      .then(() => this.engine.close())
      .then(
        () => {
          this.isClosed = true;
        },
        (error: unknown) => this.fail(error),
      );
  }

  /** The process ends here and now; the kernel goes on with what it was given. */
  kill(): void {
    if (!this.scope.isAlive) return;
    this.scope.isAlive = false;
    this.filesLeft = this.disk.abandon();
    for (const socket of this.sockets) socket.orphan();
    this.sockets.clear();
    this.options.witness.forget();
  }

  accept(link: Link, peer: Peer): VirtualSocket | null {
    if (!this.scope.isAlive) return null;
    const { time, network } = this.options;
    const socket = new VirtualSocket(time, this.scope, network, peer);
    this.links.set(socket, link);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    time.after(time.below(300), this.scope, 'accept', () => {
      if (!socket.destroyed) this.server.serve(socket);
    });
    return socket;
  }

  /** Whether the start was refused because of what the disk holds. */
  get isRefusal(): boolean {
    return this.failure instanceof LogError && this.failure.code !== 'UNUSABLE';
  }

  private fail(error: unknown): void {
    if (!this.scope.isAlive) return;
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }
}
