// DEBUG QUICKLIST-PACKED-THRESHOLD: tests of lists make small elements count as large ones.

import type { Context } from '../../contract/context.js';
import type { Args } from '../../util/args.js';
import { parseMemory } from '../../util/numbers.js';

const ERR_THRESHOLD = 'ERR argument must be a memory value bigger than 1 and smaller than 4gb';
const MIB = 1024 * 1024;
const THRESHOLD_MAX_BYTES = 4096 * MIB - MIB;

/** QUICKLIST-PACKED-THRESHOLD <size>: elements from that size on get nodes of their own; 0: off. */
export function debugPackedThresholdCommand(ctx: Context, args: Args): void {
  const sizeBytes = parseMemory(args.text(2));
  if (sizeBytes === null || sizeBytes > THRESHOLD_MAX_BYTES) {
    ctx.reply.error(ERR_THRESHOLD);
    return;
  }
  ctx.keyspace.limits.listPackedThreshold = sizeBytes;
  ctx.reply.ok();
}
