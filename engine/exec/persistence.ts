// The engine's side of the log: opening it, ending turns, compacting by itself, and what INFO and
// the commands ask about it. Invariants: `commit` is called between commands only; at most one
// compaction runs; a log that refuses writes closes the gate before the next command.

import type { Context } from '../contract/context.js';
import type { PersistencePort } from '../contract/ports.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import type { SyncPolicy } from '../log/commit-pipeline.js';
import { DataSet } from '../log/data-set.js';
import type { LockOwner } from '../log/directory-lock.js';
import { FreeSpace } from '../log/free-space.js';
import type { HistoryLimits } from '../log/history-retention.js';
import { LogWriter } from '../log/log-writer.js';
import { type RecoveredLog, type RecoveryReport, recover } from '../log/recovery.js';
import { Scrub } from '../log/scrub.js';
import type { LoadingFacts } from '../observe/info-sources.js';
import { Compaction } from '../snapshot/compaction.js';
import type { EventLoop } from '../util/event-loop.js';
import type { FileSystem } from '../util/fs.js';
import { CompactionSchedule } from './compaction-schedule.js';
import type { Effects } from './effects.js';
import type { Executor } from './executor.js';
import type { Gates } from './gates.js';
import { Replayer } from './replayer.js';
import type { ReplyNotes } from './reply-notes.js';

const ERR_MEMORY_ONLY = 'ERR this database is kept in memory only';
const ERR_REWRITE_IN_PROGRESS = 'ERR Background append only file rewriting already in progress';
const MISCONF_LOST = 'MISCONF the log could not be written; the outcome is unknown';
/** After a refusal that does not end by itself. */
const REMEDY_READONLY = '; BGREWRITEAOF writes the data into new files';
const MISCONF_DISK_FULL =
  'MISCONF Errors writing to the AOF file: No space left on device; what frees memory is accepted';

export interface PersistenceParts {
  /** Null keeps everything in memory only. */
  readonly dir: string | null;
  readonly fs: FileSystem;
  readonly owner: LockOwner | null;
  readonly loop: EventLoop;
  readonly segmentSizeBytes: number;
  readonly context: Context;
  readonly executor: Executor;
  readonly effects: Effects;
  readonly gates: Gates;
  readonly replyNotes: ReplyNotes;
  readonly notice: (level: 'notice' | 'warning', text: string) => void;
}

export class Persistence implements PersistencePort {
  /** Called when `acknowledged` grew outside `commit`. */
  onAcknowledged: (() => void) | null = null;
  /** Called when the writes of these turns will not be kept; `error` is the whole reply. */
  onFailed: ((from: number, to: number, error: string) => void) | null = null;
  /** Called when another process has the directory; `reason` says so. */
  onLost: ((reason: string) => void) | null = null;
  /**
   * Called when the log failed and `aof-on-io-error` says that this ends the process; everybody who
   * waited was answered. `reason` is for the operator.
   */
  onFatal: ((reason: string) => void) | null = null;
  /** Called when commands that were postponed may be offered again. */
  onRoom: (() => void) | null = null;
  /** While `open` runs. */
  loading: LoadingFacts | null = null;
  /** What the last `open` found. */
  report: RecoveryReport | null = null;
  log: LogWriter | null = null;
  compaction: Compaction | null = null;
  scrub: Scrub | null = null;
  rewrites = 0;
  lastRewriteFailed = false;
  lastRewriteSeconds = -1;
  /** Why the last rewrite that was asked for was not begun; '' when it was. */
  rewriteRefusedReason = '';
  space: FreeSpace | null = null;
  readonly schedule: CompactionSchedule;
  lastSaveSeconds: number;
  private readonly parts: PersistenceParts;
  private readonly keyspace: Keyspace;
  private recovered: RecoveredLog | null = null;
  private isEnding = false;
  private compacting: Promise<string | null> | null = null;
  private compactionStartMs = 0;

