// Elements of a list as replies, straight from where they lie.

import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import type { ListValue } from '../../keyspace/values/list-value.js';
import { entrySize, readEntry, shortStringLength } from '../../memory/packed-list.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { RIGHT_END } from './list-arguments.js';

const element = new ByteSlice();

/** Replies the element at `index`. */
export function replyElement(reply: Reply, list: ListValue, index: number): void {
  list.seek(index);
  list.read(element);
  reply.bulkView(element.view, element.at, element.length);
}

/** Replies an array of `count` elements from the one at `first` on; they exist. */
export function replyRange(reply: Reply, list: ListValue, first: number, count: number): void {
  reply.array(count);
  if (count === 0) return;
  list.seek(first);
  const { run } = list;
  let left = count;
  do {
    const { bytes, view, to } = run;
    let { at } = run;
    for (; at < to && left > 0; left--) {
      const length = shortStringLength(view, at);
      if (length >= 0) {
        reply.bulkView(view, at + 1, length);
        at += length + 2;
      } else {
        readEntry(bytes, view, at, element);
        reply.bulkView(element.view, element.at, element.length);
        at += entrySize(view, at);
      }
    }
  } while (left > 0 && run.nextLeaf());
}

/** Replies an array of the last `count` elements, the last one first. */
function replyLast(reply: Reply, list: ListValue, count: number): void {
  reply.array(count);
  if (count === 0) return;
  list.seek(list.count - 1);
  for (let left = count; left > 0; left--) {
    list.read(element);
    reply.bulkView(element.view, element.at, element.length);
    list.run.backward();
  }
}

/** Replies `count` elements from an end of the list, the outermost first. */
export function replyFromEnd(reply: Reply, list: ListValue, end: number, count: number): void {
  if (end === RIGHT_END) replyLast(reply, list, count);
  else replyRange(reply, list, 0, count);
}

/** Replies argument `index`. */
export function replyKey(ctx: Context, args: Args, index: number): void {
  ctx.reply.bulk(args.bytes, args.at[index], args.length[index]);
}
