// The leaves of a large list, as they lie in the arena: a run of entries (packed-list.ts) in a
// block that may have room before and after it, so that both ends grow without moving anything.
//
//   word 0  where the entries begin, in bytes from the block's start; PLAIN
//   word 1  where they end
//
// Invariant: all offsets here (`offset`, `from`, `to`) count from the block's start.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { copyView } from '../util/bytes.js';

export const LEAF_HEADER_BYTES = 8;
/** Holds one element only, for it is a large one. */
const PLAIN = 1 << 30;
/** No leaf is worth moving to a smaller block before its own has so many bytes. */
const SHRINK_MIN_BYTES = 128;
/** A block is too large for entries that fill less than this part of it. */
const SHRINK_PART = 4;

/** @returns a new leaf without entries, with room for `roomBytes` after where they would be */
export function makeLeaf(arena: Arena, roomBytes: number, isPlain: boolean): Ref {
  const leaf = arena.allocate(LEAF_HEADER_BYTES + roomBytes);
  const words = arena.words[leaf >>> CHUNK_SHIFT];
  const at = (leaf & UNIT_MASK) << 1;
  words[at] = LEAF_HEADER_BYTES | (isPlain ? PLAIN : 0);
  words[at + 1] = LEAF_HEADER_BYTES;
  return leaf;
}

/** @returns where the leaf's block begins in its chunk, in bytes */
export function blockAt(leaf: Ref): number {
  return (leaf & UNIT_MASK) << 3;
}

export function leafFrom(arena: Arena, leaf: Ref): number {
  return arena.words[leaf >>> CHUNK_SHIFT][(leaf & UNIT_MASK) << 1] & ~PLAIN;
}

export function leafTo(arena: Arena, leaf: Ref): number {
  return arena.words[leaf >>> CHUNK_SHIFT][((leaf & UNIT_MASK) << 1) + 1];
}

/** @returns the bytes of the entries */
export function leafBytes(arena: Arena, leaf: Ref): number {
  return leafTo(arena, leaf) - leafFrom(arena, leaf);
}

export function isPlain(arena: Arena, leaf: Ref): boolean {
  return (arena.words[leaf >>> CHUNK_SHIFT][(leaf & UNIT_MASK) << 1] & PLAIN) !== 0;
}

/** Says where the entries of a leaf are; it keeps being plain. */
export function setBounds(arena: Arena, leaf: Ref, from: number, to: number): void {
  const words = arena.words[leaf >>> CHUNK_SHIFT];
  const at = (leaf & UNIT_MASK) << 1;
  words[at] = from | (words[at] & PLAIN);
  words[at + 1] = to;
}

/**
 * Opens a gap in front of `offset` without leaving the block.
 * @param size bytes of the gap, which become part of the entries
 * @returns where the gap begins, or -1 when the block has no room
 */
export function openGap(arena: Arena, leaf: Ref, offset: number, size: number): number {
  const from = leafFrom(arena, leaf);
  const to = leafTo(arena, leaf);
  const front = from - LEAF_HEADER_BYTES;
  const back = arena.capacity(leaf) - to;
  const isBackNearer = to - offset <= offset - from;
  if (back >= size && (isBackNearer || front < size) && offset !== from) {
    moveBytes(arena, leaf, offset, to, size);
    setBounds(arena, leaf, from, to + size);
    return offset;
  }
  if (front >= size && offset !== to) {
    moveBytes(arena, leaf, from, offset, -size);
    setBounds(arena, leaf, from - size, to);
    return offset - size;
  }
  if (front + back < size) return -1;
  return slideApart(arena, leaf, offset, size);
}

/**
 * Moves all entries so that the gap fits and what room is left is at both ends: were it all at
 * one of them, pushing at the other would move everything each time.
 */
function slideApart(arena: Arena, leaf: Ref, offset: number, size: number): number {
  const from = leafFrom(arena, leaf);
  const to = leafTo(arena, leaf);
  const room = arena.capacity(leaf) - LEAF_HEADER_BYTES - (to - from) - size;
  const target = LEAF_HEADER_BYTES + (room >>> 1);
  const headBy = target - from;
  const tailBy = headBy + size;
  // Whichever part moves towards the other one moves last.
  if (tailBy > 0) moveBytes(arena, leaf, offset, to, tailBy);
  moveBytes(arena, leaf, from, offset, headBy);
  if (tailBy < 0) moveBytes(arena, leaf, offset, to, tailBy);
  setBounds(arena, leaf, target, to + tailBy);
  return offset + headBy;
}

function moveBytes(arena: Arena, leaf: Ref, from: number, to: number, by: number): void {
  if (from === to || by === 0) return;
  const at = blockAt(leaf);
  arena.bytes[leaf >>> CHUNK_SHIFT].copyWithin(at + from + by, at + from, at + to);
}

/** Closes the bytes `[from, to)` of a leaf by moving what is shorter: before or after them. */
export function closeGap(arena: Arena, leaf: Ref, from: number, to: number): void {
  const first = leafFrom(arena, leaf);
  const end = leafTo(arena, leaf);
  const size = to - from;
  if (from - first < end - to) {
    moveBytes(arena, leaf, first, from, size);
    setBounds(arena, leaf, first + size, end);
  } else {
    moveBytes(arena, leaf, to, end, -size);
    setBounds(arena, leaf, first, end - size);
  }
}

/**
 * @param offset in front of which the copy has a gap
 * @param size bytes of the gap, 0 or more
 * @param roomBytes for entries, the gap among them; at least as much as they take
 * @param isRoomInFront whether what is not taken lies before the entries, not after
 * @returns a copy of a leaf in a new block; the gap begins at `gapAfterCopy`
 */
export function copyLeaf(
  arena: Arena,
  leaf: Ref,
  offset: number,
  size: number,
  roomBytes: number,
  isRoomInFront: boolean,
): Ref {
  const from = leafFrom(arena, leaf);
  const to = leafTo(arena, leaf);
  const copy = makeLeaf(arena, roomBytes, isPlain(arena, leaf));
  const bytes = to - from + size;
  const room = isRoomInFront ? arena.capacity(copy) - LEAF_HEADER_BYTES - bytes : 0;
  const target = LEAF_HEADER_BYTES + room;
  setBounds(arena, copy, target, target + bytes);
  copyPart(arena, leaf, from, offset, copy, target);
  copyPart(arena, leaf, offset, to, copy, target + (offset - from) + size);
  return copy;
}

/** Copies the bytes `[from, to)` of a leaf into another one at `target`. */
export function copyPart(
  arena: Arena,
  leaf: Ref,
  from: number,
  to: number,
  copy: Ref,
  target: number,
): void {
  const source = arena.views[leaf >>> CHUNK_SHIFT];
  const view = arena.views[copy >>> CHUNK_SHIFT];
  copyView(source, blockAt(leaf) + from, view, blockAt(copy) + target, to - from);
}

/** @returns whether most of the leaf's block is unused */
export function isLeafRoomy(arena: Arena, leaf: Ref): boolean {
  const capacity = arena.capacity(leaf);
  if (capacity < SHRINK_MIN_BYTES) return false;
  return (LEAF_HEADER_BYTES + leafBytes(arena, leaf)) * SHRINK_PART < capacity;
}
