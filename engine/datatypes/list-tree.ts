// A large list in the arena: what is done to its elements. An object of this class is a view that
// `open` points at a list; it keeps nothing of the list itself.
//
// Which elements share a leaf is decided as Redis decides it for the nodes of its quicklists, so
// that a list becomes packed again at the same operation. Elements are given as bytes that may not
// lie in the list itself, for those move.
//
// Invariant: whatever throws ArenaFullError has left the list's elements as they were.

import type { Arena } from '../memory/arena.js';
import { ArenaFullError, CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_COUNT, HEADER_WALK } from '../memory/large-header.js';
import { entrySize, findEntry, nextEntry, PackedElement } from '../memory/packed-list.js';
import type { ByteSlice } from '../util/byte-slice.js';
import { LIST_NODE } from './list-frozen.js';
import {
  blockAt,
  closeGap,
  copyLeaf,
  copyPart,
  isPlain,
  LEAF_HEADER_BYTES,
  leafFrom,
  leafTo,
  makeLeaf,
  openGap,
  setBounds,
} from './list-leaf.js';
import { ListLimits } from './list-limits.js';
import {
  childCount,
  childSize,
  FIRST_SLOT,
  insertSlot,
  SLOT_COUNT,
  SLOT_REF,
  SLOT_WORDS,
  setChildRef,
} from './list-node.js';
import { filtered, filterRun } from './list-run.js';
import { ListStructure } from './list-structure.js';

/** Room that a leaf gets beyond what it needs: an eighth in its middle, a quarter at an end. */
const MIDDLE_SHIFT = 3;
const EDGE_SHIFT = 2;
const SLACK_BYTES = 32;
/** Part of a full leaf that a new end leaf gets at once, for each leaf that is there. */
const SHARE_PER_LEAF = 32;
const ELEMENTS_MAX = 2147483647;

export class ListTree extends ListStructure {
  readonly limits = new ListLimits();
  private readonly element = new PackedElement();
  /** Bytes of the element on its way in. */
  private length = 0;
  /** Whether it goes into a leaf of its own. */
  private isAlone = false;

  // --- adding ---

  pushBack(slice: ByteSlice): void {
    this.take(slice);
    if (this.pushInPlace(false)) return;
    if (this.words[this.header + LIST_NODE] !== NO_REF) this.seek(this.count);
    this.insertHere(true);
  }

  pushFront(slice: ByteSlice): void {
    this.take(slice);
    if (this.pushInPlace(true)) return;
    if (this.words[this.header + LIST_NODE] !== NO_REF) this.seek(0);
    this.insertHere(false);
  }

  /** Puts an element behind the one that the list was sought to. */
  insertAfter(slice: ByteSlice): void {
    this.take(slice);
    this.at = nextEntry(this.view, this.at);
    this.position++;
    this.insertHere(true);
  }

  /** Puts an element before the one that the list was sought to. */
  insertBefore(slice: ByteSlice): void {
    this.take(slice);
    this.insertHere(false);
  }

  /** Puts an element in the place of the one that the list was sought to. */
  replace(slice: ByteSlice): void {
    this.take(slice);
    const { limits } = this;
    const wasAlone = isPlain(this.arena, this.leaf);
    if (wasAlone && this.isAlone) {
      this.replacePlain();
      return;
    }
    const bytes = this.entryBytes - entrySize(this.view, this.at) + this.element.size;
    // Redis lets such a node grow without end.
    const isTooMuch = bytes > limits.nodeBytes * 2 && this.leafCount > 1;
    if (!wasAlone && !this.isAlone && !isTooMuch) {
      this.replaceInPlace();
      return;
    }
    const index = this.base + this.position;
    this.own(this.depth);
    this.isAlone ||= isTooMuch;
    this.at = nextEntry(this.view, this.at);
    this.position++;
    this.insertHere(true);
    this.seek(index);
    this.removeHere(1);
  }

  private take(slice: ByteSlice): void {
    if (this.count === ELEMENTS_MAX) {
      throw new ArenaFullError(`a list has at most ${ELEMENTS_MAX} elements`);
    }
    this.element.set(slice);
    this.length = slice.length;
    this.isAlone = this.limits.isLarge(slice.length);
  }