  constructor(parts: PersistenceParts) {
    this.parts = parts;
    this.keyspace = parts.context.keyspace;
    this.schedule = new CompactionSchedule(parts.context.config, parts.context.clock);
    this.lastSaveSeconds = Math.floor(this.keyspace.now / 1000);
  }

  /**
   * Takes the directory, rebuilds the keyspace, and begins to log.
   * @throws LogError, with the remedy in its text; file errors
   */
  async open(onProgress: (doneBytes: number, totalBytes: number) => void): Promise<void> {
    const { dir, fs, owner, context, effects, notice } = this.parts;
    if (dir === null) return;
    const startSeconds = Math.floor(context.clock.now() / 1000);
    this.loading = { startSeconds, totalBytes: 0, loadedBytes: 0 };
    const replayer = new Replayer(this.keyspace, this.parts.executor);
    const recovered = await recover({
      fs,
      dir,
      clock: context.clock,
      random: context.random,
      owner,
      historyGenerations: this.historyLimits.generations,
      historyHours: this.historyLimits.hours,
      historyMaxBytes: this.historyLimits.maxBytes,
      onSnapshot: replayer.onSnapshot,
      onGap: replayer.onGap,
      onSnapshotSize: replayer.onSnapshotSize,
      onEntries: replayer.onEntries,
      onEnd: () => replayer.finish(),
      onProgress: (loadedBytes, totalBytes) => {
        this.loading = { startSeconds, totalBytes, loadedBytes };
        onProgress(loadedBytes, totalBytes);
      },
    });
    this.loading = null;
    if (replayer.skipped > 0) {
      const { skipped, firstSkipped } = replayer;
      const cause = `need what an earlier salvage lost; the first: ${firstSkipped}`;
      notice('warning', `${skipped} entries were left out, for they ${cause}`);
    }
    this.recovered = recovered;
    this.report = recovered.report;
    const { loop, segmentSizeBytes } = this.parts;
    const log = new LogWriter(recovered, { policy: this.policy, loop, segmentSizeBytes });
    log.onNotice = notice;
    log.onAcknowledged = () => this.onAcknowledged?.();
    log.onFailed = (from, to) => this.onFailed?.(from, to, this.lossError);
    log.onRefusalChanged = () => {
      this.closeGate();
      this.applyErrorPolicy();
    };
    const { gates, replyNotes } = this.parts;
    log.onWaiting = (ticket, bytes, from, to) => {
      replyNotes.addWaiting(ticket, bytes, from, to, log.confirmed);
    };
    log.onUnknownWaiting = (ticket) => replyNotes.addUnknown(ticket);
    log.onLost = (error) => this.onLost?.(error.message);
    log.onCaughtUp = () => replyNotes.caughtUp();
    log.onOverfull = (isOverfull) => {
      gates.setLogOverfull(isOverfull);
      if (!isOverfull) this.onRoom?.();
    };
    this.log = log;
    const { clock } = context;
    const snapshotBytes = () => this.keyspace.usedBytes - this.keyspace.indexBytes;
    this.space = new FreeSpace({ fs, dir, clock, user: log, snapshotBytes, notice });
    const hours = () => context.config.number('aof-scrub-hours');
    this.scrub = new Scrub({ directory: recovered.directory, clock, hours, notice });
    effects.log = log.entries;
    this.keyspace.dirty = 0;
    this.closeGate();
  }

  /** Ends a turn. @returns its ticket */
  commit(): number {
    return this.log === null ? 0 : this.log.commit();
  }

  get acknowledged(): number {
    return this.log === null ? 0 : this.log.acknowledged;
  }

  /** Whether nothing that these keys showed in the turn of a ticket waits for the log. */
  areDurable(keys: readonly string[] | null, ticket: number): boolean {
    return this.parts.replyNotes.areDurable(keys, ticket, this.log?.confirmed ?? ticket);
  }

  /**
   * While memory holds what the log has lost: the error for replies that show it, or may; null
   * otherwise.
   */
  get doubt(): string | null {
    return this.log?.isInDoubt === true ? this.lossError : null;
  }

