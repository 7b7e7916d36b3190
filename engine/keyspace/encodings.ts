// Types and encodings as numbers in a record's word 0, and the names clients see for them.
// Invariant: the numbers are written to snapshots, so they never change meaning.

export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 5;

/** TYPE's answer, by type number. */
export const TYPE_NAMES = ['string', 'list', 'set', 'zset', 'hash', 'stream'] as const;

export const ENCODING_RAW = 0;
export const ENCODING_INT = 1;
export const ENCODING_EMBSTR = 2;
export const ENCODING_LISTPACK = 3;
export const ENCODING_QUICKLIST = 4;
export const ENCODING_HASHTABLE = 5;
export const ENCODING_INTSET = 6;
export const ENCODING_SKIPLIST = 7;
export const ENCODING_STREAM = 8;

/** OBJECT ENCODING's answer, by encoding number. */
export const ENCODING_NAMES = [
  'raw',
  'int',
  'embstr',
  'listpack',
  'quicklist',
  'hashtable',
  'intset',
  'skiplist',
  'stream',
] as const;

/** Longest string that Redis stores beside its object header, and so reports as `embstr`. */
export const EMBSTR_MAX_BYTES = 44;
