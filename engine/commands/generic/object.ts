// OBJECT: how a value is kept and how much it is used. Invariant: asking is not a use.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ENCODING_INT, ENCODING_NAMES } from '../../keyspace/encodings.js';
import { integerHigh, integerLow } from '../../keyspace/strings.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { replyHelp } from '../help-reply.js';
import { INT32_MAX } from '../integer-argument.js';
import { lookupUntouched } from './lookup.js';

const ERR_LFU_SELECTED =
  'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when ' +
  'switching between policies at runtime LRU and LFU data will take some time to adjust.';
const ERR_LFU_NOT_SELECTED =
  'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that ' +
  'when switching between policies at runtime LRU and LFU data will take some time to adjust.';

/** Redis has one object each for the integers below this, and never frees those. */
const SHARED_INTEGERS = 10000;
const SHARED_REFERENCES = INT32_MAX;

/** @returns the record of argument 2; NO_REF after null was replied */
function lookup(ctx: Context, args: Args): Ref {
  const ref = lookupUntouched(ctx, args, 2);
  if (ref === NO_REF) ctx.reply.null();
  return ref;
}

export function objectEncodingCommand(ctx: Context, args: Args): void {
  const ref = lookup(ctx, args);
  if (ref !== NO_REF) ctx.reply.text(ENCODING_NAMES[ctx.db.encodingOf(ref)]);
}

export function objectFreqCommand(ctx: Context, args: Args): void {
  const ref = lookup(ctx, args);
  if (ref === NO_REF) return;
  const { accessClock } = ctx.keyspace;
  if (accessClock.isLfu) ctx.reply.integer(accessClock.frequency(ctx.db.accessOf(ref)));
  else ctx.reply.error(ERR_LFU_NOT_SELECTED);
}

export function objectIdletimeCommand(ctx: Context, args: Args): void {
  const ref = lookup(ctx, args);
  if (ref === NO_REF) return;
  const { accessClock } = ctx.keyspace;
  if (accessClock.isLfu) ctx.reply.error(ERR_LFU_SELECTED);
  else ctx.reply.integer(accessClock.idleSeconds(ctx.db.accessOf(ref)));
}

/**
 * No value here is shared. Small integers still answer as Redis's shared ones do, because that is
 * how its users tell whether `maxmemory-policy` allows sharing.
 */
export function objectRefcountCommand(ctx: Context, args: Args): void {
  const ref = lookup(ctx, args);
  if (ref === NO_REF) return;
  ctx.reply.integer(isSharedInRedis(ctx, ref) ? SHARED_REFERENCES : 1);
}

function isSharedInRedis(ctx: Context, ref: Ref): boolean {
  const { db, config } = ctx;
  if (db.encodingOf(ref) !== ENCODING_INT || integerHigh(db, ref) !== 0) return false;
  const low = integerLow(db, ref);
  if (low < 0 || low >= SHARED_INTEGERS) return false;
  return config.number('maxmemory') === 0 || !/-l[rf]u$/.test(config.text('maxmemory-policy'));
}

const HELP_LINES = [
  'ENCODING <key>',
  '    How the value of <key> is laid out in memory.',
  'FREQ <key>',
  '    How often <key> is used, on a logarithmic scale; needs an LFU maxmemory-policy.',
  'IDLETIME <key>',
  '    For how many seconds <key> has not been used; needs a policy that is not LFU.',
  'REFCOUNT <key>',
  '    How many references the value of <key> has.',
];

export function objectHelpCommand(ctx: Context): void {
  replyHelp(ctx, 'OBJECT', HELP_LINES);
}

/** What the subcommands on a key have in common. */
const ON_KEY = {
  group: 'generic',
  arity: 3,
  flags: ['readonly'],
  complexity: 'O(1)',
  keys: [keySpec(['RO'], 2)],
  arguments: [KEY],
  tips: ['nondeterministic_output'],
  propagate: 'never',
} as const;

export const objectSpec: CommandSpec = {
  name: 'OBJECT',
  group: 'generic',
  since: '2.2.3',
  arity: -2,
  flags: [],
  summary: 'Looks into how values are kept; see its subcommands.',
  complexity: "The subcommand's.",
  propagate: 'never',
  subcommands: [
    {
      ...ON_KEY,
      name: 'ENCODING',
      since: '2.2.3',
      summary: 'Names how a value is laid out in memory.',
      handler: objectEncodingCommand,
    },
    {
      ...ON_KEY,
      name: 'FREQ',
      since: '4.0.0',
      summary: 'Tells how often a key is used, on a logarithmic scale.',
      handler: objectFreqCommand,
    },
    {
      name: 'HELP',
      group: 'generic',
      since: '6.2.0',
      arity: 2,
      flags: ['loading', 'stale'],
      summary: 'Lists the subcommands.',
      complexity: 'O(1)',
      propagate: 'never',
      handler: objectHelpCommand,
    },
    {
      ...ON_KEY,
      name: 'IDLETIME',
      since: '2.2.3',
      summary: 'Tells for how many seconds a key has not been used.',
      handler: objectIdletimeCommand,
    },
    {
      ...ON_KEY,
      name: 'REFCOUNT',
      since: '2.2.3',
      summary: 'Tells how many references a value has.',
      handler: objectRefcountCommand,
    },
  ],
};
