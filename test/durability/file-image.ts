// An undamaged segment or snapshot, read by the rules of FORMAT.md alone, and the same file found
// again in damaged bytes: every frame is known by its very bytes, so no checksum is computed here.
// Invariant: nothing of the engine is used, so what it believes is held against something else.

import { FILE_HEADER, FRAME_HEADER, framesOf, type MappedFrame } from './frame-map.js';

export { FILE_HEADER, FRAME_HEADER } from './frame-map.js';

const MAGIC = 'RDL1';
const TIME = 5;
const FRAGMENT = 4;
const FRAGMENT_END = 8;

/** A frame found in damaged bytes: all of it, or only its header. */
export interface Sighting {
  readonly frame: MappedFrame;
  readonly at: number;
  readonly isWhole: boolean;
}

/** How far a file can be read from its beginning. */
export interface Reach {
  readonly isWhole: boolean;
  readonly isSealed: boolean;
  /** Up to here nothing is cut in two. */
  readonly soundAt: number;
  readonly nextSeq: number;
}

export class FileImage {
  readonly path: string;
  readonly bytes: Buffer;
  readonly frames: readonly MappedFrame[];
  private readonly byHeader = new Map<string, MappedFrame>();
  /** What is seen in it undamaged, and how far it can be read; most files of a case are. */
  private readonly ownSightings: readonly Sighting[];
  private readonly ownReach = new Map<number, Reach>();

  constructor(path: string, bytes: Buffer) {
    this.path = path;
    this.bytes = bytes;
    this.frames = framesOf(bytes);
    for (const frame of this.frames) this.byHeader.set(headerText(frame.bytes, 0), frame);
    this.ownSightings = this.frames.map((frame) => ({ frame, at: frame.offset, isWhole: true }));
  }

  /** @returns the frames that damaged bytes still have, wherever they are now */
  seenIn(damaged: Buffer): readonly Sighting[] {
    if (damaged === this.bytes) return this.ownSightings;
    const sightings: Sighting[] = [];
    let at = FILE_HEADER;
    for (;;) {
      at = damaged.indexOf(MAGIC, at, 'latin1');
      if (at < 0) return sightings;
      const frame = this.byHeader.get(headerText(damaged, at));
      if (frame === undefined) {
        at++;
        continue;
      }
      const isWhole = isAt(damaged, at, frame);
      sightings.push({ frame, at, isWhole });
      at += isWhole ? frame.bytes.length : FRAME_HEADER;
    }
  }

  /** Reads damaged bytes frame by frame. @param nextSeq the entry they must begin with */
  reachIn(damaged: Buffer, nextSeq: number): Reach {
    if (damaged !== this.bytes) return this.readIn(damaged, nextSeq);
    const reach = this.ownReach.get(nextSeq) ?? this.readIn(damaged, nextSeq);
    this.ownReach.set(nextSeq, reach);
    return reach;
  }

  private readIn(damaged: Buffer, nextSeq: number): Reach {
    let at = FILE_HEADER;
    let soundAt = at;
    let soundSeq = nextSeq;
    let next = nextSeq;
    let isInUnit = false;
    let piece = 0;
    let baseTime = 0;
    let time = 0;
    const stop = (isWhole: boolean, isSealed: boolean): Reach => {
      return { isWhole, isSealed, soundAt, nextSeq: soundSeq };
    };
    while (at < damaged.length) {
      const frame = this.byHeader.get(headerText(damaged, at));
      if (frame === undefined || !isAt(damaged, at, frame)) return stop(false, false);
      const { flags, type, isUnitStart, timeOffsetMs } = frame;
      const isPiece = (flags & FRAGMENT) !== 0;
      const isFitting =
        frame.seq === next &&
        isUnitStart !== isInUnit &&
        (isPiece ? frame.count === piece : piece === 0) &&
        baseTime + timeOffsetMs >= time;
      if (!isFitting) return stop(false, false);
      at += frame.bytes.length;
      if (frame.isSeal) {
        if (sealedSeq(frame) !== next - 1) return stop(false, false);
        soundAt = at;
        return stop(at === damaged.length, true);
      }
      time = baseTime + timeOffsetMs;
      if (type === TIME) {
        baseTime = this.baseTimeAfter(frame);
        time = baseTime;
      }
      next = frame.nextSeq;
      piece = isPiece && (flags & FRAGMENT_END) === 0 ? piece + 1 : 0;
      isInUnit = frame.continues;
      if (isInUnit) continue;
      soundAt = at;
      soundSeq = next;
    }
    return stop(!isInUnit, false);
  }

  /** @returns the bytes between frames that are whole, as the format has it no file has any */
  gapsIn(damaged: Buffer): { offset: number; sizeBytes: number }[] {
    const gaps: { offset: number; sizeBytes: number }[] = [];
    let soundTo = FILE_HEADER;
    for (const { frame, at, isWhole } of this.seenIn(damaged)) {
      if (!isWhole) continue;
      if (at > soundTo) gaps.push({ offset: soundTo, sizeBytes: at - soundTo });
      soundTo = at + frame.bytes.length;
    }
    if (damaged.length > soundTo) {
      gaps.push({ offset: soundTo, sizeBytes: damaged.length - soundTo });
    }
    return gaps;
  }

  /** A frame's times count from the header's base time, or from the last TIME frame. */
  private baseTimeAfter({ bytes }: MappedFrame): number {
    const headerTime = Number(this.bytes.readBigUInt64LE(48));
    return Number(bytes.readBigUInt64LE(FRAME_HEADER)) - headerTime;
  }
}

/** @returns the last entry that a seal tells of; 0 when the frame is none */
export function sealedSeq({ isSeal, bytes }: MappedFrame): number {
  return isSeal ? Number(bytes.readBigUInt64LE(FRAME_HEADER + 8)) : 0;
}

function headerText(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + FRAME_HEADER);
}

function isAt(damaged: Buffer, at: number, { bytes }: MappedFrame): boolean {
  const end = at + bytes.length;
  return end <= damaged.length && damaged.compare(bytes, 0, bytes.length, at, end) === 0;
}
