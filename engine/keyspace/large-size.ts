// What a large collection takes in its arena: header, table, tree and elements. Structures are
// counted exactly, elements too when all of them are looked at; otherwise those that are looked at
// stand for the rest. Invariant: nothing changes, and time grows with the samples and the nodes
// above the leaves only.

import { LIST_NODE } from '../datatypes/list-frozen.js';
import {
  isLeaf,
  childRef as listChild,
  childCount as listChildren,
} from '../datatypes/list-node.js';
import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_COUNT, HEADER_INDEX } from '../memory/large-header.js';
import { MemberTable } from '../memory/member-table.js';
import { CAPACITY, COUNT, childOf, nodeWord } from '../memory/ordered-node.js';
import { RefList } from '../memory/ref-list.js';
import type { Database } from './database.js';
import { TYPE_LIST, TYPE_ZSET } from './encodings.js';

/** Home slots of a table that are looked at together. */
const SLOTS_PER_STEP = 64;

const table = new MemberTable();
const found = new RefList();

/** How many things were looked at, and what they take together. */
interface Sampled {
  seen: number;
  bytes: number;
}

/**
 * @param root the header of a large collection
 * @param samplesMax how many elements, or leaves of a list, are looked at
 * @returns its bytes, without the record of its key
 */
export function largeSizeBytes(db: Database, type: number, root: Ref, samplesMax: number): number {
  const { arena } = db;
  if (type === TYPE_LIST) return arena.capacity(root) + listBytes(arena, root, samplesMax);
  table.open(arena, db.keyspace.seed, root);
  const structure = table.sizeBytes + (type === TYPE_ZSET ? indexBytes(arena, root) : 0);
  return structure + membersBytes(arena, samplesMax);
}

function membersBytes(arena: Arena, samplesMax: number): number {
  let seen = 0;
  let bytes = 0;
  let position = 0;
  do {
    found.clear();
    position = table.scanStep(position, found, SLOTS_PER_STEP);
    for (let i = 0; i < found.length && seen < samplesMax; i++, seen++) {
      bytes += arena.capacity(found.refs[i]);
    }
  } while (position !== 0 && seen < samplesMax);
  return seen === 0 ? 0 : Math.round((bytes / seen) * table.count);
}

function indexBytes(arena: Arena, root: Ref): number {
  const index = headerWord(arena, root, HEADER_INDEX);
  return index === NO_REF ? 0 : orderedBytes(arena, index);
}

/** The leaves below one parent have blocks of one size, so only the first is looked at. */
function orderedBytes(arena: Arena, node: Ref): number {
  const own = arena.capacity(node);
  const count = nodeWord(arena, node, COUNT);
  if (nodeWord(arena, node, CAPACITY) !== 0 || count === 0) return own;
  const first = childOf(arena, node, 0);
  if (nodeWord(arena, first, CAPACITY) !== 0) return own + count * arena.capacity(first);
  let bytes = own;
  for (let i = 0; i < count; i++) bytes += orderedBytes(arena, childOf(arena, node, i));
  return bytes;
}

function listBytes(arena: Arena, root: Ref, samplesMax: number): number {
  const node =
    headerWord(arena, root, HEADER_COUNT) === 0 ? NO_REF : headerWord(arena, root, LIST_NODE);
  if (node === NO_REF) return 0;
  const leaves: Sampled = { seen: 0, bytes: 0 };
  const inner: Sampled = { seen: 0, bytes: 0 };
  const leafCount = addNode(arena, node, samplesMax, leaves, inner);
  return inner.bytes + Math.round((leaves.bytes / leaves.seen) * leafCount);
}

/** Adds a node and what is below it. @returns how many leaves there are */
function addNode(
  arena: Arena,
  node: Ref,
  samplesMax: number,
  leaves: Sampled,
  inner: Sampled,
): number {
  if (isLeaf(arena, node)) {
    leaves.seen++;
    leaves.bytes += arena.capacity(node);
    return 1;
  }
  inner.seen++;
  inner.bytes += arena.capacity(node);
  const children = listChildren(arena, node);
  const isAboveLeaves = isLeaf(arena, listChild(arena, node, 0));
  let count = 0;
  for (let slot = 0; slot < children; slot++) {
    if (isAboveLeaves && leaves.seen >= samplesMax) return children;
    count += addNode(arena, listChild(arena, node, slot), samplesMax, leaves, inner);
  }
  return count;
}

function headerWord(arena: Arena, root: Ref, word: number): number {
  return arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + word];
}
