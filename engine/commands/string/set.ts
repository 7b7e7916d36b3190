// SET and its older spellings. Invariant: what reaches the log holds no relative time and no
// condition: SET key value, with PXAT and a deadline or with KEEPTTL where they apply.

import { type CommandSpec, type KeyFlag, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { putString } from '../../keyspace/strings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { logKeyDeletion } from '../key-deletion.js';
import { getGenericCommand } from './get.js';
import {
  OPTION_EX,
  OPTION_GET,
  OPTION_KEEPTTL,
  OPTION_NX,
  OPTION_PX,
  OPTION_XX,
  optionDeadline,
  options,
  parseStringOptions,
} from './string-options.js';

const NO_DEADLINE = -1;

/** How a command says that it did, or did not, set the key. */
const ANSWER_OK_OR_NULL = 0;
const ANSWER_ONE_OR_ZERO = 1;

/**
 * @param valueIndex the argument that is the value; the key is argument 1
 * @param bits OPTION_* bits
 * @param timeIndex the argument of the time option, or 0
 * @param answer ANSWER_*
 */
function setGenericCommand(
  ctx: Context,
  args: Args,
  valueIndex: number,
  bits: number,
  timeIndex: number,
  answer: number,
): void {
  const { db, reply, keyspace } = ctx;
  let deadline = NO_DEADLINE;
  if (timeIndex !== 0) {
    deadline = optionDeadline(ctx, args, bits, timeIndex);
    if (Number.isNaN(deadline)) return;
  }
  const repliesValue = (bits & OPTION_GET) !== 0;
  if (repliesValue && !getGenericCommand(ctx, args)) return;
  const ref = db.lookupWrite(args, 1);
  if (ref === NO_REF ? (bits & OPTION_XX) !== 0 : (bits & OPTION_NX) !== 0) {
    if (answer === ANSWER_ONE_OR_ZERO) reply.integer(0);
    else if (!repliesValue) reply.null();
    return;
  }
  if (deadline !== NO_DEADLINE && deadline <= ctx.now && keyspace.expiresKeys) {
    // Already over: what remains of the command is the end of the old value.
    if (ref !== NO_REF) {
      db.remove(ref);
      logKeyDeletion(ctx, args, 1);
    }
  } else {
    const { dirty } = keyspace;
    const keepsDeadline = deadline !== NO_DEADLINE || (bits & OPTION_KEEPTTL) !== 0;
    const target = putString(db, ref, args, 1, valueIndex, keepsDeadline);
    if (deadline !== NO_DEADLINE) db.setDeadline(target, deadline);
    keyspace.dirty = dirty + 1;
    logSet(ctx, args, valueIndex, bits, deadline);
  }
  if (answer === ANSWER_ONE_OR_ZERO) reply.integer(1);
  else if (!repliesValue) reply.ok();
}

function logSet(
  ctx: Context,
  args: Args,
  valueIndex: number,
  bits: number,
  deadline: number,
): void {
  const { effects } = ctx;
  const keepsTtl = (bits & OPTION_KEEPTTL) !== 0;
  effects.begin(ctx.db.index, deadline !== NO_DEADLINE ? 5 : keepsTtl ? 4 : 3);
  effects.text('SET');
  effects.bytes(args.bytes, args.at[1], args.length[1]);
  effects.bytes(args.bytes, args.at[valueIndex], args.length[valueIndex]);
  if (deadline !== NO_DEADLINE) {
    effects.text('PXAT');
    effects.integer(deadline);
  } else if (keepsTtl) {
    effects.text('KEEPTTL');
  }
  effects.end();
}

export function setCommand(ctx: Context, args: Args): void {
  if (args.count === 3) {
    const { db } = ctx;
    const ref = db.lookupWrite(args, 1);
    putString(db, ref, args, 1, 2, false);
    ctx.effects.verbatim(db.index, args);
    ctx.reply.ok();
  } else if (parseStringOptions(ctx, args, 3, true)) {
    setGenericCommand(ctx, args, 2, options.bits, options.timeIndex, ANSWER_OK_OR_NULL);
  }
}

/** @returns what a SET does to its key: only with GET it reads it */
function setKeyFlags(args: Args): readonly KeyFlag[] {
  for (let i = 3; i < args.count; i++) if (args.is(i, 'GET')) return ['RW', 'access', 'update'];
  return ['OW', 'update'];
}

export const setSpec: CommandSpec = {
  name: 'SET',
  group: 'string',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Makes a key hold a string, whatever it held before, with or without a deadline.',
  complexity: 'O(1)',
  keys: [
    {
      ...keySpec(['RW', 'access', 'update', 'variable_flags'], 1),
      notes: 'Only the GET option reads the key.',
    },
  ],
  keyFlags: setKeyFlags,
  arguments: [
    KEY,
    { name: 'value', type: 'string' },
    {
      name: 'condition',
      type: 'oneof',
      optional: true,
      since: '2.6.12',
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
      ],
    },
    { name: 'get', type: 'pure-token', token: 'GET', optional: true, since: '6.2.0' },
    {
      name: 'expiration',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'seconds', type: 'integer', token: 'EX', since: '2.6.12' },
        { name: 'milliseconds', type: 'integer', token: 'PX', since: '2.6.12' },
        { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT', since: '6.2.0' },
        { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT', since: '6.2.0' },
        { name: 'keepttl', type: 'pure-token', token: 'KEEPTTL', since: '6.0.0' },
      ],
    },
  ],
  history: [
    ['2.6.12', 'EX, PX, NX and XX came.'],
    ['6.0.0', 'KEEPTTL came.'],
    ['6.2.0', 'GET, EXAT and PXAT came.'],
    ['7.0.0', 'NX and GET may be combined.'],
  ],
  propagate: 'effects',
  handler: setCommand,
};

