// ZADD and ZINCRBY. Invariant: all scores are read before anything changes, so a command with a
// bad one changes nothing.

import { type CommandSpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_FLOAT, ERR_SYNTAX } from '../../contract/errors.js';
import { TYPE_ZSET } from '../../keyspace/encodings.js';
import { SortedSetValue } from '../../keyspace/values/sorted-set-value.js';
import { NO_REF } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parseDouble } from '../../util/doubles.js';
import { KEY } from '../argument-docs.js';
import { keepDonePart, undoCreation } from '../done-part.js';
import { lookupWriteTyped, WRONG_TYPE } from '../typed-lookup.js';
import { MEMBER } from './argument-docs.js';

const NX = 1 << 0;
const XX = 1 << 1;
const GT = 1 << 2;
const LT = 1 << 3;
const CH = 1 << 4;
const INCR = 1 << 5;

const ERR_NX_XX = 'ERR XX and NX options at the same time are not compatible';
const ERR_GT_LT_NX = 'ERR GT, LT, and/or NX options at the same time are not compatible';
const ERR_INCR_PAIRS = 'ERR INCR option supports a single increment-element pair';
const ERR_NOT_A_SCORE = 'ERR resulting score is not a number (NaN)';
const NINE = 57;
const SCORES_ROOM = 64;

const set = new SortedSetValue();
const member = new ByteSlice();
/** The scores of the running command, and what has become of its pairs. */
let scores = new Float64Array(SCORES_ROOM);
const done = { added: 0, updated: 0, score: 0, isSkipped: false, isNaN: false };

/** @returns the option that argument `index` names, or 0 */
function optionOf(args: Args, index: number): number {
  // Mostly it is a score.
  if (args.length[index] === 0 || args.bytes[args.at[index]] <= NINE) return 0;
  if (args.is(index, 'NX')) return NX;
  if (args.is(index, 'XX')) return XX;
  if (args.is(index, 'CH')) return CH;
  if (args.is(index, 'INCR')) return INCR;
  if (args.is(index, 'GT')) return GT;
  return args.is(index, 'LT') ? LT : 0;
}

/** @returns null, or the error text of options that do not go together */
function conflict(options: number, pairs: number): string | null {
  if ((options & (NX | XX)) === (NX | XX)) return ERR_NX_XX;
  const exclusive = options & (NX | GT | LT);
  if ((exclusive & (exclusive - 1)) !== 0) return ERR_GT_LT_NX;
  return (options & INCR) !== 0 && pairs > 1 ? ERR_INCR_PAIRS : null;
}

/** Reads the scores from argument `first` on into `scores`. @returns whether all are numbers */
function readScores(args: Args, first: number, pairs: number): boolean {
  if (scores.length < pairs) scores = new Float64Array(pairs * 2);
  for (let i = 0; i < pairs; i++) {
    const index = first + i * 2;
    const score = parseDouble(args.bytes, args.at[index], args.length[index]);
    if (score === null) return false;
    scores[i] = score;
  }
  return true;
}

function longestMember(args: Args, first: number): number {
  let longest = 0;
  for (let i = first + 1; i < args.count; i += 2) longest = Math.max(longest, args.length[i]);
  return longest;
}

/** Adds or changes one member of `set`, as the options say. */
function applyPair(options: number, given: number): void {
  let score = given;
  done.isSkipped = true;
  if (!set.find(member)) {
    if ((options & XX) !== 0) return;
    set.add(member, score);
    done.added++;
  } else {
    if ((options & NX) !== 0) return;
    const current = set.score;
    if ((options & INCR) !== 0) score += current;
    done.isNaN = Number.isNaN(score);
    if (done.isNaN) return;
    if ((options & LT) !== 0 && score >= current) return;
    if ((options & GT) !== 0 && score <= current) return;
    if (score !== current) {
      set.setScore(member, score);
      done.updated++;
    }
  }
  done.score = score;
  done.isSkipped = false;
}

/** Makes the absent key in argument 1 hold the first pair, which no option keeps out. */
function addFirst(ctx: Context, args: Args, first: number, pairs: number): void {
  member.ofArgument(args, first + 1);
  try {
    set.createWith(ctx.db, args, 1, pairs, longestMember(args, first), member, scores[0]);
  } catch (error) {
    undoCreation(ctx, args, 1);
    throw error;
  }
  done.added = 1;
  done.score = scores[0];
  done.isSkipped = false;
}

