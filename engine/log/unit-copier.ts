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
} from './format.js';
import type { FrameScanner } from './frame-scanner.js';
import { acceptedFrame, type LogFrame } from './log-frame.js';

/** The last entry or time that is wanted; both may be infinite. */
export interface CopyTarget {
  seq: number;
  timeMs: number;
}

/** Takes the frames that are copied, of type ENTRIES or GAP; a DataSetWriter is one. */
export interface FrameOutput {
  /** @param frame its payload may change after the call */
  putFrame(frame: LogFrame): void;
}

export const COPY_ALL: CopyTarget = {
  seq: Number.POSITIVE_INFINITY,
  timeMs: Number.POSITIVE_INFINITY,
};

const INDIVISIBLE = FLAG_CONTINUED | FLAG_CONTINUES | FLAG_FRAGMENT | FLAG_UNIT;

export class UnitCopier {
  /** The target was reached; nothing more is copied. */
  isDone = false;
  /** Entries copied. */
  entryCount = 0;
  private readonly out: FrameOutput;
  private readonly target: CopyTarget;
  private readonly decoder = new EntryDecoder();
  private waiting: LogFrame[] = [];

  constructor(out: FrameOutput, target: CopyTarget) {
    this.out = out;
    this.target = target;
  }

  /** A frame hook: see FrameFileReader. */
  readonly take = (bytes: Buffer, at: number, length: number, scanner: FrameScanner): void => {
    if (this.isDone || (scanner.type !== FRAME_ENTRIES && scanner.type !== FRAME_GAP)) return;
    const frame = acceptedFrame(bytes, at, length, scanner);
    if (scanner.isComplete && this.waiting.length === 0) {
      this.takeWhole(frame);
      return;
    }
    this.waiting.push({ ...frame, payload: Buffer.from(frame.payload) });
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

  private takeWhole(frame: LogFrame): void {
    const { payload, type, flags, seq, nextSeq, timeMs } = frame;
    if (this.isWanted(nextSeq - 1, timeMs)) {
      this.out.putFrame(frame);
      if (type === FRAME_ENTRIES) this.entryCount += nextSeq - seq;
      return;
    }
    this.isDone = true;
    const wanted = this.target.seq - seq + 1;
    if (timeMs > this.target.timeMs || wanted <= 0 || flags & INDIVISIBLE) return;
    if (type !== FRAME_ENTRIES) return;
    this.decoder.begin(payload, 0, payload.length);
    for (let i = 0; i < wanted; i++) this.decoder.next();
    const first = payload.subarray(0, this.decoder.position);
    const last = seq + wanted;
    this.out.putFrame({ ...frame, payload: first, flags: 0, count: wanted, nextSeq: last });
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
    for (const frame of waiting) this.out.putFrame(frame);
    this.entryCount += last.nextSeq - waiting[0].seq;
  }

  private isWanted(lastSeq: number, timeMs: number): boolean {
    return lastSeq <= this.target.seq && timeMs <= this.target.timeMs;
  }
}
