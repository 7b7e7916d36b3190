// How much space the disk has, and what is given up, in which order, when it runs short: first the
// oldest generation in history/, then RESERVE. Says when a rewrite would not fit, when to
// compact early, and when only commands that free something may run. Invariant: after RESERVE was
// given up, writes that take space are refused until it is there again.

import type { Clock } from '../util/clock.js';
import type { FileSystem } from '../util/fs.js';
import { SEGMENT_TARGET_BYTES } from './format.js';
import { Reserve } from './reserve.js';
import { isDiskFull } from './write-errors.js';

const MIB = 1024 * 1024;
const LOOK_EVERY_MS = 1000;

/** RESERVE is a quarter of the log within these bounds ... */
const RESERVE_LOG_SHARE = 1 / 4;
const RESERVE_MIN_BYTES = MIB;
const RESERVE_MAX_BYTES = 64 * MIB;
/** ... but never more than this share of what is free, so that a small disk is not filled by it. */
const RESERVE_FREE_SHARE = 1 / 16;
/** Made in steps of a look each: nobody waits for 64 MiB. */
const RESERVE_STEP_BYTES = 4 * MIB;

/**
 * A start copies the end of the log, two segments at most; so that RESERVE, or what is left of it,
 * is enough for that on a full disk, segments are smaller where little is free.
 */
const SEGMENT_FREE_SHARE = 1 / 32;
const SEGMENT_MIN_BYTES = 128 * 1024;

/**
 * Little space: less than two snapshots, or less than this, or, where that is less, than the log
 * takes already or this share of the disk.
 */
const LOW_BYTES = 2 * SEGMENT_TARGET_BYTES;
const LOW_SHARE = 1 / 20;
const LOW_SNAPSHOTS = 2;
/** What a rewrite must find free, in estimated snapshots. */
const SNAPSHOT_MARGIN = 1.1;
/** Besides, for headers, manifests and the blocks of a few files. */
const REWRITE_FILES_BYTES = 16 * 1024;
/** A log is compacted early when this share of it, or more, is dead. */
const DEAD_SHARE = 1 / 5;

/** What is watched, as the log writer has it. */
export interface SpaceUser {
  /** A write waits for space. */
  readonly isHeld: boolean;
  /** Bytes on disk: snapshot and segments. */
  readonly currentSizeBytes: number;
  /** Bytes right after the last compaction. */
  readonly baseSizeBytes: number;
  retryHeld(): void;
  /** A segment of that size, or of the usual one if that is less, is followed by the next. */
  limitSegments(sizeBytes: number): void;
  /** @returns the generation that was removed from history, or -1 when there is none */
  dropOldestGeneration(): Promise<number>;
}

export interface FreeSpaceParts {
  readonly fs: FileSystem;
  readonly dir: string;
  readonly clock: Clock;
  readonly user: SpaceUser;
  /** How large a snapshot would be now, about; rather more. */
  readonly snapshotBytes: () => number;
  readonly notice: (level: 'notice' | 'warning', text: string) => void;
}

export class FreeSpace {
  /** At the last look; -1 when not known. */
  freeBytes = -1;
  /** Only commands that free something may write. */
  isFull = false;
  /** There is so little space that it is worth while to compact early. */
  isLow = false;
  private readonly parts: FreeSpaceParts;
  private readonly reserve: Reserve;
  private totalBytes = -1;
  /** What RESERVE is to be again once there is space. */
  private reserveTargetBytes = 0;
  private nextLookMs = 0;
  private job: Promise<void> | null = null;
  /** A write that waits was tried again before anything was given up for it. */
  private hasRetried = false;
  private mayHaveHistory = true;
  private isMeasured = false;
  private lastError = '';

  constructor(parts: FreeSpaceParts) {
    this.parts = parts;
    this.reserve = new Reserve(parts.fs, parts.dir);
  }

  /** RESERVE is as large as it should be. */
  get isReserveOk(): boolean {
    return this.reserve.sizeBytes > 0 && !this.isFull;
  }

  /** Periodic work; call it about ten times a second. */
  tick(): void {
    if (this.job !== null) return;
    const { clock, user } = this.parts;
    const now = clock.monotonicMs();
    if (user.isHeld && !this.isFull) this.becomeFull();
    if (user.isHeld && this.hasMore) this.begin(() => this.giveWay());
    else if (now >= this.nextLookMs) this.begin(() => this.look(now));
  }

  /** @returns null, or why a rewrite should not begin */
  rewriteRefusal(): string | null {
    const { freeBytes } = this;
    const neededBytes = this.rewriteNeedsBytes;
    if (freeBytes < 0 || freeBytes >= neededBytes) return null;
    return `a rewrite needs about ${mib(neededBytes)} of disk space, ${mib(freeBytes)} are free`;
  }

  /** Whether there is little space and a compaction would gain some. */
  get wantsCompaction(): boolean {
    if (!this.isLow && !this.isFull) return false;
    const { currentSizeBytes, baseSizeBytes } = this.parts.user;
    const livingBytes = Math.max(baseSizeBytes, this.parts.snapshotBytes());
    return currentSizeBytes - livingBytes >= currentSizeBytes * DEAD_SHARE;
  }

  /** Resolves when nothing is under way. Nothing is begun afterwards if `tick` is not called. */
  async settled(): Promise<void> {
    await this.job;
  }

  private get snapshotNeedsBytes(): number {
    return Math.ceil(this.parts.snapshotBytes() * SNAPSHOT_MARGIN) + REWRITE_FILES_BYTES;
  }

