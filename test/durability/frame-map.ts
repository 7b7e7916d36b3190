// The frames of a sound segment or snapshot, read by the rules of FORMAT.md alone: a second reader,
// so that a campaign's oracle does not stand on the code that it judges. Checks no checksum.

export const FILE_HEADER = 64;
export const FRAME_HEADER = 32;
const LAG_UNKNOWN = 0xffffffff;
const ENTRIES = 1;
const SEAL = 3;
const GAP = 4;
const TIME = 5;
const SNAPSHOT_FIRST = 16;
const CONTINUES = 1;
const CONTINUED = 2;
const FRAGMENT = 4;
const FRAGMENT_END = 8;

export interface MappedFrame {
  readonly offset: number;
  /** Offset of the byte after it. */
  readonly end: number;
  /** With its header. */
  readonly bytes: Buffer;
  readonly type: number;
  readonly flags: number;
  /** Entries or records; in a fragment its number. */
  readonly count: number;
  /** Its first entry, and the entry after it. */
  readonly seq: number;
  readonly nextSeq: number;
  /** The highest entry that it says is durable; 0 when it says nothing. */
  readonly durableSeq: number;
  /** After the base time, which TIME frames move; and unix ms, of a TIME frame the new base. */
  readonly timeOffsetMs: number;
  readonly timeMs: number;
  /** First frame of its unit: where a file that ends in this frame is cut. */
  readonly unitOffset: number;
  readonly unitSeq: number;
  /** Whether it begins a unit, as most frames do. */
  readonly isUnitStart: boolean;
  readonly isSeal: boolean;
  /** Whether its unit goes on in the next frame. */
  readonly continues: boolean;
  /** Whether its payload is entries or records. */
  readonly hasEntries: boolean;
}

export interface FileFacts {
  readonly datasetId: string;
  readonly number: number;
  readonly baseSeq: number;
  readonly baseTimeMs: number;
  readonly salt: number;
}

export function factsOf(bytes: Buffer): FileFacts {
  return {
    datasetId: bytes.toString('hex', 16, 32),
    number: Number(bytes.readBigUInt64LE(32)),
    baseSeq: Number(bytes.readBigUInt64LE(40)),
    baseTimeMs: Number(bytes.readBigUInt64LE(48)),
    salt: bytes.readUInt32LE(56),
  };
}

/** @returns the frames of a sound file, in order */
export function framesOf(bytes: Buffer): MappedFrame[] {
  const isLog = bytes[7] === 'L'.charCodeAt(0);
  const facts = factsOf(bytes);
  const baseSeq = isLog ? facts.baseSeq : 1;
  let { baseTimeMs } = facts;
  const frames: MappedFrame[] = [];
  let unit = { offset: FILE_HEADER, seq: 0 };
  for (let at = FILE_HEADER; at < bytes.length; ) {
    const payloadAt = at + FRAME_HEADER;
    const end = payloadAt + bytes.readUInt32LE(at + 4);
    const seq = baseSeq + bytes.readUInt32LE(at + 8);
    const lag = bytes.readUInt32LE(at + 12);
    const [type, flags] = [bytes[at + 20], bytes[at + 21]];
    const isUnitStart = (flags & CONTINUED) === 0;
    const timeOffsetMs = bytes.readUInt32LE(at + 16);
    if (isUnitStart) unit = { offset: at, seq };
    if (type === TIME) baseTimeMs = Number(bytes.readBigUInt64LE(payloadAt));
    frames.push({
      offset: at,
      end,
      bytes: bytes.subarray(at, end),
      type,
      flags,
      count: bytes.readUInt16LE(at + 22),
      seq,
      nextSeq: nextSeqOf(bytes, at, seq),
      durableSeq: lag === LAG_UNKNOWN ? 0 : Math.max(0, seq - lag),
      timeOffsetMs,
      timeMs: baseTimeMs + (type === TIME ? 0 : timeOffsetMs),
      unitOffset: unit.offset,
      unitSeq: unit.seq,
      isUnitStart,
      isSeal: type === SEAL,
      continues: (flags & CONTINUES) !== 0,
      hasEntries: type === ENTRIES || type >= SNAPSHOT_FIRST,
    });
    at = end;
  }
  return frames;
}

function nextSeqOf(bytes: Buffer, at: number, seq: number): number {
  const [type, flags] = [bytes[at + 20], bytes[at + 21]];
  if (type === GAP) return Number(bytes.readBigUInt64LE(at + FRAME_HEADER + 8)) + 1;
  if ((flags & FRAGMENT) === 0) return seq + bytes.readUInt16LE(at + 22);
  return flags & FRAGMENT_END ? seq + 1 : seq;
}

/** @returns what the frames of a file that hold something hold, one after the other */
export function payloadsOf(bytes: Buffer, frames: readonly MappedFrame[]): Buffer {
  const own = frames.filter(({ hasEntries }) => hasEntries);
  return Buffer.concat(own.map(({ offset, end }) => bytes.subarray(offset + FRAME_HEADER, end)));
}

/** @returns the base time that frames after these have */
export function lastBaseTimeMs(facts: FileFacts, frames: readonly MappedFrame[]): number {
  return frames.findLast(({ type }) => type === TIME)?.timeMs ?? facts.baseTimeMs;
}
