// Opens a data directory: lock, manifest, checks, replay, and then a clean start. What was found
// decides between three ends: sound, torn (a crash artefact is cut, its bytes go to quarantine) and
// corrupt (refused, nothing is touched). Invariant: nothing on disk changes before the whole state
// was handed on, and afterwards everything old is sealed and synced in files of this process.

import { dirname, resolve } from 'node:path';
import type { Clock } from '../util/clock.js';
import { errorCode, type FileSystem, syncFile, writeFully } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import type { Random } from '../util/random.js';
import { DataSet, type Tail, type TailSegment } from './data-set.js';
import { listDirectory } from './directory-listing.js';
import { DirectoryLock, type LockOwner } from './directory-lock.js';
import { type LogDamage, LogError } from './errors.js';
import { encodeFileHeader } from './file-header.js';
import { parseDataFileName } from './file-names.js';
import type { FrameSink } from './file-reader.js';
import { FILE_HEADER_BYTES } from './format.js';
import { FrameBuffer } from './frame-buffer.js';
import { expireHistory, finishMoves } from './history.js';
import { LogDirectory, newDatasetId } from './log-directory.js';
import { emptyManifest, type Manifest, segmentLine, takeSegmentName } from './manifest.js';
import { copyRange, quarantineCopy, quarantineFile, trimQuarantine } from './quarantine.js';
import type { Segment } from './segment.js';

export interface RecoverOptions {
  fs: FileSystem;
  dir: string;
  clock: Clock;
  random: Random;
  /** Who takes the lock; null takes none, for tests in memory. */
  owner: LockOwner | null;
  /** Superseded generations kept in `history/`. */
  historyGenerations: number;
  /** Takes the frames of the snapshot (types from 16 on), in order. */
  onSnapshot: FrameSink;
  /** Takes the entries after it, a frame at a time; see EntryDecoder. */
  onEntries: FrameSink;
  /** Called after the last frame; what it throws counts as thrown by a sink. */
  onEnd?: () => void;
  /** Called with bytes read so far and in all, after each block. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface RecoveryReport {
  /** Sequence number of the snapshot that was loaded; 0 for none. */
  snapshotSeq: number;
  lastSeq: number;
  totalBytes: number;
  /** What was cut off, or null. */
  torn: (LogDamage & { cutBytes: number; quarantine: string[] }) | null;
  /** Entries and snapshot records that an earlier salvage marked as lost. */
  lostEntries: number;
  lostRecords: number;
  /** Files that belonged to nothing and were put into quarantine. */
  orphans: string[];
}

const REMEDIES: Record<string, string | undefined> = {
  EACCES: 'give this user the right to write there, or name another --dir',
  EPERM: 'give this user the right to write there, or name another --dir',
  EROFS: 'the file system is read-only: name another --dir',
  ENOTDIR: 'a part of that path is a file: name another --dir',
  EEXIST: 'that path is a file: name another --dir',
  ENOSPC: 'the disk is full: make room, or name another --dir',
};

/** What a LogWriter starts from. */
export interface RecoveredLog {
  directory: LogDirectory;
  current: Segment;
  spare: Segment;
  nextSeq: number;
  /** Time of the last entry; times never go back. */
  timeMs: number;
  report: RecoveryReport;
}

/**
 * Takes the lock, reads everything, and leaves the directory ready to be appended to.
 * @throws LogError LOCKED, UNUSABLE, CORRUPT, UNSUPPORTED; what the sinks throw; file errors.
 *   The lock is released before any of them.
 */
