// What must become of a damaged directory, worked out from where each frame lies in it: what a
// salvage keeps and loses, and whether a start refuses, cuts, or finds all well.
// Invariant: nothing of the engine is used; the rules are those of FORMAT.md.

import type { Corpus, CorpusGeneration, CorpusSegment } from './damage-corpus.js';
import {
  FILE_HEADER,
  type FileImage,
  type FrameImage,
  holdsEntries,
  type Reach,
  sealedSeq,
} from './file-image.js';

/** A frame with the first and the last of its entries. */
const SEAL_BYTES = 48;

/** @returns the damaged bytes of a file; null when it is not there */
export type BytesOf = (image: FileImage) => Buffer | null;

export interface Range {
  firstSeq: number;
  lastSeq: number;
}

export interface SalvageExpected {
  /** Text of the entries that are kept, in order. */
  readonly commands: readonly string[];
  readonly lost: readonly Range[];
  /** Payloads of the snapshot's frames that are kept. */
  readonly records: readonly string[];
  readonly lostRecords: number;
  readonly damages: readonly { file: string; offset: number; sizeBytes: number }[];
}

/** What a server finds: `soundSeq` is the last entry that it has then. */
export type StartExpected =
  | { readonly kind: 'sound' | 'torn'; readonly soundSeq: number }
  | { readonly kind: 'refused' };

