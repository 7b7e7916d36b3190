// One database engine, wired together: configuration, keyspace, commands, log. Sockets, the
// embedded API and tools all use this object; nothing below it knows who they are.
//
// The life of a write: `execute` runs the command, its effect is in the log's batch; at the end of
// the turn `commit` hands the batch to the log; replies leave when `acknowledged` reaches the
// ticket that `commit` returned.
// Invariant: until `load` has returned, commands wait or are answered with LOADING, and nothing
// expires.

import { COMMANDS } from './commands/index.js';
import { Config } from './config/config.js';
import type { ClientsPort, ProcessPort } from './contract/ports.js';
import type { Reply } from './contract/reply.js';
import type { Session, SessionDetail } from './contract/session.js';
import { Blocking } from './exec/blocking.js';
import { ExecutionContext } from './exec/context.js';
import { Cron } from './exec/cron.js';
import { Effects } from './exec/effects.js';
import { Executor } from './exec/executor.js';
import { Gates } from './exec/gates.js';
import { Persistence } from './exec/persistence.js';
import { PersistenceFacts } from './exec/persistence-facts.js';
import { Registry } from './exec/registry.js';
import { ReplyNotes } from './exec/reply-notes.js';
import { Transactions } from './exec/transactions.js';
import { LIMITS } from './keyspace/collection-limits.js';
import { type EvictionRules, evictionPolicy, evictTo } from './keyspace/evict.js';
import { Keyspace } from './keyspace/keyspace.js';
import { SEGMENT_TARGET_BYTES } from './log/format.js';
import { Info } from './observe/info.js';
import {
  type ListenerSource,
  NO_LISTENER,
  type ProcessSource,
  UNKNOWN_PROCESS,
} from './observe/info-sources.js';
import { ServerStatistics } from './observe/server-statistics.js';
import type { Args } from './util/args.js';
import { type AlarmClock, systemClock } from './util/clock.js';
import { EngineClock } from './util/engine-clock.js';
import { type EventLoop, systemLoop } from './util/event-loop.js';
import { type FileSystem, nodeFileSystem } from './util/fs.js';
import { currentProcessFacts, type ProcessFacts } from './util/process-facts.js';
import { type Random, randomHex, randomSeed, SeededRandom } from './util/random.js';
import { VERSION } from './version.js';

const ID_DIGITS = 40;
/** A load that is shorter keeps its first clients waiting; only then they are told LOADING. */
const LOAD_PATIENCE_MS = 500;

/** Hash fields that may expire before the commands of one socket read: some 100 us. */
const FIELD_STEPS_MAX = 200;

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';
/** Takes lines for the operator. */
export type Logger = (level: LogLevel, message: string) => void;

export interface EngineOptions {
  /** Where the log lives; null keeps everything in memory only. */
  readonly dir: string | null;
  readonly config?: Config;
  readonly clock?: AlarmClock;
  readonly loop?: EventLoop;
  readonly random?: Random;
  readonly fs?: FileSystem;
  /** Who takes the directory's lock; null takes none (a file system in memory). */
  readonly owner?: ProcessFacts | null;
  /** A segment of the log of at least this size is followed by a new one. */
  readonly segmentSizeBytes?: number;
  readonly logger?: Logger;
}

/** What the daemon adds to an engine once it listens. */
export interface Surroundings {
  readonly clients?: ClientsPort;
  readonly process?: ProcessPort;
  readonly listenerFacts?: ListenerSource;
  readonly processFacts?: ProcessSource;
}

