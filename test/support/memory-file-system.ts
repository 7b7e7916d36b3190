// A file system in memory that misbehaves on demand. It keeps for every file what was written and
// what was synced, and for names what a directory sync made permanent, so `crash` can throw away
// everything a power cut may throw away. Faults are chosen by a hook that sees each operation.

import { dirname } from 'node:path';
import type {
  Done,
  DoneBytes,
  FileError,
  FileStat,
  FileSystem,
  OpenMode,
} from '../../engine/util/fs.js';

interface Node {
  inode: number;
  bytes: Buffer;
  size: number;
  /** What survives a power cut. */
  synced: Buffer;
}

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
  private names = new Map<string, Node>();
  private directories = new Set<string>(['/']);
  /** Names as the last sync of their directory left them. */
  private permanent = new Map<string, Node>();
  private descriptors = new Map<number, { node: Node; path: string }>();
  private nextFd = 3;
  private nextInode = 1;
  private count = 0;
  /** Bytes all files may have together. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** The most bytes one write takes. */
  writeMaxBytes = Number.POSITIVE_INFINITY;
  /** Which syncs are left out although they say they were done: a disk or a program that lies. */
  skipsSync: (name: 'fdatasync' | 'fsync' | 'syncDirectory', path: string) => boolean = () => false;
  /** Called before each operation; what it throws is the operation's error. */
  onOperation: (operation: Operation) => void = () => undefined;

  get operationCount(): number {
    return this.count;
  }

  /**
   * @param keeps which names the disk happened to have already as they are now, though their
   *   directory was not synced; a disk may write them in any order
   * @returns the disk as a power cut leaves it: only what was synced, under synced names
   */
  afterCrash(keeps: (path: string) => boolean = () => false): MemoryFileSystem {
    const next = new MemoryFileSystem();
    next.directories = new Set(this.directories);
    for (const [path, node] of this.permanent) {
      if (!keeps(path)) next.place(path, node.synced, node.inode);
    }
    for (const [path, node] of this.names) {
      if (keeps(path)) next.place(path, node.synced, node.inode);
    }
    next.nextInode = this.nextInode;
    return next;
  }

  /** @returns the disk as kill -9 leaves it: everything the kernel was given */
  afterKill(): MemoryFileSystem {
    const next = new MemoryFileSystem();
    next.directories = new Set(this.directories);
    for (const [path, node] of this.names) {
      next.place(path, node.bytes.subarray(0, node.size), node.inode);
    }
    next.nextInode = this.nextInode;
    return next;
  }

  /** @returns a copy of a file's bytes */
  bytesOf(path: string): Buffer {
    const node = this.node(path);
    return Buffer.from(node.bytes.subarray(0, node.size));
  }

  /** Puts a file in place, synced, whatever was there. */
  put(path: string, bytes: Uint8Array): void {
    this.place(path, bytes, this.nextInode++);
  }

  remove(path: string): void {
    this.names.delete(path);
    this.permanent.delete(path);
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  openSync(path: string, mode: OpenMode): number {
    this.operation('open', path);
    const existing = this.names.get(path);
    if (mode === 'create') {
      if (existing !== undefined) throw fileError('EEXIST');
      const node = {
        inode: this.nextInode++,
        bytes: Buffer.alloc(256),
        size: 0,
        synced: Buffer.alloc(0),
      };
      this.names.set(path, node);
      return this.descriptor(node, path);
    }
    if (existing === undefined) throw fileError('ENOENT');
    return this.descriptor(existing, path);
  }

  closeSync(fd: number): void {
    this.operation('close', this.opened(fd).path);
    this.descriptors.delete(fd);
  }

  readSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    const { node, path } = this.opened(fd);
    this.operation('read', path);
    const end = Math.min(node.size, position + length);
    if (end <= position) return 0;
    bytes.set(node.bytes.subarray(position, end), at);
    return end - position;
  }

  writeSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    const { node, path } = this.opened(fd);
    this.operation('write', path);
    let count = Math.min(length, this.writeMaxBytes);
    const room = this.capacityBytes - this.usedBytes() + Math.max(0, node.size - position);
    if (count > room) count = room;
    if (count <= 0) throw fileError('ENOSPC');
    const end = position + count;
    if (end > node.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, node.bytes.length * 2));
      node.bytes.copy(grown, 0, 0, node.size);
      node.bytes = grown;
    }
    node.bytes.set(bytes.subarray(at, at + count), position);
    node.size = Math.max(node.size, end);
    return count;
  }

  fdatasyncSync(fd: number): void {
    const { node, path } = this.opened(fd);
    this.operation('fdatasync', path);
    if (this.skipsSync('fdatasync', path)) return;
    node.synced = Buffer.from(node.bytes.subarray(0, node.size));
  }

  fstatSync(fd: number): FileStat {
    return this.statOf(this.opened(fd).node);
  }

  statSync(path: string): FileStat | null {
    this.operation('stat', path);
    const node = this.names.get(path);
    if (node !== undefined) return this.statOf(node);
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
    this.later(() => this.readSync(fd, bytes, at, length, position), done);
  }

  write(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void {
    this.later(() => this.writeSync(fd, bytes, at, length, position), done);
  }

  fdatasync(fd: number, done: Done): void {
    this.later(() => {
      this.fdatasyncSync(fd);
      return 0;
    }, done);
  }

  fsync(fd: number, done: Done): void {
    this.later(() => {
      const { node, path } = this.opened(fd);
      this.operation('fsync', path);
      if (this.skipsSync('fsync', path)) return 0;
      node.synced = Buffer.from(node.bytes.subarray(0, node.size));
      return 0;
    }, done);
  }

  async open(path: string, mode: OpenMode): Promise<number> {
    return this.openSync(path, mode);
  }

  async close(fd: number): Promise<void> {
    this.closeSync(fd);
  }

  async ftruncate(fd: number, sizeBytes: number): Promise<void> {
    const { node, path } = this.opened(fd);
    this.operation('ftruncate', path);
    node.size = Math.min(node.size, sizeBytes);
  }

  async rename(from: string, to: string): Promise<void> {
    this.operation('rename', from);
    const node = this.node(from);
    this.names.delete(from);
    this.names.set(to, node);
  }

  async link(existing: string, name: string): Promise<void> {
    this.operation('link', existing);
    if (this.names.has(name)) throw fileError('EEXIST');
    this.names.set(name, this.node(existing));
  }

  async unlink(path: string): Promise<void> {
    this.operation('unlink', path);
    this.node(path);
    this.names.delete(path);
  }

  async mkdirs(path: string): Promise<void> {
    this.operation('mkdirs', path);
    for (let at = path; at !== '/'; at = dirname(at)) this.directories.add(at);
  }

  async readdir(path: string): Promise<string[]> {
    this.operation('readdir', path);
    const names = [];
    for (const name of [...this.names.keys(), ...this.directories]) {
      if (name !== '/' && dirname(name) === path) names.push(name.slice(path.length + 1));
    }
    return names.sort();
  }

  async stat(path: string): Promise<FileStat | null> {
    return this.statSync(path);
  }

  async freeBytes(): Promise<number> {
    return this.capacityBytes - this.usedBytes();
  }

  async syncDirectory(path: string): Promise<void> {
    this.operation('syncDirectory', path);
    if (this.skipsSync('syncDirectory', path)) return;
    for (const name of [...this.permanent.keys()]) {
      if (dirname(name) === path && !this.names.has(name)) this.permanent.delete(name);
    }
    for (const [name, node] of this.names)
      if (dirname(name) === path) this.permanent.set(name, node);
  }

  async readFile(path: string): Promise<Buffer> {
    this.operation('readFile', path);
    return this.bytesOf(path);
  }

  private operation(name: Operation['name'], path: string): void {
    this.onOperation({ index: ++this.count, name, path });
  }

  private later(work: () => number, done: DoneBytes): void {
    setImmediate(() => {
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

  private usedBytes(): number {
    let used = 0;
    for (const node of new Set(this.names.values())) used += node.size;
    return used;
  }

  private place(path: string, bytes: Uint8Array, inode: number): void {
    const copy = Buffer.from(bytes);
    const node = { inode, bytes: copy, size: copy.length, synced: Buffer.from(copy) };
    this.names.set(path, node);
    this.permanent.set(path, node);
    for (let at = dirname(path); at !== '/'; at = dirname(at)) this.directories.add(at);
  }

  private node(path: string): Node {
    const node = this.names.get(path);
    if (node === undefined) throw fileError('ENOENT');
    return node;
  }

  private opened(fd: number): { node: Node; path: string } {
    const open = this.descriptors.get(fd);
    if (open === undefined) throw fileError('EBADF');
    return open;
  }

  private descriptor(node: Node, path: string): number {
    this.descriptors.set(this.nextFd, { node, path });
    return this.nextFd++;
  }

  private statOf(node: Node): FileStat {
    let linkCount = 0;
    for (const other of this.names.values()) if (other === node) linkCount++;
    return { sizeBytes: node.size, device: 1, inode: node.inode, linkCount, isDirectory: false };
  }
}
