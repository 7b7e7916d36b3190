// Committed frames on their way: written, then synced, then acknowledged, under the policy. While
// a sync runs off-thread the next batch gathers (always) or is written off-thread (everysec, no).
// What a slow disk, or one busy with a snapshot, does not take at once is made off-thread, too.
// Invariants: acknowledged <= issued, durableSeq <= writtenSeq, and both only grow; a file whose
// write or sync failed is never written or synced again; a full disk loses nothing, it waits.

import type { Clock } from '../util/clock.js';
import type { EventLoop } from '../util/event-loop.js';
import type { FileError, FileSystem } from '../util/fs.js';
import { Backlog } from './backlog.js';
import type { CommitListener, LogFailure, LogRefusal, SyncPolicy } from './commit-listener.js';
import { DurableWaiters } from './durable-waiters.js';
import { Flight, NOTHING_WRITTEN } from './flight.js';
import { FRAME_SYNC } from './format.js';
import type { FrameBuffer } from './frame-buffer.js';
import { FullDisk } from './full-disk.js';
import { InlineChoice } from './inline-choice.js';
import type { SegmentChain } from './segment-chain.js';
import { SegmentSync } from './segment-sync.js';
import { Tickets } from './tickets.js';
import { asFileError, isDiskFull, refusalText } from './write-errors.js';
import { type WatchedPipeline, WriteWatch } from './write-watch.js';

export type { LogFailure, LogRefusal, SyncPolicy } from './commit-listener.js';

const SYNC_EVERY_MS = 1000;
/** A larger batch would hold the event loop even where the disk is fast. */
const INLINE_MAX_BYTES = 8 * 1024 * 1024;
/** What the kernel takes without a stall, per microsecond. */
const COPIED_PER_US = 1000;
const NO_BYTES = new Uint8Array(0);

export class CommitPipeline implements WatchedPipeline {
  readonly tickets: Tickets;
  readonly sync: SegmentSync;
  readonly waiters = new DurableWaiters();
  policy: SyncPolicy;
  refusal: LogRefusal | null = null;
  failure: LogFailure | null = null;
  durableSeq: number;
  /** Nothing can be written until a new file is begun. */
  isDetached = false;

  /** A write stalls and replies do not wait for it any more; never under `always`. */
  private isGateOpen = false;
  /** Highest ticket that was acknowledged before it was written. */
  private ungatedTicket = 0;
  private readonly fs: FileSystem;
  private readonly clock: Clock;
  private readonly chain: SegmentChain;
  private readonly frames: FrameBuffer;
  private readonly listener: CommitListener;
  private readonly fullDisk: FullDisk;
  private readonly flight = new Flight();
  private readonly writing = new InlineChoice();
  private readonly watch: WriteWatch;
  /** The listener is told of what waits. */
  private isTelling = false;
  private readonly backlog: Backlog;
  /** The disk has other work: nothing is written or synced in line. */
  private isDiskBusy = false;

  /** Bytes of `frames` that are committed and not yet in a flight. */
  private committedEnd = 0;
  /** Where in them the next segment begins, or -1. */
  private splitAt = -1;
  /** Last entry of the outgoing segment. */
  private sealedSeq = 0;
  private isFlightSealing = false;
  private isSealWritten = false;

  /** `commit` is on the stack: its caller looks at `acknowledged` by itself. */
  private isInCommit = false;
  /** Grows with each failure; what was begun before one does not count after it. */
  private epoch = 0;

  private isWriting = false;
  private writeEpoch = 0;
  private isMarking = false;
  private writtenSeq: number;
  private writtenTicket = 0;
  private isDirty = false;
  private writeStartMs = 0;

  private markedSeq: number;

  private idleWaiters: (() => void)[] = [];

  constructor(
    chain: SegmentChain,
    frames: FrameBuffer,
    policy: SyncPolicy,
    holdTimeoutMs: number,
    loop: EventLoop,
    listener: CommitListener,
  ) {
    this.fs = chain.directory.fs;
    this.clock = chain.directory.clock;
    this.chain = chain;
    this.frames = frames;
    this.policy = policy;
    this.fullDisk = new FullDisk(holdTimeoutMs);
    this.listener = listener;
    this.tickets = new Tickets(this.clock);
    this.sync = new SegmentSync(this.fs, this.clock, this.onSynced);
    this.backlog = new Backlog((isOverfull) => listener.overfull(isOverfull));
    this.watch = new WriteWatch(this.clock, loop, this);
    this.durableSeq = frames.lastSeq;
    this.writtenSeq = frames.lastSeq;
    this.markedSeq = frames.lastSeq;
  }

