// How INFO prints quantities: sizes with a unit, ratios and percentages with two decimals.

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const;
const KIB = 1024;

/** @returns e.g. `989.53K`; whole bytes below one K */
export function humanBytes(sizeBytes: number): string {
  if (sizeBytes < KIB) return `${sizeBytes}B`;
  let value = sizeBytes;
  let unit = 0;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit++;
  }
  return `${value.toFixed(2)}${UNITS[unit]}`;
}

/** @returns a / b with two decimals; 0 over nothing */
export function ratio(a: number, b: number): string {
  return (b === 0 ? 0 : a / b).toFixed(2);
}

/** @returns a in percent of b with two decimals and the sign */
export function percent(a: number, b: number): string {
  return `${(b === 0 ? 0 : (a / b) * 100).toFixed(2)}%`;
}
