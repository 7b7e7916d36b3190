// The nodes of an ordered index as they lie in the arena, and what is done to one node. Both kinds
// take the same 1 KiB block; a tree of one leaf has a smaller one while it is small.
//
//   word 0 COUNT  1 CAPACITY of a leaf, 0 for an inner node  2 PREVIOUS, 3 NEXT leaf
//   leaf   scores f64[capacity]  refs i32[capacity]
//   inner  scores f64[50]  refs i32[50]  children i32[50]  sizes i32[50]
//
// An inner node's score and ref at `i` are those of the first entry below child `i`; at 0 they are
// void, for nothing needs them. `sizes` counts the entries below each child.

import type { Arena } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';

export const COUNT = 0;
export const CAPACITY = 1;
export const PREVIOUS = 2;
export const NEXT = 3;

const HEADER_BYTES = 16;
export const HEADER_UNITS = HEADER_BYTES >>> 3;
const HEADER_WORDS = HEADER_BYTES >>> 2;
const LEAF_ENTRY_BYTES = 12;
export const LEAF_MAX = 84;
export const INNER_MAX = 50;
export const NODE_BYTES = HEADER_BYTES + LEAF_MAX * LEAF_ENTRY_BYTES;
/** Room of a first leaf; one that is full and alone gets three times as much. */
const LEAF_CAPACITY_FIRST = 4;
const LEAF_GROWTH_FACTOR = 3;
const INNER_REFS = HEADER_WORDS + INNER_MAX * 2;
export const INNER_CHILDREN = INNER_REFS + INNER_MAX;
export const INNER_SIZES = INNER_CHILDREN + INNER_MAX;

/** @returns a new empty leaf, the only one of its tree */
export function makeFirstLeaf(arena: Arena): Ref {
  const leaf = arena.allocate(HEADER_BYTES + LEAF_CAPACITY_FIRST * LEAF_ENTRY_BYTES);
  beginNode(arena, leaf, LEAF_CAPACITY_FIRST);
  return leaf;
}

/** Makes an empty node of a block. @param capacity 0 for an inner node */
export function beginNode(arena: Arena, node: Ref, capacity: number): void {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = (node & UNIT_MASK) << 1;
  words[at + COUNT] = 0;
  words[at + CAPACITY] = capacity;
  words[at + PREVIOUS] = NO_REF;
  words[at + NEXT] = NO_REF;
}

/** @returns a larger leaf with the same entries; the old one, which had no neighbours, is freed */
export function growLeaf(arena: Arena, leaf: Ref): Ref {
  const oldCapacity = nodeWord(arena, leaf, CAPACITY);
  const capacity = Math.min(LEAF_MAX, oldCapacity * LEAF_GROWTH_FACTOR);
  const grown = arena.allocate(HEADER_BYTES + capacity * LEAF_ENTRY_BYTES);
  beginNode(arena, grown, capacity);
  moveEntries(arena, leaf, 0, grown, 0, nodeWord(arena, leaf, COUNT));
  setNodeWord(arena, grown, COUNT, nodeWord(arena, leaf, COUNT));
  arena.free(leaf);
  return grown;
}

export function nodeWord(arena: Arena, node: Ref, word: number): number {
  return arena.words[node >>> CHUNK_SHIFT][((node & UNIT_MASK) << 1) + word];
}

export function setNodeWord(arena: Arena, node: Ref, word: number, value: number): void {
  arena.words[node >>> CHUNK_SHIFT][((node & UNIT_MASK) << 1) + word] = value;
}

/** @param capacity the node's CAPACITY @returns where its refs begin, in words from its start */
export function refsWord(capacity: number): number {
  return capacity === 0 ? INNER_REFS : HEADER_WORDS + capacity * 2;
}

export function scoreOf(arena: Arena, node: Ref, index: number): number {
  return arena.doubles[node >>> CHUNK_SHIFT][(node & UNIT_MASK) + HEADER_UNITS + index];
}

export function refOf(arena: Arena, node: Ref, index: number): Ref {
  return nodeWord(arena, node, refsWord(nodeWord(arena, node, CAPACITY)) + index);
}

