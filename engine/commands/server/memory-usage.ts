// MEMORY USAGE: what one key and its value take.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';

/** What the hash table holds for a key: its reference and its hash. */
const TABLE_SLOT_BYTES = 8;

/** @returns an error text, or null */
function checkOptions(args: Args): string | null {
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, 'SAMPLES') || i + 1 >= args.count) return ERR_SYNTAX;
    const samples = integerArgument(args, i + 1);
    if (Number.isNaN(samples)) return ERR_NOT_INTEGER;
    if (samples < 0) return ERR_SYNTAX;
  }
  return null;
}

/** SAMPLES is checked but not needed: sizes are known exactly, nothing is estimated. */
export function memoryUsageCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const error = checkOptions(args);
  if (error !== null) {
    reply.error(error);
    return;
  }
  const ref = db.peek(args, 2);
  if (ref === NO_REF) reply.null();
  else reply.integer(db.recordSizeBytes(ref) + TABLE_SLOT_BYTES);
}