  /** Whether replies leave without waiting for a write that stalls. */
  get isUngated(): boolean {
    return this.log?.isUngated ?? false;
  }

  /** Whether the writes of a turn will not be kept. */
  hasFailed(ticket: number): boolean {
    return this.log !== null && ticket > 0 && ticket <= this.log.failedThrough;
  }

  /** The whole error text writes are refused with, or null. */
  get refusal(): string | null {
    const refusal = this.log?.refusal ?? null;
    if (refusal === null) return null;
    const isLeft = this.log?.failure !== null && this.errorPolicy === 'readonly';
    return `${refusal.code} ${refusal.text}${isLeft ? REMEDY_READONLY : ''}`;
  }

  get isEnabled(): boolean {
    return this.parts.dir !== null;
  }

  /** What replies of a failed turn say instead of what they said. */
  get lossError(): string {
    return this.refusal ?? MISCONF_LOST;
  }

  /** Periodic work. */
  tick(): void {
    const { log, space, scrub } = this;
    if (log === null || space === null || scrub === null) return;
    log.tick();
    space.tick();
    scrub.tick();
    this.closeGate();
    if (this.isCompacting || log.isLost) return;
    const reason = this.schedule.reason(log, space, scrub);
    if (reason === null || !this.isRewriteAdmitted()) return;
    this.parts.notice(reason.level, reason.text);
    this.startCompaction();
  }

  async close(): Promise<void> {
    this.isEnding = true;
    await this.compacting;
    await this.space?.settled();
    await this.scrub?.stop();
    await this.log?.close();
  }

  /** The policy changed. */
  applyPolicy(): void {
    this.log?.setPolicy(this.policy);
  }

  /** The log failed, or what then happens changed. */
  applyErrorPolicy(): void {
    const { log } = this;
    if (log === null || log.failure === null || log.isLost || this.isEnding) return;
    if (this.errorPolicy !== 'exit') return;
    this.isEnding = true;
    const { operation, file, error } = log.failure;
    const reason = `${operation} of ${file} failed (${error.message}) and aof-on-io-error is exit`;
    // Those who wait are told first.
    this.parts.loop.nextTurn(() => this.onFatal?.(reason));
  }

  /** How much history is kept changed; what is too much goes with the next tick. */
  applyHistory(): void {
    if (this.log !== null) this.log.history.limits = this.historyLimits;
  }

  // --- for the commands ---

  get lastSeq(): number {
    return this.log?.lastSeq ?? 0;
  }

  get durableSeq(): number {
    return this.log?.durableSeq ?? 0;
  }

  get isCompacting(): boolean {
    return this.compacting !== null;
  }

  waitDurable(seq: number, done: () => void): () => void {
    if (this.log !== null) return this.log.waitDurable(seq, done);
    done();
    return () => {};
  }

  startCompaction(): string | null {
    if (this.log === null) return ERR_MEMORY_ONLY;
    if (this.compacting !== null) return ERR_REWRITE_IN_PROGRESS;
    if (!this.isRewriteAdmitted()) return `ERR ${this.rewriteRefusedReason}`;
    this.compacting = this.compact(this.log).finally(() => {
      this.compacting = null;
      this.compaction = null;
    });
    return null;
  }

  save(done: (error: string | null) => void): void {
    const error = this.startCompaction();
    if (error !== null || this.compacting === null) done(error);
    else void this.compacting.then(done);
  }

  reload(options: { readonly compact: boolean }, done: (error: string | null) => void): void {
    void this.reloadFromDisk(options.compact).then(done, (error: unknown) => {
      done(`ERR Error trying to load the log: ${messageOf(error)}`);
    });
  }

  // --- inside ---

  private get policy(): SyncPolicy {
    const policy = this.parts.context.config.text('appendfsync');
    return policy === 'always' || policy === 'no' ? policy : 'everysec';
  }

