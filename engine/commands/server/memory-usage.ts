// MEMORY USAGE: what one key and its value take. All but the elements of large collections is
// exact; of those SAMPLES are looked at, all with SAMPLES 0.

import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_STRING } from '../../keyspace/encodings.js';
import { largeSizeBytes } from '../../keyspace/large-size.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';

/** What the hash table holds for a key: its reference and its hash. */
const TABLE_SLOT_BYTES = 8;

/** Elements looked at when SAMPLES does not say. Exact sizes are cheap: Redis takes 5. */
const SAMPLES_DEFAULT = 64;

/** @returns how many elements to look at; NaN after an error was replied */
function samplesOption(ctx: Context, args: Args): number {
  let samples = SAMPLES_DEFAULT;
  for (let i = 3; i < args.count; i += 2) {
    if (!args.is(i, 'SAMPLES') || i + 1 >= args.count) {
      ctx.reply.error(ERR_SYNTAX);
      return Number.NaN;
    }
    samples = integerArgument(args, i + 1);
    if (Number.isNaN(samples) || samples < 0) {
      ctx.reply.error(samples < 0 ? ERR_SYNTAX : ERR_NOT_INTEGER);
      return Number.NaN;
    }
    if (samples === 0) samples = Infinity;
  }
  return samples;
}

export function memoryUsageCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const samples = samplesOption(ctx, args);
  if (Number.isNaN(samples)) return;
  const ref = db.peek(args, 2);
  if (ref === NO_REF) {
    reply.null();
    return;
  }
  let bytes = db.recordSizeBytes(ref) + TABLE_SLOT_BYTES;
  const type = db.typeOf(ref);
  const root = type === TYPE_STRING ? NO_REF : db.rootOf(ref);
  if (root !== NO_REF) bytes += largeSizeBytes(db, type, root, samples);
  reply.integer(bytes);
}
