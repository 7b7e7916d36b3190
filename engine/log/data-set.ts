// Reads one generation: a manifest and where its files are. Checks each file against what the
// manifest says of it, decides what damage in the unsealed tail means (torn or corrupt), and
// streams the state: first the snapshot, then every entry after it. Never writes anything.

import { assert } from '../util/assert.js';
import type { FileSystem } from '../util/fs.js';
import { type LogDamage, LogError } from './errors.js';
import type { FileHeader } from './file-header.js';
import { parseDataFileName } from './file-names.js';
import {
  type BytesProgress,
  type FileScan,
  FrameFileReader,
  type FrameSink,
  scannerFor,
} from './file-reader.js';
import { FILE_HEADER_BYTES, FLAG_CONTINUED } from './format.js';
import type { FrameScanner } from './frame-scanner.js';
import { gapHook } from './gap-hook.js';
import type { Manifest, ManifestSegment } from './manifest.js';
import { type FoundFrame, findFrames } from './resync.js';

/** An unsealed segment, checked: how much of it counts. */
export interface TailSegment {
  name: string;
  header: FileHeader;
  sizeBytes: number;
  /** Bytes from the beginning that are sound; what is beyond is cut. */
  soundBytes: number;
  firstSeq: number;
  nextSeq: number;
  isSealed: boolean;
  /** State after the sound part, for whoever goes on from it. */
  scanner: FrameScanner;
}

export interface Tail {
  segments: TailSegment[];
  /** The crash artefact that is cut off, or null when the log ends cleanly. */
  torn: LogDamage | null;
  /** Sequence number of the next entry, after the cut. */
  nextSeq: number;
}

export interface DataSetSinks {
  snapshot: FrameSink | null;
  /** Told how large the file of the snapshot is, before its frames come. */
  onSnapshotSize?: ((sizeBytes: number) => void) | null;
  /** Called where a salvage left something out, between the frames around it. */
  onGap?: (() => void) | null;
  entries: FrameSink | null;
  onProgress: BytesProgress | null;
}

/** What every message about corruption ends with. */
const SALVAGE = 'reddis-check-aof --salvage --out NEWDIR DIR keeps every intact entry';
const RESTORE =
  'reddis-check-aof --restore-to latest --out NEWDIR DIR restores from the previous generation';

export class DataSet {
  readonly fs: FileSystem;
  readonly manifest: Manifest;
  /** Entries that a salvage marked as lost; counted while streaming. */
  lostEntries = 0;
  /** Snapshot records that a salvage marked as lost. */
  lostRecords = 0;
  /** The latest time that any file has, unix ms; known after streaming. */
  lastTimeMs = 0;
  private readonly pathOf: (name: string) => string;

  /** @param pathOf where a file of the manifest is: the directory itself, or its history */
  constructor(fs: FileSystem, manifest: Manifest, pathOf: (name: string) => string) {
    this.fs = fs;
    this.manifest = manifest;
    this.pathOf = pathOf;
  }

  path(name: string): string {
    return this.pathOf(name);
  }

  /** @returns bytes of all files, for progress */
  async totalBytes(): Promise<number> {
    let total = this.manifest.snapshot?.sizeBytes ?? 0;
    for (const { name } of this.manifest.segments) {
      total += (await this.fs.stat(this.path(name)))?.sizeBytes ?? 0;
    }
    return total;
  }

  /** Sequence number that the entry after the snapshot has. */
  get firstSeq(): number {
    return (this.manifest.snapshot?.seq ?? 0) + 1;
  }

  get sealedSegments(): ManifestSegment[] {
    return this.manifest.segments.filter((segment) => segment.sealed !== null);
  }

