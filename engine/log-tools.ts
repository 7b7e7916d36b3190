// What reddis-check-aof does, as functions: checking, fixing, salvaging, restoring, printing and
// exporting a data directory that no server uses. They add to the log layer's tools the real file
// system, and the commands a snapshot stands for. Invariant: a source directory is only read,
// except by `fixLog` and `rebuildLogManifest`.

import { type CheckReport, check } from './log/check.js';
import { DataSetWriter } from './log/data-set-writer.js';
import { LogError } from './log/errors.js';
import { exportResp } from './log/export-resp.js';
import { type FixReport, fix } from './log/fix.js';
import { openSource } from './log/log-source.js';
import { walk } from './log/log-walk.js';
import { type RebuildReport, rebuildManifest } from './log/rebuild-manifest.js';
import { type RestoreReport, type RestoreTarget, restoreInto, restoreTo } from './log/restore.js';
import { type SalvageReport, salvage, salvageFile } from './log/salvage.js';
import { ShiftedRestore } from './shifted-restore.js';
import { SnapshotCommands } from './snapshot/snapshot-commands.js';
import type { Args } from './util/args.js';
import { type Clock, systemClock } from './util/clock.js';
import { type FileSystem, nodeFileSystem } from './util/fs.js';
import { currentProcessFacts } from './util/process-facts.js';
import { randomSeed, SeededRandom } from './util/random.js';

export type { CheckedFile, CheckReport, Verdict } from './log/check.js';
export type { LogErrorCode } from './log/errors.js';
export type { FixReport } from './log/fix.js';
export type { RebuildReport } from './log/rebuild-manifest.js';
export type { RestoreTarget } from './log/restore.js';
export type { SalvageReport } from './log/salvage.js';

/** Bytes read so far, and in all; the total is 0 where it is not known. */
export type LogProgress = (doneBytes: number, totalBytes: number) => void;

export interface LogToolOptions {
  readonly fs?: FileSystem;
  readonly clock?: Clock;
  readonly onProgress?: LogProgress;
}

/** One command of a log or snapshot, as `dumpLog` hands it out. */
export interface DumpedCommand {
  /** Of a snapshot's key: the last entry that the snapshot has in it. */
  readonly seq: number;
  /** Unix ms; null for a snapshot's key. */
  readonly timeMs: number | null;
  readonly dbIndex: number;
  /** Valid only during the call. */
  readonly args: Args;
}

/** A directory that is fixed keeps all of its history: how much is kept the server decides. */
const HISTORY_GENERATIONS = Number.POSITIVE_INFINITY;

function newRandom(): SeededRandom {
  return new SeededRandom(randomSeed());
}

/** @returns a function that adds up and reports bytes as they are read */
function adding(onProgress: LogProgress | undefined, totalBytes: number): (bytes: number) => void {
  let doneBytes = 0;
  return (bytes) => {
    doneBytes += bytes;
    onProgress?.(doneBytes, totalBytes);
  };
}

/** The verdict on a directory or one of its files; see CheckReport. Only file errors are thrown. */
export function checkLog(path: string, options: LogToolOptions = {}): Promise<CheckReport> {
  return check(options.fs ?? nodeFileSystem, path, options.onProgress);
}

/**
 * Cuts a torn end, after putting the cut bytes aside.
 * @throws LogError; nothing is changed then
 */
export function fixLog(path: string, options: LogToolOptions = {}): Promise<FixReport> {
  return fix({
    fs: options.fs ?? nodeFileSystem,
    path,
    clock: options.clock ?? systemClock,
    random: newRandom(),
    owner: currentProcessFacts(),
    historyGenerations: HISTORY_GENERATIONS,
  });
}

/**
 * Puts every intact entry of a damaged directory or file into a new directory.
 * @throws LogError
 */
export async function salvageLog(
  path: string,
  out: string,
  options: LogToolOptions = {},
): Promise<SalvageReport> {
  const fs = options.fs ?? nodeFileSystem;
  const isDirectory = (await fs.stat(path))?.isDirectory ?? true;
  const run = isDirectory ? salvage : salvageFile;
  return run(fs, path, out, newRandom(), adding(options.onProgress, 0));
}

