// The contents of one file in memory, sector by sector: what was written, what of it is on the
// disk, and what the kernel believes to be there. Invariant: a sector that is not dirty and was
// never dropped is on the disk as it was written.

import { type Random, randomBelow } from '../../engine/util/random.js';

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

const FIRST_ROOM_BYTES = 256;
const NO_BYTES = Buffer.alloc(0);

export class MemoryFile {
  readonly inode: number;
  size = 0;
  /** May be `disk` itself until the first change: disks are copied far more often than changed. */
  private bytes: Buffer;
  /** What survives any power cut; never changed in place. */
  private disk: Buffer;
  private readonly dirtySectors = new Set<number>();

  /** @param synced bytes that are its own from now on, on the disk too; null for an empty file */
  constructor(inode: number, synced: Buffer | null = null) {
    this.inode = inode;
    this.size = synced?.length ?? 0;
    this.bytes = synced ?? Buffer.alloc(FIRST_ROOM_BYTES);
    this.disk = synced ?? NO_BYTES;
  }

  /** @returns a file that has these bytes, on the disk too */
  static of(inode: number, bytes: Uint8Array): MemoryFile {
    return new MemoryFile(inode, Buffer.from(bytes));
  }

  /** @returns the file as kill -9 leaves it: what was written, as if it were synced */
  afterKill(): MemoryFile {
    return new MemoryFile(this.inode, this.isShared ? this.disk : Buffer.from(this.contents));
  }

  /** @returns the same file once more: what was written, what of it was synced, what is dirty */
  copy(): MemoryFile {
    const file = new MemoryFile(this.inode, this.disk);
    if (!this.isShared) file.bytes = Buffer.from(this.contents);
    file.size = this.size;
    for (const sector of this.dirtySectors) file.dirtySectors.add(sector);
    return file;
  }

  /** @returns the bytes as a reader sees them; not a copy */
  get contents(): Buffer {
    return this.bytes.subarray(0, this.size);
  }

  /** @returns the bytes that were synced; not a copy */
  get synced(): Buffer {
    return this.disk;
  }

  get isDirty(): boolean {
    return this.dirtySectors.size > 0;
  }

  write(from: Uint8Array, at: number, length: number, position: number): void {
    this.unshare();
    const end = position + length;
    if (end > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.size);
      this.bytes = grown;
    }
    this.bytes.set(from.subarray(at, at + length), position);
    this.touch(Math.min(position, this.size), end);
    this.size = Math.max(this.size, end);
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes >= this.size) return;
    this.unshare();
    this.touch(sizeBytes, this.size);
    this.bytes.fill(0, sizeBytes, this.size);
    this.size = sizeBytes;
  }

  /** Everything that is dirty reaches the disk. */
  sync(): void {
    if (!this.isDirty && this.disk.length === this.size) return;
    const disk = Buffer.alloc(this.size);
    this.disk.copy(disk);
    for (const sector of this.dirtySectors) this.copySector(sector, disk);
    this.disk = disk;
    this.dirtySectors.clear();
  }

  /**
   * A sync fails as it does on ext4, XFS and Btrfs ("Can Applications Recover from fsync
   * Failures?", ATC 2020): the pages count as clean, readers go on seeing them, they are nowhere.
   */
  dropDirty(): void {
    this.dirtySectors.clear();
  }

  /**
   * @returns the file as a power cut leaves it: of what was not synced, the disk has written any
   *   sectors, in any order; the size may be ahead of the bytes, which are zeros then
   */
  afterPowerCut(random: Random, sectorBytes = SECTOR_BYTES): MemoryFile {
    const size = this.sizeAfterCut(random);
    const left = Buffer.alloc(size);
    this.disk.copy(left);
    const perUnit = sectorBytes / SECTOR_BYTES;
    const units = new Set([...this.dirtySectors].map((sector) => Math.floor(sector / perUnit)));
    for (const unit of [...units].sort((a, b) => a - b)) {
      if (randomBelow(random, 2) === 0) continue;
      for (let i = 0; i < perUnit; i++) {
        const sector = unit * perUnit + i;
        if (this.dirtySectors.has(sector)) this.copySector(sector, left);
      }
    }
    return MemoryFile.of(this.inode, left);
  }

  private get isShared(): boolean {
    return this.bytes === this.disk;
  }

  private unshare(): void {
    if (this.isShared) this.bytes = Buffer.from(this.disk);
  }

  private sizeAfterCut(random: Random): number {
    const was = this.disk.length;
    if (this.size === was) return was;
    switch (randomBelow(random, 4)) {
      case 0:
        return was;
      case 1:
        return Math.min(was, this.size) + randomBelow(random, Math.abs(this.size - was) + 1);
      default:
        return this.size;
    }
  }

  private touch(from: number, to: number): void {
    const last = Math.floor((to - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(from / SECTOR_BYTES); sector <= last; sector++) {
      this.dirtySectors.add(sector);
    }
  }

  private copySector(sector: number, to: Buffer): void {
    const from = sector * SECTOR_BYTES;
    // What was cut off the end has nothing to copy.
    if (from >= this.size) return;
    this.bytes.copy(to, from, from, Math.min(from + SECTOR_BYTES, this.size));
  }
}
