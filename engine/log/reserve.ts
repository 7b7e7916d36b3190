// RESERVE: a file that only takes up space. When the disk is full it is removed, and what it took
// lets the log write what waits, deletions, and the few files of a start or a rewrite. Invariant:
// nothing is ever read from it, so any size and any content is right, also after a crash.

import { join } from 'node:path';
import { errorCode, type FileSystem, writeFully } from '../util/fs.js';
import { SeededRandom } from '../util/random.js';
import { RESERVE_NAME } from './file-names.js';

/** What one write adds. */
const BLOCK_BYTES = 128 * 1024;
const FILL_SEED = 1;

export class Reserve {
  /** Bytes it takes on the disk; 0 when there is none. */
  sizeBytes = 0;
  private readonly fs: FileSystem;
  private readonly path: string;
  /** No file system can compress this away. */
  private block: Buffer | null = null;

  constructor(fs: FileSystem, dir: string) {
    this.fs = fs;
    this.path = join(dir, RESERVE_NAME);
  }

  /** Looks what an earlier process left. @throws file errors */
  async measure(): Promise<void> {
    this.sizeBytes = (await this.fs.stat(this.path))?.sizeBytes ?? 0;
  }

  /**
   * Makes it larger, never smaller. It is not synced: a file system takes the space when it
   * takes the bytes, and after a power cut a shorter one is made larger again.
   * @throws file errors; what could be added stays
   */
  async growTo(targetBytes: number): Promise<void> {
    if (this.sizeBytes >= targetBytes) return;
    const block = this.fill();
    const fd = await this.open();
    try {
      while (this.sizeBytes < targetBytes) {
        const length = Math.min(block.length, targetBytes - this.sizeBytes);
        await writeFully(this.fs, fd, block, 0, length, this.sizeBytes);
        this.sizeBytes += length;
      }
    } finally {
      await this.fs.close(fd);
    }
  }

  /** Gives the space back. @throws file errors */
  async release(): Promise<void> {
    try {
      await this.fs.unlink(this.path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    this.sizeBytes = 0;
  }

  private async open(): Promise<number> {
    const isThere = (await this.fs.stat(this.path)) !== null;
    if (!isThere) this.sizeBytes = 0;
    return this.fs.open(this.path, isThere ? 'update' : 'create');
  }

  private fill(): Buffer {
    if (this.block === null) {
      const random = new SeededRandom(FILL_SEED);
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      for (let at = 0; at < BLOCK_BYTES; at += 4)
        this.block.writeUInt32LE(random.next32() >>> 0, at);
    }
    return this.block;
  }
}
