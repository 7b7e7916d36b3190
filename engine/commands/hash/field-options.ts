// The options before the clause FIELDS of HSETEX and HGETEX. Invariant: a combination is accepted
// exactly when Valkey accepts it; reading allocates nothing.

import type { ArgumentDoc } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { MS_PER_MS, MS_PER_SECOND } from '../generic/expire-time.js';
import { fieldDeadline } from './fields-clause.js';

export const OPTION_NX = 1 << 0;
export const OPTION_XX = 1 << 1;
export const OPTION_FNX = 1 << 2;
export const OPTION_FXX = 1 << 3;
export const OPTION_KEEPTTL = 1 << 4;
export const OPTION_PERSIST = 1 << 5;
const OPTION_EX = 1 << 6;
const OPTION_PX = 1 << 7;
const OPTION_EXAT = 1 << 8;
const OPTION_PXAT = 1 << 9;

const TIMED = OPTION_EX | OPTION_PX | OPTION_EXAT | OPTION_PXAT;
const ON_EXPIRY = TIMED | OPTION_KEEPTTL | OPTION_PERSIST;
const ON_KEY = OPTION_NX | OPTION_XX;
const ON_FIELDS = OPTION_FNX | OPTION_FXX;
const RELATIVE = OPTION_EX | OPTION_PX;
const IN_SECONDS = OPTION_EX | OPTION_EXAT;

/** Where `parseFieldOptions` leaves its result: OPTION_* bits and the argument with the time. */
export const fieldOptions = { bits: 0, timeIndex: 0 };

/**
 * Reads the options that are the arguments from 2 to before `end`.
 * @param forSet HSETEX's options, or else those of HGETEX
 * @returns false after an error was replied
 */
export function parseFieldOptions(ctx: Context, args: Args, end: number, forSet: boolean): boolean {
  fieldOptions.bits = 0;
  fieldOptions.timeIndex = 0;
  for (let i = 2; i < end; i++) {
    const option = optionAt(args, i, forSet);
    if (option === 0 || (excludedBy(option) & fieldOptions.bits) !== 0) return refuse(ctx);
    fieldOptions.bits |= option;
    if ((option & TIMED) === 0) continue;
    if (++i === end) return refuse(ctx);
    fieldOptions.timeIndex = i;
  }
  return true;
}

/** @returns the deadline that the options set in unix ms, -1 for none; NaN after an error */
export function optionDeadline(ctx: Context, args: Args): number {
  const { bits, timeIndex } = fieldOptions;
  if (timeIndex === 0) return -1;
  const unitMs = (bits & IN_SECONDS) !== 0 ? MS_PER_SECOND : MS_PER_MS;
  const baseMs = (bits & RELATIVE) !== 0 ? ctx.now : 0;
  return fieldDeadline(ctx, args, timeIndex, unitMs, baseMs);
}

function refuse(ctx: Context): false {
  ctx.reply.error(ERR_SYNTAX);
  return false;
}

function optionAt(args: Args, index: number, forSet: boolean): number {
  if (args.is(index, 'EX')) return OPTION_EX;
  if (args.is(index, 'PX')) return OPTION_PX;
  if (args.is(index, 'EXAT')) return OPTION_EXAT;
  if (args.is(index, 'PXAT')) return OPTION_PXAT;
  if (!forSet) return args.is(index, 'PERSIST') ? OPTION_PERSIST : 0;
  if (args.is(index, 'KEEPTTL')) return OPTION_KEEPTTL;
  if (args.is(index, 'NX')) return OPTION_NX;
  if (args.is(index, 'XX')) return OPTION_XX;
  if (args.is(index, 'FNX')) return OPTION_FNX;
  return args.is(index, 'FXX') ? OPTION_FXX : 0;
}

/** @returns the options that must not come before this one; itself twice is fine */
function excludedBy(option: number): number {
  const group =
    (option & ON_KEY) !== 0 ? ON_KEY : (option & ON_FIELDS) !== 0 ? ON_FIELDS : ON_EXPIRY;
  return group & ~option;
}

export const TIME_OPTIONS: readonly ArgumentDoc[] = [
  { name: 'seconds', type: 'integer', token: 'EX' },
  { name: 'milliseconds', type: 'integer', token: 'PX' },
  { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
  { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
];