  private get isPlainElement(): boolean {
    return this.limits.isLarge(this.length);
  }

  /** @returns whether the leaf of the way takes the element in */
  private get isOpen(): boolean {
    if (this.isAlone || isPlain(this.arena, this.leaf)) return false;
    return !this.limits.isFullFor(this.entryBytes, this.leafCount, this.length);
  }

  /** Adds to an end leaf that has room there. @returns false when it is not so simple */
  private pushInPlace(isFront: boolean): boolean {
    const { arena, element } = this;
    const leaf = this.descendToEnd(isFront);
    if (leaf === NO_REF || !this.isOpen) return false;
    const words = arena.words[leaf >>> CHUNK_SHIFT];
    const at = (leaf & UNIT_MASK) << 1;
    const { size } = element;
    // A leaf that is open is not plain, so its first word is just a number.
    if (isFront) {
      const from = words[at] - size;
      if (from < LEAF_HEADER_BYTES) return false;
      element.write(arena.views[leaf >>> CHUNK_SHIFT], blockAt(leaf) + from);
      words[at] = from;
    } else {
      const to = words[at + 1];
      if (to + size > arena.capacity(leaf)) return false;
      element.write(arena.views[leaf >>> CHUNK_SHIFT], blockAt(leaf) + to);
      words[at + 1] = to + size;
    }
    this.addToPath(this.depth, 1);
    return true;
  }

  /**
   * Goes to the first or the last leaf, without looking at its entries.
   * @returns the leaf; NO_REF when there is none, or nodes must be copied before they change
   */
  private descendToEnd(isFront: boolean): Ref {
    const { arena, nodes, slots, words: header } = this;
    let node = header[this.header + LIST_NODE];
    if (node === NO_REF || header[this.header + HEADER_WALK] !== 0) return NO_REF;
    let size = header[this.header + HEADER_COUNT];
    let depth = 0;
    for (;;) {
      const words = arena.words[node >>> CHUNK_SHIFT];
      const at = (node & UNIT_MASK) << 1;
      if (words[at] >= 0) {
        // Counted from the block, not from the chunk: only their difference is looked at.
        this.from = words[at];
        this.to = words[at + 1];
        break;
      }
      const slot = isFront ? 0 : words[at + 1] - 1;
      nodes[depth] = node;
      slots[depth++] = slot;
      const word = at + FIRST_SLOT + slot * SLOT_WORDS;
      node = words[word + SLOT_REF];
      size = words[word + SLOT_COUNT];
    }
    this.depth = depth;
    this.leaf = node;
    this.leafCount = size;
    return node;
  }

  /**
   * Puts the element in front of the entry that is meant, or behind all of the leaf.
   * @param isAfter whether it belongs to the entry before; it decides at the edge of a leaf
   */
  private insertHere(isAfter: boolean): void {
    if (this.words[this.header + LIST_NODE] === NO_REF) {
      this.beginLeaf();
    } else if (this.isOpen) {
      this.putIntoLeaf();
    } else if (isAfter && this.position === this.leafCount) {
      if (this.isAlone || !this.nextLeaf()) this.addLeaf(true);
      else if (this.isOpen) this.putIntoLeaf();
      else this.addLeaf(false);
    } else if (!isAfter && this.position === 0) {
      if (this.isAlone || !this.previousLeaf()) this.addLeaf(false);
      else if (this.isOpen) this.putIntoLeaf();
      else this.addLeaf(true);
    } else {
      this.splitLeaf(isAfter);
    }
  }

  private beginLeaf(): void {
    const { element } = this;
    const leaf = makeLeaf(this.arena, element.size, this.isPlainElement);
    this.writeFirst(leaf, true);
    this.depth = 0;
    this.setTop(leaf, this.epoch);
    this.addToPath(0, 1);
  }

  /** Writes the element into an empty leaf. @param isAtBegin where its block has room later on */
  private writeFirst(leaf: Ref, isAtBegin: boolean): void {
    const { arena, element } = this;
    const { size } = element;
    const at = isAtBegin ? LEAF_HEADER_BYTES : arena.capacity(leaf) - size;
    element.write(arena.views[leaf >>> CHUNK_SHIFT], blockAt(leaf) + at);
    setBounds(arena, leaf, at, at + size);
  }

