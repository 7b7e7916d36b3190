// Checks frames one after the other: is the header intact, does the frame follow the one before,
// is the payload intact. Its state after a frame says how far the file is sound. Invariant: a
// frame is accepted only when both CRCs, the sequence number, the time and the place in its unit
// fit, so no changed byte and no missing, doubled or moved frame passes.

import { crc32, frameHeaderCrc32 } from './crc.js';
import { type FileHeader, getUInt64 } from './file-header.js';
import {
  FIELD_MAX,
  FILE_HEADER_BYTES,
  FLAG_CONTINUED,
  FLAG_CONTINUES,
  FLAG_FRAGMENT,
  FLAG_FRAGMENT_END,
  FRAME_COUNT_AT,
  FRAME_ENTRIES,
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
  FRAME_SNAPSHOT_FIRST,
  FRAME_SNAPSHOT_LAST,
  FRAME_SYNC,
  FRAME_TIME,
  FRAME_TIME_AT,
  FRAME_TYPE_AT,
  LAG_UNKNOWN,
} from './format.js';

/** `check` wants more bytes than there are. */
export const SCAN_NEEDS_MORE = 0;
/** `check` found damage; `reason` says what. */
export const SCAN_DAMAGED = -1;

/** How long the payload of a frame without entries is, by its type. */
const MARKER_BYTES: Readonly<Record<number, number | undefined>> = {
  [FRAME_SYNC]: 0,
  [FRAME_SEAL]: 16,
  [FRAME_GAP]: 16,
  [FRAME_TIME]: 8,
};

export class FrameScanner {
  readonly salt: number;
  /** What to add to a frame's sequence field. */
  readonly baseSeq: number;
  /** Time of a frame whose time field is 0. */
  baseTimeMs: number;

  /** Sequence number the next frame must have; -1 takes whatever the first frame has. */
  nextSeq: number;
  /** Offset in the file of the next frame. */
  offset = FILE_HEADER_BYTES;
  /** Up to here the file is whole: no unit is cut in two. */
  soundOffset = FILE_HEADER_BYTES;
  /** Behind the last frame that is neither SYNC nor SEAL; what follows tells nothing new. */
  contentOffset = FILE_HEADER_BYTES;
  /** One more than the last entry before `soundOffset`. */
  soundNextSeq: number;
  /** Highest sequence number that a frame says is durable; 0 when none does. */
  durableSeq = 0;
  timeMs: number;
  frameCount = 0;
  entryCount = 0;
  /** Entries that GAP frames say are lost. */
  lostCount = 0;
  isSealed = false;
  reason = '';

  /** The frame that `check` found sound. */
  type = 0;
  flags = 0;
  count = 0;
  seq = 0;
  payloadLength = 0;

  /** Set to the kind of file, whose frames then must be of the types it has. */
  kind: FileHeader['kind'] | null = null;
  private isInUnit = false;
  private pieces = 0;
  /** The first entry of the file; -1 until a frame said so. */
  firstSeq: number;

  /**
   * @param baseSeq the sequence number of a frame whose field is 0
   * @param nextSeq what the first frame must have, or -1 when that is not known
   */
  constructor(salt: number, baseSeq: number, baseTimeMs: number, nextSeq: number) {
    this.salt = salt;
    this.baseSeq = baseSeq;
    this.baseTimeMs = baseTimeMs;
    this.timeMs = baseTimeMs;
    this.nextSeq = nextSeq;
    this.firstSeq = nextSeq;
    this.soundNextSeq = nextSeq;
  }

  /** Whether the file may end here: not inside a unit. */
  get isComplete(): boolean {
    return !this.isInUnit;
  }

