// A set that belongs to no key yet: the result of SINTERSTORE and its kin. Its members are
// collected in a table, whatever form the finished set has: the destination is often one of the
// sources, which stay whole until all is collected.
//
// Invariant: between `begin` and `store` or `drop` the table is this object's to free.

import { INT_SET_HEAD_BYTES, integerWidth, writeIntSet } from '../../datatypes/int-set.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { MemberTable } from '../../memory/member-table.js';
import { PACKED_COUNT_BYTES, PACKED_COUNT_MAX, PackedElement } from '../../memory/packed-list.js';
import { keyAtOf, keyLengthOf, valueAtOf } from '../../memory/record.js';
import { RefList } from '../../memory/ref-list.js';
import type { Args } from '../../util/args.js';
import { assert } from '../../util/assert.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parsed } from '../../util/numbers.js';
import type { Database } from '../database.js';
import { ENCODING_INTSET, ENCODING_LISTPACK, TYPE_SET } from '../encodings.js';
import { INT_SET, PACKED_SET, parseMember } from './packed-set.js';
import type { SetCursor } from './set-cursor.js';
import { SetForm } from './set-form.js';
import { LARGE_SET } from './set-value.js';

const SLOTS_PER_STEP = 64;
/** A longer list of records is not kept for the next command. */
const RECORDS_KEPT_MAX = 65536;

export class SetResult {
  readonly form = new SetForm();
  private readonly table = new MemberTable();
  private readonly found = new RefList();
  /** Members that the table has yet to get. */
  private records = new RefList();
  private readonly member = new ByteSlice();
  private readonly element = new PackedElement();
  private opened: Database | null = null;

  /** @param encoding of the set while it is empty */
  begin(db: Database, encoding: number): void {
    if (this.opened !== db) this.opened = db;
    this.table.create(db.arena, db.keyspace.seed);
    this.records.clear();
    this.form.begin(encoding);
  }

  get count(): number {
    return this.table.count + this.records.length;
  }

  /** Adds the member that a cursor is at, which is not there. */
  add(cursor: SetCursor): void {
    this.addMember(cursor);
    this.form.take(cursor.element, this.db.keyspace.limits);
  }

  /** As `add`, but the form is told of members by the caller. */
  addMember(cursor: SetCursor): void {
    // The table gets those of large sets at the end, when it is known how large it has to be:
    // they come in the order of their hashes, which one that grows meanwhile serves badly.
    if (cursor.isLarge) this.records.push(cursor.record, cursor.hash);
    else this.addIfNew(cursor.element);
  }

  /** Adds a member to a result that no cursor's member is added to. @returns whether it is new */
  addIfNew(member: ByteSlice): boolean {
    if (this.table.find(member) !== NO_REF) return false;
    this.table.add(member, 0, 0);
    return true;
  }

  /** Lets go of the sources; none of them may have changed yet. Nothing is added after this. */
  finish(): void {
    const { table, records, member } = this;
    if (table.count === 0) table.reserve(records.length);
    for (let i = 0; i < records.length; i++) {
      this.readRecord(records.refs[i]);
      table.expectHash(records.hashes[i]);
      table.add(member, 0, 0);
    }
    this.records = records.length > RECORDS_KEPT_MAX ? new RefList() : records;
    this.records.clear();
  }

  /** Calls `visit` with each member of a result that has only members from `addIfNew`. */
  forEach(visit: (member: ByteSlice) => void): void {
    this.collect();
    for (let i = 0; i < this.found.length; i++) visit(this.readMember(i));
    this.found.clear();
  }

  /** Frees a result that no key gets. */
  drop(): void {
    this.db.keyspace.lazyFree.release(this.db, TYPE_SET, this.table.root);
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold the finished result; not
   * counted as a change. There must be a member.
   * @returns the key's record
   */
  store(args: Args, index: number): Ref {
    const { db, table } = this;
    assert(this.records.length === 0, 'a result is finished before it is stored');
    const { encoding } = this.form;
    const isIntSet = encoding === ENCODING_INTSET;
    const isPacked = encoding === ENCODING_LISTPACK && table.count <= PACKED_COUNT_MAX;
    if (!isIntSet && !isPacked) return db.createLarge(args, index, LARGE_SET, table.root);
    this.collect();
    const ref = isIntSet ? this.storeIntegers(args, index) : this.storeEntries(args, index);
    this.found.clear();
    table.freeStep(Infinity);
    return ref;
  }

  /** A result of integers alone is kept as such where the limits allow it. */
  preferIntegers(): void {
    const { form } = this;
    if (!form.hasIntegersOnly || this.count > this.db.keyspace.limits.setMaxIntsetEntries) return;
    form.encoding = ENCODING_INTSET;
  }

  private get db(): Database {
    assert(this.opened !== null, 'a result is begun before it is used');
    return this.opened;
  }

  /** Puts all records of the table into `found`. */
  private collect(): void {
    this.found.clear();
    let position = 0;
    do position = this.table.scanStep(position, this.found, SLOTS_PER_STEP);
    while (position !== 0);
  }

  private readMember(i: number): ByteSlice {
    return this.readRecord(this.found.refs[i]);
  }

  private readRecord(ref: Ref): ByteSlice {
    const { arena } = this.db;
    const chunk = ref >>> CHUNK_SHIFT;
    const at = keyAtOf(arena, ref);
    return this.member.of(arena.bytes[chunk], arena.views[chunk], at, keyLengthOf(arena, ref));
  }

  private storeEntries(args: Args, index: number): Ref {
    const { db, element, found } = this;
    const { arena } = db;
    let sizeBytes = PACKED_COUNT_BYTES;
    for (let i = 0; i < found.length; i++) sizeBytes += element.set(this.readMember(i)).size;
    const ref = db.createPacked(args, index, PACKED_SET, sizeBytes);
    const view = arena.views[ref >>> CHUNK_SHIFT];
    let at = valueAtOf(arena, ref);
    view.setUint16(at, found.length, true);
    at += PACKED_COUNT_BYTES;
    for (let i = 0; i < found.length; i++) at = element.set(this.readMember(i)).write(view, at);
    return ref;
  }

  private storeIntegers(args: Args, index: number): Ref {
    const { db, found } = this;
    const { arena } = db;
    const integers = new BigInt64Array(found.length);
    const halves = new Int32Array(integers.buffer);
    let width = 2;
    for (let i = 0; i < found.length; i++) {
      parseMember(this.readMember(i));
      halves[2 * i] = parsed.low;
      halves[2 * i + 1] = parsed.high;
      width = Math.max(width, integerWidth(parsed.low, parsed.high));
    }
    integers.sort();
    const sizeBytes = INT_SET_HEAD_BYTES + found.length * width;
    const ref = db.createPacked(args, index, INT_SET, sizeBytes);
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const at = valueAtOf(arena, ref);
    view.setUint8(at, width);
    for (let i = 0; i < found.length; i++) {
      writeIntSet(view, at, i, halves[2 * i], halves[2 * i + 1]);
    }
    return ref;
  }
}
