// Superseded generations: their files, linked into `history/` beside a copy of their manifest
// named after the generation. A damaged snapshot is then no loss, and a point in time can be
// restored. Files are linked, synced and only then removed from the directory itself.

import { join } from 'node:path';
import { type FileSystem, replaceFile } from '../util/fs.js';
import {
  historyManifestName,
  historyPath,
  parseDataFileName,
  parseHistoryManifestName,
} from './file-names.js';
import { decodeManifest, encodeManifest, type Manifest, manifestFiles } from './manifest.js';

/** Moves the files of a superseded generation; `manifest` lists exactly those. */
export async function moveToHistory(
  fs: FileSystem,
  dir: string,
  manifest: Manifest,
): Promise<void> {
  const history = historyPath(dir);
  await fs.mkdirs(history);
  for (const name of manifestFiles(manifest)) {
    const target = join(history, name);
    if ((await fs.stat(target)) === null) await fs.link(join(dir, name), target);
  }
  const path = join(history, historyManifestName(manifest.generation));
  await replaceFile(fs, path, `${path}.tmp`, encodeManifest(manifest));
  for (const name of manifestFiles(manifest)) await fs.unlink(join(dir, name));
}

/** @returns the manifests in `history/`, oldest generation first */
export async function readHistory(fs: FileSystem, dir: string): Promise<Manifest[]> {
  const history = historyPath(dir);
  if ((await fs.stat(history)) === null) return [];
  const manifests: Manifest[] = [];
  for (const name of await fs.readdir(history)) {
    if (parseHistoryManifestName(name) < 0) continue;
    const path = join(history, name);
    manifests.push(decodeManifest(await fs.readFile(path), path));
  }
  return manifests.sort((a, b) => a.generation - b.generation);
}

/**
 * Removes the generations before `firstKept` and every data file that no kept one names.
 * Manifests go first: one that is there always has its files.
 */
export async function expireHistory(fs: FileSystem, dir: string, firstKept: number): Promise<void> {
  const history = historyPath(dir);
  if ((await fs.stat(history)) === null) return;
  const names = await fs.readdir(history);
  const needed = new Set<string>();
  for (const name of names) {
    const generation = parseHistoryManifestName(name);
    if (generation < 0) continue;
    const path = join(history, name);
    if (generation < firstKept) await fs.unlink(path);
    else
      for (const file of manifestFiles(decodeManifest(await fs.readFile(path), path))) {
        needed.add(file);
      }
  }
  await fs.syncDirectory(history);
  for (const name of names) {
    if (parseDataFileName(name) !== null && !needed.has(name)) await fs.unlink(join(history, name));
  }
  await fs.syncDirectory(history);
}
