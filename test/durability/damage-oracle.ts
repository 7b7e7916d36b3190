// What must become of a damaged directory, worked out from where each frame lies in it: what a
// salvage keeps and loses, and whether a start refuses, cuts, or finds all well, and where.
// Invariant: nothing of the engine is used; the rules are those of FORMAT.md.

import { FILE_HEADER, type FileImage, type Reach, type Sighting, sealedSeq } from './file-image.js';
import type { MappedFrame } from './frame-map.js';
import type { GenerationImages, SegmentImage } from './generation-images.js';

/** The seal of a file, which costs nothing when it is gone. */
const SEAL_BYTES = 48;

/** @returns the damaged bytes of a file; null when it is not there */
export type BytesOf = (image: FileImage) => Buffer | null;

export interface Range {
  firstSeq: number;
  lastSeq: number;
}

export interface SalvageExpected {
  /** That of the snapshot it begins with; 0 without one. */
  readonly snapshotSeq: number;
  /** The entries that are kept, in order. */
  readonly keptSeqs: readonly number[];
  readonly lost: readonly Range[];
  /** Frames of the snapshot that are kept. */
  readonly records: readonly MappedFrame[];
  readonly lostRecords: number;
  /** Whether nothing says how many records there were at the end of the snapshot. */
  readonly isSnapshotEndGone: boolean;
  readonly damages: readonly { file: string; offset: number; sizeBytes: number }[];
}

/** Where damage is said to be: the entry, or record, that should begin there. */
export interface DamagePlace {
  readonly file: string;
  readonly offset: number;
  readonly seq: number;
}

/** What a server finds. */
export interface StartExpected {
  readonly verdict: 'sound' | 'torn' | 'corrupt';
  /** The last entry that it has then; the one before the place when it is refused. */
  readonly lastSeq: number;
  /** Null: none, or any place of `file`. */
  readonly place: DamagePlace | null;
  /** The file that is damaged, or null. */
  readonly file: string | null;
  /** Entries that a refusal names as lost; undefined where it may say less. */
  readonly lost: Readonly<Range> | null | undefined;
  /** Bytes that a start cuts, by path. */
  readonly cut: ReadonlyMap<string, Buffer>;
}

const NOTHING_CUT: ReadonlyMap<string, Buffer> = new Map();

/**
 * What can be kept of a directory: every unit all of whose frames are there.
 * @param generations newest first
 */
export function expectedSalvage(
  generations: readonly GenerationImages[],
  bytesOf: BytesOf,
): SalvageExpected {
  const generation = chooseGeneration(generations, bytesOf);
  const damages: { file: string; offset: number; sizeBytes: number }[] = [];
  const note = (image: FileImage, bytes: Buffer | null): void => {
    const file = image.path;
    if (bytes === null) {
      damages.push({ file, offset: 0, sizeBytes: 0 });
      return;
    }
    if (!hasHeader(image, bytes)) damages.push({ file, offset: 0, sizeBytes: FILE_HEADER });
    for (const gap of image.gapsIn(bytes)) damages.push({ file, ...gap });
  };
  let records: MappedFrame[] = [];
  let lostRecords = 0;
  let isSnapshotEndGone = false;
  const { snapshot } = generation;
  let { snapshotSeq } = generation;
  if (snapshot !== null) {
    const bytes = bytesOf(snapshot);
    // What a snapshot that is gone stood for are lost entries, like all others.
    if (bytes === null) snapshotSeq = 0;
    note(snapshot, bytes);
    records = keptFrames(snapshot, bytes);
    lostRecords = countLost(records, lastKnown(snapshot, bytes));
    isSnapshotEndGone =
      bytes !== null && !isSnapshotSound(snapshot, bytesOf) && isEndGone(snapshot, bytes);
    // One stands for those that nothing tells of.
    if (isSnapshotEndGone) lostRecords++;
  }
  const kept = new Set<number>();
  let lastSeq = generation.snapshotSeq;
  for (const { image, sealed } of generation.segments) {
    const bytes = bytesOf(image);
    note(image, bytes);
    for (const { seq, nextSeq } of keptFrames(image, bytes)) {
      for (let at = seq; at < nextSeq; at++) kept.add(at);
      lastSeq = Math.max(lastSeq, nextSeq - 1);
    }
    lastSeq = Math.max(lastSeq, lastKnown(image, bytes), sealed?.lastSeq ?? 0);
  }
  const keptSeqs: number[] = [];
  const lost: Range[] = [];
  for (let seq = snapshotSeq + 1; seq <= lastSeq; seq++) {
    if (kept.has(seq)) keptSeqs.push(seq);
    else addSeq(lost, seq);
  }
  return { snapshotSeq, keptSeqs, lost, records, lostRecords, isSnapshotEndGone, damages };
}

