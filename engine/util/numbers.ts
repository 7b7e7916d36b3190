// Integers as text, both ways, without an allocation. The grammar is Redis's: an optional minus,
// then digits without leading zeros; no plus, no spaces, no "-0". So whatever parses prints back
// as the very same bytes, which is what lets a string be stored as an integer.
//
// 64-bit integers travel as two int32 halves (`low`, `high`, two's complement), never as BigInt
// on a hot path: int32 halves stay small integers inside the engine.

const MINUS = 45;
const ZERO = 48;
const NINE = 57;
/** Characters of the longest 64-bit integer, "-9223372036854775808". */
export const INTEGER64_TEXT_MAX = 20;
/** Digits that always fit a safe integer, and that may fit one. */
const SAFE_DIGITS = 15;
const SAFE_DIGITS_MAX = 16;
const INTEGER64_DIGITS_MAX = 19;
const TWO_32 = 4294967296;
const TWO_31 = 2147483648;
const BILLION = 1e9;
const BILLION_DIGITS = 9;

/** Where `splitInteger64` leaves its result: two's complement int32 halves. */
export const parsed = { low: 0, high: 0 };

/**
 * The sum of decimal digits as a number; exact up to 15 digits, and up to 16 when the result is
 * safe.
 * @returns NaN when some byte is not a digit
 */
function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if (byte < ZERO || byte > NINE) return Number.NaN;
    value = value * 10 + (byte - ZERO);
  }
  return value;
}

/**
 * @param bytes the text is `bytes[at .. at + length)`
 * @returns the integer, exact; NaN when the text is not an integer in Redis's grammar, or lies
 *   outside +-(2^53 - 1)
 */
export function parseInteger(bytes: Uint8Array, at: number, length: number): number {
  if (length === 0) return Number.NaN;
  const first = bytes[at];
  if (length === 1) return first >= ZERO && first <= NINE ? first - ZERO : Number.NaN;
  const negative = first === MINUS;
  const from = negative ? at + 1 : at;
  const to = at + length;
  const leading = bytes[from];
  if (leading <= ZERO || leading > NINE || to - from > SAFE_DIGITS_MAX) return Number.NaN;
  const value = digitsValue(bytes, from, to);
  // Sixteen digits are at most 1e16, where doubles are still two apart: a value above the limit
  // cannot round to one below it.
  if (value > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative ? -value : value;
}

/**
 * Splits a signed 64-bit integer into `parsed.low` and `parsed.high`; on false they are as before.
 * Text that cannot be an integer costs one look at its length and one at its first byte.
 * @param bytes the text is `bytes[at .. at + length)`
 * @returns whether the text is an integer in Redis's grammar within -2^63 .. 2^63 - 1
 */
export function splitInteger64(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || length > INTEGER64_TEXT_MAX) return false;
  const first = bytes[at];
  const negative = first === MINUS;
  const from = negative ? at + 1 : at;
  const to = at + length;
  const digits = to - from;
  const leading = digits === 0 ? 0 : bytes[from];
  if (leading < ZERO || leading > NINE || digits > INTEGER64_DIGITS_MAX) return false;
  if (leading === ZERO) {
    if (length !== 1) return false;
    parsed.low = 0;
    parsed.high = 0;
    return true;
  }
  if (digits > SAFE_DIGITS) return splitLong(bytes, from, to, negative);
  const value = digitsValue(bytes, from, to);
  if (Number.isNaN(value)) return false;
  store(value | 0, value < TWO_32 ? 0 : Math.floor(value / TWO_32), negative);
  return true;
}

/** The 16 to 19 digit case: both billions of the number are multiplied out by hand. */
function splitLong(bytes: Uint8Array, from: number, to: number, negative: boolean): boolean {
  const top = digitsValue(bytes, from, to - BILLION_DIGITS);
  const rest = digitsValue(bytes, to - BILLION_DIGITS, to);
  if (Number.isNaN(top) || Number.isNaN(rest)) return false;
  // top < 2^34, so each of these products stays below 2^53.
  const upper = Math.floor(top / 65536) * BILLION;
  const lower = (top % 65536) * BILLION + rest;
  const carrying = (upper % 65536) * 65536 + lower;
  const high = Math.floor(upper / 65536) + Math.floor(carrying / TWO_32);
  const low = carrying % TWO_32;
  if (high >= TWO_31 && !(negative && high === TWO_31 && low === 0)) return false;
  store(low | 0, high | 0, negative);
  return true;
}

function store(low: number, high: number, negative: boolean): void {
  parsed.low = negative ? -low | 0 : low;
  parsed.high = negative ? (low === 0 ? -high | 0 : ~high) : high;
}

/**
 * Uses `parsed`, like `splitInteger64`.
 * @returns whether the text is a signed 64-bit integer in Redis's grammar
 */
