// Takes every intact entry out of a damaged directory into a new one and says exactly what is
// lost. Frames stand for themselves (their checksums are seeded with the file's salt, and they
// carry their sequence numbers), so damage costs only the frames it touches, and units that lost a
// part. The source is only read. Entries after a gap may depend on lost ones, which is why this
// is never automatic.

import type { FileSystem } from '../util/fs.js';
import type { Random } from '../util/random.js';
import { DataSetWriter, refuseFar } from './data-set-writer.js';
import { LogError } from './errors.js';
import type { FileHeader } from './file-header.js';
import { FrameFileReader } from './file-reader.js';
import { FILE_HEADER_BYTES, FRAME_HEADER_BYTES } from './format.js';
import { type Generation, isSnapshotSound, readGenerations } from './generation-chain.js';
import { readIntact } from './intact-frames.js';
import type { LogFrame } from './log-frame.js';
import { withHeader } from './log-source.js';
import { emptyManifest, segmentLine } from './manifest.js';

/** The frame that ends a file; damage to no more than it costs no record. */
const SEAL_BYTES = FRAME_HEADER_BYTES + 16;

export interface SalvageDamage {
  file: string;
  offset: number;
  /** Bytes that belong to no intact frame; 0 when the whole file is missing. */
  sizeBytes: number;
}

export interface SalvageReport {
  /** Whose snapshot it begins with; an older generation's when the newest is damaged. */
  generation: number;
  /** 0 without a snapshot, also when it is missing: the entries in it are then lost ones. */
  snapshotSeq: number;
  /** Records of the snapshot that are lost; 0 when it is sound. */
  lostRecords: number;
  entryCount: number;
  lastSeq: number;
  damages: SalvageDamage[];
  /** Ranges of entries that are lost, in order. */
  lost: { firstSeq: number; lastSeq: number }[];
  /** Damage reaches the end and nothing says how far it went: more may be lost than is named. */
  isEndUnknown: boolean;
}

/**
 * @param dir a data directory with a readable manifest (see `rebuildManifest`)
 * @param out an empty or new directory
 * @param onProgress told how many more bytes of the source are done
 * @throws LogError LOCKED, UNUSABLE, CORRUPT (only for the manifest), UNSUPPORTED
 */
export async function salvage(
  fs: FileSystem,
  dir: string,
  out: string,
  random: Random,
  onProgress?: (bytes: number) => void,
): Promise<SalvageReport> {
  const generations = await readGenerations(fs, dir);
  const chosen = await chooseGeneration(fs, generations);
  const writer = await DataSetWriter.create(fs, out, random, chosen.manifest.datasetId);
  return new Salvage(fs, writer, chosen, onProgress).run();
}

/**
 * Single files: what is intact in one segment, as a data set of its own in which every entry
 * before the segment counts as lost.
 * @throws LogError UNUSABLE when the file's header cannot be read, or it is a snapshot
 */
export function salvageFile(
  fs: FileSystem,
  path: string,
  out: string,
  random: Random,
  onProgress?: (bytes: number) => void,
): Promise<SalvageReport> {
  return withHeader(fs, path, async (reader, header) => {
    if (header.kind !== 'log') {
      throw new LogError('UNUSABLE', `${path} is a snapshot: salvage its directory instead`);
    }
    const { datasetId } = header;
    const writer = await DataSetWriter.create(fs, out, random, datasetId);
    const segment = { ...segmentLine(reader.name, header, null), path };
    const manifest = emptyManifest(datasetId);
    const generation: Generation = { manifest, snapshot: null, segments: [segment] };
    return new Salvage(fs, writer, generation, onProgress).run();
  });
}

/** The newest generation with a sound snapshot, or with one that is there at all. */
async function chooseGeneration(
  fs: FileSystem,
  generations: readonly Generation[],
): Promise<Generation> {
  for (const generation of generations) {
    const { snapshot } = generation;
    if (snapshot === null || (await isSnapshotSound(fs, snapshot))) return generation;
  }
  for (const generation of generations) {
    const { snapshot } = generation;
    if (snapshot !== null && (await fs.stat(snapshot.path)) !== null) return generation;
  }
  return generations[0];
}

class Salvage {
  private readonly fs: FileSystem;
  private readonly out: DataSetWriter;
  private readonly generation: Generation;
  private readonly report: SalvageReport;
  private readonly onProgress: (bytes: number) => void;
  /** The entry that should come next. */
  private nextSeq: number;
  private isBegun = false;

  constructor(
    fs: FileSystem,
    out: DataSetWriter,
    generation: Generation,
    onProgress: ((bytes: number) => void) | undefined,
  ) {
    this.fs = fs;
    this.out = out;
    this.generation = generation;
    const snapshotSeq = generation.snapshot?.seq ?? 0;
    this.nextSeq = snapshotSeq + 1;
    this.onProgress = onProgress ?? (() => undefined);
    this.report = {
      generation: generation.manifest.generation,
      snapshotSeq,
      lostRecords: 0,
      entryCount: 0,
      lastSeq: 0,
      damages: [],
      lost: [],
      isEndUnknown: false,
    };
  }

