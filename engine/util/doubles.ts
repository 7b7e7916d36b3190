// Doubles as text: what clients may send as a score or an increment, and how Redis prints one.
// Invariant: reading is correctly rounded, printing is the shortest text that reads back as the
// same double, and text that is not wholly a number is never read in part.

import { bitLength, type FloatParts, roundBinary, scanFloat } from './float-text.js';

const PRECISION_BITS = 53;
const EXPONENT_MIN = -1074;
const EXPONENT_LIMIT = 1024;
/** No rounding decision of a double depends on more significant digits than 768. */
const DIGITS_MAX = 800;
/** Up to this power of ten a double is exact, so one division rounds once. */
const EXACT_POWER_MAX = 22;
/** A plain decimal of so many characters is never beyond the range of doubles. */
const LONG_DECIMAL_MAX = 40;
const EXACT_POWERS = Float64Array.from({ length: EXACT_POWER_MAX + 1 }, (_, i) => 10 ** i);

/** Beyond this a whole double is no longer printed digit by digit. */
const WHOLE_MAX = 2 ** 62;
/** How a text with digits and a power of ten is laid out: see `layOut`. */
const PADDING_ZEROS_MAX = 6;
const FRACTION_DIGITS_MAX = 6;
const FRACTION_EXPONENT_MAX = 3;

/**
 * Reads a double as Redis does: strtod over the whole text. Decimal and hexadecimal forms,
 * "inf" and "infinity" in any case are numbers; a NaN, and a value too large or too small for any
 * double but infinity or zero, are not. Plain decimals of up to 15 digits allocate nothing.
 * @param bytes the text is `bytes[at .. at + length)`
 * @returns the nearest double (maybe infinite); null when the text is not one
 */
export function parseDouble(bytes: Uint8Array, at: number, length: number): number | null {
  const to = at + length;
  const negative = length > 1 && bytes[at] === 45;
  let value = 0;
  let fraction = -1;
  for (let i = negative ? at + 1 : at; i < to; i++) {
    const byte = bytes[i];
    if (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48);
      if (value > Number.MAX_SAFE_INTEGER) return parseLongDecimal(bytes, at, length);
    } else if (byte === 46 && fraction < 0) {
      fraction = to - i - 1;
    } else {
      return parseAnyDouble(bytes, at, length);
    }
  }
  const digits = length - (negative ? 1 : 0) - (fraction < 0 ? 0 : 1);
  if (digits <= 0) return null;
  if (fraction > 0) {
    if (fraction > EXACT_POWER_MAX) return parseAnyDouble(bytes, at, length);
    value /= EXACT_POWERS[fraction];
  }
  return negative ? -value : value;
}

/** Many digits, as programs print doubles: JavaScript reads a plain decimal as C does. */
function parseLongDecimal(bytes: Uint8Array, at: number, length: number): number | null {
  if (length > LONG_DECIMAL_MAX) return parseAnyDouble(bytes, at, length);
  let text = '';
  let points = 0;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i];
    if (byte === 46) points++;
    const isPlain = (byte >= 48 && byte <= 57) || byte === 46 || (byte === 45 && i === at);
    if (!isPlain || points > 1) return parseAnyDouble(bytes, at, length);
    text += String.fromCharCode(byte);
  }
  return Number(text);
}

function parseAnyDouble(bytes: Uint8Array, at: number, length: number): number | null {
  const parts = scanFloat(bytes, at, length, DIGITS_MAX);
  if (parts === null) return null;
  let value = Number.POSITIVE_INFINITY;
  if (parts.kind !== 'infinity') {
    if (parts.digits === '') value = 0;
    else
      value = parts.kind === 'hex' ? hexValue(parts) : Number(`${parts.digits}e${parts.exponent}`);
    if (value === Number.POSITIVE_INFINITY || (value === 0 && parts.digits !== '')) return null;
  }
  return parts.negative ? -value : value;
}

function hexValue(parts: FloatParts): number {
  const mantissa = BigInt(`0x${parts.digits}`);
  const rounded = roundBinary(mantissa, parts.exponent, false, PRECISION_BITS, EXPONENT_MIN);
  if (bitLength(rounded.mantissa) + rounded.exponent > EXPONENT_LIMIT)
    return Number.POSITIVE_INFINITY;
  // 2 ** exponent alone may be out of range where the product is not; two exact steps never are.
  const half = Math.trunc(rounded.exponent / 2);
  return Number(rounded.mantissa) * 2 ** half * 2 ** (rounded.exponent - half);
}

/**
 * Prints a double in the layout of Valkey 8 (its fpconv): whole numbers up to 2^62 digit by digit,
 * anything else with the shortest digits that read back, as in 0.000001, 1234.5678901, 1.5e-7,
 * 1e+300; "inf", "-inf", "nan", "-0".
 */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= WHOLE_MAX) {
    if (Object.is(value, -0)) return '-0';
    return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
  }
  if (Number.isNaN(value)) return 'nan';
  const sign = value < 0 ? '-' : '';
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign}inf`;
  const [shortest, exponent] = size.toExponential().split('e');
  return sign + layOut(shortest.replace('.', ''), Number(exponent));
}

/**
 * @param digits significant digits
 * @param exponent the power of ten of the first of them
 */
function layOut(digits: string, exponent: number): string {
  const zeros = exponent + 1 - digits.length;
  if (zeros >= 0 && zeros <= PADDING_ZEROS_MAX) return digits + '0'.repeat(zeros);
  const fraction = -zeros;
  if (
    fraction > 0 &&
    (fraction <= FRACTION_DIGITS_MAX || Math.abs(exponent) <= FRACTION_EXPONENT_MAX)
  ) {
    const padded = digits.padStart(fraction + 1, '0');
    return `${padded.slice(0, -fraction)}.${padded.slice(-fraction)}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}
