// Compaction without fork: the keyspace as it is at one moment, written beside the running server
// in slices, read back and checked, and only then put in place of the log before that moment.
//
// Invariants: at the moment of the cut the log's next entry is the first that the snapshot does
// not hold; nothing on disk is given up before the new snapshot was read back whole; memory
// beyond the walk's buffer is never needed (BUFFER_MAX_BYTES ends the attempt).

import type { Keyspace } from '../keyspace/keyspace.js';
import { FrameFileReader, scannerFor } from '../log/file-reader.js';
import type { FrameFileWriter } from '../log/frame-file-writer.js';
import type { FinishedSnapshot } from '../log/log-directory.js';
import type { Clock } from '../util/clock.js';
import type { EventLoop } from '../util/event-loop.js';
import type { FileSystem } from '../util/fs.js';
import { KeyspaceWalker } from './keyspace-walker.js';
import { writeSnapshotMeta } from './snapshot-meta.js';

/** How long the event loop is held at a time. */
const SLICE_MS = 1.5;
/** The walk stops here and waits for the disk. */
const BUFFER_TARGET_BYTES = 512 * 1024;
/** Pre-images may fill this much while the disk does not keep up; then the attempt ends. */
const BUFFER_MAX_BYTES = 32 * 1024 * 1024;

export interface SnapshotProgress {
  keysWritten: number;
  keysTotal: number;
  longestSliceMs: number;
}

/** What a compaction needs of the log. */
export interface CompactedLog {
  readonly canRotate: boolean;
  prepareRotation(): Promise<void>;
  rotate(): number;
  createSnapshot(seq: number): { name: string; writer: FrameFileWriter };
  switchGeneration(snapshot: FinishedSnapshot): Promise<void>;
}

export class Compaction implements SnapshotProgress {
  keysWritten = 0;
  keysTotal = 0;
  longestSliceMs = 0;
  /** Most bytes that waited for the disk at once. */
  bufferPeakBytes = 0;
  private readonly keyspace: Keyspace;
  private readonly log: CompactedLog;
  private readonly fs: FileSystem;
  private readonly clock: Clock;
  private readonly loop: EventLoop;

  constructor(parts: {
    readonly keyspace: Keyspace;
    readonly log: CompactedLog;
    readonly fs: FileSystem;
    readonly clock: Clock;
    readonly loop: EventLoop;
  }) {
    this.keyspace = parts.keyspace;
    this.log = parts.log;
    this.fs = parts.fs;
    this.clock = parts.clock;
    this.loop = parts.loop;
  }

  /**
   * Runs to the end; the server goes on meanwhile. Runs at most once per object.
   * @throws what the file system or the verification says; the log is then as it was
   */
  async run(): Promise<void> {
    // The end of the turn that asks for it may rotate before this goes on.
    do await this.log.prepareRotation();
    while (!this.log.canRotate);
    // From here to the walker's construction nothing may be awaited: this is the cut.
    const seq = this.log.rotate();
    const { name, writer } = this.log.createSnapshot(seq);
    const { keyspace, clock } = this;
    const counts = keyspace.databases.map((db) => db.count);
    writeSnapshotMeta(writer.frames, { seed: keyspace.seed, counts });
    const walker = new KeyspaceWalker(keyspace, writer.frames, clock);
    this.keysTotal = walker.keysTotal;
    let sizeBytes: number;
    try {
      await this.write(walker, writer);
      sizeBytes = await writer.finish();
    } catch (error) {
      await this.abandon(walker);
      await writer.abort();
      throw error;
    }
    const { salt } = writer.header;
    try {
      await this.verify(writer.path, walker.entriesWritten + 1);
      await this.log.switchGeneration({ name, seq, sizeBytes, salt });
    } catch (error) {
      if ((await this.fs.stat(writer.path)) !== null) await this.fs.unlink(writer.path);
      throw error;
    }
  }

  private async write(walker: KeyspaceWalker, writer: FrameFileWriter): Promise<void> {
    let flushed: Promise<void> = Promise.resolve();
    let isFlushing = false;
    let failure: unknown = null;
    for (;;) {
      const isFull = isFlushing && writer.pendingBytes >= BUFFER_TARGET_BYTES;
      if (isFull) await flushed;
      const startMs = this.clock.monotonicMs();
      const isDone = walker.step(SLICE_MS, BUFFER_TARGET_BYTES);
      this.longestSliceMs = Math.max(this.longestSliceMs, this.clock.monotonicMs() - startMs);
      this.bufferPeakBytes = Math.max(this.bufferPeakBytes, writer.pendingBytes);
      this.keysWritten = walker.keysWritten;
      if (failure !== null) throw failure;
      if (writer.pendingBytes > BUFFER_MAX_BYTES) {
        throw new Error('the disk is too slow for the writes that came during the compaction');
      }
      if (isDone) return;
      if (!isFlushing && writer.pendingBytes >= BUFFER_TARGET_BYTES / 2) {
        isFlushing = true;
        flushed = writer.flush().then(
          () => {
            isFlushing = false;
          },
          (error: unknown) => {
            failure = error;
          },
        );
      }
      await this.nextTurn();
    }
  }

  private nextTurn(): Promise<void> {
    return new Promise((resolve) => this.loop.nextTurn(resolve));
  }

  /** Takes the marks away that the walk left ahead of it. */
  private async abandon(walker: KeyspaceWalker): Promise<void> {
    walker.abandon();
    while (!walker.step(SLICE_MS, Infinity)) await this.nextTurn();
  }

  /** Reads the finished file back: every checksum, the order, the seal and the number of keys. */
  private async verify(path: string, entriesExpected: number): Promise<void> {
    const reader = await FrameFileReader.open(this.fs, path);
    try {
      const header = await reader.readHeader();
      if (typeof header === 'string') throw new Error(`${path}: the header reads back ${header}`);
      let entries = 0;
      const scan = await reader.scan(scannerFor(header, 1), (_bytes, _from, _to, count) => {
        entries += count;
      });
      if (!scan.isWhole || !scan.scanner.isSealed || entries !== entriesExpected) {
        const reason = scan.isWhole ? `${entries} entries of ${entriesExpected}` : scan.reason;
        throw new Error(`${path}: the snapshot reads back damaged: ${reason}`);
      }
    } finally {
      await reader.close();
    }
  }
}
