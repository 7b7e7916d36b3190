// SUNION and SUNIONSTORE: the sets one after the other, without what came before.
// Invariant: a table that was made to know what came before goes with the command.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ENCODING_INTSET } from '../../keyspace/encodings.js';
import type { SetCursor } from '../../keyspace/values/set-cursor.js';
import { SetResult } from '../../keyspace/values/set-result.js';
import type { Args } from '../../util/args.js';
import { KEYS } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { DESTINATION, SOURCES } from './argument-docs.js';
import { SourceSets } from './source-sets.js';
import { result, storeResult } from './stored-set.js';

/** Looking into so many sets for what came before is faster than making a table of it. */
const SETS_COMPARED_MAX = 4;

const sources = new SourceSets();
/** What came before, of more sets than that. */
const seen = new SetResult();
let usesTable = false;
/** Which of the sources is gone through. */
let current = 0;

/** @returns whether the member that set `index` is at is in none of the sets before it */
function isNew(index: number): boolean {
  const { cursors } = sources;
  const { element, isLarge, hash, isNewBatch, found } = cursors[index];
  if (isNewBatch) for (let i = 0; i < index; i++) cursors[i].set.prefetch(found);
  for (let i = 0; i < index; i++) {
    const { set } = cursors[i];
    if (isLarge ? set.hasHashed(element, hash) : set.has(element)) return false;
  }
  return true;
}

/**
 * Goes to the next member that did not come before, once `beginUnion` was called.
 * @returns the cursor that is at it, or null at the end
 */
function nextOfUnion(): SetCursor | null {
  for (; current < sources.count; current++) {
    const cursor = sources.cursors[current];
    while (cursor.next()) {
      if (usesTable ? seen.addIfNew(cursor.element) : isNew(current)) return cursor;
    }
  }
  return null;
}

function beginUnion(ctx: Context): void {
  current = 0;
  usesTable = sources.count > SETS_COMPARED_MAX;
  if (usesTable) seen.begin(ctx.db, ENCODING_INTSET);
}

/** To be called after `beginUnion`, also when memory ran out. */
function endUnion(): void {
  if (usesTable) seen.drop();
}

/** Replies the union of few sets. */
function replyUnion({ reply }: Context): void {
  const mark = reply.beginSet();
  let length = 0;
  for (let at = nextOfUnion(); at !== null; at = nextOfUnion()) {
    replySlice(reply, at.element);
    length++;
  }
  reply.endSet(mark, length);
}

export function sunionCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  if (!sources.lookup(ctx, args, 1, args.count)) return;
  // A large set in front is the one that most members are compared with by their hash.
  sources.sort(0, true);
  beginUnion(ctx);
  if (!usesTable) {
    replyUnion(ctx);
    return;
  }
  try {
    // Nothing is replied before the table is complete: memory may run out.
    while (nextOfUnion() !== null);
    reply.set(seen.count);
    seen.forEach((member) => {
      replySlice(reply, member);
    });
  } finally {
    endUnion();
  }
}

export const sunionSpec: CommandSpec = {
  name: 'SUNION',
  group: 'set',
  since: '1.0.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Lists the members that are in any of several sets.',
  complexity: 'O(N) for N members of all sets together.',
  keys: [keySpec(['RO', 'access'], 1, -1)],
  arguments: [KEYS],
  tips: ['nondeterministic_output_order'],
  propagate: 'never',
  handler: sunionCommand,
};

export function sunionstoreCommand(ctx: Context, args: Args): void {
  if (!sources.lookup(ctx, args, 2, args.count)) return;
  storeResult(ctx, args, ENCODING_INTSET, () => {
    beginUnion(ctx);
    try {
      for (let at = nextOfUnion(); at !== null; at = nextOfUnion()) result.add(at);
    } finally {
      endUnion();
    }
  });
}

export const sunionstoreSpec: CommandSpec = {
  name: 'SUNIONSTORE',
  group: 'set',
  since: '1.0.0',
  arity: -3,
  flags: ['write', 'denyoom'],
  summary: 'Keeps the members that are in any of several sets as a set of their own.',
  complexity: 'O(N) for N members of all sets together.',
  keys: [keySpec(['OW', 'update'], 1), keySpec(['RO', 'access'], 2, -1)],
  arguments: [DESTINATION, SOURCES],
  propagate: 'verbatim',
  handler: sunionstoreCommand,
};