  private get errorPolicy(): string {
    return this.parts.context.config.text('aof-on-io-error');
  }

  private get historyLimits(): HistoryLimits {
    const { config } = this.parts.context;
    return {
      generations: config.number('aof-history-generations'),
      hours: config.number('aof-history-hours'),
      maxBytes: config.number('aof-history-max-bytes'),
    };
  }

  private closeGate(): void {
    this.parts.gates.setLogRefusal(this.refusal);
    this.parts.gates.setDiskFull(this.space?.isFull === true ? MISCONF_DISK_FULL : null);
  }

  /** Whether there is space for a rewrite; the operator reads once when there is not. */
  private isRewriteAdmitted(): boolean {
    const before = this.rewriteRefusedReason;
    this.rewriteRefusedReason = this.space?.rewriteRefusal() ?? '';
    if (this.rewriteRefusedReason === '') return true;
    if (before === '') this.parts.notice('warning', `No rewrite: ${this.rewriteRefusedReason}`);
    return false;
  }

  /** @returns null, or the whole error text */
  private async compact(log: LogWriter): Promise<string | null> {
    const { fs, loop, context, notice } = this.parts;
    const { clock } = context;
    const startMs = clock.monotonicMs();
    this.compactionStartMs = startMs;
    this.compaction = new Compaction({ keyspace: this.keyspace, log, fs, clock, loop });
    const { dirty } = this.keyspace;
    log.setDiskBusy(true);
    try {
      await this.compaction.run();
      this.rewrites++;
      this.lastRewriteFailed = false;
      this.schedule.succeeded();
      this.lastSaveSeconds = Math.floor(clock.now() / 1000);
      this.keyspace.dirty -= dirty;
      notice('notice', `Log rewritten: ${this.compaction.keysWritten} keys`);
      return null;
    } catch (error) {
      this.lastRewriteFailed = true;
      this.schedule.failed();
      notice('warning', `Rewriting the log failed: ${messageOf(error)}`);
      return `ERR ${messageOf(error)}`;
    } finally {
      log.setDiskBusy(false);
      this.lastRewriteSeconds = Math.floor((clock.monotonicMs() - startMs) / 1000);
      this.closeGate();
    }
  }

  /** Seconds that the compaction under way has taken; -1 without one. */
  get currentRewriteSeconds(): number {
    if (!this.isCompacting) return -1;
    const elapsedMs = this.parts.context.clock.monotonicMs() - this.compactionStartMs;
    return Math.floor(elapsedMs / 1000);
  }

  /** Loads what is on disk in place of what is in memory; on failure memory stays as it was. */
  private async reloadFromDisk(compactsFirst: boolean): Promise<string | null> {
    const { log, recovered, keyspace } = this;
    if (log === null || recovered === null) return ERR_MEMORY_ONLY;
    await this.compacting;
    if (compactsFirst) {
      const error = await this.compact(log);
      if (error !== null) return error;
    }
    if (this.refusal !== null) return this.refusal;
    log.commit();
    await new Promise<void>((resolve) => log.waitDurable(log.lastSeq, resolve));
    const { directory } = recovered;
    const dataSet = new DataSet(this.parts.fs, directory.manifest, (name) => directory.path(name));
    const { effects } = this.parts;
    const kept = keyspace.detachDatabases();
    effects.log = null;
    keyspace.expiresKeys = false;
    try {
      const replayer = new Replayer(keyspace, this.parts.executor);
      const tail = await dataSet.checkTail(await dataSet.checkSealedFiles());
      const { onSnapshot: snapshot, onEntries: entries, onGap, onSnapshotSize } = replayer;
      const sinks = { snapshot, entries, onGap, onSnapshotSize, onProgress: null };
      await dataSet.stream(sinks, tail);
      replayer.finish();
      keyspace.release(kept);
      return null;
    } catch (error) {
      keyspace.attachDatabases(kept);
      throw error;
    } finally {
      keyspace.expiresKeys = true;
      effects.log = log.entries;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
