// A place in a large list: the way down from the root to a leaf, and one entry of that leaf.
// It serves the living list as well as one that a snapshot has frozen.
//
//   seek(500000)  ->  nodes[0] slots[0], nodes[1] slots[1], leaf, at
//
// Invariants: valid until the tree changes; `from`, `to` and `at` are places in `bytes` and
// `view`, which are those of the leaf's chunk; `base` is the index of the leaf's first element.

import { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { nextEntry, previousEntry } from '../memory/packed-list.js';
import { EMPTY_BYTES, viewOf } from '../util/bytes.js';
import { blockAt, leafFrom, leafTo } from './list-leaf.js';
import {
  childCount,
  childRef,
  childSize,
  FIRST_SLOT,
  isLeaf,
  LEVELS_MAX,
  SLOT_COUNT,
  SLOT_REF,
  SLOT_WORDS,
} from './list-node.js';

const NO_ARENA = new Arena();
const NO_VIEW = viewOf(EMPTY_BYTES);

export class ListPath {
  protected arena: Arena = NO_ARENA;
  /** How many inner nodes are on the way. */
  protected depth = 0;
  protected readonly nodes = new Int32Array(LEVELS_MAX);
  protected readonly slots = new Int32Array(LEVELS_MAX);
  protected leaf: Ref = NO_REF;
  /** How many elements the leaf has, and how many are before it. */
  leafCount = 0;
  base = 0;
  bytes: Buffer = EMPTY_BYTES;
  view: DataView = NO_VIEW;
  /** The entries of the leaf. */
  from = 0;
  to = 0;
  /** The entry of the leaf that is meant; `to` and `leafCount` after the last one. */
  at = 0;
  position = 0;

  /**
   * Goes down to an element.
   * @param root the topmost node of a tree that is not empty
   * @param count how many elements it has
   * @param index 0 .. count; `count` is behind the last element, in its leaf
   */
  protected descend(root: Ref, count: number, index: number): void {
    const { arena } = this;
    let node = root;
    let size = count;
    let rest = index;
    let depth = 0;
    for (;;) {
      const words = arena.words[node >>> CHUNK_SHIFT];
      const at = (node & UNIT_MASK) << 1;
      if (words[at] >= 0) break;
      let slot = 0;
      let word = at + FIRST_SLOT;
      if (rest < size - rest) {
        while (rest >= words[word + SLOT_COUNT]) {
          rest -= words[word + SLOT_COUNT];
          word += SLOT_WORDS;
          slot++;
        }
      } else {
        let after = size - rest;
        slot = words[at + 1] - 1;
        word += slot * SLOT_WORDS;
        while (after > words[word + SLOT_COUNT]) {
          after -= words[word + SLOT_COUNT];
          word -= SLOT_WORDS;
          slot--;
        }
        rest = words[word + SLOT_COUNT] - after;
      }
      this.nodes[depth] = node;
      this.slots[depth++] = slot;
      node = words[word + SLOT_REF];
      size = words[word + SLOT_COUNT];
    }
    this.depth = depth;
    this.base = index - rest;
    this.enter(node, size);
    this.goTo(rest);
  }

  /** Stands at the first entry of a leaf. */
  protected enter(leaf: Ref, count: number): void {
    const { arena } = this;
    this.leaf = leaf;
    this.leafCount = count;
    const bytes = arena.bytes[leaf >>> CHUNK_SHIFT];
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = arena.views[leaf >>> CHUNK_SHIFT];
    }
    const at = blockAt(leaf);
    this.from = at + leafFrom(arena, leaf);
    this.to = at + leafTo(arena, leaf);
    this.at = this.from;
    this.position = 0;
  }

  /** Goes to an entry of the leaf, from the nearer end. @param position 0 .. leafCount */
  protected goTo(position: number): void {
    const { view } = this;
    let at: number;
    if (position <= this.leafCount >>> 1) {
      at = this.from;
      for (let i = 0; i < position; i++) at = nextEntry(view, at);
    } else {
      at = this.to;
      for (let i = this.leafCount; i > position; i--) at = previousEntry(view, at);
    }
    this.at = at;
    this.position = position;
  }

  /** Goes to the first entry of the next leaf. @returns false when there is none; nothing moved */
  nextLeaf(): boolean {
    const { arena, nodes, slots } = this;
    let level = this.depth - 1;
    while (level >= 0 && slots[level] + 1 === childCount(arena, nodes[level])) level--;
    if (level < 0) return false;
    this.base += this.leafCount;
    this.enterFrom(level, slots[level] + 1, false);
    return true;
  }

  /** Goes behind the last entry of the previous leaf. @returns false when there is none */
  previousLeaf(): boolean {
    const { slots } = this;
    let level = this.depth - 1;
    while (level >= 0 && slots[level] === 0) level--;
    if (level < 0) return false;
    this.enterFrom(level, slots[level] - 1, true);
    this.base -= this.leafCount;
    this.at = this.to;
    this.position = this.leafCount;
    return true;
  }

  /** Goes to the next element. @returns false at the end; the list stays where it was */
  forward(): boolean {
    if (this.position + 1 >= this.leafCount) return this.nextLeaf();
    this.at = nextEntry(this.view, this.at);
    this.position++;
    return true;
  }

  /** Goes to the element before. @returns false at the begin; the list stays where it was */
  backward(): boolean {
    if (this.position === 0 && !this.previousLeaf()) return false;
    this.at = previousEntry(this.view, this.at);
    this.position--;
    return true;
  }

  /** Goes down from a child of a node on the way, always to the first or always to the last. */
  private enterFrom(level: number, slot: number, isLast: boolean): void {
    const { arena, nodes, slots } = this;
    slots[level] = slot;
    let depth = level + 1;
    let node = childRef(arena, nodes[level], slot);
    while (!isLeaf(arena, node)) {
      nodes[depth] = node;
      const next = isLast ? childCount(arena, node) - 1 : 0;
      slots[depth++] = next;
      node = childRef(arena, node, next);
    }
    this.depth = depth;
    this.enter(node, childSize(arena, nodes[depth - 1], slots[depth - 1]));
  }
}
