// A set, whichever form it has: integers in order (`intset`), a packed list of members
// (`listpack`), both in the key's record, or a table of member records (`hashtable`). An object of
// this class is a view that `open` points at one key; handlers keep some and fill them again.
//
// Invariants: what is added keeps a packed set within its limits or makes it large, and what has
// become large stays so; members that are added or looked for do not point into this set.

import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { MemberTable } from '../../memory/member-table.js';
import { nextEntry, PACKED_COUNT_MAX, readEntry } from '../../memory/packed-list.js';
import { keyAtOf, keyLengthOf, recordBytes, valueLengthOf } from '../../memory/record.js';
import type { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parsed } from '../../util/numbers.js';
import { type Random, randomBelow } from '../../util/random.js';
import type { Database } from '../database.js';
import { ENCODING_HASHTABLE, ENCODING_INTSET, TYPE_SET } from '../encodings.js';
import {
  appendMember,
  createIntSet,
  createPackedSet,
  deleteInteger,
  deleteMember,
  entriesCount,
  entryAt,
  findInteger,
  findMember,
  insertInteger,
  integerDigitsMax,
  integersCount,
  integersToEntries,
  NOT_FOUND,
  parseMember,
  readInteger,
} from './packed-set.js';

export const LARGE_SET = TYPE_SET | (ENCODING_HASHTABLE << 4);
/** Bytes that a packed set may take at most, as in Redis. */
const PACKED_BYTES_MAX = 2 ** 30;

export class SetValue {
  /** The key's record, which moves; NO_REF when the set lost its last member. */
  ref: Ref = NO_REF;
  /** The header of a large set; NO_REF of a packed one. */
  root: Ref = NO_REF;
  /** The form of a large set. */
  readonly table = new MemberTable();
  /** The member that `pick` chose. */
  readonly element = new ByteSlice();
  private readonly argument = new ByteSlice();
  private isIntSet = false;
  private opened: Database | null = null;
  /** A use for what `prefetch` read. */
  private prefetchSum = 0;
  /** The chosen member: its record, its index in an `intset`, or where its entry begins. */
  private picked = 0;

