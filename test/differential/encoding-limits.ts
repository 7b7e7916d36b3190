// The sizes up to which collections are packed: the usual ones, or small ones, with which random
// streams go past every threshold and back in a few steps. Both servers are started with the same.

import type { KeyImage } from './keyspace-image.js';

export interface EncodingLimits {
  readonly hashEntries: number;
  readonly hashValueBytes: number;
  readonly setIntegers: number;
  readonly setEntries: number;
  readonly setValueBytes: number;
  readonly zsetEntries: number;
  readonly zsetValueBytes: number;
  /** Elements when positive, a code for bytes when negative; -2 is 8 KiB. */
  readonly listSize: number;
}

/** The defaults of Redis 7.2. */
export const USUAL_LIMITS: EncodingLimits = {
  hashEntries: 512,
  hashValueBytes: 64,
  setIntegers: 512,
  setEntries: 128,
  setValueBytes: 64,
  zsetEntries: 128,
  zsetValueBytes: 64,
  listSize: -2,
};

/** Long members of sorted sets stay: of those that are not added, 7.0 and 7.2 think otherwise. */
export const SMALL_LIMITS: EncodingLimits = {
  hashEntries: 6,
  hashValueBytes: 20,
  setIntegers: 9,
  setEntries: 5,
  setValueBytes: 10,
  zsetEntries: 7,
  zsetValueBytes: 64,
  listSize: 8,
};

const LIST_BYTES_MAX = 8192;
/** The least that an element takes in a packed list, beside its bytes. */
const ELEMENT_OVERHEAD_BYTES = 2;

/** @returns arguments of a server; Redis 7.0 knows nothing of packed sets */
export function limitArgs(limits: EncodingLimits, hasPackedSets: boolean): string[] {
  const directives: [string, number][] = [
    ['hash-max-listpack-entries', limits.hashEntries],
    ['hash-max-listpack-value', limits.hashValueBytes],
    ['set-max-intset-entries', limits.setIntegers],
    ['zset-max-listpack-entries', limits.zsetEntries],
    ['zset-max-listpack-value', limits.zsetValueBytes],
    ['list-max-listpack-size', limits.listSize],
  ];
  if (hasPackedSets) {
    directives.push(['set-max-listpack-entries', limits.setEntries]);
    directives.push(['set-max-listpack-value', limits.setValueBytes]);
  }
  return directives.flatMap(([name, value]) => [`--${name}`, String(value)]);
}

/** Integers may be stored in binary form. */
function packedBytes(element: string): number {
  return ELEMENT_OVERHEAD_BYTES + (/^-?\d+$/.test(element) ? 0 : element.length);
}

/** Whether a list or a set, which Redis 7.0 has no packed form of, is too large for that form. */
export function isPackedTooLarge(image: KeyImage, limits: EncodingLimits): boolean {
  const { type, encoding, elements } = image;
  if (encoding !== 'listpack') return false;
  if (type === 'set') {
    const isLong = elements.some(({ length }) => length > limits.setValueBytes);
    return isLong || elements.length > limits.setEntries;
  }
  if (type !== 'list') return false;
  const bytes = elements.reduce((sum, element) => sum + packedBytes(element), 0);
  return bytes > LIST_BYTES_MAX || (limits.listSize > 0 && elements.length > limits.listSize);
}
