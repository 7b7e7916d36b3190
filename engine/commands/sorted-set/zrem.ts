// ZREM and the ZREMRANGEs: members that go, and the key with the last of them.

import { type ArgumentDoc, type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER } from '../../contract/errors.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBERS } from './argument-docs.js';
import {
  ERR_MEMBER_RANGE,
  ERR_SCORE_RANGE,
  findMembers,
  findRanks,
  findScores,
  ranks,
  readMembers,
  readScores,
} from './range-bounds.js';
import { removeRanks } from './removed-range.js';

const set = new SortedSetValue();
const member = new ByteSlice();

export function zremCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  let removed = 0;
  if (ref !== NO_REF) {
    set.open(db, ref);
    for (let i = 2; i < args.count && set.count > 0; i++) {
      if (set.remove(member.ofArgument(args, i))) removed++;
    }
    if (removed > 0) {
      db.changed(set.ref, removed);
      set.dropIfEmpty();
    }
  }
  reply.integer(removed);
}

export const zremSpec: CommandSpec = {
  name: 'ZREM',
  group: 'sorted-set',
  since: '1.2.0',
  arity: -3,
  flags: ['write', 'fast'],
  summary: 'Removes members from a sorted set.',
  complexity: 'O(M*log(N)) for M of N members.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: [KEY, MEMBERS],
  history: [['2.4.0', 'Takes several members.']],
  propagate: 'verbatim',
  handler: zremCommand,
};

/** @param find puts the range, which was read before, into `ranks` */
function zremrangeGenericCommand(
  ctx: Context,
  args: Args,
  find: (set: SortedSetValue, args: Args) => void,
): void {
  const { db, reply } = ctx;
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  let removed = 0;
  if (ref !== NO_REF) {
    find(set.open(db, ref), args);
    removed = ranks.end - ranks.start;
    removeRanks(ctx, set, ranks.start, ranks.end);
  }
  reply.integer(removed);
}

function findRankArguments(value: SortedSetValue, args: Args): void {
  findRanks(value, integerArgument(args, 2), integerArgument(args, 3), false);
}

export function zremrangebyrankCommand(ctx: Context, args: Args): void {
  if (Number.isNaN(integerArgument(args, 2)) || Number.isNaN(integerArgument(args, 3))) {
    ctx.reply.error(ERR_NOT_INTEGER);
  } else {
    zremrangeGenericCommand(ctx, args, findRankArguments);
  }
}

export function zremrangebyscoreCommand(ctx: Context, args: Args): void {
  if (readScores(args, 2, 3)) zremrangeGenericCommand(ctx, args, findScores);
  else ctx.reply.error(ERR_SCORE_RANGE);
}

export function zremrangebylexCommand(ctx: Context, args: Args): void {
  if (readMembers(args, 2, 3)) zremrangeGenericCommand(ctx, args, findMembers);
  else ctx.reply.error(ERR_MEMBER_RANGE);
}

function bounds(first: string, last: string, type: ArgumentDoc['type']): readonly ArgumentDoc[] {
  return [KEY, { name: first, type }, { name: last, type }];
}

export const zremrangebyrankSpec: CommandSpec = {
  name: 'ZREMRANGEBYRANK',
  group: 'sorted-set',
  since: '2.0.0',
  arity: 4,
  flags: ['write'],
  summary: 'Removes the members with ranks in a range.',
  complexity: 'O(M*log(N)) for M of N members.',
  keys: [keySpec(['RW', 'delete'], 1)],
  arguments: bounds('start', 'stop', 'integer'),
  propagate: 'verbatim',
  handler: zremrangebyrankCommand,
};

export const zremrangebyscoreSpec: CommandSpec = {
  ...zremrangebyrankSpec,
  name: 'ZREMRANGEBYSCORE',
  since: '1.2.0',
  summary: 'Removes the members with scores in a range.',
  arguments: bounds('min', 'max', 'double'),
  handler: zremrangebyscoreCommand,
};

export const zremrangebylexSpec: CommandSpec = {
  ...zremrangebyrankSpec,
  name: 'ZREMRANGEBYLEX',
  since: '2.8.9',
  summary: 'Removes the members in a range of members, all scores being equal.',
  arguments: bounds('min', 'max', 'string'),
  handler: zremrangebylexCommand,
};