export async function recover(options: RecoverOptions): Promise<RecoveredLog> {
  const { fs, dir, owner, clock } = options;
  let lock: DirectoryLock | null = null;
  try {
    await makeDirectory(fs, dir);
    if (owner !== null) lock = await DirectoryLock.take(fs, dir, owner, clock);
    const listing = await listDirectory(fs, dir);
    if (listing.manifest === null) await syncName(fs, dir);
    const manifest = listing.manifest ?? emptyManifest(newDatasetId(options.random));
    skipUsedNumbers(manifest, [...listing.temporaries, ...listing.orphans]);
    const directory = new LogDirectory(options, manifest, lock);
    const dataSet = new DataSet(fs, manifest, (name) => directory.path(name));
    const tail = await dataSet.checkTail(await dataSet.checkSealedFiles());
    const totalBytes = await replay(dataSet, tail, options);
    const report: RecoveryReport = {
      snapshotSeq: manifest.snapshot?.seq ?? 0,
      lastSeq: tail.nextSeq - 1,
      totalBytes,
      torn: null,
      lostEntries: dataSet.lostEntries,
      lostRecords: dataSet.lostRecords,
      orphans: listing.orphans,
    };
    const segments = await beginClean(directory, tail, report);
    await sweep(directory, listing.temporaries, report);
    const timeMs = dataSet.lastTimeMs;
    return { directory, ...segments, nextSeq: tail.nextSeq, timeMs, report };
  } catch (error) {
    await lock?.release();
    throw explained(error, dir);
  }
}

/** The directory may have been made by a start that was cut short, or by hand, just now. */
async function syncName(fs: FileSystem, dir: string): Promise<void> {
  try {
    await fs.syncDirectory(dirname(resolve(dir)));
  } catch (error) {
    // Who may not read the directory above did not make this one.
    if (errorCode(error) !== 'EACCES' && errorCode(error) !== 'EPERM') throw error;
  }
}

/** Errors that only somebody at the machine can do something about say what. */
function explained(error: unknown, dir: string): unknown {
  const remedy = REMEDIES[errorCode(error)];
  if (remedy === undefined || !(error instanceof Error)) return error;
  return new LogError('UNUSABLE', `${dir} cannot be used: ${error.message}`, remedy);
}

/** Files that the manifest never came to name have used up their numbers all the same. */
function skipUsedNumbers(manifest: Manifest, names: string[]): void {
  for (const name of names) {
    const file = parseDataFileName(name.replace(/\.tmp$/, ''));
    if (file !== null && file.number >= manifest.nextNumber) manifest.nextNumber = file.number + 1;
  }
}

async function replay(dataSet: DataSet, tail: Tail, options: RecoverOptions): Promise<number> {
  const totalBytes = await dataSet.totalBytes();
  let doneBytes = 0;
  const sinks = {
    snapshot: options.onSnapshot,
    entries: options.onEntries,
    onProgress: (bytes: number) => {
      doneBytes += bytes;
      options.onProgress?.(doneBytes, totalBytes);
    },
  };
  await dataSet.stream(sinks, tail);
  options.onEnd?.();
  return totalBytes;
}

/** Seals what counts of the tail in new files, begins new segments, and switches to them. */
async function beginClean(
  directory: LogDirectory,
  tail: Tail,
  report: RecoveryReport,
): Promise<{ current: Segment; spare: Segment }> {
  const { fs } = directory;
  const replaced: Manifest['segments'] = [];
  const kept = new Set<string>();
  for (const segment of tail.segments) {
    if (segment.nextSeq === segment.firstSeq) continue;
    if (isClosedCleanly(segment)) {
      replaced.push(await keepSealed(directory, segment));
      kept.add(segment.name);
    } else {
      replaced.push(await sealCopy(directory, segment));
    }
  }
  if (tail.torn !== null) await quarantineCut(directory, tail, report);
  const [current, spare] = await Promise.all([
    directory.createSegment(tail.nextSeq),
    directory.createSegment(tail.nextSeq),
  ]);
  current.firstSeq = tail.nextSeq;
  await fs.syncDirectory(directory.dir);
  await directory.replaceManifest((next) => {
    const open = [current, spare].map(({ name, header }) => segmentLine(name, header, null));
    const sealed = next.segments.filter((segment) => segment.sealed !== null);
    next.segments = [...sealed, ...replaced, ...open];
  });
  for (const { name } of tail.segments) {
    if (!kept.has(name)) await fs.unlink(directory.path(name));
  }
  return { current, spare };
}

/** Whether the seal was written after all before it was known to be on disk. */
function isClosedCleanly({
  isSealed,
  scanner,
  nextSeq,
  sizeBytes,
  soundBytes,
}: TailSegment): boolean {
  return isSealed && scanner.durableSeq >= nextSeq - 1 && sizeBytes === soundBytes;
}