export interface RestoreLogOptions extends LogToolOptions {
  /** Deadlines are moved, so that keys live on for as long as they had left at the point. */
  readonly shiftsDeadlines?: boolean;
}

/** What was restored, and what became of its deadlines. */
export interface RestoreLogReport extends RestoreReport {
  /** How much later deadlines are than they were. */
  readonly shiftMs: number;
  /** Deadlines that were moved. */
  readonly shiftedDeadlines: number;
}

/**
 * Puts the state of an earlier point into a new directory.
 * @throws LogError UNUSABLE for a point that is not kept any more or has not come yet
 */
export async function restoreLog(
  path: string,
  target: RestoreTarget,
  out: string,
  options: RestoreLogOptions = {},
): Promise<RestoreLogReport> {
  const { fs = nodeFileSystem, clock = systemClock } = options;
  const random = newRandom();
  const onProgress = adding(options.onProgress, 0);
  const pointMs = typeof target === 'object' && 'timeMs' in target ? target.timeMs : null;
  if (pointMs !== null && pointMs > clock.now()) {
    const time = new Date(pointMs).toISOString();
    throw new LogError('UNUSABLE', `${time} is still to come`, 'name a time in the past');
  }
  if (options.shiftsDeadlines !== true) {
    const report = await restoreTo(fs, path, target, out, random, onProgress);
    return { ...report, shiftMs: 0, shiftedDeadlines: 0 };
  }
  const shifted = new ShiftedRestore({ fs, clock, random, pointMs });
  const makeOutput = async (datasetId: string): Promise<ShiftedRestore> => {
    shifted.writeTo(await DataSetWriter.create(fs, out, random, datasetId));
    return shifted;
  };
  const report = await restoreInto(fs, path, target, makeOutput, onProgress);
  const { shiftMs, deadlines } = shifted;
  return { ...report, shiftMs, shiftedDeadlines: deadlines };
}

/**
 * Writes a new manifest for a directory that lost its own.
 * @throws LogError
 */
export function rebuildLogManifest(
  path: string,
  options: LogToolOptions = {},
): Promise<RebuildReport> {
  return rebuildManifest(options.fs ?? nodeFileSystem, path, adding(options.onProgress, 0));
}

/**
 * Hands out every command in order: first what the snapshot stands for, then the log.
 * @returns null, or the damage at which reading stopped; everything before it was handed out
 * @throws LogError when the path cannot be read as a log at all
 */
export async function dumpLog(
  path: string,
  take: (command: DumpedCommand) => void,
  options: LogToolOptions = {},
): Promise<LogError | null> {
  const fs = options.fs ?? nodeFileSystem;
  const source = await openSource(fs, path);
  const seq = source.manifest?.snapshot?.seq ?? 0;
  const snapshot = new SnapshotCommands(newRandom(), (dbIndex, args) =>
    take({ seq, timeMs: null, dbIndex, args }),
  );
  return walk(fs, source, {
    snapshot: snapshot.take,
    snapshotGap: snapshot.noteGap,
    entry: ({ dbIndex, args }, at, timeMs) => take({ seq: at, timeMs, dbIndex, args }),
    onProgress: adding(options.onProgress, source.totalBytes),
  });
}

/**
 * Hands out the same commands in the Redis protocol, for `redis-cli --pipe`.
 * @param write takes chunks, which are its own
 * @returns null, or the damage at which reading stopped
 * @throws LogError when the path cannot be read as a log at all
 */
export async function exportLog(
  path: string,
  write: (chunk: Buffer) => void,
  options: LogToolOptions = {},
): Promise<LogError | null> {
  const fs = options.fs ?? nodeFileSystem;
  const source = await openSource(fs, path);
  const onProgress = adding(options.onProgress, source.totalBytes);
  return exportResp(
    fs,
    source,
    write,
    (exporter) => {
      const put = (dbIndex: number, args: Args): void => exporter.command(dbIndex, args);
      const { take, noteGap } = new SnapshotCommands(newRandom(), put);
      return { snapshot: take, snapshotGap: noteGap };
    },
    onProgress,
  );
}
