// Writes a manifest for a directory that lost its own, from what the files themselves say: the
// newest whole snapshot, and the segments after it in order of their entries. It names nothing it
// has not read through, and refuses when entries between two files are missing.

import { join } from 'node:path';
import { type FileSystem, replaceFile } from '../util/fs.js';
import { lockHolder } from './directory-lock.js';
import { LogError } from './errors.js';
import type { FileHeader } from './file-header.js';
import { MANIFEST_NAME, MANIFEST_TEMPORARY_NAME, parseDataFileName } from './file-names.js';
import { scannerFor } from './file-reader.js';
import type { FrameScanner } from './frame-scanner.js';
import { withHeader } from './log-source.js';
import {
  emptyManifest,
  encodeManifest,
  type Manifest,
  manifestFiles,
  segmentLine,
} from './manifest.js';

interface ReadFile {
  name: string;
  header: FileHeader;
  scanner: FrameScanner;
  sizeBytes: number;
  isWhole: boolean;
}

export interface RebuildReport {
  /** Files the new manifest names. */
  files: string[];
  /** Data files it leaves out: older than the snapshot, unfinished, or of another data set. */
  leftOut: string[];
  lastSeq: number;
}

/**
 * @throws LogError LOCKED, UNUSABLE when there is nothing to name or a manifest that is sound, or
 *   CORRUPT when the files do not follow one another
 */
export async function rebuildManifest(
  fs: FileSystem,
  dir: string,
  onProgress?: (bytes: number) => void,
): Promise<RebuildReport> {
  const holder = await lockHolder(fs, dir);
  if (holder !== null) throw holder;
  const names = (await fs.readdir(dir)).filter((name) => parseDataFileName(name) !== null);
  const files: ReadFile[] = [];
  for (const name of names) files.push(await readThrough(fs, join(dir, name), name, onProgress));
  const manifest = arrange(dir, files);
  const path = join(dir, MANIFEST_NAME);
  const old = await fs.stat(path);
  if (old !== null) await fs.rename(path, join(dir, `${MANIFEST_NAME}.damaged-${old.inode}`));
  const temporary = join(dir, MANIFEST_TEMPORARY_NAME);
  await replaceFile(fs, path, temporary, encodeManifest(manifest));
  const named = manifestFiles(manifest);
  const last = files.find(({ name }) => name === named.at(-1));
  const lastSeq = last?.header.kind === 'log' ? last.scanner.soundNextSeq - 1 : 0;
  return {
    files: named,
    leftOut: names.filter((name) => !named.includes(name)),
    lastSeq: Math.max(lastSeq, manifest.snapshot?.seq ?? 0),
  };
}

function readThrough(
  fs: FileSystem,
  path: string,
  name: string,
  onProgress?: (bytes: number) => void,
): Promise<ReadFile> {
  return withHeader(fs, path, async (reader, header) => {
    const scanner = scannerFor(header, -1);
    const scan = await reader.scan(scanner, null, reader.sizeBytes, onProgress ?? null);
    return { name, header, scanner, sizeBytes: reader.sizeBytes, isWhole: scan.isWhole };
  });
}

function arrange(dir: string, files: ReadFile[]): Manifest {
  const snapshots = files.filter(
    ({ header, scanner, isWhole }) => header.kind === 'snapshot' && isWhole && scanner.isSealed,
  );
  const newest = snapshots.sort((a, b) => b.header.baseSeq - a.header.baseSeq)[0];
  const some = newest ?? files.find(({ header }) => header.kind === 'log');
  if (some === undefined) {
    throw new LogError('UNUSABLE', `${dir} has no log and no whole snapshot to name`);
  }
  const { datasetId } = some.header;
  const manifest = emptyManifest(datasetId);
  manifest.revision = 1;
  for (const { header } of files) {
    manifest.nextNumber = Math.max(manifest.nextNumber, header.number + 1);
  }
  if (newest !== undefined) {
    const { name, header, sizeBytes } = newest;
    manifest.snapshot = { name, seq: header.baseSeq, sizeBytes, salt: header.salt };
    manifest.baseSizeBytes = sizeBytes;
  }
  const segments = files.filter(
    ({ header, scanner }) =>
      header.kind === 'log' && header.datasetId === datasetId && scanner.firstSeq >= 0,
  );
  segments.sort((a, b) => a.scanner.firstSeq - b.scanner.firstSeq);
  addSegments(dir, manifest, segments);
  return manifest;
}

function addSegments(dir: string, manifest: Manifest, segments: ReadFile[]): void {
  let nextSeq = (manifest.snapshot?.seq ?? 0) + 1;
  for (const { name, header, scanner, sizeBytes, isWhole } of segments) {
    const { firstSeq, soundNextSeq } = scanner;
    if (soundNextSeq <= nextSeq && firstSeq < nextSeq) continue;
    if (firstSeq !== nextSeq) {
      const reason = `${join(dir, name)} begins with entry ${firstSeq}, not with ${nextSeq}`;
      throw new LogError('CORRUPT', reason, 'find the file with the entries between them');
    }
    const isSealed = scanner.isSealed && isWhole;
    const sealed = isSealed ? { firstSeq, lastSeq: soundNextSeq - 1, sizeBytes } : null;
    manifest.segments.push(segmentLine(name, header, sealed));
    nextSeq = soundNextSeq;
  }
}