/** Writes an entry of a leaf, or the separator of an inner node. */
export function setEntry(arena: Arena, node: Ref, index: number, score: number, ref: Ref): void {
  arena.doubles[node >>> CHUNK_SHIFT][(node & UNIT_MASK) + HEADER_UNITS + index] = score;
  setNodeWord(arena, node, refsWord(nodeWord(arena, node, CAPACITY)) + index, ref);
}

/** Puts an entry into a leaf that has room. */
export function insertEntry(arena: Arena, leaf: Ref, index: number, score: number, ref: Ref): void {
  const words = arena.words[leaf >>> CHUNK_SHIFT];
  const doubles = arena.doubles[leaf >>> CHUNK_SHIFT];
  const at = (leaf & UNIT_MASK) << 1;
  const scores = (leaf & UNIT_MASK) + HEADER_UNITS;
  const refs = at + refsWord(words[at + CAPACITY]);
  const count = words[at + COUNT]++;
  for (let i = count; i > index; i--) doubles[scores + i] = doubles[scores + i - 1];
  for (let i = count; i > index; i--) words[refs + i] = words[refs + i - 1];
  doubles[scores + index] = score;
  words[refs + index] = ref;
}

/** Takes an entry out of a leaf. */
export function removeEntry(arena: Arena, leaf: Ref, index: number): void {
  const words = arena.words[leaf >>> CHUNK_SHIFT];
  const doubles = arena.doubles[leaf >>> CHUNK_SHIFT];
  const at = (leaf & UNIT_MASK) << 1;
  const scores = (leaf & UNIT_MASK) + HEADER_UNITS;
  const refs = at + refsWord(words[at + CAPACITY]);
  const count = --words[at + COUNT];
  for (let i = index; i < count; i++) doubles[scores + i] = doubles[scores + i + 1];
  for (let i = index; i < count; i++) words[refs + i] = words[refs + i + 1];
}

export function childOf(arena: Arena, node: Ref, index: number): Ref {
  return nodeWord(arena, node, INNER_CHILDREN + index);
}

export function setSize(arena: Arena, node: Ref, index: number, size: number): void {
  setNodeWord(arena, node, INNER_SIZES + index, size);
}

export function addToSize(arena: Arena, node: Ref, index: number, change: number): void {
  const at = ((node & UNIT_MASK) << 1) + INNER_SIZES + index;
  arena.words[node >>> CHUNK_SHIFT][at] += change;
}

/** Puts a child, whose first score and ref are valid, into an inner node that has room. */
export function insertChild(arena: Arena, node: Ref, index: number, child: Ref): void {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = (node & UNIT_MASK) << 1;
  const count = words[at + COUNT];
  insertEntry(arena, node, index, scoreOf(arena, child, 0), refOf(arena, child, 0));
  for (let i = at + count; i > at + index; i--) {
    words[i + INNER_CHILDREN] = words[i + INNER_CHILDREN - 1];
    words[i + INNER_SIZES] = words[i + INNER_SIZES - 1];
  }
  words[at + INNER_CHILDREN + index] = child;
  words[at + INNER_SIZES + index] = sizeOfNode(arena, child);
}

/** Takes a child with its separator out of an inner node. */
export function removeChild(arena: Arena, node: Ref, index: number): void {
  removeEntry(arena, node, index);
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = (node & UNIT_MASK) << 1;
  const end = at + words[at + COUNT];
  for (let i = at + index; i < end; i++) {
    words[i + INNER_CHILDREN] = words[i + INNER_CHILDREN + 1];
    words[i + INNER_SIZES] = words[i + INNER_SIZES + 1];
  }
}

