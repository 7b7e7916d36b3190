// The manifest: which files make up the data set, in order. Text, one line per file, its last line
// the CRC of all lines above. Invariant: what is parsed prints back as the very same bytes, so a
// changed byte anywhere is noticed.
//
//   reddis-manifest 1
//   dataset 6f0c...                            32 hex digits
//   revision 7                                 grows with every write of this file
//   generation 2                               grows with every compaction
//   next-number 9                              file numbers below it are used up
//   base-size 1048576                          bytes of the data set right after compaction
//   snapshot snap-00000006.rsnap seq 1000 size 123456 salt 89abcdef
//   segment log-00000007.rlog base 990 1700000000000 salt 01234567 first 1001 last 2000 size 9999
//   segment log-00000008.rlog base 1990 1700000060000 salt 76543210 open
//   crc 1a2b3c4d

import { crc32 } from './crc.js';
import { LogError } from './errors.js';
import { parseDataFileName, segmentName, snapshotName } from './file-names.js';

export interface ManifestSnapshot {
  name: string;
  /** The state is the one after exactly this entry. */
  seq: number;
  sizeBytes: number;
  salt: number;
}

/** A segment. Base and salt repeat its header, so a damaged header costs nothing. */
export interface ManifestSegment {
  name: string;
  baseSeq: number;
  baseTimeMs: number;
  salt: number;
  /** Set once the segment is sealed and synced; `lastSeq` is `firstSeq - 1` in an empty one. */
  sealed: { firstSeq: number; lastSeq: number; sizeBytes: number } | null;
}

export interface Manifest {
  datasetId: string;
  revision: number;
  generation: number;
  nextNumber: number;
  baseSizeBytes: number;
  snapshot: ManifestSnapshot | null;
  segments: ManifestSegment[];
}

const FIRST_LINE = 'reddis-manifest 1';
const NEWER_LINE = /^reddis-manifest ([2-9]|[1-9]\d+)$/;
/** At most FIELD_MAX. */
const NUMBER = '(0|[1-9]\\d{0,14})';
const WHOLE_NUMBER = new RegExp(`^${NUMBER}$`);
const SALT = '([0-9a-f]{8})';
const SNAPSHOT_LINE = new RegExp(
  `^snapshot (snap-\\d+\\.rsnap) seq ${NUMBER} size ${NUMBER} salt ${SALT}$`,
);
const SEGMENT_LINE = new RegExp(
  `^segment (log-\\d+\\.rlog) base ${NUMBER} ${NUMBER} salt ${SALT} ` +
    `(?:open|first ${NUMBER} last ${NUMBER} size ${NUMBER})$`,
);

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

/** @returns the bytes of the file */
export function encodeManifest(manifest: Manifest): Buffer {
  const lines = [
    FIRST_LINE,
    `dataset ${manifest.datasetId}`,
    `revision ${manifest.revision}`,
    `generation ${manifest.generation}`,
    `next-number ${manifest.nextNumber}`,
    `base-size ${manifest.baseSizeBytes}`,
  ];
  const { snapshot } = manifest;
  if (snapshot !== null) {
    const { name, seq, sizeBytes, salt } = snapshot;
    lines.push(`snapshot ${name} seq ${seq} size ${sizeBytes} salt ${hex32(salt)}`);
  }
  for (const { name, baseSeq, baseTimeMs, salt, sealed } of manifest.segments) {
    const extent =
      sealed === null
        ? 'open'
        : `first ${sealed.firstSeq} last ${sealed.lastSeq} size ${sealed.sizeBytes}`;
    lines.push(`segment ${name} base ${baseSeq} ${baseTimeMs} salt ${hex32(salt)} ${extent}`);
  }
  const body = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
  const crc = hex32(crc32(body, 0, body.length, 0));
  return Buffer.concat([body, Buffer.from(`crc ${crc}\n`, 'latin1')]);
}

/**
 * @param path named in the error
 * @throws LogError CORRUPT when the bytes are not exactly what `encodeManifest` writes,
 *   UNSUPPORTED when they are of a newer version
 */
