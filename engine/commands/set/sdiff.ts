// SDIFF and SDIFFSTORE: the members of the first set that are in none of the others.
// Invariant: the form of a stored result is the one that Redis gives it, which may depend on
// members that are not in the result.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ENCODING_INTSET } from '../../keyspace/encodings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { DESTINATION, SOURCES } from './argument-docs.js';
import { SourceSets } from './source-sets.js';
import { result, storeNothing, storeResult } from './stored-set.js';

const sources = new SourceSets();

/** @returns whether nothing can be left: no first set, or it is among the others */
function isEmpty(): boolean {
  return sources.first === NO_REF || sources.hasFirstAgain;
}

/**
 * Goes to the next member of the first set that is in no other one.
 * @returns false at the end
 */
function nextRemaining(): boolean {
  const { cursors, count } = sources;
  const first = cursors[0];
  const { element, isLarge } = first;
  while (first.next()) {
    if (first.isNewBatch) for (let i = 1; i < count; i++) cursors[i].set.prefetch(first.found);
    let i = 1;
    for (; i < count; i++) {
      const { set } = cursors[i];
      if (isLarge ? set.hasHashed(element, first.hash) : set.has(element)) break;
    }
    if (i === count) return true;
  }
  return false;
}

export function sdiffCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (!sources.lookup(ctx, args, 1, args.count)) return;
  if (isEmpty()) {
    reply.set(0);
    return;
  }
  sources.sort(1, true);
  const mark = reply.beginSet();
  let length = 0;
  for (; nextRemaining(); length++) replySlice(reply, sources.cursors[0].element);
  reply.endSet(mark, length);
}

export const sdiffSpec: CommandSpec = {
  name: 'SDIFF',
  group: 'set',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Lists the members of a set that are in none of several other sets.',
  complexity: 'O(N*M) for N members of the first of M sets.',
  keys: [keySpec(['RO', 'access'], 1, -1)],
  arguments: [KEYS],
  tips: ['nondeterministic_output_order'],
  propagate: 'never',
  handler: sdiffCommand,
};

/**
 * Redis takes the others' members out of a copy of the first set when that is less work than
 * looking each of its members up; the result then has the form of the copy.
 */
function isFormOfFirst(): boolean {
  return (sources.cursors[0].count * sources.count) / 2 > sources.total;
}

export function sdiffstoreCommand(ctx: Context, args: Args): void {
  if (!sources.lookup(ctx, args, 2, args.count)) return;
  if (isEmpty()) {
    storeNothing(ctx, args);
    return;
  }
  storeResult(ctx, args, ENCODING_INTSET, () => {
    const [first] = sources.cursors;
    const isCopied = isFormOfFirst();
    sources.sort(1, true);
    while (isCopied && first.next()) result.form.take(first.element, ctx.keyspace.limits);
    first.rewind();
    while (nextRemaining()) {
      if (isCopied) result.addMember(first);
      else result.add(first);
    }
  });
}

export const sdiffstoreSpec: CommandSpec = {
  name: 'SDIFFSTORE',
  group: 'set',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Keeps the members of a set that are in none of several others as a set of their own.',
  complexity: 'O(N*M) for N members of the first of M sets.',
  keys: [keySpec(['OW', 'update'], 1), keySpec(['RO', 'access'], 2, -1)],
  arguments: [DESTINATION, SOURCES],
  propagate: 'verbatim',
  handler: sdiffstoreCommand,
};
