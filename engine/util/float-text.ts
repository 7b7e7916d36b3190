// The grammar of floating-point text, as C's strtod reads it in the "C" locale, taken apart into
// sign, digits and exponent. Invariant: nothing is rounded here and nothing runs longer than the
// text is; each format (double, long double) rounds the parts once, by itself.

/** What a text denotes: +-digits x base^exponent, or an infinity. */
export interface FloatParts {
  kind: 'decimal' | 'hex' | 'infinity';
  negative: boolean;
  /** Significant digits without leading zeros; empty means zero. */
  digits: string;
  /** Power of ten of the last decimal digit; power of two of the last hex digit. */
  exponent: number;
}

/** No real exponent comes near it; sums with a text's length stay exact. */
const EXPONENT_MAX = 1e15;

const DOT = 46;
const ZERO = 48;

function latin1Text(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('latin1');
}

function isDecimal(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isHex(byte: number): boolean {
  const lower = byte | 32;
  return isDecimal(byte) || (lower >= 97 && lower <= 102);
}

/**
 * @param bytes the text is `bytes[at .. at + length)`
 * @param digitsMax how many significant digits to keep; when a dropped one is not zero a "1" is
 *   appended after them, which is all that rounding needs to know
 * @returns the parts; null when strtod would not read the whole text as a number, or reads a NaN
 */
export function scanFloat(
  bytes: Uint8Array,
  at: number,
  length: number,
  digitsMax: number,
): FloatParts | null {
  const to = at + length;
  let from = at;
  if (from === to) return null;
  const negative = bytes[from] === 45;
  if (negative || bytes[from] === 43) from++;
  if (from === to) return null;
  if (bytes[from] === ZERO && to - from > 2 && (bytes[from + 1] | 32) === 120) {
    return scanDigits(bytes, from + 2, to, negative, 'hex', digitsMax);
  }
  if (isDecimal(bytes[from]) || bytes[from] === DOT) {
    return scanDigits(bytes, from, to, negative, 'decimal', digitsMax);
  }
  if (to - from !== 3 && to - from !== 8) return null;
  const word = latin1Text(bytes, from, to - from).toLowerCase();
  if (word !== 'inf' && word !== 'infinity') return null;
  return { kind: 'infinity', negative, digits: '', exponent: 0 };
}

function scanDigits(
  bytes: Uint8Array,
  from: number,
  to: number,
  negative: boolean,
  kind: 'decimal' | 'hex',
  digitsMax: number,
): FloatParts | null {
  const isDigit = kind === 'hex' ? isHex : isDecimal;
  let i = from;
  while (i < to && isDigit(bytes[i])) i++;
  const whole = i - from;
  let point = i;
  if (i < to && bytes[i] === DOT) {
    point = ++i;
    while (i < to && isDigit(bytes[i])) i++;
  }
  const fraction = i - point;
  if (whole + fraction === 0) return null;
  let exponent = 0;
  if (i < to) {
    if ((bytes[i] | 32) !== (kind === 'hex' ? 112 : 101)) return null;
    exponent = scanExponent(bytes, i + 1, to);
    if (Number.isNaN(exponent)) return null;
  }
  const bitsPerDigit = kind === 'hex' ? 4 : 1;
  const kept = significantDigits(bytes, from, whole, point, fraction, digitsMax);
  exponent += bitsPerDigit * (kept.dropped - fraction);
  return { kind, negative, digits: kept.digits, exponent };
}

/** @returns the exponent, clamped; NaN when `bytes[from .. to)` is none */
function scanExponent(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  const negative = i < to && bytes[i] === 45;
  if (negative || (i < to && bytes[i] === 43)) i++;
  if (i === to) return Number.NaN;
  let value = 0;
  for (; i < to; i++) {
    if (!isDecimal(bytes[i])) return Number.NaN;
    value = Math.min(value * 10 + (bytes[i] - ZERO), EXPONENT_MAX);
  }
  return negative ? -value : value;
}

/** Joins the digits around the point, without leading zeros, at most `digitsMax` and a "1". */
function significantDigits(
  bytes: Uint8Array,
  from: number,
  whole: number,
  point: number,
  fraction: number,
  digitsMax: number,
): { digits: string; dropped: number } {
  const wholeEnd = from + whole;
  const fractionEnd = point + fraction;
  let i = from;
  while (i < wholeEnd && bytes[i] === ZERO) i++;
  let j = point;
  if (i === wholeEnd) while (j < fractionEnd && bytes[j] === ZERO) j++;
  const keptWhole = Math.min(wholeEnd - i, digitsMax);
  const keptFraction = Math.min(fractionEnd - j, digitsMax - keptWhole);
  let digits = latin1Text(bytes, i, keptWhole) + latin1Text(bytes, j, keptFraction);
  let dropped = wholeEnd - i - keptWhole + (fractionEnd - j - keptFraction);
  if (
    dropped > 0 &&
    (anyNonZero(bytes, i + keptWhole, wholeEnd) || anyNonZero(bytes, j + keptFraction, fractionEnd))
  ) {
    digits += '1';
    dropped--;
  }
  return { digits, dropped };
}

function anyNonZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== ZERO) return true;
  return false;
}

/** A binary float under construction: mantissa x 2^exponent. */
export interface BinaryFloat {
  mantissa: bigint;
  exponent: number;
}

/** @returns the number of bits of a mantissa; 0 for 0 */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

/**
 * Rounds mantissa x 2^exponent to the nearest float with at most `precision` bits and no bit
 * below 2^`exponentMin`; ties go to the even mantissa.
 * @param sticky the true value is more than this, by less than one unit of the mantissa; the
 *   mantissa must then have more than `precision` + 1 bits
 * @returns the float; its mantissa is at most 2^`precision`, and 0 when the value underflows.
 *   Overflow is for the caller to see.
 */
export function roundBinary(
  mantissa: bigint,
  exponent: number,
  sticky: boolean,
  precision: number,
  exponentMin: number,
): BinaryFloat {
  const bits = bitLength(mantissa);
  const excess = Math.max(bits - precision, exponentMin - exponent);
  if (excess <= 0) return { mantissa, exponent };
  if (excess > bits) return { mantissa: 0n, exponent: exponentMin };
  const shift = BigInt(excess);
  let kept = mantissa >> shift;
  const rest = mantissa - (kept << shift);
  const half = 1n << (shift - 1n);
  if (rest > half || (rest === half && (sticky || (kept & 1n) === 1n))) kept++;
  return { mantissa: kept, exponent: exponent + excess };
}
