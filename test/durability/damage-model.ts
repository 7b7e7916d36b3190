// What must come of damage: from what is left of each frame of a sample, by the rules of FORMAT.md
// ("Reading"), without looking at a byte of the damaged file. Invariant: a model says one thing
// only: sound or torn with so many entries, or corrupt at one place.

import type { MappedFrame } from './frame-map.js';
import { FRAME_HEADER_BYTES } from './frame-map.js';
import type { SampleFile, SampleLog } from './sample-log.js';

const FILE_HEADER_BYTES = 64;

/** `header`: only the header is left intact. `gone`: the file ends before it. */
export type FrameRemains = 'whole' | 'header' | 'damaged' | 'gone';

export interface Damage {
  readonly file: SampleFile;
  /** What the file has now. */
  readonly bytes: Buffer;
  remainsOf(frame: MappedFrame): FrameRemains;
  /** Whether bytes that are no frame follow the last frame. */
  readonly hasMore: boolean;
  readonly isHeaderDamaged: boolean;
}

/** Where damage is said to be. */
export interface DamagePlace {
  readonly file: string;
  readonly offset: number;
  readonly seq: number;
}

export interface Expectation {
  readonly verdict: 'sound' | 'torn' | 'corrupt';
  /** Entries that a start hands on: the first ones; all before the place when it is refused. */
  readonly entries: number;
  readonly lastSeq: number;
  /** Null: none, or any place in the file. */
  readonly place: DamagePlace | null;
  /** Entries that a refusal names as lost; undefined where it may say less. */
  readonly lost: { readonly firstSeq: number; readonly lastSeq: number } | null | undefined;
  /** Bytes that a start cuts, by path. */
  readonly cut: ReadonlyMap<string, Buffer>;
}

/** @returns a file cut off at `size` bytes */
export function truncated(file: SampleFile, size: number): Damage {
  return {
    file,
    bytes: file.bytes.subarray(0, size),
    remainsOf: ({ offset, end }) => {
      if (end <= size) return 'whole';
      if (offset >= size) return 'gone';
      return offset + FRAME_HEADER_BYTES <= size ? 'header' : 'damaged';
    },
    hasMore: false,
    isHeaderDamaged: size < FILE_HEADER_BYTES,
  };
}

/** @returns a file in which the bytes at these places are others than they were */
export function overwritten(file: SampleFile, bytes: Buffer, places: readonly number[]): Damage {
  return {
    file,
    bytes,
    remainsOf: ({ offset, end }) => {
      const own = places.filter((at) => at >= offset && at < end);
      if (own.length === 0) return 'whole';
      return own.some((at) => at < offset + FRAME_HEADER_BYTES) ? 'damaged' : 'header';
    },
    hasMore: false,
    isHeaderDamaged: places.some((at) => at < FILE_HEADER_BYTES),
  };
}

/** @returns a file followed by bytes that are no frame that may come there */
export function extended(file: SampleFile, tail: Uint8Array): Damage {
  return {
    file,
    bytes: Buffer.concat([file.bytes, tail]),
    remainsOf: () => 'whole',
    hasMore: tail.length > 0,
    isHeaderDamaged: false,
  };
}

