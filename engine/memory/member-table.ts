// A large hash, set or sorted set: a hash table of member records, all of it in the arena. The
// state is in the header block (`large-header.ts`), so one object serves every such collection, one
// after the other. A member's record has the layout of a key's: the member in the place of the
// key, a field's value or a score behind; its word 0 is the header.
//
// Two objects may be open on one table, but a change through one makes the other one void.
//
// Invariant: while a snapshot walks through the table (`beginWalk`), a member ahead of it is
// given to it before it changes, moves or goes, and has FLAG_MARKED then, as has a new one.

import { assert } from '../util/assert.js';
import type { ByteSlice } from '../util/byte-slice.js';
import { copyView } from '../util/bytes.js';
import type { Random } from '../util/random.js';
import { Arena, type WalkSink } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';
import { type HashSeed, hashBytes } from './hash.js';
import { HashTable, type RefList } from './hash-table.js';
import { HEADER_BYTES, HEADER_COUNT, HEADER_FORM, HEADER_WALK } from './large-header.js';
import {
  FLAG_LONG,
  FLAG_MARKED,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  LAYOUT_MASK,
  lengthLayout,
  recordBytes,
  setFlag,
  writeLengths,
} from './record.js';

export type { WalkSink };

const HEADER_WORDS = HEADER_BYTES >>> 2;
/** A block may be this many times too large before a smaller record moves out of it. */
const SLACK_FACTOR = 2;
const NO_ARENA = new Arena();
const NO_WORDS = new Int32Array(HEADER_WORDS);
const NO_SEED: HashSeed = { k0: 0, k1: 0 };

export class MemberTable {
  /** The header of the open table; NO_REF before the first one. */
  root: Ref = NO_REF;
  /** Hash of the member looked up last; every table with the same seed has the same. */
  hash = 0;
  private arena: Arena = NO_ARENA;
  private seed: HashSeed = NO_SEED;
  private readonly table = new HashTable(NO_ARENA);
  /** The header's words. */
  private words: Int32Array = NO_WORDS;
  private at = 0;
  /** What `find` found; NO_REF when `hash` need not be that of a member. */
  private found: Ref = NO_REF;

  /** How many members there are. */
  get count(): number {
    return this.table.count;
  }

  /** Exact bytes of header, slots and directory; the members' records are not among them. */
  get sizeBytes(): number {
    return HEADER_BYTES + this.table.sizeBytes - this.table.directoryBytes;
  }

  /**
   * Makes an empty table and opens it.
   * @returns its header; all words that are not the table's are 0
   * @throws ArenaFullError
   */
  create(arena: Arena, seed: HashSeed): Ref {
    const root = arena.allocate(HEADER_BYTES);
    const words = arena.words[root >>> CHUNK_SHIFT];
    const at = (root & UNIT_MASK) << 1;
    for (let word = 0; word < HEADER_WORDS; word++) words[at + word] = 0;
    HashTable.found(words, at + HEADER_FORM);
    this.open(arena, seed, root);
    return root;
  }

  /**
   * Points this object at a table.
   * @param seed the one that the table was made with
   * @param root its header
   */
  open(arena: Arena, seed: HashSeed, root: Ref): void {
    const words = arena.words[root >>> CHUNK_SHIFT];
    const at = (root & UNIT_MASK) << 1;
    // Storing a reference costs the collector's bookkeeping; mostly it is there already.
    if (this.arena !== arena) this.arena = arena;
    if (this.seed !== seed) this.seed = seed;
    if (this.words !== words) this.words = words;
    this.root = root;
    this.at = at;
    this.found = NO_REF;
    this.table.attach(arena, words, at + HEADER_FORM, words[at + HEADER_COUNT]);
  }

  /** @returns the member's record or NO_REF; its hash is then in `hash`, where `add` expects it */
  find(member: ByteSlice): Ref {
    this.hash = hashBytes(this.seed, member.view, member.at, member.length);
    this.found = this.table.find(member.view, member.at, member.length, this.hash);
    return this.found;
  }

  /**
   * As `find`, for a member whose hash is known, say from a walk through another table with the
   * same seed.
   */
  findHashed(view: DataView, at: number, length: number, hash: number): Ref {
    this.hash = hash;
    this.found = this.table.find(view, at, length, hash);
    return this.found;
  }

