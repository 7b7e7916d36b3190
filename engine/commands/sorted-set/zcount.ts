// ZCOUNT and ZLEXCOUNT: how many members lie in a range.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import {
  ERR_MEMBER_RANGE,
  ERR_SCORE_RANGE,
  findMembers,
  findScores,
  ranks,
  readMembers,
  readScores,
} from './range-bounds.js';

const set = new SortedSetValue();

export function zcountCommand(ctx: Context, args: Args): void {
  if (!readScores(args, 2, 3)) {
    ctx.reply.error(ERR_SCORE_RANGE);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) findScores(set.open(ctx.db, ref));
  ctx.reply.integer(ref === NO_REF ? 0 : ranks.end - ranks.start);
}

export const zcountSpec: CommandSpec = {
  name: 'ZCOUNT',
  group: 'sorted-set',
  since: '2.0.0',
  arity: 4,
  flags: ['readonly', 'fast'],
  summary: 'Counts the members with scores in a range.',
  complexity: 'O(log(N)) in a set of N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'min', type: 'double' }, { name: 'max', type: 'double' }],
  propagate: 'never',
  handler: zcountCommand,
};

export function zlexcountCommand(ctx: Context, args: Args): void {
  if (!readMembers(args, 2, 3)) {
    ctx.reply.error(ERR_MEMBER_RANGE);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref !== NO_REF) findMembers(set.open(ctx.db, ref));
  ctx.reply.integer(ref === NO_REF ? 0 : ranks.end - ranks.start);
}

export const zlexcountSpec: CommandSpec = {
  name: 'ZLEXCOUNT',
  group: 'sorted-set',
  since: '2.8.9',
  arity: 4,
  flags: ['readonly', 'fast'],
  summary: 'Counts the members in a range of members, all scores being equal.',
  complexity: 'O(log(N)) in a set of N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY, { name: 'min', type: 'string' }, { name: 'max', type: 'string' }],
  propagate: 'never',
  handler: zlexcountCommand,
};