  /**
   * Looks at the frame at `bytes[at]`.
   * @param end bytes of `bytes` that are valid
   * @returns length of the frame with its header, SCAN_NEEDS_MORE, or SCAN_DAMAGED
   */
  check(bytes: Buffer, at: number, end: number): number {
    if (end - at < FRAME_HEADER_BYTES) return SCAN_NEEDS_MORE;
    if (bytes.readUInt32LE(at) !== FRAME_MAGIC) return this.damaged('no frame begins here');
    const headerCrc = bytes.readUInt32LE(at + FRAME_HEADER_CRC_AT);
    if (frameHeaderCrc32(bytes, at, this.salt) !== headerCrc) {
      return this.damaged('the frame header does not match its checksum');
    }
    const length = bytes.readUInt32LE(at + FRAME_LENGTH_AT);
    if (length > FRAME_PAYLOAD_MAX_BYTES) return this.damaged('the payload length is too large');
    this.type = bytes[at + FRAME_TYPE_AT];
    this.flags = bytes[at + FRAME_FLAGS_AT];
    this.count = bytes.readUInt16LE(at + FRAME_COUNT_AT);
    this.seq = this.baseSeq + bytes.readUInt32LE(at + FRAME_SEQ_AT);
    this.payloadLength = length;
    const misplaced = this.misplacement(bytes, at);
    if (misplaced !== '') return this.damaged(misplaced);
    if (end - at - FRAME_HEADER_BYTES < length) return SCAN_NEEDS_MORE;
    const payloadAt = at + FRAME_HEADER_BYTES;
    const payloadCrc = bytes.readUInt32LE(at + FRAME_PAYLOAD_CRC_AT);
    if (crc32(bytes, payloadAt, payloadAt + length, this.salt) !== payloadCrc) {
      return this.damaged('the payload does not match its checksum');
    }
    return FRAME_HEADER_BYTES + length;
  }

  /**
   * Goes past the frame that `check` just found sound.
   * @returns false when the frame, though intact, says something impossible; `reason` says what
   */
  accept(bytes: Buffer, at: number): boolean {
    const payloadAt = at + FRAME_HEADER_BYTES;
    if (!isMarkerForm(this.type, this.flags, this.count, this.payloadLength)) {
      this.reason = `a frame of type ${this.type} has the wrong form`;
      return false;
    }
    if (this.type === FRAME_SEAL && !this.acceptSeal(bytes, payloadAt)) return false;
    if (this.type === FRAME_GAP && !this.acceptGap(bytes, payloadAt)) return false;
    if (this.type === FRAME_TIME && getUInt64(bytes, payloadAt) > FIELD_MAX) {
      this.reason = 'a time is impossible';
      return false;
    }
    if (this.firstSeq < 0) this.firstSeq = this.seq;
    this.claimDurable(bytes.readUInt32LE(at + FRAME_LAG_AT));
    this.timeMs = this.baseTimeMs + bytes.readUInt32LE(at + FRAME_TIME_AT);
    if (this.type === FRAME_TIME) {
      this.baseTimeMs = getUInt64(bytes, payloadAt);
      this.timeMs = this.baseTimeMs;
    }
    this.nextSeq = this.seq;
    if (this.type === FRAME_GAP) this.nextSeq = getUInt64(bytes, payloadAt + 8) + 1;
    else if ((this.flags & FLAG_FRAGMENT) === 0) this.nextSeq += this.count;
    else if (this.flags & FLAG_FRAGMENT_END) this.nextSeq++;
    if (this.type === FRAME_GAP) this.lostCount += this.nextSeq - this.seq;
    else this.entryCount += this.nextSeq - this.seq;
    this.pieces = isOpenPiece(this.flags) ? this.pieces + 1 : 0;
    this.isInUnit = (this.flags & FLAG_CONTINUES) !== 0;
    this.frameCount++;
    this.offset += FRAME_HEADER_BYTES + this.payloadLength;
    if (this.type !== FRAME_SYNC && this.type !== FRAME_SEAL) this.contentOffset = this.offset;
    if (!this.isInUnit) {
      this.soundOffset = this.offset;
      this.soundNextSeq = this.nextSeq;
    }
    return true;
  }

