// Which points a directory can be brought back to: from the oldest sound snapshot that is kept (or
// the very beginning) up to the last entry. A point outside is refused with the reason, before
// anything is written. Reads only.

import type { FileSystem } from '../util/fs.js';
import { LogError } from './errors.js';
import { scannerFor } from './file-reader.js';
import { type Generation, isSnapshotSound } from './generation-chain.js';
import { withHeader } from './log-source.js';
import type { ManifestSegment } from './manifest.js';
import type { CopyTarget } from './unit-copier.js';

const REMEDY =
  'keep more of it (aof-history-generations, aof-history-hours), or restore from a backup';

/**
 * @param generations newest first
 * @returns the newest generation that begins at or before the point
 * @throws LogError UNUSABLE when none does, or the point is after the last entry
 */
export async function chooseGeneration(
  fs: FileSystem,
  generations: readonly Generation[],
  limit: CopyTarget,
): Promise<Generation> {
  await refuseBeyondEnd(fs, generations[0], limit);
  let oldest = 'no sound snapshot is kept';
  for (const generation of generations) {
    const { snapshot } = generation;
    if (snapshot === null) {
      const startMs = beginningOf(generation.segments);
      if (startMs <= limit.timeMs) return generation;
      oldest = `the log begins at ${timeText(startMs)}`;
      continue;
    }
    const state = `what is kept begins with the state after entry ${snapshot.seq}`;
    if (snapshot.seq > limit.seq) {
      oldest = state;
      continue;
    }
    if (!(await isSnapshotSound(fs, snapshot))) continue;
    const timeMs = await snapshotTime(fs, snapshot.path);
    if (timeMs <= limit.timeMs) return generation;
    oldest = `${state}, at ${timeText(timeMs)}`;
  }
  throw new LogError('UNUSABLE', `history does not reach back to that point: ${oldest}`, REMEDY);
}

/** @returns when a snapshot was taken, unix ms; the entries in it are not younger */
export function snapshotTime(fs: FileSystem, path: string): Promise<number> {
  return withHeader(fs, path, async (_reader, header) => header.baseTimeMs);
}

/**
 * @param segments of a generation without a snapshot
 * @returns when it begins, unix ms; Infinity if its beginning is not there
 */
export function beginningOf(segments: readonly ManifestSegment[]): number {
  if (segments.length === 0) return 0;
  const [{ sealed, baseTimeMs }] = segments;
  return sealed === null || sealed.firstSeq === 1 ? baseTimeMs : Number.POSITIVE_INFINITY;
}

async function refuseBeyondEnd(
  fs: FileSystem,
  newest: Generation,
  { seq }: CopyTarget,
): Promise<void> {
  if (seq === Number.POSITIVE_INFINITY) return;
  const lastSeq = await lastSeqOf(fs, newest);
  if (lastSeq === null || seq <= lastSeq) return;
  const message = `there is no entry ${seq} yet: the log ends with entry ${lastSeq}`;
  throw new LogError('UNUSABLE', message, '--restore-to latest restores all of it');
}

/** @returns the last entry; null when damage hides it */
async function lastSeqOf(fs: FileSystem, newest: Generation): Promise<number | null> {
  let lastSeq = newest.snapshot?.seq ?? 0;
  for (const { sealed, path } of newest.segments) {
    if (sealed !== null) {
      lastSeq = sealed.lastSeq;
      continue;
    }
    if ((await fs.stat(path)) === null) return null;
    const isWhole = await withHeader(fs, path, async (reader, header) => {
      const scanner = scannerFor(header, lastSeq + 1);
      const scan = await reader.scan(scanner, null);
      lastSeq = scanner.soundNextSeq - 1;
      return scan.isWhole;
    });
    if (!isWhole) return null;
  }
  return lastSeq;
}

function timeText(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : 'a later entry';
}
