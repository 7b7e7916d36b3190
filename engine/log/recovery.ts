// Opens a data directory: lock, manifest, checks, replay, and then a clean start. What was found
// decides between three ends: sound, torn (a crash artefact is cut, its bytes go to quarantine) and
// corrupt (refused, nothing is touched). Invariant: nothing on disk changes before the whole state
// was handed on, and afterwards everything old is sealed and synced in files of this process.

import { dirname, resolve } from 'node:path';
import type { Clock } from '../util/clock.js';
import { errorCode, type FileSystem } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import { type Random, randomHex } from '../util/random.js';
import { CleanStart } from './clean-start.js';
import { DataSet, type Tail } from './data-set.js';
import { listDirectory } from './directory-listing.js';
import { DirectoryLock, type LockOwner } from './directory-lock.js';
import { type LogDamage, LogError } from './errors.js';
import { finalName, parseDataFileName } from './file-names.js';
import type { FrameSink } from './file-reader.js';
import { LogDirectory, newDatasetId } from './log-directory.js';
import { emptyManifest, type Manifest } from './manifest.js';
import { Reserve } from './reserve.js';
import { isDiskFull } from './write-errors.js';

const NONCE_DIGITS = 32;

export interface RecoverOptions {
  fs: FileSystem;
  dir: string;
  clock: Clock;
  random: Random;
  /** Who takes the lock; null takes none, for tests in memory. */
  owner: LockOwner | null;
  /** Superseded generations kept in `history/`, and further ones; see HistoryLimits. */
  historyGenerations: number;
  historyHours?: number;
  historyMaxBytes?: number;
  /** Takes the frames of the snapshot (types from 16 on), in order. */
  onSnapshot: FrameSink;
  /** Called where a salvage left records of the snapshot, or entries, out. */
  onGap?: () => void;
  /** Told how large the file of the snapshot is, before its frames come. */
  onSnapshotSize?: (sizeBytes: number) => void;
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
  /** Its segments; not yet made when the disk is full. */
  start: CleanStart;
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
  const { fs, dir, owner } = options;
  let lock: DirectoryLock | null = null;
  try {
    await makeDirectory(fs, dir);
    if (owner !== null) lock = await takeLock(options, owner);
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
    const start = new CleanStart(directory, tail, listing.temporaries, report);
    await begin(start);
    const timeMs = dataSet.lastTimeMs;
    return { directory, start, nextSeq: tail.nextSeq, timeMs, report };
  } catch (error) {
    await lock?.release();
    throw explained(error, dir);
  }
}

/** Even a lock takes some space; what is needed for it on a full disk was put aside. */
async function takeLock(options: RecoverOptions, owner: LockOwner): Promise<DirectoryLock> {
  const { fs, dir, clock } = options;
  const nonce = randomHex(options.random, NONCE_DIGITS);
  try {
    return await DirectoryLock.take(fs, dir, owner, clock, nonce);
  } catch (error) {
    // Whoever comes so far is alone: a living owner is found before anything is written.
    if (!isDiskFull(error)) throw error;
    await new Reserve(fs, dir).release();
    return await DirectoryLock.take(fs, dir, owner, clock, nonce);
  }
}

/** On a full disk the start stays as it is for now, and the log waits: what was read is served. */
async function begin(start: CleanStart): Promise<void> {
  try {
    await start.run();
  } catch (error) {
    // Once the log can go on, leftovers of the old one wait for the next start.
    if (isDiskFull(error)) return;
    await start.abandon();
    throw error;
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
    const file = parseDataFileName(finalName(name));
    if (file !== null && file.number >= manifest.nextNumber) manifest.nextNumber = file.number + 1;
  }
}

async function replay(dataSet: DataSet, tail: Tail, options: RecoverOptions): Promise<number> {
  const totalBytes = await dataSet.totalBytes();
  let doneBytes = 0;
  const sinks = {
    snapshot: options.onSnapshot,
    onGap: options.onGap ?? null,
    onSnapshotSize: options.onSnapshotSize ?? null,
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
