// KEYS and RANDOMKEY. Invariant: no expired key is in an answer, and KEYS allocates nothing per
// key beyond the reply.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import type { Database } from '../../keyspace/database.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../memory/chunks.js';
import { RefList } from '../../memory/hash-table.js';
import { keyAtOf, keyLengthOf } from '../../memory/record.js';
import type { Args } from '../../util/args.js';
import { globMatch } from '../../util/glob.js';
import { removeIfExpired } from './lookup.js';

const STAR = 42;
/** How often RANDOMKEY looks again for one that has not expired while such may not be deleted. */
const RANDOM_TRIES_MAX = 100;

const found = new RefList();

/** @returns whether argument `index` is the pattern that takes every key, the empty one too */
export function matchesAll(args: Args, index: number): boolean {
  return args.length[index] === 1 && args.bytes[args.at[index]] === STAR;
}

/** @returns whether the key of record `ref` matches the glob that is argument `index` */
export function keyMatches(db: Database, ref: Ref, args: Args, index: number): boolean {
  return globMatch(
    args.bytes,
    args.at[index],
    args.length[index],
    db.arena.bytes[ref >>> CHUNK_SHIFT],
    keyAtOf(db.arena, ref),
    keyLengthOf(db.arena, ref),
    false,
  );
}

/** Replies the key of record `ref`. */
export function replyKey(reply: Reply, db: Database, ref: Ref): void {
  const { arena } = db;
  reply.bulk(arena.bytes[ref >>> CHUNK_SHIFT], keyAtOf(arena, ref), keyLengthOf(arena, ref));
}

export function keysCommand(ctx: Context, args: Args): void {
  const { db, reply } = ctx;
  const takesAll = matchesAll(args, 1);
  const mark = reply.beginArray();
  let count = 0;
  let position = 0;
  do {
    found.clear();
    position = db.table.scanStep(position, found);
    for (let i = 0; i < found.length; i++) {
      const ref = found.refs[i];
      if (!takesAll && !keyMatches(db, ref, args, 1)) continue;
      if (db.isExpired(ref)) continue;
      replyKey(reply, db, ref);
      count++;
    }
  } while (position !== 0);
  reply.endArray(mark, count);
}

export const keysSpec: CommandSpec = {
  name: 'KEYS',
  group: 'generic',
  since: '1.0.0',
  arity: 2,
  flags: ['readonly'],
  summary: 'Lists every key that matches a glob pattern.',
  complexity: 'O(N) for N keys in the database.',
  arguments: [{ name: 'pattern', type: 'pattern' }],
  acl: ['dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  propagate: 'never',
  handler: keysCommand,
};

export function randomkeyCommand(ctx: Context): void {
  const { db, reply } = ctx;
  let ref = db.table.randomRef(ctx.random);
  for (let tries = 1; ref !== NO_REF && removeIfExpired(db, ref); tries++) {
    // In a pause what has expired stays, and there may be nothing else.
    const isLast = !ctx.keyspace.deletesExpired && tries >= RANDOM_TRIES_MAX;
    ref = isLast ? NO_REF : db.table.randomRef(ctx.random);
  }
  if (ref === NO_REF) reply.null();
  else replyKey(reply, db, ref);
}

export const randomkeySpec: CommandSpec = {
  name: 'RANDOMKEY',
  group: 'generic',
  since: '1.0.0',
  arity: 1,
  flags: ['readonly'],
  summary: 'Picks a key at random.',
  complexity: 'O(1)',
  tips: ['request_policy:all_shards', 'response_policy:special', 'nondeterministic_output'],
  propagate: 'never',
  handler: randomkeyCommand,
};