/**
 * What the server must make of a directory: FORMAT.md, "Reading". With more than one damaged file
 * the verdict is exact, and the place is one of those that may be named.
 */
export function expectedStart(
  { snapshot, snapshotSeq, segments }: GenerationImages,
  bytesOf: BytesOf,
): StartExpected {
  if (snapshot !== null && !isSnapshotSound(snapshot, bytesOf)) {
    const bytes = bytesOf(snapshot);
    if (!isAsLarge(snapshot, bytes)) return refusedFile(snapshot);
    return { ...refusedAt(snapshot, snapshot.reachIn(bytes, 1), null), lastSeq: 0 };
  }
  let nextSeq = snapshotSeq + 1;
  for (const { image, sealed } of segments) {
    if (sealed === null) continue;
    const bytes = bytesOf(image);
    if (!isAsLarge(image, bytes)) return refusedFile(image);
    const reach = image.reachIn(bytes, nextSeq);
    if (!reach.isWhole || !reach.isSealed || reach.nextSeq !== sealed.lastSeq + 1) {
      // The unit is lost, and what follows it up to the next that begins whole.
      const next = unitStarts(image.seenIn(bytes), reach.soundAt + 1)[0]?.seq ?? sealed.lastSeq + 1;
      return refusedAt(image, reach, next - 1);
    }
    nextSeq = reach.nextSeq;
  }
  const open = segments.filter(({ sealed }) => sealed === null);
  return expectedTail(open, nextSeq, bytesOf);
}

/** A file that is gone, cut, or of which the header is damaged. */
function refusedFile({ path: file }: FileImage): StartExpected {
  const verdict = 'corrupt';
  return { verdict, lastSeq: 0, place: null, file, lost: undefined, cut: NOTHING_CUT };
}

/** @param lastLost the last entry that is lost; null in a snapshot */
function refusedAt(image: FileImage, reach: Reach, lastLost: number | null): StartExpected {
  const { path: file } = image;
  const { soundAt: offset, nextSeq: seq } = reach;
  const isLost = lastLost !== null && lastLost >= seq;
  return {
    verdict: 'corrupt',
    lastSeq: seq - 1,
    place: { file, offset, seq },
    file,
    lost: isLost ? { firstSeq: seq, lastSeq: lastLost } : null,
    cut: NOTHING_CUT,
  };
}

/** The open segments: torn, or corrupt when what is damaged is known to be durable. */
function expectedTail(
  open: readonly SegmentImage[],
  firstSeq: number,
  bytesOf: BytesOf,
): StartExpected {
  let durableSeq = firstSeq - 1;
  /** How far the log can be read, and where the first damage is. */
  let last = { image: null as FileImage | null, isSealed: true, soundAt: 0, nextSeq: firstSeq };
  let isBroken = false;
  /** The first entry after the damage whose frame is intact. */
  let intactSeq = Number.POSITIVE_INFINITY;
  const cut = new Map<string, Buffer>();
  for (const { image } of open) {
    const bytes = bytesOf(image);
    if (!hasHeader(image, bytes)) return refusedFile(image);
    if (!last.isSealed && bytes.length > FILE_HEADER) isBroken = true;
    let soundAt = FILE_HEADER;
    if (!isBroken) {
      const reach = image.reachIn(bytes, last.nextSeq);
      ({ soundAt } = reach);
      last = { ...reach, image };
      isBroken = !reach.isWhole;
    }
    // What headers say is durable counts wherever they are.
    const seen = image.seenIn(bytes);
    for (const { frame } of seen) durableSeq = Math.max(durableSeq, frame.durableSeq);
    // Of a unit that is broken nothing is left; the next one is.
    const after = image === last.image ? soundAt + 1 : FILE_HEADER;
    for (const { seq } of isBroken ? unitStarts(seen, after) : []) {
      intactSeq = Math.min(intactSeq, seq);
    }
    if (bytes.length > soundAt) cut.set(image.path, bytes.subarray(soundAt));
  }
  const { image, nextSeq } = last;
  const lastSeq = nextSeq - 1;
  if (!isBroken || image === null) {
    return { verdict: 'sound', lastSeq, place: null, file: null, lost: null, cut: NOTHING_CUT };
  }
  if (nextSeq <= durableSeq) {
    return refusedAt(image, { ...last, isWhole: false }, Math.min(durableSeq, intactSeq - 1));
  }
  const file = image.path;
  const place = { file, offset: last.soundAt, seq: nextSeq };
  return { verdict: 'torn', lastSeq, place, file, lost: null, cut };
}

