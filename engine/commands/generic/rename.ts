// RENAME and RENAMENX. Invariant: value, encoding, age and deadline go along, and of the two names
// exactly one is there at the end.

import { type CommandSpec, type KeyFlag, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NO_SUCH_KEY } from '../../contract/errors.js';
import { replaceKey } from '../../keyspace/replaced-key.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { equalBytes } from '../../util/bytes.js';
import { KEY } from '../argument-docs.js';

/** @returns whether two arguments are the same bytes */
export function sameArguments(args: Args, a: number, b: number): boolean {
  const length = args.length[a];
  if (length !== args.length[b]) return false;
  return equalBytes(args.bytes, args.at[a], args.bytes, args.at[b], length);
}

/** @returns whether it was renamed, or replied an error or (for `onlyNew`) found a target: false */
function renameGenericCommand(ctx: Context, args: Args, onlyNew: boolean): void {
  const { db, reply, keyspace } = ctx;
  const source = db.lookupWrite(args, 1);
  if (source === NO_REF) {
    reply.error(ERR_NO_SUCH_KEY);
    return;
  }
  if (sameArguments(args, 1, 2)) {
    if (onlyNew) reply.integer(0);
    else reply.ok();
    return;
  }
  const { dirty } = keyspace;
  const target = db.lookupWrite(args, 2);
  if (target !== NO_REF && onlyNew) {
    reply.integer(0);
    return;
  }
  replaceKey(db, target, args, 2, () => db.rename(source, args, 2));
  keyspace.dirty = dirty + 1;
  if (onlyNew) reply.integer(1);
  else reply.ok();
}

export function renameCommand(ctx: Context, args: Args): void {
  renameGenericCommand(ctx, args, false);
}

function keysOf(targetFlag: KeyFlag) {
  return [keySpec(['RW', 'access', 'delete'], 1), keySpec(['OW', targetFlag], 2)];
}

export const renameSpec: CommandSpec = {
  name: 'RENAME',
  group: 'generic',
  since: '1.0.0',
  arity: 3,
  flags: ['write'],
  summary: 'Gives a key another name, in place of whatever had that name.',
  complexity: 'O(N) for a string or a small collection of N bytes, O(1) for a large one.',
  keys: keysOf('update'),
  arguments: [KEY, { name: 'newkey', type: 'key', keySpecIndex: 1 }],
  propagate: 'verbatim',
  handler: renameCommand,
};

export function renamenxCommand(ctx: Context, args: Args): void {
  renameGenericCommand(ctx, args, true);
}

export const renamenxSpec: CommandSpec = {
  name: 'RENAMENX',
  group: 'generic',
  since: '1.0.0',
  arity: 3,
  flags: ['write', 'fast'],
  summary: 'Gives a key another name unless there is a key of that name.',
  complexity: 'O(N) for a string or a small collection of N bytes, O(1) for a large one.',
  keys: keysOf('insert'),
  arguments: [KEY, { name: 'newkey', type: 'key', keySpecIndex: 1 }],
  history: [['3.2.0', 'Source and destination may be the same name.']],
  propagate: 'verbatim',
  handler: renamenxCommand,
};
