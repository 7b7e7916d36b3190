// A file system in memory that misbehaves on demand. It keeps for every file what was written and
// what was synced, and for names what a directory sync made permanent, so that `afterCrash` and
// `afterPowerCut` can throw away what a power cut may throw away. Faults are chosen by hooks that
// see each operation. Invariant: nothing here is random but by the generator that it is given.

import { dirname } from 'node:path';
import type {
  DiskSpace,
  Done,
  DoneBytes,
  FileError,
  FileStat,
  FileSystem,
  OpenMode,
} from '../../engine/util/fs.js';
import { type Random, randomBelow } from '../../engine/util/random.js';
import { MemoryFile, SECTOR_BYTES } from './memory-file.js';

/** One change of a directory that its next sync makes permanent: names and what they stand for. */
interface NameChange {
  readonly directory: string;
  readonly names: readonly (readonly [path: string, file: MemoryFile | null])[];
}

type SyncName = 'fdatasync' | 'fsync' | 'syncDirectory';

export interface Operation {
  /** Counts every operation from 1. */
  index: number;
  name:
    | 'open'
    | 'close'
    | 'read'
    | 'write'
    | 'fdatasync'
    | 'fsync'
    | 'ftruncate'
    | 'rename'
    | 'link'
    | 'unlink'
    | 'mkdirs'
    | 'readdir'
    | 'stat'
    | 'statfs'
    | 'syncDirectory'
    | 'readFile';
  path: string;
}

/** Thrown by `crashAt`: the process is gone; the test goes on with `afterCrash`. */
export class Crash extends Error {}

export function fileError(code: string): FileError {
  return Object.assign(new Error(`${code}: injected`), { code });
}

export class MemoryFileSystem implements FileSystem {
  private names = new Map<string, MemoryFile>();
  private directories = new Set<string>(['/']);
  /** Those whose name the directory above them has on the disk. */
  private permanentDirectories = new Set<string>(['/']);
  /** Names as the last sync of their directory left them. */
  private permanent = new Map<string, MemoryFile>();
  /** What happened to names since their directories were synced, oldest first. */
  private changes: NameChange[] = [];
  private descriptors = new Map<number, { file: MemoryFile; path: string }>();
  private nextFd = 3;
  private nextInode = 1;
  private count = 0;
  /** Bytes all files may have together. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** The most bytes one write takes. */
  writeMaxBytes = Number.POSITIVE_INFINITY;
  /** Which syncs are left out although they say they were done: a disk or a program that lies. */
  skipsSync: (name: SyncName, path: string) => boolean = () => false;
  /** Whether a sync that `onOperation` fails leaves its pages clean, and nowhere. */
  failedSyncDrops = false;
  /** Called before each operation; what it throws is the operation's error. */
  onOperation: (operation: Operation) => void = () => undefined;
  /** Runs what an asynchronous operation does and tells, later; a stalled disk waits. */
  defer: (operation: Operation['name'], path: string, run: () => void) => void = (
    _name,
    _path,
    run,
  ) => setImmediate(run);
  /** The same for operations that give a promise. */
  deferPromised: (operation: Operation['name'], path: string, run: () => void) => void = (
    _name,
    _path,
    run,
  ) => run();

  get operationCount(): number {
    return this.count;
  }

  /** How many descriptors are open. */
  get openCount(): number {
    return this.descriptors.size;
  }

  /** @returns the same disk and the same un-synced changes once more; hooks are not copied */
  copy(): MemoryFileSystem {
    const next = new MemoryFileSystem();
    const copies = new Map<MemoryFile, MemoryFile>();
    const copyOf = (file: MemoryFile): MemoryFile => {
      const copied = copies.get(file) ?? file.copy();
      copies.set(file, copied);
      return copied;
    };
    for (const [path, file] of this.names) next.names.set(path, copyOf(file));
    for (const [path, file] of this.permanent) next.permanent.set(path, copyOf(file));
    next.changes = this.changes.map(({ directory, names }) => ({
      directory,
      names: names.map(([path, file]) => [path, file === null ? null : copyOf(file)] as const),
    }));
    next.directories = new Set(this.directories);
    next.permanentDirectories = new Set(this.permanentDirectories);
    next.nextInode = this.nextInode;
    return next;
  }