  private putIntoLeaf(): void {
    this.own(this.depth);
    const { arena, element } = this;
    const { size } = element;
    const old = this.leaf;
    const offset = this.offsetOf(this.at);
    let gap = openGap(arena, old, offset, size);
    if (gap < 0) {
      const isFront = this.position === 0;
      const isEnd = this.position === this.leafCount;
      const room = this.roomFor(this.entryBytes + size, isFront || isEnd);
      const before = this.at - this.from;
      this.link(this.depth, copyLeaf(arena, old, offset, size, room, isFront));
      arena.free(old);
      gap = leafFrom(arena, this.leaf) + before;
    }
    element.write(arena.views[this.leaf >>> CHUNK_SHIFT], blockAt(this.leaf) + gap);
    this.addToPath(this.depth, 1);
  }

  /** @returns the bytes to allocate for a leaf of the way that is to hold `needed` bytes */
  private roomFor(needed: number, isAtEdge: boolean): number {
    const { limits } = this;
    let most = limits.nodeBytes - LEAF_HEADER_BYTES;
    const average = Math.ceil(needed / (this.leafCount + 1));
    most = Math.max(needed, Math.min(most, average * limits.nodeEntries));
    const slack = (needed >>> (isAtEdge ? EDGE_SHIFT : MIDDLE_SHIFT)) + SLACK_BYTES;
    return Math.min(most, Math.max(needed + slack, isAtEdge ? this.shareOf(most) : 0));
  }

  /** What an end leaf gets without asking: little in a small list, all in a large one. */
  private shareOf(most: number): number {
    if (this.depth === 0) return 0;
    if (this.depth > 1) return most;
    const leaves = childCount(this.arena, this.nodes[0]);
    return Math.min(most, Math.ceil((most / SHARE_PER_LEAF) * leaves));
  }

  /** Makes a leaf of the element alone, behind or before the leaf of the way. */
  private addLeaf(isAfter: boolean): void {
    this.makeRoom(this.base);
    const { arena, element, depth } = this;
    const { size } = element;
    // The average element of the leaf beside it is the best guess of what is to come.
    const room = this.isAlone ? size : Math.max(size, this.shareOf(this.roomOfNext()));
    const leaf = makeLeaf(arena, room, this.isPlainElement);
    this.writeFirst(leaf, isAfter);
    const slot = this.slots[depth - 1] + (isAfter ? 1 : 0);
    insertSlot(arena, this.nodes[depth - 1], slot, leaf, 1, this.epoch);
    this.addToPath(depth - 1, 1);
  }

  private roomOfNext(): number {
    const { limits } = this;
    const average = Math.ceil(this.entryBytes / this.leafCount);
    return Math.min(limits.nodeBytes - LEAF_HEADER_BYTES, average * limits.nodeEntries);
  }

  /** Splits the leaf of the way where the element belongs, which stays with one part or neither. */
  private splitLeaf(isAfter: boolean): void {
    this.makeRoom(this.base + this.position);
    this.reserveDiscard();
    const { arena, leaf, position, depth, element, isAlone } = this;
    const { size } = element;
    const rest = this.leafCount - position;
    const headBytes = this.at - this.from + (isAlone || isAfter ? 0 : size);
    const tailBytes = this.to - this.at + (isAlone || !isAfter ? 0 : size);
    const made: Ref[] = [];
    try {
      made.push(this.makePart(headBytes));
      made.push(this.makePart(tailBytes));
      if (isAlone) made.push(makeLeaf(arena, size, this.isPlainElement));
    } catch (error) {
      for (const ref of made) arena.free(ref);
      throw error;
    }
    const [head, tail, own] = made;
    this.fillParts(head, tail, isAfter);
    const node = this.nodes[depth - 1];
    const slot = this.slots[depth - 1];
    const { epoch } = this;
    const oldEpoch = this.leafEpoch;
    const added = isAlone ? 0 : 1;
    setChildRef(arena, node, slot, head, epoch);
    this.addToPath(depth, (isAfter ? 0 : added) - rest);
    insertSlot(arena, node, slot + 1, tail, rest + (isAfter ? added : 0), epoch);
    if (isAlone) {
      this.writeFirst(own, true);
      insertSlot(arena, node, slot + 1, own, 1, epoch);
    }
    // What the child at `slot` lost, those after it have.
    this.addToPath(depth - 1, rest + (isAfter ? added : 0) + (isAlone ? 1 : 0));
    this.discard(leaf, oldEpoch);
  }

