// `quarantine/`: bytes that were cut off or belong to nothing, kept for a human. Nothing is ever
// read from here. The oldest are removed when there are too many.

import { join } from 'node:path';
import { type FileSystem, readFully, syncFile, writeFully } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import { quarantinePath } from './file-names.js';

const KEPT_FILES_MAX = 64;
const KEPT_BYTES_MAX = 256 * 1024 * 1024;
const COPY_BYTES = 1024 * 1024;

/** Copies `bytes` from `offset` on of a file under the given name; same name: already there. */
export async function quarantineCopy(
  fs: FileSystem,
  dir: string,
  path: string,
  offset: number,
  name: string,
): Promise<string> {
  const target = await freePath(fs, dir, name);
  const source = await fs.open(path, 'read');
  try {
    const copy = await fs.open(target, 'create');
    let isWhole = false;
    try {
      await copyRange(fs, source, offset, fs.fstatSync(source).sizeBytes, copy, 0);
      await syncFile(fs, copy);
      isWhole = true;
    } finally {
      await fs.close(copy);
      if (!isWhole) await fs.unlink(target);
    }
  } finally {
    await fs.close(source);
  }
  // What is cut off is removed next; a power cut must not take the copy with it.
  await fs.syncDirectory(quarantinePath(dir));
  return target;
}

/** Moves a whole file. */
export async function quarantineFile(
  fs: FileSystem,
  dir: string,
  path: string,
  name: string,
): Promise<string> {
  const target = await freePath(fs, dir, name);
  await fs.rename(path, target);
  await fs.syncDirectory(quarantinePath(dir));
  return target;
}

/** Copies `from[start .. end)` to `to` at `position`. */
export async function copyRange(
  fs: FileSystem,
  from: number,
  start: number,
  end: number,
  to: number,
  position: number,
): Promise<void> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(1, Math.min(COPY_BYTES, end - start)));
  for (let at = start; at < end; ) {
    const read = await readFully(fs, from, bytes, 0, Math.min(bytes.length, end - at), at);
    if (read === 0) throw new Error('a file became shorter while it was copied');
    await writeFully(fs, to, bytes, 0, read, position + at - start);
    at += read;
  }
}

/** Removes the oldest files until few and small enough; names begin with a number that grows. */
export async function trimQuarantine(fs: FileSystem, dir: string): Promise<void> {
  const quarantine = quarantinePath(dir);
  if ((await fs.stat(quarantine)) === null) return;
  const names = await fs.readdir(quarantine);
  let count = 0;
  let total = 0;
  for (const name of names.reverse()) {
    const path = join(quarantine, name);
    const stat = await fs.stat(path);
    if (stat === null || stat.isDirectory) continue;
    count++;
    total += stat.sizeBytes;
    if (count > 1 && (count > KEPT_FILES_MAX || total > KEPT_BYTES_MAX)) await fs.unlink(path);
  }
}

async function freePath(fs: FileSystem, dir: string, name: string): Promise<string> {
  const quarantine = quarantinePath(dir);
  await makeDirectory(fs, quarantine);
  const names = await fs.readdir(quarantine);
  let number = 1;
  for (const existing of names) {
    const used = Number.parseInt(existing, 10);
    if (used >= number) number = used + 1;
  }
  return join(quarantine, `${String(number).padStart(6, '0')}-${name}`);
}
