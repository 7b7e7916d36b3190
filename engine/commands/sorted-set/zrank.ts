// ZRANK and ZREVRANK: the place of a member, counted from 0.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX, wrongArity } from '../../contract/errors.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBER } from './argument-docs.js';

const set = new SortedSetValue();
const member = new ByteSlice();

function zrankGenericCommand(ctx: Context, args: Args, isReverse: boolean): void {
  const { reply } = ctx;
  if (args.count > 4) {
    reply.error(wrongArity(ctx.command.fullName));
    return;
  }
  const withScore = args.count === 4;
  if (withScore && !args.is(3, 'WITHSCORE')) {
    reply.error(ERR_SYNTAX);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF || !set.open(ctx.db, ref).find(member.ofArgument(args, 2))) {
    if (withScore) reply.nullArray();
    else reply.null();
    return;
  }
  const rank = set.rankOfFound();
  if (withScore) reply.array(2);
  reply.integer(isReverse ? set.count - 1 - rank : rank);
  if (withScore) reply.double(set.score);
}

export function zrankCommand(ctx: Context, args: Args): void {
  zrankGenericCommand(ctx, args, false);
}

export const zrankSpec: CommandSpec = {
  name: 'ZRANK',
  group: 'sorted-set',
  since: '2.0.0',
  arity: -3,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many members come before a member.',
  complexity: 'O(log(N)) in a set of N members.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    MEMBER,
    { name: 'withscore', type: 'pure-token', token: 'WITHSCORE', optional: true },
  ],
  history: [['7.2.0', 'WITHSCORE came.']],
  propagate: 'never',
  handler: zrankCommand,
};

export function zrevrankCommand(ctx: Context, args: Args): void {
  zrankGenericCommand(ctx, args, true);
}

export const zrevrankSpec: CommandSpec = {
  ...zrankSpec,
  name: 'ZREVRANK',
  summary: 'Tells how many members come after a member.',
  handler: zrevrankCommand,
};