  /**
   * Brings the members with these hashes into the processor's caches, if they are here: the
   * misses of many look-ups overlap where nothing waits for them. Changes nothing.
   * @returns a use for what was read, nothing else
   */
  prefetch(hashes: Int32Array, count: number): number {
    const { table } = this;
    const { words } = this.arena;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const ref = table.peek(hashes[i]);
      sum ^= words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1];
    }
    return sum;
  }

  /** Reads the home slot of a hash, so that it is in the caches. @returns a use for the read */
  touch(hash: number): number {
    return this.table.touch(hash);
  }

  /** @returns a record with this hash, most probably that of the member; or NO_REF */
  peek(hash: number): Ref {
    return this.table.peek(hash);
  }

  /** Takes a hash for that of the member that is added next, which is known to be absent. */
  expectHash(hash: number): void {
    this.hash = hash;
    this.found = NO_REF;
  }

  /**
   * Adds a member that was looked for last and is not there. Value, payload and deadline are the
   * caller's to write.
   * @param layout FLAG_PAYLOAD and FLAG_DEADLINE as needed
   * @returns its record
   * @throws ArenaFullError; nothing has then changed
   */
  add(member: ByteSlice, layout: number, valueLength: number): Ref {
    const { arena, hash } = this;
    const { length } = member;
    let flags = (layout & ~FLAG_LONG) | lengthLayout(length, valueLength);
    const ref = arena.allocate(recordBytes(flags, length, valueLength));
    try {
      this.table.insert(ref, hash);
    } catch (error) {
      arena.free(ref);
      throw error;
    }
    const walk = this.walk();
    // A member newer than the start of the snapshot is not part of it.
    if (walk !== null && hash >>> 0 >= walk.position) flags |= FLAG_MARKED;
    const chunk = ref >>> CHUNK_SHIFT;
    arena.words[chunk][(ref & UNIT_MASK) << 1] = this.root;
    writeLengths(arena, ref, flags, length, valueLength);
    copyView(member.view, member.at, arena.views[chunk], keyAtOf(arena, ref), length);
    this.words[this.at + HEADER_COUNT] = this.table.count;
    this.found = ref;
    return ref;
  }

  /**
   * Gives a member a value of another length, or another layout; the member stays, its value,
   * payload and deadline are the caller's to write again. A deadline must have been unlisted.
   * @param layout FLAG_PAYLOAD and FLAG_DEADLINE as needed
   * @returns the record, which may have moved
   * @throws ArenaFullError; nothing has then changed
   */
  resize(ref: Ref, layout: number, valueLength: number): Ref {
    const { arena } = this;
    const keyLength = keyLengthOf(arena, ref);
    const wanted = (layout & ~FLAG_LONG) | lengthLayout(keyLength, valueLength);
    const neededBytes = recordBytes(wanted, keyLength, valueLength);
    const capacity = arena.capacity(ref);
    const isKept =
      (flagsOf(arena, ref) & LAYOUT_MASK) === wanted &&
      neededBytes <= capacity &&
      capacity <= neededBytes * SLACK_FACTOR;
    const target = isKept ? ref : arena.allocate(neededBytes);
    this.changing(ref);
    const flags = wanted | (flagsOf(arena, ref) & FLAG_MARKED);
    if (target === ref) {
      writeLengths(arena, ref, flags, keyLength, valueLength);
      return ref;
    }
    const hash = this.hashOf(ref);
    const from = arena.views[ref >>> CHUNK_SHIFT];
    const to = arena.views[target >>> CHUNK_SHIFT];
    arena.words[target >>> CHUNK_SHIFT][(target & UNIT_MASK) << 1] = this.root;
    writeLengths(arena, target, flags, keyLength, valueLength);
    copyView(from, keyAtOf(arena, ref), to, keyAtOf(arena, target), keyLength);
    this.table.replace(ref, target, hash);
    arena.free(ref);
    this.hash = hash;
    this.found = target;
    return target;
  }

  /** To be called before value, score or deadline of a member are changed in place. */
  changing(ref: Ref): void {
    const walk = this.walk();
    if (walk === null || (flagsOf(this.arena, ref) & FLAG_MARKED) !== 0) return;
    if (this.hashOf(ref) >>> 0 < walk.position) return;
    walk.writeElement(this.arena, ref);
    setFlag(this.arena, ref, FLAG_MARKED);
  }

  /** Removes a member. A deadline must have been unlisted. */
  remove(ref: Ref): void {
    this.changing(ref);
    this.table.remove(ref, this.hashOf(ref));
    this.arena.free(ref);
    this.words[this.at + HEADER_COUNT] = this.table.count;
    this.found = NO_REF;
  }

  /** @returns a random member's record, each about as likely as any other; NO_REF without any */
  randomRef(random: Random): Ref {
    return this.table.randomRef(random);
  }

  /**
   * One step of a walk in hash order: appends the members of the next home slots to `found`. A
   * member that is there during the whole walk is found once.
   * @param position 0 to begin, then what the last step returned
   * @param slots how many home slots; fewer where a segment of the table ends
   * @returns the next position, or 0 at the end
   */
  scanStep(position: number, found: RefList, slots: number): number {
    return this.table.scanStep(position, found, slots);
  }

  /**
   * Makes room for `count` members in all, before a bulk load into an empty table.
   * @throws ArenaFullError
   */
  reserve(count: number): void {
    this.table.reserve(count);
  }

  /**
   * Frees the members and then all the rest, the header too. Once begun, there is no other use
   * for the table.
   * @param stepsMax how many members may be freed in this call
   * @param releasing called with the record of each member before it is freed; it may take the
   *   member's deadline out of its list, no more
   * @returns whether all is freed; the table is then no longer open
   */
  freeStep(stepsMax: number, releasing: ((ref: Ref) => void) | null = null): boolean {
    assert(this.words[this.at + HEADER_WALK] === 0, 'a snapshot goes through a table that stays');
    this.found = NO_REF;
    const isDone = this.table.dismantle(stepsMax, releasing);
    this.words[this.at + HEADER_COUNT] = this.table.count;
    if (!isDone) return false;
    this.arena.free(this.root);
    this.root = NO_REF;
    return true;
  }

  // --- a snapshot's way through the table ---

  /**
   * From now on `sink` is told of changes. It goes through the table with `scanStep`, says how far
   * it is, and takes the marks of the members that it passes away.
   */
  beginWalk(sink: WalkSink): void {
    const { arena, root } = this;
    assert(!arena.walks.has(root), 'one snapshot at a time');
    arena.walks.set(root, sink);
    this.words[this.at + HEADER_WALK] = 1;
  }

  endWalk(): void {
    this.arena.walks.delete(this.root);
    this.words[this.at + HEADER_WALK] = 0;
  }

  private walk(): WalkSink | null {
    if (this.words[this.at + HEADER_WALK] === 0) return null;
    return this.arena.walks.get(this.root) ?? null;
  }

  private hashOf(ref: Ref): number {
    if (ref === this.found) return this.hash;
    const { arena } = this;
    const view = arena.views[ref >>> CHUNK_SHIFT];
    return hashBytes(this.seed, view, keyAtOf(arena, ref), keyLengthOf(arena, ref));
  }
}
