// LRANGE, LINDEX and LLEN: reading a list by position.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { indexArgument } from './list-arguments.js';
import { replyElement, replyRange } from './list-reply.js';

const list = new ListValue();

export function lrangeCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const start = indexArgument(ctx, args, 2);
  if (Number.isNaN(start)) return;
  const stop = indexArgument(ctx, args, 3);
  if (Number.isNaN(stop)) return;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.array(0);
    return;
  }
  list.open(db, ref);
  const { count } = list;
  const first = Math.max(0, start < 0 ? start + count : start);
  const last = Math.min(count - 1, stop < 0 ? stop + count : stop);
  replyRange(reply, list, first, first > last ? 0 : last - first + 1);
}

export const lrangeSpec: CommandSpec = {
  name: 'LRANGE',
  group: 'list',
  since: '1.0.0',
  arity: 4,
  flags: ['readonly'],
  summary: 'Replies the elements of a list from one index to another.',
  complexity: 'O(log(N)+M) for M elements replied from a list of N.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'start', type: 'integer' }, { name: 'stop', type: 'integer' }],
  propagate: 'never',
  handler: lrangeCommand,
};

export function lindexCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.null();
    return;
  }
  const index = indexArgument(ctx, args, 2);
  if (Number.isNaN(index)) return;
  list.open(db, ref);
  const position = index < 0 ? index + list.count : index;
  if (position < 0 || position >= list.count) reply.null();
  else replyElement(reply, list, position);
}

export const lindexSpec: CommandSpec = {
  name: 'LINDEX',
  group: 'list',
  since: '1.0.0',
  arity: 3,
  flags: ['readonly'],
  summary: 'Replies the element at an index of a list.',
  complexity: 'O(log(N)) for a list of N elements.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'index', type: 'integer' }],
  propagate: 'never',
  handler: lindexCommand,
};

export function llenCommand(ctx: Context, args: Args): void {
  const ref = lookupReadTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    ctx.reply.integer(0);
    return;
  }
  list.open(ctx.db, ref);
  ctx.reply.integer(list.count);
}

export const llenSpec: CommandSpec = {
  name: 'LLEN',
  group: 'list',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many elements a list has.',
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 1)],
  arguments: [KEY],
  propagate: 'never',
  handler: llenCommand,
};
