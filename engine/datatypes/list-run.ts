// What is done to a run of packed entries, be it a small list in a record or a leaf of a large one.

import {
  entryInteger,
  entrySize,
  findEntry,
  nextEntry,
  type PackedElement,
  previousEntry,
} from '../memory/packed-list.js';
import { copyBytes } from '../util/bytes.js';
import { parsed } from '../util/numbers.js';

/** Where `filterRun` leaves its result: where the run is now, and how many entries have gone. */
export const filtered = { from: 0, to: 0, removed: 0 };

/**
 * Takes elements out of the run `[from, to)`, the first ones, or the last ones `fromEnd`. What is
 * left lies together at the begin of where the run was, or at its end.
 * @param limit at most so many
 * @returns how many have gone; see `filtered`
 */
export function filterRun(
  bytes: Buffer,
  view: DataView,
  from: number,
  to: number,
  element: PackedElement,
  limit: number,
  fromEnd: boolean,
): number {
  filtered.from = from;
  filtered.to = to;
  filtered.removed = 0;
  if (fromEnd) filterBackward(bytes, view, element, limit);
  else filterForward(bytes, view, element, limit);
  return filtered.removed;
}

function filterForward(bytes: Buffer, view: DataView, element: PackedElement, limit: number): void {
  const { from, to } = filtered;
  let found = findEntry(view, from, to, element, 1);
  if (found < 0) return;
  let write = found;
  while (found >= 0) {
    const kept = nextEntry(view, found);
    filtered.removed++;
    found = filtered.removed === limit ? -1 : findEntry(view, kept, to, element, 1);
    const keptEnd = found < 0 ? to : found;
    copyBytes(bytes, kept, bytes, write, keptEnd - kept);
    write += keptEnd - kept;
  }
  filtered.to = write;
}

function filterBackward(
  bytes: Buffer,
  view: DataView,
  element: PackedElement,
  limit: number,
): void {
  const { from, to } = filtered;
  let write = to;
  let keptEnd = to;
  let end = to;
  while (end > from && filtered.removed < limit) {
    const at = previousEntry(view, end);
    if (element.equalsEntryAt(view, at)) {
      filtered.removed++;
      write -= keptEnd - end;
      bytes.copyWithin(write, end, keptEnd);
      keptEnd = at;
    }
    end = at;
  }
  if (filtered.removed === 0) return;
  write -= keptEnd - from;
  bytes.copyWithin(write, from, keptEnd);
  filtered.from = write;
}

/** What a listpack of Redis takes for entries that take a byte here, at least and at most. */
const LISTPACK_SHARE_MIN = 0.75;
const LISTPACK_SHARE_MAX = 1 + 1 / 128;

/**
 * Redis's limits speak of its listpacks, whose entries are a little smaller or larger than ours.
 * @returns whether a listpack would take more than `bytesMax` bytes for the entries `[from, to)`
 */
export function listpackExceeds(
  view: DataView,
  from: number,
  to: number,
  bytesMax: number,
): boolean {
  const bytes = to - from;
  if (bytes * LISTPACK_SHARE_MAX <= bytesMax) return false;
  if (bytes * LISTPACK_SHARE_MIN > bytesMax) return true;
  let total = 0;
  for (let at = from; at < to; at += entrySize(view, at)) total += listpackEntryBytes(view, at);
  return total > bytesMax;
}

const INT13_MIN = -4096;
const INT13_MAX = 4095;
const STRING12_MAX = 4095;
const STRING6_MAX = 63;
/** Bytes of 7 bits that the length of so long an entry takes, by how long it may be. */
const BACK_LENGTH_MAX = [127, 16383, 2097151, 268435455];

function listpackEntryBytes(view: DataView, at: number): number {
  const size = entrySize(view, at);
  const bytes = entryInteger(view, at) ? integerBytes(size) : stringBytes(view, at, size);
  let back = 1;
  for (const max of BACK_LENGTH_MAX) if (bytes > max) back++;
  return bytes + back;
}

/** The integer is in `parsed`; only one of 13 bits takes less there than here. */
function integerBytes(size: number): number {
  const { low, high } = parsed;
  const isSmall = low >= INT13_MIN && low <= INT13_MAX && high === low >> 31;
  return isSmall ? Math.min(2, size - 1) : size - 1;
}

function stringBytes(view: DataView, at: number, size: number): number {
  const first = view.getUint8(at);
  let length = first & STRING6_MAX;
  if (first >= 0xc0) {
    const header = first === 0xe0 ? 5 : 2;
    length = size - header - (size - 1 > 254 ? 5 : 1);
  }
  if (length <= STRING6_MAX) return 1 + length;
  return (length <= STRING12_MAX ? 2 : 5) + length;
}
