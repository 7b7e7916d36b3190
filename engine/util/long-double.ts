// The x87 80-bit extended float (64-bit mantissa), emulated: INCRBYFLOAT and HINCRBYFLOAT compute
// in it on the machines Redis runs on, and their replies show it. Invariant: every operation is
// exact until its single rounding, to nearest with ties to even. Signs of zero are not kept,
// because the printed form has none.

import { bitLength, roundBinary, scanFloat } from './float-text.js';

/** mantissa x 2^exponent; an infinity has the sign of its mantissa. */
export interface LongDouble {
  readonly kind: 'finite' | 'infinity' | 'nan';
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Text of this length and above is not read as a number. */
export const LONG_DOUBLE_TEXT_LIMIT = 5 * 1024;

const PRECISION_BITS = 64;
const EXPONENT_MIN = -16445;
const EXPONENT_LIMIT = 16384;
/** The decimal exponents of the largest and the smallest long double, with room to spare. */
const DECIMAL_EXPONENT_MAX = 4940;
const DECIMAL_EXPONENT_MIN = -4960;
/** Digits printed after the point before trailing zeros go. */
const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);

export const LONG_DOUBLE_ZERO: LongDouble = { kind: 'finite', mantissa: 0n, exponent: 0 };

function infinity(negative: boolean): LongDouble {
  return { kind: 'infinity', mantissa: negative ? -1n : 1n, exponent: 0 };
}

function round(negative: boolean, mantissa: bigint, exponent: number, sticky: boolean): LongDouble {
  const rounded = roundBinary(mantissa, exponent, sticky, PRECISION_BITS, EXPONENT_MIN);
  if (bitLength(rounded.mantissa) + rounded.exponent > EXPONENT_LIMIT) return infinity(negative);
  return {
    kind: 'finite',
    mantissa: negative ? -rounded.mantissa : rounded.mantissa,
    exponent: rounded.exponent,
  };
}

/**
 * Reads a long double as Redis does: strtold over the whole text. Infinities are numbers; a NaN,
 * and a value too large or too small for any long double but infinity or zero, are not.
 * @param bytes the text is `bytes[at .. at + length)`
 * @returns the nearest long double; null when the text is not one
 */
export function parseLongDouble(bytes: Uint8Array, at: number, length: number): LongDouble | null {
  if (length >= LONG_DOUBLE_TEXT_LIMIT) return null;
  const parts = scanFloat(bytes, at, length, LONG_DOUBLE_TEXT_LIMIT);
  if (parts === null) return null;
  const { kind, negative, digits, exponent } = parts;
  if (kind === 'infinity') return infinity(negative);
  if (digits === '') return LONG_DOUBLE_ZERO;
  const value =
    kind === 'hex'
      ? round(negative, BigInt(`0x${digits}`), exponent, false)
      : fromDecimal(negative, digits, exponent);
  return value === null || value.kind !== 'finite' || value.mantissa === 0n ? null : value;
}

/** @returns digits x 10^exponent rounded; null when it is far out of range */
function fromDecimal(negative: boolean, digits: string, exponent: number): LongDouble | null {
  const leading = exponent + digits.length;
  if (leading > DECIMAL_EXPONENT_MAX || leading < DECIMAL_EXPONENT_MIN) return null;
  const integer = BigInt(digits);
  if (exponent >= 0) return round(negative, integer * 10n ** BigInt(exponent), 0, false);
  const divisor = 10n ** BigInt(-exponent);
  const spare = bitLength(divisor) - bitLength(integer) + PRECISION_BITS + 2;
  const shift = Math.max(spare, 0);
  const scaled = integer << BigInt(shift);
  const quotient = scaled / divisor;
  return round(negative, quotient, -shift, quotient * divisor !== scaled);
}

/**
 * @returns a + b, rounded once; an infinity on overflow, a NaN for infinities of opposite sign
 */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble {
  if (a.kind === 'nan' || b.kind === 'finite') return a.kind === 'finite' ? addFinite(a, b) : a;
  if (b.kind === 'nan' || a.kind === 'finite') return b;
  return a.mantissa === b.mantissa ? a : { kind: 'nan', mantissa: 0n, exponent: 0 };
}

function addFinite(a: LongDouble, b: LongDouble): LongDouble {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum =
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return round(sum < 0n, sum < 0n ? -sum : sum, exponent, false);
}

/**
 * Prints a long double as Redis does for people: 17 digits after the point, rounded from the exact
 * value, then without trailing zeros; never an exponent, never "-0"; "inf", "-inf", "nan".
 */
export function formatLongDouble(value: LongDouble): string {
  if (value.kind === 'nan') return 'nan';
  const negative = value.mantissa < 0n;
  if (value.kind === 'infinity') return negative ? '-inf' : 'inf';
  const size = negative ? -value.mantissa : value.mantissa;
  let text: string;
  if (value.exponent >= 0) {
    text = (size << BigInt(value.exponent)).toString();
  } else {
    const units = roundShift(size * FRACTION_SCALE, -value.exponent).toString();
    const padded = units.padStart(FRACTION_DIGITS + 1, '0');
    const whole = padded.slice(0, -FRACTION_DIGITS);
    const fraction = padded.slice(-FRACTION_DIGITS).replace(/0+$/, '');
    text = fraction === '' ? whole : `${whole}.${fraction}`;
  }
  return negative && text !== '0' ? `-${text}` : text;
}

/** @returns value / 2^shift rounded to a whole number, ties to even */
function roundShift(value: bigint, shift: number): bigint {
  const kept = value >> BigInt(shift);
  const rest = value - (kept << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return up ? kept + 1n : kept;
}
