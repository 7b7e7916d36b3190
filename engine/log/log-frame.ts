// One frame on its way from one file to another: what readers take out of a damaged or an old log,
// and what writers put into a new one under another salt. A server's own writes are encoded in
// place (FrameBuffer) and never become one. Invariant: every literal names the fields in the order
// below, so that all frames have one shape.

import { FRAME_HEADER_BYTES } from './format.js';
import type { FrameScanner } from './frame-scanner.js';

/** A frame without what depends on its file: salt, base seq, base time and durable lag. */
export interface LogFrame {
  /** What follows the header; may be part of a buffer that is used again after the call. */
  readonly payload: Buffer;
  /** FRAME_*. */
  readonly type: number;
  /** FLAG_* bits. */
  readonly flags: number;
  /** Entries (in a snapshot: records) that it holds; in a fragment its number, from 0. */
  readonly count: number;
  /** Sequence number of its first entry; of the next one when it holds none. */
  readonly seq: number;
  /** Sequence number of the entry after it: that of the same one until its last fragment. */
  readonly nextSeq: number;
  /** When it was written, unix ms. */
  readonly timeMs: number;
}

/**
 * @param bytes with the frame that `scanner` just accepted at `at`, `length` bytes with its header
 * @returns that frame; its payload is a part of `bytes`
 */
export function acceptedFrame(
  bytes: Buffer,
  at: number,
  length: number,
  scanner: FrameScanner,
): LogFrame {
  const payload = bytes.subarray(at + FRAME_HEADER_BYTES, at + length);
  const { type, flags, count, seq, nextSeq, timeMs } = scanner;
  return { payload, type, flags, count, seq, nextSeq, timeMs };
}
