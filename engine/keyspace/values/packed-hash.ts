// The packed form of a hash: field, value, field, value ... as entries of a packed list in the
// key's record. Nothing here looks at the limits; `hash-value.ts` does.
// Invariant: the count before the entries is right, and no field comes twice.

import { CHUNK_SHIFT, type Ref } from '../../memory/chunks.js';
import {
  entrySize,
  findEntry,
  nextEntry,
  PACKED_COUNT_BYTES,
  PACKED_COUNT_MAX,
  PackedElement,
  readEntry,
} from '../../memory/packed-list.js';
import { valueAtOf, valueLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import type { Database } from '../database.js';
import { ENCODING_LISTPACK, TYPE_HASH } from '../encodings.js';

export const PACKED_HASH = TYPE_HASH | (ENCODING_LISTPACK << 4);
/** As many pairs as the count can tell. */
export const PACKED_PAIRS_MAX = PACKED_COUNT_MAX >>> 1;
export const NOT_FOUND = -1;

const element = new PackedElement();
const content = new PackedElement();
const slice = new ByteSlice();

/** @returns how many fields there are */
export function packedPairs(db: Database, ref: Ref): number {
  const { arena } = db;
  return arena.views[ref >>> CHUNK_SHIFT].getUint16(valueAtOf(arena, ref), true) >>> 1;
}

function setPairs(db: Database, ref: Ref, pairs: number): void {
  const { arena } = db;
  arena.views[ref >>> CHUNK_SHIFT].setUint16(valueAtOf(arena, ref), pairs << 1, true);
}

/** @returns where the field's entry begins in the record's chunk, or NOT_FOUND */
export function findPacked(db: Database, ref: Ref, field: ByteSlice): number {
  const { arena } = db;
  const from = valueAtOf(arena, ref);
  const end = from + valueLengthOf(arena, ref);
  const view = arena.views[ref >>> CHUNK_SHIFT];
  return findEntry(view, from + PACKED_COUNT_BYTES, end, element.set(field), 2);
}

/** Points `out` at the value of the field whose entry begins at `at`. */
export function readPackedValue(db: Database, ref: Ref, at: number, out: ByteSlice): void {
  const view = db.arena.views[ref >>> CHUNK_SHIFT];
  readEntry(db.arena.bytes[ref >>> CHUNK_SHIFT], view, nextEntry(view, at), out);
}

/**
 * Adds a field that `findPacked`, called last, has not found.
 * @returns the record, which may have moved
 */
export function addPacked(db: Database, from: Ref, value: ByteSlice): Ref {
  const { arena } = db;
  const pairs = packedPairs(db, from);
  const length = valueLengthOf(arena, from);
  const ref = db.spliceValue(from, length, 0, element.size + content.set(value).size);
  const view = arena.views[ref >>> CHUNK_SHIFT];
  content.write(view, element.write(view, valueAtOf(arena, ref) + length));
  setPairs(db, ref, pairs + 1);
  return ref;
}

/**
 * Replaces the value of the field whose entry begins at `at`.
 * @returns the record, which may have moved
 */
export function replacePacked(db: Database, from: Ref, at: number, value: ByteSlice): Ref {
  const { arena } = db;
  const view = arena.views[from >>> CHUNK_SHIFT];
  const valueAt = nextEntry(view, at);
  const oldSize = entrySize(view, valueAt);
  if (content.set(value).size === oldSize) {
    content.write(view, valueAt);
    return from;
  }
  const offset = valueAt - valueAtOf(arena, from);
  const ref = db.spliceValue(from, offset, oldSize, content.size);
  content.write(arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref) + offset);
  return ref;
}

/** Removes the field whose entry begins at `at`. @returns the record, which may have moved */
export function deletePacked(db: Database, from: Ref, at: number): Ref {
  const { arena } = db;
  const view = arena.views[from >>> CHUNK_SHIFT];
  const pairs = packedPairs(db, from);
  const removedBytes = nextEntry(view, nextEntry(view, at)) - at;
  const ref = db.spliceValue(from, at - valueAtOf(arena, from), removedBytes, 0);
  setPairs(db, ref, pairs - 1);
  return ref;
}

/**
 * Makes the absent key that is argument `index`, looked up last, hold the fields and values that
 * are the arguments from `from` on, in a block of just their size; maybe none.
 * @returns the record
 */
export function createPackedHash(db: Database, args: Args, index: number, from: number): Ref {
  const { arena } = db;
  let sizeBytes = PACKED_COUNT_BYTES;
  for (let i = from; i < args.count; i++) sizeBytes += element.set(slice.ofArgument(args, i)).size;
  const ref = db.createPacked(args, index, PACKED_HASH, sizeBytes);
  const view = arena.views[ref >>> CHUNK_SHIFT];
  const start = valueAtOf(arena, ref);
  let end = start + PACKED_COUNT_BYTES;
  for (let i = from; i < args.count; i += 2) {
    element.set(slice.ofArgument(args, i));
    if (findEntry(view, start + PACKED_COUNT_BYTES, end, element, 2) !== NOT_FOUND) {
      return setTheRest(db, ref, end - start, args, from, i);
    }
    end = element.write(view, end);
    end = content.set(slice.ofArgument(args, i + 1)).write(view, end);
  }
  setPairs(db, ref, (args.count - from) >>> 1);
  return ref;
}

/** A field comes a second time: from argument `next` on they are set one by one. */
function setTheRest(
  db: Database,
  created: Ref,
  length: number,
  args: Args,
  from: number,
  next: number,
): Ref {
  let ref = db.spliceValue(created, length, valueLengthOf(db.arena, created) - length, 0);
  setPairs(db, ref, (next - from) >>> 1);
  for (let i = next; i < args.count; i += 2) {
    const at = findPacked(db, ref, slice.ofArgument(args, i));
    slice.ofArgument(args, i + 1);
    ref = at === NOT_FOUND ? addPacked(db, ref, slice) : replacePacked(db, ref, at, slice);
  }
  return ref;
}
