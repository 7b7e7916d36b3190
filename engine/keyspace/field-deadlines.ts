// The deadlines of hash fields in one database: a timing wheel of field records, beside that of
// the keys. A field record's word 0 is the header of its hash, the header's OWNER is the record of
// the key, so a field that is due finds its way home by itself.
//
// Invariants: a field record is listed here exactly while it has FLAG_DEADLINE; the INDEX word of
// a hash's header counts its listed fields; while the log is replayed nothing is due.

import type { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { HEADER_INDEX, HEADER_OWNER } from '../memory/large-header.js';
import { MemberTable } from '../memory/member-table.js';
import { deadlineDoubleOf, deadlineOf, FLAG_DEADLINE, flagsOf } from '../memory/record.js';
import { TimingWheel } from '../memory/timing-wheel.js';
import type { Database } from './database.js';

const NEVER_MS = -1;

/** For the removal of fields; commands have tables of their own. */
const table = new MemberTable();

export class FieldDeadlines {
  readonly wheel: TimingWheel;
  /** Large hashes in which some field has a deadline. */
  hashes = 0;
  /** Up to when all that was due has gone, in unix ms. */
  private doneMs: number;
  private readonly db: Database;
  private readonly expire: (ref: Ref) => void;

  constructor(db: Database) {
    this.db = db;
    this.wheel = new TimingWheel(db.arena, db.keyspace.now);
    this.doneMs = db.keyspace.now;
    this.expire = (ref) => this.removeDue(ref);
  }

  /** Lists a field record that has room for a deadline. @param deadlineMs unix ms */
  add(root: Ref, ref: Ref, deadlineMs: number): void {
    const { arena } = this.db;
    arena.doubles[ref >>> CHUNK_SHIFT][deadlineDoubleOf(arena, ref)] = deadlineMs;
    this.wheel.add(ref);
    if (deadlineMs <= this.db.keyspace.now) this.doneMs = NEVER_MS;
    if (addToIndex(arena, root, 1) === 1) this.hashes++;
  }

  /** Takes a field record out, before it loses its deadline, moves or goes. */
  remove(root: Ref, ref: Ref): void {
    this.wheel.remove(ref);
    if (addToIndex(this.db.arena, root, -1) === 0) this.hashes--;
  }

  /** @returns whether the deadline of a field record has passed; the field is still there */
  isDue(ref: Ref): boolean {
    const { arena, keyspace } = this.db;
    if ((flagsOf(arena, ref) & FLAG_DEADLINE) === 0 || !keyspace.expiresKeys) return false;
    return deadlineOf(arena, ref) <= keyspace.now;
  }

  /**
   * Removes the fields that are due, earliest first, and the keys that this leaves empty.
   * @param stepsMax how many records may be touched
   * @returns whether nothing due is left
   */
  expireDue(stepsMax: number): boolean {
    const { now } = this.db.keyspace;
    const isDone = this.wheel.count === 0 || this.wheel.advance(now, this.expire, stepsMax);
    // After the clock was set back the wheel hands nothing out until its time has come again.
    if (isDone && !this.wheel.isAhead(now)) this.doneMs = now;
    return isDone;
  }

  /** Whether no field is there that is due. */
  get isCurrent(): boolean {
    const { keyspace } = this.db;
    return this.wheel.count === 0 || !keyspace.expiresKeys || this.doneMs === keyspace.now;
  }

  /**
   * Removes one field that is due: nobody asked for it, so it is reported and is nobody's write.
   * @returns whether the key went with it
   */
  removeDue(ref: Ref): boolean {
    const { db } = this;
    const { arena, keyspace } = db;
    const root = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
    const header = arena.words[root >>> CHUNK_SHIFT];
    const owner = header[((root & UNIT_MASK) << 1) + HEADER_OWNER];
    if (owner !== NO_REF) {
      keyspace.expiredFields++;
      db.announceChange(owner);
      keyspace.onFieldRemoved?.(db, owner, ref);
    }
    this.remove(root, ref);
    table.open(arena, keyspace.seed, root);
    table.remove(ref);
    if (owner === NO_REF) return false;
    if (table.count === 0) db.drop(owner);
    else db.changed(owner, 0);
    return table.count === 0;
  }
}

/** @returns how many fields of the hash at `root` have a deadline after the change */
function addToIndex(arena: Arena, root: Ref, difference: number): number {
  const words = arena.words[root >>> CHUNK_SHIFT];
  const at = ((root & UNIT_MASK) << 1) + HEADER_INDEX;
  words[at] += difference;
  return words[at];
}
