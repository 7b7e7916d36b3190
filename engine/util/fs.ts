// Files, as a parameter: the only door to the disk inside the engine, so a test can swap in a file
// system that forgets un-synced bytes, fills up, fails the N-th call or writes short. Raw
// descriptors carry the hot path (fs-extra's retries have no place there); fs-extra does
// directories and names. Invariant: nothing here retries, hides or reorders an operation.

import nodeFs from 'node:fs';
import { dirname } from 'node:path';
import fse from 'fs-extra';

/** `read` an existing file; `create` a new one, for reading and writing, EEXIST if there is one. */
export type OpenMode = 'read' | 'create' | 'update';

export interface FileStat {
  sizeBytes: number;
  device: number;
  inode: number;
  linkCount: number;
  isDirectory: boolean;
}

export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
}

/** What every failed operation throws or passes on: an Error with a `code` such as ENOSPC. */
export type FileError = NodeJS.ErrnoException;

/** Called once when an operation has ended, on a later turn; `error` is null when it worked. */
export type Done = (error: FileError | null) => void;
/** Same, with the number of bytes moved, which may be fewer than asked for. */
export type DoneBytes = (error: FileError | null, count: number) => void;

export interface FileSystem {
  openSync(path: string, mode: OpenMode): number;
  closeSync(fd: number): void;
  /** @returns bytes read, 0 at the end of the file */
  readSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number;
  /** @returns bytes written, possibly fewer than `length` */
  writeSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number;
  fdatasyncSync(fd: number): void;
  fstatSync(fd: number): FileStat;
  /** @returns null when nothing has that name */
  statSync(path: string): FileStat | null;