/**
 * A segment that was closed cleanly stays as it is, for all its entries are synced; only its seal
 * may be in the page cache alone, and for good if the sync of it failed. The same bytes, written
 * again, are what the next sync takes to the disk.
 */
async function keepSealed(
  directory: LogDirectory,
  { name, header, firstSeq, nextSeq, sizeBytes, scanner: { contentOffset } }: TailSegment,
): Promise<Manifest['segments'][number]> {
  const { fs } = directory;
  const fd = await fs.open(directory.path(name), 'update');
  try {
    await copyRange(fs, fd, contentOffset, sizeBytes, fd, contentOffset);
    await syncFile(fs, fd);
  } finally {
    await fs.close(fd);
  }
  return segmentLine(name, header, { firstSeq, lastSeq: nextSeq - 1, sizeBytes });
}

/**
 * Copies the sound part of an unsealed segment to a new file and seals it there. Not in place:
 * after a failed sync the page cache may show bytes the disk never got, and appending to them
 * would confirm them.
 */
async function sealCopy(
  directory: LogDirectory,
  segment: TailSegment,
): Promise<Manifest['segments'][number]> {
  const { fs, clock } = directory;
  const { name, number } = takeSegmentName(directory.manifest);
  const header = { ...segment.header, number };
  const source = await fs.open(directory.path(segment.name), 'read');
  try {
    const target = await fs.open(directory.path(name), 'create');
    try {
      await writeFully(fs, target, encodeFileHeader(header), 0, FILE_HEADER_BYTES, 0);
      const { soundBytes } = segment;
      await copyRange(fs, source, FILE_HEADER_BYTES, soundBytes, target, FILE_HEADER_BYTES);
      let sizeBytes = soundBytes;
      if (!segment.isSealed) {
        const seal = new FrameBuffer(clock);
        seal.nextSeq = segment.nextSeq;
        seal.durableSeq = segment.nextSeq - 1;
        const { baseTimeMs, timeMs } = segment.scanner;
        seal.beginFile(header.salt, header.baseSeq, baseTimeMs, segment.firstSeq);
        seal.timeMs = timeMs;
        seal.appendSeal();
        await writeFully(fs, target, seal.bytes, 0, seal.at, soundBytes);
        sizeBytes += seal.at;
      }
      await syncFile(fs, target);
      const { firstSeq, nextSeq } = segment;
      return segmentLine(name, header, { firstSeq, lastSeq: nextSeq - 1, sizeBytes });
    } finally {
      await fs.close(target);
    }
  } finally {
    await fs.close(source);
  }
}

async function quarantineCut(
  directory: LogDirectory,
  tail: Tail,
  report: RecoveryReport,
): Promise<void> {
  const { fs, dir } = directory;
  const { torn } = tail;
  if (torn === null) return;
  const cut = { ...torn, cutBytes: 0, quarantine: [] as string[] };
  for (const { name, soundBytes, sizeBytes } of tail.segments) {
    if (sizeBytes <= soundBytes) continue;
    cut.cutBytes += sizeBytes - soundBytes;
    const label = `${name}.from-${soundBytes}`;
    const path = directory.path(name);
    cut.quarantine.push(await quarantineCopy(fs, dir, path, soundBytes, label));
  }
  report.torn = cut;
}

/** Clears away what only an interrupted switch leaves, and finishes what it began. */
async function sweep(
  directory: LogDirectory,
  temporaries: string[],
  report: RecoveryReport,
): Promise<void> {
  const { fs, dir } = directory;
  for (const name of temporaries) {
    // The new manifest may have gone through one of these names.
    const path = directory.path(name);
    if ((await fs.stat(path)) !== null) await fs.unlink(path);
  }
  report.orphans = await finishMoves(fs, dir, report.orphans);
  for (const name of report.orphans) await quarantineFile(fs, dir, directory.path(name), name);
  await trimQuarantine(fs, dir);
  await expireHistory(fs, dir, directory.manifest.generation - directory.historyGenerations);
  await fs.syncDirectory(dir);
}
