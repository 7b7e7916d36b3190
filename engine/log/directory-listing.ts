// What is in a data directory: the manifest, files it names, leftovers of interrupted switches,
// orphans, and other people's files, which are never touched. Reads only.

import { join } from 'node:path';
import type { FileSystem } from '../util/fs.js';
import { LogError } from './errors.js';
import { isTemporaryName, MANIFEST_NAME, parseDataFileName } from './file-names.js';
import { FILE_HEADER_BYTES } from './format.js';
import { decodeManifest, type Manifest, manifestFiles } from './manifest.js';

export interface DirectoryListing {
  /** null: nothing was ever written here but, at most, empty segments. */
  manifest: Manifest | null;
  /** Unfinished files of a switch that never happened. */
  temporaries: string[];
  /** Data files that the manifest does not name; they hold nothing that was acknowledged. */
  orphans: string[];
}

/**
 * @throws LogError UNUSABLE when it is no directory, or has data but no manifest; CORRUPT when the
 *   manifest is damaged
 */
export async function listDirectory(fs: FileSystem, dir: string): Promise<DirectoryListing> {
  const stat = await fs.stat(dir);
  if (stat === null) throw new LogError('UNUSABLE', `${dir} does not exist`);
  if (!stat.isDirectory) throw new LogError('UNUSABLE', `${dir} is not a directory`);
  const names = await fs.readdir(dir);
  const dataFiles = names.filter((name) => parseDataFileName(name) !== null);
  const temporaries = names.filter(isTemporaryName);
  if (!names.includes(MANIFEST_NAME)) {
    if (!(await areEmpty(fs, dir, dataFiles))) throw missingManifest(dir, dataFiles);
    return { manifest: null, temporaries, orphans: dataFiles };
  }
  const path = join(dir, MANIFEST_NAME);
  const manifest = decodeManifest(await fs.readFile(path), path);
  const known = new Set(manifestFiles(manifest));
  return { manifest, temporaries, orphans: dataFiles.filter((name) => !known.has(name)) };
}

/** Whether no file has more than a header: what a first start leaves that was cut short. */
async function areEmpty(fs: FileSystem, dir: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const stat = await fs.stat(join(dir, name));
    if (stat !== null && stat.sizeBytes > FILE_HEADER_BYTES) return false;
  }
  return true;
}

function missingManifest(dir: string, dataFiles: string[]): LogError {
  return new LogError(
    'UNUSABLE',
    `${dir} has ${dataFiles.length} data file(s), such as ${dataFiles[0]}, but no ${MANIFEST_NAME}`,
    'put the MANIFEST back, or let reddis-check-aof --rebuild-manifest DIR write a new one',
  );
}
