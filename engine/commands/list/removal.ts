// What every command does after it took elements out of a list.

import type { Context } from '../../contract/context.js';
import type { ListValue } from '../../keyspace/values/list-value.js';
import { RIGHT_END } from './list-arguments.js';

/** Packs the list if it has become small, or drops its key if it is empty; counts the change. */
export function finishRemoval(ctx: Context, list: ListValue, count: number): void {
  const { db } = ctx;
  if (list.count === 0) {
    db.changed(list.ref, count);
    db.drop(list.ref);
  } else {
    list.shrink();
    db.changed(list.ref, count);
  }
}

/** Takes `count` elements out at an end of the list. */
export function removeFromEnd(ctx: Context, list: ListValue, end: number, count: number): void {
  list.removeRange(end === RIGHT_END ? list.count - count : 0, count);
  finishRemoval(ctx, list, count);
}
