// HGETALL, HKEYS and HVALS: a whole hash at once. Invariant: fields whose deadline has passed are
// left out, and nothing is allocated per field.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { TYPE_HASH } from '../../keyspace/encodings.js';
import { HashCursor } from '../../keyspace/values/hash-cursor.js';
import { HashValue } from '../../keyspace/values/hash-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { replySlice } from '../slice-reply.js';
import { lookupReadTyped, WRONG_TYPE } from '../typed-lookup.js';
import { liveCount } from './hget.js';

const WITH_FIELDS = 1;
const WITH_VALUES = 2;
const WITH_BOTH = WITH_FIELDS | WITH_VALUES;

const hash = new HashValue();
const cursor = new HashCursor();

/** @param parts WITH_FIELDS, WITH_VALUES, or both: then the answer is a map */
function hgetallGenericCommand(ctx: Context, args: Args, parts: number): void {
  const { db, reply } = ctx;
  const ref = lookupReadTyped(ctx, args, 1, TYPE_HASH);
  if (ref === WRONG_TYPE) return;
  const count = ref === NO_REF ? 0 : liveCount(ctx, hash.open(db, ref));
  if (parts === WITH_BOTH) reply.map(count);
  else reply.array(count);
  if (count === 0) return;
  cursor.open(db, ref);
  while (cursor.next()) {
    if (cursor.isDue) continue;
    if ((parts & WITH_FIELDS) !== 0) replySlice(reply, cursor.element);
    if ((parts & WITH_VALUES) !== 0) replySlice(reply, cursor.value);
  }
}

export function hgetallCommand(ctx: Context, args: Args): void {
  hgetallGenericCommand(ctx, args, WITH_BOTH);
}

export function hkeysCommand(ctx: Context, args: Args): void {
  hgetallGenericCommand(ctx, args, WITH_FIELDS);
}

export function hvalsCommand(ctx: Context, args: Args): void {
  hgetallGenericCommand(ctx, args, WITH_VALUES);
}

/** What the three have in common. */
const FAMILY = {
  group: 'hash',
  since: '2.0.0',
  arity: 2,
  flags: ['readonly'],
  complexity: 'O(N) for N fields.',
  keys: [keySpec(['RO', 'access'], 1)],
  arguments: [KEY],
  tips: ['nondeterministic_output_order'],
  propagate: 'never',
} as const;

export const hgetallSpec: CommandSpec = {
  ...FAMILY,
  name: 'HGETALL',
  summary: 'Reads all fields of a hash and their values.',
  handler: hgetallCommand,
};

export const hkeysSpec: CommandSpec = {
  ...FAMILY,
  name: 'HKEYS',
  summary: 'Lists the fields of a hash.',
  handler: hkeysCommand,
};

export const hvalsSpec: CommandSpec = {
  ...FAMILY,
  name: 'HVALS',
  summary: 'Lists the values of all fields of a hash.',
  handler: hvalsCommand,
};
