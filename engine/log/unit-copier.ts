// Copies frames from a reader to an output, a unit at a time: frames of a unit wait until its last
// one is there, so what is copied never ends inside a unit. Stops at a target, if there is one,
// before the first unit that goes beyond it.

import { EntryDecoder } from './entry-decoder.js';
import {
  FLAG_CONTINUED,
  FLAG_CONTINUES,
  FLAG_FRAGMENT,
  FLAG_UNIT,
  FRAME_ENTRIES,
  FRAME_GAP,
  FRAME_HEADER_BYTES,
} from './format.js';
import type { FrameScanner } from './frame-scanner.js';

/** The last entry or time that is wanted; both may be infinite. */
export interface CopyTarget {
  seq: number;
  timeMs: number;
}

/** Takes the frames that are copied; a DataSetWriter is one. */
export interface FrameOutput {
  /** Takes a frame over as it is; `bytes[at...]` is the frame that `scanner` just accepted. */
  copyFrame(bytes: Buffer, at: number, length: number, scanner: FrameScanner): void;
  /** Takes a frame whose payload is `payload[from .. to)`. */
  putFrame(
    payload: Buffer,
    from: number,
    to: number,
    type: number,
    flags: number,
    count: number,
    seq: number,
    nextSeq: number,
    timeMs: number,
  ): void;
}

export const COPY_ALL: CopyTarget = {
  seq: Number.POSITIVE_INFINITY,
  timeMs: Number.POSITIVE_INFINITY,
};

const INDIVISIBLE = FLAG_CONTINUED | FLAG_CONTINUES | FLAG_FRAGMENT | FLAG_UNIT;

interface WaitingFrame {
  payload: Buffer;
  type: number;
  flags: number;
  count: number;
  seq: number;
  nextSeq: number;
  timeMs: number;
}

export class UnitCopier {
  /** The target was reached; nothing more is copied. */
  isDone = false;
  /** Entries copied. */
  entryCount = 0;
  private readonly out: FrameOutput;
  private readonly target: CopyTarget;
  private readonly decoder = new EntryDecoder();
  private waiting: WaitingFrame[] = [];

  constructor(out: FrameOutput, target: CopyTarget) {
    this.out = out;
    this.target = target;
  }

  /** A frame hook: see FrameFileReader. */
  readonly take = (bytes: Buffer, at: number, length: number, scanner: FrameScanner): void => {
    if (this.isDone || (scanner.type !== FRAME_ENTRIES && scanner.type !== FRAME_GAP)) return;
    if (scanner.isComplete && this.waiting.length === 0) {
      this.takeWhole(bytes, at, length, scanner);
      return;
    }
    const payload = Buffer.from(bytes.subarray(at + FRAME_HEADER_BYTES, at + length));
    const { type, flags, count, seq, nextSeq, timeMs } = scanner;
    this.waiting.push({ payload, type, flags, count, seq, nextSeq, timeMs });
    if (scanner.isComplete) this.release();
  };

  /** Whether entry `seq`, and with it everything after it, is not wanted. */
  isBeyond(seq: number): boolean {
    return seq > this.target.seq;
  }

  /** Forgets the beginning of a unit whose end will not come. */
  drop(): void {
    this.waiting = [];
  }

  private takeWhole(bytes: Buffer, at: number, length: number, scanner: FrameScanner): void {
    const { seq, nextSeq, timeMs, flags, type } = scanner;
    if (this.isWanted(nextSeq - 1, timeMs)) {
      this.out.copyFrame(bytes, at, length, scanner);
      if (type === FRAME_ENTRIES) this.entryCount += nextSeq - seq;
      return;
    }
    this.isDone = true;
    const wanted = this.target.seq - seq + 1;
    if (timeMs > this.target.timeMs || wanted <= 0 || flags & INDIVISIBLE) return;
    if (type !== FRAME_ENTRIES) return;
    const from = at + FRAME_HEADER_BYTES;
    this.decoder.begin(bytes, from, at + length);
    for (let i = 0; i < wanted; i++) this.decoder.next();
    const to = this.decoder.position;
    this.out.putFrame(bytes, from, to, type, 0, wanted, seq, seq + wanted, timeMs);
    this.entryCount += wanted;
  }

  private release(): void {
    const { waiting } = this;
    this.waiting = [];
    const last = waiting[waiting.length - 1];
    if (!this.isWanted(last.nextSeq - 1, last.timeMs)) {
      this.isDone = true;
      return;
    }
    for (const { payload, type, flags, count, seq, nextSeq, timeMs } of waiting) {
      this.out.putFrame(payload, 0, payload.length, type, flags, count, seq, nextSeq, timeMs);
    }
    this.entryCount += last.nextSeq - waiting[0].seq;
  }

  private isWanted(lastSeq: number, timeMs: number): boolean {
    return lastSeq <= this.target.seq && timeMs <= this.target.timeMs;
  }
}
