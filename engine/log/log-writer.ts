// The log as the engine sees it: commands are appended, a turn is committed, tickets say when its
// replies may go, and compaction rotates segments and switches generations.
// Invariant: the entries appended between two commits stand and fall by one ticket, and a unit
// stands or falls whole after a crash.

import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';
import { type EventLoop, systemLoop } from '../util/event-loop.js';
import {
  type FileError,
  type FileStat,
  type FileSystem,
  syncData,
  writeFully,
} from '../util/fs.js';
import type { CleanStart } from './clean-start.js';
import {
  CommitPipeline,
  type LogFailure,
  type LogRefusal,
  type SyncPolicy,
} from './commit-pipeline.js';
import { EntryEncoder } from './entry-encoder.js';
import { LogError } from './errors.js';
import { LOCK_NAME } from './file-names.js';
import { SEGMENT_TARGET_BYTES } from './format.js';
import { FrameBuffer } from './frame-buffer.js';
import type { FrameFileWriter } from './frame-file-writer.js';
import type { HistoryKeeper } from './history-keeper.js';
import type { FinishedSnapshot, LogDirectory } from './log-directory.js';
import { Ownership } from './ownership.js';
import type { RecoveredLog } from './recovery.js';
import { SegmentChain } from './segment-chain.js';
import type { SyncTiming } from './sync-timing.js';
import { isDiskFull } from './write-errors.js';

export interface LogWriterOptions {
  policy: SyncPolicy;
  /** A segment of at least this size is followed by a new one. */
  segmentSizeBytes?: number;
  /** How long replies wait for space on a full disk before they fail. */
  holdTimeoutMs?: number;
  loop?: EventLoop;
}

const HOLD_TIMEOUT_MS = 30_000;
const IDENTITY_EVERY_MS = 1000;
const START_EVERY_MS = 1000;
const ROTATION_POLL_MS = 1;
/** After history could not be expired. */
const HISTORY_RETRY_MS = 60_000;

export class LogWriter {
  /** Appends commands; what is appended belongs to the current turn. */
  readonly entries: EntryEncoder;

  /** Called when `acknowledged` grew outside `commit`, or for turns before the one committed. */
  onAcknowledged: () => void = () => undefined;
  /** Called, also inside `commit`, when tickets `from` to `to` will not be acknowledged. */
  onFailed: (from: number, to: number, error: FileError) => void = () => undefined;
  /** Called when `refusal` changed: from now on writes are refused, or are not any more. */
  onRefusalChanged: () => void = () => undefined;
  /**
   * From the first call until `onCaughtUp`: the frames in `bytes[from .. to)` wait to be
   * acknowledged with `ticket` or later ones, so what they changed should not be shown before.
   */
  onWaiting: (ticket: number, bytes: Buffer, from: number, to: number) => void = () => undefined;
  /** The same of frames that are not at hand any more. */
  onUnknownWaiting: (ticket: number) => void = () => undefined;
  onCaughtUp: () => void = () => undefined;
  /** Told when so much waits for the disk that no more writes should come, and when they may. */
  onOverfull: (isOverfull: boolean) => void = () => undefined;
  /** Told when another process has the directory: nothing will be acknowledged again. */
  onLost: (error: LogError) => void = () => undefined;
  /** Told what an operator should know, as one line. */
  onNotice: (level: 'notice' | 'warning', text: string) => void = () => undefined;

  private readonly fs: FileSystem;
  private readonly clock: Clock;
  private readonly loop: EventLoop;
  private readonly directory: LogDirectory;
  private readonly chain: SegmentChain;
  private readonly frames: FrameBuffer;
  private readonly pipeline: CommitPipeline;
  private readonly ownership: Ownership | null = null;
  private readonly start: CleanStart;
  private starting: Promise<void> | null = null;
  private readonly segmentSizeBytes: number;
  private rotateAtBytes: number;
  private isClosed = false;
  /** Another process has the directory. */
  isLost = false;
  /** Ticket that failed in this turn, or 0: it may have writes of whoever ends the turn later. */
  private failedInTurn = 0;
  /** Ticket of what a rotation committed in the middle of this turn, or 0. */
  private turnTicket = 0;
  private identityMs = 0;
  private startMs = 0;
  private expiring: Promise<void> | null = null;
  private historyRetryMs = 0;