export class Engine {
  readonly config: Config;
  readonly clock: EngineClock;
  readonly loop: EventLoop;
  readonly random: Random;
  readonly logger: Logger;
  readonly keyspace: Keyspace;
  readonly registry: Registry;
  readonly gates: Gates;
  readonly blocking: Blocking;
  readonly transactions: Transactions;
  readonly effects = new Effects();
  readonly replyNotes: ReplyNotes;
  readonly statistics = new ServerStatistics();
  readonly context: ExecutionContext;
  readonly executor: Executor;
  readonly persistence: Persistence;
  readonly info: Info;
  /** Set by the listener: `acknowledged` grew outside `commit`. */
  onAcknowledged: (() => void) | null = null;
  /** Set by the listener: the turns of these tickets failed, `error` answers their commands. */
  onCommitFailed: ((fromTicket: number, toTicket: number, error: string) => void) | null = null;
  /** Set by the daemon: another process has the directory, nothing will be kept any more. */
  onLost: ((reason: string) => void) | null = null;
  /** Set by who can end: the log failed and `aof-on-io-error` says so; everybody was answered. */
  onFatal: ((reason: string) => void) | null = null;
  /** Set by the listener: postponed sessions may go on. */
  onReady: (() => void) | null = null;
  private readonly cron: Cron;
  private readonly readyWaiters: (() => void)[] = [];
  private readonly ticketWaiters: { ticket: number; done: (error: string | null) => void }[] = [];
  private evictionRules: EvictionRules = { policy: 'noeviction', samples: 1 };
  private lastSessionId = 0;

  constructor(options: EngineOptions) {
    this.config = options.config ?? new Config();
    this.clock = new EngineClock(options.clock ?? systemClock);
    this.clock.onJump = (text) => this.logger('warning', text);
    this.loop = options.loop ?? systemLoop;
    this.random = options.random ?? new SeededRandom(randomSeed());
    this.logger = options.logger ?? (() => {});
    this.keyspace = new Keyspace({
      databases: this.config.number('databases'),
      seed: { k0: this.random.next32() | 0, k1: this.random.next32() | 0 },
      random: this.random,
      now: this.clock.now(),
    });
    this.keyspace.expiresKeys = false;
    this.keyspace.onRemoved = (db, bytes, at, length) => {
      this.effects.removed(db, bytes, at, length);
    };
    this.keyspace.onFieldRemoved = (db, owner, field) => {
      this.effects.fieldRemoved(db, owner, field);
    };
    this.registry = new Registry(COMMANDS);
    this.blocking = new Blocking(this);
    this.transactions = new Transactions(this);
    this.gates = new Gates({
      isOutOfMemory: () => this.evict(),
      monotonicMs: () => this.clock.monotonicMs(),
    });
    this.gates.setLoading(true);
    this.replyNotes = new ReplyNotes(this);
    this.context = new ExecutionContext(this);
    this.executor = new Executor(this);
    this.executor.onError = (code) => this.statistics.countError(code);
    this.persistence = new Persistence({
      dir: options.dir,
      fs: options.fs ?? nodeFileSystem,
      owner: options.owner === undefined ? currentProcessFacts() : options.owner,
      loop: this.loop,
      segmentSizeBytes: options.segmentSizeBytes ?? SEGMENT_TARGET_BYTES,
      context: this.context,
      executor: this.executor,
      effects: this.effects,
      gates: this.gates,
      replyNotes: this.replyNotes,
      notice: (level, text) => this.logger(level, text),
    });
    this.info = new Info({
      ...this,
      commands: this.registry,
      identity: {
        version: VERSION,
        runId: randomHex(this.random, ID_DIGITS),
        replicationId: randomHex(this.random, ID_DIGITS),
        startedAtMs: this.clock.monotonicMs(),
      },
      persistence: new PersistenceFacts(this),
      listener: NO_LISTENER,
      process: UNKNOWN_PROCESS,
    });
    this.cron = new Cron(this);
    this.connectParts();
  }

  // --- life ---

  /**
   * Reads what is on disk and begins to log.
   * @param onProgress bytes read so far and in all
   * @throws LogError when the directory cannot be used, with the remedy in its text; file errors
   */
  async load(onProgress?: (doneBytes: number, totalBytes: number) => void): Promise<void> {
    this.config.isLoading = true;
    this.gates.waitsForLoad = true;
    const answersLoading = () => {
      this.gates.waitsForLoad = false;
      this.release();
    };
    const endPatience = this.loop.later(LOAD_PATIENCE_MS, answersLoading);
    try {
      await this.persistence.open(onProgress ?? (() => {}));
    } finally {
      endPatience();
      this.gates.waitsForLoad = false;
    }
    this.config.isLoading = false;
    this.keyspace.setTime(this.clock.now());
    this.keyspace.expiresKeys = true;
    this.gates.setLoading(false);
    this.release();
    this.cron.start();
  }