  async run(): Promise<SalvageReport> {
    const { generation, report } = this;
    if (generation.snapshot !== null) await this.takeSnapshot(generation.snapshot);
    const isSnapshotEndUnknown = report.isEndUnknown;
    for (const segment of generation.segments) {
      const { nextSeq } = this;
      const isEndDamaged = await this.takeSegment(segment);
      // What comes later tells how far it went before.
      if (isEndDamaged) report.isEndUnknown = true;
      else if (this.nextSeq > nextSeq) report.isEndUnknown = isSnapshotEndUnknown;
      const lastSeq = segment.sealed?.lastSeq ?? 0;
      if (lastSeq >= this.nextSeq) {
        await this.begin(0);
        this.lose(this.nextSeq, lastSeq);
        this.nextSeq = lastSeq + 1;
      }
    }
    report.lastSeq = await this.out.finish();
    return report;
  }

  private async takeSnapshot(snapshot: NonNullable<Generation['snapshot']>): Promise<void> {
    const { path, seq, salt, sizeBytes } = snapshot;
    if ((await this.fs.stat(path)) === null) {
      await this.goWithoutSnapshot(path, seq);
      return;
    }
    if (await isSnapshotSound(this.fs, snapshot)) {
      await this.out.copySnapshot(path, seq, salt, sizeBytes);
      this.onProgress(sizeBytes);
      return;
    }
    await this.withDamaged(path, async (reader) => {
      const read = await reader.readHeader();
      const isRead = typeof read !== 'string';
      if (!isRead) this.noteDamage(path, 0, FILE_HEADER_BYTES);
      const header: FileHeader = isRead
        ? read
        : this.standIn('snapshot', { baseSeq: seq, baseTimeMs: 0, salt });
      const writer = this.out.beginSnapshot(seq, header.baseTimeMs);
      let knownTo = 0;
      const nextRecord = await readIntact(reader, header, 1, {
        onUnit: (frames) => {
          for (const frame of frames) {
            refuseFar(frame.nextSeq, 1, path);
            writer.frames.appendFrame(frame);
          }
          return writer.flush();
        },
        onGap: (firstSeq, lastSeq) => {
          refuseFar(lastSeq + 1, 1, path);
          writer.frames.appendGap(firstSeq, lastSeq);
          this.report.lostRecords += lastSeq - firstSeq + 1;
        },
        onDamage: (offset, size) => this.noteDamage(path, offset, size),
        onKnown: (offset) => {
          knownTo = offset;
        },
      });
      if (sizeBytes - knownTo > SEAL_BYTES) {
        // How many is not known; whoever loads it must know that some are.
        writer.frames.appendGap(nextRecord, nextRecord);
        this.report.lostRecords++;
        this.report.isEndUnknown = true;
      }
      this.out.endSnapshot(await writer.finish());
    });
  }

  /** All that the snapshot stood for is lost, and the log goes back to the first entry. */
  private async goWithoutSnapshot(path: string, seq: number): Promise<void> {
    this.noteDamage(path, 0, 0);
    this.report.snapshotSeq = 0;
    this.nextSeq = 1;
    await this.begin(0);
    this.lose(1, seq);
    this.nextSeq = seq + 1;
  }

  /** @returns whether its end is damaged, with nothing in it that says how far it went */
  private async takeSegment(segment: Generation['segments'][number]): Promise<boolean> {
    const { path } = segment;
    let isEndDamaged = false;
    await this.withDamaged(path, async (reader) => {
      const read = await reader.readHeader();
      const isRead = typeof read !== 'string' && read.salt === segment.salt;
      if (!isRead) this.noteDamage(path, 0, FILE_HEADER_BYTES);
      // The manifest repeats what the header says.
      const header = isRead ? read : this.standIn('log', segment);
      await this.begin(header.baseTimeMs);
      this.nextSeq = await readIntact(reader, header, this.nextSeq, {
        onUnit: (frames) => this.keep(frames),
        onGap: (first, last) => this.lose(first, last),
        onDamage: (offset, size) => this.noteDamage(path, offset, size),
        onKnown: (offset) => {
          isEndDamaged = segment.sealed === null && offset < reader.sizeBytes;
        },
      });
    });
    return isEndDamaged;
  }

  private async keep(frames: readonly LogFrame[]): Promise<void> {
    for (const frame of frames) {
      this.out.putFrame(frame);
      this.report.entryCount += frame.nextSeq - frame.seq;
    }
    await this.out.flush();
  }

  private async begin(baseTimeMs: number): Promise<void> {
    if (!this.isBegun) await this.out.beginSegment(this.nextSeq, baseTimeMs);
    this.isBegun = true;
  }

  private lose(firstSeq: number, lastSeq: number): void {
    this.out.putGap(firstSeq, lastSeq);
    const { lost } = this.report;
    const before = lost.at(-1);
    if (before !== undefined && before.lastSeq === firstSeq - 1) before.lastSeq = lastSeq;
    else lost.push({ firstSeq, lastSeq });
  }

  private noteDamage(file: string, offset: number, sizeBytes: number): void {
    this.report.damages.push({ file, offset, sizeBytes });
  }

  private async withDamaged(
    path: string,
    use: (reader: FrameFileReader) => Promise<void>,
  ): Promise<void> {
    if ((await this.fs.stat(path)) === null) {
      this.noteDamage(path, 0, 0);
      return;
    }
    const reader = await FrameFileReader.open(this.fs, path);
    try {
      await use(reader);
    } finally {
      await reader.close();
    }
    this.onProgress(reader.sizeBytes);
  }

  private standIn(
    kind: 'log' | 'snapshot',
    known: { baseSeq: number; baseTimeMs: number; salt: number },
  ): FileHeader {
    const { datasetId } = this.generation.manifest;
    const { baseSeq, baseTimeMs, salt } = known;
    return { kind, datasetId, number: 0, baseSeq, baseTimeMs, salt };
  }
}
