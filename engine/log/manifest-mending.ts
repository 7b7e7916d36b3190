// The manifest on disk compared with the one in memory, which is right: every change of it goes
// through memory. Invariant: a manifest that is sound and newer, or of another data set, is left
// alone; then it is not ours that is wrong.

import { LogError } from './errors.js';
import { MANIFEST_NAME } from './file-names.js';
import type { LogDirectory } from './log-directory.js';
import { decodeManifest, encodeManifest } from './manifest.js';
import { quarantineCopy, trimQuarantine } from './quarantine.js';

/**
 * Writes a damaged or missing manifest anew; what was there is copied to quarantine. Call it
 * exclusively.
 * @returns what was wrong and what was done, or null when nothing was
 * @throws file errors
 */
export async function mendManifest(directory: LogDirectory): Promise<string | null> {
  const { fs, dir, manifest } = directory;
  const path = directory.path(MANIFEST_NAME);
  const bytes = (await fs.stat(path)) === null ? null : await fs.readFile(path);
  if (bytes?.equals(encodeManifest(manifest))) return null;
  let problem = `${path} is missing`;
  if (bytes !== null) {
    try {
      const found = decodeManifest(bytes, path);
      if (found.datasetId !== manifest.datasetId) {
        return `${path} is of another data set; it is left as it is`;
      }
      // A switch that failed at its very end leaves a newer one, which counts as well.
      if (found.revision >= manifest.revision) return null;
      problem = `${path} is an old one`;
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      problem = error.message;
    }
    await quarantineCopy(fs, dir, path, 0, MANIFEST_NAME);
    await trimQuarantine(fs, dir);
  }
  await directory.replaceManifest(() => undefined);
  return `${problem}; it was written anew`;
}
