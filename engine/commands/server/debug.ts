// DEBUG: tools for tests, for those whom `enable-debug-command` lets. Subcommands of Redis that
// look into its own structures do not exist here and answer an error.

import type { CommandSpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_FLOAT } from '../../contract/errors.js';
import { SESSION_DENY_BLOCKING } from '../../contract/session.js';
import type { Args } from '../../util/args.js';
import { sleepSync } from '../../util/clock.js';
import { parseDouble } from '../../util/doubles.js';
import { replyHelp, subcommandSyntaxError } from '../help-reply.js';
import { debugDigestCommand, debugDigestValueCommand } from './debug-digest.js';
import { debugPackedThresholdCommand } from './debug-list.js';
import { debugObjectCommand, debugStringmatchLenCommand } from './debug-object.js';
import { debugPopulateCommand } from './debug-populate.js';
import { debugProtocolCommand } from './debug-protocol.js';
import { writeOutcome } from './later-reply.js';
import { isAllowed, notAllowed } from './protected-action.js';

const ERR_RELOAD_OPTION = 'ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.';
const ERR_RELOAD_MERGE = 'ERR DEBUG RELOAD always replaces the dataset; it cannot merge';
const ERR_RELOAD_IN_EXEC = 'ERR the dataset cannot be read back inside EXEC or a script';
/** The longest delay a timer takes. */
const SLEEP_MAX_MS = 2 ** 31 - 1;

const HELP_LINES = [
  'DIGEST',
  '    A fingerprint of the whole dataset.',
  'DIGEST-VALUE <key> [<key> ...]',
  '    A fingerprint of the value of each key.',
  'ERROR <string>',
  '    Answer that error.',
  'LOADAOF',
  '    Sync the log, forget the dataset and read it back.',
  'OBJECT <key>',
  '    How the value of <key> is kept.',
  'POPULATE <count> [<prefix>] [<size>]',
  '    Make <count> string keys named <prefix>:<number>, of <size> bytes.',
  'PROTOCOL <type>',
  '    A reply of type string, integer, double, bignum, null, array, set, map, attrib,',
  '    push, verbatim, true or false.',
  'QUICKLIST-PACKED-THRESHOLD <size>',
  '    List elements of at least <size> get nodes of their own; 0 for the usual limit.',
  'RELOAD [NOSAVE]',
  '    Write a snapshot, unless NOSAVE is given, forget the dataset and read it back.',
  'SET-ACTIVE-EXPIRE <0|1>',
  '    Whether expired keys are deleted before somebody looks for them.',
  'SLEEP <seconds>',
  '    Serve nobody for so long; decimals are fine.',
  'STRINGMATCH-LEN <pattern> <string>',
  '    Whether the glob matches.',
];

/** Everybody waits, but the event loop does not: the log goes on being written. */
function debugSleepCommand(ctx: Context, args: Args): void {
  const seconds = parseDouble(args.bytes, args.at[2], args.length[2]);
  if (seconds === null || Number.isNaN(seconds)) {
    ctx.reply.error(ERR_NOT_FLOAT);
    return;
  }
  const delayMs = Math.min(Math.max(0, seconds * 1000), SLEEP_MAX_MS);
  if ((ctx.session.flags & SESSION_DENY_BLOCKING) !== 0) {
    // Inside EXEC nothing may wait, so all do.
    sleepSync(delayMs);
    ctx.reply.ok();
    return;
  }
  ctx.blocking.exclusively(ctx.session, (done) => {
    setTimeout(() => done((reply) => reply.ok()), delayMs);
  });
}

function reloadGenericCommand(ctx: Context, compact: boolean): void {
  const { persistence } = ctx;
  if ((ctx.session.flags & SESSION_DENY_BLOCKING) !== 0) {
    ctx.reply.error(ERR_RELOAD_IN_EXEC);
    return;
  }
  ctx.blocking.exclusively(ctx.session, (done) => {
    persistence.reload({ compact }, (error) => done((reply) => writeOutcome(reply, error)));
  });
}

function debugReloadCommand(ctx: Context, args: Args): void {
  let compact = true;
  for (let i = 2; i < args.count; i++) {
    const isMerge = args.is(i, 'MERGE') || args.is(i, 'NOFLUSH');
    if (!isMerge && !args.is(i, 'NOSAVE')) {
      ctx.reply.error(ERR_RELOAD_OPTION);
      return;
    }
    if (isMerge) {
      ctx.reply.error(ERR_RELOAD_MERGE);
      return;
    }
    compact = false;
  }
  reloadGenericCommand(ctx, compact);
}

function debugSetActiveExpireCommand(ctx: Context, args: Args): void {
  ctx.keyspace.expiresActively = args.text(2) !== '0';
  ctx.reply.ok();
}

/** A leading dash is that of the protocol, as clients' tests send it. */
function debugErrorCommand(ctx: Context, args: Args): void {
  const text = args.text(2);
  ctx.reply.error(text.startsWith('-') ? text.slice(1) : text);
}

interface Subcommand {
  readonly countMin: number;
  readonly countMax: number;
  readonly handler: (ctx: Context, args: Args) => void;
}

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ['DIGEST', { countMin: 2, countMax: 2, handler: debugDigestCommand }],
  ['DIGEST-VALUE', { countMin: 2, countMax: Infinity, handler: debugDigestValueCommand }],
  ['ERROR', { countMin: 3, countMax: 3, handler: debugErrorCommand }],
  ['HELP', { countMin: 2, countMax: 2, handler: (ctx) => replyHelp(ctx, 'DEBUG', HELP_LINES) }],
  ['LOADAOF', { countMin: 2, countMax: 2, handler: (ctx) => reloadGenericCommand(ctx, false) }],
  ['OBJECT', { countMin: 3, countMax: 4, handler: debugObjectCommand }],
  ['POPULATE', { countMin: 3, countMax: 5, handler: debugPopulateCommand }],
  ['PROTOCOL', { countMin: 3, countMax: 3, handler: debugProtocolCommand }],
  [
    'QUICKLIST-PACKED-THRESHOLD',
    { countMin: 3, countMax: 3, handler: debugPackedThresholdCommand },
  ],
  ['RELOAD', { countMin: 2, countMax: Infinity, handler: debugReloadCommand }],
  ['SET-ACTIVE-EXPIRE', { countMin: 3, countMax: 3, handler: debugSetActiveExpireCommand }],
  ['SLEEP', { countMin: 3, countMax: 3, handler: debugSleepCommand }],
  ['STRINGMATCH-LEN', { countMin: 4, countMax: 4, handler: debugStringmatchLenCommand }],
]);

export function debugCommand(ctx: Context, args: Args): void {
  if (!isAllowed(ctx, 'enable-debug-command')) {
    ctx.reply.error(notAllowed('DEBUG', 'enable-debug-command'));
    return;
  }
  const subcommand = SUBCOMMANDS.get(args.text(1).toUpperCase());
  const { count } = args;
  if (subcommand === undefined || count < subcommand.countMin || count > subcommand.countMax) {
    ctx.reply.error(subcommandSyntaxError('DEBUG', args.text(1)));
  } else {
    subcommand.handler(ctx, args);
  }
}

export const debugSpec: CommandSpec = {
  name: 'DEBUG',
  group: 'server',
  since: '1.0.0',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'protected'],
  summary: 'Holds tools for tests; see its HELP.',
  complexity: "The subcommand's.",
  propagate: 'never',
  handler: debugCommand,
};
