// A hash, whichever form it has: packed (`listpack`: field, value, field, value ... in the key's
// record) or large (`hashtable`: a table of field records with the value in place). An object of
// this class is a view that `open` points at one key; handlers keep some and fill them again.
//
// Invariants: a packed hash never holds more, longer or expiring fields than its limits allow, and
// what has become large stays so; a field whose deadline has passed is never found.

import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../memory/chunks.js';
import { HEADER_INDEX } from '../../memory/large-header.js';
import { MemberTable } from '../../memory/member-table.js';
import { nextEntry, PACKED_COUNT_BYTES, readEntry } from '../../memory/packed-list.js';
import {
  deadlineOf,
  FLAG_DEADLINE,
  flagsOf,
  valueAtOf,
  valueLengthOf,
} from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { copyView, viewOf } from '../../util/bytes.js';
import type { Database } from '../database.js';
import { ENCODING_HASHTABLE, TYPE_HASH } from '../encodings.js';
import { FieldDeadlines } from '../field-deadlines.js';
import {
  addPacked,
  createPackedHash,
  deletePacked,
  findPacked,
  NOT_FOUND,
  PACKED_PAIRS_MAX,
  packedPairs,
  readPackedValue,
  replacePacked,
} from './packed-hash.js';

const SCRATCH_BYTES = 256;
const LARGE_HASH = TYPE_HASH | (ENCODING_HASHTABLE << 4);

/** Room for a value whose record moves. */
class Scratch {
  view = viewOf(Buffer.alloc(SCRATCH_BYTES));

  take(from: DataView, at: number, length: number): void {
    if (length > this.view.byteLength) this.view = viewOf(Buffer.alloc(length));
    copyView(from, at, this.view, 0, length);
  }
}

export class HashValue {
  /** The key's record, which moves; NO_REF when the hash lost its last field. */
  ref: Ref = NO_REF;
  /** The value that `get` found. */
  readonly value = new ByteSlice();
  /** The form of a large hash; what is large is changed through it. */
  readonly table = new MemberTable();
  private opened: Database | null = null;
  private root: Ref = NO_REF;
  private readonly movedField = new ByteSlice();
  private readonly movedValue = new ByteSlice();
  private readonly kept = new Scratch();

