// Entries (score, member record) in the order of a sorted set: by score, then by the member's
// bytes. A B+ tree (R. Bayer and E. McCreight, 1972; leaves linked) whose inner nodes count what
// is below each child, so that ranks cost no more than finding. All of it lies in the arena; an
// object of this class is a view that `open` points at a tree.
//
// Invariants: a separator is the first entry below its child, so no node refers to a record that
// has left; no leaf but that of an empty tree is empty; the root has two children or is a leaf; a
// node below a quarter full joins a neighbour under the same parent when it can.

import { assert } from '../util/assert.js';
import type { ByteSlice } from '../util/byte-slice.js';
import { Arena } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';
import { MEMBER_AFTER, MEMBER_BEFORE, OrderedAim, TIES_AFTER, TIES_BEFORE } from './ordered-aim.js';
import {
  addToSize,
  beginNode,
  CAPACITY,
  COUNT,
  childOf,
  growLeaf,
  HEADER_UNITS,
  INNER_CHILDREN,
  INNER_MAX,
  INNER_SIZES,
  insertChild,
  insertEntry,
  joinChildren,
  LEAF_MAX,
  linkLeaf,
  makeFirstLeaf,
  NEXT,
  NODE_BYTES,
  nodeWord,
  PREVIOUS,
  refOf,
  refsWord,
  removeChild,
  removeEntry,
  scoreOf,
  setEntry,
  setNodeWord,
  setSize,
  sizeBelow,
  sizeOfNode,
  splitNode,
  unlinkLeaf,
} from './ordered-node.js';

/** More levels than a tree with 2^32 entries can have. */
const DEPTH_MAX = 24;
/** A node with less than a quarter of what it holds at most looks for a neighbour to join ... */
const SPARSE_SHIFT = 2;
/** ... and they become one if that is then at most three quarters full. */
const JOINED_QUARTERS = 3;

const NO_ARENA = new Arena();
const NO_WORDS = new Int32Array(0);
const NO_DOUBLES = new Float64Array(0);
/** The inner nodes passed on the way down from the root, and which child was taken. */
const pathNodes = new Int32Array(DEPTH_MAX);
const pathIndexes = new Int32Array(DEPTH_MAX);
/** Blocks for the nodes that the running insertion makes. */
const spares = new Int32Array(DEPTH_MAX + 1);
const aim = new OrderedAim();

export class OrderedIndex {
  /** Changes as the tree grows and shrinks: whoever keeps it reads it after every change. */
  root: Ref = NO_REF;
  /** The entry that `next` or `previous` went over. */
  ref: Ref = NO_REF;
  score = 0;
  arena: Arena = NO_ARENA;
  /** Where the last descent ended. */
  private depth = 0;
  private leaf: Ref = NO_REF;
  private position = 0;
  /** The leaf that a walk is in: its arrays, where its entries begin in them, how many they are. */
  private leafWords: Int32Array = NO_WORDS;
  private leafRefs = 0;
  private leafDoubles: Float64Array = NO_DOUBLES;
  private leafScores = 0;
  private leafCount = 0;
  private spareCount = 0;

  /** Makes an empty tree and opens it. @throws ArenaFullError */
  create(arena: Arena): Ref {
    this.open(arena, makeFirstLeaf(arena));
    return this.root;
  }

  open(arena: Arena, root: Ref): void {
    if (this.arena !== arena) this.arena = arena;
    this.root = root;
    this.leaf = NO_REF;
  }

  get count(): number {
    return sizeOfNode(this.arena, this.root);
  }

  // --- finding ---

  /** @returns how many entries come before this one, which is there */
  rank(score: number, ref: Ref): number {
    aim.atRecord(this.arena, ref);
    this.descend(score);
    return this.rankHere();
  }

  /** @returns how many entries have a score below this one, or also this one when `inclusive` */
  rankOfScore(score: number, inclusive: boolean): number {
    aim.atScore(inclusive ? TIES_BEFORE : TIES_AFTER);
    this.descend(score);
    return this.rankHere();
  }

  /**
   * For a tree in which all scores are equal.
   * @returns how many members come before this one, or also this one when `inclusive`
   */
  rankOfMember(member: ByteSlice, inclusive: boolean): number {
    const { arena, root } = this;
    if (nodeWord(arena, root, COUNT) === 0) return 0;
    aim.atMember(member, inclusive ? MEMBER_BEFORE : MEMBER_AFTER);
    // Any entry's score is the score of all; the first separator alone would be void.
    this.descend(scoreOf(arena, root, nodeWord(arena, root, COUNT) - 1));
    return this.rankHere();
  }

