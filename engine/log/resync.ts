// Finds frames again after damage: searches for the magic and takes what has an intact header.
// Both CRCs are seeded with the file's random salt, so a log stored as a value, or a frame forged
// inside one, is not taken: its writer cannot know the salt. Frames of the same file at a wrong
// place do pass; whoever uses them goes by their sequence numbers. Frames that were written do not
// overlap, so each byte is checked a few times at most; in a file made up to be slow to read,
// frames are called damaged instead.

import { crc32, frameHeaderCrc32 } from './crc.js';
import type { FileHeader } from './file-header.js';
import type { FrameFileReader } from './file-reader.js';
import {
  FRAME_COUNT_AT,
  FRAME_FLAGS_AT,
  FRAME_HEADER_BYTES,
  FRAME_HEADER_CRC_AT,
  FRAME_LAG_AT,
  FRAME_LENGTH_AT,
  FRAME_MAGIC_TEXT,
  FRAME_PAYLOAD_CRC_AT,
  FRAME_PAYLOAD_MAX_BYTES,
  FRAME_SEQ_AT,
  FRAME_TIME_AT,
  FRAME_TYPE_AT,
  LAG_UNKNOWN,
} from './format.js';

const WINDOW_BYTES = 4 * 1024 * 1024;
/** So many bytes of payloads, for each byte of the file and besides, may be found damaged. */
const FAILED_PER_BYTE = 8;
const FAILED_MIN_BYTES = 64 * 1024 * 1024;

export interface FoundFrame {
  offset: number;
  /** With its header. */
  sizeBytes: number;
  seq: number;
  type: number;
  flags: number;
  count: number;
  /** Time after the base time, ms. */
  timeOffsetMs: number;
  /** What it says is durable; 0 when it says nothing. */
  durableSeq: number;
  isPayloadIntact: boolean;
}

/**
 * @param from offset in the file to search from
 * @param minSeq frames of lower entries are not taken
 * @returns the frames with an intact header, in order; after one with an intact payload the search
 *   goes on behind that payload
 */
export async function* findFrames(
  reader: FrameFileReader,
  header: FileHeader,
  from: number,
  minSeq: number,
): AsyncGenerator<FoundFrame> {
  const window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, reader.sizeBytes) + 1);
  const baseSeq = header.kind === 'log' ? header.baseSeq : 1;
  let failedBytesLeft = FAILED_MIN_BYTES + FAILED_PER_BYTE * reader.sizeBytes;
  let position = from;
  while (position + FRAME_HEADER_BYTES <= reader.sizeBytes) {
    const length = await reader.readAt(window, position, window.length);
    let at = 0;
    for (;;) {
      at = window.indexOf(FRAME_MAGIC_TEXT, at, 'latin1');
      if (at < 0 || at + FRAME_HEADER_BYTES > length) break;
      const found = readFound(window, at, position, header.salt, baseSeq);
      if (found === null || found.seq < minSeq) {
        at++;
        continue;
      }
      found.isPayloadIntact =
        failedBytesLeft > 0 &&
        (await isPayloadIntact(reader, window, at, length, position, header));
      if (!found.isPayloadIntact) failedBytesLeft -= found.sizeBytes;
      yield found;
      at += found.isPayloadIntact ? found.sizeBytes : FRAME_HEADER_BYTES;
      if (at >= length) break;
    }
    // A header may lie across the end of the window, so the last bytes are searched again.
    const next = at >= 0 ? at : length - FRAME_HEADER_BYTES + 1;
    if (length < FRAME_HEADER_BYTES) return;
    position += Math.max(1, next);
  }
}

function readFound(
  window: Buffer,
  at: number,
  position: number,
  salt: number,
  baseSeq: number,
): FoundFrame | null {
  const headerCrc = window.readUInt32LE(at + FRAME_HEADER_CRC_AT);
  if (frameHeaderCrc32(window, at, salt) !== headerCrc) return null;
  const length = window.readUInt32LE(at + FRAME_LENGTH_AT);
  if (length > FRAME_PAYLOAD_MAX_BYTES) return null;
  const seq = baseSeq + window.readUInt32LE(at + FRAME_SEQ_AT);
  const lag = window.readUInt32LE(at + FRAME_LAG_AT);
  return {
    offset: position + at,
    sizeBytes: FRAME_HEADER_BYTES + length,
    seq,
    type: window[at + FRAME_TYPE_AT],
    flags: window[at + FRAME_FLAGS_AT],
    count: window.readUInt16LE(at + FRAME_COUNT_AT),
    timeOffsetMs: window.readUInt32LE(at + FRAME_TIME_AT),
    durableSeq: lag === LAG_UNKNOWN ? 0 : Math.max(0, seq - lag),
    isPayloadIntact: false,
  };
}

async function isPayloadIntact(
  reader: FrameFileReader,
  window: Buffer,
  at: number,
  windowLength: number,
  position: number,
  header: FileHeader,
): Promise<boolean> {
  const length = window.readUInt32LE(at + FRAME_LENGTH_AT);
  const expected = window.readUInt32LE(at + FRAME_PAYLOAD_CRC_AT);
  const payloadAt = at + FRAME_HEADER_BYTES;
  if (payloadAt + length <= windowLength) {
    return crc32(window, payloadAt, payloadAt + length, header.salt) === expected;
  }
  if (position + payloadAt + length > reader.sizeBytes) return false;
  const payload = Buffer.allocUnsafeSlow(length);
  const read = await reader.readAt(payload, position + payloadAt, length);
  return read === length && crc32(payload, 0, length, header.salt) === expected;
}
