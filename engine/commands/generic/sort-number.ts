// Text as the number that SORT sorts it by, which is C's strtod with its habits: an empty text is
// 0, white space may come first, and a zero byte ends the text.

import type { ByteSlice } from '../../util/byte-slice.js';
import { parseDouble } from '../../util/doubles.js';

const SPACE = 32;
const TAB = 9;
const CARRIAGE_RETURN = 13;

/** @returns NaN when the text is no number */
export function sortNumber(text: ByteSlice): number {
  const { bytes, at, length } = text;
  const plain = parseDouble(bytes, at, length);
  if (plain !== null) return plain;
  let to = at;
  while (to < at + length && bytes[to] !== 0) to++;
  if (to === at) return 0;
  let from = at;
  while (from < to && isSpace(bytes[from])) from++;
  return parseDouble(bytes, from, to - from) ?? Number.NaN;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}