/** Copies `count` entries (an inner node's children with them) to another node of its kind. */
export function moveEntries(
  arena: Arena,
  from: Ref,
  fromIndex: number,
  to: Ref,
  toIndex: number,
  count: number,
): void {
  const source = arena.words[from >>> CHUNK_SHIFT];
  const target = arena.words[to >>> CHUNK_SHIFT];
  const sourceDoubles = arena.doubles[from >>> CHUNK_SHIFT];
  const targetDoubles = arena.doubles[to >>> CHUNK_SHIFT];
  const sourceScores = (from & UNIT_MASK) + HEADER_UNITS + fromIndex;
  const targetScores = (to & UNIT_MASK) + HEADER_UNITS + toIndex;
  for (let i = 0; i < count; i++) targetDoubles[targetScores + i] = sourceDoubles[sourceScores + i];
  const sourceAt = (from & UNIT_MASK) << 1;
  const targetAt = (to & UNIT_MASK) << 1;
  const isInner = source[sourceAt + CAPACITY] === 0;
  let s = sourceAt + refsWord(source[sourceAt + CAPACITY]) + fromIndex;
  let t = targetAt + refsWord(target[targetAt + CAPACITY]) + toIndex;
  // The three arrays of an inner node's words have the same length and follow each other.
  for (let arrays = isInner ? 3 : 1; arrays > 0; arrays--) {
    for (let i = 0; i < count; i++) target[t + i] = source[s + i];
    s += INNER_MAX;
    t += INNER_MAX;
  }
}

/** @returns how many entries are in or below a node */
export function sizeOfNode(arena: Arena, node: Ref): number {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = (node & UNIT_MASK) << 1;
  const count = words[at + COUNT];
  return words[at + CAPACITY] !== 0 ? count : sizeBelow(arena, node, count);
}

/** @returns how many entries are below the first `end` children of an inner node */
export function sizeBelow(arena: Arena, node: Ref, end: number): number {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const sizes = ((node & UNIT_MASK) << 1) + INNER_SIZES;
  let sum = 0;
  for (let i = 0; i < end; i++) sum += words[sizes + i];
  return sum;
}

/** Moves what follows the first `kept` entries of a full node to a new one of its kind. */
export function splitNode(arena: Arena, node: Ref, right: Ref, kept: number): void {
  const moved = nodeWord(arena, node, COUNT) - kept;
  moveEntries(arena, node, kept, right, 0, moved);
  setNodeWord(arena, node, COUNT, kept);
  setNodeWord(arena, right, COUNT, moved);
}

/** Makes child `index` take in the child after it, which is freed; both fit. */
export function joinChildren(arena: Arena, parent: Ref, index: number): void {
  const left = childOf(arena, parent, index);
  const right = childOf(arena, parent, index + 1);
  const count = nodeWord(arena, left, COUNT);
  const added = nodeWord(arena, right, COUNT);
  moveEntries(arena, right, 0, left, count, added);
  setNodeWord(arena, left, COUNT, count + added);
  if (nodeWord(arena, left, CAPACITY) !== 0) {
    unlinkLeaf(arena, right);
  } else {
    // What was the right node's first child has a child before it now, so it needs its separator.
    const score = scoreOf(arena, parent, index + 1);
    setEntry(arena, left, count, score, refOf(arena, parent, index + 1));
  }
  addToSize(arena, parent, index, nodeWord(arena, parent, INNER_SIZES + index + 1));
  removeChild(arena, parent, index + 1);
  arena.free(right);
}

/** Puts a new leaf into the chain after another one. */
export function linkLeaf(arena: Arena, leaf: Ref, added: Ref): void {
  const next = nodeWord(arena, leaf, NEXT);
  setNodeWord(arena, added, PREVIOUS, leaf);
  setNodeWord(arena, added, NEXT, next);
  setNodeWord(arena, leaf, NEXT, added);
  if (next !== NO_REF) setNodeWord(arena, next, PREVIOUS, added);
}

/** Takes a leaf out of the chain. */
export function unlinkLeaf(arena: Arena, leaf: Ref): void {
  const next = nodeWord(arena, leaf, NEXT);
  const previous = nodeWord(arena, leaf, PREVIOUS);
  if (next !== NO_REF) setNodeWord(arena, next, PREVIOUS, previous);
  if (previous !== NO_REF) setNodeWord(arena, previous, NEXT, next);
}
