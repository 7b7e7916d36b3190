// A large list as it was at one moment, kept while commands go on changing it: what a snapshot
// reads over many turns. Freezing costs nothing; from then on the tree copies a node before it
// first changes it, and the node as it was is listed here until `thaw` frees it.
//
//   the frozen block   word 0 LIST (NO_REF once thawing)  1 NODE  2 COUNT  3 RETIRED  4 USED
//   a retired block    word 0 the block before it, then pairs: a node, whether all below it too
//
// Invariant: a node that the frozen tree has is listed, or below one that is listed whole, exactly
// when the living tree has it no more.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_COUNT, HEADER_FORM, HEADER_WALK } from '../memory/large-header.js';
import { assert } from '../util/assert.js';
import { childCount, childRef, cutSlots, isLeaf } from './list-node.js';
import { ListPath } from './list-path.js';

/** The words of a list's header: the topmost node, the epoch, and that node's epoch. */
export const LIST_NODE = HEADER_FORM;
export const LIST_EPOCH = HEADER_FORM + 1;
export const LIST_NODE_EPOCH = HEADER_FORM + 2;

const LIST = 0;
const NODE = 1;
const COUNT = 2;
const RETIRED = 3;
const USED = 4;
const FROZEN_BYTES = 24;
const RETIRED_BYTES = 512;
/** Entries of a retired block; the first pair of words is the link. */
const RETIRED_MAX = RETIRED_BYTES / 8 - 1;

function word(arena: Arena, ref: Ref, index: number): number {
  return arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + index];
}

function setWord(arena: Arena, ref: Ref, index: number, value: number): void {
  arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + index] = value;
}

/**
 * Keeps a list as it is now, for a `FrozenList` to go through.
 * @param root the list's header; its WALK is 0
 * @returns the handle for `FrozenList.open` and `thaw`; the header's WALK until thawing begins
 * @throws ArenaFullError
 */
export function freeze(arena: Arena, root: Ref): Ref {
  assert(word(arena, root, HEADER_WALK) === 0, 'a list is frozen once at a time');
  const frozen = arena.allocate(FROZEN_BYTES);
  setWord(arena, frozen, LIST, root);
  setWord(arena, frozen, NODE, word(arena, root, LIST_NODE));
  setWord(arena, frozen, COUNT, word(arena, root, HEADER_COUNT));
  setWord(arena, frozen, RETIRED, NO_REF);
  setWord(arena, frozen, USED, RETIRED_MAX);
  setWord(arena, root, HEADER_WALK, frozen);
  setWord(arena, root, LIST_EPOCH, word(arena, root, LIST_EPOCH) + 1);
  return frozen;
}

/** Makes sure that the next `retire` needs no memory. @throws ArenaFullError */
export function reserveRetired(arena: Arena, frozen: Ref): void {
  if (word(arena, frozen, USED) < RETIRED_MAX) return;
  const block = arena.allocate(RETIRED_BYTES);
  setWord(arena, block, 0, word(arena, frozen, RETIRED));
  setWord(arena, frozen, RETIRED, block);
  setWord(arena, frozen, USED, 0);
}

/**
 * Lists a node that the living tree has no more.
 * @param isWhole whether all that is below it has left with it
 */
export function retire(arena: Arena, frozen: Ref, node: Ref, isWhole: boolean): void {
  const used = word(arena, frozen, USED);
  assert(used < RETIRED_MAX, 'room to list a node was reserved');
  const block = word(arena, frozen, RETIRED);
  setWord(arena, block, 2 + used * 2, node);
  setWord(arena, block, 3 + used * 2, isWhole ? 1 : 0);
  setWord(arena, frozen, USED, used + 1);
}

/**
 * Ends a freeze: the living list is free to change in place at once, and what only the frozen one
 * had is freed, some of it with each call. Works as well when the list was let go of meanwhile.
 * @param stepsMax how many nodes may be freed
 * @returns whether all is freed; the handle is then void
 */
export function thaw(arena: Arena, frozen: Ref, stepsMax: number): boolean {
  const root = word(arena, frozen, LIST);
  if (root !== NO_REF) {
    setWord(arena, root, HEADER_WALK, 0);
    setWord(arena, frozen, LIST, NO_REF);
  }
  budget = stepsMax;
  for (;;) {
    const block = word(arena, frozen, RETIRED);
    if (block === NO_REF) {
      arena.free(frozen);
      return true;
    }
    for (let used = word(arena, frozen, USED); used > 0; used--) {
      const node = word(arena, block, used * 2);
      const isWhole = word(arena, block, used * 2 + 1) === 1;
      if (isWhole ? !freeSome(arena, node) : !freeOne(arena, node)) return false;
      setWord(arena, frozen, USED, used - 1);
    }
    setWord(arena, frozen, RETIRED, word(arena, block, 0));
    setWord(arena, frozen, USED, RETIRED_MAX);
    arena.free(block);
  }
}

/** How many more nodes the running call may free. */
let budget = 0;

function freeOne(arena: Arena, node: Ref): boolean {
  if (budget <= 0) return false;
  budget--;
  arena.free(node);
  return true;
}

/** Frees a node and what is below it, from the end; a part of it when the budget ends. */
function freeSome(arena: Arena, node: Ref): boolean {
  if (!isLeaf(arena, node)) {
    for (let slot = childCount(arena, node) - 1; slot >= 0; slot--) {
      if (!freeSome(arena, childRef(arena, node, slot))) return false;
      cutSlots(arena, node, slot);
    }
  }
  return freeOne(arena, node);
}

/**
 * Frees some of the nodes of a tree that nobody else has.
 * @param stepsMax how many nodes may be freed
 * @returns whether all of them are gone
 */
export function freeTreeStep(arena: Arena, node: Ref, stepsMax: number): boolean {
  budget = stepsMax;
  return freeSome(arena, node);
}

/**
 * Goes through a frozen list, head to tail, in runs of entries (packed-list.ts):
 *
 *   frozen.open(arena, handle);
 *   while (frozen.next()) take frozen.bytes from frozen.from to frozen.to: frozen.leafCount entries
 *
 * The runs lie in the arena and stay as they are until `thaw`; `bytes` and `view` are to be read
 * anew after `next`. Between two calls any command may run.
 */
export class FrozenList extends ListPath {
  /** Elements of the whole list. */
  count = 0;
  private node: Ref = NO_REF;
  private hasBegun = false;

  open(arena: Arena, frozen: Ref): void {
    this.arena = arena;
    this.node = word(arena, frozen, NODE);
    this.count = word(arena, frozen, COUNT);
    this.hasBegun = false;
  }

  /** Goes to the next run. @returns false at the end */
  next(): boolean {
    if (this.hasBegun) return this.nextLeaf();
    this.hasBegun = true;
    if (this.node === NO_REF) return false;
    this.descend(this.node, this.count, 0);
    return true;
  }
}
