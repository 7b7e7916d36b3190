// From what was read to a directory that can be appended to: what counts of the log's end is sealed
// in new files, what does not goes to quarantine, new segments begin, leftovers are swept away.
// Invariant: a run that failed can be run again and goes on where it failed, so a start on a full
// disk ends by itself once there is space.

import { type FileError, syncFile, writeFully } from '../util/fs.js';
import type { Tail, TailSegment } from './data-set.js';
import { encodeFileHeader } from './file-header.js';
import { FILE_HEADER_BYTES } from './format.js';
import { FrameBuffer } from './frame-buffer.js';
import { finishMoves } from './history.js';
import type { LogDirectory } from './log-directory.js';
import { type Manifest, segmentLine, takeSegmentName } from './manifest.js';
import { copyRange, quarantineCopy, quarantineFile, trimQuarantine } from './quarantine.js';
import type { RecoveryReport } from './recovery.js';
import type { Segment } from './segment.js';

type SealedLine = Manifest['segments'][number];

export class CleanStart {
  /** The segment to append to, and the next; their files are there once `isListed`. */
  readonly current: Segment;
  readonly spare: Segment;
  /** The log can be appended to. */
  isListed = false;
  /** What the last run failed with. */
  obstacle: FileError = new Error('the log has not begun');
  private readonly directory: LogDirectory;
  private readonly tail: Tail;
  private readonly report: RecoveryReport;
  private readonly temporaries: readonly string[];
  private readonly sealed = new Map<TailSegment, SealedLine>();
  private readonly quarantined = new Set<TailSegment>();
  private mayBeListed = false;

  /** @param temporaries leftovers of switches that never happened */
  constructor(
    directory: LogDirectory,
    tail: Tail,
    temporaries: readonly string[],
    report: RecoveryReport,
  ) {
    this.directory = directory;
    this.tail = tail;
    this.temporaries = temporaries;
    this.report = report;
    this.current = directory.planSegment(tail.nextSeq);
    this.spare = directory.planSegment(tail.nextSeq);
    if (tail.torn === null) return;
    let cutBytes = 0;
    for (const { sizeBytes, soundBytes } of tail.segments) cutBytes += sizeBytes - soundBytes;
    report.torn = { ...tail.torn, cutBytes, quarantine: [] };
  }

  /** Does all that is not yet done. @throws file errors */
  async run(): Promise<void> {
    try {
      await this.runSteps();
    } catch (error) {
      if (error instanceof Error) this.obstacle = error;
      throw error;
    }
  }

  private async runSteps(): Promise<void> {
    const { directory, current, spare } = this;
    if (!this.isListed) {
      // Nobody needs them, and on a full disk they may be what takes the space.
      await this.remove(this.temporaries);
      for (const segment of this.tail.segments) await this.seal(segment);
      await this.quarantineCut();
      for (const segment of [current, spare]) {
        if (segment.fd < 0) await directory.makeSegment(segment);
      }
      await directory.fs.syncDirectory(directory.dir);
      await this.list();
    }
    await this.sweep();
  }

  /** Gives up: closes what is open, and removes it unless the manifest may name it. */
  async abandon(): Promise<void> {
    const { fs } = this.directory;
    for (const { fd, path } of [this.current, this.spare]) {
      if (fd < 0) continue;
      await fs.close(fd);
      if (!this.mayBeListed) await fs.unlink(path);
    }
  }

  private async seal(segment: TailSegment): Promise<void> {
    if (segment.nextSeq === segment.firstSeq || this.sealed.has(segment)) return;
    const seal = isClosedCleanly(segment) ? keepSealed : sealCopy;
    this.sealed.set(segment, await seal(this.directory, segment));
  }

  private async quarantineCut(): Promise<void> {
    const { fs, dir } = this.directory;
    const { torn } = this.report;
    if (torn === null) return;
    for (const segment of this.tail.segments) {
      const { name, soundBytes, sizeBytes } = segment;
      if (sizeBytes <= soundBytes || this.quarantined.has(segment)) continue;
      const label = `${name}.from-${soundBytes}`;
      const path = this.directory.path(name);
      torn.quarantine.push(await quarantineCopy(fs, dir, path, soundBytes, label));
      this.quarantined.add(segment);
    }
  }

