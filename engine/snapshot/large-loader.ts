// Builds large collections from their entries, in the form that the kind names, whatever the
// thresholds of today are. Entries of several values may alternate. Invariant: what is wrong with
// the entries is reported, never trusted: unknown numbers, members that come twice, missing ends.

import { ListTree } from '../datatypes/list-tree.js';
import type { Database } from '../keyspace/database.js';
import { TYPE_HASH, TYPE_LIST, TYPE_ZSET } from '../keyspace/encodings.js';
import { FieldDeadlines } from '../keyspace/field-deadlines.js';
import type { Keyspace } from '../keyspace/keyspace.js';
import { ListValue } from '../keyspace/values/list-value.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_INDEX, HEADER_OWNER } from '../memory/large-header.js';
import { MemberTable } from '../memory/member-table.js';
import { OrderedIndex } from '../memory/ordered-index.js';
import { FLAG_DEADLINE, FLAG_PAYLOAD, payloadWordOf, valueAtOf } from '../memory/record.js';
import { copyView } from '../util/bytes.js';
import { LargeReader } from './large-reader.js';
import { MemberOrder, scoreOfMember } from './member-order.js';
import { FORM_LARGE, FORM_OF_KIND } from './snapshot-format.js';

const TYPE_MASK = 15;

/** Room is made at once for so many elements of all unfinished values; more come one by one. */
const RESERVED_MAX = 1 << 24;
/** Scores that are read together. */
const scores = new Float64Array(256);

/** A value whose last elements have not come. */
interface OpenValue {
  readonly db: Database;
  readonly type: number;
  readonly root: Ref;
  /** Of a sorted set. */
  readonly order: MemberOrder | null;
  /** How many elements its head says it has. */
  readonly count: number;
  elementsMissing: number;
  /** Room that was made on the word of the head. */
  readonly reserved: number;
}

export class LargeLoader {
  private readonly keyspace: Keyspace;
  private readonly reader = new LargeReader();
  private readonly table = new MemberTable();
  private readonly index = new OrderedIndex();
  private readonly list = new ListTree();
  private readonly listValue = new ListValue();
  private readonly open = new Map<number, OpenValue>();
  private lastNumber = 0;
  private reservedLeft = RESERVED_MAX;
  private hasGap = false;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /** From now on makes room at once only for what a file of this size can hold. */
  limitRoom(sizeBytes: number): void {
    this.reservedLeft = Math.min(RESERVED_MAX, sizeBytes);
  }

  /**
   * Takes one frame of large collections.
   * @returns null, or in words what cannot be although the checksum was right
   * @throws ArenaFullError
   */
  read(bytes: Buffer, from: number, to: number): string | null {
    const { reader } = this;
    reader.begin(bytes, from, to);
    let problem: string | null = null;
    while (problem === null && !reader.isAtEnd) {
      problem = reader.nextEntry();
      if (problem === null) problem = reader.isHead ? this.begin() : this.takeElements();
    }
    reader.clear();
    return problem;
  }

  /** A salvage left records out: values may lack their keys or some of their elements. */
  noteGap(): void {
    this.hasGap = true;
  }

  /** @returns null, or in words what is missing at the end of the snapshot */
  finish(): string | null {
    if (this.open.size === 0) return null;
    if (this.hasGap) {
      for (const [number, value] of [...this.open]) this.close(number, value);
      return null;
    }
    return `the elements of ${this.open.size} large values do not end`;
  }