  /**
   * @param keeps which names the disk happened to have already as they are now, though their
   *   directory was not synced; a disk may write them in any order
   * @returns the disk as a power cut leaves it: only what was synced, under synced names
   */
  afterCrash(keeps: (path: string) => boolean = () => false): MemoryFileSystem {
    const next = new MemoryFileSystem();
    next.keepDirectories([...this.directories].filter((path) => this.isPermanent(path, keeps)));
    for (const [path, file] of this.permanent) {
      if (!keeps(path)) next.placeIn(path, file.synced, file.inode);
    }
    for (const [path, file] of this.names) {
      if (keeps(path)) next.placeIn(path, file.synced, file.inode);
    }
    next.nextInode = this.nextInode;
    return next;
  }

  /**
   * @param sectorBytes how much the disk writes whole: 512 or 4096
   * @returns the disk as a power cut may leave it: any un-synced sectors and any un-synced changes
   *   of names may have reached it, whatever their order
   */
  afterPowerCut(random: Random, sectorBytes = SECTOR_BYTES): MemoryFileSystem {
    const next = new MemoryFileSystem();
    const isEarly = (): boolean => randomBelow(random, 2) === 1;
    next.keepDirectories([...this.directories].filter((path) => this.isPermanent(path, isEarly)));
    const names = new Map(this.permanent);
    for (const change of this.changes) {
      if (randomBelow(random, 2) === 0) continue;
      applyChange(names, change);
    }
    // A file with two names is one file: it is cut once.
    const files = new Map<MemoryFile, MemoryFile>();
    for (const [path, file] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!next.directories.has(dirname(path))) continue;
      const left = files.get(file) ?? file.afterPowerCut(random, sectorBytes);
      files.set(file, left);
      next.placeFile(path, left);
    }
    next.nextInode = this.nextInode;
    return next;
  }

  /** @returns the disk as kill -9 leaves it: everything the kernel was given */
  afterKill(): MemoryFileSystem {
    const next = new MemoryFileSystem();
    next.keepDirectories([...this.directories]);
    for (const [path, file] of this.names) {
      next.placeFile(path, file.afterKill());
    }
    next.nextInode = this.nextInode;
    return next;
  }

  /** @returns a copy of a file's bytes */
  bytesOf(path: string): Buffer {
    return Buffer.from(this.file(path).contents);
  }

  /** Puts a file in place, synced, whatever was there. */
  put(path: string, bytes: Uint8Array): void {
    this.place(path, bytes, this.nextInode++);
  }

  /** Takes a file away, as a user does, synced. */
  remove(path: string): void {
    this.names.delete(path);
    this.permanent.delete(path);
    this.changes = this.changes.filter(({ names }) => names.every(([name]) => name !== path));
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  openSync(path: string, mode: OpenMode): number {
    this.operation('open', path);
    const existing = this.names.get(path);
    if (mode === 'create') {
      if (existing !== undefined) throw fileError('EEXIST');
      const file = new MemoryFile(this.nextInode++);
      this.change([path, file]);
      return this.descriptor(file, path);
    }
    if (existing === undefined) throw fileError('ENOENT');
    return this.descriptor(existing, path);
  }

  closeSync(fd: number): void {
    this.operation('close', this.opened(fd).path);
    this.descriptors.delete(fd);
  }

  readSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    const { file, path } = this.opened(fd);
    this.operation('read', path);
    const end = Math.min(file.size, position + length);
    if (end <= position) return 0;
    bytes.set(file.contents.subarray(position, end), at);
    return end - position;
  }

  writeSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    const { file, path } = this.opened(fd);
    this.operation('write', path);
    let count = Math.min(length, this.writeMaxBytes);
    const room = this.capacityBytes - this.usedBytes() + Math.max(0, file.size - position);
    if (count > room) count = room;
    if (count <= 0) throw fileError('ENOSPC');
    file.write(bytes, at, count, position);
    return count;
  }

  fdatasyncSync(fd: number): void {
    this.syncFile('fdatasync', fd);
  }

  fstatSync(fd: number): FileStat {
    return this.statOf(this.opened(fd).file);
  }

  statSync(path: string): FileStat | null {
    this.operation('stat', path);
    const file = this.names.get(path);
    if (file !== undefined) return this.statOf(file);
    if (!this.directories.has(path)) return null;
    return { sizeBytes: 0, device: 1, inode: 0, linkCount: 1, isDirectory: true };
  }

  read(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void {
    this.later('read', fd, () => this.readSync(fd, bytes, at, length, position), done);
  }

  write(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void {
    this.later('write', fd, () => this.writeSync(fd, bytes, at, length, position), done);
  }

  fdatasync(fd: number, done: Done): void {
    this.later('fdatasync', fd, () => this.syncFile('fdatasync', fd), done);
  }

  fsync(fd: number, done: Done): void {
    this.later('fsync', fd, () => this.syncFile('fsync', fd), done);
  }

  open(path: string, mode: OpenMode): Promise<number> {
    return this.promised('open', path, () => this.openSync(path, mode));
  }

  close(fd: number): Promise<void> {
    return this.promised('close', this.pathOf(fd), () => this.closeSync(fd));
  }

  ftruncate(fd: number, sizeBytes: number): Promise<void> {
    return this.promised('ftruncate', this.pathOf(fd), () => {
      const { file, path } = this.opened(fd);
      this.operation('ftruncate', path);
      file.truncate(sizeBytes);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.promised('rename', from, () => {
      this.operation('rename', from);
      this.change([from, null], [to, this.file(from)]);
    });
  }

  link(existing: string, name: string): Promise<void> {
    return this.promised('link', existing, () => {
      this.operation('link', existing);
      if (this.names.has(name)) throw fileError('EEXIST');
      this.change([name, this.file(existing)]);
    });
  }

  unlink(path: string): Promise<void> {
    return this.promised('unlink', path, () => {
      this.operation('unlink', path);
      this.file(path);
      this.change([path, null]);
    });
  }

  mkdirs(path: string): Promise<void> {
    return this.promised('mkdirs', path, () => {
      this.operation('mkdirs', path);
      for (let at = path; at !== '/'; at = dirname(at)) this.directories.add(at);
    });
  }

  readdir(path: string): Promise<string[]> {
    return this.promised('readdir', path, () => {
      this.operation('readdir', path);
      const names = [];
      for (const name of [...this.names.keys(), ...this.directories]) {
        if (name !== '/' && dirname(name) === path) names.push(name.slice(path.length + 1));
      }
      return names.sort();
    });
  }

  stat(path: string): Promise<FileStat | null> {
    return this.promised('stat', path, () => this.statSync(path));
  }

  diskSpace(path: string): Promise<DiskSpace> {
    return this.promised('statfs', path, () => {
      this.operation('statfs', path);
      const { capacityBytes: totalBytes } = this;
      return { freeBytes: Math.max(0, totalBytes - this.usedBytes()), totalBytes };
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.promised('syncDirectory', path, () => {
      this.operation('syncDirectory', path);
      if (!this.skipsSync('syncDirectory', path)) this.keepNames(path);
    });
  }

  readFile(path: string): Promise<Buffer> {
    return this.promised('readFile', path, () => {
      this.operation('readFile', path);
      return this.bytesOf(path);
    });
  }

  /** What happened to names in a directory is on the disk. */
  private keepNames(path: string): void {
    for (const change of this.changes) {
      if (change.directory === path) applyChange(this.permanent, change);
    }
    this.changes = this.changes.filter(({ directory }) => directory !== path);
    for (const directory of this.directories) {
      if (dirname(directory) === path) this.permanentDirectories.add(directory);
    }
  }

  private operation(name: Operation['name'], path: string): void {
    this.onOperation({ index: ++this.count, name, path });
  }

  private later(name: Operation['name'], fd: number, work: () => number, done: DoneBytes): void {
    this.defer(name, this.pathOf(fd), () => {
      let count = 0;
      let error: FileError | null = null;
      try {
        count = work();
      } catch (thrown) {
        if (thrown instanceof Crash) return;
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
      }
      done(error, count);
    });
  }

  private promised<T>(name: Operation['name'], path: string, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.deferPromised(name, path, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  private syncFile(name: 'fdatasync' | 'fsync', fd: number): number {
    const { file, path } = this.opened(fd);
    try {
      this.operation(name, path);
    } catch (error) {
      if (this.failedSyncDrops && !(error instanceof Crash)) file.dropDirty();
      throw error;
    }
    if (!this.skipsSync(name, path)) file.sync();
    return 0;
  }

  /** Changes names now, and on the disk when their directories are synced. */
  private change(...names: readonly (readonly [path: string, file: MemoryFile | null])[]): void {
    for (const [path, file] of names) {
      if (file === null) this.names.delete(path);
      else this.names.set(path, file);
    }
    for (const directory of new Set(names.map(([path]) => dirname(path)))) {
      const own = names.filter(([path]) => dirname(path) === directory);
      this.changes.push({ directory, names: own });
    }
  }

  private usedBytes(): number {
    let used = 0;
    for (const file of new Set(this.names.values())) used += file.size;
    return used;
  }

  /** Whether a directory itself is on the disk, or happens to be; those above it count apart. */
  private isPermanent(path: string, isEarly: (path: string) => boolean): boolean {
    return this.permanentDirectories.has(path) || isEarly(path);
  }

  /** Takes over those directories that are not below one that is missing. */
  private keepDirectories(paths: readonly string[]): void {
    for (const path of [...paths].sort((a, b) => a.length - b.length)) {
      if (path !== '/' && !this.directories.has(dirname(path))) continue;
      this.directories.add(path);
      this.permanentDirectories.add(path);
    }
  }

  /** As `place`, unless the directory was lost. */
  private placeIn(path: string, bytes: Uint8Array, inode: number): void {
    if (this.directories.has(dirname(path))) this.place(path, bytes, inode);
  }

  private place(path: string, bytes: Uint8Array, inode: number): void {
    this.placeFile(path, MemoryFile.of(inode, bytes));
  }

  private placeFile(path: string, file: MemoryFile): void {
    this.remove(path);
    this.names.set(path, file);
    this.permanent.set(path, file);
    for (let at = dirname(path); at !== '/'; at = dirname(at)) {
      this.directories.add(at);
      this.permanentDirectories.add(at);
    }
  }

  private file(path: string): MemoryFile {
    const file = this.names.get(path);
    if (file === undefined) throw fileError('ENOENT');
    return file;
  }

  private pathOf(fd: number): string {
    return this.descriptors.get(fd)?.path ?? '';
  }

  private opened(fd: number): { file: MemoryFile; path: string } {
    const open = this.descriptors.get(fd);
    if (open === undefined) throw fileError('EBADF');
    return open;
  }

  private descriptor(file: MemoryFile, path: string): number {
    this.descriptors.set(this.nextFd, { file, path });
    return this.nextFd++;
  }

  private statOf(file: MemoryFile): FileStat {
    let linkCount = 0;
    for (const other of this.names.values()) if (other === file) linkCount++;
    return { sizeBytes: file.size, device: 1, inode: file.inode, linkCount, isDirectory: false };
  }
}

function applyChange(to: Map<string, MemoryFile>, { names }: NameChange): void {
  for (const [path, file] of names) {
    if (file === null) to.delete(path);
    else to.set(path, file);
  }
}
