// LPOS: where in a list an element is.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_LIST } from '../../keyspace/encodings.js';
import { ListValue } from '../../keyspace/values/list-value.js';
import { NO_REF } from '../../memory/chunks.js';
import {
  entrySize,
  findEntry,
  type PackedElement,
  previousEntry,
} from '../../memory/packed-list.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { KEY } from '../argument-docs.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { countArgument, directedArgument } from './list-arguments.js';

const ERR_RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
  'or use negative to start from the end of the list';
const ERR_COUNT = "ERR COUNT can't be negative";
const ERR_MAXLEN = "ERR MAXLEN can't be negative";
const NO_COUNT = -1;

const list = new ListValue();
const element = new ByteSlice();
/** What the running command asks for. */
const wanted = { rank: 1, count: NO_COUNT, maxLength: 0 };
/** How far the running search is. */
const search = { matches: 0, replied: 0, lastIndex: -1 };

/** @returns false after an error was replied */
function parseWanted(ctx: Context, args: Args): boolean {
  wanted.rank = 1;
  wanted.count = NO_COUNT;
  wanted.maxLength = 0;
  for (let i = 3; i < args.count; i += 2) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, 'RANK')) {
      wanted.rank = directedArgument(ctx, args, i + 1);
      if (Number.isNaN(wanted.rank)) return false;
      if (wanted.rank === 0) {
        ctx.reply.error(ERR_RANK_ZERO);
        return false;
      }
    } else if (hasValue && args.is(i, 'COUNT')) {
      wanted.count = countArgument(ctx, args, i + 1, 0, ERR_COUNT);
      if (Number.isNaN(wanted.count)) return false;
    } else if (hasValue && args.is(i, 'MAXLEN')) {
      wanted.maxLength = countArgument(ctx, args, i + 1, 0, ERR_MAXLEN);
      if (Number.isNaN(wanted.maxLength)) return false;
    } else {
      ctx.reply.error(ERR_SYNTAX);
      return false;
    }
  }
  return true;
}

/** Takes note of a match at `index`. @returns whether no more are wanted */
function noteMatch(ctx: Context, index: number): boolean {
  if (++search.matches < Math.abs(wanted.rank)) return false;
  search.lastIndex = index;
  if (wanted.count === NO_COUNT) return true;
  ctx.reply.integer(index);
  search.replied++;
  return wanted.count !== 0 && search.replied === wanted.count;
}

/** Looks at `length` elements from the first one on. */
function searchForward(ctx: Context, looked: PackedElement, length: number): void {
  const { run } = list;
  list.seek(0);
  do {
    const { view, to } = run;
    let { at, base: index } = run;
    for (;;) {
      const found = findEntry(view, at, to, looked, 1);
      if (found < 0) break;
      for (; at < found; index++) at += entrySize(view, at);
      if (index >= length || noteMatch(ctx, index)) return;
      at += entrySize(view, at);
      index++;
    }
  } while (run.base + run.leafCount < length && run.nextLeaf());
}

/** Looks at `length` elements from the last one back. */
function searchBackward(ctx: Context, looked: PackedElement, length: number): void {
  const { run } = list;
  const { count } = list;
  list.seek(count - 1);
  let index = count;
  do {
    const { view, from } = run;
    for (let end = run.to; end > from && index > count - length; ) {
      end = previousEntry(view, end);
      index--;
      if (looked.equalsEntryAt(view, end) && noteMatch(ctx, index)) return;
    }
  } while (index > count - length && run.previousLeaf());
}

export function lposCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  if (!parseWanted(ctx, args)) return;
  const hasCount = wanted.count !== NO_COUNT;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_LIST);
  if (ref === WRONG_TYPE) return;
  if (ref === NO_REF) {
    if (hasCount) reply.array(0);
    else reply.null();
    return;
  }
  list.open(db, ref);
  const looked = list.wanted(element.ofArgument(args, 2));
  const { maxLength } = wanted;
  const length = maxLength === 0 ? list.count : Math.min(maxLength, list.count);
  search.matches = 0;
  search.replied = 0;
  search.lastIndex = -1;
  const mark = hasCount ? reply.beginArray() : 0;
  if (wanted.rank > 0) searchForward(ctx, looked, length);
  else searchBackward(ctx, looked, length);
  if (hasCount) reply.endArray(mark, search.replied);
  else if (search.lastIndex < 0) reply.null();
  else reply.integer(search.lastIndex);
}

export const lposSpec: CommandSpec = {
  name: 'LPOS',
  group: 'list',
  since: '6.0.6',
  arity: -3,
  flags: ['readonly'],
  summary: 'Tells where in a list an element is.',
  complexity: 'O(N) for N elements looked at.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [
    KEY,
    { name: 'element', type: 'string' },
    { name: 'rank', type: 'integer', token: 'RANK', optional: true },
    { name: 'num-matches', type: 'integer', token: 'COUNT', optional: true },
    { name: 'len', type: 'integer', token: 'MAXLEN', optional: true },
  ],
  propagate: 'never',
  handler: lposCommand,
};
