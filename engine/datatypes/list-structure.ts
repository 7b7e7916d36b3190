// The shape of a large list: a counted B+ tree (R. Bayer and E. McCreight, 1972) whose leaves are
// runs of packed entries and whose inner nodes count the elements below each child. Here is what
// keeps it in shape; list-tree.ts does things to its elements.
//
// A node belongs to the living list alone unless the list is frozen and the node's epoch, which
// its parent has, is not the list's. Such a node is copied, with those above it, before it changes.
//
// Invariants: all leaves are equally deep; no node is empty; a topmost inner node has two children.

import type { Arena } from '../memory/arena.js';
import { ArenaFullError, CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_BYTES, HEADER_COUNT, HEADER_WALK } from '../memory/large-header.js';
import { RefList } from '../memory/ref-list.js';
import {
  freeTreeStep,
  LIST_EPOCH,
  LIST_NODE,
  LIST_NODE_EPOCH,
  reserveRetired,
  retire,
} from './list-frozen.js';
import {
  blockAt,
  copyLeaf,
  isLeafRoomy,
  LEAF_HEADER_BYTES,
  leafBytes,
  leafFrom,
} from './list-leaf.js';
import {
  appendSlots,
  childCount,
  childEpoch,
  childRef,
  childSize,
  copyInner,
  cutSlots,
  hasRoom,
  INNER_MAX,
  insertSlot,
  isLeaf,
  isRoomy,
  levelOf,
  makeInner,
  removeSlot,
  SLOT_COUNT,
  setChildRef,
  sizeFrom,
  slotWord,
} from './list-node.js';
import { ListPath } from './list-path.js';

/** An inner node above this many children is split before an operation that may add two. */
const INNER_FULL = INNER_MAX - 2;
const INNER_FIRST = 4;
/** Branches of so many levels are freed later: below are hundreds of leaves. */
const RELEASED_LEVEL = 2;
const NO_WORDS = new Int32Array(0);

export class ListStructure extends ListPath {
  /** The list's header. */
  root: Ref = NO_REF;
  /** Headers of lists that were cut off; whoever removes ranges frees them, in slices. */
  readonly cutOff = new RefList();
  /** Where the header is: its chunk's words, and the index of its first one there. */
  protected words: Int32Array = NO_WORDS;
  protected header = 0;

  /** Makes an empty list and opens it. @throws ArenaFullError */
  create(arena: Arena): Ref {
    const root = arena.allocate(HEADER_BYTES);
    const at = (root & UNIT_MASK) << 1;
    arena.words[root >>> CHUNK_SHIFT].fill(0, at, at + HEADER_BYTES / 4);
    this.open(arena, root);
    return root;
  }

  /** @param root a list's header */
  open(arena: Arena, root: Ref): void {
    if (this.arena !== arena) this.arena = arena;
    this.root = root;
    const words = arena.words[root >>> CHUNK_SHIFT];
    if (this.words !== words) this.words = words;
    this.header = (root & UNIT_MASK) << 1;
  }

  get count(): number {
    return this.words[this.header + HEADER_COUNT];
  }

  get isFrozen(): boolean {
    return this.words[this.header + HEADER_WALK] !== 0;
  }

  /** @returns whether all elements are in one leaf; the list is not empty */
  get hasOneLeaf(): boolean {
    return isLeaf(this.arena, this.words[this.header + LIST_NODE]);
  }

  /** Goes to the element at `index`; `count` is behind the last one. The list is not empty. */
  seek(index: number): void {
    this.descend(this.words[this.header + LIST_NODE], this.count, index);
  }

  /**
   * Frees some of a list that no key refers to and that is not frozen.
   * @param stepsMax how many nodes may be freed
   * @returns whether all is gone, its header too
   */
  freeStep(stepsMax: number): boolean {
    const node = this.words[this.header + LIST_NODE];
    if (node !== NO_REF && !freeTreeStep(this.arena, node, stepsMax)) return false;
    this.arena.free(this.root);
    return true;
  }

  protected get epoch(): number {
    return this.words[this.header + LIST_EPOCH];
  }

  /** Adds to the number of elements of all nodes from the topmost one down to `level`. */
  protected addToPath(level: number, added: number): void {
    const { arena, nodes, slots } = this;
    for (let i = 0; i < level; i++) {
      const node = nodes[i];
      arena.words[node >>> CHUNK_SHIFT][slotWord(node, slots[i]) + SLOT_COUNT] += added;
    }
    this.words[this.header + HEADER_COUNT] += added;
  }

  /** Puts a new block in the place of the node at `level` of the way; `depth` is the leaf. */
  protected link(level: number, node: Ref): void {
    if (level === 0) this.setTop(node, this.epoch);
    else {
      setChildRef(this.arena, this.nodes[level - 1], this.slots[level - 1], node, this.epoch);
    }
    if (level === this.depth) this.leaf = node;
    else this.nodes[level] = node;
  }

