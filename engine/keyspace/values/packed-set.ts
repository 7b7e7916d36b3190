// The two packed forms of a set in the key's record: integers in order (`intset`), or members as
// entries of a packed list in the order they came (`listpack`). Nothing here looks at the limits;
// `set-value.ts` does. Invariant: no member comes twice.

import {
  findInIntSet,
  INT_SET_HEAD_BYTES,
  integerWidth,
  intSetCount,
  intSetWidth,
  readIntSet,
  widenIntSet,
  writeIntSet,
} from '../../datatypes/int-set.js';
import { CHUNK_SHIFT, type Ref } from '../../memory/chunks.js';
import {
  entrySize,
  findEntry,
  nextEntry,
  PACKED_COUNT_BYTES,
  PackedElement,
} from '../../memory/packed-list.js';
import { valueAtOf, valueLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { INTEGER64_TEXT_MAX, parsed, splitInteger64, writeInteger64 } from '../../util/numbers.js';
import type { Database } from '../database.js';
import { ENCODING_INTSET, ENCODING_LISTPACK, TYPE_SET } from '../encodings.js';

export const INT_SET = TYPE_SET | (ENCODING_INTSET << 4);
export const PACKED_SET = TYPE_SET | (ENCODING_LISTPACK << 4);
export const NOT_FOUND = -1;

const element = new PackedElement();
const slice = new ByteSlice();
const digits = Buffer.alloc(INTEGER64_TEXT_MAX);

/** @returns whether the slice is an integer, whose halves are then in `parsed` */
export function parseMember(member: ByteSlice): boolean {
  const { length } = member;
  return length <= INTEGER64_TEXT_MAX && splitInteger64(member.bytes, member.at, length);
}

// --- intset ---

/** @returns how many integers an `intset` holds */
export function integersCount({ arena }: Database, ref: Ref): number {
  const at = valueAtOf(arena, ref);
  return intSetCount(arena.views[ref >>> CHUNK_SHIFT], at, valueLengthOf(arena, ref));
}

/** @returns the index of an integer; where it is not, -1 minus the index at which it belongs */
export function findInteger(db: Database, ref: Ref, low: number, high: number): number {
  const { arena } = db;
  const view = arena.views[ref >>> CHUNK_SHIFT];
  return findInIntSet(view, valueAtOf(arena, ref), integersCount(db, ref), low, high);
}

/** Leaves integer `index` in `parsed`. */
export function readInteger({ arena }: Database, ref: Ref, index: number): void {
  readIntSet(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref), index);
}

/**
 * Puts an integer in the place where it belongs.
 * @param index where `findInteger` said so
 * @returns the record, which may have moved
 */
export function insertInteger(
  db: Database,
  from: Ref,
  index: number,
  low: number,
  high: number,
): Ref {
  const { arena } = db;
  const count = integersCount(db, from);
  const at = valueAtOf(arena, from);
  const before = intSetWidth(arena.views[from >>> CHUNK_SHIFT], at);
  const width = Math.max(before, integerWidth(low, high));
  let ref = from;
  if (width !== before) {
    const length = valueLengthOf(arena, from);
    ref = db.spliceValue(from, length, 0, count * (width - before));
    widenIntSet(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref), count, width);
  }
  ref = db.spliceValue(ref, INT_SET_HEAD_BYTES + index * width, 0, width);
  writeIntSet(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref), index, low, high);
  return ref;
}

/** Removes integer `index`. @returns the record, which may have moved */
export function deleteInteger(db: Database, ref: Ref, index: number): Ref {
  const { arena } = db;
  const width = intSetWidth(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref));
  return db.spliceValue(ref, INT_SET_HEAD_BYTES + index * width, width, 0);
}

/** @returns the characters of the longest member of an `intset` that has one */
export function integerDigitsMax(db: Database, ref: Ref): number {
  readInteger(db, ref, 0);
  const first = writeInteger64(digits, 0, parsed.low, parsed.high);
  readInteger(db, ref, integersCount(db, ref) - 1);
  return Math.max(first, writeInteger64(digits, 0, parsed.low, parsed.high));
}

// --- listpack ---

/** @returns how many members a `listpack` holds */
export function entriesCount({ arena }: Database, ref: Ref): number {
  return arena.views[ref >>> CHUNK_SHIFT].getUint16(valueAtOf(arena, ref), true);
}

function setCount({ arena }: Database, ref: Ref, count: number): void {
  arena.views[ref >>> CHUNK_SHIFT].setUint16(valueAtOf(arena, ref), count, true);
}

/** @returns where the member's entry begins in the record's chunk, or NOT_FOUND */
export function findMember({ arena }: Database, ref: Ref, member: ByteSlice): number {
  const from = valueAtOf(arena, ref);
  const end = from + valueLengthOf(arena, ref);
  const view = arena.views[ref >>> CHUNK_SHIFT];
  return findEntry(view, from + PACKED_COUNT_BYTES, end, element.set(member), 1);
}

/** @returns where entry `index` begins in the record's chunk */
export function entryAt({ arena }: Database, ref: Ref, index: number): number {
  const view = arena.views[ref >>> CHUNK_SHIFT];
  let at = valueAtOf(arena, ref) + PACKED_COUNT_BYTES;
  for (let i = 0; i < index; i++) at = nextEntry(view, at);
  return at;
}

/** Adds a member that is not there. @returns the record, which may have moved */
export function appendMember(db: Database, from: Ref, member: ByteSlice): Ref {
  const { arena } = db;
  const count = entriesCount(db, from);
  const length = valueLengthOf(arena, from);
  const ref = db.spliceValue(from, length, 0, element.set(member).size);
  element.write(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref) + length);
  setCount(db, ref, count + 1);
  return ref;
}

