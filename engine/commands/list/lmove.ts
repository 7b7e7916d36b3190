// LMOVE and RPOPLPUSH, and their blocking forms: an element from an end of one list to an end of
// another one, or of the same. Invariant: the element is in one of the lists when anything fails.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { viewOf } from '../../util/bytes.js';
import { blockingTimeoutArgument, waitForKeys } from '../blocking-keys.js';
import { undoCreation } from '../done-part.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { endArgument, LEFT_END, RIGHT_END, UNKNOWN_END } from './list-arguments.js';
import { finishRemoval } from './removal.js';

/** Elements up to this length are carried in memory that is there already. */
const CARRIER_BYTES = 16 * 1024;

const source = new ListValue();
const destination = new ListValue();
const element = new ByteSlice();
const carrier = Buffer.alloc(CARRIER_BYTES);
const carrierView = viewOf(carrier);

/** Copies the element out of its list, whose memory is about to change. */
function carry(): void {
  const { length } = element;
  if (length > CARRIER_BYTES) {
    element.ofBuffer(element.copy());
    return;
  }
  element.copyTo(carrier, 0);
  element.of(carrier, carrierView, 0, length);
}

/** Moves the element from one end of the source to the other end, or back. */
function rotate(ctx: Context, args: Args, from: number, to: number): void {
  source.removeRange(from === RIGHT_END ? source.count - 1 : 0, 1);
  try {
    source.willAdd(element.length, 1);
    source.push(element, to === LEFT_END);
  } catch (error) {
    // The element has lost its place: that is what the log says, too.
    logPop(ctx, args, from);
    finishRemoval(ctx, source, 0);
    throw error;
  }
}

function logPop({ db, effects }: Context, args: Args, from: number): void {
  effects.begin(db.index, 2);
  effects.text(from === LEFT_END ? 'LPOP' : 'RPOP');
  effects.bytes(args.bytes, args.at[1], args.length[1]);
  effects.end();
}

/** @param ref of the list at argument 2, or NO_REF; out of memory, it stays as it is */
function pushToDestination(ctx: Context, args: Args, ref: Ref, to: number): void {
  try {
    if (ref === NO_REF) destination.create(ctx.db, args, 2);
    else destination.open(ctx.db, ref);
    destination.willAdd(element.length, 1);
    destination.push(element, to === LEFT_END);
  } catch (error) {
    if (ref === NO_REF) undoCreation(ctx, args, 2);
    throw error;
  }
}

/**
 * Moves an element and replies it.
 * @param sourceRef the list at argument 1
 * @returns false after an error was replied
 */
function moveElement(ctx: Context, args: Args, sourceRef: Ref, from: number, to: number): boolean {
  const { db, reply } = ctx;
  const destinationRef = lookupWriteTyped(ctx, args, 2, TYPE_LIST);
  if (destinationRef === WRONG_TYPE) return false;
  source.open(db, sourceRef);
  const index = from === RIGHT_END ? source.count - 1 : 0;
  source.seek(index);
  source.read(element);
  carry();
  if (destinationRef === sourceRef) {
    rotate(ctx, args, from, to);
  } else {
    pushToDestination(ctx, args, destinationRef, to);
    try {
      source.removeRange(index, 1);
    } catch (error) {
      destination.removeRange(to === LEFT_END ? 0 : destination.count - 1, 1);
      if (destination.count === 0) undoCreation(ctx, args, 2);
      throw error;
    }
    db.changed(destination.ref, 0);
  }
  reply.bulkView(element.view, element.at, element.length);
  element.clear();
  finishRemoval(ctx, source, 1);
  return true;
}

function lmoveGenericCommand(ctx: Context, args: Args, from: number, to: number): void {
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) ctx.reply.null();
  else moveElement(ctx, args, ref, from, to);
}

export function lmoveCommand(ctx: Context, args: Args): void {
  const from = endArgument(ctx, args, 3);
  if (from === UNKNOWN_END) return;
  const to = endArgument(ctx, args, 4);
  if (to !== UNKNOWN_END) lmoveGenericCommand(ctx, args, from, to);
}

export function rpoplpushCommand(ctx: Context, args: Args): void {
  lmoveGenericCommand(ctx, args, RIGHT_END, LEFT_END);
}

