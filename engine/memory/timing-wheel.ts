// Deadlines in order of time: a hierarchical timing wheel (G. Varghese and T. Lauck, "Hashed and
// Hierarchical Timing Wheels", 1987) of seven levels with 256 lists each, one millisecond fine.
// The lists run through the records themselves (next, previous), so setting, moving and dropping
// a deadline take constant time and no memory beyond the 16 bytes in the record.
//
// A record is listed at the level of the highest byte in which its deadline differs from `time`,
// in the list of that byte's value. When `time` enters a list's span, the list is dealt out again
// one level or more below; at level 0 a list is one millisecond and becomes due as a whole.
// Invariant: every listed record's deadline is after `time`, except in the list DUE and in the
// list that is being dealt out.

import { type Random, randomBelow } from '../util/random.js';
import type { Arena } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from './chunks.js';
import { clearFlag, deadlineDoubleOf, FLAG_LIST_HEAD, flagsOf, setFlag } from './record.js';

const LEVELS = 7;
const LISTS_PER_LEVEL = 256;
const DUE = LEVELS * LISTS_PER_LEVEL;
const NO_LIST = -1;
/** How far into a list `sample` goes. */
const SAMPLE_STEPS_MAX = 64;

export class TimingWheel {
  /** How many records are listed. */
  count = 0;
  /** Sum of all deadlines relative to `base`, for the average time to live. */
  deadlineSum = 0;
  readonly base: number;
  private readonly arena: Arena;
  private readonly heads = new Int32Array(DUE + 1);
  /** How many lists of each level are not empty. */
  private readonly listsUsed = new Int32Array(LEVELS + 1);
  private time: number;
  private dealing = NO_LIST;

  /** @param time unix ms from which on deadlines are watched */
  constructor(arena: Arena, time: number) {
    this.arena = arena;
    this.time = time;
    this.base = time;
  }

  /** Exact bytes of the list heads. */
  get sizeBytes(): number {
    return this.heads.byteLength;
  }

  /** Lists a record whose deadline has been written. */
  add(ref: Ref): void {
    const deadline = this.deadline(ref);
    this.link(ref, this.listFor(deadline));
    this.count++;
    this.deadlineSum += deadline - this.base;
  }

  /** Takes a record out of its list, before its deadline changes or it goes. */
  remove(ref: Ref): void {
    this.deadlineSum -= this.deadline(ref) - this.base;
    this.unlink(ref);
    this.count--;
    // Deadlines near 2^53 leave rounding errors in the sum; they end here.
    if (this.count === 0) this.deadlineSum = 0;
  }

  /** Whether an earlier call of `advance` had a later time than `now` (unix ms). */
  isAhead(now: number): boolean {
    return now < this.time;
  }

  /**
   * Hands out records whose deadline is at or before `now`, earliest first.
   * @param now unix ms; nothing is handed out while it is less than it was in an earlier call
   * @param expire must take the record out (`remove`) before it returns
   * @param stepsMax how many records may be touched in this call
   * @returns whether all that is due was handed out
   */
  advance(now: number, expire: (ref: Ref) => void, stepsMax: number): boolean {
    // Where the clock was set back, DUE may hold deadlines between the two times.
    if (this.isAhead(now)) return true;
    let steps = 0;
    for (;;) {
      while (this.heads[DUE] !== NO_REF) {
        if (steps++ >= stepsMax) return false;
        expire(this.heads[DUE]);
      }
      while (this.dealing !== NO_LIST && this.heads[this.dealing] !== NO_REF) {
        if (steps++ >= stepsMax) return false;
        this.dealOut(this.heads[this.dealing]);
      }
      this.dealing = NO_LIST;
      if (this.heads[DUE] !== NO_REF) continue;
      if (this.time >= now) return true;
      if (!this.stepTo(now)) return true;
    }
  }