/** What can be kept of a directory: every unit all of whose frames are there. */
export function expectedSalvage(corpus: Corpus, bytesOf: BytesOf): SalvageExpected {
  const generation = chooseGeneration(corpus, bytesOf);
  const damages: { file: string; offset: number; sizeBytes: number }[] = [];
  const note = (image: FileImage, bytes: Buffer | null): void => {
    const file = image.path;
    if (bytes === null) {
      damages.push({ file, offset: 0, sizeBytes: 0 });
      return;
    }
    if (!hasHeader(bytes, image)) damages.push({ file, offset: 0, sizeBytes: FILE_HEADER });
    for (const gap of image.gapsIn(bytes)) damages.push({ file, ...gap });
  };
  const records = { kept: [] as string[], lost: 0 };
  const { snapshot } = generation;
  let { snapshotSeq } = generation;
  if (snapshot !== null) {
    const bytes = bytesOf(snapshot);
    // What a snapshot that is gone stood for are lost entries, like all others.
    if (bytes === null) snapshotSeq = 0;
    note(snapshot, bytes);
    const kept = keptFrames(snapshot, bytes);
    records.kept = kept.map(({ bytes: frame }) => frame.toString('latin1', 32));
    records.lost = countLost(kept, lastKnown(snapshot, bytes));
    // Where nothing says how many records there were at the end, one stands for them.
    if (bytes !== null && !isSnapshotSound(snapshot, bytesOf) && isEndGone(snapshot, bytes)) {
      records.lost++;
    }
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
  const commands: string[] = [];
  const lost: Range[] = [];
  for (let seq = snapshotSeq + 1; seq <= lastSeq; seq++) {
    const command = kept.has(seq) ? corpus.commands[seq - 1] : null;
    if (command !== null) commands.push(command);
    else addSeq(lost, seq);
  }
  return { commands, lost, records: records.kept, lostRecords: records.lost, damages };
}

/** What the server must make of a directory: FORMAT.md, "Reading". */
export function expectedStart(corpus: Corpus, bytesOf: BytesOf): StartExpected {
  const refused: StartExpected = { kind: 'refused' };
  const [{ snapshot, snapshotSeq, segments }] = corpus.generations;
  const own = segments;
  if (snapshot !== null && !isSnapshotSound(snapshot, bytesOf)) return refused;
  let nextSeq = snapshotSeq + 1;
  for (const { image, sealed } of own) {
    if (sealed === null) continue;
    const bytes = bytesOf(image);
    if (bytes === null || bytes.length !== image.bytes.length) return refused;
    if (!hasHeader(bytes, image)) return refused;
    const reach = image.reachIn(bytes, nextSeq);
    if (!reach.isWhole || !reach.isSealed || reach.nextSeq !== sealed.lastSeq + 1) return refused;
    nextSeq = reach.nextSeq;
  }
  return expectedTail(
    own.filter(({ sealed }) => sealed === null),
    nextSeq,
    bytesOf,
  );
}

function expectedTail(
  open: readonly CorpusSegment[],
  firstSeq: number,
  bytesOf: BytesOf,
): StartExpected {
  let nextSeq = firstSeq;
  let durableSeq = firstSeq - 1;
  let isTorn = false;
  let before: Reach | null = null;
  for (const { image } of open) {
    const bytes = bytesOf(image);
    if (bytes === null || !hasHeader(bytes, image)) return { kind: 'refused' };
    if (before !== null && !before.isSealed && bytes.length > FILE_HEADER) isTorn = true;
    const reach = isTorn ? null : image.reachIn(bytes, nextSeq);
    const from = reach === null ? 0 : FILE_HEADER;
    for (const { frame } of image.seenIn(bytes, from)) {
      durableSeq = Math.max(durableSeq, frame.durableSeq);
    }
    if (reach === null) continue;
    before = reach;
    nextSeq = reach.nextSeq;
    if (!reach.isWhole) isTorn = true;
  }
  if (!isTorn) return { kind: 'sound', soundSeq: nextSeq - 1 };
  if (nextSeq <= durableSeq) return { kind: 'refused' };
  return { kind: 'torn', soundSeq: nextSeq - 1 };
}

/** The newest generation whose snapshot is sound, or at least there. */
function chooseGeneration({ generations }: Corpus, bytesOf: BytesOf): CorpusGeneration {
  const isSound = ({ snapshot }: CorpusGeneration) =>
    snapshot === null || isSnapshotSound(snapshot, bytesOf);
  const isThere = ({ snapshot }: CorpusGeneration) =>
    snapshot !== null && bytesOf(snapshot) !== null;
  return generations.find(isSound) ?? generations.find(isThere) ?? generations[0];
}

function isSnapshotSound(image: FileImage, bytesOf: BytesOf): boolean {
  const bytes = bytesOf(image);
  if (bytes === null || bytes.length !== image.bytes.length) return false;
  if (!hasHeader(bytes, image)) return false;
  const { isWhole, isSealed } = image.reachIn(bytes, 1);
  return isWhole && isSealed;
}

function hasHeader(bytes: Buffer, image: FileImage): boolean {
  if (bytes.length < FILE_HEADER) return false;
  return bytes.compare(image.bytes, 0, FILE_HEADER, 0, FILE_HEADER) === 0;
}

/** Frames with entries, of units that are all there, in order. */
function keptFrames(image: FileImage, bytes: Buffer | null): FrameImage[] {
  const whole = wholeIn(image, bytes);
  const broken = new Set<number>();
  for (const frame of image.frames) if (!whole.has(frame)) broken.add(frame.unit);
  return image.frames.filter((frame) => holdsEntries(frame) && !broken.has(frame.unit));
}

function wholeIn(image: FileImage, bytes: Buffer | null): Set<FrameImage> {
  const seen = bytes === null ? [] : image.seenIn(bytes);
  return new Set(seen.filter(({ isWhole }) => isWhole).map(({ frame }) => frame));
}

/** The last entry that anything which is left of a file tells of, if only the header of a frame. */
function lastKnown(image: FileImage, bytes: Buffer | null): number {
  let last = 0;
  for (const { frame, isWhole } of bytes === null ? [] : image.seenIn(bytes)) {
    const { seq, nextSeq } = frame;
    const own = holdsEntries(frame) ? Math.max(seq, nextSeq - 1) : seq - 1;
    last = Math.max(last, own, isWhole ? nextSeq - 1 : 0, isWhole ? sealedSeq(frame) : 0);
  }
  return last;
}

/** Whether more than a seal is missing after the last frame of which there is at least a header. */
function isEndGone(image: FileImage, bytes: Buffer): boolean {
  const ends = image.seenIn(bytes).map(({ frame, at }) => at + frame.sizeBytes);
  return image.bytes.length - Math.max(FILE_HEADER, ...ends) > SEAL_BYTES;
}

function countLost(kept: readonly FrameImage[], lastSeq: number): number {
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
