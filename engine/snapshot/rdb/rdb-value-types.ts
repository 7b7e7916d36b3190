// The type byte that a serialised value begins with. Invariant: the numbers are Redis's and
// Valkey's, and mean the same in payloads and in RDB files of every version.

export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_SET = 2;
/** Scores as text. */
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
/** Scores as doubles. */
export const RDB_ZSET_2 = 5;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
export const RDB_LIST_QUICKLIST = 14;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_SET_LISTPACK = 20;
/** Valkey 9: fields with deadlines, which RDB_VERSION_FIELD_DEADLINES seals. */
export const RDB_HASH_2 = 22;

/** How a node of RDB_LIST_QUICKLIST_2 holds its elements: one as it is, or a listpack. */
export const QUICKLIST_NODE_PLAIN = 1;
export const QUICKLIST_NODE_PACKED = 2;
