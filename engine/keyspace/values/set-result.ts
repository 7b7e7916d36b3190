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
import { SetForm } from './set-form.js';
import { LARGE_SET } from './set-value.js';

const SLOTS_PER_STEP = 64;

export class SetResult {
  readonly form = new SetForm();
  private readonly table = new MemberTable();
  private readonly found = new RefList();
  private readonly member = new ByteSlice();
  private readonly element = new PackedElement();
  private opened: Database | null = null;

  /** @param encoding of the set while it is empty */
  begin(db: Database, encoding: number): void {
    if (this.opened !== db) this.opened = db;
    this.table.create(db.arena, db.keyspace.seed);
    this.form.begin(encoding);
  }

  get count(): number {
    return this.table.count;
  }

  /** Adds a member that is not there. */
  add(member: ByteSlice): void {
    this.addMember(member);
    this.form.take(member, this.db.keyspace.limits);
  }

  /** As `add`, but the form is told of members by the caller. */
  addMember(member: ByteSlice): void {
    const isNew = this.addIfNew(member);
    assert(isNew, 'members of a result come once');
  }

  /** As `addMember`. @returns false when the member was there */
  addIfNew(member: ByteSlice): boolean {
    if (this.table.find(member) !== NO_REF) return false;
    this.table.add(member, 0, 0);
    return true;
  }

  /** Frees a result that no key gets. */
  drop(): void {
    this.db.keyspace.lazyFree.release(this.db, TYPE_SET, this.table.root);
  }

  /**
   * Makes the absent key that is argument `index`, looked up last, hold the result; not counted as
   * a change. There must be a member.
   * @returns the key's record
   */
  store(args: Args, index: number): Ref {
    const { db, table } = this;
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
    const { arena } = this.db;
    const ref = this.found.refs[i];
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
