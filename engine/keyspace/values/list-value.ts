// A list as the commands see it: packed in its key's record, or large in the arena (list-tree.ts).
// One object serves command after command; `open` or `create` points it at a key.
//
// Invariants: `ref` is the record as of the last change; a list changes its form where Redis
// changes it, in `willAdd` and `shrink` only; nothing here counts as a change or drops a key.

import { ListPacked } from '../../datatypes/list-packed.js';
import type { ListPath } from '../../datatypes/list-path.js';
import { filtered, filterRun } from '../../datatypes/list-run.js';
import { ListTree } from '../../datatypes/list-tree.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import { HEADER_OWNER } from '../../memory/large-header.js';
import {
  entrySize,
  findEntry,
  nextEntry,
  PACKED_COUNT_BYTES,
  PackedElement,
  readEntry,
} from '../../memory/packed-list.js';
import { valueAtOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { copyView } from '../../util/bytes.js';
import type { Database } from '../database.js';
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, TYPE_LIST } from '../encodings.js';

const KIND_PACKED = TYPE_LIST | (ENCODING_LISTPACK << 4);
const KIND_LARGE = TYPE_LIST | (ENCODING_QUICKLIST << 4);

/** @returns the bytes of the arguments `first .. last` */
export function argumentBytes(args: Args, first: number, last: number): number {
  let bytes = 0;
  for (let i = first; i <= last; i++) bytes += args.length[i];
  return bytes;
}

export class ListValue {
  ref: Ref = NO_REF;
  private db: Database | null = null;
  private root: Ref = NO_REF;
  private readonly tree = new ListTree();
  private readonly packed = new ListPacked();
  private readonly packedElement = new PackedElement();
  private readonly slice = new ByteSlice();
  /**
   * Where `seek` went. Its run of entries goes from `at` to `to`; `run.nextLeaf` goes to the run
   * after it. Valid until the list changes.
   */
  run: ListPath = this.packed;

  /** @param ref the record of a list */
  open(db: Database, ref: Ref): void {
    this.db = db;
    this.ref = ref;
    this.root = db.rootOf(ref);
    this.reopen(db);
  }