export function isInteger64(bytes: Uint8Array, at: number, length: number): boolean {
  return splitInteger64(bytes, at, length);
}

/**
 * Uses `parsed`, like `splitInteger64`.
 * @returns the signed 64-bit integer; null when the text is none
 */
export function parseInteger64(bytes: Uint8Array, at: number, length: number): bigint | null {
  if (!splitInteger64(bytes, at, length)) return null;
  return (BigInt(parsed.high) << 32n) | BigInt(parsed.low >>> 0);
}

/**
 * @param value a safe integer
 * @returns how many bytes `writeInteger` writes for it, the minus included
 */
export function decimalLength(value: number): number {
  let length = 1;
  let rest = value;
  if (rest < 0) {
    length = 2;
    rest = -rest;
  }
  for (let limit = 10; rest >= limit; limit *= 10) length++;
  return length;
}

/**
 * Writes the decimal text of a safe integer at `to[at]`.
 * @returns the number of bytes written, 1 to 17
 */
export function writeInteger(to: Uint8Array, at: number, value: number): number {
  const length = decimalLength(value);
  let rest = value;
  if (rest < 0) {
    to[at] = MINUS;
    rest = -rest;
  }
  let end = at + length;
  // Division of small integers is far cheaper than of doubles, so cut large ones once.
  if (rest >= TWO_31) {
    const top = Math.floor(rest / BILLION);
    writeDigits(to, end - BILLION_DIGITS, BILLION_DIGITS, rest - top * BILLION);
    end -= BILLION_DIGITS;
    rest = top;
  }
  let small = rest | 0;
  do {
    const next = (small / 10) | 0;
    to[--end] = ZERO + (small - next * 10);
    small = next;
  } while (small !== 0);
  return length;
}

/** Writes exactly `count` digits of `value`, with leading zeros. */
function writeDigits(to: Uint8Array, at: number, count: number, value: number): void {
  let rest = value | 0;
  for (let i = at + count - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    to[i] = ZERO + (rest - next * 10);
    rest = next;
  }
}

/**
 * Writes the decimal text of the 64-bit integer with these halves (each may be given signed or
 * unsigned) at `to[at]`.
 * @returns the number of bytes written, 1 to 20
 */
export function writeInteger64(to: Uint8Array, at: number, low: number, high: number): number {
  const signedHigh = high | 0;
  const unsignedLow = low >>> 0;
  // Within 2^53 the two halves make an exact double.
  if (signedHigh >= -0x200000 && signedHigh < 0x200000) {
    const value = signedHigh * TWO_32 + unsignedLow;
    if (value !== -TWO_32 * 0x200000) return writeInteger(to, at, value);
  }
  let upper = signedHigh;
  let lower = unsignedLow;
  let written = 0;
  if (signedHigh < 0) {
    to[at] = MINUS;
    written = 1;
    lower = -lower >>> 0;
    upper = (lower === 0 ? -signedHigh : ~signedHigh) >>> 0;
  }
  // Long division by a billion, 16 bits at a time.
  const quotient1 = Math.floor(upper / BILLION);
  const middle = (upper % BILLION) * 65536 + (lower >>> 16);
  const quotient2 = Math.floor(middle / BILLION);
  const last = (middle % BILLION) * 65536 + (lower & 0xffff);
  const quotient3 = Math.floor(last / BILLION);
  const top = quotient1 * TWO_32 + quotient2 * 65536 + quotient3;
  written += writeInteger(to, at + written, top);
  writeDigits(to, at + written, BILLION_DIGITS, last % BILLION);
  return written + BILLION_DIGITS;
}

const MEMORY_UNIT_BYTES = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1e3],
  ['kb', 2 ** 10],
  ['m', 1e6],
  ['mb', 2 ** 20],
  ['g', 1e9],
  ['gb', 2 ** 30],
]);
/** More digits than any size in memory has. */
const MEMORY_DIGITS_MAX = 20;

/**
 * Reads a size as configuration files write it: a bare letter counts in thousands, a letter with
 * "b" in powers of 1024.
 * @param text decimal digits and a unit (b, k, kb, m, mb, g, gb, in any case), no spaces
 * @returns the size in bytes; null when the text is no size, or one beyond 2^53 - 1
 */
export function parseMemory(text: string): number | null {
  let digits = 0;
  while (digits < text.length && text[digits] >= '0' && text[digits] <= '9') digits++;
  if (digits === 0 || digits > MEMORY_DIGITS_MAX) return null;
  const unitBytes = MEMORY_UNIT_BYTES.get(text.slice(digits).toLowerCase());
  if (unitBytes === undefined) return null;
  const sizeBytes = Number(text.slice(0, digits)) * unitBytes;
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : null;
}
