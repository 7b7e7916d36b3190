// LREM and LTRIM: elements taken out of a list, by what they are or by where they are.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { directedArgument, indexArgument } from './list-arguments.js';
import { finishRemoval } from './removal.js';

const list = new ListValue();
const element = new ByteSlice();

export function lremCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const count = directedArgument(ctx, args, 2);
  if (Number.isNaN(count)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.integer(0);
    return;
  }
  list.open(db, ref);
  const limit = count === 0 ? Infinity : Math.abs(count);
  const removed = list.removeEqual(element.ofArgument(args, 3), limit, count < 0);
  reply.integer(removed);
  if (removed > 0) finishRemoval(ctx, list, removed);
}

export const lremSpec: CommandSpec = {
  name: 'LREM',
  group: 'list',
  since: '1.0.0',
  arity: 4,
  flags: ['write'],
  summary: 'Takes out elements that equal another: the first so many, the last, or all.',
  complexity: 'O(N) for a list of N elements.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: [KEY, { name: 'count', type: 'integer' }, { name: 'element', type: 'string' }],
  propagate: 'verbatim',
  handler: lremCommand,
};

export function ltrimCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const start = indexArgument(ctx, args, 2);
  if (Number.isNaN(start)) return;
  const stop = indexArgument(ctx, args, 3);
  if (Number.isNaN(stop)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) {
    list.open(db, ref);
    const { count } = list;
    const first = Math.max(0, start < 0 ? start + count : start);
    const last = Math.min(count - 1, stop < 0 ? stop + count : stop);
    const isEmpty = first > last;
    const before = isEmpty ? count : first;
    const after = isEmpty ? 0 : count - 1 - last;
    list.removeRange(count - after, after);
    list.removeRange(0, before);
    finishRemoval(ctx, list, before + after);
  }
  reply.ok();
}

export const ltrimSpec: CommandSpec = {
  name: 'LTRIM',
  group: 'list',
  since: '1.0.0',
  arity: 4,
  flags: ['write'],
  summary: 'Takes out all elements but those from one index to another.',
  complexity: 'O(log(N)) for a list of N elements; what was taken out is freed in the background.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: [KEY, { name: 'start', type: 'integer' }, { name: 'stop', type: 'integer' }],
  propagate: 'verbatim',
  handler: ltrimCommand,
};
