// LCS: what two strings have in common. Invariant: the answer's order and choice among equally
// long subsequences are Redis's.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import { compareForLcs, type Lcs } from '../../datatypes/lcs.js';
import { TYPE_STRING } from '../../keyspace/encodings.js';
import { StringView } from '../../keyspace/strings.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { integerArgument } from '../integer-argument.js';

const ERR_NOT_STRINGS = 'ERR The specified keys must contain string values';
const ERR_LEN_AND_IDX = 'ERR If you want both the length and indexes, please just use IDX.';
const FAULT_TEXTS = {
  'string too long': 'ERR String too long for LCS',
  'table over limit':
    'ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
  'no memory': 'ERR Insufficient memory, failed allocating transient memory for LCS',
} as const;

interface LcsOptions {
  wantsLength: boolean;
  wantsMatches: boolean;
  withMatchLength: boolean;
  matchLengthMin: number;
}

/** @returns the string at argument `index`, empty when absent; null when it is no string */
function openString(ctx: Context, args: Args, index: number): StringView | null {
  const ref = ctx.db.lookupRead(args, index);
  const view = new StringView();
  if (ref === NO_REF) return view;
  if (ctx.db.typeOf(ref) !== TYPE_STRING) return null;
  view.open(ctx.db, ref);
  return view;
}

/** @returns the options, or the error text */
function parseOptions(args: Args): LcsOptions | string {
  const options = {
    wantsLength: false,
    wantsMatches: false,
    withMatchLength: false,
    matchLengthMin: 0,
  };
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, 'IDX')) options.wantsMatches = true;
    else if (args.is(i, 'LEN')) options.wantsLength = true;
    else if (args.is(i, 'WITHMATCHLEN')) options.withMatchLength = true;
    else if (args.is(i, 'MINMATCHLEN') && i + 1 < args.count) {
      const length = integerArgument(args, ++i);
      if (Number.isNaN(length)) return ERR_NOT_INTEGER;
      options.matchLengthMin = Math.max(0, length);
    } else return ERR_SYNTAX;
  }
  return options.wantsLength && options.wantsMatches ? ERR_LEN_AND_IDX : options;
}

export function lcsCommand(ctx: Context, args: Args): void {
  const { reply } = ctx;
  const a = openString(ctx, args, 1);
  const b = openString(ctx, args, 2);
  if (a === null || b === null) {
    reply.error(ERR_NOT_STRINGS);
    return;
  }
  const options = parseOptions(args);
  if (typeof options === 'string') {
    reply.error(options);
    return;
  }
  const limitBytes = ctx.config.number('proto-max-bulk-len');
  const lcs = compareForLcs(a.bytes, a.at, a.length, b.bytes, b.at, b.length, limitBytes);
  if (typeof lcs === 'string') reply.error(FAULT_TEXTS[lcs]);
  else if (options.wantsMatches) replyMatches(ctx, lcs, options);
  else if (options.wantsLength) reply.integer(lcs.length);
  else reply.bulk(lcs.text(), 0, lcs.length);
}

function replyMatches(ctx: Context, lcs: Lcs, options: LcsOptions): void {
  const { reply } = ctx;
  const matches = lcs.matches(options.matchLengthMin);
  reply.map(2);
  reply.text('matches');
  reply.array(matches.length);
  for (const match of matches) {
    reply.array(options.withMatchLength ? 3 : 2);
    reply.array(2);
    reply.integer(match.aStart);
    reply.integer(match.aEnd);
    reply.array(2);
    reply.integer(match.bStart);
    reply.integer(match.bEnd);
    if (options.withMatchLength) reply.integer(match.length);
  }
  reply.text('len');
  reply.integer(lcs.length);
}

export const lcsSpec: CommandSpec = {
  name: 'LCS',
  group: 'string',
  since: '7.0.0',
  arity: -3,
  flags: ['readonly'],
  summary: 'Finds the longest common subsequence of two strings.',
  complexity: 'O(N*M) for strings of N and M bytes.',
  keys: [keySpec(['RO', 'access'], 1, 1)],
  arguments: [
    { name: 'key1', type: 'key', keySpecIndex: 0 },
    { name: 'key2', type: 'key', keySpecIndex: 0 },
    { name: 'len', type: 'pure-token', token: 'LEN', optional: true },
    { name: 'idx', type: 'pure-token', token: 'IDX', optional: true },
    { name: 'min-match-len', type: 'integer', token: 'MINMATCHLEN', optional: true },
    { name: 'withmatchlen', type: 'pure-token', token: 'WITHMATCHLEN', optional: true },
  ],
  propagate: 'never',
  handler: lcsCommand,
};
