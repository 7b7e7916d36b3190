// Superseded generations: their files, linked into `history/` beside a copy of their manifest
// named after the generation. A damaged snapshot is then no loss, and a point in time can be
// restored. The manifest goes first and files leave the directory last, so a move that was cut
// short is known and finished at the next start.

import { join } from 'node:path';
import { type FileSystem, replaceFile } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import { LogError } from './errors.js';
import {
  historyManifestName,
  historyPath,
  parseDataFileName,
  parseHistoryManifestName,
} from './file-names.js';
import { decodeManifest, encodeManifest, type Manifest, manifestFiles } from './manifest.js';

export interface History {
  /** Oldest generation first. */
  manifests: Manifest[];
  /** Manifests that could not be read; what they need is not known. */
  damaged: string[];
}

/** Moves the files of a superseded generation; `manifest` lists exactly those. */
export async function moveToHistory(
  fs: FileSystem,
  dir: string,
  manifest: Manifest,
): Promise<void> {
  const history = historyPath(dir);
  await makeDirectory(fs, history);
  const path = join(history, historyManifestName(manifest.generation));
  await replaceFile(fs, path, `${path}.tmp`, encodeManifest(manifest));
  await moveFiles(fs, dir, manifestFiles(manifest));
}

/**
 * Finishes moves that were cut short.
 * @param orphans data files in the directory that its manifest does not name
 * @returns those that no superseded generation names either
 */
export async function finishMoves(
  fs: FileSystem,
  dir: string,
  orphans: readonly string[],
): Promise<string[]> {
  const { manifests } = await readHistory(fs, dir);
  const superseded = new Set(manifests.flatMap(manifestFiles));
  const moving = orphans.filter((name) => superseded.has(name));
  if (moving.length > 0) await moveFiles(fs, dir, moving);
  return orphans.filter((name) => !superseded.has(name));
}

export async function readHistory(fs: FileSystem, dir: string): Promise<History> {
  const path = historyPath(dir);
  const history: History = { manifests: [], damaged: [] };
  if ((await fs.stat(path)) === null) return history;
  for (const name of await fs.readdir(path)) {
    if (parseHistoryManifestName(name) < 0) continue;
    const manifestPath = join(path, name);
    try {
      history.manifests.push(decodeManifest(await fs.readFile(manifestPath), manifestPath));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      history.damaged.push(name);
    }
  }
  history.manifests.sort((a, b) => a.generation - b.generation);
  return history;
}

/**
 * Removes the generations before `firstKept` and every data file that no kept one names.
 * Manifests go first: one that is there has its files. They go one after the other, oldest first:
 * wherever that is cut short, what is left has no hole.
 */
export async function expireHistory(fs: FileSystem, dir: string, firstKept: number): Promise<void> {
  const path = historyPath(dir);
  if ((await fs.stat(path)) === null) return;
  for (const name of await fs.readdir(path)) {
    if (name.endsWith('.tmp')) await fs.unlink(join(path, name));
  }
  const { manifests, damaged } = await readHistory(fs, dir);
  const expired = manifests.filter(({ generation }) => generation < firstKept);
  const needed = new Set(manifests.slice(expired.length).flatMap(manifestFiles));
  do {
    const manifest = expired.shift();
    if (manifest !== undefined) {
      await fs.unlink(join(path, historyManifestName(manifest.generation)));
    }
    await fs.syncDirectory(path);
  } while (expired.length > 0);
  if (damaged.length > 0) return;
  const names = await fs.readdir(path);
  const left = names.filter((name) => parseDataFileName(name) !== null && !needed.has(name));
  if (left.length === 0) return;
  for (const name of left) await fs.unlink(join(path, name));
  // On a full disk the start does not come so far as to remove them again.
  await fs.syncDirectory(path);
}

/** Moves data files from the directory to its history, all linked there before one is unlinked. */
export async function moveFiles(
  fs: FileSystem,
  dir: string,
  names: readonly string[],
): Promise<void> {
  const history = historyPath(dir);
  for (const name of names) {
    const target = join(history, name);
    if ((await fs.stat(target)) === null) await fs.link(join(dir, name), target);
  }
  await fs.syncDirectory(history);
  for (const name of names) await fs.unlink(join(dir, name));
}
