// GETEX: GET that also moves or lifts the deadline. Invariant: the log sees only what happened to
// the deadline: PEXPIREAT, PERSIST or DEL.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import {
  OPTION_EXAT,
  OPTION_PERSIST,
  OPTION_PXAT,
  optionDeadline,
  options,
  parseStringOptions,
} from './string-options.js';
import { replyString, requireString } from './string-value.js';

export function getexCommand(ctx: Context, args: Args): void {
  if (!parseStringOptions(ctx, args, 2, false)) return;
  const { db, keyspace } = ctx;
  const { bits, timeIndex } = options;
  const found = db.lookupRead(args, 1);
  if (found === NO_REF) {
    ctx.reply.null();
    return;
  }
  const ref = bits === 0 ? found : db.lookupWrite(args, 1);
  if (!requireString(ctx, ref)) return;
  if (timeIndex === 0) {
    replyString(ctx.reply, db, ref);
    if ((bits & OPTION_PERSIST) !== 0) persist(ctx, args, ref);
    return;
  }
  const deadline = optionDeadline(ctx, args, bits, timeIndex);
  if (Number.isNaN(deadline)) return;
  replyString(ctx.reply, db, ref);
  const isAbsolute = (bits & (OPTION_EXAT | OPTION_PXAT)) !== 0;
  if (isAbsolute && deadline <= ctx.now && keyspace.expiresKeys) {
    db.remove(ref);
    logKeyCommand(ctx, args, 'DEL', 2);
  } else {
    db.setDeadline(ref, deadline);
    logKeyCommand(ctx, args, 'PEXPIREAT', 3);
    ctx.effects.integer(deadline);
  }
  ctx.effects.end();
}

function persist(ctx: Context, args: Args, ref: Ref): void {
  if (ctx.db.deadlineOf(ref) < 0) return;
  ctx.db.clearDeadline(ref);
  logKeyCommand(ctx, args, 'PERSIST', 2);
  ctx.effects.end();
}

/** Begins the log's entry of a command on the key; `end` is the caller's. */
function logKeyCommand(ctx: Context, args: Args, name: string, argc: number): void {
  ctx.effects.begin(ctx.db.index, argc);
  ctx.effects.text(name);
  ctx.effects.bytes(args.bytes, args.at[1], args.length[1]);
}

export const getexSpec: CommandSpec = {
  name: 'GETEX',
  group: 'string',
  since: '6.2.0',
  arity: -2,
  flags: ['write', 'fast'],
  summary: 'Reads the string at a key and sets, moves or lifts its deadline.',
  complexity: 'O(1)',
  keys: [
    {
      ...keySpec(['RW', 'access', 'update'], 1),
      notes: 'The value is only read; what may change is the deadline.',
    },
  ],
  arguments: [
    KEY,
    {
      name: 'expiration',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'seconds', type: 'integer', token: 'EX' },
        { name: 'milliseconds', type: 'integer', token: 'PX' },
        { name: 'unix-time-seconds', type: 'unix-time', token: 'EXAT' },
        { name: 'unix-time-milliseconds', type: 'unix-time', token: 'PXAT' },
        { name: 'persist', type: 'pure-token', token: 'PERSIST' },
      ],
    },
  ],
  propagate: 'effects',
  handler: getexCommand,
};
