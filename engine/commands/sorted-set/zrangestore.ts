// ZRANGESTORE: a range of a sorted set as a sorted set of its own.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { LIMIT, REV, SORTBY } from './argument-docs.js';
import { ranks } from './range-bounds.js';
import { beginResult, dropResult, result, storeResult } from './stored-result.js';
import { ANY_WAY, BY_ANY, findRange, parseRange } from './zrange-options.js';

const source = new SortedSetValue();

function collectRange(start: number, end: number): void {
  source.seek(start);
  for (let rank = start; rank < end && source.next(); rank++) {
    // Leaves the member's hash, which adding it uses.
    result.find(source.element);
    result.add(source.element, source.score);
  }
}

export function zrangestoreCommand(ctx: Context, args: Args): void {
  const error = parseRange(args, 3, BY_ANY, ANY_WAY, true);
  if (error !== null) {
    ctx.reply.error(error);
    return;
  }
  const ref = lookupReadTyped(ctx, args, 2, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  beginResult(ctx);
  if (ref !== NO_REF) {
    try {
      findRange(source.open(ctx.db, ref));
      collectRange(ranks.start, ranks.end);
    } catch (failure) {
      dropResult(ctx);
      throw failure;
    }
  }
  storeResult(ctx, args, 1);
}

export const zrangestoreSpec: CommandSpec = {
  name: 'ZRANGESTORE',
  group: 'sorted-set',
  since: '6.2.0',
  arity: -5,
  flags: ['write', 'denyoom'],
  summary: 'Stores a range of a sorted set at another key.',
  complexity: 'O(log(N)+M*log(M)) for M of N members.',
  keys: [keySpec(['OW', 'update'], 1), keySpec(['RO', 'access'], 2)],
  arguments: [
    { name: 'dst', type: 'key', keySpecIndex: 0 },
    { name: 'src', type: 'key', keySpecIndex: 1 },
    { name: 'min', type: 'string' },
    { name: 'max', type: 'string' },
    SORTBY,
    REV,
    LIMIT,
  ],
  propagate: 'verbatim',
  handler: zrangestoreCommand,
};
