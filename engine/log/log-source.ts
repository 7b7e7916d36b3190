// What a tool was pointed at: a data directory or a single file, brought into one shape: files in
// the order they are read, each with how much of it counts. Reads only.

import { basename, dirname, join } from 'node:path';
import type { FileSystem } from '../util/fs.js';
import { DataSet, type Tail } from './data-set.js';
import { listDirectory } from './directory-listing.js';
import { lockHolder } from './directory-lock.js';
import { type LogDamage, LogError } from './errors.js';
import type { FileHeader } from './file-header.js';
import { historyPath } from './file-names.js';
import { FrameFileReader, scannerFor } from './file-reader.js';
import { readHistory } from './history.js';
import { type Manifest, manifestFiles } from './manifest.js';
import { findFrames } from './resync.js';

export interface SourceFile {
  path: string;
  kind: 'log' | 'snapshot';
  /** The entry it must begin with; -1 when only the file itself says. */
  firstSeq: number;
  /** How much of it counts. */
  soundBytes: number;
}

export interface LogSource {
  path: string;
  isDirectory: boolean;
  manifest: Manifest | null;
  files: SourceFile[];
  totalBytes: number;
  torn: LogDamage | null;
  /** Corruption that was seen without reading sealed files through; `files` ends before it. */
  problem: LogError | null;
}

/**
 * @throws LogError LOCKED, UNUSABLE, UNSUPPORTED; CORRUPT only when not even the files are known
 */
export async function openSource(fs: FileSystem, path: string): Promise<LogSource> {
  const stat = await fs.stat(path);
  if (stat === null) throw new LogError('UNUSABLE', `${path} does not exist`);
  if (!stat.isDirectory) return openFile(fs, path);
  const holder = await lockHolder(fs, path);
  if (holder !== null) throw holder;
  const { manifest } = await listDirectory(fs, path);
  if (manifest === null) {
    throw new LogError('UNUSABLE', `${path} holds no Reddis data: there is no MANIFEST`);
  }
  return openGeneration(fs, path, manifest, (name) => join(path, name));
}

/** @returns a source of one generation, wherever its files are */
export async function openGeneration(
  fs: FileSystem,
  path: string,
  manifest: Manifest,
  pathOf: (name: string) => string,
): Promise<LogSource> {
  const dataSet = new DataSet(fs, manifest, pathOf);
  const totalBytes = await dataSet.totalBytes();
  let tail: Tail | null = null;
  let problem: LogError | null = null;
  try {
    tail = await dataSet.checkTail(await dataSet.checkSealedFiles());
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'CORRUPT') throw error;
    problem = error;
  }
  const files: SourceFile[] = [];
  const { snapshot } = manifest;
  if (snapshot !== null) {
    const { name, sizeBytes } = snapshot;
    files.push({ path: pathOf(name), kind: 'snapshot', firstSeq: 1, soundBytes: sizeBytes });
  }
  for (const { name, sealed } of dataSet.sealedSegments) {
    if (sealed === null) continue;
    const { firstSeq, sizeBytes } = sealed;
    files.push({ path: pathOf(name), kind: 'log', firstSeq, soundBytes: sizeBytes });
  }
  for (const { name, firstSeq, soundBytes } of tail?.segments ?? []) {
    files.push({ path: pathOf(name), kind: 'log', firstSeq, soundBytes });
  }
  const damaged = files.findIndex((file) => file.path === problem?.damage?.file);
  if (damaged >= 0) files.length = damaged;
  const torn = tail?.torn ?? null;
  return { path, isDirectory: true, manifest, files, totalBytes, torn, problem };
}

/**
 * @returns where each data file of a directory is: itself or its history, by name
 */
export async function historySource(
  fs: FileSystem,
  dir: string,
): Promise<{ manifests: Manifest[]; pathOf: (name: string) => string }> {
  const { manifests } = await readHistory(fs, dir);
  const history = historyPath(dir);
  const there = (await fs.stat(history)) === null ? [] : await fs.readdir(history);
  // A superseded file that is missing is missing there, too.
  const names = new Set([...there, ...manifests.flatMap(manifestFiles)]);
  const main = new Set(await fs.readdir(dir));
  const pathOf = (name: string) =>
    !main.has(name) && names.has(name) ? join(history, name) : join(dir, name);
  return { manifests, pathOf };
}

/** Opens a file and reads its header, which must be sound. */
export async function withHeader<T>(
  fs: FileSystem,
  path: string,
  use: (reader: FrameFileReader, header: FileHeader) => Promise<T>,
): Promise<T> {
  const reader = await FrameFileReader.open(fs, path);
  try {
    const header = await reader.readHeader();
    if (header === 'foreign') {
      const what = reader.sizeBytes === 0 ? 'is empty' : 'is not a Reddis log or snapshot';
      throw new LogError('UNUSABLE', `${path} ${what}`);
    }
    if (header === 'newer') {
      throw new LogError('UNSUPPORTED', `${path} was written by a newer version of Reddis`);
    }
    if (header === 'damaged') {
      throw new LogError('UNUSABLE', `${path} has a damaged or truncated file header`);
    }
    return await use(reader, header);
  } finally {
    await reader.close();
  }
}

async function openFile(fs: FileSystem, path: string): Promise<LogSource> {
  if (basename(path) === 'MANIFEST') return openSource(fs, dirname(path));
  return withHeader(fs, path, async (reader, header) => {
    const scanner = scannerFor(header, -1);
    const scan = await reader.scan(scanner, null);
    const source: LogSource = {
      path,
      isDirectory: false,
      manifest: null,
      files: [{ path, kind: header.kind, firstSeq: -1, soundBytes: scanner.soundOffset }],
      totalBytes: reader.sizeBytes,
      torn: null,
      problem: null,
    };
    const isUnfinished = scan.isWhole && header.kind === 'snapshot' && !scanner.isSealed;
    if (scan.isWhole && !isUnfinished) return source;
    const damage: LogDamage = {
      file: path,
      offset: scanner.soundOffset,
      seq: scanner.soundNextSeq,
      reason: isUnfinished ? 'the seal is missing' : scan.reason,
    };
    let durableSeq = scanner.durableSeq;
    for await (const found of findFrames(reader, header, scanner.soundOffset, 0)) {
      durableSeq = Math.max(durableSeq, found.durableSeq);
    }
    const isTorn = header.kind === 'log' && damage.seq > durableSeq && !scanner.isSealed;
    if (isTorn) return { ...source, torn: damage };
    const message = `${path} is damaged at byte ${damage.offset}: ${damage.reason}`;
    const remedy = 'reddis-check-aof --salvage --out NEWDIR FILE keeps every intact entry';
    return { ...source, problem: new LogError('CORRUPT', message, remedy, damage) };
  });
}
