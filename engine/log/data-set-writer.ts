// Writes a new data set into an empty directory, from frames of another one: what salvage and
// restore put out. Everything is sealed and synced before the manifest is written, so the
// directory is either complete or refused for want of a manifest.

import { basename, join } from 'node:path';
import type { Clock } from '../util/clock.js';
import { type FileSystem, replaceFile, syncFile } from '../util/fs.js';
import { makeDirectory } from '../util/new-directory.js';
import type { Random } from '../util/random.js';
import { LogError } from './errors.js';
import { MANIFEST_NAME, MANIFEST_TEMPORARY_NAME, parseDataFileName } from './file-names.js';
import { FLAG_CONTINUES, LAG_UNKNOWN, SEGMENT_TARGET_BYTES } from './format.js';
import { FrameFileWriter } from './frame-file-writer.js';
import type { LogFrame } from './log-frame.js';
import {
  emptyManifest,
  encodeManifest,
  type Manifest,
  segmentLine,
  takeSegmentName,
  takeSnapshotName,
} from './manifest.js';
import { copyRange } from './quarantine.js';

const FLUSH_BYTES = 1024 * 1024;

/**
 * Frames count from the first entry of their file, in 32 bits.
 * @param where they are to be, for the text
 * @throws LogError UNUSABLE when entry `seq` cannot be in a file that begins with `firstSeq`
 */
export function refuseFar(seq: number, firstSeq: number, where: string): void {
  if (seq - firstSeq < LAG_UNKNOWN) return;
  throw new LogError(
    'UNUSABLE',
    `entry ${seq} is too far from entry ${firstSeq}, where ${where} begins`,
  );
}

export class DataSetWriter {
  readonly dir: string;
  private readonly fs: FileSystem;
  private readonly random: Random;
  private readonly manifest: Manifest;
  /** Frames keep the time they had. */
  private readonly clock: Clock & { ms: number };
  private segment: FrameFileWriter | null = null;
  private segmentName = '';
  private firstSeq = 0;
  /** The last frame wants another one in the same segment. */
  private isInUnit = false;

  private constructor(fs: FileSystem, dir: string, random: Random, manifest: Manifest) {
    this.fs = fs;
    this.dir = dir;
    this.random = random;
    this.manifest = manifest;
    this.clock = {
      ms: 0,
      now(): number {
        return this.ms;
      },
      nowUs(): number {
        return this.ms * 1000;
      },
      monotonicMs(): number {
        return this.ms;
      },
    };
  }

  /**
   * @param dir must be empty or not exist
   * @throws LogError UNUSABLE
   */
  static async create(
    fs: FileSystem,
    dir: string,
    random: Random,
    datasetId: string,
  ): Promise<DataSetWriter> {
    const stat = await fs.stat(dir);
    if (stat !== null && (!stat.isDirectory || (await fs.readdir(dir)).length > 0)) {
      throw new LogError('UNUSABLE', `${dir} is not an empty directory`, 'name a new one');
    }
    await makeDirectory(fs, dir);
    return new DataSetWriter(fs, dir, random, emptyManifest(datasetId));
  }

  /** Takes a sound snapshot over as it is. */
  async copySnapshot(path: string, seq: number, salt: number, sizeBytes: number): Promise<void> {
    const name = basename(path);
    const source = await this.fs.open(path, 'read');
    try {
      const copy = await this.fs.open(join(this.dir, name), 'create');
      try {
        await copyRange(this.fs, source, 0, sizeBytes, copy, 0);
        await syncFile(this.fs, copy);
      } finally {
        await this.fs.close(copy);
      }
    } finally {
      await this.fs.close(source);
    }
    this.manifest.snapshot = { name, seq, sizeBytes, salt };
    this.manifest.baseSizeBytes = sizeBytes;
    const number = parseDataFileName(name)?.number ?? 0;
    this.manifest.nextNumber = Math.max(this.manifest.nextNumber, number + 1);
  }

