// Makes directories that survive a power cut: a name is on the disk only once the directory above
// it was synced, for directories as for files.

import { dirname } from 'node:path';
import type { FileSystem } from './fs.js';

/** Makes a directory and its parents, and syncs those that got a new name; none if it is there. */
export async function makeDirectory(fs: FileSystem, path: string): Promise<void> {
  const changed: string[] = [];
  for (let at = path; (await fs.stat(at)) === null && dirname(at) !== at; at = dirname(at)) {
    changed.push(dirname(at));
  }
  await fs.mkdirs(path);
  for (const parent of changed) await fs.syncDirectory(parent);
}