  private begin(): string | null {
    const { reader, keyspace } = this;
    const { key, kind, number, count } = reader;
    if (reader.dbIndex >= keyspace.databases.length) {
      return `a key is in database ${reader.dbIndex}, but there are ${keyspace.databases.length}`;
    }
    if (FORM_OF_KIND[kind] !== FORM_LARGE) return `a large value has the kind ${kind}`;
    if (number <= this.lastNumber || (number > this.lastNumber + 1 && !this.hasGap)) {
      return `large value ${number} comes after large value ${this.lastNumber}`;
    }
    if (count === 0) return 'a collection is empty';
    const db = keyspace.databases[reader.dbIndex];
    const { view, at, length } = key;
    const ref = db.load(view, at, length, kind, FLAG_PAYLOAD, 0, reader.deadlineMs);
    if (ref === NO_REF) return 'a key is there twice';
    db.setAccess(ref, reader.access);
    const type = kind & TYPE_MASK;
    const { arena } = db;
    const root =
      type === TYPE_LIST ? this.list.create(arena) : this.table.create(arena, keyspace.seed);
    setPayload(db, ref, root, 0);
    arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + HEADER_OWNER] = ref;
    const order = type === TYPE_ZSET ? new MemberOrder(arena) : null;
    const reserved = type === TYPE_LIST ? 0 : Math.min(count, this.reservedLeft);
    if (reserved > 0) this.table.reserve(reserved);
    this.reservedLeft -= reserved;
    this.open.set(number, { db, type, root, order, count, elementsMissing: count, reserved });
    this.lastNumber = number;
    return null;
  }

  private takeElements(): string | null {
    const { reader } = this;
    const { number, isLast } = reader;
    const value = this.open.get(number);
    if (value === undefined && this.hasGap) return reader.skipRest();
    if (value === undefined) return `there are elements of the large value ${number}, but no key`;
    value.elementsMissing -= reader.elementsLeft;
    if (value.elementsMissing < 0) return 'a large value has more elements than it says';
    const problem = value.type === TYPE_LIST ? this.addRun(value) : this.addMembers(value);
    if (problem !== null || !isLast) return problem;
    if (value.elementsMissing > 0 && !this.hasGap) {
      return 'a large value has fewer elements than it says';
    }
    this.close(number, value);
    return null;
  }

  /** All elements of a value that there are have come. */
  private close(number: number, value: OpenValue): void {
    this.open.delete(number);
    this.reservedLeft += value.reserved;
    if (value.order !== null) this.buildIndex(value, value.order);
    if (value.elementsMissing === value.count) {
      const { db, root } = value;
      const word = ((root & UNIT_MASK) << 1) + HEADER_OWNER;
      db.remove(db.arena.words[root >>> CHUNK_SHIFT][word]);
    } else if (value.type === TYPE_LIST) this.settleList(value);
  }

  private addRun({ db, root }: OpenValue): string | null {
    const { reader, list } = this;
    const problem = reader.readRun();
    if (problem !== null) return problem;
    list.open(db.arena, root);
    const { limits } = this.keyspace;
    list.limits.set(limits.listMaxListpackSize, limits.listPackedThreshold);
    while (reader.nextOfRun()) list.pushBack(reader.element);
    return null;
  }

  /** Redis packs a list that it loads when all of it is in one node. */
  private settleList({ db, root }: OpenValue): void {
    const word = ((root & UNIT_MASK) << 1) + HEADER_OWNER;
    this.listValue.open(db, db.arena.words[root >>> CHUNK_SHIFT][word]);
    this.listValue.settle();
  }

  private addMembers(value: OpenValue): string | null {
    const { reader, table } = this;
    const { db, type, root } = value;
    table.open(db.arena, this.keyspace.seed, root);
    while (reader.elementsLeft > 0) {
      const problem = reader.nextElement(type);
      if (problem !== null) return problem;
      if (table.find(reader.element) !== NO_REF) {
        return type === TYPE_HASH ? 'a field is there twice' : 'a member is there twice';
      }
      if (type === TYPE_HASH) this.addField(db, root);
      else if (value.order === null) table.add(reader.element, 0, 0);
      else this.addScored(db, value.order);
    }
    return null;
  }

  private addField(db: Database, root: Ref): void {
    const { reader } = this;
    const { value, elementDeadlineMs } = reader;
    const { arena } = db;
    const layout = elementDeadlineMs >= 0 ? FLAG_DEADLINE : 0;
    const ref = this.table.add(reader.element, layout, value.length);
    const to = arena.views[ref >>> CHUNK_SHIFT];
    copyView(value.view, value.at, to, valueAtOf(arena, ref), value.length);
    if (elementDeadlineMs < 0) return;
    db.fieldDeadlines ??= new FieldDeadlines(db);
    db.keyspace.hasFieldDeadlines = true;
    db.fieldDeadlines.add(root, ref, elementDeadlineMs);
  }

  private addScored(db: Database, order: MemberOrder): void {
    const { reader } = this;
    const ref = this.table.add(reader.element, FLAG_PAYLOAD, 0);
    const { arena } = db;
    arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1] = reader.score;
    order.push(ref);
  }

  /** Builds the order of a sorted set whose members are all there. */
  private buildIndex({ db, root }: OpenValue, order: MemberOrder): void {
    const { index } = this;
    const { arena } = db;
    order.sort();
    index.create(arena);
    for (let from = 0; from < order.length; from += scores.length) {
      const count = Math.min(scores.length, order.length - from);
      // Records are all over memory: reads that do not wait for each other are much faster.
      for (let i = 0; i < count; i++) scores[i] = scoreOfMember(arena, order.refs[from + i]);
      for (let i = 0; i < count; i++) index.insert(scores[i], order.refs[from + i]);
    }
    arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + HEADER_INDEX] = index.root;
  }
}

function setPayload({ arena }: Database, ref: Ref, low: number, high: number): void {
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const at = payloadWordOf(arena, ref);
  words[at] = low;
  words[at + 1] = high;
}
