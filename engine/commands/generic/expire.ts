// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT. Invariant: the log gets an absolute deadline, or the
// deletion that a deadline in the past amounts to; and replaying one never deletes.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { logKeyDeletion } from '../key-deletion.js';
import { anyDeadline, MS_PER_MS, MS_PER_SECOND } from './expire-time.js';

const CONDITION_NX = 1 << 0;
const CONDITION_XX = 1 << 1;
const CONDITION_GT = 1 << 2;
const CONDITION_LT = 1 << 3;
const NOT_WITH_NX = CONDITION_XX | CONDITION_GT | CONDITION_LT;
const GT_AND_LT = CONDITION_GT | CONDITION_LT;

const ERR_NX_COMBINED = 'ERR NX and XX, GT or LT options at the same time are not compatible';
const ERR_GT_AND_LT = 'ERR GT and LT options at the same time are not compatible';

/**
 * Reads the conditions that are the arguments from 3 to before `end`.
 * @returns CONDITION_* bits, or -1 after an error was replied
 */
export function parseConditions(ctx: Context, args: Args, end: number): number {
  let bits = 0;
  for (let i = 3; i < end; i++) {
    if (args.is(i, 'NX')) bits |= CONDITION_NX;
    else if (args.is(i, 'XX')) bits |= CONDITION_XX;
    else if (args.is(i, 'GT')) bits |= CONDITION_GT;
    else if (args.is(i, 'LT')) bits |= CONDITION_LT;
    else {
      ctx.reply.error(`ERR Unsupported option ${args.text(i)}`);
      return -1;
    }
  }
  if ((bits & CONDITION_NX) !== 0 && (bits & NOT_WITH_NX) !== 0) {
    ctx.reply.error(ERR_NX_COMBINED);
    return -1;
  }
  if ((bits & GT_AND_LT) === GT_AND_LT) {
    ctx.reply.error(ERR_GT_AND_LT);
    return -1;
  }
  return bits;
}

/** @param current the present deadline, or -1: none, which counts as never */
export function conditionsHold(bits: number, current: number, deadline: number): boolean {
  const hasDeadline = current >= 0;
  if ((bits & CONDITION_NX) !== 0 && hasDeadline) return false;
  if ((bits & CONDITION_XX) !== 0 && !hasDeadline) return false;
  if ((bits & CONDITION_GT) !== 0 && (!hasDeadline || deadline <= current)) return false;
  return (bits & CONDITION_LT) === 0 || !hasDeadline || deadline < current;
}

/**
 * @param unitMs milliseconds per unit of argument 2
 * @param baseMs what argument 2 counts from: now, or 0 for a unix time
 */
function expireGenericCommand(ctx: Context, args: Args, unitMs: number, baseMs: number): void {
  const { db, reply, effects } = ctx;
  const conditions = args.count === 3 ? 0 : parseConditions(ctx, args, args.count);
  if (conditions < 0) return;
  const deadline = anyDeadline(ctx, args, 2, unitMs, baseMs);
  if (Number.isNaN(deadline)) return;
  const ref = db.lookupWrite(args, 1);
  if (ref === NO_REF) {
    reply.integer(0);
    return;
  }
  if (conditions !== 0 && !conditionsHold(conditions, db.deadlineOf(ref), deadline)) {
    reply.integer(0);
    return;
  }
  if (deadline <= ctx.now && ctx.keyspace.expiresKeys) {
    db.remove(ref);
    logKeyDeletion(ctx, args, 1);
  } else {
    const kept = Math.max(0, deadline);
    db.setDeadline(ref, kept);
    effects.begin(db.index, 3);
    effects.text('PEXPIREAT');
    effects.bytes(args.bytes, args.at[1], args.length[1]);
    effects.integer(kept);
    effects.end();
  }
  reply.integer(1);
}

export function expireCommand(ctx: Context, args: Args): void {
  expireGenericCommand(ctx, args, MS_PER_SECOND, ctx.now);
}

export function pexpireCommand(ctx: Context, args: Args): void {
  expireGenericCommand(ctx, args, MS_PER_MS, ctx.now);
}

export function expireatCommand(ctx: Context, args: Args): void {
  expireGenericCommand(ctx, args, MS_PER_SECOND, 0);
}

export function pexpireatCommand(ctx: Context, args: Args): void {
  expireGenericCommand(ctx, args, MS_PER_MS, 0);
}

const CONDITION: ArgumentDoc = {
  name: 'condition',
  type: 'oneof',
  optional: true,
  since: '7.0.0',
  arguments: [
    { name: 'nx', type: 'pure-token', token: 'NX' },
    { name: 'xx', type: 'pure-token', token: 'XX' },
    { name: 'gt', type: 'pure-token', token: 'GT' },
    { name: 'lt', type: 'pure-token', token: 'LT' },
  ],
};

/** What the four have in common. */
const FAMILY = {
  group: 'generic',
  arity: -3,
  flags: ['write', 'fast'],
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'update'], 1)],
  history: [['7.0.0', 'NX, XX, GT and LT came.']],
  propagate: 'effects',
} as const;

export const expireSpec: CommandSpec = {
  ...FAMILY,
  name: 'EXPIRE',
  since: '1.0.0',
  summary: 'Lets a key end after a number of seconds.',
  arguments: [KEY, { name: 'seconds', type: 'integer' }, CONDITION],
  handler: expireCommand,
};

export const pexpireSpec: CommandSpec = {
  ...FAMILY,
  name: 'PEXPIRE',
  since: '2.6.0',
  summary: 'Lets a key end after a number of milliseconds.',
  arguments: [KEY, { name: 'milliseconds', type: 'integer' }, CONDITION],
  handler: pexpireCommand,
};

export const expireatSpec: CommandSpec = {
  ...FAMILY,
  name: 'EXPIREAT',
  since: '1.2.0',
  summary: 'Lets a key end at a unix time in seconds.',
  arguments: [KEY, { name: 'unix-time-seconds', type: 'unix-time' }, CONDITION],
  handler: expireatCommand,
};

export const pexpireatSpec: CommandSpec = {
  ...FAMILY,
  name: 'PEXPIREAT',
  since: '2.6.0',
  summary: 'Lets a key end at a unix time in milliseconds.',
  arguments: [KEY, { name: 'unix-time-milliseconds', type: 'unix-time' }, CONDITION],
  handler: pexpireatCommand,
};