  /** Meanwhile the log needs space too; not when it is full, for then it hardly grows. */
  private get rewriteNeedsBytes(): number {
    return this.snapshotNeedsBytes + (this.isFull ? 0 : this.reserve.sizeBytes);
  }

  private get isShort(): boolean {
    return this.isFull || this.freeBytes < this.rewriteNeedsBytes;
  }

  /** Whether something is left that can be given up for a write that waits. */
  private get hasMore(): boolean {
    return !this.hasRetried || this.mayHaveHistory || this.reserve.sizeBytes > 0;
  }

  private begin(work: () => Promise<void>): void {
    this.job = work()
      .catch((error: unknown) => this.say(error))
      .finally(() => {
        this.job = null;
      });
  }

  /** The same error every second is told once. */
  private say(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text === this.lastError) return;
    this.lastError = text;
    this.parts.notice('warning', `The free space of the disk could not be managed: ${text}`);
  }

  /** A write waits: it is tried again, then something is given up for it, a step per tick. */
  private async giveWay(): Promise<void> {
    const { user } = this.parts;
    // A moment's shortage, or somebody else's file that is gone again, shall cost nothing.
    if (!this.hasRetried) this.hasRetried = true;
    else if (!(await this.dropHistory())) await this.releaseReserve();
    user.retryHeld();
  }

  private async look(now: number): Promise<void> {
    const { user } = this.parts;
    this.nextLookMs = now + LOOK_EVERY_MS;
    if (!this.isMeasured) await this.reserve.measure();
    this.isMeasured = true;
    await this.measure();
    this.mayHaveHistory = true;
    while (this.isShort && (await this.dropHistory())) await this.measure();
    this.judge();
    user.limitSegments(Math.max(SEGMENT_MIN_BYTES, this.freeBytes * SEGMENT_FREE_SHARE));
    if (user.isHeld) return;
    this.hasRetried = false;
    if (this.isFull) await this.endFull();
    if (this.isFull) await this.makeRoomForRewrite();
    else await this.growReserve();
    this.lastError = '';
  }

  private async measure(): Promise<void> {
    const { fs, dir } = this.parts;
    const { freeBytes, totalBytes } = await fs.diskSpace(dir);
    this.freeBytes = freeBytes;
    this.totalBytes = totalBytes;
  }

  private judge(): void {
    const { snapshotBytes, user } = this.parts;
    const small = Math.max(user.currentSizeBytes, this.totalBytes * LOW_SHARE);
    const lowBytes = Math.max(LOW_SNAPSHOTS * snapshotBytes(), Math.min(LOW_BYTES, small));
    const isLow = this.freeBytes < lowBytes;
    if (isLow && !this.isLow) {
      const text = `The disk has only ${mib(this.freeBytes)} left; the log is compacted early`;
      this.parts.notice('warning', text);
    }
    this.isLow = isLow;
    if (!this.isFull && this.freeBytes < this.reserve.sizeBytes) this.becomeFull();
  }

  private becomeFull(): void {
    this.isFull = true;
    this.hasRetried = false;
    this.reserveTargetBytes = this.reserve.sizeBytes;
    const text = 'The disk is full: only commands that free something are accepted';
    this.parts.notice('warning', text);
  }

  /** Space enough for RESERVE and as much again: RESERVE is made, and all writes may go on. */
  private async endFull(): Promise<void> {
    const leastBytes = Math.min(RESERVE_MIN_BYTES, this.totalBytes * RESERVE_FREE_SHARE);
    const target = Math.max(this.reserveTargetBytes, Math.floor(leastBytes));
    const missing = target - this.reserve.sizeBytes;
    if (this.freeBytes < missing + target) return;
    try {
      await this.reserve.growTo(target);
    } catch (error) {
      await this.reserve.release();
      // A quota may be used up although the disk has space.
      if (isDiskFull(error)) return;
      this.say(error);
    }
    this.isFull = false;
    this.parts.notice('notice', 'There is space on the disk again; all writes are accepted');
  }

  /** A rewrite that gains space, and fits into RESERVE, is what that is for. */
  private async makeRoomForRewrite(): Promise<void> {
    const missing = this.snapshotNeedsBytes - this.freeBytes;
    if (!this.wantsCompaction || missing <= 0 || missing > this.reserve.sizeBytes) return;
    await this.releaseReserve();
    await this.measure();
  }

  private async growReserve(): Promise<void> {
    const { reserve, freeBytes } = this;
    const share = this.parts.user.currentSizeBytes * RESERVE_LOG_SHARE;
    const wanted = Math.min(RESERVE_MAX_BYTES, Math.max(RESERVE_MIN_BYTES, share));
    const affordable = (freeBytes + reserve.sizeBytes) * RESERVE_FREE_SHARE;
    const step = reserve.sizeBytes + RESERVE_STEP_BYTES;
    await reserve.growTo(Math.floor(Math.min(wanted, affordable, step)));
  }

  private async releaseReserve(): Promise<void> {
    const { reserve } = this;
    if (reserve.sizeBytes === 0) return;
    const { sizeBytes } = reserve;
    await reserve.release();
    this.parts.notice('warning', `RESERVE was removed: the log may use its ${mib(sizeBytes)}`);
  }

  /** @returns whether a generation was removed from history */
  private async dropHistory(): Promise<boolean> {
    const generation = await this.parts.user.dropOldestGeneration();
    this.mayHaveHistory = generation >= 0;
    if (generation < 0) return false;
    const text = `Generation ${generation} was removed from history: the disk has no space for it`;
    this.parts.notice('warning', text);
    return true;
  }
}

function mib(sizeBytes: number): string {
  return `${(sizeBytes / MIB).toFixed(1)} MiB`;
}