export function decodeManifest(bytes: Buffer, path: string): Manifest {
  const lines = bytes.toString('latin1').split('\n');
  if (NEWER_LINE.test(lines[0]) && endsInItsCrc(bytes)) {
    throw new LogError('UNSUPPORTED', `${path} was written by a newer version of Reddis`);
  }
  const manifest = parseLines(lines);
  if (manifest === null || !encodeManifest(manifest).equals(bytes)) {
    throw new LogError(
      'CORRUPT',
      `${path} is damaged: it does not match its checksum`,
      'reddis-check-aof --rebuild-manifest DIR writes a new one from the files that are there',
    );
  }
  return manifest;
}

/** Whether the last line is the checksum of all lines above, as in a manifest of any version. */
function endsInItsCrc(bytes: Buffer): boolean {
  const at = bytes.lastIndexOf('\ncrc ') + 1;
  return bytes.toString('latin1', at) === `crc ${hex32(crc32(bytes, 0, at, 0))}\n`;
}

function parseLines(lines: string[]): Manifest | null {
  if (lines[0] !== FIRST_LINE || lines.length < 8) return null;
  const datasetId = /^dataset ([0-9a-f]{32})$/.exec(lines[1])?.[1];
  const revision = field(lines[2], 'revision');
  const generation = field(lines[3], 'generation');
  const nextNumber = field(lines[4], 'next-number');
  const baseSizeBytes = field(lines[5], 'base-size');
  if (datasetId === undefined) return null;
  if (Math.min(revision, generation, nextNumber, baseSizeBytes) < 0) return null;
  const manifest: Manifest = {
    datasetId,
    revision,
    generation,
    nextNumber,
    baseSizeBytes,
    snapshot: null,
    segments: [],
  };
  for (const line of lines.slice(6, -2)) if (!parseFileLine(line, manifest)) return null;
  return manifest;
}

/** @returns the number after a name; -1 when the line is anything else */
function field(line: string, name: string): number {
  if (!line.startsWith(`${name} `)) return -1;
  const digits = line.slice(name.length + 1);
  return WHOLE_NUMBER.test(digits) ? Number(digits) : -1;
}

function parseFileLine(line: string, manifest: Manifest): boolean {
  const snapshot = SNAPSHOT_LINE.exec(line);
  if (snapshot !== null) {
    const [, name, seq, size, salt] = snapshot;
    if (parseDataFileName(name) === null) return false;
    const sizeBytes = Number(size);
    manifest.snapshot = { name, seq: Number(seq), sizeBytes, salt: Number.parseInt(salt, 16) };
    return true;
  }
  const segment = SEGMENT_LINE.exec(line);
  if (segment === null) return false;
  const [, name, base, time, salt, first, last, size] = segment;
  if (parseDataFileName(name) === null) return false;
  const sealed =
    first === undefined
      ? null
      : { firstSeq: Number(first), lastSeq: Number(last), sizeBytes: Number(size) };
  manifest.segments.push({
    name,
    baseSeq: Number(base),
    baseTimeMs: Number(time),
    salt: Number.parseInt(salt, 16),
    sealed,
  });
  return true;
}

/** @returns the manifest's line of a segment with this header */
export function segmentLine(
  name: string,
  header: { baseSeq: number; baseTimeMs: number; salt: number },
  sealed: ManifestSegment['sealed'],
): ManifestSegment {
  const { baseSeq, baseTimeMs, salt } = header;
  return { name, baseSeq, baseTimeMs, salt, sealed };
}

/** @returns a manifest of no files */
export function emptyManifest(datasetId: string): Manifest {
  return {
    datasetId,
    revision: 0,
    generation: 1,
    nextNumber: 1,
    baseSizeBytes: 0,
    snapshot: null,
    segments: [],
  };
}

/** Takes the next free file number. */
export function takeSegmentName(manifest: Manifest): { name: string; number: number } {
  const number = manifest.nextNumber++;
  return { name: segmentName(number), number };
}

export function takeSnapshotName(manifest: Manifest): { name: string; number: number } {
  const number = manifest.nextNumber++;
  return { name: snapshotName(number), number };
}

/** @returns the names of all files of a generation, snapshot first */
export function manifestFiles(manifest: Manifest): string[] {
  const names = manifest.segments.map((segment) => segment.name);
  return manifest.snapshot === null ? names : [manifest.snapshot.name, ...names];
}
