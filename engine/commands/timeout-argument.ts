// Time-outs in milliseconds among a command's arguments, with Redis's errors.

import type { Context } from '../contract/context.js';
import {
  ERR_TIMEOUT_NEGATIVE,
  ERR_TIMEOUT_NOT_INTEGER,
  ERR_TIMEOUT_OUT_OF_RANGE,
} from '../contract/errors.js';
import type { Args } from '../util/args.js';
import { integerArgument } from './integer-argument.js';

/** @returns milliseconds, 0 or more; NaN after an error was replied */
export function timeoutArgument(ctx: Context, args: Args, index: number): number {
  const timeoutMs = integerArgument(args, index);
  if (Number.isNaN(timeoutMs)) ctx.reply.error(ERR_TIMEOUT_NOT_INTEGER);
  else if (timeoutMs < 0) ctx.reply.error(ERR_TIMEOUT_NEGATIVE);
  else if (timeoutMs > Number.MAX_SAFE_INTEGER - ctx.now) ctx.reply.error(ERR_TIMEOUT_OUT_OF_RANGE);
  else return timeoutMs;
  return Number.NaN;
}