  /**
   * Checks that the sealed files are there with their sizes and headers and follow one another,
   * without reading them through.
   * @returns the sequence number of the first entry after them
   * @throws LogError CORRUPT
   */
  async checkSealedFiles(): Promise<number> {
    const { snapshot } = this.manifest;
    if (snapshot !== null) {
      await this.withFile(snapshot.name, snapshot.salt, snapshot.sizeBytes, async () => undefined);
    }
    let nextSeq = this.firstSeq;
    let isOpenBefore = false;
    for (const { name, salt, sealed } of this.manifest.segments) {
      if (sealed === null) {
        isOpenBefore = true;
        continue;
      }
      if (isOpenBefore) throw corrupt(this.path(name), 0, nextSeq, 'it follows an open segment');
      await this.withFile(name, salt, sealed.sizeBytes, async () => undefined);
      if (sealed.firstSeq !== nextSeq) {
        const reason = `it begins with entry ${sealed.firstSeq}`;
        throw corrupt(this.path(name), 0, nextSeq, reason, {
          firstSeq: nextSeq,
          lastSeq: sealed.firstSeq - 1,
        });
      }
      nextSeq = sealed.lastSeq + 1;
    }
    return nextSeq;
  }

  /**
   * Reads the unsealed segments and applies the torn-or-corrupt rule: damage beyond what any
   * frame says is durable is a crash artefact and is cut; damage before it is corruption.
   * @param nextSeq the first entry they must begin with
   * @throws LogError CORRUPT
   */
  async checkTail(nextSeq: number): Promise<Tail> {
    const tail: Tail = { segments: [], torn: null, nextSeq };
    let durableSeq = nextSeq - 1;
    // The first entry after the damage that can still be read.
    let intactSeq = Infinity;
    const search = async (reader: FrameFileReader, header: FileHeader, from: number) => {
      for await (const found of findFrames(reader, header, from, 0)) {
        durableSeq = Math.max(durableSeq, found.durableSeq);
        if (beginsIntact(found, from) && found.seq >= tail.nextSeq) {
          intactSeq = Math.min(intactSeq, found.seq);
        }
      }
    };
    for (const { name, salt, sealed } of this.manifest.segments) {
      if (sealed !== null) continue;
      await this.withFile(name, salt, -1, async (reader, header) => {
        tail.torn ??= this.missingEnd(tail.segments.at(-1), reader.sizeBytes);
        if (tail.torn !== null) {
          await search(reader, header, 0);
          tail.segments.push(droppedSegment(reader, header, tail.nextSeq));
          return;
        }
        const scanner = scannerFor(header, tail.nextSeq);
        const scan = await reader.scan(scanner, null);
        durableSeq = Math.max(durableSeq, scanner.durableSeq);
        tail.segments.push(soundSegment(reader, header, scanner, tail.nextSeq));
        tail.nextSeq = scanner.soundNextSeq;
        if (scan.isWhole) return;
        const from = scanner.soundOffset;
        await search(reader, header, from);
        tail.torn = {
          file: reader.path,
          offset: from,
          seq: scanner.soundNextSeq,
          reason: scan.reason,
        };
      });
    }
    const { torn } = tail;
    if (torn !== null && torn.seq <= durableSeq) {
      const firstSeq = torn.seq;
      const lastSeq = Math.min(durableSeq, intactSeq - 1);
      const lost = lastSeq >= firstSeq ? { firstSeq, lastSeq } : null;
      throw corrupt(torn.file, torn.offset, firstSeq, torn.reason, lost);
    }
    return tail;
  }

  /** A segment that something follows ends with its seal; if not, its end was cut off. */
  private missingEnd(before: TailSegment | undefined, nextSizeBytes: number): LogDamage | null {
    if (before === undefined || before.isSealed || nextSizeBytes <= FILE_HEADER_BYTES) return null;
    const { name, soundBytes, nextSeq } = before;
    return {
      file: this.path(name),
      offset: soundBytes,
      seq: nextSeq,
      reason: 'its end is missing',
    };
  }

