// The directory of one data set and its manifest, held under the lock. Every change of the set of
// files goes through here, one at a time, and always as: new files synced, directory synced, the
// manifest replaced, and only then old files removed. Invariant: whatever call fails or crash
// comes, the manifest on disk names one complete generation.

import { join } from 'node:path';
import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';
import { type FileSystem, replaceFile, syncFile, writeFully } from '../util/fs.js';
import { type Random, randomHex } from '../util/random.js';
import { retireDamaged } from './damaged-history.js';
import type { DirectoryLock } from './directory-lock.js';
import { LogError } from './errors.js';
import { encodeFileHeader, type FileHeader } from './file-header.js';
import {
  finalName,
  MANIFEST_NAME,
  MANIFEST_TEMPORARY_NAME,
  parseDataFileName,
  temporaryName,
} from './file-names.js';
import { FILE_HEADER_BYTES } from './format.js';
import { FrameFileWriter } from './frame-file-writer.js';
import { moveToHistory } from './history.js';
import { type ExpiredHistory, HistoryKeeper } from './history-keeper.js';
import { keepsHistory } from './history-retention.js';
import {
  encodeManifest,
  type Manifest,
  manifestFiles,
  segmentLine,
  takeSegmentName,
  takeSnapshotName,
} from './manifest.js';
import { Segment } from './segment.js';

/** A segment that is sealed and synced: what the manifest says of it. */
export interface SealedSegment {
  name: string;
  firstSeq: number;
  lastSeq: number;
  sizeBytes: number;
}

/** A finished and verified snapshot that waits for the switch. */
export interface FinishedSnapshot {
  /** Its final name; until the switch the file is called `<name>.tmp`. */
  name: string;
  /** The state is the one after exactly this entry. */
  seq: number;
  sizeBytes: number;
  salt: number;
}

export interface LogDirectoryOptions {
  fs: FileSystem;
  dir: string;
  clock: Clock;
  random: Random;
  /** Superseded generations that are kept, and further ones; see HistoryLimits. */
  historyGenerations: number;
  historyHours?: number;
  historyMaxBytes?: number;
}

