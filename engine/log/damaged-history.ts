// What becomes of a generation in which a file is damaged: history keeps what still leads to a
// sound state, everything else goes to quarantine. A generation that lost its snapshot is reached
// from the one before it; one that lost a segment ends before that. Invariant: a manifest in
// history names no file that is known to be damaged.

import { join } from 'node:path';
import { type FileSystem, replaceFile } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import { historyManifestName, historyPath, parseDataFileName } from './file-names.js';
import { expireHistory, moveFiles, readHistory } from './history.js';
import { historySource } from './log-source.js';
import { encodeManifest, type Manifest, manifestFiles } from './manifest.js';
import { quarantineFile, trimQuarantine } from './quarantine.js';

/** What is left of a generation in history. */
export interface HistoryLoss {
  generation: number;
  /** The last entry that can still be restored from it; null when it is gone altogether. */
  lastSeq: number | null;
}

/**
 * @param older the generation before it, if history has it
 * @returns what of a superseded generation can be relied on, or null for nothing
 */
export function soundPart(
  manifest: Manifest,
  damaged: ReadonlySet<string>,
  older: Manifest | null,
): Manifest | null {
  let { snapshot, segments } = manifest;
  if (snapshot !== null && damaged.has(snapshot.name)) {
    if (older === null || !leadsTo(older, snapshot.seq)) return null;
    const own = segments;
    segments = [
      ...older.segments.filter(({ name }) => own.every((one) => one.name !== name)),
      ...own,
    ];
    snapshot = older.snapshot;
  }
  const firstDamaged = segments.findIndex(({ name }) => damaged.has(name));
  if (firstDamaged >= 0) segments = segments.slice(0, firstDamaged);
  if (snapshot === null && segments.length === 0) return null;
  return { ...manifest, snapshot, segments };
}

/**
 * Puts a generation away that was just superseded and has damaged files.
 * @param damaged names of files that are damaged or missing
 * @param keepsHistory whether superseded generations are kept at all
 */
export async function retireDamaged(
  fs: FileSystem,
  dir: string,
  superseded: Manifest,
  damaged: ReadonlySet<string>,
  keepsHistory: boolean,
): Promise<void> {
  const { manifests } = await readHistory(fs, dir);
  const older = manifests.findLast(({ generation }) => generation < superseded.generation) ?? null;
  const kept = keepsHistory ? soundPart(superseded, damaged, older) : null;
  const own = manifestFiles(superseded);
  const moving = new Set<string>();
  if (kept !== null) {
    const history = historyPath(dir);
    await makeDirectory(fs, history);
    await replaceHistoryManifest(fs, dir, kept);
    if (older !== null) await dropIfMerged(fs, dir, superseded, kept, older);
    for (const name of manifestFiles(kept)) if (own.includes(name)) moving.add(name);
    await moveFiles(fs, dir, [...moving]);
  }
  const left = own.filter((name) => !moving.has(name));
  await putAside(fs, dir, left, (name) => join(dir, name));
}

/**
 * Takes damaged files out of history.
 * @param current the manifest in use
 * @param damaged names of files that are damaged or missing
 * @returns what can no longer be restored
 */
export async function cutHistory(
  fs: FileSystem,
  dir: string,
  current: Manifest,
  damaged: ReadonlySet<string>,
): Promise<HistoryLoss[]> {
  const { manifests, pathOf } = await historySource(fs, dir);
  const losses: HistoryLoss[] = [];
  const before = new Set(manifests.flatMap(manifestFiles));
  const after = new Set<string>();
  let older: Manifest | null = null;
  for (const manifest of manifests) {
    const { generation } = manifest;
    const isDamaged = manifestFiles(manifest).some((name) => damaged.has(name));
    const kept: Manifest | null = isDamaged ? soundPart(manifest, damaged, older) : manifest;
    if (kept === null) {
      await fs.unlink(join(historyPath(dir), historyManifestName(generation)));
      losses.push({ generation, lastSeq: null });
      continue;
    }
    if (isDamaged) {
      await replaceHistoryManifest(fs, dir, kept);
      if (older !== null) await dropIfMerged(fs, dir, manifest, kept, older);
      losses.push({ generation, lastSeq: lastSeqOf(kept) });
    }
    for (const name of manifestFiles(kept)) after.add(name);
    older = kept;
  }
  if (losses.length > 0) await fs.syncDirectory(historyPath(dir));
  // What is in use stays where it is, whatever history says.
  for (const name of manifestFiles(current)) after.add(name);
  const left = [...before].filter((name) => !after.has(name));
  await putAside(fs, dir, left, pathOf);
  // Data files that nothing names any more.
  await expireHistory(fs, dir, 0);
  return losses;
}

/**
 * Puts aside manifests of history that cannot be read, and data files that no manifest names: the
 * generations they belong to are gone.
 * @returns what was wrong, a line each
 */
export async function putStraysAside(fs: FileSystem, dir: string): Promise<string[]> {
  const history = historyPath(dir);
  const { manifests, damaged } = await readHistory(fs, dir);
  const pathOf = (name: string) => join(history, name);
  await putAside(fs, dir, damaged, pathOf);
  const named = new Set(manifests.flatMap(manifestFiles));
  const there = (await fs.stat(history)) === null ? [] : await fs.readdir(history);
  const strays = there.filter((name) => parseDataFileName(name) !== null && !named.has(name));
  await putAside(fs, dir, strays, pathOf);
  if (damaged.length + strays.length > 0) await fs.syncDirectory(history);
  const problems = damaged.map((name) => `${pathOf(name)} is damaged`);
  if (strays.length > 0 && damaged.length === 0) {
    problems.push(`no manifest in ${history} names ${strays.join(', ')}`);
  }
  return problems;
}

/** Whether the state after entry `seq` comes out of this generation. */
function leadsTo(manifest: Manifest, seq: number): boolean {
  const last = manifest.segments.at(-1);
  // How far an open segment goes is not known here; whoever reads it checks that.
  if (last !== undefined) return last.sealed === null || last.sealed.lastSeq === seq;
  return manifest.snapshot?.seq === seq;
}

function lastSeqOf({ snapshot, segments }: Manifest): number {
  return segments.at(-1)?.sealed?.lastSeq ?? snapshot?.seq ?? 0;
}

function replaceHistoryManifest(fs: FileSystem, dir: string, manifest: Manifest): Promise<void> {
  const path = join(historyPath(dir), historyManifestName(manifest.generation));
  return replaceFile(fs, path, `${path}.tmp`, encodeManifest(manifest));
}

/** A generation that begins with the snapshot of the one before has all of that one. */
async function dropIfMerged(
  fs: FileSystem,
  dir: string,
  was: Manifest,
  kept: Manifest,
  older: Manifest,
): Promise<void> {
  if (kept.snapshot?.name === was.snapshot?.name) return;
  await fs.unlink(join(historyPath(dir), historyManifestName(older.generation)));
}

async function putAside(
  fs: FileSystem,
  dir: string,
  names: readonly string[],
  pathOf: (name: string) => string,
): Promise<void> {
  for (const name of names) {
    const path = pathOf(name);
    if ((await fs.stat(path)) !== null) await quarantineFile(fs, dir, path, name);
  }
  await trimQuarantine(fs, dir);
}
