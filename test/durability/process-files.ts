// The file system as one process sees it. Once the process is dead nothing it asks for happens and
// nothing answers it. Notes what no process may do: sync a file again whose sync failed, or use a
// descriptor that it closed.

import type { Done, FileError } from '../../engine/util/fs.js';
import { errorCode } from '../../engine/util/fs.js';
import { Crash, type MemoryFileSystem } from '../support/memory-file-system.js';

const SYNCHRONOUS = new Set([
  'openSync',
  'closeSync',
  'readSync',
  'writeSync',
  'fdatasyncSync',
  'fstatSync',
  'statSync',
]);
const WITH_CALLBACK = new Set(['read', 'write', 'fdatasync', 'fsync']);
const SYNCS = new Set(['fdatasyncSync', 'fdatasync', 'fsync']);

type Method = (...args: unknown[]) => unknown;

export class ProcessFiles {
  readonly fs: MemoryFileSystem;
  /** What the process is given. */
  readonly view: MemoryFileSystem;
  isDead = false;
  /** Called before each sync of a file. */
  onSync: () => void = () => undefined;
  /** What it may not do, and did. */
  readonly misdeeds: string[] = [];
  private readonly failed = new Set<number>();

  constructor(fs: MemoryFileSystem) {
    this.fs = fs;
    this.view = new Proxy(fs, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || typeof name !== 'string') return value;
        return (...args: unknown[]) =>
          this.call(name, (...given) => value.apply(target, given), args);
      },
    });
  }

  private call(name: string, method: Method, args: unknown[]): unknown {
    if (SYNCHRONOUS.has(name)) {
      if (this.isDead) throw new Crash('the process is dead');
    } else if (this.isDead) {
      return WITH_CALLBACK.has(name) ? undefined : new Promise(() => undefined);
    }
    const inode = SYNCS.has(name) ? this.noteSync(args[0]) : 0;
    const failed = (error: unknown): void => {
      if (error instanceof Crash) return;
      if (errorCode(error) === 'EBADF') this.misdeeds.push(`${name} of a closed descriptor`);
      if (inode > 0) this.failed.add(inode);
    };
    if (WITH_CALLBACK.has(name)) {
      const done = args.at(-1);
      const answer = (error: FileError | null, count?: number): void => {
        if (error !== null) failed(error);
        if (!this.isDead && typeof done === 'function') done(error, count);
      };
      return method(...args.slice(0, -1), answer satisfies Done);
    }
    try {
      const result = method(...args);
      if (result instanceof Promise) result.catch(failed);
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  /** @returns the file's inode */
  private noteSync(fd: unknown): number {
    this.onSync();
    const { inode } = this.fs.fstatSync(Number(fd));
    if (this.failed.has(inode)) this.misdeeds.push(`sync of inode ${inode} after it failed`);
    return inode;
  }
}
