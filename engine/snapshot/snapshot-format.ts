// The numbers of the snapshot format that writer and readers share; FORMAT.md beside this file
// says what they mean. Invariant: they are on disk, so they never change meaning.

import {
  ENCODING_EMBSTR,
  ENCODING_HASHTABLE,
  ENCODING_INT,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_QUICKLIST,
  ENCODING_RAW,
  ENCODING_SKIPLIST,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STRING,
  TYPE_ZSET,
} from '../keyspace/encodings.js';

/** Frame types. */
export const FRAME_SNAPSHOT_META = 16;
export const FRAME_SNAPSHOT_KEYS = 17;
export const FRAME_SNAPSHOT_LARGE = 18;

/** What follows the access bits of a key. */
export const SHAPE_DEADLINE = 1;
export const SHAPE_PAYLOAD = 2;

export const DEADLINE_BYTES = 8;
export const PAYLOAD_BYTES = 8;
export const ACCESS_BYTES = 3;
export const SCORE_BYTES = 8;
export const VARINT_MAX_BYTES = 5;

/** What an entry of a large collection is. */
export const LARGE_HEAD = 0;
export const LARGE_ELEMENTS = 1;
export const LARGE_LAST_ELEMENTS = 2;

/** How a value of some kind is written. */
export const FORM_NONE = 0;
/** Value bytes in place, as they are in the record. */
export const FORM_BYTES = 1;
/** Eight bytes of payload. */
export const FORM_INTEGER = 2;
/** A packed collection in place, as it is in the record. */
export const FORM_PACKED = 3;
/** A head and element entries. */
export const FORM_LARGE = 4;

/** By kind (type | encoding << 4): how its value is written, FORM_NONE when there is none such. */
export const FORM_OF_KIND = new Uint8Array(256).fill(FORM_NONE);
FORM_OF_KIND[TYPE_STRING | (ENCODING_RAW << 4)] = FORM_BYTES;
FORM_OF_KIND[TYPE_STRING | (ENCODING_EMBSTR << 4)] = FORM_BYTES;
FORM_OF_KIND[TYPE_STRING | (ENCODING_INT << 4)] = FORM_INTEGER;
for (const type of [TYPE_LIST, TYPE_SET, TYPE_ZSET, TYPE_HASH]) {
  FORM_OF_KIND[type | (ENCODING_LISTPACK << 4)] = FORM_PACKED;
}
FORM_OF_KIND[TYPE_SET | (ENCODING_INTSET << 4)] = FORM_PACKED;
FORM_OF_KIND[TYPE_LIST | (ENCODING_QUICKLIST << 4)] = FORM_LARGE;
FORM_OF_KIND[TYPE_SET | (ENCODING_HASHTABLE << 4)] = FORM_LARGE;
FORM_OF_KIND[TYPE_HASH | (ENCODING_HASHTABLE << 4)] = FORM_LARGE;
FORM_OF_KIND[TYPE_ZSET | (ENCODING_SKIPLIST << 4)] = FORM_LARGE;
