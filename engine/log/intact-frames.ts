// All frames of a damaged file that are intact, wherever they are, put in order of their entries:
// frames that were moved or doubled count once, and units of which a part is missing not at all.
// An intact header is enough to know that its entries were there, so those at the end that are
// lost are named, too.

import type { FileHeader } from './file-header.js';
import { getUInt64 } from './file-header.js';
import type { FrameFileReader } from './file-reader.js';
import {
  FIELD_MAX,
  FILE_HEADER_BYTES,
  FLAG_CONTINUED,
  FLAG_CONTINUES,
  FLAG_FRAGMENT,
  FLAG_FRAGMENT_END,
  FRAME_GAP,
  FRAME_HEADER_BYTES,
  FRAME_SEAL,
  FRAME_SYNC,
  FRAME_TIME,
} from './format.js';
import { hasType, isGapEnd, isMarkerForm, isOpenPiece } from './frame-scanner.js';
import type { LogFrame } from './log-frame.js';
import { findFrames } from './resync.js';

export interface IntactSinks {
  /** Takes the frames of one unit, which is nearly always one frame. */
  onUnit: (frames: LogFrame[]) => void | Promise<void>;
  /** Takes entries that are lost, or that an earlier salvage marked as lost. */
  onGap: (firstSeq: number, lastSeq: number) => void;
  /** Takes a range of the file that belongs to no intact frame. */
  onDamage: (offset: number, sizeBytes: number) => void;
  /** Told up to which byte of the file it is known which entries there were. */
  onKnown: (offset: number) => void;
}

interface Place {
  offset: number;
  sizeBytes: number;
  type: number;
  flags: number;
  count: number;
  seq: number;
  timeOffsetMs: number;
}

/**
 * @param nextSeq the entry that should come first
 * @returns the entry that should come after the file
 */
export async function readIntact(
  reader: FrameFileReader,
  header: FileHeader,
  nextSeq: number,
  sinks: IntactSinks,
): Promise<number> {
  const places: Place[] = [];
  let soundTo = FILE_HEADER_BYTES;
  let knownSeq = 0;
  let knownTo = FILE_HEADER_BYTES;
  for await (const found of findFrames(reader, header, FILE_HEADER_BYTES, 0)) {
    knownSeq = Math.max(knownSeq, lastEntryOf(found));
    knownTo = Math.max(knownTo, found.offset + found.sizeBytes);
    const { type, flags, count } = found;
    if (!found.isPayloadIntact || !hasType(header.kind, type)) continue;
    if (!isMarkerForm(type, flags, count, found.sizeBytes - FRAME_HEADER_BYTES)) continue;
    if (found.offset > soundTo) sinks.onDamage(soundTo, found.offset - soundTo);
    soundTo = found.offset + found.sizeBytes;
    const { offset, sizeBytes, seq, timeOffsetMs } = found;
    places.push({ offset, sizeBytes, type, flags, count, seq, timeOffsetMs });
  }
  sinks.onKnown(knownTo);
  if (reader.sizeBytes > soundTo) sinks.onDamage(soundTo, reader.sizeBytes - soundTo);
  places.sort((a, b) => a.seq - b.seq || weight(a) - weight(b) || a.offset - b.offset);
  const afterSeq = await new InOrder(reader, header, nextSeq, sinks).run(places);
  if (knownSeq < afterSeq) return afterSeq;
  sinks.onGap(afterSeq, knownSeq);
  return knownSeq + 1;
}

/** The last entry that a frame's header tells of: its own, or the one before a marker. */
function lastEntryOf({ seq, count, flags }: Place): number {
  return flags & FLAG_FRAGMENT ? seq : seq + count - 1;
}

/** Markers go before the entries they precede, fragments by their number. */
function weight({ flags, count }: Place): number {
  return flags & FLAG_FRAGMENT ? count + 1 : Math.min(count, 1);
}

class InOrder {
  private readonly reader: FrameFileReader;
  private readonly sinks: IntactSinks;
  private baseTimeMs: number;
  private nextSeq: number;
  private unit: LogFrame[] = [];
  /** What the next frame of the unit must be. */
  private unitSeq = 0;
  private unitPiece = 0;

  constructor(reader: FrameFileReader, header: FileHeader, nextSeq: number, sinks: IntactSinks) {
    this.reader = reader;
    this.baseTimeMs = header.baseTimeMs;
    this.nextSeq = nextSeq;
    this.sinks = sinks;
  }

  async run(places: readonly Place[]): Promise<number> {
    for (const place of places) {
      if (place.type === FRAME_SYNC || place.type === FRAME_SEAL) continue;
      if (place.type !== FRAME_TIME && place.seq < this.nextSeq) continue;
      await this.take(await this.read(place));
    }
    return this.nextSeq;
  }

  private async take(frame: LogFrame): Promise<void> {
    const { type, flags, payload } = frame;
    if (type === FRAME_TIME) {
      this.baseTimeMs = Math.min(getUInt64(payload, 0), FIELD_MAX);
    } else if (type === FRAME_GAP) {
      const lastSeq = getUInt64(payload, 8);
      if (!isGapEnd(lastSeq, this.nextSeq)) return;
      this.sinks.onGap(this.nextSeq, lastSeq);
      this.nextSeq = lastSeq + 1;
    } else if (flags & FLAG_CONTINUED) {
      await this.takeContinued(frame);
    } else if (this.isPiece(frame, 0)) {
      this.unit = [];
      await this.add(frame);
    }
  }

  private async takeContinued(frame: LogFrame): Promise<void> {
    if (this.unit.length === 0) return;
    if (frame.seq === this.unitSeq && this.isPiece(frame, this.unitPiece)) await this.add(frame);
    // A second copy of a frame that was taken is passed over; anything else breaks the unit.
    else if (frame.seq >= this.unitSeq && !this.isCopy(frame)) this.unit = [];
  }

  private async add(frame: LogFrame): Promise<void> {
    this.unit.push(frame);
    this.unitSeq = frame.nextSeq;
    const isOpen = isOpenPiece(frame.flags);
    this.unitPiece = isOpen ? frame.count + 1 : 0;
    if (frame.flags & FLAG_CONTINUES) return;
    const { unit } = this;
    this.unit = [];
    if (isOpen) return;
    const [first] = unit;
    if (first.seq > this.nextSeq) this.sinks.onGap(this.nextSeq, first.seq - 1);
    this.nextSeq = frame.nextSeq;
    await this.sinks.onUnit(unit);
  }

  /** Whether a frame is no fragment, or the one with this number. */
  private isPiece({ flags, count }: LogFrame, piece: number): boolean {
    return flags & FLAG_FRAGMENT ? count === piece : piece === 0;
  }

  private isCopy({ seq, count, flags }: LogFrame): boolean {
    return this.unit.some(
      (taken) => taken.seq === seq && taken.count === count && taken.flags === flags,
    );
  }

  private async read(place: Place): Promise<LogFrame> {
    const { offset, sizeBytes, type, flags, count, seq, timeOffsetMs } = place;
    const length = sizeBytes - FRAME_HEADER_BYTES;
    const payload = Buffer.allocUnsafeSlow(length);
    await this.reader.readAt(payload, offset + FRAME_HEADER_BYTES, length);
    let nextSeq = seq + count;
    if (flags & FLAG_FRAGMENT) nextSeq = flags & FLAG_FRAGMENT_END ? seq + 1 : seq;
    return { payload, type, flags, count, seq, nextSeq, timeMs: this.baseTimeMs + timeOffsetMs };
  }
}
