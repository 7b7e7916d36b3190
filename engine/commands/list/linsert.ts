// LINSERT and LSET: elements put inside a list.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NO_SUCH_KEY, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { indexArgument } from './list-arguments.js';

const ERR_INDEX_OUT_OF_RANGE = 'ERR index out of range';

const list = new ListValue();
const element = new ByteSlice();

export function linsertCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const isAfter = args.is(2, 'AFTER');
  if (!isAfter && !args.is(2, 'BEFORE')) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.integer(0);
    return;
  }
  list.open(db, ref);
  list.willAdd(args.length[4], 1);
  if (!list.find(element.ofArgument(args, 3))) {
    reply.integer(-1);
    return;
  }
  list.insert(element.ofArgument(args, 4), isAfter);
  reply.integer(list.count);
  db.changed(list.ref, 1);
}

export const linsertSpec: CommandSpec = {
  name: 'LINSERT',
  group: 'list',
  since: '2.2.0',
  arity: 5,
  flags: ['write', 'denyoom'],
  summary: 'Puts an element before or behind the first one that equals another.',
  complexity: 'O(N) for N elements up to the one that is looked for.',
  keys: [keySpec(['RW', 'insert'], 1)],
  arguments: [
    KEY,
    {
      name: 'where',
      type: 'oneof',
      arguments: [
        { name: 'before', type: 'pure-token', token: 'BEFORE' },
        { name: 'after', type: 'pure-token', token: 'AFTER' },
      ],
    },
    { name: 'pivot', type: 'string' },
    { name: 'element', type: 'string' },
  ],
  propagate: 'verbatim',
  handler: linsertCommand,
};

export function lsetCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    reply.error(ERR_NO_SUCH_KEY);
    return;
  }
  const index = indexArgument(ctx, args, 2);
  if (Number.isNaN(index)) return;
  list.open(db, ref);
  list.willAdd(args.length[3], 1);
  const position = index < 0 ? index + list.count : index;
  if (position < 0 || position >= list.count) {
    reply.error(ERR_INDEX_OUT_OF_RANGE);
    return;
  }
  list.seek(position);
  list.replace(element.ofArgument(args, 3));
  list.shrink();
  reply.ok();
  db.changed(list.ref, 1);
}

export const lsetSpec: CommandSpec = {
  name: 'LSET',
  group: 'list',
  since: '1.0.0',
  arity: 4,
  flags: ['write', 'denyoom'],
  summary: 'Puts an element in the place of the one at an index.',
  complexity: 'O(log(N)) for a list of N elements.',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: [KEY, { name: 'index', type: 'integer' }, { name: 'element', type: 'string' }],
  propagate: 'verbatim',
  handler: lsetCommand,
};
