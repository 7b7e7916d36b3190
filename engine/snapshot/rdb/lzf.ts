// LZF, the compression of strings in RDB (format and algorithm: liblzf by Marc Lehmann). A stream
// is literal runs `000nnnnn` + n+1 bytes, and references `nnnooooo [nnnnnnnn] oooooooo` to n+2
// earlier bytes. Invariants: the compressor makes the same choices as liblzf in the configuration
// Redis builds, so outputs are the same bytes; the decompressor never leaves either range.

const HASH_BITS = 16;
const HASH_MASK = (1 << HASH_BITS) - 1;
const LITERALS_MAX = 32;
const OFFSET_LIMIT = 1 << 13;
/** The longest match liblzf looks for, two bytes short of the longest it can emit. */
const MATCH_MAX = 264;
/** A match this long needs the three-byte form, whose second byte counts on from here. */
const LONG_MATCH = 7;
/** liblzf compares this many bytes without looking at the limit of a match. */
const UNCHECKED_COMPARES = 16;
/** No three bytes of input make more output than the longest reference. */
const EXPANSION_MAX = 88;

// Where each hash was seen last, as position + `base`. Raising `base` past all positions of one
// input empties the table for the next without touching its 256 KiB.
const table = new Uint32Array(HASH_MASK + 1);
let base = 1;

function hash(three: number): number {
  return ((three >>> (24 - HASH_BITS)) - three * 5) & HASH_MASK;
}

/** @returns how many bytes match at `reference` and `at`, counted exactly as liblzf does */
function matchLength(bytes: Uint8Array, reference: number, at: number, end: number): number {
  const limit = Math.min(end - at - 2, MATCH_MAX);
  let length = 2;
  if (limit > UNCHECKED_COMPARES) {
    while (length < UNCHECKED_COMPARES + 2) {
      length++;
      if (bytes[reference + length] !== bytes[at + length]) return length;
    }
  }
  do length++;
  while (length < limit && bytes[reference + length] === bytes[at + length]);
  return length;
}

/** @returns the table value of the first of `length` positions that no earlier input used */
function takePositions(length: number): number {
  if (base + length > 0xffffffff) {
    table.fill(0);
    base = 1;
  }
  const first = base;
  base += length;
  return first;
}

/** @returns where the output goes on after a reference to `matched` bytes */
function writeReference(to: Uint8Array, at: number, offset: number, matched: number): number {
  const code = matched - 2;
  let out = at;
  if (code < LONG_MATCH) {
    to[out++] = (offset >> 8) | (code << 5);
  } else {
    to[out++] = (offset >> 8) | (LONG_MATCH << 5);
    to[out++] = code - LONG_MATCH;
  }
  to[out++] = offset;
  return out;
}

/**
 * Compresses `from[at .. at + length)` to `to[toAt ...)`.
 * @param room bytes the result may take; `to` must have one more than that
 * @returns the bytes written; 0 when the result does not fit
 */
export function lzfCompress(
  from: Uint8Array,
  at: number,
  length: number,
  to: Uint8Array,
  toAt: number,
  room: number,
): number {
  if (length === 0 || room === 0) return 0;
  const shift = takePositions(length) - at;
  const end = at + length;
  const outEnd = toAt + room;
  let i = at;
  let out = toAt + 1;
  let literals = 0;
  let recent = length > 1 ? (from[i] << 8) | from[i + 1] : 0;
  while (i < end - 2) {
    recent = ((recent << 8) | from[i + 2]) & 0xffffff;
    const slot = hash(recent);
    const reference = table[slot] - shift;
    table[slot] = i + shift;
    const offset = i - reference - 1;
    // A valid reference lies in this input; liblzf never refers to its first byte.
    if (
      reference > at &&
      offset < OFFSET_LIMIT &&
      from[reference] === from[i] &&
      from[reference + 1] === from[i + 1] &&
      from[reference + 2] === from[i + 2]
    ) {
      if (out - (literals === 0 ? 1 : 0) + 4 >= outEnd) return 0;
      to[out - literals - 1] = literals - 1;
      if (literals === 0) out--;
      const matched = matchLength(from, reference, i, end);
      out = writeReference(to, out, offset, matched);
      literals = 0;
      out++;
      i += matched;
      if (i >= end - 2) break;
      // Of the bytes a match covers, only its last two positions are remembered.
      recent = (from[i - 2] << 16) | (from[i - 1] << 8) | from[i];
      table[hash(recent)] = i - 2 + shift;
      recent = ((recent << 8) | from[i + 1]) & 0xffffff;
      table[hash(recent)] = i - 1 + shift;
    } else {
      if (out >= outEnd) return 0;
      to[out++] = from[i++];
      if (++literals === LITERALS_MAX) {
        to[out - literals - 1] = literals - 1;
        literals = 0;
        out++;
      }
    }
  }
  if (out + 3 > outEnd) return 0;
  return writeLastLiterals(from, i, end, to, out, literals) - toAt;
}

/** Ends the stream with the bytes no match can start at: at most one run overflows into another. */
function writeLastLiterals(
  from: Uint8Array,
  at: number,
  end: number,
  to: Uint8Array,
  outAt: number,
  begun: number,
): number {
  let out = outAt;
  let literals = begun;
  for (let i = at; i < end; i++) {
    to[out++] = from[i];
    if (++literals === LITERALS_MAX) {
      to[out - literals - 1] = literals - 1;
      literals = 0;
      out++;
    }
  }
  to[out - literals - 1] = literals - 1;
  return literals === 0 ? out - 1 : out;
}

/** @returns whether `compressed` bytes can at all expand to `length` bytes */
export function isLzfLengthPossible(compressed: number, length: number): boolean {
  return length <= compressed * EXPANSION_MAX;
}

/**
 * Expands `from[at .. at + length)` to exactly `to[toAt .. toAt + toLength)`.
 * @returns false when the stream is damaged or does not give exactly that many bytes; `to` then
 *   holds part of it
 */
export function lzfDecompress(
  from: Uint8Array,
  at: number,
  length: number,
  to: Uint8Array,
  toAt: number,
  toLength: number,
): boolean {
  const end = at + length;
  const outEnd = toAt + toLength;
  let i = at;
  let out = toAt;
  while (i < end) {
    const control = from[i++];
    if (control < LITERALS_MAX) {
      const count = control + 1;
      if (count > outEnd - out || count > end - i) return false;
      for (let n = 0; n < count; n++) to[out++] = from[i++];
      continue;
    }
    let count = (control >> 5) + 2;
    if (count === LONG_MATCH + 2) {
      if (i >= end) return false;
      count += from[i++];
    }
    if (i >= end) return false;
    let reference = out - ((control & 0x1f) << 8) - 1 - from[i++];
    if (reference < toAt || count > outEnd - out) return false;
    // Byte by byte on purpose: a reference may overlap what it makes.
    for (let n = 0; n < count; n++) to[out++] = to[reference++];
  }
  return out === outEnd;
}