  /** Makes the absent key that is argument `index`, looked up last, hold an empty list. */
  create(db: Database, args: Args, index: number): void {
    const ref = db.createPacked(args, index, KIND_PACKED, PACKED_COUNT_BYTES);
    db.arena.views[ref >>> CHUNK_SHIFT].setUint16(valueAtOf(db.arena, ref), 0, true);
    this.open(db, ref);
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold the arguments
   * `first .. last`, pushed one by one.
   */
  createPushed(
    db: Database,
    args: Args,
    index: number,
    first: number,
    last: number,
    isFront: boolean,
  ): void {
    const { packed, slice, packedElement } = this;
    const count = last - first + 1;
    const addedBytes = argumentBytes(args, first, last);
    this.setLimits(db);
    if (this.tree.limits.exceedsPacked(packed.view, 0, 0, addedBytes, count)) {
      this.create(db, args, index);
      this.willAdd(addedBytes, count);
      this.pushArguments(args, first, last, isFront);
      return;
    }
    let size = 0;
    for (let i = first; i <= last; i++) size += packedElement.set(slice.ofArgument(args, i)).size;
    const ref = db.createPacked(args, index, KIND_PACKED, PACKED_COUNT_BYTES + size);
    db.arena.views[ref >>> CHUNK_SHIFT].setUint16(valueAtOf(db.arena, ref), count, true);
    this.open(db, ref);
    this.writeArguments(packed.from, args, first, last, isFront);
  }

  get count(): number {
    return this.root === NO_REF ? this.packed.leafCount : this.tree.count;
  }

  // --- reading ---

  /** Goes to the element at `index`, 0 .. count - 1. */
  seek(index: number): void {
    if (this.root === NO_REF) this.packed.seek(index);
    else this.tree.seek(index);
  }

  /** Points `out` at the element that was sought; valid until the list changes. */
  read(out: ByteSlice): void {
    const { run } = this;
    readEntry(run.bytes, run.view, run.at, out);
  }

  /** @returns an element to compare the entries of `run` with; it may be set once at a time */
  wanted(slice: ByteSlice): PackedElement {
    return this.packedElement.set(slice);
  }

  /** Goes to the first element equal to one. @returns whether there is one */
  find(slice: ByteSlice): boolean {
    if (this.root !== NO_REF) return this.tree.find(slice) >= 0;
    const { packed } = this;
    const found = findEntry(packed.view, packed.from, packed.to, this.wanted(slice), 1);
    if (found < 0) return false;
    packed.at = found;
    return true;
  }

  // --- adding ---

  /**
   * Gives the list the form for what is to be added. To be called before adding.
   * @param addedBytes of the elements themselves
   */
  willAdd(addedBytes: number, addedCount: number): void {
    if (this.root !== NO_REF) return;
    const { packed, tree } = this;
    const count = packed.leafCount + addedCount;
    if (tree.limits.exceedsPacked(packed.view, packed.from, packed.to, addedBytes, count)) {
      this.becomeLarge();
    }
  }

  /** Adds an element that does not lie in this list. */
  push(slice: ByteSlice, isFront: boolean): void {
    if (this.root !== NO_REF) {
      if (isFront) this.tree.pushFront(slice);
      else this.tree.pushBack(slice);
      return;
    }
    const element = this.packedElement.set(slice);
    const at = this.splice(isFront ? this.packed.from : this.packed.to, 0, element.size, 1);
    element.write(this.packed.view, at);
  }

  /** Adds the arguments `first .. last`, one by one; `willAdd` knew of all of them. */
  pushArguments(args: Args, first: number, last: number, isFront: boolean): void {
    const { slice, packed, packedElement } = this;
    if (this.root !== NO_REF || first === last) {
      for (let i = first; i <= last; i++) this.push(slice.ofArgument(args, i), isFront);
      return;
    }
    let size = 0;
    for (let i = first; i <= last; i++) size += packedElement.set(slice.ofArgument(args, i)).size;
    const at = this.splice(isFront ? packed.from : packed.to, 0, size, last - first + 1);
    this.writeArguments(at, args, first, last, isFront);
  }

  /** Writes arguments into room that was made in the packed list; the last one first `isFront`. */
  private writeArguments(
    at: number,
    args: Args,
    first: number,
    last: number,
    isFront: boolean,
  ): void {
    const { slice, packed, packedElement } = this;
    let end = at;
    for (let i = 0; i <= last - first; i++) {
      slice.ofArgument(args, isFront ? last - i : first + i);
      end = packedElement.set(slice).write(packed.view, end);
    }
  }

  /** Adds an element before or behind the one that was sought. */
  insert(slice: ByteSlice, isAfter: boolean): void {
    const { packed } = this;
    if (this.root === NO_REF) {
      const element = this.packedElement.set(slice);
      const before = isAfter ? nextEntry(packed.view, packed.at) : packed.at;
      const at = this.splice(before, 0, element.size, 1);
      element.write(packed.view, at);
    } else if (isAfter) this.tree.insertAfter(slice);
    else this.tree.insertBefore(slice);
  }

  /** Puts an element in the place of the one that was sought. */
  replace(slice: ByteSlice): void {
    if (this.root !== NO_REF) {
      this.tree.replace(slice);
      return;
    }
    const { packed } = this;
    const element = this.packedElement.set(slice);
    const at = this.splice(packed.at, entrySize(packed.view, packed.at), element.size, 0);
    element.write(packed.view, at);
  }

  // --- removing ---

  /** Takes out the element that was sought. */
  removeSought(): void {
    if (this.root !== NO_REF) {
      this.tree.removeHere(1);
      return;
    }
    const { packed } = this;
    this.splice(packed.at, entrySize(packed.view, packed.at), 0, -1);
  }

  /** Takes out `count` elements from the one at `first` on; they exist. */
  removeRange(first: number, count: number): void {
    if (count === 0) return;
    if (this.root !== NO_REF) {
      this.tree.removeRange(first, count);
      this.releaseCutOff();
      return;
    }
    const { packed } = this;
    packed.seek(first);
    const from = packed.at;
    let to = packed.to;
    if (first + count < packed.leafCount) {
      to = from;
      for (let i = 0; i < count; i++) to = nextEntry(packed.view, to);
    }
    this.splice(from, to - from, 0, -count);
  }

  /**
   * Takes out elements equal to one.
   * @param limit at most so many, the first ones, or the last ones `fromEnd`
   * @returns how many
   */
  removeEqual(slice: ByteSlice, limit: number, fromEnd: boolean): number {
    if (this.root !== NO_REF) return this.tree.removeEqual(slice, limit, fromEnd);
    const { packed } = this;
    const { bytes, view, from, to } = packed;
    const removed = filterRun(bytes, view, from, to, this.wanted(slice), limit, fromEnd);
    if (removed === 0) return 0;
    if (fromEnd) this.splice(from, filtered.from - from, 0, -removed);
    else this.splice(filtered.to, to - filtered.to, 0, -removed);
    return removed;
  }

  /** Packs a large list that has become small; after removing, when the list is not empty. */
  shrink(): void {
    if (this.root !== NO_REF && this.tree.mayPack(true)) this.becomePacked();
  }

  /** As `shrink`, after the list was loaded as a whole: it need not be far below the limit. */
  settle(): void {
    if (this.root !== NO_REF && this.tree.mayPack(false)) this.becomePacked();
  }

  // --- inside ---

  private get database(): Database {
    if (this.db === null) throw new Error('a list is opened before it is used');
    return this.db;
  }

  private setLimits(db: Database): void {
    const { limits } = db.keyspace;
    this.tree.limits.set(limits.listMaxListpackSize, limits.listPackedThreshold);
  }

  private reopen(db: Database): void {
    const { arena } = db;
    this.setLimits(db);
    if (this.root === NO_REF) {
      this.packed.open(arena, this.ref);
      this.run = this.packed;
    } else {
      this.tree.open(arena, this.root);
      this.run = this.tree;
    }
  }

  /**
   * Puts room for `inserted` bytes in place of `removed` bytes of the packed list.
   * @param at where, in the chunk
   * @param addedCount how many elements that adds
   * @returns where the inserted bytes go, in the chunk of `packed`
   */
  private splice(at: number, removed: number, inserted: number, addedCount: number): number {
    const { packed, database } = this;
    const count = packed.leafCount + addedCount;
    const offset = at - packed.from + PACKED_COUNT_BYTES;
    this.ref = database.spliceValue(this.ref, offset, removed, inserted);
    const { arena } = database;
    const valueAt = valueAtOf(arena, this.ref);
    arena.views[this.ref >>> CHUNK_SHIFT].setUint16(valueAt, count, true);
    packed.open(arena, this.ref);
    return valueAt + offset;
  }

  private becomeLarge(): void {
    const { packed, tree, database } = this;
    const { arena } = database;
    const root = tree.createFrom(arena, packed.view, packed.from, packed.to, packed.leafCount);
    try {
      this.ref = database.becomeLarge(this.ref, KIND_LARGE, root);
    } catch (error) {
      tree.freeStep(Infinity);
      throw error;
    }
    this.root = root;
    this.run = tree;
  }

  /** The tree, which has one leaf, stands at its begin. */
  private becomePacked(): void {
    const { tree, database, root } = this;
    const { arena } = database;
    const bytes = tree.to - tree.from;
    this.ref = database.becomePacked(this.ref, KIND_PACKED, PACKED_COUNT_BYTES + bytes);
    const view = arena.views[this.ref >>> CHUNK_SHIFT];
    const at = valueAtOf(arena, this.ref);
    view.setUint16(at, tree.leafCount, true);
    copyView(tree.view, tree.from, view, at + PACKED_COUNT_BYTES, bytes);
    arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + HEADER_OWNER] = NO_REF;
    database.keyspace.lazyFree.release(database, TYPE_LIST, root);
    this.root = NO_REF;
    this.reopen(database);
  }

  /** What was cut off may be millions of elements: it is freed in slices. */
  private releaseCutOff(): void {
    const { database } = this;
    const { cutOff } = this.tree;
    for (let i = 0; i < cutOff.length; i++) {
      database.keyspace.lazyFree.release(database, TYPE_LIST, cutOff.refs[i]);
    }
    cutOff.clear();
  }
}