/** @returns the frames that are whole and begin a unit, at `from` or later */
function unitStarts(seen: readonly Sighting[], from: number): MappedFrame[] {
  const whole = seen.filter(({ at, isWhole }) => isWhole && at >= from);
  return whole.map(({ frame }) => frame).filter(({ isUnitStart }) => isUnitStart);
}

/** The newest generation whose snapshot is sound, or at least there. */
function chooseGeneration(
  generations: readonly GenerationImages[],
  bytesOf: BytesOf,
): GenerationImages {
  const isSound = ({ snapshot }: GenerationImages) =>
    snapshot === null || isSnapshotSound(snapshot, bytesOf);
  const isThere = ({ snapshot }: GenerationImages) =>
    snapshot !== null && bytesOf(snapshot) !== null;
  return generations.find(isSound) ?? generations.find(isThere) ?? generations[0];
}

function isSnapshotSound(image: FileImage, bytesOf: BytesOf): boolean {
  const bytes = bytesOf(image);
  if (!isAsLarge(image, bytes)) return false;
  const { isWhole, isSealed } = image.reachIn(bytes, 1);
  return isWhole && isSealed;
}

/** Whether a file is there with its header. */
function hasHeader(image: FileImage, bytes: Buffer | null): bytes is Buffer {
  if (bytes === null || bytes.length < FILE_HEADER) return false;
  return bytes.compare(image.bytes, 0, FILE_HEADER, 0, FILE_HEADER) === 0;
}

/** Whether it has its size, too, as a sealed one must. */
function isAsLarge(image: FileImage, bytes: Buffer | null): bytes is Buffer {
  return hasHeader(image, bytes) && bytes.length === image.bytes.length;
}

/** Frames with entries, of units that are all there, in order. */
function keptFrames(image: FileImage, bytes: Buffer | null): MappedFrame[] {
  const whole = wholeIn(image, bytes);
  const broken = new Set<number>();
  for (const frame of image.frames) if (!whole.has(frame)) broken.add(frame.unitOffset);
  return image.frames.filter((frame) => frame.hasEntries && !broken.has(frame.unitOffset));
}

function wholeIn(image: FileImage, bytes: Buffer | null): Set<MappedFrame> {
  const seen = bytes === null ? [] : image.seenIn(bytes);
  return new Set(seen.filter(({ isWhole }) => isWhole).map(({ frame }) => frame));
}

/** The last entry that anything which is left of a file tells of, if only the header of a frame. */
function lastKnown(image: FileImage, bytes: Buffer | null): number {
  let last = 0;
  for (const { frame, isWhole } of bytes === null ? [] : image.seenIn(bytes)) {
    const { seq, nextSeq, hasEntries } = frame;
    const own = hasEntries ? Math.max(seq, nextSeq - 1) : seq - 1;
    last = Math.max(last, own, isWhole ? nextSeq - 1 : 0, isWhole ? sealedSeq(frame) : 0);
  }
  return last;
}

/** Whether more than a seal is missing after the last frame of which there is at least a header. */
function isEndGone(image: FileImage, bytes: Buffer): boolean {
  const ends = image.seenIn(bytes).map(({ frame, at }) => at + frame.bytes.length);
  return image.bytes.length - Math.max(FILE_HEADER, ...ends) > SEAL_BYTES;
}

function countLost(kept: readonly MappedFrame[], lastSeq: number): number {
  let nextSeq = 1;
  let lost = 0;
  for (const frame of kept) {
    lost += frame.seq - nextSeq;
    nextSeq = frame.nextSeq;
  }
  return lost + Math.max(0, lastSeq - nextSeq + 1);
}

function addSeq(ranges: Range[], seq: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.lastSeq === seq - 1) last.lastSeq = seq;
  else ranges.push({ firstSeq: seq, lastSeq: seq });
}