/** Removes the member whose entry begins at `at`. @returns the record, which may have moved */
export function deleteMember(db: Database, from: Ref, at: number): Ref {
  const { arena } = db;
  const count = entriesCount(db, from);
  const sizeBytes = entrySize(arena.views[from >>> CHUNK_SHIFT], at);
  const ref = db.spliceValue(from, at - valueAtOf(arena, from), sizeBytes, 0);
  setCount(db, ref, count - 1);
  return ref;
}

/**
 * Removes several members in one go.
 * @param indexes their places in the set's own order, ascending
 * @returns the record, which may have moved
 */
export function deleteMany(
  db: Database,
  ref: Ref,
  isIntSet: boolean,
  indexes: readonly number[],
): Ref {
  if (indexes.length === 0) return ref;
  const { arena } = db;
  const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
  const view = arena.views[ref >>> CHUNK_SHIFT];
  const start = valueAtOf(arena, ref);
  const end = start + valueLengthOf(arena, ref);
  const width = isIntSet ? intSetWidth(view, start) : 0;
  // What is kept moves down in runs; places are those before anything moved.
  let passed = 0;
  let at = start + (isIntSet ? INT_SET_HEAD_BYTES : PACKED_COUNT_BYTES);
  let kept = at;
  for (const index of indexes) {
    const from = at;
    for (; passed < index; passed++) at += isIntSet ? width : entrySize(view, at);
    bytes.copyWithin(kept, from, at);
    kept += at - from;
    at += isIntSet ? width : entrySize(view, at);
    passed++;
  }
  bytes.copyWithin(kept, at, end);
  kept += end - at;
  if (!isIntSet) setCount(db, ref, entriesCount(db, ref) - indexes.length);
  return db.spliceValue(ref, kept - start, end - kept, 0);
}

// --- from one to the other, and from arguments ---

/**
 * Makes an `intset` a `listpack` with the same members.
 * @returns the record, which has moved
 */
export function integersToEntries(db: Database, from: Ref): Ref {
  const { arena } = db;
  const count = integersCount(db, from);
  let sizeBytes = PACKED_COUNT_BYTES;
  for (let i = 0; i < count; i++) sizeBytes += integerElement(db, from, i).size;
  const entries = Buffer.allocUnsafe(sizeBytes);
  const view = new DataView(entries.buffer, entries.byteOffset, sizeBytes);
  view.setUint16(0, count, true);
  let end = PACKED_COUNT_BYTES;
  for (let i = 0; i < count; i++) end = integerElement(db, from, i).write(view, end);
  const ref = db.becomePacked(from, PACKED_SET, sizeBytes);
  entries.copy(arena.bytes[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref));
  return ref;
}

function integerElement(db: Database, ref: Ref, index: number): PackedElement {
  readInteger(db, ref, index);
  return element.setInteger(parsed.low, parsed.high);
}

/**
 * Makes the absent key that is argument `index`, looked up last, hold the integers that are the
 * arguments from `from` on; maybe none.
 */
export function createIntSet(db: Database, args: Args, index: number, from: number): Ref {
  const { arena } = db;
  let width = 2;
  for (let i = from; i < args.count; i++) {
    if (parseMember(slice.ofArgument(args, i))) {
      width = Math.max(width, integerWidth(parsed.low, parsed.high));
    }
  }
  const sizeBytes = INT_SET_HEAD_BYTES + (args.count - from) * width;
  const ref = db.createPacked(args, index, INT_SET, sizeBytes);
  const chunk = ref >>> CHUNK_SHIFT;
  const view = arena.views[chunk];
  const at = valueAtOf(arena, ref);
  view.setUint8(at, width);
  let count = 0;
  for (let i = from; i < args.count; i++) {
    parseMember(slice.ofArgument(args, i));
    const { low, high } = parsed;
    const place = -1 - findInIntSet(view, at, count, low, high);
    if (place < 0) continue;
    const begin = at + INT_SET_HEAD_BYTES + place * width;
    const end = at + INT_SET_HEAD_BYTES + count * width;
    if (begin < end) arena.bytes[chunk].copyWithin(begin + width, begin, end);
    writeIntSet(view, at, place, low, high);
    count++;
  }
  const usedBytes = INT_SET_HEAD_BYTES + count * width;
  return usedBytes === sizeBytes ? ref : db.spliceValue(ref, usedBytes, sizeBytes - usedBytes, 0);
}

/** As `createIntSet`, for members of any kind in a `listpack`. */
export function createPackedSet(db: Database, args: Args, index: number, from: number): Ref {
  const { arena } = db;
  let sizeBytes = PACKED_COUNT_BYTES;
  for (let i = from; i < args.count; i++) sizeBytes += element.set(slice.ofArgument(args, i)).size;
  const ref = db.createPacked(args, index, PACKED_SET, sizeBytes);
  const view = arena.views[ref >>> CHUNK_SHIFT];
  const start = valueAtOf(arena, ref);
  let end = start + PACKED_COUNT_BYTES;
  let count = 0;
  for (let i = from; i < args.count; i++) {
    element.set(slice.ofArgument(args, i));
    if (findEntry(view, start + PACKED_COUNT_BYTES, end, element, 1) !== NOT_FOUND) continue;
    end = element.write(view, end);
    count++;
  }
  setCount(db, ref, count);
  const usedBytes = end - start;
  return usedBytes === sizeBytes ? ref : db.spliceValue(ref, usedBytes, sizeBytes - usedBytes, 0);
}
