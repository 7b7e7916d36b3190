// All entries that the segments of a directory hold, as one run of bytes with the place of each
// entry, read by the rules of FORMAT.md alone: what restoring and salvaging are held to.

import assert from 'node:assert/strict';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { framesOf, type MappedFrame, payloadsOf } from './frame-map.js';

const ENTRIES = 1;
const FRAGMENT = 4;
const UNIT = 16;

export interface EntryStream {
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** @returns the bytes of entries `from` to `to`, both included */
  bytes(from: number, to: number): Buffer;
  /** @returns time of an entry, unix ms */
  timeOf(seq: number): number;
  /** @returns whether the log may be cut after an entry: it is not inside a unit */
  isBoundary(seq: number): boolean;
}

/** @returns paths of the segments in a directory and its history, in the order of their entries */
export function segmentPaths(fs: MemoryFileSystem, dir: string): string[] {
  const paths = fs.paths().filter((path) => path.startsWith(`${dir}/`) && path.endsWith('.rlog'));
  const firstSeqs = paths.map((path) => framesOf(fs.bytesOf(path))[0]?.seq ?? 0);
  return paths
    .map((path, i) => ({ path, firstSeq: firstSeqs[i] }))
    .sort((a, b) => a.firstSeq - b.firstSeq)
    .map(({ path }) => path);
}

/** @throws AssertionError when the entries of the segments do not follow one another */
export function entryStream(fs: MemoryFileSystem, paths: readonly string[]): EntryStream {
  const payloads: Buffer[] = [];
  const starts: number[] = [];
  const times: number[] = [];
  const boundaries: boolean[] = [];
  let firstSeq = 0;
  let sizeBytes = 0;
  for (const path of paths) {
    const bytes = fs.bytesOf(path);
    const frames = framesOf(bytes).filter(({ type }) => type === ENTRIES);
    for (const unit of unitsOf(frames)) {
      const [{ seq }] = unit;
      if (firstSeq === 0) firstSeq = seq;
      assert.equal(seq, firstSeq + starts.length, `${path} goes on with the next entry`);
      const payload = payloadsOf(bytes, unit);
      const sizes = unit.some(({ flags }) => flags & FRAGMENT) ? null : entrySizes(payload);
      const isDivisible = unit.length === 1 && (unit[0].flags & UNIT) === 0;
      for (const [i, size] of (sizes ?? fragmentedSizes(bytes, unit)).entries()) {
        starts.push(sizeBytes);
        sizeBytes += size;
        times.push(unit[0].timeMs);
        boundaries.push(isDivisible || seq + i === (unit.at(-1)?.nextSeq ?? 0) - 1);
      }
      payloads.push(payload);
    }
  }
  const all = Buffer.concat(payloads);
  assert.equal(all.length, sizeBytes, 'every byte belongs to an entry');
  starts.push(sizeBytes);
  const start = firstSeq;
  return {
    firstSeq,
    lastSeq: firstSeq + times.length - 1,
    bytes: (from, to) => all.subarray(starts[from - start], starts[to + 1 - start]),
    timeOf: (seq) => times[seq - start],
    isBoundary: (seq) => seq < start || boundaries[seq - start],
  };
}

/** @returns frames that stand or fall together */
function unitsOf(frames: readonly MappedFrame[]): MappedFrame[][] {
  const units: MappedFrame[][] = [];
  let isOpen = false;
  for (const frame of frames) {
    if (isOpen) units.at(-1)?.push(frame);
    else units.push([frame]);
    isOpen = frame.continues;
  }
  assert.ok(!isOpen, 'the last unit is whole');
  return units;
}

/** An entry in fragments may be one of several in its unit. */
function fragmentedSizes(bytes: Buffer, unit: readonly MappedFrame[]): number[] {
  const sizes: number[] = [];
  let pieces: MappedFrame[] = [];
  for (const frame of unit) {
    if ((frame.flags & FRAGMENT) === 0) {
      sizes.push(...entrySizes(payloadsOf(bytes, [frame])));
      continue;
    }
    pieces.push(frame);
    if (frame.nextSeq === frame.seq) continue;
    sizes.push(payloadsOf(bytes, pieces).length);
    pieces = [];
  }
  return sizes;
}

/** @returns the size of each entry of a payload */
function entrySizes(payload: Buffer): number[] {
  const sizes: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = payload[at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  };
  while (at < payload.length) {
    const from = at;
    varint();
    for (let words = varint(); words > 0; words--) {
      const length = varint();
      at += length;
    }
    sizes.push(at - from);
  }
  assert.equal(at, payload.length);
  return sizes;
}