export function setnxCommand(ctx: Context, args: Args): void {
  setGenericCommand(ctx, args, 2, OPTION_NX, 0, ANSWER_ONE_OR_ZERO);
}

export const setnxSpec: CommandSpec = {
  name: 'SETNX',
  group: 'string',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Makes a key hold a string unless it exists already.',
  complexity: 'O(1)',
  keys: [keySpec(['OW', 'insert'], 1)],
  arguments: [KEY, { name: 'value', type: 'string' }],
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `NX` argument' },
  propagate: 'effects',
  handler: setnxCommand,
};

export function setexCommand(ctx: Context, args: Args): void {
  setGenericCommand(ctx, args, 3, OPTION_EX, 2, ANSWER_OK_OR_NULL);
}

export const setexSpec: CommandSpec = {
  name: 'SETEX',
  group: 'string',
  since: '2.0.0',
  arity: 4,
  flags: ['write', 'denyoom'],
  summary: 'Makes a key hold a string for a number of seconds.',
  complexity: 'O(1)',
  keys: [keySpec(['OW', 'update'], 1)],
  arguments: [KEY, { name: 'seconds', type: 'integer' }, { name: 'value', type: 'string' }],
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `EX` argument' },
  propagate: 'effects',
  handler: setexCommand,
};

export function psetexCommand(ctx: Context, args: Args): void {
  setGenericCommand(ctx, args, 3, OPTION_PX, 2, ANSWER_OK_OR_NULL);
}

export const psetexSpec: CommandSpec = {
  name: 'PSETEX',
  group: 'string',
  since: '2.6.0',
  arity: 4,
  flags: ['write', 'denyoom'],
  summary: 'Makes a key hold a string for a number of milliseconds.',
  complexity: 'O(1)',
  keys: [keySpec(['OW', 'update'], 1)],
  arguments: [KEY, { name: 'milliseconds', type: 'integer' }, { name: 'value', type: 'string' }],
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the `PX` argument' },
  propagate: 'effects',
  handler: psetexCommand,
};
