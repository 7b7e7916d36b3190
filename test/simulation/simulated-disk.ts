// What one process sees of the disk: every call takes virtual time, asynchronous ones end in any
// order, and a dead process's calls are never heard of again. Beneath is one file system in memory
// that outlives processes, page cache and all. Invariant: a call has its effect in one moment, at
// its end; what is under way at a kill has it or not.

import { Crash, type MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import type { Scope, VirtualTime } from './virtual-time.js';
import type { Weather } from './weather.js';

interface Call {
  readonly run: () => void;
}

export class SimulatedDisk {
  private readonly files: MemoryFileSystem;
  private readonly time: VirtualTime;
  private readonly scope: Scope;
  private readonly weather: Weather;
  private readonly underWay = new Set<Call>();
  /** The operation that comes next took its time already. */
  private isAtItsEnd = false;

  /** @param files its hooks are the process's from now on, and so the process's end is theirs */
  constructor(files: MemoryFileSystem, time: VirtualTime, scope: Scope, weather: Weather) {
    this.files = files;
    this.time = time;
    this.scope = scope;
    this.weather = weather;
    files.onOperation = (operation) => this.meet(operation);
    files.defer = (name, _path, run) => this.later(name, run);
    files.deferPromised = files.defer;
  }

  get openFiles(): number {
    return this.files.openCount;
  }

  /**
   * The process is gone: calls under way end or not. It keeps a disk that nobody sees any more.
   * @returns the disk as the next process finds it
   */
  abandon(): MemoryFileSystem {
    const calls = [...this.underWay];
    this.underWay.clear();
    for (const call of calls) {
      if (this.time.oneIn(2)) continue;
      try {
        this.end(call);
      } catch (error) {
        // The dead process wanted to go on.
        if (!(error instanceof Crash)) throw error;
      }
    }
    return this.files.copy();
  }

  private meet(operation: Operation): void {
    const { name } = operation;
    if (this.isAtItsEnd) this.isAtItsEnd = false;
    else this.block(name);
    if (this.scope.isAlive) this.weather.meet(operation);
  }

  /** A call that nothing else of the process runs beside. */
  private block(name: Operation['name']): void {
    if (!this.scope.isAlive) throw new Crash('the process is gone');
    this.time.spend(this.weather.durationUs(name));
    this.time.note(name);
  }

  private later(name: Operation['name'], run: () => void): void {
    if (!this.scope.isAlive) return;
    const call = { run };
    this.underWay.add(call);
    this.time.after(this.weather.durationUs(name), this.scope, name, () => {
      this.underWay.delete(call);
      this.end(call);
    });
  }

  private end({ run }: Call): void {
    this.isAtItsEnd = true;
    run();
    this.isAtItsEnd = false;
  }
}
