// Writes a sealed file of frames from beginning to end: a snapshot, or what a tool puts out. The
// caller encodes into `frames` and calls `flush` when enough has gathered; it may go on encoding
// while the write is under way. Invariant: nothing counts until `finish`, which seals and syncs.

import type { Clock } from '../util/clock.js';
import { type FileSystem, syncData, syncFile, writeFully } from '../util/fs.js';
import { encodeFileHeader, type FileHeader } from './file-header.js';
import { FILE_HEADER_BYTES } from './format.js';
import { FrameBuffer } from './frame-buffer.js';

/** Files are written in pieces of about half a mebibyte; small ones need no more than they hold. */
const FIRST_ROOM_BYTES = 16 * 1024;
/** The file is synced each time this much was written, so no sync queues behind gigabytes. */
const SYNC_EVERY_BYTES = 4 * 1024 * 1024;

export class FrameFileWriter {
  readonly path: string;
  readonly header: FileHeader;
  readonly frames: FrameBuffer;
  /** Bytes written, or being written. */
  sizeBytes = FILE_HEADER_BYTES;
  private readonly fs: FileSystem;
  private fd = -1;
  private syncedBytes = 0;
  private last: Promise<void>;
  private failure: unknown = null;

  /**
   * Entries can be encoded from now on; the file is created behind, and `flush` tells how that
   * went. It must not exist.
   * @param firstSeq the first entry (a snapshot's records count from 1)
   */
  constructor(fs: FileSystem, path: string, header: FileHeader, clock: Clock, firstSeq = 1) {
    this.fs = fs;
    this.path = path;
    this.header = header;
    this.frames = new FrameBuffer(clock, FIRST_ROOM_BYTES);
    this.frames.nextSeq = firstSeq;
    const baseSeq = header.kind === 'log' ? header.baseSeq : 1;
    this.frames.beginFile(header.salt, baseSeq, header.baseTimeMs);
    this.last = this.create();
    this.last.catch(() => undefined);
  }

  /** Bytes encoded and not yet handed to a write. */
  get pendingBytes(): number {
    return this.frames.at;
  }

  /**
   * Writes all that was encoded. Calls may overlap; bytes arrive in order.
   * @returns resolves when these bytes are written, rejects when they or earlier ones cannot be
   */
  flush(): Promise<void> {
    const { frames } = this;
    frames.closeFrame();
    const length = frames.at;
    if (length > 0) {
      const bytes = frames.detach();
      const position = this.sizeBytes;
      this.sizeBytes += length;
      this.last = this.writeAfter(this.last, bytes, length, position);
      this.last.catch(() => undefined);
    }
    return this.last;
  }

  /**
   * Seals, writes and syncs the file and closes it.
   * @returns its size in bytes
   */
  async finish(): Promise<number> {
    this.frames.appendSeal();
    try {
      await this.flush();
      await syncFile(this.fs, this.fd);
    } catch (error) {
      await this.abort();
      throw error;
    }
    await this.close();
    return this.sizeBytes;
  }

  /** Gives up: closes and removes the file. Once is enough, and more does no harm. */
  async abort(): Promise<void> {
    await this.last.catch(() => undefined);
    if (this.fd < 0) return;
    await this.close();
    await this.fs.unlink(this.path);
  }

  /** A descriptor that is closed twice may be somebody else's the second time. */
  private async close(): Promise<void> {
    const { fd } = this;
    this.fd = -1;
    await this.fs.close(fd);
  }

  private async create(): Promise<void> {
    try {
      this.fd = await this.fs.open(this.path, 'create');
      await writeFully(this.fs, this.fd, encodeFileHeader(this.header), 0, FILE_HEADER_BYTES, 0);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  private async writeAfter(
    before: Promise<void>,
    bytes: Buffer,
    length: number,
    position: number,
  ): Promise<void> {
    await before;
    if (this.failure !== null) throw this.failure;
    try {
      await writeFully(this.fs, this.fd, bytes, 0, length, position);
      if (position + length - this.syncedBytes >= SYNC_EVERY_BYTES) {
        await syncData(this.fs, this.fd);
        this.syncedBytes = position + length;
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.frames.giveBack(bytes);
  }
}
