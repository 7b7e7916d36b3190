// The verdict on a directory or a file, read-only: sound, torn (a crash artefact that a start would
// cut), corrupt (durable entries are damaged), unusable (not a log), or locked (in use).

import type { FileSystem } from '../util/fs.js';
import { type LogDamage, LogError } from './errors.js';
import type { BytesProgress } from './file-reader.js';
import { openSource } from './log-source.js';
import { walk } from './log-walk.js';

export type Verdict = 'sound' | 'torn' | 'corrupt' | 'unusable' | 'locked';

export interface CheckedFile {
  path: string;
  kind: 'log' | 'snapshot';
  /** Bytes from its beginning that are sound and count. */
  soundBytes: number;
  /** Entries of a log, records of a snapshot. */
  entryCount: number;
  firstSeq: number;
  lastSeq: number;
  /** Time of its last frame, ms since 1970. */
  lastTimeMs: number;
  isSealed: boolean;
}

export interface CheckReport {
  verdict: Verdict;
  path: string;
  totalBytes: number;
  files: CheckedFile[];
  /** The snapshot's sequence number; 0 for none. */
  snapshotSeq: number;
  /** Up to this entry everything is sound. */
  lastSoundSeq: number;
  /** Entries that an earlier salvage marked as lost. */
  lostCount: number;
  /** Where the first damage is. */
  damage: LogDamage | null;
  lost: { firstSeq: number; lastSeq: number } | null;
  /** What is wrong and what can be done, for people; '' when sound. */
  message: string;
  remedy: string;
}

/**
 * @param path a data directory, or one segment or snapshot
 * @returns the verdict; only errors of the file system are thrown
 */
export async function check(
  fs: FileSystem,
  path: string,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<CheckReport> {
  const report: CheckReport = {
    verdict: 'sound',
    path,
    totalBytes: 0,
    files: [],
    snapshotSeq: 0,
    lastSoundSeq: 0,
    lostCount: 0,
    damage: null,
    lost: null,
    message: '',
    remedy: '',
  };
  try {
    await readThrough(fs, path, report, onProgress);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    blame(report, error);
  }
  return report;
}

async function readThrough(
  fs: FileSystem,
  path: string,
  report: CheckReport,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<void> {
  const source = await openSource(fs, path);
  report.totalBytes = source.totalBytes;
  report.snapshotSeq = source.manifest?.snapshot?.seq ?? 0;
  report.lastSoundSeq = report.snapshotSeq;
  let doneBytes = 0;
  const progress: BytesProgress = (bytes) => {
    doneBytes += bytes;
    onProgress?.(doneBytes, source.totalBytes);
  };
  const error = await walk(fs, source, {
    onProgress: progress,
    file: (file, scanner) => {
      const lastSeq = scanner.soundNextSeq - 1;
      report.files.push({
        path: file.path,
        kind: file.kind,
        soundBytes: scanner.soundOffset,
        entryCount: scanner.entryCount,
        firstSeq: Math.max(0, scanner.firstSeq),
        lastSeq: Math.max(0, lastSeq),
        lastTimeMs: scanner.timeMs,
        isSealed: scanner.isSealed,
      });
      if (file.kind === 'log') report.lastSoundSeq = Math.max(report.lastSoundSeq, lastSeq);
      report.lostCount += scanner.lostCount;
    },
  });
  if (error !== null) {
    blame(report, error);
    return;
  }
  const { torn } = source;
  if (torn === null) return;
  report.verdict = 'torn';
  report.damage = torn;
  report.message =
    `${torn.file} ends torn at byte ${torn.offset}: ${torn.reason}; ` +
    `nothing from entry ${torn.seq} on was ever durable`;
  report.remedy = 'a start cuts it, and so does reddis-check-aof --fix; the bytes are kept aside';
}

function blame(report: CheckReport, error: LogError): void {
  const verdicts = { CORRUPT: 'corrupt', LOCKED: 'locked' } as const;
  report.verdict =
    error.code === 'CORRUPT' || error.code === 'LOCKED' ? verdicts[error.code] : 'unusable';
  report.damage = error.damage;
  report.lost = error.lost;
  report.message = error.message;
  report.remedy = error.remedy;
}