  // --- changing ---

  /**
   * Adds an entry; no entry with this score and member is there.
   * @throws ArenaFullError; nothing has then changed
   */
  insert(score: number, ref: Ref): void {
    const { arena } = this;
    aim.atRecord(arena, ref);
    this.descend(score);
    const { leaf, position, depth } = this;
    const count = nodeWord(arena, leaf, COUNT);
    const capacity = nodeWord(arena, leaf, CAPACITY);
    if (count < capacity) {
      insertEntry(arena, leaf, position, score, ref);
      this.addAlongPath(depth, 1);
    } else if (capacity < LEAF_MAX) {
      this.root = growLeaf(arena, leaf);
      insertEntry(arena, this.root, position, score, ref);
    } else {
      this.reserve();
      this.splitLeaf(score, ref);
    }
    this.leaf = NO_REF;
  }

  /** Takes out an entry that is there. */
  remove(score: number, ref: Ref): void {
    const { arena } = this;
    aim.atRecord(arena, ref);
    this.descend(score);
    const { leaf, position, depth } = this;
    assert(
      position < nodeWord(arena, leaf, COUNT) && refOf(arena, leaf, position) === ref,
      'an entry that is removed from an ordered index is in it',
    );
    removeEntry(arena, leaf, position);
    this.leaf = NO_REF;
    this.addAlongPath(depth, -1);
    const count = nodeWord(arena, leaf, COUNT);
    if (position === 0 && count > 0) {
      this.setSeparatorAbove(depth, scoreOf(arena, leaf, 0), refOf(arena, leaf, 0));
    }
    if (count < LEAF_MAX >>> SPARSE_SHIFT) this.mend(leaf);
  }

  /**
   * Gives an entry that is there another score.
   * @throws ArenaFullError; nothing has then changed
   */
  move(score: number, ref: Ref, newScore: number): void {
    const { arena } = this;
    aim.atRecord(arena, ref);
    this.descend(score);
    const { leaf, position } = this;
    const last = nodeWord(arena, leaf, COUNT) - 1;
    // Mostly it stays between its neighbours. At an edge of a leaf one of them is elsewhere.
    if (
      score === newScore ||
      (position > 0 &&
        position < last &&
        scoreOf(arena, leaf, position - 1) < newScore &&
        newScore < scoreOf(arena, leaf, position + 1))
    ) {
      setEntry(arena, leaf, position, newScore, ref);
      if (position === 0) this.setSeparatorAbove(this.depth, newScore, ref);
      return;
    }
    this.insert(newScore, ref);
    this.remove(score, ref);
  }

  /**
   * Frees nodes of a tree that nobody uses any more; between two calls nothing else is done to it.
   * @returns whether all is freed
   */
  freeStep(stepsMax: number): boolean {
    const { arena } = this;
    for (let steps = 0; steps < stepsMax; steps++) {
      let parent = NO_REF;
      let node = this.root;
      while (nodeWord(arena, node, CAPACITY) === 0 && nodeWord(arena, node, COUNT) > 0) {
        parent = node;
        node = childOf(arena, node, nodeWord(arena, node, COUNT) - 1);
      }
      arena.free(node);
      if (parent === NO_REF) {
        this.root = NO_REF;
        return true;
      }
      setNodeWord(arena, parent, COUNT, nodeWord(arena, parent, COUNT) - 1);
    }
    return false;
  }

  // --- walking; no change may happen meanwhile ---

  /** Goes to the gap before the entry with this rank, 0 to `count`. */
  seek(rank: number): void {
    const { arena } = this;
    let node = this.root;
    let rest = rank;
    for (;;) {
      const words = arena.words[node >>> CHUNK_SHIFT];
      const at = (node & UNIT_MASK) << 1;
      if (words[at + CAPACITY] !== 0) break;
      const last = words[at + COUNT] - 1;
      let i = 0;
      while (i < last && rest >= words[at + INNER_SIZES + i]) rest -= words[at + INNER_SIZES + i++];
      node = words[at + INNER_CHILDREN + i];
    }
    this.enter(node);
    assert(rest <= this.leafCount, 'a rank that is sought is within the index');
    this.position = rest;
  }

  /** Goes over the entry after the gap. @returns false at the end */
  next(): boolean {
    if (this.position === this.leafCount) {
      const next = nodeWord(this.arena, this.leaf, NEXT);
      if (next === NO_REF) return false;
      this.enter(next);
      this.position = 0;
    }
    this.read(this.position++);
    return true;
  }