/** Applies the pairs of arguments from `first` on, without the first `from`, to `set`. */
function applyPairs(ctx: Context, args: Args, first: number, options: number, from: number): void {
  const { db } = ctx;
  const pairs = (args.count - first) >>> 1;
  let i = from;
  try {
    for (; i < pairs && !done.isNaN; i++) {
      member.ofArgument(args, first + 1 + i * 2);
      applyPair(options, scores[i]);
    }
  } catch (error) {
    if (done.added + done.updated > 0) keepDonePart(ctx, args, first + i * 2, set.ref);
    throw error;
  }
  const changes = done.added + done.updated;
  if (changes > 0) db.changed(set.ref, changes);
}

/** @param first the argument that is the first score */
function zaddGenericCommand(ctx: Context, args: Args, first: number, options: number): void {
  const { db, reply } = ctx;
  const pairs = (args.count - first) >>> 1;
  if (!readScores(args, first, pairs)) {
    reply.error(ERR_NOT_FLOAT);
    return;
  }
  const ref = lookupWriteTyped(ctx, args, 1, TYPE_ZSET);
  if (ref === WRONG_TYPE) return;
  done.added = 0;
  done.updated = 0;
  done.isSkipped = true;
  done.isNaN = false;
  if (ref !== NO_REF) {
    set.open(db, ref).expect(pairs, longestMember(args, first));
    applyPairs(ctx, args, first, options, 0);
  } else if ((options & XX) === 0) {
    addFirst(ctx, args, first, pairs);
    applyPairs(ctx, args, first, options, 1);
  }
  if (done.isNaN) reply.error(ERR_NOT_A_SCORE);
  else if ((options & INCR) === 0)
    reply.integer((options & CH) !== 0 ? done.added + done.updated : done.added);
  else if (done.isSkipped) reply.null();
  else reply.double(done.score);
}

export function zaddCommand(ctx: Context, args: Args): void {
  let options = 0;
  let first = 2;
  for (; first < args.count; first++) {
    const option = optionOf(args, first);
    if (option === 0) break;
    options |= option;
  }
  const left = args.count - first;
  if (left === 0 || left % 2 === 1) {
    ctx.reply.error(ERR_SYNTAX);
    return;
  }
  const error = options === 0 ? null : conflict(options, left >>> 1);
  if (error !== null) ctx.reply.error(error);
  else zaddGenericCommand(ctx, args, first, options);
}

export const zaddSpec: CommandSpec = {
  name: 'ZADD',
  group: 'sorted-set',
  since: '1.2.0',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds members with scores to a sorted set, or gives members other scores.',
  complexity: 'O(log(N)) for each member, in a set of N members.',
  keys: [keySpec(['RW', 'update'], 1)],
  arguments: [
    KEY,
    {
      name: 'condition',
      type: 'oneof',
      optional: true,
      since: '3.0.2',
      arguments: [
        { name: 'nx', type: 'pure-token', token: 'NX' },
        { name: 'xx', type: 'pure-token', token: 'XX' },
      ],
    },
    {
      name: 'comparison',
      type: 'oneof',
      optional: true,
      since: '6.2.0',
      arguments: [
        { name: 'gt', type: 'pure-token', token: 'GT' },
        { name: 'lt', type: 'pure-token', token: 'LT' },
      ],
    },
    { name: 'change', type: 'pure-token', token: 'CH', optional: true, since: '3.0.2' },
    { name: 'increment', type: 'pure-token', token: 'INCR', optional: true, since: '3.0.2' },
    {
      name: 'data',
      type: 'block',
      multiple: true,
      arguments: [{ name: 'score', type: 'double' }, MEMBER],
    },
  ],
  history: [
    ['2.4.0', 'Takes several members.'],
    ['3.0.2', 'XX, NX, CH and INCR came.'],
    ['6.2.0', 'GT and LT came.'],
  ],
  propagate: 'verbatim',
  handler: zaddCommand,
};

export function zincrbyCommand(ctx: Context, args: Args): void {
  // Redis reads options here too; then no pair is left.
  if (optionOf(args, 2) !== 0) ctx.reply.error(ERR_SYNTAX);
  else zaddGenericCommand(ctx, args, 2, INCR);
}

export const zincrbySpec: CommandSpec = {
  name: 'ZINCRBY',
  group: 'sorted-set',
  since: '1.2.0',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds to the score of a member; an absent one begins at 0.',
  complexity: 'O(log(N)) in a set of N members.',
  keys: [keySpec(['RW', 'access', 'update'], 1)],
  arguments: [KEY, { name: 'increment', type: 'integer' }, MEMBER],
  propagate: 'verbatim',
  handler: zincrbyCommand,
};
