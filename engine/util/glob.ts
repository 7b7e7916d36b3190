// Glob patterns as KEYS, SCAN, PSUBSCRIBE and CONFIG GET know them: `*`, `?`, `[a-z]`, `[^a]` and
// `\x`, over bytes. Invariant: time is at most pattern x text, because only the last `*` is ever
// tried again (an earlier one could only give the rest of the pattern less text to match), and
// nothing is allocated.
//
// Where Redis's matcher has habits that clients can see, they are kept: no pattern but the empty
// one matches an empty text (SCAN and KEYS take `*` alone before they ask), bytes in a range
// compare as signed, escapes inside a class keep their case, and a class may lack its bracket.

import { latin1Bytes } from './bytes.js';

/** A pattern that needs more stars than this matches nothing. */
export const GLOB_STARS_MAX = 1000;

const STAR = 42;
const MINUS = 45;
const QUESTION = 63;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;
const CARET = 94;

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function same(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lower(a) === lower(b));
}

/**
 * @param pattern the pattern is `pattern[patternAt .. patternAt + patternLength)`
 * @param text the text is `text[textAt .. textAt + textLength)`
 * @param ignoreCase whether ASCII letters match in either case
 * @returns whether the whole text matches
 */
export function globMatch(
  pattern: Uint8Array,
  patternAt: number,
  patternLength: number,
  text: Uint8Array,
  textAt: number,
  textLength: number,
  ignoreCase: boolean,
): boolean {
  const patternEnd = patternAt + patternLength;
  const textEnd = textAt + textLength;
  if (textLength === 0) return patternLength === 0;
  let p = patternAt;
  let t = textAt;
  let stars = 0;
  // Where to go on after a mismatch: behind the last star, one byte of text further.
  let retryPattern = -1;
  let retryText = 0;
  while (true) {
    if (p < patternEnd && pattern[p] === STAR) {
      while (p < patternEnd && pattern[p] === STAR) p++;
      if (p === patternEnd) return true;
      if (t === textEnd || ++stars > GLOB_STARS_MAX) return false;
      retryPattern = p;
      retryText = t;
      continue;
    }
    if (t === textEnd) return p === patternEnd;
    const next = p === patternEnd ? -1 : matchOne(pattern, p, patternEnd, text[t], ignoreCase);
    if (next >= 0) {
      p = next;
      t++;
    } else {
      if (retryPattern < 0 || ++retryText === textEnd) return false;
      p = retryPattern;
      t = retryText;
    }
  }
}

/** @returns where the pattern goes on after the element at `p` took `byte`; -1 if it does not */
function matchOne(
  pattern: Uint8Array,
  p: number,
  end: number,
  byte: number,
  ignoreCase: boolean,
): number {
  const element = pattern[p];
  if (element === QUESTION) return p + 1;
  if (element === OPEN) return matchClass(pattern, p + 1, end, byte, ignoreCase);
  const at = element === BACKSLASH && p + 1 < end ? p + 1 : p;
  return same(pattern[at], byte, ignoreCase) ? at + 1 : -1;
}

/** As `matchOne`, for the class whose opening bracket is just before `from`. */
function matchClass(
  pattern: Uint8Array,
  from: number,
  end: number,
  byte: number,
  ignoreCase: boolean,
): number {
  let p = from;
  const inverted = p < end && pattern[p] === CARET;
  if (inverted) p++;
  let found = false;
  for (; p < end && pattern[p] !== CLOSE; p++) {
    if (pattern[p] === BACKSLASH && p + 1 < end) {
      p++;
      if (pattern[p] === byte) found = true;
    } else if (p + 2 < end && pattern[p + 1] === MINUS) {
      if (inRange(pattern[p], pattern[p + 2], byte, ignoreCase)) found = true;
      p += 2;
    } else if (same(pattern[p], byte, ignoreCase)) {
      found = true;
    }
  }
  if (found === inverted) return -1;
  return p < end ? p + 1 : end;
}

/** Ranges may be given backwards; they are turned round before case is ignored, as in Redis. */
function inRange(first: number, last: number, byte: number, ignoreCase: boolean): boolean {
  let low = (first << 24) >> 24;
  let high = (last << 24) >> 24;
  let value = (byte << 24) >> 24;
  if (low > high) {
    const swap = low;
    low = high;
    high = swap;
  }
  if (ignoreCase) {
    low = lower(low);
    high = lower(high);
    value = lower(value);
  }
  return value >= low && value <= high;
}

/**
 * `globMatch` for text at hand, such as the names of directives and commands.
 * @param pattern a latin1 string
 * @param text a latin1 string
 */
export function globMatchText(pattern: string, text: string, ignoreCase = false): boolean {
  const patternBytes = latin1Bytes(pattern);
  const textBytes = latin1Bytes(text);
  return globMatch(
    patternBytes,
    0,
    patternBytes.length,
    textBytes,
    0,
    textBytes.length,
    ignoreCase,
  );
}