  get isHeld(): boolean {
    return this.fullDisk.isHeld;
  }

  /** A write or sync is under way. */
  get isBusy(): boolean {
    return this.isWriting || this.sync.isRunning;
  }

  /** No turn has begun, either. */
  get isQuiet(): boolean {
    return !this.isBusy && !this.isHeld && this.frames.at === 0;
  }

  /**
   * Whether replies may tell of what is not written: also reads, until the writes that were
   * acknowledged too early have followed the one that stalled.
   */
  get isUngated(): boolean {
    return this.isGateOpen || this.writtenTicket < this.ungatedTicket;
  }

  get pendingBytes(): number {
    return this.frames.at + this.flight.remainingBytes;
  }

  /** Whether frames were appended since the last commit. */
  get hasUncommitted(): boolean {
    return this.frames.at !== this.committedEnd;
  }

  /** Commits the frames of this turn. @returns its ticket */
  commit(): number {
    const { frames, tickets, committedEnd } = this;
    const ticket = ++tickets.issued;
    frames.closeFrame();
    frames.endTurn();
    const { bytes, at } = frames;
    this.committedEnd = at;
    if (this.isTelling) this.listener.waiting(ticket, bytes, committedEnd, at);
    this.isInCommit = true;
    if (this.isDetached) this.failPending(this.failure?.error ?? new Error('the log failed'));
    else this.flush();
    if (tickets.acknowledged < ticket) this.leaveWaiting(bytes, at);
    else if (tickets.isInDoubt) this.tellDoubtful(bytes, at);
    this.isInCommit = false;
    return ticket;
  }

  /** @param isBusy whether the disk has other work, like a snapshot */
  setDiskBusy(isBusy: boolean): void {
    this.isDiskBusy = isBusy;
    if (this.isSlow && !this.isTelling) this.tellWaiting();
  }

  renewLease(endMs: number): void {
    const withheld = this.tickets.renewLease(endMs);
    if (withheld > 0) this.acknowledge(withheld);
    this.flush();
  }

  get isWriteWatched(): boolean {
    return this.isWriting && this.policy !== 'always' && !this.isHeld && !this.isDetached;
  }

  writeStalled(): void {
    if (!this.isTelling) this.tellWaiting();
  }

  ungate(): void {
    // What is in doubt would be acknowledged with the rest.
    if (this.tickets.isInDoubt) return;
    this.isGateOpen = true;
    this.acknowledgeUnwritten();
  }

  /** The committed frames end one segment (with its seal); what follows is for the next. */
  splitForRotation(lastSeq: number): void {
    this.frames.endTurn();
    this.committedEnd = this.frames.at;
    this.splitAt = this.frames.at;
    this.sealedSeq = lastSeq;
  }

  /** Writes what `splitForRotation` or an appended marker left, if nothing is in the way. */
  writeMarker(): void {
    this.frames.endTurn();
    this.committedEnd = this.frames.at;
    this.flush();
  }

  /** A new file was begun after a failure. */
  attach(): void {
    this.isDetached = false;
    this.isDirty = false;
    this.isSealWritten = false;
    this.splitAt = -1;
    this.writtenSeq = this.frames.lastSeq;
    this.writtenTicket = this.tickets.issued;
    this.tickets.rewriteBegins();
  }

  /** The snapshot that replaced the failed files is in place. */
  clearFailure(): void {
    this.failure = null;
    // What was synced meanwhile did not count; the next sync makes it.
    this.isDirty = true;
    if (!this.isHeld) this.setRefusal(null);
    this.tickets.rewritten();
    if (this.isTelling) this.endTelling();
  }

  setPolicy(policy: SyncPolicy): void {
    const isStricter = policy === 'always' && this.policy !== 'always';
    this.policy = policy;
    if (isStricter) this.demandSync();
    if (this.isDetached || this.isHeld) return;
    if (policy !== 'always') this.acknowledge(this.writtenTicket);
    else if (this.isDirty && !this.isBusy) this.startSync(false);
    if (!this.isBusy) this.flush();
  }

