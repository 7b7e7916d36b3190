// The options of SET and GETEX, read once for both. Invariant: a combination is accepted exactly
// when Redis accepts it; reading allocates nothing.

import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { MS_PER_MS, MS_PER_SECOND, positiveDeadline } from '../generic/expire-time.js';

export const OPTION_NX = 1 << 0;
export const OPTION_XX = 1 << 1;
export const OPTION_GET = 1 << 2;
export const OPTION_KEEPTTL = 1 << 3;
export const OPTION_PERSIST = 1 << 4;
export const OPTION_EX = 1 << 5;
export const OPTION_PX = 1 << 6;
export const OPTION_EXAT = 1 << 7;
export const OPTION_PXAT = 1 << 8;

const TIMED = OPTION_EX | OPTION_PX | OPTION_EXAT | OPTION_PXAT;
const ON_EXPIRY = TIMED | OPTION_KEEPTTL | OPTION_PERSIST;
const RELATIVE = OPTION_EX | OPTION_PX;
const IN_SECONDS = OPTION_EX | OPTION_EXAT;

/** Where `parseStringOptions` leaves its result: OPTION_* bits and the argument with the time. */
export const options = { bits: 0, timeIndex: 0 };

/**
 * @param from the first option's index
 * @param forSet SET's options, or else those of GETEX
 * @returns false after an error was replied
 */
export function parseStringOptions(
  ctx: Context,
  args: Args,
  from: number,
  forSet: boolean,
): boolean {
  options.bits = 0;
  options.timeIndex = 0;
  for (let i = from; i < args.count; i++) {
    const option = forSet ? setOption(args, i) : getexOption(args, i);
    if (option === 0 || (excludedBy(option) & options.bits) !== 0) return refuse(ctx);
    options.bits |= option;
    if ((option & TIMED) === 0) continue;
    if (++i === args.count) return refuse(ctx);
    options.timeIndex = i;
  }
  return true;
}

/**
 * @param option the OPTION_* bits, one of them with a time
 * @param index the argument that is the time
 * @returns unix ms; NaN after an error was replied
 */
export function optionDeadline(ctx: Context, args: Args, option: number, index: number): number {
  const unitMs = (option & IN_SECONDS) !== 0 ? MS_PER_SECOND : MS_PER_MS;
  return positiveDeadline(ctx, args, index, unitMs, (option & RELATIVE) !== 0 ? ctx.now : 0);
}

function refuse(ctx: Context): false {
  ctx.reply.error(ERR_SYNTAX);
  return false;
}

function setOption(args: Args, index: number): number {
  if (args.is(index, 'NX')) return OPTION_NX;
  if (args.is(index, 'XX')) return OPTION_XX;
  if (args.is(index, 'GET')) return OPTION_GET;
  return args.is(index, 'KEEPTTL') ? OPTION_KEEPTTL : timeOption(args, index);
}

function getexOption(args: Args, index: number): number {
  return args.is(index, 'PERSIST') ? OPTION_PERSIST : timeOption(args, index);
}

function timeOption(args: Args, index: number): number {
  if (args.is(index, 'EX')) return OPTION_EX;
  if (args.is(index, 'PX')) return OPTION_PX;
  if (args.is(index, 'EXAT')) return OPTION_EXAT;
  return args.is(index, 'PXAT') ? OPTION_PXAT : 0;
}

/** @returns the options that must not come before this one; itself twice is fine */
function excludedBy(option: number): number {
  if (option === OPTION_NX) return OPTION_XX;
  if (option === OPTION_XX) return OPTION_NX;
  return option === OPTION_GET ? 0 : ON_EXPIRY & ~option;
}
