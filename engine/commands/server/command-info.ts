// COMMAND and COMMAND INFO: what a spec says of a command, in the shape of Redis 7.2.

import { aclCategories } from '../../contract/acl-categories.js';
import { COMMAND_FLAGS, type Command, type KeyFlag, type KeySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { legacyRange } from '../../contract/key-positions.js';
import type { Reply } from '../../contract/reply.js';
import type { Args } from '../../util/args.js';

/** Flags that clients are shown, in the order Redis shows them. */
const SHOWN_FLAGS = [
  'write',
  'readonly',
  'denyoom',
  'module',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
] as const;

const SHOWN_KEY_FLAGS: readonly KeyFlag[] = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
];

const INFO_FIELDS = 10;

/** A set of status lines, as Redis writes flags. */
export function replyFlags(reply: Reply, names: readonly string[]): void {
  reply.set(names.length);
  for (const name of names) reply.status(name);
}

export function replyKeyFlags(reply: Reply, flags: readonly KeyFlag[]): void {
  replyFlags(
    reply,
    SHOWN_KEY_FLAGS.filter((flag) => flags.includes(flag)),
  );
}

function shownFlags(command: Command, movesKeys: boolean): string[] {
  const names: string[] = SHOWN_FLAGS.filter((name) => (command.flags & COMMAND_FLAGS[name]) !== 0);
  if (movesKeys) names.push('movablekeys');
  if ((command.flags & COMMAND_FLAGS.allow_busy) !== 0) names.push('allow_busy');
  return names;
}

/** `type` and `spec`, the latter with whole numbers and texts. */
function replyStep(
  reply: Reply,
  type: string,
  spec: readonly (readonly [name: string, value: string | number])[],
): void {
  reply.map(2);
  reply.text('type');
  reply.text(type);
  reply.text('spec');
  reply.map(spec.length);
  for (const [name, value] of spec) {
    reply.text(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.text(value);
  }
}

function replyBeginSearch(reply: Reply, { beginSearch }: KeySpec): void {
  if (beginSearch.type === 'index') {
    replyStep(reply, 'index', [['index', beginSearch.index]]);
  } else if (beginSearch.type === 'keyword') {
    const { keyword, startFrom } = beginSearch;
    replyStep(reply, 'keyword', [
      ['keyword', keyword],
      ['startfrom', startFrom],
    ]);
  } else {
    replyStep(reply, 'unknown', []);
  }
}

function replyFindKeys(reply: Reply, { findKeys }: KeySpec): void {
  if (findKeys.type === 'range') {
    replyStep(reply, 'range', [
      ['lastkey', findKeys.lastKey],
      ['keystep', findKeys.step],
      ['limit', findKeys.limit],
    ]);
  } else if (findKeys.type === 'keynum') {
    replyStep(reply, 'keynum', [
      ['keynumidx', findKeys.keyNumIndex],
      ['firstkey', findKeys.firstKey],
      ['keystep', findKeys.step],
    ]);
  } else {
    replyStep(reply, 'unknown', []);
  }
}

function replyKeySpec(reply: Reply, spec: KeySpec): void {
  reply.map(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.text('notes');
    reply.text(spec.notes);
  }
  reply.text('flags');
  replyKeyFlags(reply, spec.flags);
  reply.text('begin_search');
  replyBeginSearch(reply, spec);
  reply.text('find_keys');
  replyFindKeys(reply, spec);
}

/** One command with its subcommands, as an array of ten fields. */
export function replyCommandInfo(reply: Reply, command: Command): void {
  const { spec } = command;
  const keys = spec.keys ?? [];
  const { first, last, step, movesKeys } = legacyRange(keys);
  reply.array(INFO_FIELDS);
  reply.text(command.fullName);
  reply.integer(command.arity);
  replyFlags(reply, shownFlags(command, movesKeys));
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  replyFlags(
    reply,
    aclCategories(command).map((name) => `@${name}`),
  );
  const tips = spec.tips ?? [];
  reply.set(tips.length);
  for (const tip of tips) reply.text(tip);
  reply.set(keys.length);
  for (const key of keys) replyKeySpec(reply, key);
  if (command.subcommands === null) {
    reply.set(0);
  } else {
    reply.array(command.subcommands.size);
    for (const sub of command.subcommands.values()) replyCommandInfo(reply, sub);
  }
}

function replyAllInfo(ctx: Context): void {
  const all = [...ctx.commands.all()];
  ctx.reply.array(all.length);
  for (const command of all) replyCommandInfo(ctx.reply, command);
}

/** COMMAND itself takes no arguments: one that is there named no subcommand. */
export function commandCommand(ctx: Context, args: Args): void {
  if (args.count === 1) replyAllInfo(ctx);
  else ctx.reply.error(`ERR unknown subcommand '${args.text(1)}'. Try COMMAND HELP.`);
}

export function commandInfoCommand(ctx: Context, args: Args): void {
  if (args.count === 2) {
    replyAllInfo(ctx);
    return;
  }
  ctx.reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const command = ctx.commands.byName(args.text(i));
    if (command === null) ctx.reply.null();
    else replyCommandInfo(ctx.reply, command);
  }
}
