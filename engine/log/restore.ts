// Puts the state at an earlier point, or the latest one past a damaged snapshot, into a new
// directory: the newest sound snapshot that is old enough, and the entries after it up to the
// point. A unit is never cut in two, and the source is only read.

import type { FileSystem } from '../util/fs.js';
import type { Random } from '../util/random.js';
import { DataSetWriter } from './data-set-writer.js';
import { scannerFor } from './file-reader.js';
import { type Generation, readGenerations } from './generation-chain.js';
import { withHeader } from './log-source.js';
import { chooseGeneration } from './restore-point.js';
import { COPY_ALL, type CopyTarget, type FrameOutput, UnitCopier } from './unit-copier.js';

export type RestoreTarget = { seq: number } | { timeMs: number } | 'latest';

export interface RestoreReport {
  /** Generation whose snapshot was the beginning. */
  generation: number;
  snapshotSeq: number;
  /** Entries copied after the snapshot. */
  entryCount: number;
  lastSeq: number;
  /** What stopped the copying before the target, or null. */
  stoppedBy: string | null;
}

/** Where a restored state goes: a DataSetWriter puts it into a directory as it is. */
export interface RestoreOutput extends FrameOutput {
  /** Takes a sound snapshot of the state after entry `seq`. */
  copySnapshot(path: string, seq: number, salt: number, sizeBytes: number): Promise<void>;
  /** Entries follow, from `seq` on. */
  beginSegment(seq: number, timeMs: number): Promise<void>;
  /** Called between blocks of the source. */
  flush(): Promise<void>;
  /** @returns the last entry */
  finish(): Promise<number>;
}

/**
 * @param out an empty or new directory
 * @throws LogError UNUSABLE when history does not reach back so far, or the point is still to come
 */
export function restoreTo(
  fs: FileSystem,
  dir: string,
  target: RestoreTarget,
  out: string,
  random: Random,
  onProgress?: (bytes: number) => void,
): Promise<RestoreReport> {
  const makeOutput = (datasetId: string) => DataSetWriter.create(fs, out, random, datasetId);
  return restoreInto(fs, dir, target, makeOutput, onProgress);
}

/**
 * The same into any output.
 * @param makeOutput called once the point is known to be one that can be restored
 */
export async function restoreInto(
  fs: FileSystem,
  dir: string,
  target: RestoreTarget,
  makeOutput: (datasetId: string) => Promise<RestoreOutput>,
  onProgress?: (bytes: number) => void,
): Promise<RestoreReport> {
  const limit: CopyTarget = target === 'latest' ? COPY_ALL : { ...COPY_ALL, ...target };
  const generation = await chooseGeneration(fs, await readGenerations(fs, dir), limit);
  const { snapshot, manifest } = generation;
  const writer = await makeOutput(manifest.datasetId);
  if (snapshot !== null) {
    const { path, seq, salt, sizeBytes } = snapshot;
    await writer.copySnapshot(path, seq, salt, sizeBytes);
  }
  const snapshotSeq = snapshot?.seq ?? 0;
  const copier = new UnitCopier(writer, limit);
  const stoppedBy = await copySegments(fs, generation, writer, copier, snapshotSeq, onProgress);
  const lastSeq = await writer.finish();
  const { entryCount } = copier;
  return { generation: manifest.generation, snapshotSeq, entryCount, lastSeq, stoppedBy };
}

async function copySegments(
  fs: FileSystem,
  generation: Generation,
  writer: RestoreOutput,
  copier: UnitCopier,
  snapshotSeq: number,
  onProgress?: (bytes: number) => void,
): Promise<string | null> {
  let nextSeq = snapshotSeq + 1;
  let isBegun = false;
  for (const { path, sealed } of generation.segments) {
    if (copier.isDone || copier.isBeyond(nextSeq)) return null;
    const problem = await withHeader(fs, path, async (reader, header) => {
      if (!isBegun) await writer.beginSegment(nextSeq, header.baseTimeMs);
      isBegun = true;
      reader.onFrame = copier.take;
      const scanner = scannerFor(header, nextSeq);
      const scan = await reader.scan(scanner, null, reader.sizeBytes, async (bytes) => {
        await writer.flush();
        onProgress?.(bytes);
      });
      copier.drop();
      nextSeq = scanner.soundNextSeq;
      const isReached = copier.isDone || copier.isBeyond(nextSeq);
      if (isReached || (scan.isWhole && nextSeq === (sealed?.lastSeq ?? nextSeq - 1) + 1)) {
        return null;
      }
      return `${path} at byte ${scanner.soundOffset}: ${scan.reason || 'entries are missing'}`;
    });
    if (problem !== null) return problem;
  }
  return null;
}