  /** Begins a snapshot of what is left of a damaged one. */
  beginSnapshot(seq: number, timeMs: number): FrameFileWriter {
    const { name, number } = takeSnapshotName(this.manifest);
    const salt = this.random.next32();
    const { datasetId } = this.manifest;
    const header = {
      kind: 'snapshot' as const,
      datasetId,
      number,
      baseSeq: seq,
      baseTimeMs: timeMs,
      salt,
    };
    this.clock.ms = timeMs;
    this.manifest.snapshot = { name, seq, sizeBytes: 0, salt };
    return new FrameFileWriter(this.fs, join(this.dir, name), header, this.clock);
  }

  /** Notes the size of the snapshot begun with `beginSnapshot`. */
  endSnapshot(sizeBytes: number): void {
    if (this.manifest.snapshot !== null) this.manifest.snapshot.sizeBytes = sizeBytes;
    this.manifest.baseSizeBytes = sizeBytes;
  }

  /** Begins log segments; the first entry will be `seq`. */
  async beginSegment(seq: number, timeMs: number): Promise<void> {
    const { name, number } = takeSegmentName(this.manifest);
    const salt = this.random.next32();
    const { datasetId } = this.manifest;
    const header = {
      kind: 'log' as const,
      datasetId,
      number,
      baseSeq: seq,
      baseTimeMs: timeMs,
      salt,
    };
    this.clock.ms = timeMs;
    this.segmentName = name;
    this.firstSeq = seq;
    const path = join(this.dir, name);
    this.segment = new FrameFileWriter(this.fs, path, header, this.clock, seq);
  }

  /**
   * Puts a frame in, with its time.
   * @throws LogError UNUSABLE when its entries are 2^32 or more after the first of the segment
   */
  putFrame(frame: LogFrame): void {
    if (frame.timeMs > this.clock.ms) this.clock.ms = frame.timeMs;
    const frames = this.segment?.frames;
    if (frames === undefined) throw new Error('a segment is begun before frames come');
    this.refuseFar(frame.nextSeq);
    frames.endTurn();
    this.isInUnit = (frame.flags & FLAG_CONTINUES) !== 0;
    frames.appendFrame(frame);
  }

  /** Puts in that entries are lost. */
  putGap(firstSeq: number, lastSeq: number): void {
    this.refuseFar(lastSeq + 1);
    this.segment?.frames.appendGap(firstSeq, lastSeq);
  }

  private refuseFar(seq: number): void {
    refuseFar(seq, this.segment?.header.baseSeq ?? seq, `the log in ${this.dir}`);
  }

  /** Writes what has gathered; begins another segment when this one is large. */
  async flush(): Promise<void> {
    const { segment } = this;
    if (segment === null || segment.pendingBytes < FLUSH_BYTES) return;
    await segment.flush();
    if (segment.sizeBytes < SEGMENT_TARGET_BYTES || this.isInUnit) return;
    const { nextSeq } = segment.frames;
    await this.endSegment();
    await this.beginSegment(nextSeq, this.clock.ms);
  }

  /** Seals, syncs and writes the manifest. @returns last entry of the data set */
  async finish(): Promise<number> {
    await this.endSegment();
    await this.fs.syncDirectory(this.dir);
    const { manifest } = this;
    manifest.revision = 1;
    const path = join(this.dir, MANIFEST_NAME);
    const temporary = join(this.dir, MANIFEST_TEMPORARY_NAME);
    await replaceFile(this.fs, path, temporary, encodeManifest(manifest));
    return manifest.segments.at(-1)?.sealed?.lastSeq ?? manifest.snapshot?.seq ?? 0;
  }

  private async endSegment(): Promise<void> {
    const { segment, firstSeq, segmentName: name } = this;
    if (segment === null) return;
    this.segment = null;
    const { lastSeq } = segment.frames;
    if (lastSeq < firstSeq) {
      await segment.abort();
      return;
    }
    const sizeBytes = await segment.finish();
    const sealed = { firstSeq, lastSeq, sizeBytes };
    this.manifest.segments.push(segmentLine(name, segment.header, sealed));
  }
}