  /** Goes back over the entry before the gap. @returns false at the beginning */
  previous(): boolean {
    if (this.position === 0) {
      const previous = nodeWord(this.arena, this.leaf, PREVIOUS);
      if (previous === NO_REF) return false;
      this.enter(previous);
      this.position = this.leafCount;
    }
    this.read(--this.position);
    return true;
  }

  // --- inside ---

  private enter(leaf: Ref): void {
    const words = this.arena.words[leaf >>> CHUNK_SHIFT];
    const doubles = this.arena.doubles[leaf >>> CHUNK_SHIFT];
    const at = (leaf & UNIT_MASK) << 1;
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.leafWords !== words) this.leafWords = words;
    if (this.leafDoubles !== doubles) this.leafDoubles = doubles;
    this.leaf = leaf;
    this.leafRefs = at + refsWord(words[at + CAPACITY]);
    this.leafScores = (leaf & UNIT_MASK) + HEADER_UNITS;
    this.leafCount = words[at + COUNT];
  }

  private read(position: number): void {
    this.score = this.leafDoubles[this.leafScores + position];
    this.ref = this.leafWords[this.leafRefs + position];
  }

  /** Goes down to where the aim and this score say; leaves the path, the leaf and the position. */
  private descend(score: number): void {
    const { arena } = this;
    let node = this.root;
    let depth = 0;
    for (;;) {
      const words = arena.words[node >>> CHUNK_SHIFT];
      const at = (node & UNIT_MASK) << 1;
      const capacity = words[at + CAPACITY];
      const scores = arena.doubles[node >>> CHUNK_SHIFT];
      const scoresAt = (node & UNIT_MASK) + HEADER_UNITS;
      const refsAt = at + refsWord(capacity);
      // The child taken is the last whose separator is before the place; the first one has none.
      let low = capacity === 0 ? 1 : 0;
      let high = words[at + COUNT];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = scores[scoresAt + middle];
        const isBefore =
          other === score
            ? aim.isBefore(arena, words[refsAt + middle], capacity === 0)
            : other < score;
        if (isBefore) low = middle + 1;
        else high = middle;
      }
      if (capacity !== 0) {
        this.leaf = node;
        this.position = low;
        this.depth = depth;
        return;
      }
      pathNodes[depth] = node;
      pathIndexes[depth++] = low - 1;
      node = words[at + INNER_CHILDREN + low - 1];
    }
  }

  private rankHere(): number {
    let rank = this.position;
    for (let level = 0; level < this.depth; level++) {
      rank += sizeBelow(this.arena, pathNodes[level], pathIndexes[level]);
    }
    return rank;
  }

  /** Adds to the counts of the first `levels` levels of the path. */
  private addAlongPath(levels: number, change: number): void {
    for (let level = 0; level < levels; level++) {
      addToSize(this.arena, pathNodes[level], pathIndexes[level], change);
    }
  }

  /** Says what the first entry below the path's node at `level` now is. */
  private setSeparatorAbove(level: number, score: number, ref: Ref): void {
    for (let above = level - 1; above >= 0; above--) {
      const index = pathIndexes[above];
      if (index === 0) continue;
      setEntry(this.arena, pathNodes[above], index, score, ref);
      return;
    }
  }

  /** Allocates all the nodes that splitting the leaf will need: all or none. */
  private reserve(): void {
    const { arena } = this;
    let needed = 1;
    let level = this.depth - 1;
    while (level >= 0 && nodeWord(arena, pathNodes[level], COUNT) === INNER_MAX) {
      needed++;
      level--;
    }
    if (level < 0) needed++;
    this.spareCount = 0;
    try {
      while (this.spareCount < needed) {
        spares[this.spareCount] = arena.allocate(NODE_BYTES);
        this.spareCount++;
      }
    } catch (error) {
      while (this.spareCount > 0) arena.free(spares[--this.spareCount]);
      throw error;
    }
  }

  /** @returns whether the first `levels` indexes of the path are all the first, or all the last */
  private isEdge(levels: number, isLast: boolean): boolean {
    for (let level = 0; level < levels; level++) {
      const edge = isLast ? nodeWord(this.arena, pathNodes[level], COUNT) - 1 : 0;
      if (pathIndexes[level] !== edge) return false;
    }
    return true;
  }

  /**
   * @param count entries of a full node
   * @param position where one more will go
   * @returns how many entries stay when it is split: half of them, but all or none at the ends of
   *   the index, so that entries arriving in order leave full nodes behind
   */
  private splitPoint(level: number, count: number, position: number): number {
    if (position === count && this.isEdge(level, true)) return count;
    if (position <= 1 && this.isEdge(level, false)) return position;
    return count >>> 1;
  }

  /** Splits the full leaf where the last descent ended, and adds an entry there. */
  private splitLeaf(score: number, ref: Ref): void {
    const { arena, leaf, position, depth } = this;
    const right = spares[--this.spareCount];
    beginNode(arena, right, LEAF_MAX);
    const kept = this.splitPoint(depth, LEAF_MAX, position);
    splitNode(arena, leaf, right, kept);
    linkLeaf(arena, leaf, right);
    if (staysLeft(LEAF_MAX, kept, position)) insertEntry(arena, leaf, position, score, ref);
    else insertEntry(arena, right, position - kept, score, ref);
    this.addSibling(leaf, right);
  }

  /** Makes a new node known to the parent of the one it was split from, which may split in turn. */
  private addSibling(left: Ref, right: Ref): void {
    const { arena } = this;
    let node = left;
    let sibling = right;
    for (let level = this.depth - 1; level >= 0; level--) {
      const parent = pathNodes[level];
      const position = pathIndexes[level] + 1;
      setSize(arena, parent, position - 1, sizeOfNode(arena, node));
      if (nodeWord(arena, parent, COUNT) < INNER_MAX) {
        insertChild(arena, parent, position, sibling);
        this.addAlongPath(level, 1);
        return;
      }
      const added = spares[--this.spareCount];
      beginNode(arena, added, 0);
      const kept = this.splitPoint(level, INNER_MAX, position);
      splitNode(arena, parent, added, kept);
      if (staysLeft(INNER_MAX, kept, position)) insertChild(arena, parent, position, sibling);
      else insertChild(arena, added, position - kept, sibling);
      node = parent;
      sibling = added;
    }
    this.root = spares[--this.spareCount];
    beginNode(arena, this.root, 0);
    insertChild(arena, this.root, 0, node);
    insertChild(arena, this.root, 1, sibling);
  }

  /** After a removal: takes out nodes that are empty and joins those that are sparse. */
  private mend(leaf: Ref): void {
    const { arena } = this;
    let node = leaf;
    let max = LEAF_MAX;
    for (let level = this.depth - 1; level >= 0; level--) {
      const count = nodeWord(arena, node, COUNT);
      if (count === 0) this.drop(level, node);
      else if (count >= max >>> SPARSE_SHIFT || !this.join(level, max)) break;
      node = pathNodes[level];
      max = INNER_MAX;
    }
    while (nodeWord(arena, this.root, CAPACITY) === 0 && nodeWord(arena, this.root, COUNT) === 1) {
      const root = this.root;
      this.root = childOf(arena, root, 0);
      arena.free(root);
    }
  }

  /** Takes out the empty node below the path's node at `level`. */
  private drop(level: number, node: Ref): void {
    const { arena } = this;
    const parent = pathNodes[level];
    const index = pathIndexes[level];
    if (nodeWord(arena, node, CAPACITY) !== 0) unlinkLeaf(arena, node);
    arena.free(node);
    removeChild(arena, parent, index);
    if (index > 0 || nodeWord(arena, parent, COUNT) === 0) return;
    // The separator of the second child has moved to the first place.
    this.setSeparatorAbove(level, scoreOf(arena, parent, 0), refOf(arena, parent, 0));
  }

  /** Joins the child taken at `level` with a neighbour. @returns whether there was a fitting one */
  private join(level: number, max: number): boolean {
    const { arena } = this;
    const parent = pathNodes[level];
    const last = nodeWord(arena, parent, COUNT) - 1;
    const index = pathIndexes[level];
    for (let left = Math.max(0, index - 1); left <= index && left < last; left++) {
      const together =
        nodeWord(arena, childOf(arena, parent, left), COUNT) +
        nodeWord(arena, childOf(arena, parent, left + 1), COUNT);
      if (together << 2 > max * JOINED_QUARTERS) continue;
      joinChildren(arena, parent, left);
      return true;
    }
    return false;
  }
}

/** @returns whether, after a split that kept `kept` of `max` entries, a new one goes to the left */
function staysLeft(max: number, kept: number, position: number): boolean {
  return kept < max && position <= kept;
}
