// What a search in an ordered index does where scores are equal: compare members, or take one
// side. Invariant: it answers by the member's bytes alone, so by the order of the index.

import { ByteSlice } from '../util/byte-slice.js';
import type { Arena } from './arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from './chunks.js';
import { FLAG_LONG, KEY_OFFSET, LAYOUT_MASK } from './record.js';

/** Entries with an equal score: all come before the place sought, or all come after it. */
export const TIES_BEFORE = 0;
export const TIES_AFTER = 1;
/** They are ordered by member; the one with the very member comes after the place, or before. */
export const MEMBER_AFTER = 2;
export const MEMBER_BEFORE = 3;

/** Points a slice at the member of a record. */
export function memberOf(arena: Arena, ref: Ref, slice: ByteSlice): ByteSlice {
  const chunk = ref >>> CHUNK_SHIFT;
  const words = arena.words[chunk];
  const at = (ref & UNIT_MASK) << 1;
  // One look at the header for all: among equal scores each step of a search comes here.
  const word = words[at + 1];
  const length = (word & FLAG_LONG) === 0 ? (word >>> 8) & 0xff : words[at + 2];
  const keyAt = (at << 2) + KEY_OFFSET[word & LAYOUT_MASK];
  return slice.of(arena.bytes[chunk], arena.views[chunk], keyAt, length);
}

export class OrderedAim {
  private ties = TIES_BEFORE;
  private ref: Ref = NO_REF;
  private readonly member = new ByteSlice();
  private readonly other = new ByteSlice();

  /** @param ties TIES_BEFORE or TIES_AFTER */
  atScore(ties: number): void {
    this.ties = ties;
  }

  /** Aims at a record's own place among equal scores; it counts as after it. */
  atRecord(arena: Arena, ref: Ref): void {
    this.ties = MEMBER_AFTER;
    this.ref = ref;
    memberOf(arena, ref, this.member);
  }

  /** @param ties MEMBER_AFTER or MEMBER_BEFORE */
  atMember(member: ByteSlice, ties: number): void {
    this.ties = ties;
    this.ref = NO_REF;
    this.member.ofSlice(member);
  }

  /**
   * @param ref an entry with the score that is sought
   * @param isSeparator then the entry sought is below it, so it counts as before itself
   * @returns whether the entry comes before the place
   */
  isBefore(arena: Arena, ref: Ref, isSeparator: boolean): boolean {
    const { ties } = this;
    if (ties <= TIES_AFTER) return ties === TIES_BEFORE;
    const difference = ref === this.ref ? 0 : memberOf(arena, ref, this.other).compare(this.member);
    return difference < 0 || (difference === 0 && (isSeparator || ties === MEMBER_BEFORE));
  }
}