  protected setTop(node: Ref, epoch: number): void {
    this.words[this.header + LIST_NODE] = node;
    this.words[this.header + LIST_NODE_EPOCH] = epoch;
  }

  private epochAt(level: number): number {
    if (level === 0) return this.words[this.header + LIST_NODE_EPOCH];
    return childEpoch(this.arena, this.nodes[level - 1], this.slots[level - 1]);
  }

  /**
   * Makes the nodes of the way the living list's own down to `level`; `depth` is the leaf.
   * @throws ArenaFullError; the list is then as it was
   */
  protected own(level: number): void {
    const frozen = this.words[this.header + HEADER_WALK];
    if (frozen === 0) return;
    const { arena } = this;
    for (let i = 0; i <= level; i++) {
      if (this.epochAt(i) === this.epoch) continue;
      reserveRetired(arena, frozen);
      const node = i === this.depth ? this.leaf : this.nodes[i];
      const copy = i === this.depth ? this.copyOfLeaf() : copyInner(arena, node, 0);
      retire(arena, frozen, node, false);
      this.link(i, copy);
      if (i === this.depth) this.reenter();
    }
  }

  private copyOfLeaf(): Ref {
    const { arena, leaf } = this;
    const room = arena.capacity(leaf) - LEAF_HEADER_BYTES;
    return copyLeaf(arena, leaf, leafFrom(arena, leaf), 0, room, false);
  }

  /** Stands at the same entry after the leaf's entries moved to another block. */
  private reenter(): void {
    const { position } = this;
    const offset = this.at - this.from;
    this.enter(this.leaf, this.leafCount);
    this.at = this.from + offset;
    this.position = position;
  }

  /** Gives up a node that has just left the tree, without what is below it. */
  protected discard(node: Ref, epoch: number): void {
    const frozen = this.words[this.header + HEADER_WALK];
    if (frozen === 0 || epoch === this.epoch) this.arena.free(node);
    else retire(this.arena, frozen, node, false);
  }

  protected get leafEpoch(): number {
    return this.epochAt(this.depth);
  }

  /** Makes sure that one `discard` needs no memory. @throws ArenaFullError */
  protected reserveDiscard(): void {
    const frozen = this.words[this.header + HEADER_WALK];
    if (frozen !== 0) reserveRetired(this.arena, frozen);
  }

  /**
   * Makes room for two more children of the inner node above the leaf of an element, goes to that
   * element, and makes all inner nodes on the way the list's own. Splits what is full from the top
   * down, so that each step alone leaves a tree in shape.
   * @throws ArenaFullError; the elements are then as they were
   */
  protected makeRoom(index: number): void {
    const { arena } = this;
    const top = this.words[this.header + LIST_NODE];
    if (isLeaf(arena, top) || childCount(arena, top) > INNER_FULL) {
      const above = makeInner(arena, levelOf(arena, top) + 1, INNER_FIRST);
      const epoch = this.words[this.header + LIST_NODE_EPOCH];
      insertSlot(arena, above, 0, top, this.count, epoch);
      this.setTop(above, this.epoch);
    }
    this.seek(index);
    for (let level = 0; level < this.depth; level++) {
      this.own(level);
      if (childCount(arena, this.nodes[level]) > INNER_FULL) this.splitInner(level);
      this.growInner(level, level === this.depth - 1 ? 2 : 1);
    }
  }

  /** Makes room in the block of an own inner node. */
  private growInner(level: number, added: number): void {
    const { arena } = this;
    const node = this.nodes[level];
    if (hasRoom(arena, node, added)) return;
    this.link(level, copyInner(arena, node, (childCount(arena, node) + added) * 2));
    arena.free(node);
  }

  /** Splits an own inner node whose parent has room; the way goes on to the same child. */
  private splitInner(level: number): void {
    const { arena, nodes, slots } = this;
    const node = nodes[level];
    const parent = nodes[level - 1];
    const count = childCount(arena, node);
    // A list that grows at an end leaves full nodes behind.
    let cut = count >>> 1;
    if (slots[level] === count - 1) cut = count - 1;
    else if (slots[level] === 0) cut = 1;
    const right = makeInner(arena, levelOf(arena, node), count - cut + INNER_FIRST);
    appendSlots(arena, node, cut, right, count - cut);
    const moved = sizeFrom(arena, node, cut);
    cutSlots(arena, node, cut);
    insertSlot(arena, parent, slots[level - 1] + 1, right, moved, this.epoch);
    const at = slotWord(parent, slots[level - 1]);
    arena.words[parent >>> CHUNK_SHIFT][at + SLOT_COUNT] -= moved;
    if (slots[level] < cut) return;
    nodes[level] = right;
    slots[level] -= cut;
    slots[level - 1]++;
  }

