// The collections by type, for those who do not care which one it is.
// Invariant: whoever takes a cursor or a builder is through with it before anybody else takes one
// of the same type: commands are synchronous, and none of them opens two.

import { assert } from '../../util/assert.js';
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_ZSET } from '../encodings.js';
import type { CollectionBuilder, CollectionCursor } from './collection.js';
import { HashBuilder, HashCursor } from './hash-cursor.js';
import { ListBuilder, ListCursor } from './list-cursor.js';
import { SetBuilder, SetCursor } from './set-cursor.js';
import { SortedSetBuilder, SortedSetCursor } from './sorted-set-cursor.js';

export interface CollectionForm {
  readonly cursor: CollectionCursor;
  readonly builder: CollectionBuilder;
}

const FORMS: ReadonlyMap<number, CollectionForm> = new Map<number, CollectionForm>([
  [TYPE_LIST, { cursor: new ListCursor(), builder: new ListBuilder() }],
  [TYPE_SET, { cursor: new SetCursor(), builder: new SetBuilder() }],
  [TYPE_HASH, { cursor: new HashCursor(), builder: new HashBuilder() }],
  [TYPE_ZSET, { cursor: new SortedSetCursor(), builder: new SortedSetBuilder() }],
]);

/** @returns what reads and what makes collections of a type; not of a string */
export function collectionOf(type: number): CollectionForm {
  const form = FORMS.get(type);
  assert(form !== undefined, 'only collections have elements');
  return form;
}
