// An undamaged segment or snapshot, read by the rules of FORMAT.md alone, and the same file found
// again in damaged bytes: every frame is known by its very bytes, so no checksum is computed here.
// Invariant: nothing of the engine is used, so what it believes is held against something else.

import { basename } from 'node:path';

export const FILE_HEADER = 64;
export const FRAME_HEADER = 32;
const MAGIC = 'RDL1';
const LAG_UNKNOWN = 0xffffffff;
const SYNC = 2;
const SEAL = 3;
const GAP = 4;
const TIME = 5;
const CONTINUES = 1;
const CONTINUED = 2;
const FRAGMENT = 4;
const FRAGMENT_END = 8;

export interface FrameImage {
  /** Where it is in the undamaged file, header included. */
  readonly at: number;
  readonly sizeBytes: number;
  readonly type: number;
  readonly flags: number;
  readonly count: number;
  readonly seq: number;
  /** What the frame after it has. */
  readonly nextSeq: number;
  readonly timeOffset: number;
  /** The highest entry that it says is durable; 0 for none. */
  readonly durableSeq: number;
  /** Frames with the same number stand or fall together. */
  readonly unit: number;
  readonly bytes: Buffer;
}

/** A frame found in damaged bytes: all of it, or only its header. */
export interface Sighting {
  readonly frame: FrameImage;
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
  readonly name: string;
  readonly bytes: Buffer;
  readonly frames: readonly FrameImage[];
  readonly isLog: boolean;
  private readonly byHeader = new Map<string, FrameImage>();

  constructor(path: string, bytes: Buffer) {
    this.path = path;
    this.name = basename(path);
    this.bytes = bytes;
    this.isLog = this.name.endsWith('.rlog');
    this.frames = this.readFrames();
    for (const frame of this.frames) this.byHeader.set(headerText(frame.bytes, 0), frame);
  }

  /** @returns the frames that damaged bytes still have from `from` on, wherever they are now */
  seenIn(damaged: Buffer, from = FILE_HEADER): Sighting[] {
    const sightings: Sighting[] = [];
    let at = from;
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
      at += isWhole ? frame.sizeBytes : FRAME_HEADER;
    }
  }

  /** Reads damaged bytes frame by frame. @param nextSeq the entry they must begin with */
  reachIn(damaged: Buffer, nextSeq: number): Reach {
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
      const { flags, type } = frame;
      const isPiece = (flags & FRAGMENT) !== 0;
      const isFitting =
        frame.seq === next &&
        ((flags & CONTINUED) !== 0) === isInUnit &&
        (isPiece ? frame.count === piece : piece === 0) &&
        baseTime + frame.timeOffset >= time;
      if (!isFitting) return stop(false, false);
      at += frame.sizeBytes;
      if (type === SEAL) {
        const isTrue = Number(frame.bytes.readBigUInt64LE(FRAME_HEADER + 8)) === next - 1;
        if (!isTrue) return stop(false, false);
        soundAt = at;
        return stop(at === damaged.length, true);
      }
      time = baseTime + frame.timeOffset;
      if (type === TIME) {
        baseTime = this.baseTimeAfter(frame);
        time = baseTime;
      }
      next = frame.nextSeq;
      piece = isPiece && (flags & FRAGMENT_END) === 0 ? piece + 1 : 0;
      isInUnit = (flags & CONTINUES) !== 0;
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
      soundTo = at + frame.sizeBytes;
    }
    if (damaged.length > soundTo) {
      gaps.push({ offset: soundTo, sizeBytes: damaged.length - soundTo });
    }
    return gaps;
  }

  /** A frame's times count from the header's base time, or from the last TIME frame. */
  private baseTimeAfter({ bytes }: FrameImage): number {
    const headerTime = Number(this.bytes.readBigUInt64LE(48));
    return Number(bytes.readBigUInt64LE(FRAME_HEADER)) - headerTime;
  }

  private readFrames(): FrameImage[] {
    const { bytes } = this;
    const baseSeq = this.isLog ? Number(bytes.readBigUInt64LE(40)) : 1;
    const frames: FrameImage[] = [];
    let unit = 0;
    for (let at = FILE_HEADER; at < bytes.length; ) {
      const sizeBytes = FRAME_HEADER + bytes.readUInt32LE(at + 4);
      const seq = baseSeq + bytes.readUInt32LE(at + 8);
      const lag = bytes.readUInt32LE(at + 12);
      const flags = bytes[at + 21];
      const count = bytes.readUInt16LE(at + 22);
      const type = bytes[at + 20];
      let nextSeq = seq + count;
      if (flags & FRAGMENT) nextSeq = flags & FRAGMENT_END ? seq + 1 : seq;
      if (type === GAP) nextSeq = Number(bytes.readBigUInt64LE(at + FRAME_HEADER + 8)) + 1;
      frames.push({
        at,
        sizeBytes,
        type,
        flags,
        count,
        seq,
        nextSeq,
        timeOffset: bytes.readUInt32LE(at + 16),
        durableSeq: lag === LAG_UNKNOWN ? 0 : Math.max(0, seq - lag),
        unit,
        bytes: bytes.subarray(at, at + sizeBytes),
      });
      if ((flags & CONTINUES) === 0) unit++;
      at += sizeBytes;
    }
    return frames;
  }
}

/** @returns whether a frame holds entries or snapshot records */
export function holdsEntries({ type }: FrameImage): boolean {
  return type !== SYNC && type !== SEAL && type !== GAP && type !== TIME;
}

/** @returns the last entry that a seal tells of; 0 when the frame is none */
export function sealedSeq({ type, bytes }: FrameImage): number {
  return type === SEAL ? Number(bytes.readBigUInt64LE(FRAME_HEADER + 8)) : 0;
}

function headerText(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + FRAME_HEADER);
}

function isAt(damaged: Buffer, at: number, { bytes, sizeBytes }: FrameImage): boolean {
  if (at + sizeBytes > damaged.length) return false;
  return damaged.compare(bytes, 0, sizeBytes, at, at + sizeBytes) === 0;
}