  /**
   * Takes the child at `level` of the way out of the tree, with all that is below it.
   * @param level `depth - 1` is the inner node above the leaf; -1 takes out everything
   * @throws ArenaFullError; the list is then as it was
   */
  protected removeBranch(level: number): void {
    const { arena, nodes, slots } = this;
    this.own(level);
    this.reserveDiscard();
    if (level < 0) {
      const top = this.words[this.header + LIST_NODE];
      this.drop(top, this.words[this.header + LIST_NODE_EPOCH], this.count);
      this.clear();
      return;
    }
    const branch = childRef(arena, nodes[level], slots[level]);
    const size = childSize(arena, nodes[level], slots[level]);
    const epoch = childEpoch(arena, nodes[level], slots[level]);
    this.addToPath(level + 1, -size);
    let at = level;
    while (at >= 0 && removeSlot(arena, nodes[at], slots[at]) === 0) arena.free(nodes[at--]);
    if (at < 0) this.clear();
    else this.tidy(at);
    this.drop(branch, epoch, size);
  }

  private clear(): void {
    this.setTop(NO_REF, this.epoch);
    this.words[this.header + HEADER_COUNT] = 0;
  }

  /** Makes blocks smaller and the tree lower after children left the node at `level`. */
  private tidy(level: number): void {
    const { arena } = this;
    if (isRoomy(arena, this.nodes[level])) this.shrinkInner(level);
    let top = this.words[this.header + LIST_NODE];
    while (!isLeaf(arena, top) && childCount(arena, top) === 1) {
      const epoch = this.words[this.header + LIST_NODE_EPOCH];
      this.reserveDiscard();
      this.setTop(childRef(arena, top, 0), childEpoch(arena, top, 0));
      this.discard(top, epoch);
      top = this.words[this.header + LIST_NODE];
    }
  }

  /** Gives room back when entries left the leaf of the way, which is the list's own. */
  protected tidyLeaf(): void {
    // What follows makes a closure, and must not do so each time.
    if (isLeafRoomy(this.arena, this.leaf)) this.shrinkLeaf();
  }

  private shrinkInner(level: number): void {
    const { arena } = this;
    const node = this.nodes[level];
    this.moveSmaller(level, node, () => copyInner(arena, node, childCount(arena, node) + 1));
  }

  private shrinkLeaf(): void {
    const { arena, leaf } = this;
    const bytes = leafBytes(arena, leaf);
    this.moveSmaller(this.depth, leaf, () =>
      copyLeaf(arena, leaf, leafFrom(arena, leaf), 0, bytes + (bytes >>> 2), false),
    );
  }

  /** Where even a smaller block cannot be had, a node keeps its large one. */
  private moveSmaller(level: number, node: Ref, copy: () => Ref): void {
    try {
      this.link(level, copy());
    } catch (error) {
      if (!(error instanceof ArenaFullError)) throw error;
      return;
    }
    this.arena.free(node);
  }

  /** Gives up a branch that has just left the tree, and for which `reserveDiscard` made room. */
  private drop(node: Ref, epoch: number, size: number): void {
    const { arena } = this;
    const frozen = this.words[this.header + HEADER_WALK];
    const isSmall = levelOf(arena, node) < RELEASED_LEVEL;
    if (frozen !== 0) {
      // Of a large branch what only the living tree had waits for the thaw as well.
      if (isSmall) this.dropLiving(frozen, node, epoch);
      else retire(arena, frozen, node, true);
    } else if (isSmall || !this.cut(node, size)) freeTreeStep(arena, node, Infinity);
  }

  /** Frees what is only in the living tree, and lists what is in the frozen one too. */
  private dropLiving(frozen: Ref, node: Ref, epoch: number): void {
    const { arena } = this;
    if (epoch !== this.epoch) {
      reserveRetired(arena, frozen);
      retire(arena, frozen, node, true);
      return;
    }
    if (!isLeaf(arena, node)) {
      for (let slot = childCount(arena, node) - 1; slot >= 0; slot--) {
        this.dropLiving(frozen, childRef(arena, node, slot), childEpoch(arena, node, slot));
      }
    }
    arena.free(node);
  }

  /** Makes a branch a list of its own. @returns false when there is no memory for that */
  private cut(node: Ref, size: number): boolean {
    const { arena } = this;
    let root: Ref;
    try {
      root = arena.allocate(HEADER_BYTES);
    } catch (error) {
      if (!(error instanceof ArenaFullError)) throw error;
      return false;
    }
    const words = arena.words[root >>> CHUNK_SHIFT];
    const at = (root & UNIT_MASK) << 1;
    words.fill(0, at, at + HEADER_BYTES / 4);
    words[at + HEADER_COUNT] = size;
    words[at + LIST_NODE] = node;
    this.cutOff.push(root, 0);
    return true;
  }

  /** @returns the bytes of the leaf's entries */
  protected get entryBytes(): number {
    return this.to - this.from;
  }

  /** @returns where an entry is, in bytes from the start of the leaf's block */
  protected offsetOf(at: number): number {
    return at - blockAt(this.leaf);
  }
}