  constructor(recovered: RecoveredLog, options: LogWriterOptions) {
    const { directory, start, nextSeq } = recovered;
    const { current, spare } = start;
    this.directory = directory;
    this.start = start;
    this.fs = directory.fs;
    this.clock = directory.clock;
    this.loop = options.loop ?? systemLoop;
    this.chain = new SegmentChain(directory, current, spare);
    this.frames = new FrameBuffer(directory.clock);
    this.frames.nextSeq = nextSeq;
    this.frames.durableSeq = nextSeq - 1;
    this.frames.timeMs = recovered.timeMs;
    this.entries = new EntryEncoder(this.frames);
    const holdTimeoutMs = options.holdTimeoutMs ?? HOLD_TIMEOUT_MS;
    const { policy } = options;
    this.pipeline = new CommitPipeline(this.chain, this.frames, policy, holdTimeoutMs, this.loop, {
      acknowledged: () => this.onAcknowledged(),
      failed: (from, to, error) => {
        this.noteFailed(to);
        this.onFailed(from, to, error);
      },
      notice: (level, text) => this.onNotice(level, text),
      refusalChanged: () => this.onRefusalChanged(),
      waiting: (ticket, bytes, from, to) => this.onWaiting(ticket, bytes, from, to),
      unknownWaiting: (ticket) => this.onUnknownWaiting(ticket),
      caughtUp: () => this.onCaughtUp(),
      overfull: (isOverfull) => this.onOverfull(isOverfull),
      leaseEnded: () => this.ownership?.look(),
    });
    this.ownership = new Ownership(directory, {
      owned: (leaseEndMs) => this.pipeline.renewLease(leaseEndMs),
      lost: (error) => this.loseDirectory(error),
      notice: (level, text) => this.onNotice(level, text),
    });
    this.segmentSizeBytes = options.segmentSizeBytes ?? SEGMENT_TARGET_BYTES;
    this.rotateAtBytes = this.segmentSizeBytes;
    this.beginFrames();
    if (!start.isListed) this.pipeline.hold(start.obstacle);
  }

  /** Highest ticket that waits no more: acknowledged, or failed. */
  get acknowledged(): number {
    return this.pipeline.tickets.acknowledged;
  }

  /** Highest ticket that failed; one up to it must not be answered with success. */
  get failedThrough(): number {
    return this.pipeline.tickets.failedThrough;
  }

  /** Highest ticket up to which nothing that memory shows can be lost under the policy. */
  get confirmed(): number {
    return this.pipeline.tickets.confirmed;
  }

  /** Whether memory holds changes of failed turns that are not in the log yet. */
  get isInDoubt(): boolean {
    return this.pipeline.tickets.isInDoubt;
  }

  /** While set, the exec gate refuses writes with it. Reads go on. */
  get refusal(): LogRefusal | null {
    return this.pipeline.refusal;
  }

  /**
   * The error that made the files unusable, until a new generation is in place. The remedy is the
   * engine's: `prepareRotation`, `rotate`, a snapshot from memory, `switchGeneration`.
   */
  get failure(): LogFailure | null {
    return this.pipeline.failure;
  }

  /** Sequence number of the last entry appended. */
  get lastSeq(): number {
    return this.frames.lastSeq;
  }

  /** Highest entry that survives a power cut. */
  get durableSeq(): number {
    return this.pipeline.durableSeq;
  }

  /** Bytes on disk: snapshot and segments. */
  get currentSizeBytes(): number {
    const { current, outgoing } = this.chain;
    return this.directory.sealedSizeBytes + current.sizeBytes + (outgoing?.sizeBytes ?? 0);
  }

  /** Bytes right after the last compaction; 0 when there was none. */
  get baseSizeBytes(): number {
    return this.directory.manifest.baseSizeBytes;
  }

  get generation(): number {
    return this.directory.manifest.generation;
  }

  /** What is kept of superseded generations; its limits may be changed. */
  get history(): HistoryKeeper {
    return this.directory.history;
  }

  get segmentCount(): number {
    return this.directory.manifest.segments.length;
  }

  /** Bytes that are appended and not yet in the kernel. */
  get pendingBytes(): number {
    return this.pipeline.pendingBytes;
  }

  /** Whether a write or sync is under way off-thread. */
  get isBusy(): boolean {
    return this.pipeline.isBusy;
  }