  /**
   * After damage: goes on at a later frame, which `check` then takes whatever came before it.
   * @param offset where in the file that frame is
   * @param seq its sequence number
   */
  resume(offset: number, seq: number): void {
    if (this.frameCount === 0) this.firstSeq = seq;
    this.offset = offset;
    this.soundOffset = offset;
    this.nextSeq = seq;
    this.soundNextSeq = seq;
    this.timeMs = this.baseTimeMs;
    this.isInUnit = false;
    this.pieces = 0;
    this.reason = '';
  }

  private claimDurable(lag: number): void {
    if (lag === LAG_UNKNOWN) return;
    const durable = this.seq - lag;
    if (durable > this.durableSeq) this.durableSeq = durable;
  }

  private damaged(reason: string): number {
    this.reason = reason;
    return SCAN_DAMAGED;
  }

  /** @returns '' or why the frame, though its header is intact, may not be here */
  private misplacement(bytes: Buffer, at: number): string {
    if (this.isSealed) return 'there is something after the seal';
    if (!hasType(this.kind, this.type)) return `a frame has the type ${this.type}`;
    if (this.nextSeq >= 0 && this.seq !== this.nextSeq) {
      return `entry ${this.nextSeq} should begin here, not entry ${this.seq}`;
    }
    const { flags } = this;
    if (((flags & FLAG_CONTINUED) !== 0) !== this.isInUnit) {
      return this.isInUnit ? 'a unit is not continued' : 'the beginning of a unit is missing';
    }
    if (isOpenPiece(flags) && (flags & FLAG_CONTINUES) === 0) return 'an entry is cut short';
    if (flags & FLAG_FRAGMENT) {
      if ((this.count & 0xffff) !== (this.pieces & 0xffff)) return 'a piece of an entry is missing';
    } else if (this.pieces !== 0) {
      return 'an entry is cut short';
    }
    if (this.baseTimeMs + bytes.readUInt32LE(at + FRAME_TIME_AT) < this.timeMs) {
      return 'the time goes back';
    }
    return '';
  }

  private acceptSeal(bytes: Buffer, payloadAt: number): boolean {
    const firstSeq = getUInt64(bytes, payloadAt);
    const lastSeq = getUInt64(bytes, payloadAt + 8);
    const isFirst = this.firstSeq < 0 ? firstSeq === this.seq : firstSeq === this.firstSeq;
    if (lastSeq !== this.seq - 1 || !isFirst) {
      this.reason = 'the seal does not fit the entries before it';
      return false;
    }
    this.isSealed = true;
    return true;
  }

  private acceptGap(bytes: Buffer, payloadAt: number): boolean {
    const lastSeq = getUInt64(bytes, payloadAt + 8);
    if (getUInt64(bytes, payloadAt) === this.seq && isGapEnd(lastSeq, this.seq)) return true;
    this.reason = 'a gap does not fit its place';
    return false;
  }
}

/** @returns whether files of a kind, or of any if it is null, have frames of a type */
export function hasType(kind: FileHeader['kind'] | null, type: number): boolean {
  if (type === FRAME_ENTRIES) return kind !== 'snapshot';
  if (type >= FRAME_SNAPSHOT_FIRST) return kind !== 'log' && type <= FRAME_SNAPSHOT_LAST;
  return MARKER_BYTES[type] !== undefined;
}

/** @returns whether a frame without entries has nothing but the payload that its type wants */
export function isMarkerForm(type: number, flags: number, count: number, length: number): boolean {
  if (type === FRAME_ENTRIES || type >= FRAME_SNAPSHOT_FIRST) return true;
  return flags === 0 && count === 0 && length === MARKER_BYTES[type];
}

/** @returns whether a gap that begins with entry `seq` can end with `lastSeq` */
export function isGapEnd(lastSeq: number, seq: number): boolean {
  return lastSeq >= seq && lastSeq <= FIELD_MAX;
}

/** @returns whether a frame with these flags has a piece of an entry that is not its last */
export function isOpenPiece(flags: number): boolean {
  return (flags & (FLAG_FRAGMENT | FLAG_FRAGMENT_END)) === FLAG_FRAGMENT;
}