  /** Points this object at the hash in record `ref`. */
  open(db: Database, ref: Ref): this {
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.opened !== db) this.opened = db;
    this.ref = ref;
    this.root = db.rootOf(ref);
    if (this.root !== NO_REF) this.table.open(db.arena, db.keyspace.seed, this.root);
    return this;
  }

  get db(): Database {
    assert(this.opened !== null, 'a hash is opened before it is used');
    return this.opened;
  }

  get isLarge(): boolean {
    return this.root !== NO_REF;
  }

  /** How many fields there are, those that are due and not yet gone included. */
  get count(): number {
    return this.root === NO_REF ? packedPairs(this.db, this.ref) : this.table.count;
  }

  /** How many fields have a deadline. */
  get volatileCount(): number {
    if (this.root === NO_REF) return 0;
    const words = this.db.arena.words[this.root >>> CHUNK_SHIFT];
    return words[((this.root & UNIT_MASK) << 1) + HEADER_INDEX];
  }

  // --- reading ---

  /** @returns whether the field is there; its value is then in `value` */
  get(field: ByteSlice): boolean {
    const { db } = this;
    if (this.root === NO_REF) {
      const at = findPacked(db, this.ref, field);
      if (at !== NOT_FOUND) readPackedValue(db, this.ref, at, this.value);
      return at !== NOT_FOUND;
    }
    const found = this.findRecord(field);
    if (found === NO_REF) return false;
    const { arena } = db;
    const chunk = found >>> CHUNK_SHIFT;
    const at = valueAtOf(arena, found);
    this.value.of(arena.bytes[chunk], arena.views[chunk], at, valueLengthOf(arena, found));
    return true;
  }

  has(field: ByteSlice): boolean {
    if (this.root !== NO_REF) return this.findRecord(field) !== NO_REF;
    return findPacked(this.db, this.ref, field) !== NOT_FOUND;
  }

  /** @returns when the field expires in unix ms, -1 for never; NaN when it is not there */
  deadlineOf(field: ByteSlice): number {
    if (this.root === NO_REF) return this.has(field) ? -1 : Number.NaN;
    const found = this.findRecord(field);
    return found === NO_REF ? Number.NaN : deadlineOf(this.db.arena, found);
  }

  // --- changing: none of these counts as a change ---

  /**
   * Makes the absent key that is argument `index`, looked up last, hold the fields and values that
   * are the arguments from `from` on, in a block of just their size. Where they are too many or
   * too long for the packed form, the hash is made large and without fields.
   * @returns whether the fields are in it; otherwise the caller sets at least one
   */
  create(db: Database, args: Args, index: number, from: number): boolean {
    if (this.opened !== db) this.opened = db;
    this.root = NO_REF;
    const isPacked = this.fit(args, from);
    if (isPacked) this.ref = createPackedHash(db, args, index, from);
    else this.createLarge(db, args, index);
    return isPacked;
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold a hash without fields.
   * @param expected how many fields will be set; more than the limits make the hash large
   */
  createEmpty(db: Database, args: Args, index: number, expected: number): void {
    if (this.opened !== db) this.opened = db;
    if (expected > this.pairsMax) {
      this.createLarge(db, args, index);
      this.table.reserve(expected);
      return;
    }
    this.root = NO_REF;
    this.ref = createPackedHash(db, args, index, args.count);
  }

  /**
   * Sets a field. Neither slice may point into this hash.
   * @param keepDeadline whether the deadline of an existing field stays
   * @returns whether the field is new
   */
  set(field: ByteSlice, value: ByteSlice, keepDeadline: boolean): boolean {
    if (this.root === NO_REF) {
      const max = this.db.keyspace.limits.hashMaxListpackValue;
      if (field.length <= max && value.length <= max) return this.setPacked(field, value);
      this.becomeLarge();
    }
    return this.setRecord(field, value, keepDeadline);
  }

  /**
   * Gets ready for the pairs of arguments from `from` on, which will be set: if these alone take
   * the hash over a limit, it becomes large at once.
   */
  expect(args: Args, from: number): void {
    if (this.root === NO_REF && !this.fit(args, from)) this.becomeLarge();
  }

  /** @returns whether the field was there; an emptied hash keeps its key, see `dropIfEmpty` */
  delete(field: ByteSlice): boolean {
    if (this.root === NO_REF) {
      const at = findPacked(this.db, this.ref, field);
      if (at !== NOT_FOUND) this.ref = deletePacked(this.db, this.ref, at);
      return at !== NOT_FOUND;
    }
    const found = this.findRecord(field);
    if (found === NO_REF) return false;
    this.unlist(found);
    this.table.remove(found);
    return true;
  }

  /** Deletes the key when no field is left. @returns whether it did */
  dropIfEmpty(): boolean {
    if (this.count > 0) return false;
    this.db.drop(this.ref);
    this.ref = NO_REF;
    return true;
  }

  /**
   * Sets, moves or lifts the deadline of a field that is there.
   * @param deadlineMs unix ms, or -1 for none
   */
  setDeadline(field: ByteSlice, deadlineMs: number): void {
    if (this.root === NO_REF) {
      if (deadlineMs < 0) return;
      this.becomeLarge();
    }
    const found = this.findRecord(field);
    assert(found !== NO_REF, 'a field that gets a deadline is there');
    if (deadlineMs < 0 && (flagsOf(this.db.arena, found) & FLAG_DEADLINE) === 0) return;
    this.relist(found, deadlineMs);
  }

  /**
   * Removes the fields among the arguments from `from` on whose deadline has passed; reported, not
   * counted. To be called before the fields are written or deleted.
   * @param step 2 where values stand between the fields
   * @returns false when no field was left and the key has gone
   */
  expireArguments(args: Args, from: number, step: number): boolean {
    if (this.volatileCount === 0) return true;
    const { arena, keyspace, fieldDeadlines } = this.db;
    if (fieldDeadlines === null) return true;
    for (let i = from; i < args.count; i += step) {
      const found = this.table.find(this.movedField.ofArgument(args, i));
      if (found === NO_REF || !fieldDeadlines.isDue(found)) continue;
      if (fieldDeadlines.removeDue(found)) {
        this.ref = NO_REF;
        return false;
      }
      this.table.open(arena, keyspace.seed, this.root);
    }
    return true;
  }

  // --- packed ---

  private setPacked(field: ByteSlice, value: ByteSlice): boolean {
    const { db } = this;
    const at = findPacked(db, this.ref, field);
    if (at !== NOT_FOUND) {
      this.ref = replacePacked(db, this.ref, at, value);
      // The limit may be lower than it was.
      if (packedPairs(db, this.ref) > this.pairsMax) this.becomeLarge();
      return false;
    }
    if (packedPairs(db, this.ref) < this.pairsMax) {
      this.ref = addPacked(db, this.ref, value);
      return true;
    }
    this.becomeLarge();
    return this.setRecord(field, value, false);
  }

  private get pairsMax(): number {
    return Math.min(this.db.keyspace.limits.hashMaxListpackEntries, PACKED_PAIRS_MAX);
  }

  /** @returns whether the pairs of arguments from `from` on alone keep within the limits */
  private fit(args: Args, from: number): boolean {
    if ((args.count - from) >>> 1 > this.pairsMax) return false;
    const max = this.db.keyspace.limits.hashMaxListpackValue;
    for (let i = from; i < args.count; i++) if (args.length[i] > max) return false;
    return true;
  }

  // --- large ---

  private findRecord(field: ByteSlice): Ref {
    const found = this.table.find(field);
    if (found === NO_REF || (flagsOf(this.db.arena, found) & FLAG_DEADLINE) === 0) return found;
    return this.db.fieldDeadlines?.isDue(found) ? NO_REF : found;
  }

  private setRecord(field: ByteSlice, value: ByteSlice, keepDeadline: boolean): boolean {
    const { table } = this;
    const { arena } = this.db;
    const found = table.find(field);
    if (found === NO_REF) {
      this.writeValue(table.add(field, 0, value.length), value);
      return true;
    }
    if ((flagsOf(arena, found) & FLAG_DEADLINE) !== 0) {
      const deadlineMs = keepDeadline ? deadlineOf(arena, found) : -1;
      const ref = this.resizeListed(found, keepDeadline ? FLAG_DEADLINE : 0, value.length);
      this.writeValue(ref, value);
      if (keepDeadline) this.fieldDeadlines().add(this.root, ref, deadlineMs);
    } else if (valueLengthOf(arena, found) === value.length) {
      table.changing(found);
      this.writeValue(found, value);
    } else {
      this.writeValue(table.resize(found, 0, value.length), value);
    }
    return false;
  }

  private writeValue(ref: Ref, value: ByteSlice): void {
    const { arena } = this.db;
    const to = arena.views[ref >>> CHUNK_SHIFT];
    copyView(value.view, value.at, to, valueAtOf(arena, ref), value.length);
  }

  /** Gives a field record another deadline, -1 for none, and keeps its value. */
  private relist(found: Ref, deadlineMs: number): void {
    const { table, kept } = this;
    const { arena } = this.db;
    if (deadlineMs >= 0 && this.unlist(found)) {
      table.changing(found);
      this.fieldDeadlines().add(this.root, found, deadlineMs);
      return;
    }
    const length = valueLengthOf(arena, found);
    kept.take(arena.views[found >>> CHUNK_SHIFT], valueAtOf(arena, found), length);
    const ref = this.resizeListed(found, deadlineMs >= 0 ? FLAG_DEADLINE : 0, length);
    copyView(kept.view, 0, arena.views[ref >>> CHUNK_SHIFT], valueAtOf(arena, ref), length);
    if (deadlineMs >= 0) this.fieldDeadlines().add(this.root, ref, deadlineMs);
  }

  /** As the table's `resize`; a deadline is no longer listed afterwards. */
  private resizeListed(found: Ref, layout: number, valueLength: number): Ref {
    const deadlineMs = deadlineOf(this.db.arena, found);
    this.unlist(found);
    try {
      return this.table.resize(found, layout, valueLength);
    } catch (error) {
      if (deadlineMs >= 0) this.fieldDeadlines().add(this.root, found, deadlineMs);
      throw error;
    }
  }

  /** @returns whether the field record had a deadline; it is no longer listed */
  private unlist(ref: Ref): boolean {
    const { arena, fieldDeadlines } = this.db;
    if ((flagsOf(arena, ref) & FLAG_DEADLINE) === 0) return false;
    assert(fieldDeadlines !== null, 'a field with a deadline is listed');
    fieldDeadlines.remove(this.root, ref);
    return true;
  }

  private fieldDeadlines(): FieldDeadlines {
    const { db } = this;
    db.fieldDeadlines ??= new FieldDeadlines(db);
    db.keyspace.hasFieldDeadlines = true;
    return db.fieldDeadlines;
  }

  private createLarge(db: Database, args: Args, index: number): void {
    const root = this.table.create(db.arena, db.keyspace.seed);
    try {
      this.ref = db.createLarge(args, index, LARGE_HASH, root);
    } catch (error) {
      this.table.freeStep(Infinity);
      throw error;
    }
    this.root = root;
  }

  /** Moves all fields into a table. */
  private becomeLarge(): void {
    const { db, table, movedField, movedValue } = this;
    const { arena } = db;
    const root = table.create(arena, db.keyspace.seed);
    try {
      const view = arena.views[this.ref >>> CHUNK_SHIFT];
      const bytes = arena.bytes[this.ref >>> CHUNK_SHIFT];
      const end = valueAtOf(arena, this.ref) + valueLengthOf(arena, this.ref);
      for (let at = end - valueLengthOf(arena, this.ref) + PACKED_COUNT_BYTES; at < end; ) {
        readEntry(bytes, view, at, movedField);
        at = nextEntry(view, at);
        readEntry(bytes, view, at, movedValue);
        at = nextEntry(view, at);
        table.find(movedField);
        this.writeValue(table.add(movedField, 0, movedValue.length), movedValue);
      }
      this.ref = db.becomeLarge(this.ref, LARGE_HASH, root);
    } catch (error) {
      table.freeStep(Infinity);
      throw error;
    }
    this.root = root;
  }
}
