// What the disk does to a process: how long calls take and which of them fail, changing over time.
// Invariant: in fair weather nothing fails and nothing takes long; `faults` counts what failed.

import { fileError, type MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import type { VirtualTime } from './virtual-time.js';

export const WEATHERS = [
  'fair',
  'slow',
  'stalled',
  'failing',
  'syncs fail',
  'full',
  'short writes',
  'one fault',
] as const;
export type WeatherKind = (typeof WEATHERS)[number];

const CODES = ['EIO', 'EIO', 'EROFS', 'EMFILE', 'ENOSPC', 'EDQUOT', 'EACCES'] as const;
/** Much more than a simulation needs; the server reserves a part of it. */
const CAPACITY_BYTES = 3 * 1024 * 1024;
const SYNCS = new Set<Operation['name']>(['fdatasync', 'fsync', 'syncDirectory']);
/** Their failures say that the program is wrong, not the disk. */
const NEVER_FAIL = new Set<Operation['name']>(['close']);

export class Weather {
  kind: WeatherKind = 'fair';
  /** Calls that were failed since the process began. */
  faults = 0;
  /** Whether it has been anything but fair since the process began. */
  wasRough = false;
  /** Called in place of the operation with this number from now on; -1: none. */
  operationsUntilKill = -1;
  onKill: () => void = () => undefined;
  private readonly time: VirtualTime;
  private readonly files: MemoryFileSystem;
  private readonly notice: (text: string) => void;
  private endUs = 0;
  private operationsUntilFault = -1;
  private isLooking = false;

  constructor(time: VirtualTime, files: MemoryFileSystem, notice: (text: string) => void) {
    this.notice = notice;
    this.time = time;
    this.files = files;
    this.clear();
  }

  /** Fair from now on. */
  clear(): void {
    this.kind = 'fair';
    this.files.capacityBytes = CAPACITY_BYTES;
    this.files.writeMaxBytes = Number.POSITIVE_INFINITY;
    this.files.failedSyncDrops = false;
    this.operationsUntilFault = -1;
    this.endUs = this.time.nowUs;
  }

  /** Another weather, for a time that the caller ends with the next one. */
  become(kind: WeatherKind, durationMs: number): void {
    this.clear();
    const { time, files } = this;
    this.notice(`the disk is ${kind}`);
    this.kind = kind;
    this.endUs = time.nowUs + durationMs * 1000;
    this.wasRough ||= kind !== 'fair';
    files.failedSyncDrops = time.oneIn(2);
    if (kind === 'full') files.capacityBytes = this.usedBytes() + time.below(20_000);
    if (kind === 'short writes') files.writeMaxBytes = 1 + time.below(300);
    if (kind === 'one fault') this.operationsUntilFault = time.below(40);
  }

  /** @returns how long a call takes */
  durationUs(name: Operation['name']): number {
    const { time } = this;
    const isSync = SYNCS.has(name);
    const usual = isSync ? 100 + time.below(1500) : 10 + time.below(150);
    if (this.kind === 'slow') return usual + time.below(isSync ? 60_000 : 6000);
    if (this.kind === 'stalled' && (isSync || name === 'write') && time.oneIn(3)) {
      return usual + time.below(Math.max(1, this.endUs - time.nowUs));
    }
    return time.oneIn(200) ? usual + time.below(20_000) : usual;
  }

  /** Sees each operation before it has its effect. @throws FileError when it fails */
  meet(operation: Operation): void {
    if (this.isLooking) return;
    const { name } = operation;
    if (this.operationsUntilKill >= 0 && this.operationsUntilKill-- === 0) {
      this.notice(`killed in ${name} of ${operation.path}`);
      this.onKill();
      throw fileError('EIO');
    }
    if (this.mayFail(name)) {
      this.faults++;
      const code = SYNCS.has(name) ? 'EIO' : CODES[this.time.below(CODES.length)];
      this.notice(`${name} of ${operation.path} fails: ${code}`);
      throw fileError(code);
    }
  }

  private mayFail(name: Operation['name']): boolean {
    if (NEVER_FAIL.has(name)) return false;
    if (this.kind === 'failing') return this.time.oneIn(15);
    if (this.kind === 'syncs fail') return SYNCS.has(name) && this.time.oneIn(6);
    return this.operationsUntilFault >= 0 && this.operationsUntilFault-- === 0;
  }

  private usedBytes(): number {
    this.isLooking = true;
    const sizes = new Map<number, number>();
    for (const path of this.files.paths()) {
      const stat = this.files.statSync(path);
      if (stat !== null) sizes.set(stat.inode, stat.sizeBytes);
    }
    this.isLooking = false;
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}