  /** Flushes and syncs the log and lets go of the directory. Nothing may be executed after it. */
  async close(): Promise<void> {
    this.cron.stop();
    await this.persistence.close();
  }

  /** Tells the engine about the daemon around it. */
  surround({ clients, process, listenerFacts, processFacts }: Surroundings): void {
    if (clients !== undefined) this.context.clients = clients;
    if (process !== undefined) this.context.process = process;
    if (listenerFacts !== undefined) this.info.sources.listener = listenerFacts;
    if (processFacts !== undefined) this.info.sources.process = processFacts;
  }

  // --- commands ---

  nextSessionId(): number {
    return ++this.lastSessionId;
  }

  get isPasswordRequired(): boolean {
    return this.config.text('requirepass') !== '';
  }

  /** Reads the clock; the commands of one socket read share a time. */
  refreshClock(): void {
    const { keyspace } = this;
    keyspace.setTime(this.clock.now());
    if (keyspace.hasFieldDeadlines && this.mayExpire) keyspace.expireFieldsDue(FIELD_STEPS_MAX);
  }

  /** Says that these commands come next; see Database.prefetch. */
  prefetch(session: Session, commands: readonly Args[], count: number): void {
    this.keyspace.databases[session.dbIndex].prefetch(commands, count);
  }

  /**
   * Runs one command.
   * @returns EXECUTE_DONE, or EXECUTE_POSTPONED: to be offered again after `onReady`
   */
  execute(session: Session, args: Args, reply: Reply): number {
    return this.executor.execute(session, args, reply);
  }

  /** Ends the turn: hands its writes to the log. @returns the turn's ticket */
  commit(): number {
    return this.persistence.commit();
  }

  /** Replies of a turn may leave when its ticket is not above this. */
  get acknowledged(): number {
    return this.persistence.acknowledged;
  }

  /** Not 0 while sessions note what replies depend on; another number each time that begins. */
  get noteEpoch(): number {
    return this.replyNotes.epoch;
  }

  /**
   * @param keys what a session noted in a turn
   * @param ticket of that turn
   * @returns whether the session's replies show nothing that the log may still lose
   */
  areDurable(keys: readonly string[] | null, ticket: number): boolean {
    return this.persistence.areDurable(keys, ticket);
  }

  /**
   * While writes that failed are in memory and not in the log: the error for replies that show
   * them, or may; null otherwise.
   */
  get doubt(): string | null {
    return this.persistence.doubt;
  }

  /** Whether replies leave without waiting for a write that stalls; those that do are counted. */
  get isUngated(): boolean {
    return this.persistence.isUngated;
  }

  countUngated(replies: number): void {
    this.replyNotes.ungatedReplies += replies;
  }

  /** Calls back once the turn that runs now is acknowledged, or with the error of its writes. */
  whenAcknowledged(done: (error: string | null) => void): void {
    this.loop.nextTurn(() => {
      this.ticketWaiters.push({ ticket: this.commit(), done });
      this.wakeTicketWaiters();
    });
  }

  /** Calls back once nothing that these keys show in the turn that runs now can be lost. */
  whenDurable(keys: readonly string[] | null, done: (error: string | null) => void): void {
    this.loop.nextTurn(() => {
      const ticket = this.commit();
      if (this.areDurable(keys, ticket)) {
        if (this.isUngated && ticket <= this.acknowledged) this.countUngated(1);
        done(null);
      } else {
        this.ticketWaiters.push({ ticket, done });
        this.wakeTicketWaiters();
      }
    });
  }

  /** Calls back when postponed commands may be offered again. */
  whenReady(done: () => void): void {
    this.readyWaiters.push(done);
  }

  /** The client left: its waits are withdrawn. */
  sessionGone(session: Session): void {
    this.blocking.sessionGone(session);
    this.transactions.sessionGone(session);
  }

  /** @returns what CLIENT LIST shows of a session */
  describeSession(session: Session): SessionDetail {
    return this.transactions.describe(session);
  }

