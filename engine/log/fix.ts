// Cuts a torn tail, as a start would, after putting the cut bytes aside. Damage that a start would
// refuse is refused here, too: only salvage deals with it, and only into another directory.

import { dirname, resolve } from 'node:path';
import type { Clock } from '../util/clock.js';
import { type FileSystem, syncFile } from '../util/fs.js';
import type { Random } from '../util/random.js';
import type { LockOwner } from './directory-lock.js';
import { LogError } from './errors.js';
import { openSource } from './log-source.js';
import { copyRange } from './quarantine.js';
import { recover } from './recovery.js';

export interface FixOptions {
  fs: FileSystem;
  /** A data directory, or one segment. */
  path: string;
  clock: Clock;
  random: Random;
  owner: LockOwner | null;
  historyGenerations: number;
}

export interface FixReport {
  /** Bytes that were cut; 0 when there was nothing to do. */
  cutBytes: number;
  /** Where they are kept. */
  backups: string[];
  /** Last entry that is left. */
  lastSeq: number;
}

/** @throws LogError CORRUPT, UNUSABLE, LOCKED, UNSUPPORTED, IO; nothing is changed then */
export async function fix(options: FixOptions): Promise<FixReport> {
  const { fs, path } = options;
  const stat = await fs.stat(path);
  if (stat?.isDirectory !== true) return fixFile(fs, path);
  // Look before touching anything: a directory of something else must stay as it is.
  const source = await openSource(fs, path);
  if (source.problem !== null) throw source.problem;
  const { directory, start, report } = await recover({
    ...options,
    dir: path,
    onSnapshot: () => undefined,
    onEntries: () => undefined,
  });
  const { isListed, obstacle, current, spare } = start;
  try {
    if (!isListed) throw new LogError('IO', `nothing was changed: ${obstacle.message}`);
    await directory.dropSegments([current.name, spare.name]);
  } finally {
    for (const { fd } of [current, spare]) if (fd >= 0) await fs.close(fd);
    await directory.lock?.release();
  }
  const { torn, lastSeq } = report;
  return { cutBytes: torn?.cutBytes ?? 0, backups: torn?.quarantine ?? [], lastSeq };
}

async function fixFile(fs: FileSystem, path: string): Promise<FixReport> {
  const source = await openSource(fs, path);
  if (source.problem !== null) throw source.problem;
  const { torn, totalBytes } = source;
  if (torn === null) return { cutBytes: 0, backups: [], lastSeq: 0 };
  const backup = `${path}.cut-${torn.offset}`;
  const fd = await fs.open(path, 'update');
  try {
    const copy = await fs.open(backup, 'create');
    try {
      await copyRange(fs, fd, torn.offset, totalBytes, copy, 0);
      await syncFile(fs, copy);
    } finally {
      await fs.close(copy);
    }
    await fs.syncDirectory(dirname(resolve(path)));
    await fs.ftruncate(fd, torn.offset);
    await syncFile(fs, fd);
  } finally {
    await fs.close(fd);
  }
  const lastSeq = torn.seq - 1;
  return { cutBytes: totalBytes - torn.offset, backups: [backup], lastSeq };
}
