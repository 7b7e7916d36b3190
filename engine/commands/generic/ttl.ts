// TTL, PTTL, EXPIRETIME, PEXPIRETIME and PERSIST: when a key ends, and that it does not.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { MS_PER_MS, MS_PER_SECOND } from './expire-time.js';
import { lookupUntouched } from './lookup.js';

const NO_KEY = -2;
const NO_DEADLINE = -1;

/**
 * @param unitMs the answer's unit in milliseconds, rounded to the nearest
 * @param baseMs what the answer counts from: now, or 0 for a unix time
 */
function ttlGenericCommand(ctx: Context, args: Args, unitMs: number, baseMs: number): void {
  const ref = lookupUntouched(ctx, args, 1);
  if (ref === NO_REF) {
    ctx.reply.integer(NO_KEY);
    return;
  }
  const deadline = ctx.db.deadlineOf(ref);
  if (deadline < 0) {
    ctx.reply.integer(NO_DEADLINE);
    return;
  }
  const restMs = Math.max(0, deadline - baseMs);
  const isWhole = unitMs === MS_PER_MS;
  ctx.reply.integer(isWhole ? restMs : Math.floor((restMs + unitMs / 2) / unitMs));
}

export function ttlCommand(ctx: Context, args: Args): void {
  ttlGenericCommand(ctx, args, MS_PER_SECOND, ctx.now);
}

export function pttlCommand(ctx: Context, args: Args): void {
  ttlGenericCommand(ctx, args, MS_PER_MS, ctx.now);
}

export function expiretimeCommand(ctx: Context, args: Args): void {
  ttlGenericCommand(ctx, args, MS_PER_SECOND, 0);
}

export function pexpiretimeCommand(ctx: Context, args: Args): void {
  ttlGenericCommand(ctx, args, MS_PER_MS, 0);
}

export function persistCommand(ctx: Context, args: Args): void {
  const ref = ctx.db.lookupWrite(args, 1);
  if (ref === NO_REF || ctx.db.deadlineOf(ref) < 0) {
    ctx.reply.integer(0);
    return;
  }
  ctx.db.clearDeadline(ref);
  ctx.reply.integer(1);
}

/** What the four readers have in common. */
const FAMILY = {
  group: 'generic',
  arity: 2,
  flags: ['readonly', 'fast'],
  complexity: 'O(1)',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY],
  propagate: 'never',
} as const;

const MINUS_TWO_HISTORY = [['2.8.0', 'An absent key is answered with -2.']] as const;

export const ttlSpec: CommandSpec = {
  ...FAMILY,
  name: 'TTL',
  since: '1.0.0',
  summary: 'Tells how many seconds a key has left.',
  history: MINUS_TWO_HISTORY,
  tips: ['nondeterministic_output'],
  handler: ttlCommand,
};

export const pttlSpec: CommandSpec = {
  ...FAMILY,
  name: 'PTTL',
  since: '2.6.0',
  summary: 'Tells how many milliseconds a key has left.',
  history: MINUS_TWO_HISTORY,
  tips: ['nondeterministic_output'],
  handler: pttlCommand,
};

export const expiretimeSpec: CommandSpec = {
  ...FAMILY,
  name: 'EXPIRETIME',
  since: '7.0.0',
  summary: 'Tells the unix time in seconds at which a key ends.',
  handler: expiretimeCommand,
};

export const pexpiretimeSpec: CommandSpec = {
  ...FAMILY,
  name: 'PEXPIRETIME',
  since: '7.0.0',
  summary: 'Tells the unix time in milliseconds at which a key ends.',
  handler: pexpiretimeCommand,
};

export const persistSpec: CommandSpec = {
  name: 'PERSIST',
  group: 'generic',
  since: '2.2.0',
  arity: 2,
  flags: ['write', 'fast'],
  summary: 'Takes the deadline off a key.',
  complexity: 'O(1)',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: [KEY],
  propagate: 'verbatim',
  handler: persistCommand,
};