  /** Whether a write waits for space. */
  get isHeld(): boolean {
    return this.pipeline.isHeld;
  }

  /** A write stalls and replies leave without waiting for it; never under `always`. */
  get isUngated(): boolean {
    return this.pipeline.isUngated;
  }

  /** While the disk has other work, like a snapshot, nothing is written in line. */
  setDiskBusy(isBusy: boolean): void {
    this.pipeline.setDiskBusy(isBusy);
  }

  /** Durations of syncs. */
  get timing(): SyncTiming {
    return this.pipeline.sync.timing;
  }

  /** Syncs that took longer than a second. */
  get delayedSyncs(): number {
    return this.pipeline.sync.delayedCount;
  }

  get policy(): SyncPolicy {
    return this.pipeline.policy;
  }

  /** From now on; what is under way ends under the new policy. */
  setPolicy(policy: SyncPolicy): void {
    this.pipeline.setPolicy(policy);
  }

  /** Until `endUnit`, entries count together or not at all after a crash. */
  beginUnit(): void {
    this.frames.beginUnit();
  }

  endUnit(): void {
    this.frames.endUnit();
  }

  /**
   * Ends the turn: frames what was appended and writes it, or lets it follow what is under way.
   * @returns the ticket that replies of this turn wait for: they may go once `acknowledged` has
   *   reached it, as errors when `failedThrough` has. When nothing was appended it is the last
   *   turn's, so that reads do not show what may yet be lost; 0 when that one failed, its changes
   *   are in the log all the same, and that was not in this turn
   */
  commit(): number {
    const { pipeline, frames } = this;
    assert(!frames.isUnitOpen && !this.isClosed, 'commit comes after endUnit and before close');
    if (!pipeline.hasUncommitted) {
      const { turnTicket } = this;
      this.turnTicket = 0;
      if (turnTicket > 0) return turnTicket;
      const { issued, failedThrough, isInDoubt } = pipeline.tickets;
      return issued > failedThrough || isInDoubt ? issued : this.failedInTurn;
    }
    const ticket = pipeline.commit();
    this.turnTicket = 0;
    if (this.chain.current.sizeBytes >= this.rotateAtBytes && this.canRotate) {
      if (!pipeline.isDetached && pipeline.failure === null) this.rotate();
    }
    return ticket;
  }

  /**
   * Whether `rotate` may be called now; if not, await `prepareRotation` and ask again. It is false
   * for the moments that putting away the segment before takes.
   */
  get canRotate(): boolean {
    const { chain, pipeline } = this;
    if (chain.spare === null || this.isClosed || this.isLost) return false;
    if (!this.start.isListed) return false;
    if (pipeline.isDetached) return true;
    return chain.outgoing === null && (pipeline.failure === null || pipeline.isQuiet);
  }

  /**
   * Makes `rotate` possible.
   * @throws the file system's error when no new segment can be made, or LogError IO
   */
  async prepareRotation(): Promise<void> {
    while (!this.canRotate) {
      const { chain, pipeline } = this;
      if (this.isClosed) throw new LogError('IO', 'the log is closed');
      if (this.isLost) throw new LogError('LOCKED', 'another process has the directory');
      if (pipeline.isHeld) throw new LogError('IO', 'the disk is full');
      if (pipeline.failure !== null && !pipeline.isDetached) await pipeline.drain();
      else pipeline.syncSealed();
      await chain.prepare(this.frames.nextSeq, this.clock.monotonicMs());
      if (chain.error !== null) throw chain.error;
      // Turns must end and syncs return meanwhile; neither takes long.
      if (this.canRotate) return;
      await new Promise<void>((resolve) => this.loop.later(ROTATION_POLL_MS, resolve));
    }
  }

  /**
   * Ends the current segment and begins the next. What this turn appended so far goes to the old
   * one; `commit` accounts for it. After a failure this makes appending possible again, while the
   * refusal stays until `switchGeneration`.
   * @returns the last entry of the segment that ended: a snapshot of this moment's state with this
   *   number, and the segments from here on, are the whole data set
   */
  rotate(): number {
    const { frames, chain, pipeline } = this;
    assert(this.canRotate && !frames.isUnitOpen, 'rotate when canRotate, and outside units');
    if (pipeline.hasUncommitted) this.turnTicket = pipeline.commit();
    const { lastSeq } = frames;
    if (pipeline.isDetached || pipeline.failure !== null) {
      // A rewrite that itself failed is begun again; its segment is of no more use, either.
      chain.advanceAfterFailure(frames.nextSeq);
      this.beginFrames();
      pipeline.attach();
      return lastSeq;
    }
    frames.appendSeal();
    pipeline.splitForRotation(lastSeq);
    chain.advance(frames.nextSeq);
    this.beginFrames();
    pipeline.writeMarker();
    return lastSeq;
  }

