// The inner nodes of a large list, as they lie in the arena. A child is named with how many
// elements are below it and with the epoch in which its block was made (see list-tree.ts).
//
//   word 0  -level: -1 above the leaves, -2 above those; a leaf has a number >= 0 here
//   word 1  children
//   word 2  REF, COUNT, EPOCH of the first child, then those of the second ...
//
// Invariant: a node that is in a tree has at least one child, and no child is without elements.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from '../memory/chunks.js';

/** Word offsets within a slot. */
export const SLOT_REF = 0;
export const SLOT_COUNT = 1;
export const SLOT_EPOCH = 2;
export const SLOT_WORDS = 3;
export const FIRST_SLOT = 2;
const HEADER_BYTES = FIRST_SLOT * 4;
const SLOT_BYTES = SLOT_WORDS * 4;
/** A full node takes 768 bytes with its header, which is one of the arena's sizes. */
export const INNER_MAX = 63;
/** Most levels of inner nodes; more than any number of operations could make. */
export const LEVELS_MAX = 16;

export function isLeaf(arena: Arena, node: Ref): boolean {
  return arena.words[node >>> CHUNK_SHIFT][(node & UNIT_MASK) << 1] >= 0;
}

/** @returns how many levels are below the node; 0 for a leaf */
export function levelOf(arena: Arena, node: Ref): number {
  const word = arena.words[node >>> CHUNK_SHIFT][(node & UNIT_MASK) << 1];
  return word < 0 ? -word : 0;
}

export function childCount(arena: Arena, node: Ref): number {
  return arena.words[node >>> CHUNK_SHIFT][((node & UNIT_MASK) << 1) + 1];
}

/** @returns the index of the slot's first word in `arena.words[node >>> CHUNK_SHIFT]` */
export function slotWord(node: Ref, slot: number): number {
  return ((node & UNIT_MASK) << 1) + FIRST_SLOT + slot * SLOT_WORDS;
}

export function childRef(arena: Arena, node: Ref, slot: number): Ref {
  return arena.words[node >>> CHUNK_SHIFT][slotWord(node, slot) + SLOT_REF];
}

export function childSize(arena: Arena, node: Ref, slot: number): number {
  return arena.words[node >>> CHUNK_SHIFT][slotWord(node, slot) + SLOT_COUNT];
}

export function childEpoch(arena: Arena, node: Ref, slot: number): number {
  return arena.words[node >>> CHUNK_SHIFT][slotWord(node, slot) + SLOT_EPOCH];
}

export function setChildRef(arena: Arena, node: Ref, slot: number, ref: Ref, epoch: number): void {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = slotWord(node, slot);
  words[at + SLOT_REF] = ref;
  words[at + SLOT_EPOCH] = epoch;
}

/** @returns a new node without children and with room for at least `children` */
export function makeInner(arena: Arena, level: number, children: number): Ref {
  const node = arena.allocate(HEADER_BYTES + SLOT_BYTES * Math.min(children, INNER_MAX));
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = (node & UNIT_MASK) << 1;
  words[at] = -level;
  words[at + 1] = 0;
  return node;
}

/** @returns whether the block of a node has room for `added` more children */
export function hasRoom(arena: Arena, node: Ref, added: number): boolean {
  const bytes = HEADER_BYTES + (childCount(arena, node) + added) * SLOT_BYTES;
  return bytes <= arena.capacity(node);
}

/** @returns whether a node wastes most of its block */
export function isRoomy(arena: Arena, node: Ref): boolean {
  const bytes = HEADER_BYTES + childCount(arena, node) * SLOT_BYTES;
  return bytes * 4 < arena.capacity(node);
}

/** @returns a copy of an inner node with room for at least `children`, not fewer than it has */
export function copyInner(arena: Arena, node: Ref, children: number): Ref {
  const count = childCount(arena, node);
  const copy = makeInner(arena, levelOf(arena, node), Math.max(children, count));
  appendSlots(arena, node, 0, copy, count);
  return copy;
}

/** Makes the `count` children of `from`, from `slot` on, the last ones of `to` as well. */
export function appendSlots(arena: Arena, from: Ref, slot: number, to: Ref, count: number): void {
  const source = arena.words[from >>> CHUNK_SHIFT];
  const target = arena.words[to >>> CHUNK_SHIFT];
  const fromAt = slotWord(from, slot);
  const toAt = slotWord(to, childCount(arena, to));
  for (let i = 0; i < count * SLOT_WORDS; i++) target[toAt + i] = source[fromAt + i];
  target[((to & UNIT_MASK) << 1) + 1] += count;
}

/** Puts a child before the one at `slot`; the block has room. */
export function insertSlot(
  arena: Arena,
  node: Ref,
  slot: number,
  ref: Ref,
  count: number,
  epoch: number,
): void {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const children = words[((node & UNIT_MASK) << 1) + 1]++;
  const at = slotWord(node, slot);
  words.copyWithin(at + SLOT_WORDS, at, slotWord(node, children));
  words[at + SLOT_REF] = ref;
  words[at + SLOT_COUNT] = count;
  words[at + SLOT_EPOCH] = epoch;
}

/** Takes the child at `slot` out. @returns how many are left */
export function removeSlot(arena: Arena, node: Ref, slot: number): number {
  const words = arena.words[node >>> CHUNK_SHIFT];
  const at = slotWord(node, slot);
  const left = --words[((node & UNIT_MASK) << 1) + 1];
  words.copyWithin(at, at + SLOT_WORDS, slotWord(node, left + 1));
  return left;
}

/** Forgets the children from `slot` on. */
export function cutSlots(arena: Arena, node: Ref, slot: number): void {
  arena.words[node >>> CHUNK_SHIFT][((node & UNIT_MASK) << 1) + 1] = slot;
}

/** @returns how many elements are below the children from `slot` on */
export function sizeFrom(arena: Arena, node: Ref, slot: number): number {
  let size = 0;
  for (let i = childCount(arena, node) - 1; i >= slot; i--) size += childSize(arena, node, i);
  return size;
}
