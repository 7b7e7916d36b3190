// The first frame of a snapshot: the hash seed, and how many keys each database holds. Loading
// with the same seed finds the keys in hash order, which fills the table front to back; knowing
// the counts, it never has to grow.

import type { FrameBuffer } from '../log/frame-buffer.js';
import type { HashSeed } from '../memory/hash.js';
import { FRAME_SNAPSHOT_META } from './snapshot-format.js';

/** 2 came with collections; a file of version 1 holds strings only. */
const VERSION = 2;
const VERSION_FIRST = 1;
const HEAD_BYTES = 16;
const COUNT_BYTES = 8;
const DATABASES_MAX = 65536;

export interface SnapshotMeta {
  readonly seed: HashSeed;
  /** Keys by database index, without trailing empty databases. */
  readonly counts: readonly number[];
}

/** Appends the frame entry; the first of its snapshot. */
export function writeSnapshotMeta(frames: FrameBuffer, meta: SnapshotMeta): void {
  const counts = meta.counts.slice(0, meta.counts.findLastIndex((count) => count > 0) + 1);
  const size = HEAD_BYTES + counts.length * COUNT_BYTES;
  frames.beginEntry(FRAME_SNAPSHOT_META, size);
  const { bytes, at } = frames;
  bytes.writeUInt32LE(VERSION, at);
  bytes.writeInt32LE(meta.seed.k0, at + 4);
  bytes.writeInt32LE(meta.seed.k1, at + 8);
  bytes.writeUInt32LE(counts.length, at + 12);
  counts.forEach((count, i) => {
    bytes.writeDoubleLE(count, at + HEAD_BYTES + i * COUNT_BYTES);
  });
  frames.at = at + size;
  frames.endEntry();
}

/** @returns what the frame says, or in words what is wrong with it */
export function readSnapshotMeta(bytes: Buffer, from: number, to: number): SnapshotMeta | string {
  if (to - from < HEAD_BYTES) return 'its first frame is too short';
  const version = bytes.readUInt32LE(from);
  if (version > VERSION) return 'it was written by a newer version of Reddis';
  if (version < VERSION_FIRST) return `it says to be of version ${version}`;
  const databases = bytes.readUInt32LE(from + 12);
  if (databases > DATABASES_MAX || to - from !== HEAD_BYTES + databases * COUNT_BYTES) {
    return 'its first frame has the wrong size';
  }
  const counts: number[] = [];
  for (let i = 0; i < databases; i++) {
    const count = bytes.readDoubleLE(from + HEAD_BYTES + i * COUNT_BYTES);
    if (!Number.isSafeInteger(count) || count < 0) return 'a count of keys is not a number';
    counts.push(count);
  }
  return { seed: { k0: bytes.readInt32LE(from + 4), k1: bytes.readInt32LE(from + 8) }, counts };
}
