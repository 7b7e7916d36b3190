// Turns entries into frames, in one growing buffer that goes to the file with a single write.
// Entries are encoded in place: room for the header is left in front of the first one and filled
// in when the frame is closed.
//
//   bytes  [hdr][entry entry ...][hdr][entry ...]..........
//          ^frameAt of the first      ^frameAt        ^at
//
// Invariant: everything before the open frame is complete frames of the current file; `nextSeq`
// is one more than the last entry begun and ended.

import { assert } from '../util/assert.js';
import type { Clock } from '../util/clock.js';
import { crc32, frameHeaderCrc32 } from './crc.js';
import { putUInt64 } from './file-header.js';
import {
  FLAG_CONTINUED,
  FLAG_CONTINUES,
  FLAG_FRAGMENT,
  FLAG_FRAGMENT_END,
  FLAG_UNIT,
  FRAME_COUNT_AT,
  FRAME_FLAGS_AT,
  FRAME_GAP,
  FRAME_HEADER_BYTES,
  FRAME_HEADER_CRC_AT,
  FRAME_LAG_AT,
  FRAME_LENGTH_AT,
  FRAME_MAGIC,
  FRAME_PAYLOAD_CRC_AT,
  FRAME_PAYLOAD_MAX_BYTES,
  FRAME_SEAL,
  FRAME_SEQ_AT,
  FRAME_TARGET_BYTES,
  FRAME_TIME,
  FRAME_TIME_AT,
  FRAME_TYPE_AT,
  LAG_UNKNOWN,
  TIME_OFFSET_MAX,
} from './format.js';
import type { LogFrame } from './log-frame.js';

const INITIAL_BYTES = 512 * 1024;
/** A buffer that grew beyond this is given back once it has been written. */
const KEEP_MAX_BYTES = 8 * 1024 * 1024;
/** The longest marker payload. */
const MARKER_BYTES = 32;

export class FrameBuffer {
  bytes: Buffer;
  /** Where the next byte goes; everything before it is used. */
  at = 0;
  /** Sequence number the next entry will have. */
  nextSeq = 1;
  /** Highest sequence number known to survive a power cut; frames say so. */
  durableSeq = Number.NEGATIVE_INFINITY;
  /** Time the latest frame carries; never goes back. */
  timeMs = 0;

  private readonly clock: Clock;
  private readonly initialBytes: number;
  private isTimeStale = true;
  private spare: Buffer | null = null;
  private salt = 0;
  private baseSeq = 0;
  private baseTimeMs = 0;
  private fileFirstSeq = 1;

  private frameAt = -1;
  private frameSeq = 0;
  private frameType = 0;
  private count = 0;
  private entryAt = 0;

  private isInUnit = false;
  /** Where the first byte of the unit is, and how many entries its frame held before it. */
  private unitAt = -1;
  private unitCount = 0;
  /** Frames of the unit that are closed already. */
  private unitFrames = 0;
  private lastFrameAt = -1;