  /** CLIENT PAUSE. @param untilMs unix ms */
  pause(untilMs: number, onlyWrites: boolean): void {
    const timeoutMs = untilMs - this.keyspace.now;
    this.gates.pause(this.clock.monotonicMs() + timeoutMs, onlyWrites);
  }

  unpause(): void {
    this.gates.unpause();
    this.release();
  }

  // --- cron ---

  /** Whether keys may be deleted by themselves now. */
  get mayExpire(): boolean {
    const { keyspace } = this;
    return keyspace.expiresKeys && keyspace.expiresActively && !this.gates.keepsExpired;
  }

  tick(): void {
    this.persistence.tick();
    this.info.sample();
    if (this.gates.isPaused && !this.gates.standsStill) this.unpause();
  }

  /** One round of what happens several times a second; for tests that move the clock by hand. */
  runCron(): void {
    this.cron.run();
  }

  // --- inside ---

  /**
   * Evicts what the policy allows, but for a pause.
   * @returns whether memory is over its limit all the same
   */
  private evict(): boolean {
    const limitBytes = this.config.number('maxmemory');
    if (this.gates.standsStill) return this.keyspace.usedBytes > limitBytes;
    return !evictTo(this.keyspace, limitBytes, this.evictionRules);
  }

  private connectParts(): void {
    const { persistence, blocking, config } = this;
    persistence.onAcknowledged = () => {
      this.wakeTicketWaiters();
      this.onAcknowledged?.();
    };
    persistence.onFailed = (from, to, error) => {
      this.onCommitFailed?.(from, to, error);
      this.wakeTicketWaiters();
    };
    persistence.onLost = (reason) => this.onLost?.(reason);
    persistence.onFatal = (reason) => this.onFatal?.(reason);
    persistence.onRoom = () => this.release();
    blocking.onExclusive = (isExclusive) => {
      this.gates.setExclusive(isExclusive);
      if (!isExclusive) this.release();
    };
    const apply = (name: string, change: () => void) => {
      change();
      config.onChange(name, () => {
        change();
        return null;
      });
    };
    apply('expire-clock', () => this.clock.setSlewed(config.text('expire-clock') === 'slewed'));
    apply('appendfsync', () => persistence.applyPolicy());
    apply('aof-on-io-error', () => persistence.applyErrorPolicy());
    for (const name of ['generations', 'hours', 'max-bytes']) {
      apply(`aof-history-${name}`, () => persistence.applyHistory());
    }
    apply('maxmemory', () => this.gates.setMemoryLimited(config.number('maxmemory') > 0));
    const { accessClock, limits } = this.keyspace;
    for (const [limit, name] of LIMITS) {
      apply(name, () => {
        limits[limit] = config.number(name);
      });
    }
    const changeEviction = () => {
      const policy = evictionPolicy(config.text('maxmemory-policy'));
      this.evictionRules = { policy, samples: config.number('maxmemory-samples') };
      accessClock.isLfu = policy.endsWith('lfu');
    };
    apply('maxmemory-policy', changeEviction);
    apply('maxmemory-samples', changeEviction);
    apply('lfu-log-factor', () => {
      accessClock.lfuLogFactor = config.number('lfu-log-factor');
    });
    apply('lfu-decay-time', () => {
      accessClock.lfuDecayMinutes = config.number('lfu-decay-time');
    });
  }

  /** Lets those go on who were held back; perhaps a command that is running does so. */
  private release(): void {
    queueMicrotask(() => {
      this.executor.serveReady();
      for (const done of this.readyWaiters.splice(0)) done();
    });
    this.onReady?.();
  }

  private wakeTicketWaiters(): void {
    const { ticketWaiters, acknowledged } = this;
    while (ticketWaiters.length > 0 && ticketWaiters[0].ticket <= acknowledged) {
      const waiter = ticketWaiters.shift();
      if (waiter === undefined) return;
      if (this.isUngated) this.countUngated(1);
      const { persistence } = this;
      waiter.done(persistence.hasFailed(waiter.ticket) ? persistence.lossError : this.doubt);
    }
  }
}