  read(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void;
  write(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void;
  fdatasync(fd: number, done: Done): void;
  fsync(fd: number, done: Done): void;

  open(path: string, mode: OpenMode): Promise<number>;
  close(fd: number): Promise<void>;
  ftruncate(fd: number, sizeBytes: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the directory and its parents; no error when it is there. */
  mkdirs(path: string): Promise<void>;
  /** @returns the names in a directory, sorted */
  readdir(path: string): Promise<string[]>;
  /** @returns null when nothing has that name */
  stat(path: string): Promise<FileStat | null>;
  /** @returns how large the file system of `path` is, and what an unprivileged writer can take */
  diskSpace(path: string): Promise<DiskSpace>;
  /** Makes names created, renamed or removed in a directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Reads a small file whole. */
  readFile(path: string): Promise<Buffer>;
}

const FLAGS: Record<OpenMode, string> = { read: 'r', create: 'wx+', update: 'r+' };

/** Windows cannot open or sync a directory and needs no such thing for a rename. */
const DIRECTORY_SYNC_UNSUPPORTED = new Set(['EPERM', 'EISDIR', 'EACCES', 'EINVAL']);

function fileStat(stat: nodeFs.Stats): FileStat {
  return {
    sizeBytes: stat.size,
    device: stat.dev,
    inode: stat.ino,
    linkCount: stat.nlink,
    isDirectory: stat.isDirectory(),
  };
}

/** @returns the errno name of a failure (`ENOSPC`), or '' when it has none */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

async function syncDirectory(path: string): Promise<void> {
  let fd: number;
  try {
    fd = await fse.open(path, 'r');
  } catch (error) {
    if (nodeFs.constants.O_DIRECTORY === undefined && isDirectorySyncUnsupported(error)) return;
    throw error;
  }
  try {
    await fse.fsync(fd);
  } catch (error) {
    if (nodeFs.constants.O_DIRECTORY !== undefined || !isDirectorySyncUnsupported(error)) {
      throw error;
    }
  } finally {
    await fse.close(fd);
  }
}

function isDirectorySyncUnsupported(error: unknown): boolean {
  return DIRECTORY_SYNC_UNSUPPORTED.has(errorCode(error));
}

/** The real one. */
export const nodeFileSystem: FileSystem = {
  openSync: (path, mode) => nodeFs.openSync(path, FLAGS[mode]),
  closeSync: (fd) => nodeFs.closeSync(fd),
  readSync: (fd, bytes, at, length, position) => nodeFs.readSync(fd, bytes, at, length, position),
  writeSync: (fd, bytes, at, length, position) => nodeFs.writeSync(fd, bytes, at, length, position),
  fdatasyncSync: (fd) => nodeFs.fdatasyncSync(fd),
  fstatSync: (fd) => fileStat(nodeFs.fstatSync(fd)),
  statSync: (path) => {
    const stat = nodeFs.statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : fileStat(stat);
  },

  read: (fd, bytes, at, length, position, done) =>
    nodeFs.read(fd, bytes, at, length, position, done),
  write: (fd, bytes, at, length, position, done) =>
    nodeFs.write(fd, bytes, at, length, position, done),
  fdatasync: (fd, done) => nodeFs.fdatasync(fd, done),
  fsync: (fd, done) => nodeFs.fsync(fd, done),

  open: (path, mode) => fse.open(path, FLAGS[mode]),
  close: (fd) => fse.close(fd),
  ftruncate: (fd, sizeBytes) => fse.ftruncate(fd, sizeBytes),
  rename: (from, to) => fse.rename(from, to),
  link: (existing, name) => fse.link(existing, name),
  unlink: (path) => fse.unlink(path),
  mkdirs: (path) => fse.ensureDir(path).then(() => undefined),
  readdir: async (path) => (await fse.readdir(path)).sort(),
  stat: async (path) => {
    try {
      return fileStat(await fse.stat(path));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  },
  diskSpace: async (path) => {
    const { bavail, blocks, bsize } = await nodeFs.promises.statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  syncDirectory,
  readFile: (path) => fse.readFile(path),
};

/** The most one read or write moves; the kernel and Node both stop at 2 GiB - 1. */
const TRANSFER_MAX_BYTES = 2 ** 30;

/** Writes all of `bytes[at .. at + length)` at `position`, going on after short writes. */
export async function writeFully(
  fs: FileSystem,
  fd: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < length) {
    const room = Math.min(length - written, TRANSFER_MAX_BYTES);
    const from = at + written;
    const to = position + written;
    written += await new Promise<number>((resolve, reject) => {
      fs.write(fd, bytes, from, room, to, (error, count) => {
        if (error) reject(error);
        else if (count === 0) reject(new Error('the file system wrote nothing and gave no error'));
        else resolve(count);
      });
    });
  }
}

/** Reads until `length` bytes are there or the file ends. @returns bytes read */
export async function readFully(
  fs: FileSystem,
  fd: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  let total = 0;
  while (total < length) {
    const room = Math.min(length - total, TRANSFER_MAX_BYTES);
    const from = at + total;
    const start = position + total;
    const count = await new Promise<number>((resolve, reject) => {
      fs.read(fd, bytes, from, room, start, (error, read) => {
        if (error) reject(error);
        else resolve(read);
      });
    });
    if (count === 0) break;
    total += count;
  }
  return total;
}

/** fdatasync as a promise: the bytes and the size of the file survive a power cut. */
export function syncData(fs: FileSystem, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/** fsync as a promise. */
export function syncFile(fs: FileSystem, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Puts a small file in place so that a crash at any point leaves the old or the new content:
 * written beside, synced, renamed, directory synced.
 */
export async function replaceFile(
  fs: FileSystem,
  path: string,
  temporaryPath: string,
  bytes: Uint8Array,
): Promise<void> {
  if ((await fs.stat(temporaryPath)) !== null) await fs.unlink(temporaryPath);
  const fd = await fs.open(temporaryPath, 'create');
  try {
    await writeFully(fs, fd, bytes, 0, bytes.length, 0);
    await syncFile(fs, fd);
  } finally {
    await fs.close(fd);
  }
  await fs.rename(temporaryPath, path);
  await fs.syncDirectory(dirname(path));
}