  private async list(): Promise<void> {
    const { directory, current, spare, tail } = this;
    current.firstSeq = tail.nextSeq;
    this.mayBeListed = true;
    await directory.replaceManifest((next) => {
      const open = [current, spare].map(({ name, header }) => segmentLine(name, header, null));
      const sealed = next.segments.filter((segment) => segment.sealed !== null);
      next.segments = [...sealed, ...this.sealed.values(), ...open];
    });
    this.isListed = true;
  }

  /** Clears away what is replaced; finishes moves that an interrupted switch left. */
  private async sweep(): Promise<void> {
    const { fs, dir, history, manifest } = this.directory;
    const kept = new Set([...this.sealed.values()].map(({ name }) => name));
    const replaced = this.tail.segments.map(({ name }) => name).filter((name) => !kept.has(name));
    await this.remove(replaced);
    const { report } = this;
    report.orphans = await finishMoves(fs, dir, await this.present(report.orphans));
    for (const name of report.orphans)
      await quarantineFile(fs, dir, this.directory.path(name), name);
    await trimQuarantine(fs, dir);
    await history.expire(manifest);
    await fs.syncDirectory(dir);
  }

  /** Removes those that are there: an earlier run may have come so far. */
  private async remove(names: readonly string[]): Promise<void> {
    for (const name of await this.present(names)) {
      await this.directory.fs.unlink(this.directory.path(name));
    }
  }

  private async present(names: readonly string[]): Promise<string[]> {
    if (names.length === 0) return [];
    const there = new Set(await this.directory.fs.readdir(this.directory.dir));
    return names.filter((name) => there.has(name));
  }
}

/** Whether the seal was written after all before it was known to be on disk. */
function isClosedCleanly({
  isSealed,
  scanner,
  nextSeq,
  sizeBytes,
  soundBytes,
}: TailSegment): boolean {
  return isSealed && scanner.durableSeq >= nextSeq - 1 && sizeBytes === soundBytes;
}

/**
 * A segment that was closed cleanly stays as it is, for all its entries are synced; only its seal
 * may be in the page cache alone, and for good if the sync of it failed. The same bytes, written
 * again, are what the next sync takes to the disk.
 */
async function keepSealed(
  directory: LogDirectory,
  { name, header, firstSeq, nextSeq, sizeBytes, scanner: { contentOffset } }: TailSegment,
): Promise<SealedLine> {
  const { fs } = directory;
  const fd = await fs.open(directory.path(name), 'update');
  try {
    await copyRange(fs, fd, contentOffset, sizeBytes, fd, contentOffset);
    await syncFile(fs, fd);
  } finally {
    await fs.close(fd);
  }
  return segmentLine(name, header, { firstSeq, lastSeq: nextSeq - 1, sizeBytes });
}

/**
 * Copies the sound part of an unsealed segment to a new file and seals it there. Not in place:
 * after a failed sync the page cache may show bytes the disk never got, and appending to them
 * would confirm them.
 */
async function sealCopy(directory: LogDirectory, segment: TailSegment): Promise<SealedLine> {
  const { fs, clock } = directory;
  const { name, number } = takeSegmentName(directory.manifest);
  const header = { ...segment.header, number };
  const source = await fs.open(directory.path(segment.name), 'read');
  try {
    const target = await fs.open(directory.path(name), 'create');
    let isWhole = false;
    try {
      await writeFully(fs, target, encodeFileHeader(header), 0, FILE_HEADER_BYTES, 0);
      const { soundBytes } = segment;
      await copyRange(fs, source, FILE_HEADER_BYTES, soundBytes, target, FILE_HEADER_BYTES);
      let sizeBytes = soundBytes;
      if (!segment.isSealed) {
        const seal = new FrameBuffer(clock);
        seal.nextSeq = segment.nextSeq;
        seal.durableSeq = segment.nextSeq - 1;
        const { baseTimeMs, timeMs } = segment.scanner;
        seal.beginFile(header.salt, header.baseSeq, baseTimeMs, segment.firstSeq);
        seal.timeMs = timeMs;
        seal.appendSeal();
        await writeFully(fs, target, seal.bytes, 0, seal.at, soundBytes);
        sizeBytes += seal.at;
      }
      await syncFile(fs, target);
      isWhole = true;
      const { firstSeq, nextSeq } = segment;
      return segmentLine(name, header, { firstSeq, lastSeq: nextSeq - 1, sizeBytes });
    } finally {
      await fs.close(target);
      if (!isWhole) await fs.unlink(directory.path(name));
    }
  } finally {
    await fs.close(source);
  }
}
