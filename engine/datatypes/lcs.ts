// The longest common subsequence of two byte strings, for LCS. Invariant: the answer is the one
// Redis gives, down to which of several equally long subsequences is taken and in which order its
// matches come: both follow from walking the same table backwards with the same preference.

/** Why two strings were not compared. */
export type LcsFault = 'string too long' | 'table over limit' | 'no memory';

/** A run of equal bytes in both strings; positions count from 0 and ends are inclusive. */
export interface LcsMatch {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
  readonly length: number;
}

/** Strings of this length and above are refused. */
export const LCS_STRING_LIMIT = 2 ** 32 - 2;

const CELL_BYTES = 4;

/** @returns the memory in bytes that comparing strings of these lengths takes for a while */
export function lcsTableBytes(aLength: number, bLength: number): number {
  return (aLength + 1) * (bLength + 1) * CELL_BYTES;
}

/**
 * Two byte strings and the table of their comparison: `table[i * (bLength + 1) + j]` is the answer
 * for the first i bytes of a and the first j of b. It refers to the strings' own bytes, so it is
 * valid only as long as they are.
 */
export class Lcs {
  /** Bytes in the longest common subsequence. */
  readonly length: number;
  private readonly a: Uint8Array;
  private readonly aAt: number;
  private readonly aLength: number;
  private readonly b: Uint8Array;
  private readonly bAt: number;
  private readonly bLength: number;
  private readonly table: Uint32Array;

  /** Fills `table`, which must be zero and of (aLength + 1) * (bLength + 1) cells. */
  constructor(
    a: Uint8Array,
    aAt: number,
    aLength: number,
    b: Uint8Array,
    bAt: number,
    bLength: number,
    table: Uint32Array,
  ) {
    this.a = a;
    this.aAt = aAt;
    this.aLength = aLength;
    this.b = b;
    this.bAt = bAt;
    this.bLength = bLength;
    this.table = table;
    const row = bLength + 1;
    for (let i = 1; i <= aLength; i++) {
      const byte = a[aAt + i - 1];
      let cell = i * row;
      let left = 0;
      let diagonal = 0;
      for (let j = 1; j <= bLength; j++) {
        cell++;
        const above = table[cell - row];
        if (byte === b[bAt + j - 1]) left = diagonal + 1;
        else if (above > left) left = above;
        table[cell] = left;
        diagonal = above;
      }
    }
    this.length = table[aLength * row + bLength];
  }

  /** @returns the subsequence itself, as bytes of its own */
  text(): Buffer {
    const text = Buffer.allocUnsafeSlow(this.length);
    let at = this.length;
    let i = this.aLength;
    let j = this.bLength;
    while (i > 0 && j > 0) {
      if (this.a[this.aAt + i - 1] === this.b[this.bAt + j - 1]) {
        text[--at] = this.a[this.aAt + i - 1];
        i--;
        j--;
      } else if (this.isAboveBetter(i, j)) i--;
      else j--;
    }
    return text;
  }

  /**
   * @param lengthMin matches shorter than this are left out
   * @returns the matches from the strings' ends to their starts, as LCS IDX lists them
   */
  matches(lengthMin = 0): LcsMatch[] {
    const matches: LcsMatch[] = [];
    let i = this.aLength;
    let j = this.bLength;
    while (i > 0 && j > 0) {
      const aEnd = i;
      const bEnd = j;
      while (i > 0 && j > 0 && this.a[this.aAt + i - 1] === this.b[this.bAt + j - 1]) {
        i--;
        j--;
      }
      const length = aEnd - i;
      if (length === 0) {
        if (this.isAboveBetter(i, j)) i--;
        else j--;
      } else if (length >= lengthMin) {
        matches.push({ aStart: i, aEnd: aEnd - 1, bStart: j, bEnd: bEnd - 1, length });
      }
    }
    return matches;
  }

  /** Whether dropping the last byte of a loses less than dropping the last byte of b. */
  private isAboveBetter(i: number, j: number): boolean {
    const row = this.bLength + 1;
    return this.table[(i - 1) * row + j] > this.table[i * row + j - 1];
  }
}

/**
 * Compares `a[aAt .. aAt + aLength)` and `b[bAt .. bAt + bLength)` by the usual dynamic
 * programming, in time and memory of aLength x bLength.
 * @param tableLimitBytes the most memory to take, Redis's `proto-max-bulk-len`
 */
export function compareForLcs(
  a: Uint8Array,
  aAt: number,
  aLength: number,
  b: Uint8Array,
  bAt: number,
  bLength: number,
  tableLimitBytes: number,
): Lcs | LcsFault {
  if (aLength >= LCS_STRING_LIMIT || bLength >= LCS_STRING_LIMIT) return 'string too long';
  const tableBytes = lcsTableBytes(aLength, bLength);
  if (tableBytes > tableLimitBytes) return 'table over limit';
  let table: Uint32Array;
  try {
    table = new Uint32Array(tableBytes / CELL_BYTES);
  } catch (error) {
    if (error instanceof RangeError) return 'no memory';
    throw error;
  }
  return new Lcs(a, aAt, aLength, b, bAt, bLength, table);
}