/** @param effect the name of the non-blocking form, whose arguments come first */
function blmoveGenericCommand(
  ctx: Context,
  args: Args,
  from: number,
  to: number,
  timeoutMs: number,
  effect: string,
): void {
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    if (!waitForKeys(ctx, args, 1, 1, TYPE_LIST, timeoutMs)) ctx.reply.null();
    return;
  }
  if (!moveElement(ctx, args, ref, from, to)) return;
  const { effects } = ctx;
  const { count } = args;
  effects.begin(ctx.db.index, count - 1);
  effects.text(effect);
  for (let i = 1; i < count - 1; i++) effects.bytes(args.bytes, args.at[i], args.length[i]);
  effects.end();
}

export function blmoveCommand(ctx: Context, args: Args): void {
  const from = endArgument(ctx, args, 3);
  if (from === UNKNOWN_END) return;
  const to = endArgument(ctx, args, 4);
  if (to === UNKNOWN_END) return;
  const timeoutMs = blockingTimeoutArgument(ctx, args, 5);
  if (Number.isNaN(timeoutMs)) return;
  blmoveGenericCommand(ctx, args, from, to, timeoutMs, 'LMOVE');
}

export function brpoplpushCommand(ctx: Context, args: Args): void {
  const timeoutMs = blockingTimeoutArgument(ctx, args, 3);
  if (Number.isNaN(timeoutMs)) return;
  blmoveGenericCommand(ctx, args, RIGHT_END, LEFT_END, timeoutMs, 'RPOPLPUSH');
}

function endDoc(name: string): ArgumentDoc {
  return {
    name,
    type: 'oneof',
    arguments: [
      { name: 'left', type: 'pure-token', token: 'LEFT' },
      { name: 'right', type: 'pure-token', token: 'RIGHT' },
    ],
  };
}

const LISTS: readonly ArgumentDoc[] = [
  { name: 'source', type: 'key', keySpecIndex: 0 },
  { name: 'destination', type: 'key', keySpecIndex: 1 },
];
const ENDS = [endDoc('wherefrom'), endDoc('whereto')];
const TIMEOUT: ArgumentDoc = { name: 'timeout', type: 'double' };
const KEYS = [keySpec(['RW', 'access', 'delete'], 1), keySpec(['RW', 'insert'], 2)];

export const lmoveSpec: CommandSpec = {
  name: 'LMOVE',
  group: 'list',
  since: '6.2.0',
  arity: 5,
  flags: ['write', 'denyoom'],
  summary: 'Moves an element from an end of one list to an end of another one.',
  complexity: 'O(1)',
  keys: KEYS,
  arguments: [...LISTS, ...ENDS],
  propagate: 'verbatim',
  handler: lmoveCommand,
};

export const rpoplpushSpec: CommandSpec = {
  name: 'RPOPLPUSH',
  group: 'list',
  since: '1.2.0',
  arity: 3,
  flags: ['write', 'denyoom'],
  summary: 'Moves the last element of one list to the begin of another one.',
  complexity: 'O(1)',
  keys: KEYS,
  arguments: LISTS,
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  propagate: 'verbatim',
  handler: rpoplpushCommand,
};

export const blmoveSpec: CommandSpec = {
  name: 'BLMOVE',
  group: 'list',
  since: '6.2.0',
  arity: 6,
  flags: ['write', 'denyoom', 'blocking'],
  summary: 'Moves an element from list to list; waits while the first one is absent.',
  complexity: 'O(1)',
  keys: KEYS,
  arguments: [...LISTS, ...ENDS, TIMEOUT],
  propagate: 'effects',
  handler: blmoveCommand,
};

export const brpoplpushSpec: CommandSpec = {
  name: 'BRPOPLPUSH',
  group: 'list',
  since: '2.2.0',
  arity: 4,
  flags: ['write', 'denyoom', 'blocking'],
  summary: 'Moves a last element to the begin of another list; waits while there is none.',
  complexity: 'O(1)',
  keys: KEYS,
  arguments: [...LISTS, TIMEOUT],
  history: [['6.0.0', 'The `timeout` may have a fraction.']],
  deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  propagate: 'effects',
  handler: brpoplpushCommand,
};