  /** Points this object at the set in record `ref`. */
  open(db: Database, ref: Ref): this {
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.opened !== db) this.opened = db;
    this.ref = ref;
    this.root = db.rootOf(ref);
    this.isIntSet = db.encodingOf(ref) === ENCODING_INTSET;
    if (this.root !== NO_REF) this.table.open(db.arena, db.keyspace.seed, this.root);
    return this;
  }

  get db(): Database {
    assert(this.opened !== null, 'a set is opened before it is used');
    return this.opened;
  }

  /** Whether all members are integers that `readPacked` leaves in `parsed`. */
  get hasIntegers(): boolean {
    return this.isIntSet;
  }

  get isLarge(): boolean {
    return this.root !== NO_REF;
  }

  get count(): number {
    if (this.root !== NO_REF) return this.table.count;
    return this.isIntSet ? integersCount(this.db, this.ref) : entriesCount(this.db, this.ref);
  }

  has(member: ByteSlice): boolean {
    if (this.root !== NO_REF) return this.table.find(member) !== NO_REF;
    if (!this.isIntSet) return findMember(this.db, this.ref, member) !== NOT_FOUND;
    return parseMember(member) && findInteger(this.db, this.ref, parsed.low, parsed.high) >= 0;
  }

  /** Gets ready for `hasHashed` with these hashes; see `MemberTable.prefetch`. */
  prefetch(found: RefList): void {
    if (this.root !== NO_REF) this.prefetchSum ^= this.table.prefetch(found.hashes, found.length);
  }

  /** As `has`, for a member whose hash a walk through another set has found. */
  hasHashed(member: ByteSlice, hash: number): boolean {
    if (this.root === NO_REF) return this.has(member);
    return this.table.findHashed(member.view, member.at, member.length, hash) !== NO_REF;
  }

  // --- changing: none of these counts as a change ---

  /**
   * Makes the absent key that is argument `index`, looked up last, hold the members that are the
   * arguments from `from` on, in the form that they and the limits ask for.
   * @returns how many members the set has
   */
  create(db: Database, args: Args, index: number, from: number): number {
    if (this.opened !== db) this.opened = db;
    const { limits } = db.keyspace;
    const expected = args.count - from;
    const startsWithInteger = parseMember(this.argument.ofArgument(args, from));
    this.isIntSet = startsWithInteger && expected <= limits.setMaxIntsetEntries;
    if (this.isIntSet && this.areIntegers(args, from)) {
      this.begin(createIntSet(db, args, index, from));
    } else if (expected <= this.entriesMax && this.areShort(args, from)) {
      this.isIntSet = false;
      this.begin(createPackedSet(db, args, index, from));
    } else {
      if (this.isIntSet) this.begin(createIntSet(db, args, index, args.count));
      else if (expected > this.entriesMax) this.createLarge(args, index);
      else this.begin(createPackedSet(db, args, index, args.count));
      for (let i = from; i < args.count; i++) this.add(this.argument.ofArgument(args, i));
    }
    return this.count;
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold a set without members.
   * @param expected how many members will be added; more than the limits make the set large
   */
  createEmpty(db: Database, args: Args, index: number, expected: number): void {
    if (this.opened !== db) this.opened = db;
    if (expected > Math.max(db.keyspace.limits.setMaxIntsetEntries, this.entriesMax)) {
      this.createLarge(args, index);
      this.table.reserve(expected);
      return;
    }
    this.isIntSet = db.keyspace.limits.setMaxIntsetEntries > 0;
    const create = this.isIntSet ? createIntSet : createPackedSet;
    this.begin(create(db, args, index, args.count));
  }

  /** Gets ready for members to come: when they alone may pass a limit, the set becomes large. */
  expect(count: number): void {
    if (this.root !== NO_REF) return;
    const { limits } = this.db.keyspace;
    const max = this.isIntSet ? limits.setMaxIntsetEntries : limits.setMaxListpackEntries;
    if (count > max) this.becomeLarge();
  }

  /** @returns whether the member is new */
  add(member: ByteSlice): boolean {
    if (this.root !== NO_REF) return this.addRecord(member);
    return this.isIntSet ? this.addToIntegers(member) : this.addToEntries(member);
  }

  /** @returns whether the member was there; an emptied set keeps its key, see `dropIfEmpty` */
  delete(member: ByteSlice): boolean {
    const { db, ref } = this;
    if (this.root !== NO_REF) {
      const found = this.table.find(member);
      if (found !== NO_REF) this.table.remove(found);
      return found !== NO_REF;
    }
    if (!this.isIntSet) {
      const at = findMember(db, ref, member);
      if (at !== NOT_FOUND) this.ref = deleteMember(db, ref, at);
      return at !== NOT_FOUND;
    }
    if (!parseMember(member)) return false;
    const index = findInteger(db, ref, parsed.low, parsed.high);
    if (index >= 0) this.ref = deleteInteger(db, ref, index);
    return index >= 0;
  }

  /** Deletes the key when no member is left. @returns whether it did */
  dropIfEmpty(): boolean {
    if (this.count > 0) return false;
    this.db.drop(this.ref);
    this.ref = NO_REF;
    return true;
  }

  // --- choosing ---

  /**
   * Chooses one of the members, each with the same chance; it is then in `element`.
   * @returns what tells it from all others while the set does not change
   */
  pick(random: Random): number {
    if (this.root === NO_REF) {
      this.readPacked(randomBelow(random, this.count));
    } else {
      this.picked = this.table.randomRef(random);
      this.readRecord(this.picked, this.element);
    }
    return this.picked;
  }

  /** Removes the member that is in `element`, which is void then. */
  deletePicked(): void {
    const { db, picked } = this;
    if (this.root !== NO_REF) this.table.remove(picked);
    else if (this.isIntSet) this.ref = deleteInteger(db, this.ref, picked);
    else this.ref = deleteMember(db, this.ref, picked);
  }

  private readPacked(index: number): void {
    const { db, ref } = this;
    if (this.isIntSet) {
      this.picked = index;
      readInteger(db, ref, index);
      this.element.ofInteger(parsed.low, parsed.high);
      return;
    }
    this.picked = entryAt(db, ref, index);
    const chunk = ref >>> CHUNK_SHIFT;
    readEntry(db.arena.bytes[chunk], db.arena.views[chunk], this.picked, this.element);
  }

  /** Points `out` at the member in a record of the table. */
  readRecord(ref: Ref, out: ByteSlice): void {
    const { arena } = this.db;
    const chunk = ref >>> CHUNK_SHIFT;
    out.of(arena.bytes[chunk], arena.views[chunk], keyAtOf(arena, ref), keyLengthOf(arena, ref));
  }

  // --- inside ---

  private begin(ref: Ref): void {
    this.ref = ref;
    this.root = NO_REF;
  }

  private get entriesMax(): number {
    return Math.min(this.db.keyspace.limits.setMaxListpackEntries, PACKED_COUNT_MAX);
  }

  private areIntegers(args: Args, from: number): boolean {
    for (let i = from; i < args.count; i++) {
      if (!parseMember(this.argument.ofArgument(args, i))) return false;
    }
    return true;
  }

  private areShort(args: Args, from: number): boolean {
    const max = this.db.keyspace.limits.setMaxListpackValue;
    for (let i = from; i < args.count; i++) if (args.length[i] > max) return false;
    return true;
  }

  private addToIntegers(member: ByteSlice): boolean {
    const { db, ref } = this;
    const { limits } = db.keyspace;
    if (parseMember(member)) {
      const { low, high } = parsed;
      const index = findInteger(db, ref, low, high);
      if (index >= 0) return false;
      this.ref = insertInteger(db, ref, -1 - index, low, high);
      if (this.count > limits.setMaxIntsetEntries) this.becomeLarge();
      return true;
    }
    const { count } = this;
    const lengthMax = count === 0 ? 0 : integerDigitsMax(db, ref);
    if (count < this.entriesMax && lengthMax <= limits.setMaxListpackValue && this.fits(member)) {
      this.ref = appendMember(db, integersToEntries(db, ref), member);
      this.isIntSet = false;
      return true;
    }
    this.becomeLarge();
    return this.addRecord(member);
  }

  private addToEntries(member: ByteSlice): boolean {
    const { db, ref } = this;
    if (findMember(db, ref, member) !== NOT_FOUND) return false;
    if (entriesCount(db, ref) < this.entriesMax && this.fits(member)) {
      this.ref = appendMember(db, ref, member);
      return true;
    }
    this.becomeLarge();
    return this.addRecord(member);
  }

  private fits(member: ByteSlice): boolean {
    if (member.length > this.db.keyspace.limits.setMaxListpackValue) return false;
    const { arena } = this.db;
    const length = valueLengthOf(arena, this.ref);
    return recordBytes(0, keyLengthOf(arena, this.ref), length) + member.length < PACKED_BYTES_MAX;
  }

  private addRecord(member: ByteSlice): boolean {
    const { table } = this;
    if (table.find(member) !== NO_REF) return false;
    table.add(member, 0, 0);
    return true;
  }

  private createLarge(args: Args, index: number): void {
    const { db, table } = this;
    const root = table.create(db.arena, db.keyspace.seed);
    try {
      this.ref = db.createLarge(args, index, LARGE_SET, root);
    } catch (error) {
      table.freeStep(Infinity);
      throw error;
    }
    this.root = root;
    this.isIntSet = false;
  }

  /** Moves all members into a table. */
  private becomeLarge(): void {
    const { db, table, count, element } = this;
    const root = table.create(db.arena, db.keyspace.seed);
    try {
      table.reserve(count + 1);
      let at = this.isIntSet ? 0 : entryAt(db, this.ref, 0);
      for (let i = 0; i < count; i++) {
        at = readAndPass(db, this.ref, this.isIntSet, at, element);
        table.find(element);
        table.add(element, 0, 0);
      }
      this.ref = db.becomeLarge(this.ref, LARGE_SET, root);
    } catch (error) {
      table.freeStep(Infinity);
      throw error;
    }
    this.root = root;
    this.isIntSet = false;
  }
}

/**
 * Points `out` at a member of a packed set.
 * @param at its index in an `intset`, or where its entry begins
 * @returns the same of the next one
 */
export function readAndPass(
  db: Database,
  ref: Ref,
  isIntSet: boolean,
  at: number,
  out: ByteSlice,
): number {
  if (isIntSet) {
    readInteger(db, ref, at);
    out.ofInteger(parsed.low, parsed.high);
    return at + 1;
  }
  const { arena } = db;
  const view = arena.views[ref >>> CHUNK_SHIFT];
  readEntry(arena.bytes[ref >>> CHUNK_SHIFT], view, at, out);
  return nextEntry(view, at);
}