  /** Begins a snapshot of the state after entry `seq`, which `rotate` returned. */
  createSnapshot(seq: number): { name: string; writer: FrameFileWriter } {
    return this.directory.createSnapshot(seq, this.frames.timeMs);
  }

  /**
   * Makes a finished and verified snapshot the base of the data set; ends a failure.
   * @throws LogError IO or the file system's error; the generation before then stays in place
   */
  async switchGeneration(snapshot: FinishedSnapshot): Promise<void> {
    const { pipeline } = this;
    if (pipeline.isDetached) throw new LogError('IO', 'the log failed again: rewrite once more');
    const failure = pipeline.failure;
    const firstKept = this.segmentBeginningAt(snapshot.seq + 1);
    const leftover = await this.directory.switchGeneration(snapshot, firstKept);
    if (leftover !== null) {
      this.onNotice('warning', `The old generation could not be put away: ${leftover.message}`);
    }
    if (failure !== null && pipeline.failure === failure) {
      pipeline.clearFailure();
      this.onNotice('notice', 'The log was rewritten into new files; writes are accepted again');
    }
    pipeline.noteDurable(snapshot.seq);
  }

  /**
   * Calls `done` once entry `seq` survives a power cut, at once if it does.
   * @returns a function that withdraws the request
   */
  waitDurable(seq: number, done: () => void): () => void {
    const { waiters, durableSeq } = this.pipeline;
    const withdraw = waiters.add(seq, done);
    waiters.wake(durableSeq);
    return withdraw;
  }

  /** Tries at once to write what waits for space, or to make the file for it. */
  retryHeld(): void {
    if (this.isClosed) return;
    if (this.start.isListed) this.pipeline.retryHeld();
    else this.starting ??= this.retryStart();
  }

  /** A segment of that size, or of the usual one if that is less, is followed by the next. */
  limitSegments(sizeBytes: number): void {
    this.rotateAtBytes = Math.min(this.segmentSizeBytes, sizeBytes);
  }

  /** Makes room. @returns the generation that was removed from history, or -1 when there is none */
  dropOldestGeneration(): Promise<number> {
    return this.directory.dropOldestGeneration();
  }

  /** Periodic work: syncs, retries, spare segments. Call it about ten times a second. */
  tick(): void {
    if (this.isClosed) return;
    const { pipeline, chain } = this;
    const now = this.clock.monotonicMs();
    this.directory.lock?.tick();
    this.ownership?.tick(now);
    if (!pipeline.isBusy) chain.closeAbandoned();
    chain.tick(this.frames.nextSeq, now);
    if (!this.start.isListed) this.tickStart(now);
    else if (!pipeline.isDetached && now - this.identityMs >= IDENTITY_EVERY_MS) {
      this.checkIdentity(now);
    }
    this.tickHistory(now);
    pipeline.tick();
  }

  /**
   * Writes and syncs everything, seals the last segment and releases the directory.
   * @throws LogError IO when that is not possible; the directory is released all the same
   */
  async close(): Promise<void> {
    if (this.isClosed) return;
    const { pipeline, chain } = this;
    this.commit();
    this.isClosed = true;
    try {
      await this.ownership?.end();
      await this.starting;
      await this.expiring;
      pipeline.retryHeld();
      await pipeline.drain();
      await chain.settled();
      // A log that never began has nothing to lose: all that happened is that keys expired.
      if (!this.start.isListed) return;
      if (pipeline.isDetached || pipeline.isHeld) throw this.closeError();
      if (pipeline.failure === null) await this.sealLast();
    } finally {
      const open = [chain.outgoing, chain.current, chain.spare];
      for (const segment of open) {
        if (segment !== null && segment.fd >= 0) await this.fs.close(segment.fd);
      }
      await this.directory.lock?.release();
    }
  }