  tick(): void {
    const now = this.clock.monotonicMs();
    if (this.isHeld) this.tickHeld(now);
    if (this.isDetached || this.isHeld) return;
    if (this.sync.isRunning) {
      this.sync.noteDelay(now);
      return;
    }
    if (!this.isDirty) {
      this.markDurable();
      return;
    }
    const isDue = this.policy === 'everysec' && now - this.sync.startMs >= SYNC_EVERY_MS;
    const isAwaited = this.waiters.count > 0 || this.tickets.isInDoubt;
    if (isDue || isAwaited || this.isSealWritten) this.startSync(false);
  }

  /** Does not wait for `tick` to sync an outgoing segment. */
  syncSealed(): void {
    if (this.isSealWritten && !this.isBusy && !this.isDetached) this.startSync(false);
  }

  /** Makes entries up to `seq` count as durable. */
  noteDurable(seq: number): void {
    // After a failure nothing counts until the rewritten generation is in place.
    if (this.failure !== null || seq <= this.durableSeq) return;
    this.durableSeq = seq;
    this.frames.durableSeq = seq;
    this.waiters.wake(seq);
  }

  /** The current file is of no use; only new files end that. */
  fail(error: FileError, operation: LogFailure['operation'], file: string): void {
    this.failure = { error, operation, file };
    this.epoch++;
    this.sync.abandon();
    this.tickets.mustRewrite(this.writtenTicket);
    if (this.tickets.confirmed < this.tickets.issued) this.tellWaiting();
    this.isDetached = true;
    this.isGateOpen = false;
    this.isMarking = false;
    this.fullDisk.end();
    this.setRefusal({ code: 'MISCONF', text: refusalText(error) });
    this.listener.notice('warning', `${operation} of ${file} failed: ${error.message}`);
    if (!this.isWriting) this.flight.clear();
    this.failPending(error);
  }

  /** Resolves when everything committed is written and synced, held, or failed. */
  async drain(): Promise<void> {
    for (;;) {
      if (this.isBusy) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
      else if (this.isDetached || this.isHeld) return;
      else if (this.tickets.isLeaseOver(this.clock.monotonicMs())) return;
      else if (this.committedEnd > 0 && !this.hasUncommitted) this.flush();
      else if (this.isDirty) this.startSync(false);
      else return;
    }
  }

  /** There is no file yet, for want of space: everything waits for `resume`. */
  hold(error: FileError): void {
    this.writeFailed(error);
  }

  /** The file is there. */
  resume(): void {
    this.endHold();
    this.flush();
  }

  /** Tries at once to write what waits for space. */
  retryHeld(): void {
    if (!this.isHeld || this.isWriting || this.flight.isLanded) return;
    this.fullDisk.noteTry(this.clock.monotonicMs());
    this.writeOffThread();
  }

  private flush(): void {
    const { frames, chain, flight, splitAt } = this;
    if (this.committedEnd === 0 || this.isWriting || this.isHeld || this.isDetached) return;
    if (frames.at !== this.committedEnd) return;
    if (this.policy === 'always' && this.sync.isRunning) return;
    const now = this.clock.monotonicMs();
    if (this.tickets.isLeaseOver(now)) {
      this.listener.leaseEnded();
      return;
    }
    const first = splitAt >= 0 && chain.outgoing !== null ? chain.outgoing : chain.current;
    const end = this.committedEnd;
    const { issued } = this.tickets;
    flight.begin(frames.bytes, end, issued, frames.lastSeq, first, splitAt, chain.current);
    this.isFlightSealing = splitAt >= 0;
    this.committedEnd = 0;
    this.splitAt = -1;
    const isBusy = this.sync.isRunning || this.isDiskBusy;
    if (isBusy || end > INLINE_MAX_BYTES || !this.writing.choose(now)) {
      frames.detach();
      this.writeStartMs = now;
      this.writeOffThread();
      this.watch.begin(now);
    } else {
      this.writeInline(now, end);
    }
  }

  private writeInline(startMs: number, sizeBytes: number): void {
    const { flight, frames } = this;
    try {
      while (!flight.isLanded) {
        const { fd, bytes, position, length, filePosition } = flight;
        flight.advance(this.fs.writeSync(fd, bytes, position, length, filePosition));
      }
    } catch (error) {
      frames.detach();
      this.writeFailed(asFileError(error));
      return;
    }
    frames.clear();
    const now = this.clock.monotonicMs();
    this.writing.record((now - startMs) * 1000 - sizeBytes / COPIED_PER_US, true, now);
    if (this.isSlow && !this.isTelling) this.tellWaiting();
    this.land(true);
  }

