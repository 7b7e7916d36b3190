// What one process sees of the disk: every call takes virtual time, asynchronous ones end in any
// order, and a dead process's calls are never heard of again. Beneath is one file system in memory
// that outlives processes, page cache and all. Invariant: a call has its effect in one moment, at
// its end; what is under way at a kill has it or not.

import type {
  DiskSpace,
  Done,
  DoneBytes,
  FileError,
  FileStat,
  FileSystem,
  OpenMode,
} from '../../engine/util/fs.js';
import { Crash, type MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import type { Scope, VirtualTime } from './virtual-time.js';
import type { Weather } from './weather.js';

interface Call {
  readonly work: () => void;
}

export class SimulatedDisk implements FileSystem {
  readonly files: MemoryFileSystem;
  private readonly time: VirtualTime;
  private readonly scope: Scope;
  private readonly weather: Weather;
  private readonly openFds = new Set<number>();
  private readonly underWay = new Set<Call>();

  constructor(files: MemoryFileSystem, time: VirtualTime, scope: Scope, weather: Weather) {
    this.files = files;
    this.time = time;
    this.scope = scope;
    this.weather = weather;
    files.defer = (_name, _path, run) => run();
    files.onOperation = (operation) => weather.meet(operation);
  }

  get openFiles(): number {
    return this.openFds.size;
  }

  /** The process is gone: calls under way end or not, descriptors are closed. */
  abandon(): void {
    this.files.onOperation = () => undefined;
    const calls = [...this.underWay];
    this.underWay.clear();
    for (const call of calls) {
      if (this.time.oneIn(2)) continue;
      try {
        call.work();
      } catch {
        // Nobody is there to be told.
      }
    }
    for (const fd of this.openFds) this.files.closeSync(fd);
    this.openFds.clear();
  }

  openSync(path: string, mode: OpenMode): number {
    this.block('open');
    return this.opened(this.files.openSync(path, mode));
  }

  closeSync(fd: number): void {
    this.block('close');
    this.closed(fd);
  }

  readSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    this.block('read');
    return this.files.readSync(fd, bytes, at, length, position);
  }

  writeSync(fd: number, bytes: Uint8Array, at: number, length: number, position: number): number {
    this.block('write');
    return this.files.writeSync(fd, bytes, at, length, position);
  }

  fdatasyncSync(fd: number): void {
    this.block('fdatasync');
    this.files.fdatasyncSync(fd);
  }

  fstatSync(fd: number): FileStat {
    this.block('stat');
    return this.files.fstatSync(fd);
  }

  statSync(path: string): FileStat | null {
    this.block('stat');
    return this.files.statSync(path);
  }

  read(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void {
    this.later('read', () => this.files.readSync(fd, bytes, at, length, position), done);
  }

  write(
    fd: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position: number,
    done: DoneBytes,
  ): void {
    this.later('write', () => this.files.writeSync(fd, bytes, at, length, position), done);
  }

  fdatasync(fd: number, done: Done): void {
    const sync = (): number => {
      this.files.fdatasyncSync(fd);
      return 0;
    };
    this.later('fdatasync', sync, done);
  }

  fsync(fd: number, done: Done): void {
    const sync = (): number => {
      let failure: FileError | null = null;
      this.files.fsync(fd, (error) => {
        failure = error;
      });
      if (failure !== null) throw failure;
      return 0;
    };
    this.later('fsync', sync, done);
  }

  open(path: string, mode: OpenMode): Promise<number> {
    return this.promise('open', () => this.opened(this.files.openSync(path, mode)));
  }

  close(fd: number): Promise<void> {
    return this.promise('close', () => this.closed(fd));
  }

  ftruncate(fd: number, sizeBytes: number): Promise<void> {
    return this.promise('ftruncate', () => this.files.ftruncate(fd, sizeBytes));
  }

  rename(from: string, to: string): Promise<void> {
    return this.promise('rename', () => this.files.rename(from, to));
  }

  link(existing: string, name: string): Promise<void> {
    return this.promise('link', () => this.files.link(existing, name));
  }

  unlink(path: string): Promise<void> {
    return this.promise('unlink', () => this.files.unlink(path));
  }

  mkdirs(path: string): Promise<void> {
    return this.promise('mkdirs', () => this.files.mkdirs(path));
  }

  readdir(path: string): Promise<string[]> {
    return this.promise('readdir', () => this.files.readdir(path));
  }

  stat(path: string): Promise<FileStat | null> {
    return this.promise('stat', () => this.files.statSync(path));
  }

  diskSpace(path: string): Promise<DiskSpace> {
    return this.promise('stat', () => this.files.diskSpace(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.promise('syncDirectory', () => this.files.syncDirectory(path));
  }

  readFile(path: string): Promise<Buffer> {
    return this.promise('readFile', () => this.files.readFile(path));
  }

  /** A call that nothing else of the process runs beside. */
  private block(name: Operation['name']): void {
    if (!this.scope.isAlive) throw new Crash('the process is gone');
    this.time.spend(this.weather.durationUs(name));
    this.time.note(name);
  }

  private later(name: Operation['name'], work: () => number, done: DoneBytes): void {
    this.underway(name, () => {
      let count = 0;
      try {
        count = work();
      } catch (error) {
        if (!this.scope.isAlive) return;
        done(error instanceof Error ? error : new Error(String(error)), 0);
        return;
      }
      done(null, count);
    });
  }

  private promise<T>(name: Operation['name'], work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.underway(name, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  private underway(name: Operation['name'], work: () => void): void {
    if (!this.scope.isAlive) return;
    const call = { work };
    this.underWay.add(call);
    this.time.after(this.weather.durationUs(name), this.scope, name, () => {
      this.underWay.delete(call);
      work();
    });
  }

  private opened(fd: number): number {
    this.openFds.add(fd);
    return fd;
  }

  /** As close(2) on Linux: the descriptor is gone, whatever it says. */
  private closed(fd: number): void {
    this.openFds.delete(fd);
    this.files.closeSync(fd);
  }
}