export class LogDirectory {
  readonly fs: FileSystem;
  readonly dir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly lock: DirectoryLock | null;
  readonly history: HistoryKeeper;
  manifest: Manifest;
  /** LOCK was not there at the last look. */
  private isLockMissing = false;
  /** What this process wrote last as MANIFEST, and before that: one of them is in place. */
  private manifestBytes: readonly Uint8Array[] = [];
  /** Files of the manifest that are damaged or missing on disk; they leave with the next switch. */
  readonly damaged = new Set<string>();
  /** A spare that is not in the manifest yet; each try takes the same: files do not pile up. */
  private unlisted: Segment | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: LogDirectoryOptions, manifest: Manifest, lock: DirectoryLock | null) {
    this.fs = options.fs;
    this.dir = options.dir;
    this.clock = options.clock;
    this.random = options.random;
    const { historyGenerations, historyHours = 0, historyMaxBytes = 0 } = options;
    this.history = new HistoryKeeper(options.fs, options.dir, options.clock, {
      generations: historyGenerations,
      hours: historyHours,
      maxBytes: historyMaxBytes,
    });
    this.manifest = manifest;
    this.lock = lock;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** Bytes of the snapshot and of the sealed segments. */
  get sealedSizeBytes(): number {
    let total = this.manifest.snapshot?.sizeBytes ?? 0;
    for (const { sealed } of this.manifest.segments) total += sealed?.sizeBytes ?? 0;
    return total;
  }

  /** A segment with a name and a header of its own, and no file yet. */
  planSegment(baseSeq: number): Segment {
    const { name, number } = takeSegmentName(this.manifest);
    return new Segment(name, this.path(name), this.header('log', number, baseSeq));
  }

  /** Makes the file of a planned segment, header synced; the manifest does not know it yet. */
  async makeSegment(segment: Segment): Promise<void> {
    const { fs } = this;
    const { path, header } = segment;
    // Only an earlier try can have left a file of that name.
    if ((await fs.stat(path)) !== null) await fs.unlink(path);
    const fd = await fs.open(path, 'create');
    try {
      await writeFully(fs, fd, encodeFileHeader(header), 0, FILE_HEADER_BYTES, 0);
      await syncFile(fs, fd);
      segment.inode = fs.fstatSync(fd).inode;
      segment.sizeBytes = FILE_HEADER_BYTES;
      segment.fd = fd;
    } catch (error) {
      await fs.close(fd);
      await fs.unlink(path);
      throw error;
    }
  }

  /**
   * Begins a snapshot of the state after entry `seq`; see `switchGeneration` for its end.
   * @param timeMs time of that entry: the snapshot is not older, whatever the clock says
   */
  createSnapshot(seq: number, timeMs: number): { name: string; writer: FrameFileWriter } {
    const { name, number } = takeSnapshotName(this.manifest);
    const header = this.header('snapshot', number, seq);
    header.baseTimeMs = Math.max(header.baseTimeMs, timeMs);
    const path = this.path(temporaryName(name));
    return { name, writer: new FrameFileWriter(this.fs, path, header, this.clock) };
  }

  /** Puts another manifest in place. The change is made on a copy, so a failure changes nothing. */
  async replaceManifest(change: (next: Manifest) => void): Promise<void> {
    const usurper = await this.findUsurper();
    if (usurper !== null) throw usurper;
    const next = structuredClone(this.manifest);
    change(next);
    next.revision++;
    this.manifest.revision = next.revision;
    const temporary = this.path(MANIFEST_TEMPORARY_NAME);
    const bytes = encodeManifest(next);
    this.manifestBytes = [bytes, ...this.manifestBytes.slice(0, 1)];
    await replaceFile(this.fs, this.path(MANIFEST_NAME), temporary, bytes);
    next.nextNumber = Math.max(next.nextNumber, this.manifest.nextNumber);
    this.manifest = next;
  }

  /**
   * Looks whether another process took the directory over, and puts a LOCK file that was removed
   * back in place while the manifest is still this process's.
   * @returns the error that says who did, or null; file errors are thrown
   */
  async findUsurper(): Promise<LogError | null> {
    const { lock, fs, dir } = this;
    const holder = lock === null ? 'self' : await lock.findHolder();
    const wasMissing = this.isLockMissing;
    this.isLockMissing = holder === 'nobody';
    if (holder === 'self') return null;
    if (holder !== 'nobody') return holder;
    if (this.manifestBytes.length > 0) {
      const path = this.path(MANIFEST_NAME);
      const found = (await fs.stat(path)) === null ? null : await fs.readFile(path);
      if (!this.manifestBytes.some((bytes) => found?.equals(bytes))) {
        return new LogError('LOCKED', `${dir} was used by another process meanwhile`);
      }
    }
    // Whoever removes the whole directory begins somewhere; nothing is made in it meanwhile.
    if (wasMissing) await lock?.restore();
    return null;
  }

  /**
   * Notes that a segment is sealed and makes the next spare, with one switch of the manifest.
   * @param sealed null when only a spare is missing
   * @param ready a spare that is there already, or null
   * @param baseSeq no entry in a new spare has a lower sequence number
   * @returns the spare
   */
  sealAndPrepare(
    sealed: SealedSegment | null,
    ready: Segment | null,
    baseSeq: number,
  ): Promise<Segment> {
    return this.exclusively(async () => {
      if (ready === null) this.unlisted ??= this.planSegment(baseSeq);
      const spare = ready ?? this.unlisted;
      assert(spare !== null, 'there is a spare, or one is planned');
      if (spare.fd < 0) await this.makeSegment(spare);
      await this.fs.syncDirectory(this.dir);
      await this.replaceManifest((next) => {
        if (sealed !== null) noteSealed(next, sealed);
        if (ready !== null) return;
        next.segments.push(segmentLine(spare.name, spare.header, null));
      });
      if (ready === null) this.unlisted = null;
      return spare;
    });
  }

  /** Takes segments that hold nothing out of the data set. */
  dropSegments(names: readonly string[]): Promise<void> {
    return this.exclusively(async () => {
      await this.replaceManifest((next) => {
        next.segments = next.segments.filter((segment) => !names.includes(segment.name));
      });
      for (const name of names) await this.fs.unlink(this.path(name));
    });
  }

  /**
   * Makes a finished snapshot and the segments from `firstKept` on the data set, and moves what
   * they supersede to `history/`.
   * @param firstKept name of the segment that begins with the entry after the snapshot
   * @returns once the switch is durable and the old generation put away: null, or why that last
   *   part could not be done (the switch stands)
   */
  switchGeneration(snapshot: FinishedSnapshot, firstKept: string): Promise<Error | null> {
    return this.exclusively(async () => {
      const old = this.manifest;
      const kept = old.segments.findIndex((segment) => segment.name === firstKept);
      assert(kept >= 0, 'the first segment to keep is in the manifest');
      const { name, seq, sizeBytes, salt } = snapshot;
      await this.fs.rename(this.path(temporaryName(name)), this.path(name));
      await this.fs.syncDirectory(this.dir);
      await this.replaceManifest((next) => {
        next.generation++;
        next.snapshot = { name, seq, sizeBytes, salt };
        next.segments = next.segments.slice(kept);
        next.baseSizeBytes = sizeBytes;
      });
      const superseded = structuredClone(old);
      superseded.segments = superseded.segments.slice(0, kept);
      return this.retire(superseded).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  /** Makes room. @returns the generation that was removed from history, or -1 when there is none */
  dropOldestGeneration(): Promise<number> {
    return this.exclusively(() => this.history.dropOldest(this.manifest));
  }

  /**
   * Removes from history what should be kept no longer.
   * @throws LogError LOCKED when another process has the directory; file errors
   */
  expireHistory(): Promise<ExpiredHistory> {
    return this.exclusively(async () => {
      const usurper = await this.findUsurper();
      if (usurper !== null) throw usurper;
      return this.history.expire(this.manifest);
    });
  }

  /** Runs one change of the directory after those that are under way. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.last.then(change, change);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async retire(superseded: Manifest): Promise<void> {
    const { fs, dir, damaged, history, manifest } = this;
    const isKept = keepsHistory(history.limits);
    await this.sweepSnapshots(superseded.snapshot?.name);
    const names = manifestFiles(superseded);
    for (const name of names) {
      if ((await fs.stat(this.path(name))) === null) damaged.add(name);
    }
    if (names.some((name) => damaged.has(name))) {
      await retireDamaged(fs, dir, superseded, damaged, isKept);
      for (const name of names) damaged.delete(name);
    } else if (isKept) {
      await moveToHistory(fs, dir, superseded);
    } else {
      for (const name of names) await fs.unlink(this.path(name));
    }
    await history.expire(manifest);
    await fs.syncDirectory(dir);
  }

  /** Removes what earlier failed rewrites left; the manifest on disk names another snapshot. */
  private async sweepSnapshots(superseded: string | undefined): Promise<void> {
    for (const name of await this.fs.readdir(this.dir)) {
      if (parseDataFileName(finalName(name))?.kind !== 'snapshot') continue;
      if (name === superseded || name === this.manifest.snapshot?.name) continue;
      await this.fs.unlink(this.path(name));
    }
  }

  private header(kind: 'log' | 'snapshot', number: number, baseSeq: number): FileHeader {
    return {
      kind,
      datasetId: this.manifest.datasetId,
      number,
      baseSeq,
      baseTimeMs: Math.max(0, this.clock.now()),
      salt: this.random.next32(),
    };
  }
}

/** A small snapshot may be in place, and the segment before it put away, before that is sealed. */
function noteSealed(manifest: Manifest, sealed: SealedSegment): void {
  const segment = manifest.segments.find(({ name }) => name === sealed.name);
  if (segment === undefined) return;
  const { firstSeq, lastSeq, sizeBytes } = sealed;
  segment.sealed = { firstSeq, lastSeq, sizeBytes };
}

/** @returns a new data set id: 32 hex digits */
export function newDatasetId(random: Random): string {
  return randomHex(random, 32);
}