/** @returns how many entries come before entry `seq` */
export function entriesBefore({ seqs }: SampleLog, seq: number): number {
  let [from, to] = [0, seqs.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (seqs[middle] < seq) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** @returns what must come of one damaged file */
export function expectationOf(sample: SampleLog, damage: Damage): Expectation {
  const { file } = damage;
  if (!file.isSealed && !damage.isHeaderDamaged) return new TailModel(sample, damage).judge();
  const corrupt = {
    verdict: 'corrupt',
    lastSeq: 0,
    lost: undefined,
    cut: new Map<string, Buffer>(),
  } as const;
  const isWrongSize = damage.bytes.length !== file.bytes.length;
  const bad = file.frames.find((frame) => damage.remainsOf(frame) !== 'whole');
  if (damage.isHeaderDamaged || isWrongSize || bad === undefined) {
    return { ...corrupt, entries: 0, place: null };
  }
  const seq = bad.unitSeq;
  const place = { file: file.path, offset: bad.unitOffset, seq };
  if (file === sample.snapshot) return { ...corrupt, entries: 0, place, lost: null };
  // The unit is lost, and what follows it up to the next frame that is whole and begins a unit.
  const next = file.frames.find(
    (frame) =>
      frame.offset === frame.unitOffset &&
      frame.offset > bad.unitOffset &&
      damage.remainsOf(frame) === 'whole',
  );
  const lastSeq = (next?.seq ?? file.frames[file.frames.length - 1].nextSeq) - 1;
  const lost = lastSeq >= seq ? { firstSeq: seq, lastSeq } : null;
  return { ...corrupt, entries: entriesBefore(sample, seq), place, lost };
}

class TailModel {
  private readonly sample: SampleLog;
  private readonly damage: Damage;
  private place: DamagePlace | null = null;
  private nextSeq: number;
  private durableSeq: number;
  /** The first entry after the damage whose frame is intact. */
  private intactSeq = Number.POSITIVE_INFINITY;
  private readonly cut = new Map<string, Buffer>();

  constructor(sample: SampleLog, damage: Damage) {
    this.sample = sample;
    this.damage = damage;
    const sealed = sample.segments.filter(({ isSealed }) => isSealed);
    this.nextSeq = sealed.at(-1)?.frames.at(-1)?.nextSeq ?? 1;
    this.durableSeq = this.nextSeq - 1;
  }

  judge(): Expectation {
    const open = this.sample.segments.filter(({ isSealed }) => !isSealed);
    let before: { path: string; soundBytes: number; isSealed: boolean } | null = null;
    for (const file of open) {
      const bytes = file === this.damage.file ? this.damage.bytes : file.bytes;
      const isUsed = bytes.length > FILE_HEADER_BYTES;
      if (this.place === null && before !== null && !before.isSealed && isUsed) {
        this.place = { file: before.path, offset: before.soundBytes, seq: this.nextSeq };
      }
      const soundBytes: number = this.place === null ? this.readSound(file) : FILE_HEADER_BYTES;
      this.claim(file, soundBytes);
      if (bytes.length > soundBytes) this.cut.set(file.path, bytes.subarray(soundBytes));
      const isSealed = file.frames.some(
        (frame) => frame.isSeal && frame.end <= soundBytes && this.isWhole(file, frame),
      );
      before = { path: file.path, soundBytes, isSealed };
    }
    return this.expectation();
  }

  private expectation(): Expectation {
    const { place, nextSeq, durableSeq, cut } = this;
    const entries = entriesBefore(this.sample, nextSeq);
    const sound = { entries, lastSeq: nextSeq - 1, lost: null };
    if (place === null) return { ...sound, verdict: 'sound', place, cut: new Map() };
    if (place.seq > durableSeq) return { ...sound, verdict: 'torn', place, cut };
    const lastSeq = Math.min(durableSeq, this.intactSeq - 1);
    const lost = lastSeq >= place.seq ? { firstSeq: place.seq, lastSeq } : null;
    return { ...sound, verdict: 'corrupt', place, lost, cut: new Map() };
  }

  private remains(file: SampleFile, frame: MappedFrame): FrameRemains {
    return file === this.damage.file ? this.damage.remainsOf(frame) : 'whole';
  }

  private isWhole(file: SampleFile, frame: MappedFrame): boolean {
    return this.remains(file, frame) === 'whole';
  }

  /** Goes on to the first frame that is not whole. @returns how much of the file is sound */
  private readSound(file: SampleFile): number {
    let sound = FILE_HEADER_BYTES;
    let unit: MappedFrame | null = null;
    const tear = (seq: number): number => {
      this.place = { file: file.path, offset: sound, seq };
      return sound;
    };
    for (const frame of file.frames) {
      const remains = this.remains(file, frame);
      if (remains === 'gone') break;
      unit = frame;
      if (remains !== 'whole') return tear(frame.unitSeq);
      if (frame.continues) continue;
      unit = null;
      sound = frame.end;
      this.nextSeq = frame.nextSeq;
    }
    if (unit !== null) return tear(unit.unitSeq);
    if (file === this.damage.file && this.damage.hasMore) return tear(this.nextSeq);
    return sound;
  }

  /** What headers say is durable counts wherever they are. */
  private claim(file: SampleFile, soundBytes: number): void {
    for (const frame of file.frames) {
      const remains = this.remains(file, frame);
      if (remains === 'gone' || remains === 'damaged') continue;
      this.durableSeq = Math.max(this.durableSeq, frame.durableSeq);
      const { place } = this;
      if (place === null || remains !== 'whole' || frame.offset < soundBytes) continue;
      // Of a unit that is broken nothing is left; the next one is.
      if (file.path === place.file && frame.unitOffset === place.offset) continue;
      if (frame.offset !== frame.unitOffset) continue;
      this.intactSeq = Math.min(this.intactSeq, frame.seq);
    }
  }
}
