// LPOP and RPOP, and popping from the first list of several: BLPOP, BRPOP, LMPOP and BLMPOP.
// Invariant: whatever popped is logged as LPOP or RPOP of that key.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { wrongArity } from '../../contract/errors.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { countArgument, LEFT_END, RIGHT_END } from './list-arguments.js';
import { replyElement, replyFromEnd, replyKey } from './list-reply.js';
import { finishRemoval, removeFromEnd } from './removal.js';

const list = new ListValue();

function popGenericCommand(ctx: Context, args: Args, end: number): void {
  const { db, reply } = ctx;
  if (args.count > 3) {
    reply.error(wrongArity(ctx.command.fullName));
    return;
  }
  const hasCount = args.count === 3;
  const wanted = hasCount ? countArgument(ctx, args, 2, 0, null) : 1;
  if (Number.isNaN(wanted)) return;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    if (hasCount) reply.nullArray();
    else reply.null();
    return;
  }
  list.open(db, ref);
  if (hasCount) popSeveral(ctx, end, Math.min(wanted, list.count));
  else popOne(ctx, end);
}

function popSeveral(ctx: Context, end: number, count: number): void {
  replyFromEnd(ctx.reply, list, end, count);
  if (count > 0) removeFromEnd(ctx, list, end, count);
}

/** The way down the list is gone once: to reply the element and to take it out. */
function popOne(ctx: Context, end: number): void {
  replyElement(ctx.reply, list, end === RIGHT_END ? list.count - 1 : 0);
  list.removeSought();
  finishRemoval(ctx, list, 1);
}

export function lpopCommand(ctx: Context, args: Args): void {
  popGenericCommand(ctx, args, LEFT_END);
}

export function rpopCommand(ctx: Context, args: Args): void {
  popGenericCommand(ctx, args, RIGHT_END);
}

/**
 * Pops from the first of several keys that there is, and replies the key and what was popped.
 * @param wanted how many elements, replied as an array; 0 for one element, replied as it is
 * @returns false when none of the keys exists: nothing was replied. An error counts as true
 */
export function popFirstOf(
  ctx: Context,
  args: Args,
  firstKey: number,
  keyCount: number,
  end: number,
  wanted: number,
): boolean {
  const { db, reply } = ctx;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const ref = lookupWriteTyped(ctx, args, key, TYPE_LIST);
    if (ref === WRONG_TYPE) return true;
    if (ref === NO_REF) continue;
    list.open(db, ref);
    const count = wanted === 0 ? 1 : Math.min(wanted, list.count);
    reply.array(2);
    replyKey(ctx, args, key);
    if (wanted === 0) popOne(ctx, end);
    else popSeveral(ctx, end, count);
    propagatePop(ctx, args, key, end, wanted === 0 ? 0 : count);
    return true;
  }
  return false;
}

/** @param count 0 for a pop of one element without a count */
function propagatePop(ctx: Context, args: Args, key: number, end: number, count: number): void {
  const { effects } = ctx;
  effects.begin(ctx.db.index, count === 0 ? 2 : 3);
  effects.text(end === RIGHT_END ? 'RPOP' : 'LPOP');
  effects.bytes(args.bytes, args.at[key], args.length[key]);
  if (count !== 0) effects.integer(count);
  effects.end();
}

const ARGUMENTS: readonly ArgumentDoc[] = [
  KEY,
  { name: 'count', type: 'integer', optional: true, since: '6.2.0' },
];
const COMPLEXITY = 'O(N) for N elements popped.';
const KEYS = [keySpec(['RW', 'access', 'delete'], 1)];

export const lpopSpec: CommandSpec = {
  name: 'LPOP',
  group: 'list',
  since: '1.0.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Takes out and replies the first elements of a list.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['6.2.0', 'Takes a `count`.']],
  propagate: 'verbatim',
  handler: lpopCommand,
};

export const rpopSpec: CommandSpec = {
  name: 'RPOP',
  group: 'list',
  since: '1.0.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Takes out and replies the last elements of a list, the last one first.',
  complexity: COMPLEXITY,
  keys: KEYS,
  arguments: ARGUMENTS,
  history: [['6.2.0', 'Takes a `count`.']],
  propagate: 'verbatim',
  handler: rpopCommand,
};