  private writeOffThread(): void {
    this.isWriting = true;
    this.writeEpoch = this.epoch;
    const { fd, bytes, position, length, filePosition } = this.flight;
    this.fs.write(fd, bytes, position, length, filePosition, this.onWritten);
  }

  private readonly onWritten = (error: FileError | null, count: number): void => {
    const { flight } = this;
    this.isWriting = false;
    if (this.writeEpoch !== this.epoch) {
      flight.clear();
      this.flush();
    } else if (error !== null) {
      this.writeFailed(error);
    } else if (count === 0) {
      this.writeFailed(new Error(NOTHING_WRITTEN));
    } else {
      flight.advance(count);
      if (!flight.isLanded) {
        this.writeOffThread();
        return;
      }
      this.frames.giveBack(flight.bytes);
      if (!this.isHeld) {
        const now = this.clock.monotonicMs();
        this.writing.record((now - this.writeStartMs) * 1000, false, now);
      }
      this.endHold();
      this.isGateOpen = false;
      this.land(false);
      this.flush();
    }
    this.backlog.update(this.pendingBytes);
    this.wakeIdle();
  };

  /** The flight is in the kernel. */
  private land(maySyncInline: boolean): void {
    const { flight } = this;
    if (this.isMarking) {
      this.isMarking = false;
      flight.clear();
      return;
    }
    this.writtenSeq = flight.seq;
    this.writtenTicket = flight.ticket;
    this.isDirty = true;
    if (this.isFlightSealing) this.isSealWritten = true;
    this.isFlightSealing = false;
    flight.clear();
    if (this.policy !== 'always') this.acknowledge(this.writtenTicket);
    else if (!this.sync.isRunning) this.startSync(maySyncInline);
  }

  private acknowledge(ticket: number): void {
    const { tickets } = this;
    const before = tickets.acknowledged;
    if (ticket <= before && !tickets.isInDoubt) return;
    if (!tickets.acknowledge(ticket)) {
      this.listener.leaseEnded();
      return;
    }
    if (this.isTelling) this.endTelling();
    if (ticket > before && (!this.isInCommit || before < tickets.issued - 1)) {
      this.listener.acknowledged();
    }
  }

  /** Syncs what is written so far: first the outgoing segment until it is sealed. */
  private startSync(mayBeInline: boolean): void {
    const { chain, sync } = this;
    const now = this.clock.monotonicMs();
    this.isDirty = false;
    sync.seq = this.writtenSeq;
    sync.ticket = this.writtenTicket;
    sync.isSealing = this.isSealWritten;
    this.isSealWritten = false;
    const isInline = mayBeInline && !this.isDiskBusy && sync.timing.choice.choose(now);
    // What is written may still be of the segment before, its seal not being written yet.
    sync.start(now, chain.current.fd, chain.unsealed?.fd ?? -1, isInline);
  }

  private readonly onSynced = (error: FileError | null, wasInline: boolean): void => {
    this.finishSync(error, wasInline);
    if (wasInline) return;
    if (!this.isDetached) this.afterSync();
    this.wakeIdle();
  };

  private finishSync(error: FileError | null, wasInline: boolean): void {
    const { sync, chain } = this;
    if (sync.isAbandoned) return;
    if (wasInline && this.isSlow && !this.isTelling) this.tellWaiting();
    if (error !== null) {
      this.fail(error, 'fdatasync', chain.current.path);
      return;
    }
    this.noteDurable(sync.seq);
    this.tickets.noteSynced(sync.ticket);
    if (sync.isSealing) {
      chain.retireOutgoing(this.sealedSeq);
      chain.tick(this.frames.nextSeq, this.clock.monotonicMs());
    }
    this.acknowledge(sync.ticket);
  }

  private afterSync(): void {
    const { acknowledged } = this.tickets;
    const isOwed = this.policy === 'always' && this.writtenTicket > acknowledged;
    if (isOwed && !this.isWriting) this.startSync(false);
    else this.flush();
  }