  /**
   * Hands on the whole state: snapshot, sealed segments, sound part of the tail.
   * @throws LogError CORRUPT at damage in a sealed file
   */
  async stream(sinks: DataSetSinks, tail: Tail): Promise<void> {
    const { snapshot } = this.manifest;
    if (snapshot !== null) {
      sinks.onSnapshotSize?.(snapshot.sizeBytes);
      await this.streamSealed(snapshot.name, snapshot.salt, snapshot.sizeBytes, 1, -1, sinks);
    }
    for (const { name, salt, sealed } of this.manifest.segments) {
      if (sealed === null) continue;
      const { sizeBytes, firstSeq, lastSeq } = sealed;
      await this.streamSealed(name, salt, sizeBytes, firstSeq, lastSeq, sinks);
    }
    for (const segment of tail.segments) {
      const { header } = segment;
      await this.withFile(segment.name, header.salt, -1, async (reader) => {
        const scanner = scannerFor(header, segment.firstSeq);
        const limit = segment.soundBytes;
        reader.onFrame = gapHook(sinks.onGap ?? null);
        const scan = await reader.scan(scanner, sinks.entries, limit, sinks.onProgress);
        this.lostEntries += scanner.lostCount;
        this.lastTimeMs = Math.max(this.lastTimeMs, scanner.timeMs);
        if (scan.isWhole) return;
        throw corrupt(reader.path, scanner.soundOffset, scanner.soundNextSeq, scan.reason);
      });
    }
  }

  private async streamSealed(
    name: string,
    salt: number,
    sizeBytes: number,
    firstSeq: number,
    lastSeq: number,
    sinks: DataSetSinks,
  ): Promise<void> {
    await this.withFile(name, salt, sizeBytes, async (reader, header) => {
      const scanner = scannerFor(header, firstSeq);
      const sink = header.kind === 'log' ? sinks.entries : sinks.snapshot;
      reader.onFrame = gapHook(sinks.onGap ?? null);
      const scan = await reader.scan(scanner, sink, sizeBytes, sinks.onProgress);
      if (header.kind === 'log') this.lostEntries += scanner.lostCount;
      else this.lostRecords += scanner.lostCount;
      this.lastTimeMs = Math.max(this.lastTimeMs, scanner.timeMs);
      const reason = sealedProblem(scan, lastSeq);
      if (reason === '') return;
      const lost = await this.lossAt(reader, header, scanner, lastSeq);
      const remedy = header.kind === 'log' ? SALVAGE : RESTORE;
      throw corrupt(reader.path, scanner.soundOffset, scanner.soundNextSeq, reason, lost, remedy);
    });
  }

  /**
   * Reads one sealed file through in small blocks and hands nothing on.
   * @param name must be a sealed file of the manifest
   * @throws LogError CORRUPT at its first damage, without counting what is lost; file errors
   */
  async verifySealed(name: string, blockBytes: number, onProgress: BytesProgress): Promise<void> {
    const { snapshot } = this.manifest;
    const segment = this.manifest.segments.find((one) => one.name === name);
    const [{ salt }, sealed] =
      snapshot?.name === name
        ? [snapshot, { sizeBytes: snapshot.sizeBytes, firstSeq: 1, lastSeq: -1 }]
        : [segment ?? { salt: 0 }, segment?.sealed ?? null];
    assert(sealed !== null, 'only sealed files can be verified');
    const { sizeBytes, firstSeq, lastSeq } = sealed;
    const verify = async (reader: FrameFileReader, header: FileHeader) => {
      const scan = await reader.scan(scannerFor(header, firstSeq), null, sizeBytes, onProgress);
      const reason = sealedProblem(scan, lastSeq);
      if (reason === '') return;
      throw corrupt(reader.path, scan.scanner.soundOffset, scan.scanner.soundNextSeq, reason);
    };
    await this.withFile(name, salt, sizeBytes, verify, blockBytes);
  }

  /** The entries lost at the first damage: up to the next intact frame or the end of the file. */
  private async lossAt(
    reader: FrameFileReader,
    header: FileHeader,
    scanner: FrameScanner,
    lastSeq: number,
  ): Promise<{ firstSeq: number; lastSeq: number } | null> {
    if (header.kind !== 'log') return null;
    const firstSeq = scanner.soundNextSeq;
    for await (const found of findFrames(reader, header, scanner.soundOffset, firstSeq)) {
      if (beginsIntact(found, scanner.soundOffset)) {
        return found.seq > firstSeq ? { firstSeq, lastSeq: found.seq - 1 } : null;
      }
    }
    return lastSeq >= firstSeq ? { firstSeq, lastSeq } : null;
  }

