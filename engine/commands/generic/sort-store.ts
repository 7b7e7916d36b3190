// STORE of SORT: the sorted elements become a list. Invariant: what is logged makes the same list
// whatever the keyspace that replays it would have sorted.

import type { Context } from '../../contract/context.js';
import type { Database } from '../../keyspace/database.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { collectionOf } from '../../keyspace/values/collections.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { logKeyDeletion } from '../key-deletion.js';

/** Elements of one logged RPUSH. */
const LOGGED_AT_ONCE = 1024;
const NO_SCORE = 0;
const NO_DEADLINE = -1;

const element = new ByteSlice();
const NO_VALUE = new ByteSlice();

/** The texts of a result in their order. */
export interface SortedTexts {
  readonly count: number;
  /** Points `out` at text number `place`. */
  open(place: number, out: ByteSlice): void;
}

/** Makes an absent key, looked up last, a list of texts. */
function makeList(db: Database, args: Args, index: number, texts: SortedTexts): Ref {
  const { builder } = collectionOf(TYPE_LIST);
  builder.create(db, args, index);
  for (let i = 0; i < texts.count; i++) {
    texts.open(i, element);
    builder.append(element, NO_VALUE, NO_SCORE, NO_DEADLINE);
  }
  return builder.ref;
}

/**
 * Makes the key that is argument `index` a list of these texts, or deletes it if there are none.
 * @returns how many
 */
export function storeSorted(ctx: Context, args: Args, index: number, texts: SortedTexts): number {
  const { db, effects } = ctx;
  const { count } = texts;
  const existing = db.lookupWrite(args, index);
  if (count > 0) {
    db.changed(
      replaceKey(db, existing, args, index, () => makeList(db, args, index, texts)),
      count,
    );
  } else if (existing !== NO_REF) {
    db.remove(existing);
  }
  const isUnit = (existing === NO_REF ? 0 : 1) + Math.ceil(count / LOGGED_AT_ONCE) > 1;
  if (isUnit) effects.beginUnit();
  if (existing !== NO_REF) logKeyDeletion(ctx, args, index);
  for (let i = 0; i < count; i += LOGGED_AT_ONCE) {
    logElements(ctx, args, index, texts, i, Math.min(count, i + LOGGED_AT_ONCE));
  }
  if (isUnit) effects.endUnit();
  return count;
}

function logElements(
  { db, effects }: Context,
  args: Args,
  index: number,
  texts: SortedTexts,
  from: number,
  to: number,
): void {
  effects.begin(db.index, 2 + to - from);
  effects.text('RPUSH');
  effects.bytes(args.bytes, args.at[index], args.length[index]);
  for (let i = from; i < to; i++) {
    texts.open(i, element);
    effects.bytes(element.bytes, element.at, element.length);
  }
  effects.end();
}