  /** @param initialBytes room to begin with; a tool that writes many small files takes little */
  constructor(clock: Clock, initialBytes = INITIAL_BYTES) {
    this.clock = clock;
    this.initialBytes = initialBytes;
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /**
   * From here on frames belong to another file. Call between frames.
   * @param baseSeq what frames subtract from sequence numbers
   * @param firstSeq the first entry of the file, which the seal repeats
   */
  beginFile(salt: number, baseSeq: number, baseTimeMs: number, firstSeq = this.nextSeq): void {
    assert(this.frameAt < 0, 'a frame belongs to one file');
    this.salt = salt;
    this.baseSeq = baseSeq;
    this.baseTimeMs = baseTimeMs;
    this.fileFirstSeq = firstSeq;
    if (this.timeMs < baseTimeMs) this.timeMs = baseTimeMs;
  }

  /** Sequence number of the last entry; 0 when there has been none. */
  get lastSeq(): number {
    return this.nextSeq - 1;
  }

  get isUnitOpen(): boolean {
    return this.isInUnit;
  }

  /** Makes sure `length` more bytes can be written at `at`; `bytes` may be another buffer after. */
  reserve(length: number): void {
    const needed = this.at + length;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }

  /**
   * Begins an entry; its bytes then go to `bytes[at..]` (after `reserve`).
   * @param sizeBytes its size when known, so that a full frame is closed before it; else 0
   */
  beginEntry(type: number, sizeBytes: number): void {
    if (this.frameAt >= 0) {
      const payload = this.at - this.frameAt - FRAME_HEADER_BYTES;
      if (this.frameType !== type || (payload > 0 && payload + sizeBytes > FRAME_TARGET_BYTES)) {
        this.closeFrame();
      }
    }
    if (this.frameAt < 0) this.openFrame(type, sizeBytes);
    else this.reserve(sizeBytes);
    this.entryAt = this.at;
    if (this.isInUnit && this.unitAt < 0) {
      this.unitAt = this.at;
      this.unitCount = this.count;
    }
  }

  endEntry(): void {
    this.count++;
    this.nextSeq++;
    if (this.at - this.frameAt - FRAME_HEADER_BYTES >= FRAME_TARGET_BYTES) this.closeFullFrame();
  }

  /** Until `endUnit`, entries count together or not at all, however many frames they fill. */
  beginUnit(): void {
    assert(!this.isInUnit, 'units do not nest');
    this.isInUnit = true;
    this.unitAt = -1;
    this.unitFrames = 0;
  }

  endUnit(): void {
    assert(this.isInUnit, 'a unit was begun');
    if (this.unitFrames > 0) {
      if (this.frameAt >= 0) this.closeAs(FLAG_CONTINUED);
      else this.endUnitAtLastFrame();
    } else if (this.unitAt >= 0 && this.count - this.unitCount > 1) {
      if (this.unitAt > this.frameAt + FRAME_HEADER_BYTES) {
        this.splitFrame(this.unitAt, this.unitCount);
      }
      this.closeAs(FLAG_UNIT);
    }
    this.isInUnit = false;
    this.unitAt = -1;
  }

  /** Closes the open frame, if any: after it `bytes[0 .. at)` is complete frames. */
  closeFrame(): void {
    if (this.frameAt < 0) return;
    if (!this.isInUnit || this.unitAt < 0) {
      this.closeAs(0);
      return;
    }
    if (this.unitFrames === 0 && this.unitAt > this.frameAt + FRAME_HEADER_BYTES) {
      this.splitFrame(this.unitAt, this.unitCount);
    }
    this.closeAs(FLAG_CONTINUES | (this.unitFrames > 0 ? FLAG_CONTINUED : 0));
    this.unitFrames++;
  }

  /** Appends a frame without entries; `payload` has at most 32 bytes. */
  appendMarker(type: number, payload: Uint8Array): void {
    assert(!this.isInUnit && payload.length <= MARKER_BYTES, 'markers are small and outside units');
    this.closeFrame();
    this.openFrame(type, payload.length);
    this.bytes.set(payload, this.at);
    this.at += payload.length;
    this.closeAs(0);
  }

  /** Appends a frame as another file had it, under this file's salt and at this clock's time. */
  appendFrame({ payload, type, flags, count, seq, nextSeq }: LogFrame): void {
    const { length } = payload;
    this.closeFrame();
    this.nextSeq = seq;
    this.openFrame(type, length);
    payload.copy(this.bytes, this.at);
    this.at += length;
    this.writeHeader(this.frameAt, length, count, flags);
    this.frameAt = -1;
    this.nextSeq = nextSeq;
  }

  /** Appends a frame that says entries `firstSeq` to `lastSeq` are lost. */
  appendGap(firstSeq: number, lastSeq: number): void {
    const payload = Buffer.alloc(16);
    putUInt64(payload, 0, firstSeq);
    putUInt64(payload, 8, lastSeq);
    this.appendFrame({
      payload,
      type: FRAME_GAP,
      flags: 0,
      count: 0,
      seq: firstSeq,
      nextSeq: lastSeq + 1,
      timeMs: this.timeMs,
    });
  }

  /** Appends the frame after which a file never changes again. */
  appendSeal(): void {
    const payload = Buffer.alloc(16);
    putUInt64(payload, 0, this.fileFirstSeq);
    putUInt64(payload, 8, this.lastSeq);
    this.appendMarker(FRAME_SEAL, payload);
  }

  /** The next frame asks the clock for the time again; else frames share the time of the turn. */
  endTurn(): void {
    this.isTimeStale = true;
  }

  /** Forgets the frames; they have been written (or never will be). */
  clear(): void {
    assert(this.frameAt < 0, 'only closed frames are written');
    this.at = 0;
    this.lastFrameAt = -1;
    if (this.bytes.length > KEEP_MAX_BYTES) {
      this.bytes = Buffer.allocUnsafeSlow(this.initialBytes);
    }
  }

  /** Hands the buffer to a write that is under way, and goes on in another one. */
  detach(): Buffer {
    const detached = this.bytes;
    this.bytes = this.spare ?? Buffer.allocUnsafeSlow(this.initialBytes);
    this.spare = null;
    this.clear();
    return detached;
  }

  /** Takes a detached buffer back for later use. */
  giveBack(buffer: Buffer): void {
    if (buffer.length <= KEEP_MAX_BYTES) this.spare = buffer;
  }

  private openFrame(type: number, sizeBytes: number): void {
    if (this.isTimeStale) {
      this.isTimeStale = false;
      const now = this.clock.now();
      if (now > this.timeMs) this.timeMs = now;
      if (this.timeMs - this.baseTimeMs > TIME_OFFSET_MAX) this.moveBaseTime();
    }
    this.reserve(FRAME_HEADER_BYTES + sizeBytes);
    this.frameAt = this.at;
    this.frameSeq = this.nextSeq;
    this.frameType = type;
    this.count = 0;
    this.at += FRAME_HEADER_BYTES;
  }

  private moveBaseTime(): void {
    const payload = Buffer.alloc(8);
    putUInt64(payload, 0, this.timeMs);
    const timeMs = this.timeMs;
    this.timeMs = this.baseTimeMs + TIME_OFFSET_MAX;
    const unit = this.isInUnit;
    this.isInUnit = false;
    this.appendMarker(FRAME_TIME, payload);
    this.isInUnit = unit;
    this.baseTimeMs = timeMs;
    this.timeMs = timeMs;
  }

  /** An entry over the target has a frame for itself; the smaller ones before it have another. */
  private closeFullFrame(): void {
    const payload = this.at - this.frameAt - FRAME_HEADER_BYTES;
    if (payload > FRAME_TARGET_BYTES && this.count > 1) {
      const isUnitBefore = this.isInUnit && this.unitAt >= 0 && this.unitAt < this.entryAt;
      if (!isUnitBefore) {
        this.splitFrame(this.entryAt, this.count - 1);
      } else if (this.at - this.entryAt >= FRAME_TARGET_BYTES) {
        this.splitInUnit();
      }
      if (this.at - this.frameAt - FRAME_HEADER_BYTES < FRAME_TARGET_BYTES) return;
    }
    this.closeFrame();
  }

  /** Splits before the current entry, where entries of the same unit are in front of it. */
  private splitInUnit(): void {
    if (this.unitFrames === 0 && this.unitAt > this.frameAt + FRAME_HEADER_BYTES) {
      this.splitFrame(this.unitAt, this.unitCount);
      if (this.entryAt === this.frameAt + FRAME_HEADER_BYTES) return;
    }
    const end = this.at;
    const entryAt = this.entryAt;
    this.reserve(FRAME_HEADER_BYTES);
    this.bytes.copyWithin(entryAt + FRAME_HEADER_BYTES, entryAt, end);
    const seq = this.frameSeq + this.count - 1;
    this.count--;
    this.at = entryAt;
    this.closeAs(FLAG_CONTINUES | (this.unitFrames > 0 ? FLAG_CONTINUED : 0));
    this.unitFrames++;
    this.frameAt = entryAt;
    this.frameSeq = seq;
    this.count = 1;
    this.at = end + FRAME_HEADER_BYTES;
    this.entryAt = entryAt + FRAME_HEADER_BYTES;
  }

  /** Closes the open frame at `splitAt`, after `count` entries; the rest is a new open frame. */
  private splitFrame(splitAt: number, count: number): void {
    const end = this.at;
    const rest = this.count - count;
    this.reserve(FRAME_HEADER_BYTES);
    this.bytes.copyWithin(splitAt + FRAME_HEADER_BYTES, splitAt, end);
    this.at = splitAt;
    this.count = count;
    const seq = this.frameSeq + count;
    this.closeAs(0);
    this.frameAt = splitAt;
    this.frameSeq = seq;
    this.count = rest;
    this.at = end + FRAME_HEADER_BYTES;
    if (this.entryAt >= splitAt) this.entryAt += FRAME_HEADER_BYTES;
    if (this.unitAt >= splitAt) {
      this.unitAt += FRAME_HEADER_BYTES;
      this.unitCount -= count;
    }
  }

  private closeAs(flags: number): void {
    const length = this.at - this.frameAt - FRAME_HEADER_BYTES;
    if (length > FRAME_PAYLOAD_MAX_BYTES) this.writeFragments(length, flags);
    else this.writeHeader(this.frameAt, length, this.count, flags);
    this.frameAt = -1;
  }

  /** Makes room for a header before each further piece, last piece first. */
  private writeFragments(length: number, flags: number): void {
    assert(this.count === 1, 'only a single entry is longer than a payload may be');
    const pieces = Math.ceil(length / FRAME_PAYLOAD_MAX_BYTES);
    this.reserve(FRAME_HEADER_BYTES * (pieces - 1));
    const from = this.frameAt + FRAME_HEADER_BYTES;
    for (let piece = pieces - 1; piece > 0; piece--) {
      const start = from + piece * FRAME_PAYLOAD_MAX_BYTES;
      const end = Math.min(start + FRAME_PAYLOAD_MAX_BYTES, from + length);
      this.bytes.copyWithin(start + piece * FRAME_HEADER_BYTES, start, end);
    }
    this.at += FRAME_HEADER_BYTES * (pieces - 1);
    for (let piece = 0; piece < pieces; piece++) {
      const size = Math.min(FRAME_PAYLOAD_MAX_BYTES, length - piece * FRAME_PAYLOAD_MAX_BYTES);
      let pieceFlags = FLAG_FRAGMENT;
      if (piece > 0 || flags & FLAG_CONTINUED) pieceFlags |= FLAG_CONTINUED;
      if (piece < pieces - 1 || flags & FLAG_CONTINUES) pieceFlags |= FLAG_CONTINUES;
      if (piece === pieces - 1) pieceFlags |= FLAG_FRAGMENT_END;
      const at = this.frameAt + piece * (FRAME_PAYLOAD_MAX_BYTES + FRAME_HEADER_BYTES);
      this.writeHeader(at, size, piece, pieceFlags);
    }
  }

  private writeHeader(at: number, length: number, count: number, flags: number): void {
    const { bytes, salt } = this;
    const lag = this.frameSeq - this.durableSeq;
    const relative = this.frameSeq - this.baseSeq;
    assert(relative >= 0 && relative < LAG_UNKNOWN, 'a file holds fewer than 2^32 entries');
    bytes.writeUInt32LE(FRAME_MAGIC, at);
    bytes.writeUInt32LE(length, at + FRAME_LENGTH_AT);
    bytes.writeUInt32LE(relative, at + FRAME_SEQ_AT);
    bytes.writeUInt32LE(Math.min(lag, LAG_UNKNOWN), at + FRAME_LAG_AT);
    bytes.writeUInt32LE(this.timeMs - this.baseTimeMs, at + FRAME_TIME_AT);
    bytes[at + FRAME_TYPE_AT] = this.frameType;
    bytes[at + FRAME_FLAGS_AT] = flags;
    bytes.writeUInt16LE(count, at + FRAME_COUNT_AT);
    const payloadAt = at + FRAME_HEADER_BYTES;
    const payloadCrc = crc32(bytes, payloadAt, payloadAt + length, salt);
    bytes.writeUInt32LE(payloadCrc, at + FRAME_PAYLOAD_CRC_AT);
    bytes.writeUInt32LE(frameHeaderCrc32(bytes, at, salt), at + FRAME_HEADER_CRC_AT);
    this.lastFrameAt = at;
  }

  /** The unit ended exactly where its last frame did: that frame must not ask for another. */
  private endUnitAtLastFrame(): void {
    const at = this.lastFrameAt;
    this.bytes[at + FRAME_FLAGS_AT] &= ~FLAG_CONTINUES;
    const headerCrc = frameHeaderCrc32(this.bytes, at, this.salt);
    this.bytes.writeUInt32LE(headerCrc, at + FRAME_HEADER_CRC_AT);
  }
}
