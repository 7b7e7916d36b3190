// A record: what a hash table's slot refers to. The keyspace's keys, and the fields and members
// of large collections, all have this one layout, so one table and one expiry structure serve all.
//
//   word 0   type:4  encoding:4  access:24          the owner's bits; nothing here reads them
//   word 1   flags:8  keyLength:8  valueLength:16
//   +8       LONG      u32 keyLength, u32 valueLength; those of word 1 are then void
//   +8       DEADLINE  f64 unix ms, u32 next and u32 previous of the timing wheel's list
//   +8       PAYLOAD   8 bytes: a 64-bit integer, a double, or a reference
//   ...      key, then the value in place
//
// Invariant: a record that is not LONG has a key below 255 and a value below 65536 bytes.

import type { Arena } from './arena.js';
import { CHUNK_SHIFT, type Ref, UNIT_MASK } from './chunks.js';

export const FLAG_LONG = 1;
export const FLAG_DEADLINE = 2;
export const FLAG_PAYLOAD = 4;
/** Not to be visited by the snapshot under way: already written, or newer than its start. */
export const FLAG_MARKED = 8;
/** First of its list in the timing wheel; `previous` is then the number of the list. */
export const FLAG_LIST_HEAD = 16;
export const LAYOUT_MASK = FLAG_LONG | FLAG_DEADLINE | FLAG_PAYLOAD;

const HEADER_BYTES = 8;
const LONG_BYTES = 8;
const DEADLINE_BYTES = 16;
const PAYLOAD_BYTES = 8;
export const SHORT_KEY_MAX = 254;
export const SHORT_VALUE_MAX = 65535;

/** Where the key begins, by the layout flags. */
export const KEY_OFFSET: Uint8Array = Uint8Array.from(
  { length: LAYOUT_MASK + 1 },
  (_, flags) =>
    HEADER_BYTES +
    (flags & FLAG_LONG ? LONG_BYTES : 0) +
    (flags & FLAG_DEADLINE ? DEADLINE_BYTES : 0) +
    (flags & FLAG_PAYLOAD ? PAYLOAD_BYTES : 0),
);

/** @returns the layout flag that sizes of this kind require */
export function lengthLayout(keyLength: number, valueLength: number): number {
  return keyLength > SHORT_KEY_MAX || valueLength > SHORT_VALUE_MAX ? FLAG_LONG : 0;
}

/** @returns the bytes a record of this shape takes */
export function recordBytes(layout: number, keyLength: number, valueLength: number): number {
  return KEY_OFFSET[layout] + keyLength + valueLength;
}

/** Writes word 1 and the long lengths; the owner's word 0 and the key are the caller's. */
export function writeLengths(
  arena: Arena,
  ref: Ref,
  flags: number,
  keyLength: number,
  valueLength: number,
): void {
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const at = (ref & UNIT_MASK) << 1;
  if ((flags & FLAG_LONG) === 0) {
    words[at + 1] = flags | (keyLength << 8) | (valueLength << 16);
  } else {
    words[at + 1] = flags;
    words[at + 2] = keyLength;
    words[at + 3] = valueLength;
  }
}

export function flagsOf(arena: Arena, ref: Ref): number {
  return arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1] & 0xff;
}

export function setFlag(arena: Arena, ref: Ref, flag: number): void {
  arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1] |= flag;
}

export function clearFlag(arena: Arena, ref: Ref, flag: number): void {
  arena.words[ref >>> CHUNK_SHIFT][((ref & UNIT_MASK) << 1) + 1] &= ~flag;
}

export function keyLengthOf(arena: Arena, ref: Ref): number {
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const at = (ref & UNIT_MASK) << 1;
  const word = words[at + 1];
  return (word & FLAG_LONG) === 0 ? (word >>> 8) & 0xff : words[at + 2];
}

export function valueLengthOf(arena: Arena, ref: Ref): number {
  const words = arena.words[ref >>> CHUNK_SHIFT];
  const at = (ref & UNIT_MASK) << 1;
  const word = words[at + 1];
  return (word & FLAG_LONG) === 0 ? word >>> 16 : words[at + 3];
}

/** @returns where the key begins in `arena.bytes[ref >>> CHUNK_SHIFT]` */
export function keyAtOf(arena: Arena, ref: Ref): number {
  return ((ref & UNIT_MASK) << 3) + KEY_OFFSET[flagsOf(arena, ref) & LAYOUT_MASK];
}

/** @returns where the value begins in `arena.bytes[ref >>> CHUNK_SHIFT]` */
export function valueAtOf(arena: Arena, ref: Ref): number {
  return keyAtOf(arena, ref) + keyLengthOf(arena, ref);
}

/** @returns the index of the payload in `arena.words[ref >>> CHUNK_SHIFT]` */
export function payloadWordOf(arena: Arena, ref: Ref): number {
  const flags = flagsOf(arena, ref);
  return ((ref & UNIT_MASK) << 1) + (KEY_OFFSET[flags & LAYOUT_MASK & ~FLAG_PAYLOAD] >>> 2);
}

/** @returns the index of the deadline in `arena.doubles[ref >>> CHUNK_SHIFT]` */
export function deadlineDoubleOf(arena: Arena, ref: Ref): number {
  return (ref & UNIT_MASK) + 1 + (flagsOf(arena, ref) & FLAG_LONG);
}

/** @returns the deadline in unix ms, or -1 when the record has none */
export function deadlineOf(arena: Arena, ref: Ref): number {
  if ((flagsOf(arena, ref) & FLAG_DEADLINE) === 0) return -1;
  return arena.doubles[ref >>> CHUNK_SHIFT][deadlineDoubleOf(arena, ref)];
}
