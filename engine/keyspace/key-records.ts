// The records of one database as blocks that are made, resized, moved and listed. Everything that
// changes a record goes through here and `database.ts`, so that each change is counted, each moved
// record is relinked, and a snapshot under way gets the value as it was.
//
// Invariants: every record is in the table exactly once; it is in the wheel exactly while it has
// a deadline; the header of a large collection knows the record that refers to it.

import { Arena } from '../memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../memory/chunks.js';
import { hashBytes } from '../memory/hash.js';
import { HashTable } from '../memory/hash-table.js';
import { HEADER_OWNER } from '../memory/large-header.js';
import {
  deadlineDoubleOf,
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_LONG,
  FLAG_MARKED,
  FLAG_PAYLOAD,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  LAYOUT_MASK,
  lengthLayout,
  payloadWordOf,
  recordBytes,
  valueAtOf,
  valueLengthOf,
  writeLengths,
} from '../memory/record.js';
import { TimingWheel } from '../memory/timing-wheel.js';
import type { Args } from '../util/args.js';
import { assert } from '../util/assert.js';
import { copyView } from '../util/bytes.js';
import { TYPE_STRING } from './encodings.js';
import type { KeyListener, Keyspace } from './keyspace.js';

/** A snapshot under way, as the database sees it. */
export interface PreImageSink {
  /** Records with an unsigned hash below this have been visited. */
  readonly position: number;
  /** Writes the record as it is now; it is about to change and has not been visited. */
  writePreImage(ref: Ref): void;
}

/** A block may be this many times too large before a smaller value moves out of it. */
const SLACK_FACTOR = 2;
/** The same for a value that is resized: above what growing leaves, or each step would move it. */
const RESIZE_SLACK_FACTOR = 4;
const SLACK_BYTES = 64;
/** A growing string gets twice the room it needs, up to this much extra. */
const GROWTH_MAX_BYTES = 1024 * 1024;

/** A packed collection below this size grows without spare room. */
const SPLICE_SLACK_MIN_BYTES = 256;

