// All generations of a directory, current and superseded, as one line of snapshots and segments:
// from any sound snapshot on, the segments of its generation and of every later one bring the
// state up to now. That is what restoring to a point in time, or past a damaged snapshot, uses.

import type { FileSystem } from '../util/fs.js';
import { listDirectory } from './directory-listing.js';
import { lockHolder } from './directory-lock.js';
import { LogError } from './errors.js';
import type { FileHeader } from './file-header.js';
import { parseDataFileName } from './file-names.js';
import { scannerFor } from './file-reader.js';
import { historySource, withHeader } from './log-source.js';
import type { Manifest, ManifestSegment, ManifestSnapshot } from './manifest.js';

export interface Generation {
  manifest: Manifest;
  snapshot: (ManifestSnapshot & { path: string; datasetId: string }) | null;
  /** Segments from this generation's snapshot on, of later generations, too. */
  segments: (ManifestSegment & { path: string })[];
}

/**
 * @returns the generations, newest first
 * @throws LogError LOCKED, UNUSABLE, CORRUPT (a damaged manifest), UNSUPPORTED
 */
export async function readGenerations(fs: FileSystem, dir: string): Promise<Generation[]> {
  const holder = await lockHolder(fs, dir);
  if (holder !== null) throw holder;
  const { manifest } = await listDirectory(fs, dir);
  if (manifest === null) {
    throw new LogError('UNUSABLE', `${dir} holds no Reddis data: there is no MANIFEST`);
  }
  const { manifests, pathOf } = await historySource(fs, dir);
  const all = [...manifests.filter((old) => old.generation < manifest.generation), manifest];
  const generations: Generation[] = [];
  let later: Generation['segments'] = [];
  for (const one of all.reverse()) {
    const own = one.segments.map((segment) => ({ ...segment, path: pathOf(segment.name) }));
    later = [...own, ...later];
    const { snapshot, datasetId } = one;
    generations.push({
      manifest: one,
      snapshot: snapshot === null ? null : { ...snapshot, datasetId, path: pathOf(snapshot.name) },
      segments: later,
    });
  }
  return generations;
}

/** @returns whether a snapshot is there and sound from beginning to end */
export async function isSnapshotSound(
  fs: FileSystem,
  snapshot: NonNullable<Generation['snapshot']>,
): Promise<boolean> {
  if ((await fs.stat(snapshot.path)) === null) return false;
  try {
    return await withHeader(fs, snapshot.path, async (reader, header) => {
      if (reader.sizeBytes !== snapshot.sizeBytes || !isSameFile(header, snapshot)) return false;
      const scanner = scannerFor(header, 1);
      const { isWhole } = await reader.scan(scanner, null);
      return isWhole && scanner.isSealed;
    });
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

function isSameFile(header: FileHeader, snapshot: NonNullable<Generation['snapshot']>): boolean {
  const { kind, number, datasetId, salt } = header;
  const named = parseDataFileName(snapshot.name);
  const isNamed = kind === 'snapshot' && number === named?.number;
  return isNamed && datasetId === snapshot.datasetId && salt === snapshot.salt;
}
