// DEL and UNLINK. Records and what they refer to are freed in slices by the engine, so the two
// differ in name only.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';

export function delCommand(ctx: Context, args: Args): void {
  const { db } = ctx;
  let deleted = 0;
  for (let i = 1; i < args.count; i++) {
    const ref = db.peek(args, i);
    if (ref === NO_REF) continue;
    db.remove(ref);
    deleted++;
  }
  ctx.reply.integer(deleted);
}

const TIPS = ['request_policy:multi_shard', 'response_policy:agg_sum'];

export const delSpec: CommandSpec = {
  name: 'DEL',
  group: 'generic',
  since: '1.0.0',
  arity: -2,
  flags: ['write'],
  summary: 'Deletes keys and tells how many there were.',
  complexity: 'O(N) for N keys holding strings; for a collection its elements count too.',
  keys: [keySpec(['RM', 'delete'], 1, -1)],
  arguments: [KEYS],
  tips: TIPS,
  propagate: 'verbatim',
  handler: delCommand,
};

export const unlinkSpec: CommandSpec = {
  name: 'UNLINK',
  group: 'generic',
  since: '4.0.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Deletes keys; the memory of large values is given back afterwards.',
  complexity: 'O(1) for each key, and O(N) for N elements afterwards.',
  keys: [keySpec(['RM', 'delete'], 1, -1)],
  arguments: [KEYS],
  tips: TIPS,
  propagate: 'verbatim',
  handler: delCommand,
};