export abstract class KeyRecords {
  index: number;
  readonly arena = new Arena();
  readonly table: HashTable;
  /** Null until a first deadline is set. */
  wheel: TimingWheel | null = null;
  snapshot: PreImageSink | null = null;
  /** Hash of the key looked up last. */
  hash = 0;
  /** Where that key was, to notice when `store` is called for another one. */
  protected hashedAt = -1;
  readonly keyspace: Keyspace;

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace;
    this.index = index;
    this.table = new HashTable(this.arena);
  }

  typeOf(ref: Ref): number {
    return this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] & 15;
  }

  encodingOf(ref: Ref): number {
    return (this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] >>> 4) & 15;
  }

  setEncoding(ref: Ref, encoding: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & ~0xf0) | (encoding << 4);
  }

  accessOf(ref: Ref): number {
    return this.arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1] >>> 8;
  }

  setAccess(ref: Ref, bits: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & 0xff) | (bits << 8);
  }

  /**
   * Makes the key that is argument `index` hold a value of `valueLength` bytes in place, which the
   * caller then writes at `valueAtOf(arena, ref)`. Counts as a change. The key was looked up last.
   * @param ref what `lookupWrite` returned for this key
   * @param kind type | encoding << 4
   * @param layout FLAG_PAYLOAD when the value is, or is described by, a payload word; else 0
   * @param keepDeadline whether an existing deadline stays
   * @returns the record, which may have moved
   */
  store(
    ref: Ref,
    args: Args,
    index: number,
    kind: number,
    layout: number,
    valueLength: number,
    keepDeadline: boolean,
  ): Ref {
    const { view } = args;
    const keyAt = args.at[index];
    const keyLength = args.length[index];
    assert(keyAt === this.hashedAt, 'the key that is stored was looked up last');
    if (ref === NO_REF) {
      const created = this.create(view, keyAt, keyLength, kind, layout, valueLength, -1);
      this.modified(created);
      return created;
    }
    const arena = this.arena;
    const flags = flagsOf(arena, ref);
    if ((flags & FLAG_PAYLOAD) !== 0) this.releaseRoot(ref);
    const kept = keepDeadline ? flags & FLAG_DEADLINE : 0;
    const wanted = layout | kept | lengthLayout(keyLength, valueLength);
    if ((flags & LAYOUT_MASK) === wanted && this.fits(ref, wanted, keyLength, valueLength)) {
      writeLengths(arena, ref, flags, keyLength, valueLength);
      this.setKind(ref, kind);
      this.modified(ref);
      return ref;
    }
    const deadline = kept !== 0 ? deadlineOf(arena, ref) : -1;
    const needed = recordBytes(wanted, keyLength, valueLength);
    const target = this.blockSuits(ref, needed) ? ref : arena.allocate(needed);
    this.unlist(ref);
    if (target !== ref) {
      const words = arena.words[target >>> CHUNK_SHIFT];
      words[(target & UNIT_MASK) << 1] = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
      this.table.replace(ref, target, this.hash);
      arena.free(ref);
    }
    const keptFlags = wanted | (flags & FLAG_MARKED);
    this.fill(target, view, keyAt, keyLength, keptFlags, valueLength, deadline);
    this.setKind(target, kind);
    this.modified(target);
    return target;
  }

  /**
   * Changes the length of a value in place; bytes up to the shorter length stay. Growth leaves
   * room for more, so that appending is linear; room that is mostly unused is given back. Counts
   * as a change.
   * @returns the record, which may have moved
   * @throws ArenaFullError, as all methods that may need room; nothing has then changed
   */
  resizeValue(ref: Ref, valueLength: number): Ref {
    const arena = this.arena;
    const flags = flagsOf(arena, ref);
    const keyLength = keyLengthOf(arena, ref);
    const layout = (flags & ~FLAG_LONG & LAYOUT_MASK) | lengthLayout(keyLength, valueLength);
    const needed = recordBytes(layout, keyLength, valueLength);
    if (layout === (flags & LAYOUT_MASK) && this.blockHolds(ref, needed)) {
      writeLengths(arena, ref, flags, keyLength, valueLength);
      this.modified(ref);
      return ref;
    }
    const oldLength = valueLengthOf(arena, ref);
    const extra = valueLength > oldLength ? Math.min(valueLength, GROWTH_MAX_BYTES) : 0;
    const kept = Math.min(valueLength, oldLength);
    const deadline = deadlineOf(arena, ref);
    const target = this.rebuild(ref, layout, valueLength, extra, kept, 0, deadline);
    this.modified(target);
    return target;
  }

  /**
   * Makes an absent key, looked up last, hold a packed collection of `valueLength` bytes, which the
   * caller writes at `valueAtOf`. Not counted as a change.
   * @param kind type | encoding << 4
   */
  createPacked(args: Args, index: number, kind: number, valueLength: number): Ref {
    const at = args.at[index];
    assert(at === this.hashedAt, 'the key that is created was looked up last');
    return this.create(args.view, at, args.length[index], kind, 0, valueLength, -1);
  }

  /** As `createPacked`, for a large collection with its header at `root`. */
  createLarge(args: Args, index: number, kind: number, root: Ref): Ref {
    const at = args.at[index];
    assert(at === this.hashedAt, 'the key that is created was looked up last');
    const ref = this.create(args.view, at, args.length[index], kind, FLAG_PAYLOAD, 0, -1);
    this.setRoot(ref, root);
    return ref;
  }

  /**
   * Puts room for `inserted` bytes in place of `removed` bytes at `offset` of a value; the caller
   * writes them. Growth leaves an eighth more, unless the value is small: there are many small
   * ones, they move quickly, and their blocks are rounded up anyway. Not counted as a change.
   * @returns the record, which may have moved
   */
  spliceValue(ref: Ref, offset: number, removed: number, inserted: number): Ref {
    const { arena } = this;
    const flags = flagsOf(arena, ref);
    const keyLength = keyLengthOf(arena, ref);
    const oldLength = valueLengthOf(arena, ref);
    const valueLength = oldLength - removed + inserted;
    const tailBytes = oldLength - offset - removed;
    const layout = (flags & ~FLAG_LONG & LAYOUT_MASK) | lengthLayout(keyLength, valueLength);
    if (layout === (flags & LAYOUT_MASK)) {
      if (this.blockHolds(ref, recordBytes(layout, keyLength, valueLength))) {
        if (tailBytes > 0 && removed !== inserted) {
          const at = valueAtOf(arena, ref) + offset;
          const from = at + removed;
          arena.bytes[ref >>> CHUNK_SHIFT].copyWithin(at + inserted, from, from + tailBytes);
        }
        writeLengths(arena, ref, flags, keyLength, valueLength);
        return ref;
      }
    }
    const isGrowing = valueLength > oldLength && valueLength >= SPLICE_SLACK_MIN_BYTES;
    const extra = isGrowing ? Math.min(valueLength >>> 3, GROWTH_MAX_BYTES) : 0;
    return this.rebuild(ref, layout, valueLength, extra, offset, tailBytes, deadlineOf(arena, ref));
  }

  /**
   * Puts the large collection at `root` in place of a packed one. Not counted as a change.
   * @returns the record, which has moved
   */
  becomeLarge(ref: Ref, kind: number, root: Ref): Ref {
    const { arena } = this;
    const kept = flagsOf(arena, ref) & FLAG_DEADLINE;
    const layout = kept | FLAG_PAYLOAD | lengthLayout(keyLengthOf(arena, ref), 0);
    const target = this.rebuild(ref, layout, 0, 0, 0, 0, deadlineOf(arena, ref));
    this.setKind(target, kind);
    this.setRoot(target, root);
    return target;
  }

  /**
   * Puts a packed collection of `valueLength` bytes, which the caller writes, in place of a large
   * one, whose memory is the caller's to free. Not counted as a change.
   * @returns the record, which has moved
   */
  becomePacked(ref: Ref, kind: number, valueLength: number): Ref {
    const { arena } = this;
    const keyLength = keyLengthOf(arena, ref);
    const layout = (flagsOf(arena, ref) & FLAG_DEADLINE) | lengthLayout(keyLength, valueLength);
    const target = this.rebuild(ref, layout, valueLength, 0, 0, 0, deadlineOf(arena, ref));
    this.setKind(target, kind);
    return target;
  }

  /** @returns the header of the large collection in a record, or NO_REF when it is packed */
  rootOf(ref: Ref): Ref {
    if ((flagsOf(this.arena, ref) & FLAG_PAYLOAD) === 0) return NO_REF;
    return this.arena.words[ref >>> CHUNK_SHIFT][payloadWordOf(this.arena, ref)];
  }

  /** Says that a command changed a key, once per key. @param count how many changes Redis counts */
  changed(ref: Ref, count: number): void {
    this.keyspace.dirty += count;
    if (this.keyspace.onChanged !== null) this.report(this.keyspace.onChanged, ref);
  }

  /** Counts one change of a key. */
  protected modified(ref: Ref): void {
    this.keyspace.dirty++;
    if (this.keyspace.onChanged !== null) this.report(this.keyspace.onChanged, ref);
  }

  protected report(listener: KeyListener, ref: Ref): void {
    const { arena } = this;
    const bytes = arena.bytes[ref >>> CHUNK_SHIFT];
    listener(this.index, this.typeOf(ref), bytes, keyAtOf(arena, ref), keyLengthOf(arena, ref));
  }

  /** Frees a large collection that belongs to no key any more. */
  protected abstract release(type: number, root: Ref): void;

  /** Lets go of the large collection in a record, if it holds one. */
  protected releaseRoot(ref: Ref): void {
    const root = this.rootOf(ref);
    if (root === NO_REF || this.typeOf(ref) === TYPE_STRING) return;
    this.setOwner(root, NO_REF);
    this.release(this.typeOf(ref), root);
  }

  protected savePreImage(ref: Ref): void {
    const { snapshot, arena } = this;
    if (snapshot === null || (flagsOf(arena, ref) & FLAG_MARKED) !== 0) return;
    if (this.hashOf(ref) >>> 0 < snapshot.position) return;
    snapshot.writePreImage(ref);
    arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1] |= FLAG_MARKED;
  }

  protected hashOf(ref: Ref): number {
    const view = this.arena.views[ref >>> CHUNK_SHIFT];
    const length = keyLengthOf(this.arena, ref);
    return hashBytes(this.keyspace.seed, view, keyAtOf(this.arena, ref), length);
  }

  protected setKind(ref: Ref, kind: number): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = (ref & UNIT_MASK) << 1;
    words[at] = (words[at] & ~0xff) | kind;
  }

  protected create(
    view: DataView,
    keyAt: number,
    keyLength: number,
    kind: number,
    layout: number,
    valueLength: number,
    deadline: number,
  ): Ref {
    let flags = layout | lengthLayout(keyLength, valueLength);
    if (deadline >= 0) flags |= FLAG_DEADLINE;
    const ref = this.allocateListed(recordBytes(flags, keyLength, valueLength));
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    words[(ref & UNIT_MASK) << 1] = kind | (this.keyspace.accessClock.initial() << 8);
    // A key newer than the start of a snapshot is not part of it.
    if (this.snapshot !== null && this.hash >>> 0 >= this.snapshot.position) flags |= FLAG_MARKED;
    this.fill(ref, view, keyAt, keyLength, flags, valueLength, deadline);
    const { onCreated } = this.keyspace;
    if (onCreated !== null) this.report(onCreated, ref);
    return ref;
  }

  /** @returns a new block that the table refers to by `hash` already: all or nothing */
  protected allocateListed(sizeBytes: number): Ref {
    const ref = this.arena.allocate(sizeBytes);
    try {
      this.table.insert(ref, this.hash);
    } catch (error) {
      this.arena.free(ref);
      throw error;
    }
    return ref;
  }

  protected fill(
    ref: Ref,
    view: DataView,
    keyAt: number,
    keyLength: number,
    flags: number,
    valueLength: number,
    deadline: number,
  ): void {
    const arena = this.arena;
    writeLengths(arena, ref, flags, keyLength, valueLength);
    copyView(view, keyAt, arena.views[ref >>> CHUNK_SHIFT], keyAtOf(arena, ref), keyLength);
    if (deadline >= 0) this.enlist(ref, deadline);
  }

  protected fits(ref: Ref, layout: number, keyLength: number, valueLength: number): boolean {
    // Same length as before: certain to fit, and by far the most frequent.
    if (valueLength === valueLengthOf(this.arena, ref)) return true;
    return this.blockSuits(ref, recordBytes(layout, keyLength, valueLength));
  }

  protected blockSuits(ref: Ref, neededBytes: number): boolean {
    const capacity = this.arena.capacity(ref);
    return neededBytes <= capacity && capacity <= neededBytes * SLACK_FACTOR + SLACK_BYTES;
  }

  /** As `blockSuits`, but leaves a value that shrinks and grows the room it once needed. */
  protected blockHolds(ref: Ref, neededBytes: number): boolean {
    const capacity = this.arena.capacity(ref);
    return neededBytes <= capacity && capacity <= neededBytes * RESIZE_SLACK_FACTOR + SLACK_BYTES;
  }

  /** Same value, other layout. Counts as a change. */
  protected relayout(ref: Ref, flags: number, deadline: number): Ref {
    const length = valueLengthOf(this.arena, ref);
    const target = this.rebuild(ref, flags & LAYOUT_MASK, length, 0, length, 0, deadline);
    this.modified(target);
    return target;
  }

  /**
   * Moves a record to a new block of another layout or size.
   * @param headBytes bytes that are kept at the begin of the value
   * @param tailBytes bytes that are kept at its end
   */
  protected rebuild(
    ref: Ref,
    layout: number,
    valueLength: number,
    extraBytes: number,
    headBytes: number,
    tailBytes: number,
    deadline: number,
  ): Ref {
    const arena = this.arena;
    const keyLength = keyLengthOf(arena, ref);
    const view = arena.views[ref >>> CHUNK_SHIFT];
    const keyAt = keyAtOf(arena, ref);
    const hash = this.hashOf(ref);
    const kept = flagsOf(arena, ref) & FLAG_MARKED;
    const target = arena.allocate(recordBytes(layout, keyLength, valueLength) + extraBytes);
    this.unlist(ref);
    const word = arena.words[ref >>> CHUNK_SHIFT][(ref & UNIT_MASK) << 1];
    arena.words[target >>> CHUNK_SHIFT][(target & UNIT_MASK) << 1] = word;
    this.fill(target, view, keyAt, keyLength, layout | kept, valueLength, deadline);
    const to = arena.views[target >>> CHUNK_SHIFT];
    const valueAt = valueAtOf(arena, target);
    copyView(view, valueAtOf(arena, ref), to, valueAt, headBytes);
    if (tailBytes > 0) {
      const oldEnd = valueAtOf(arena, ref) + valueLengthOf(arena, ref);
      copyView(view, oldEnd - tailBytes, to, valueAt + valueLength - tailBytes, tailBytes);
    }
    if ((layout & flagsOf(arena, ref) & FLAG_PAYLOAD) !== 0) this.movePayload(ref, target);
    this.table.replace(ref, target, hash);
    arena.free(ref);
    return target;
  }

  /** Hands the payload of a record that moves to its new block. */
  protected movePayload(from: Ref, to: Ref): void {
    this.copyPayload(this, from, to);
    if (this.typeOf(to) !== TYPE_STRING) this.setOwner(this.rootOf(to), to);
  }

  protected copyPayload(source: KeyRecords, from: Ref, to: Ref): void {
    const fromAt = payloadWordOf(source.arena, from);
    const toAt = payloadWordOf(this.arena, to);
    const words = source.arena.words[from >>> CHUNK_SHIFT];
    const target = this.arena.words[to >>> CHUNK_SHIFT];
    target[toAt] = words[fromAt];
    target[toAt + 1] = words[fromAt + 1];
  }

  /** Tells a large value where the record of its key is. */
  protected setOwner(root: Ref, owner: Ref): void {
    this.arena.words[root >>> CHUNK_SHIFT][((root & UNIT_MASK) << 1) + HEADER_OWNER] = owner;
  }

  protected setRoot(ref: Ref, root: Ref): void {
    const words = this.arena.words[ref >>> CHUNK_SHIFT];
    const at = payloadWordOf(this.arena, ref);
    words[at] = root;
    words[at + 1] = 0;
    this.setOwner(root, ref);
  }

  protected enlist(ref: Ref, deadline: number): void {
    this.wheel ??= new TimingWheel(this.arena, this.keyspace.now);
    const at = deadlineDoubleOf(this.arena, ref);
    this.arena.doubles[ref >>> CHUNK_SHIFT][at] = deadline;
    this.wheel.add(ref);
  }

  protected unlist(ref: Ref): void {
    if ((flagsOf(this.arena, ref) & FLAG_DEADLINE) === 0) return;
    assert(this.wheel !== null, 'a record with a deadline is in the wheel');
    this.wheel.remove(ref);
  }
}