  /** Once idle and durable, says so in the log: damage before this point is then corruption. */
  private markDurable(): void {
    if (this.isBusy || this.frames.at !== 0 || this.markedSeq >= this.durableSeq) return;
    if (this.failure !== null || this.durableSeq !== this.frames.lastSeq) return;
    this.markedSeq = this.durableSeq;
    this.frames.appendMarker(FRAME_SYNC, NO_BYTES);
    this.frames.endTurn();
    this.committedEnd = this.frames.at;
    // A marker needs no sync of its own and no ticket waits for it.
    this.isMarking = true;
    this.flush();
  }

  private writeFailed(error: FileError): void {
    if (!isDiskFull(error)) {
      this.fail(error, 'write', this.chain.current.path);
      return;
    }
    if (!this.fullDisk.begin(error, this.clock.monotonicMs())) return;
    this.isGateOpen = false;
    if (!this.isTelling) this.tellWaiting();
    this.setRefusal({ code: 'MISCONF', text: refusalText(error) });
    const bytes = this.flight.remainingBytes;
    this.listener.notice('warning', `The disk is full; ${bytes} bytes of the log wait for space`);
  }

  private setRefusal(refusal: LogRefusal | null): void {
    this.refusal = refusal;
    this.listener.refusalChanged();
  }

  private tickHeld(now: number): void {
    const { fullDisk } = this;
    if (fullDisk.isTimedOut(now)) this.failTickets(fullDisk.error);
    if (fullDisk.isRetryDue(now)) this.retryHeld();
  }

  private endHold(): void {
    if (!this.isHeld) return;
    this.fullDisk.end();
    if (this.failure === null) this.setRefusal(null);
    this.listener.notice('notice', 'There is space on the disk again; the log goes on');
  }

  /** The batch of this commit, whose bytes are still where they were, is not acknowledged yet. */
  private leaveWaiting(bytes: Buffer, end: number): void {
    if (this.isGateOpen) {
      this.acknowledgeUnwritten();
    } else if (this.policy === 'always' && !this.isTelling) {
      this.tellWaiting();
      this.listener.waiting(this.tickets.confirmed + 1, bytes, 0, end);
    }
    this.backlog.update(this.pendingBytes);
  }

  private acknowledgeUnwritten(): void {
    this.acknowledge(this.tickets.issued);
    this.ungatedTicket = this.tickets.issued;
  }

  /** Nothing more is told of what no sync has covered, though a weaker policy acknowledged it. */
  private demandSync(): void {
    const unsynced = this.tickets.acknowledged;
    this.isGateOpen = false;
    if (!this.tickets.demandSync()) return;
    this.tellWaiting();
    this.listener.unknownWaiting(unsynced);
  }

  /** The batch of this commit failed, though what it did is in memory. */
  private tellDoubtful(bytes: Buffer, end: number): void {
    this.isTelling = true;
    this.listener.waiting(this.tickets.confirmed + 1, bytes, 0, end);
  }

  private tellWaiting(): void {
    this.isTelling = true;
    const { flight, frames, listener } = this;
    const first = this.tickets.confirmed + 1;
    listener.waiting(first, flight.bytes, 0, flight.end);
    listener.waiting(first, frames.bytes, 0, this.committedEnd);
  }

  /** Whether batches will wait: then they are better known from their first command on. */
  private get isSlow(): boolean {
    if (!this.writing.isInline) return true;
    return this.policy === 'always' && (this.isDiskBusy || !this.sync.timing.choice.isInline);
  }

  private endTelling(): void {
    if (this.tickets.confirmed < this.tickets.issued) return;
    if (this.isSlow && !this.isDetached) return;
    this.isTelling = false;
    this.listener.caughtUp();
  }

  /** Drops what was committed, for there is no file to take it, and tells who waits for it. */
  private failPending(error: FileError): void {
    if (this.frames.at === this.committedEnd) this.frames.clear();
    this.committedEnd = 0;
    this.splitAt = -1;
    this.failTickets(error);
  }

  private failTickets(error: FileError): void {
    const { tickets } = this;
    const from = tickets.acknowledged + 1;
    if (from > tickets.issued) return;
    tickets.failAll();
    this.backlog.update(this.pendingBytes);
    this.listener.failed(from, tickets.issued, error);
  }

  private wakeIdle(): void {
    if (this.isBusy || this.idleWaiters.length === 0) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