  /**
   * Everything is on disk: seals the last segment, and the empty spare one too, which thereby says
   * how far the log goes: a missing end is noticed. No file is made or renamed here (somebody may
   * be removing the directory by now); the next start puts the manifest in order.
   */
  private async sealLast(): Promise<void> {
    const { frames, chain, pipeline, fs } = this;
    const { spare } = chain;
    if (frames.lastSeq < chain.current.firstSeq) return;
    frames.appendSeal();
    pipeline.writeMarker();
    await pipeline.drain();
    if (pipeline.isDetached || pipeline.isHeld) throw this.closeError();
    if (spare === null) return;
    const { salt, baseSeq, baseTimeMs } = spare.header;
    frames.beginFile(salt, baseSeq, baseTimeMs);
    frames.durableSeq = frames.lastSeq;
    frames.clear();
    frames.appendSeal();
    await writeFully(fs, spare.fd, frames.bytes, 0, frames.at, spare.sizeBytes);
    await syncData(fs, spare.fd);
  }

  private tickHistory(now: number): void {
    const isIdle = this.expiring === null && this.start.isListed && !this.isLost;
    if (!isIdle || now < this.historyRetryMs || !this.directory.history.isDue) return;
    this.expiring = this.expireHistory(now).finally(() => {
      this.expiring = null;
    });
  }

  private async expireHistory(now: number): Promise<void> {
    try {
      const { generations, reason } = await this.directory.expireHistory();
      if (generations.length === 0) return;
      const which = generations.length === 1 ? 'Generation' : 'Generations';
      const text = `${which} ${generations.join(', ')} removed from history (${reason})`;
      this.onNotice('notice', text);
    } catch (error) {
      this.historyRetryMs = now + HISTORY_RETRY_MS;
      this.onNotice('warning', `History could not be expired: ${String(error)}`);
    }
  }

  private tickStart(now: number): void {
    if (now - this.startMs < START_EVERY_MS) return;
    this.startMs = now;
    this.retryHeld();
  }

  /** The disk was full when the log was opened: what that start left undone is tried again. */
  private async retryStart(): Promise<void> {
    try {
      await this.start.run();
    } catch (error) {
      // A full disk was told of; anything else is news.
      if (!isDiskFull(error)) this.onNotice('warning', `The log cannot begin: ${String(error)}`);
    }
    this.starting = null;
    if (this.start.isListed && !this.isClosed) this.pipeline.resume();
  }

  private noteFailed(ticket: number): void {
    this.failedInTurn = ticket;
    this.loop.nextTurn(() => {
      if (this.failedInTurn === ticket) this.failedInTurn = 0;
    });
  }

  private loseDirectory(error: LogError): void {
    this.isLost = true;
    this.pipeline.fail(error, 'lock', this.directory.path(LOCK_NAME));
    this.onLost(error);
  }

  private closeError(): LogError {
    const reason = this.pipeline.refusal?.text ?? 'the log failed';
    return new LogError('IO', `the log could not be closed cleanly: ${reason}`);
  }

  private beginFrames(): void {
    const { current } = this.chain;
    const { salt, baseSeq, baseTimeMs } = current.header;
    this.frames.beginFile(salt, baseSeq, baseTimeMs);
    current.firstSeq = this.frames.nextSeq;
  }

  private segmentBeginningAt(seq: number): string {
    const { current, outgoing } = this.chain;
    if (current.firstSeq === seq) return current.name;
    if (outgoing !== null && outgoing.firstSeq === seq) return outgoing.name;
    const { segments } = this.directory.manifest;
    const segment = segments.findLast(({ sealed }) => sealed?.firstSeq === seq);
    assert(segment !== undefined, 'a snapshot is of the moment of a rotation');
    return segment.name;
  }

  /** A log file that was removed or replaced takes appends that nobody will ever read. */
  private checkIdentity(now: number): void {
    this.identityMs = now;
    const { path, inode } = this.chain.current;
    let stat: FileStat | null;
    try {
      stat = this.fs.statSync(path);
    } catch (error) {
      // Not known is not lost: writes and syncs tell what matters, and the next look is soon.
      this.onNotice('warning', `${path} could not be looked at: ${String(error)}`);
      return;
    }
    if (stat !== null && stat.inode === inode) return;
    const what = stat === null ? 'was removed' : 'was replaced by another file';
    this.pipeline.fail(new Error(`the file ${what} while in use`), 'stat', path);
  }
}
