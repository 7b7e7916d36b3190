// The header of a large collection: a block in the arena to which the payload of its key's record
// refers. The form of the collection (table, ordered index, list) keeps its few words here, so
// nothing of it lives on the JS heap.
//
//   word 0  COUNT   elements
//   word 1  OWNER   the record of its key; NO_REF once the key let go of it
//   word 2  WALK    not 0 while a snapshot is on its way through it
//   word 3  first of the three words of the table or the list
//   word 6  INDEX   sorted set: root of the ordered index; hash: fields with a deadline
//   word 7  unused

export const HEADER_COUNT = 0;
export const HEADER_OWNER = 1;
export const HEADER_WALK = 2;
export const HEADER_FORM = 3;
export const HEADER_INDEX = 6;
export const HEADER_BYTES = 32;