  private makePart(bytes: number): Ref {
    return makeLeaf(this.arena, bytes + (bytes >>> 3), false);
  }

  private fillParts(head: Ref, tail: Ref, isAfter: boolean): void {
    const { arena, leaf, element, isAlone } = this;
    const cut = this.offsetOf(this.at);
    const from = leafFrom(arena, leaf);
    const to = leafTo(arena, leaf);
    const begin = LEAF_HEADER_BYTES;
    const isInTail = isAfter && !isAlone;
    const isInHead = !isAfter && !isAlone;
    let tailAt = begin;
    if (isInTail) {
      element.write(arena.views[tail >>> CHUNK_SHIFT], blockAt(tail) + begin);
      tailAt += element.size;
    }
    copyPart(arena, leaf, from, cut, head, begin);
    copyPart(arena, leaf, cut, to, tail, tailAt);
    let headTo = begin + cut - from;
    if (isInHead) {
      element.write(arena.views[head >>> CHUNK_SHIFT], blockAt(head) + headTo);
      headTo += element.size;
    }
    setBounds(arena, head, begin, headTo);
    setBounds(arena, tail, begin, tailAt + to - cut);
  }

  // --- replacing ---

  private replacePlain(): void {
    this.own(this.depth - 1);
    this.reserveDiscard();
    const { leaf } = this;
    const epoch = this.leafEpoch;
    const made = makeLeaf(this.arena, this.element.size, true);
    this.writeFirst(made, true);
    this.link(this.depth, made);
    this.discard(leaf, epoch);
  }

  private replaceInPlace(): void {
    this.own(this.depth);
    const { arena, element } = this;
    const old = this.leaf;
    const oldSize = entrySize(this.view, this.at);
    const added = element.size - oldSize;
    const offset = this.offsetOf(this.at);
    let at = offset;
    if (added > 0) at = openGap(arena, old, offset, added);
    else if (added < 0) {
      const before = leafFrom(arena, old);
      closeGap(arena, old, offset, offset - added);
      at = offset + leafFrom(arena, old) - before;
    }
    if (at < 0) {
      const room = this.roomFor(this.entryBytes + added, false);
      this.link(this.depth, copyLeaf(arena, old, offset, added, room, false));
      arena.free(old);
      at = LEAF_HEADER_BYTES + this.at - this.from;
    }
    element.write(arena.views[this.leaf >>> CHUNK_SHIFT], blockAt(this.leaf) + at);
    if (added < 0) this.tidyLeaf();
  }

  // --- removing ---

  /**
   * Takes elements out. Branches of many leaves are cut off and left in `cutOff`.
   * @param first index of the first one
   * @param count how many; they exist
   */
  removeRange(first: number, count: number): void {
    let left = count;
    while (left > 0) {
      this.seek(first);
      if (this.position === 0 && this.leafCount <= left) {
        left -= this.removeWhole(left);
      } else {
        const removed = Math.min(left, this.leafCount - this.position);
        this.removeHere(removed);
        left -= removed;
      }
    }
  }

  /** Takes out the largest branch that begins at the leaf of the way and is no larger. */
  private removeWhole(countMax: number): number {
    const { arena, nodes, slots } = this;
    let level = this.depth - 1;
    let size = this.leafCount;
    while (level >= 0 && slots[level] === 0) {
      const above = level === 0 ? this.count : childSize(arena, nodes[level - 1], slots[level - 1]);
      if (above > countMax) break;
      size = above;
      level--;
    }
    this.removeBranch(level);
    return size;
  }

  /** Takes out `count` entries of the leaf of the way, from the one that is meant on. */
  removeHere(count: number): void {
    if (count === this.leafCount) {
      this.removeBranch(this.depth - 1);
      return;
    }
    this.own(this.depth);
    const { arena, leaf, view } = this;
    let end = this.at;
    if (this.position + count === this.leafCount) end = this.to;
    else for (let i = 0; i < count; i++) end = nextEntry(view, end);
    closeGap(arena, leaf, this.offsetOf(this.at), this.offsetOf(end));
    this.addToPath(this.depth, -count);
    this.tidyLeaf();
  }