  /** Opens a file and checks its header against the manifest. */
  private async withFile(
    name: string,
    salt: number,
    sizeBytes: number,
    use: (reader: FrameFileReader, header: FileHeader) => Promise<void>,
    blockBytes?: number,
  ): Promise<void> {
    const path = this.path(name);
    if ((await this.fs.stat(path)) === null) {
      throw corrupt(path, 0, this.firstSeq, 'the file is missing');
    }
    const reader = await FrameFileReader.open(this.fs, path, blockBytes);
    try {
      const header = checkHeader(await reader.readHeader(), this.manifest, name, salt, path);
      if (sizeBytes >= 0 && reader.sizeBytes !== sizeBytes) {
        const reason = `the file has ${reader.sizeBytes} bytes instead of ${sizeBytes}`;
        throw corrupt(path, Math.min(sizeBytes, reader.sizeBytes), this.firstSeq, reason);
      }
      await use(reader, header);
    } finally {
      await reader.close();
    }
  }
}

function checkHeader(
  header: FileHeader | 'foreign' | 'damaged' | 'newer',
  manifest: Manifest,
  name: string,
  salt: number,
  path: string,
): FileHeader {
  if (header === 'newer') {
    throw new LogError('UNSUPPORTED', `${path} was written by a newer version of Reddis`);
  }
  const expected = parseDataFileName(name);
  if (typeof header === 'string') throw corrupt(path, 0, 0, 'the file header is damaged');
  const isOurs =
    header.kind === expected?.kind &&
    header.number === expected.number &&
    header.datasetId === manifest.datasetId &&
    header.salt === salt;
  if (!isOurs) throw corrupt(path, 0, 0, 'the file is not the one the manifest names');
  return header;
}

/** @returns what is wrong with a sealed file that was read to its end or to damage, or '' */
function sealedProblem({ isWhole, reason, scanner }: FileScan, lastSeq: number): string {
  if (!isWhole) return reason;
  if (!scanner.isSealed) return 'the seal is missing';
  if (lastSeq < 0 || scanner.nextSeq === lastSeq + 1) return '';
  return `it ends with entry ${scanner.nextSeq - 1} instead of ${lastSeq}`;
}

function corrupt(
  file: string,
  offset: number,
  seq: number,
  reason: string,
  lost: { firstSeq: number; lastSeq: number } | null = null,
  remedy = SALVAGE,
): LogError {
  const entries = lost === null ? '' : `; entries ${lost.firstSeq} to ${lost.lastSeq} are lost`;
  const message = `${file} is damaged at byte ${offset}: ${reason}${entries}`;
  return new LogError('CORRUPT', message, remedy, { file, offset, seq, reason }, lost);
}

/**
 * Whether a frame ends what is lost at a damage: it is intact, and not a part of a unit that broke.
 * @param from where the unit that is damaged begins
 */
function beginsIntact({ isPayloadIntact, offset, flags }: FoundFrame, from: number): boolean {
  return isPayloadIntact && offset > from && (flags & FLAG_CONTINUED) === 0;
}

function soundSegment(
  reader: FrameFileReader,
  header: FileHeader,
  scanner: FrameScanner,
  firstSeq: number,
): TailSegment {
  return {
    name: reader.name,
    header,
    sizeBytes: reader.sizeBytes,
    soundBytes: scanner.soundOffset,
    firstSeq,
    nextSeq: scanner.soundNextSeq,
    isSealed: scanner.isSealed,
    scanner,
  };
}

/** A segment after the cut: none of it counts. */
function droppedSegment(reader: FrameFileReader, header: FileHeader, nextSeq: number): TailSegment {
  return soundSegment(reader, header, scannerFor(header, nextSeq), nextSeq);
}