  /**
   * @returns some listed record; every list is as likely as any other, and within a long list
   *   only the first records come up. NO_REF when nothing is listed
   */
  sample(random: Random): Ref {
    if (this.count === 0) return NO_REF;
    let list = randomBelow(random, this.heads.length);
    while (this.heads[list] === NO_REF) list = (list + 1) % this.heads.length;
    let ref = this.heads[list];
    for (let steps = randomBelow(random, SAMPLE_STEPS_MAX); steps > 0; steps--) {
      const next = this.next(ref);
      if (next === NO_REF) break;
      ref = next;
    }
    return ref;
  }

  /** Moves `time` to the next list with records, or to `now`. @returns false in the latter case */
  private stepTo(now: number): boolean {
    for (let level = 0; level < LEVELS; level++) {
      if (this.listsUsed[level] === 0) continue;
      const span = 2 ** (8 * level);
      const current = Math.floor(this.time / span) % LISTS_PER_LEVEL;
      for (let i = current + 1; i < LISTS_PER_LEVEL; i++) {
        if (this.heads[level * LISTS_PER_LEVEL + i] === NO_REF) continue;
        const block = span * LISTS_PER_LEVEL;
        const start = Math.floor(this.time / block) * block + i * span;
        if (start > now) {
          this.time = now;
          return false;
        }
        this.time = start;
        this.dealing = level * LISTS_PER_LEVEL + i;
        return true;
      }
    }
    this.time = now;
    return false;
  }

  private dealOut(ref: Ref): void {
    this.unlink(ref);
    this.link(ref, this.listFor(this.deadline(ref)));
  }

  private listFor(deadline: number): number {
    if (deadline <= this.time) return DUE;
    let level = LEVELS - 1;
    let span = 2 ** (8 * level);
    while (level > 0 && Math.floor(deadline / span) === Math.floor(this.time / span)) {
      level--;
      span /= LISTS_PER_LEVEL;
    }
    return level * LISTS_PER_LEVEL + (Math.floor(deadline / span) % LISTS_PER_LEVEL);
  }

  private link(ref: Ref, list: number): void {
    const head = this.heads[list];
    this.setNext(ref, head);
    this.setPrevious(ref, list);
    setFlag(this.arena, ref, FLAG_LIST_HEAD);
    if (head === NO_REF) this.listsUsed[(list / LISTS_PER_LEVEL) | 0]++;
    else {
      clearFlag(this.arena, head, FLAG_LIST_HEAD);
      this.setPrevious(head, ref);
    }
    this.heads[list] = ref;
  }

  private unlink(ref: Ref): void {
    const next = this.next(ref);
    const previous = this.previous(ref);
    if ((flagsOf(this.arena, ref) & FLAG_LIST_HEAD) === 0) {
      this.setNext(previous, next);
      if (next !== NO_REF) this.setPrevious(next, previous);
      return;
    }
    this.heads[previous] = next;
    clearFlag(this.arena, ref, FLAG_LIST_HEAD);
    if (next === NO_REF) this.listsUsed[(previous / LISTS_PER_LEVEL) | 0]--;
    else {
      setFlag(this.arena, next, FLAG_LIST_HEAD);
      this.setPrevious(next, previous);
    }
  }

  private deadline(ref: Ref): number {
    return this.arena.doubles[ref >>> CHUNK_SHIFT][deadlineDoubleOf(this.arena, ref)];
  }

  private next(ref: Ref): Ref {
    return this.arena.words[ref >>> CHUNK_SHIFT][(deadlineDoubleOf(this.arena, ref) << 1) + 2];
  }

  private setNext(ref: Ref, next: Ref): void {
    const at = (deadlineDoubleOf(this.arena, ref) << 1) + 2;
    this.arena.words[ref >>> CHUNK_SHIFT][at] = next;
  }

  private previous(ref: Ref): number {
    return this.arena.words[ref >>> CHUNK_SHIFT][(deadlineDoubleOf(this.arena, ref) << 1) + 3];
  }

  private setPrevious(ref: Ref, previous: number): void {
    const at = (deadlineDoubleOf(this.arena, ref) << 1) + 3;
    this.arena.words[ref >>> CHUNK_SHIFT][at] = previous;
  }
}