  /**
   * Takes out elements equal to one.
   * @param limit at most so many, the first ones, or the last ones `fromEnd`
   * @returns how many
   */
  removeEqual(slice: ByteSlice, limit: number, fromEnd: boolean): number {
    const element = this.element.set(slice);
    let removed = 0;
    // What is to be looked at lies before this index, or from it on.
    let index = fromEnd ? this.count : 0;
    while (removed < limit && (fromEnd ? index > 0 : index < this.count)) {
      this.seek(fromEnd ? index - 1 : index);
      if (!this.findInLeaves(element, fromEnd)) break;
      const { base, leafCount } = this;
      this.own(this.depth);
      const gone = this.filterLeaf(element, limit - removed, fromEnd);
      removed += gone;
      index = fromEnd ? base : base + leafCount - gone;
    }
    return removed;
  }

  /** Goes to the leaf of the next match, from the leaf of the way on. @returns false without one */
  private findInLeaves(element: PackedElement, isBackward: boolean): boolean {
    do {
      if (findEntry(this.view, this.from, this.to, element, 1) >= 0) return true;
    } while (isBackward ? this.previousLeaf() : this.nextLeaf());
    return false;
  }

  /** Takes matches out of the leaf of the way, which is the list's own. @returns how many */
  private filterLeaf(element: PackedElement, limit: number, fromEnd: boolean): number {
    const { arena, leaf, bytes, view, from, to } = this;
    const gone = filterRun(bytes, view, from, to, element, limit, fromEnd);
    if (gone === this.leafCount) {
      this.removeBranch(this.depth - 1);
      return gone;
    }
    setBounds(arena, leaf, this.offsetOf(filtered.from), this.offsetOf(filtered.to));
    this.addToPath(this.depth, -gone);
    this.tidyLeaf();
    return gone;
  }

  // --- finding ---

  /**
   * Goes to the first element equal to one.
   * @returns its index, or -1 when there is none
   */
  find(slice: ByteSlice): number {
    const element = this.element.set(slice);
    if (this.count === 0) return -1;
    this.seek(0);
    do {
      const found = findEntry(this.view, this.from, this.to, element, 1);
      if (found < 0) continue;
      while (this.at < found) this.forward();
      return this.base + this.position;
    } while (this.nextLeaf());
    return -1;
  }

  /**
   * Makes a list of one leaf out of packed entries.
   * @param view holds them at `[from, to)`
   * @throws ArenaFullError; nothing is left behind
   */
  createFrom(arena: Arena, view: DataView, from: number, to: number, count: number): Ref {
    const root = this.create(arena);
    if (count === 0) return root;
    const bytes = to - from;
    let leaf: Ref;
    try {
      leaf = makeLeaf(arena, bytes, false);
    } catch (error) {
      arena.free(root);
      throw error;
    }
    copyEntries(view, from, arena, leaf, bytes);
    this.depth = 0;
    this.setTop(leaf, this.epoch);
    this.addToPath(0, count);
    return root;
  }

  /** @returns whether the list, which is not empty, may become a packed one; goes to its begin */
  mayPack(isShrinking: boolean): boolean {
    if (!this.hasOneLeaf) return false;
    this.seek(0);
    if (isPlain(this.arena, this.leaf)) return false;
    return this.limits.mayPack(this.view, this.from, this.to, this.leafCount, isShrinking);
  }
}

function copyEntries(from: DataView, at: number, arena: Arena, leaf: Ref, bytes: number): void {
  const to = arena.views[leaf >>> CHUNK_SHIFT];
  const target = blockAt(leaf) + LEAF_HEADER_BYTES;
  const source = new Uint8Array(from.buffer, from.byteOffset + at, bytes);
  new Uint8Array(to.buffer, to.byteOffset + target, bytes).set(source);
  setBounds(arena, leaf, LEAF_HEADER_BYTES, LEAF_HEADER_BYTES + bytes);
}
