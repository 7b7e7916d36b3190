// LPUSH, RPUSH, LPUSHX and RPUSHX.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { argumentBytes, ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { keepDonePart, undoCreation } from '../done-part.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';

const list = new ListValue();

function createPushed(ctx: Context, args: Args, isFront: boolean): void {
  try {
    list.createPushed(ctx.db, args, 1, 2, args.count - 1, isFront);
  } catch (error) {
    undoCreation(ctx, args, 1);
    throw error;
  }
}

function pushGenericCommand(ctx: Context, args: Args, isFront: boolean, mayCreate: boolean): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  const last = args.count - 1;
  if (ref !== NO_REF) {
    list.open(db, ref);
    const { count } = list;
    try {
      list.willAdd(argumentBytes(args, 2, last), last - 1);
      list.pushArguments(args, 2, last, isFront);
    } catch (error) {
      // Memory ran out: what was pushed until then stays.
      const pushed = list.count - count;
      if (pushed > 0) keepDonePart(ctx, args, 2 + pushed, list.ref);
      throw error;
    }
  } else if (mayCreate) {
    createPushed(ctx, args, isFront);
  } else {
    reply.integer(0);
    return;
  }
  reply.integer(list.count);
  db.changed(list.ref, last - 1);
}

export function lpushCommand(ctx: Context, args: Args): void {
  pushGenericCommand(ctx, args, true, true);
}

export function rpushCommand(ctx: Context, args: Args): void {
  pushGenericCommand(ctx, args, false, true);
}

export function lpushxCommand(ctx: Context, args: Args): void {
  pushGenericCommand(ctx, args, true, false);
}

export function rpushxCommand(ctx: Context, args: Args): void {
  pushGenericCommand(ctx, args, false, false);
}

const ARGUMENTS: readonly ArgumentDoc[] = [
  KEY,
  { name: 'element', type: 'string', multiple: true },
];
const COMPLEXITY = 'O(N) for N added elements.';
const KEYS = [keySpec(['RW', 'insert'], 1)];
const SEVERAL = 'Takes several elements.';

export const lpushSpec: CommandSpec = {
  name: 'LPUSH',
  group: 'list',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Puts elements before the first one of a list, which is made if absent.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['2.4.0', SEVERAL]],
  propagate: 'verbatim',
  handler: lpushCommand,
};

export const rpushSpec: CommandSpec = {
  name: 'RPUSH',
  group: 'list',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Puts elements behind the last one of a list, which is made if absent.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['2.4.0', SEVERAL]],
  propagate: 'verbatim',
  handler: rpushCommand,
};

export const lpushxSpec: CommandSpec = {
  name: 'LPUSHX',
  group: 'list',
  since: '2.2.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Puts elements before the first one of a list, if there is that list.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['4.0.0', SEVERAL]],
  propagate: 'verbatim',
  handler: lpushxCommand,
};

export const rpushxSpec: CommandSpec = {
  name: 'RPUSHX',
  group: 'list',
  since: '2.2.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Puts elements behind the last one of a list, if there is that list.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['4.0.0', SEVERAL]],
  propagate: 'verbatim',
  handler: rpushxCommand,
};
