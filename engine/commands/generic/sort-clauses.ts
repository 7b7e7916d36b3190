// The clauses of SORT and SORT_RO, and their documentation. Invariant: what is parsed here is what
// COMMAND GETKEYS sees too.

import type { ArgumentDoc, KeyPosition } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { ERR_NOT_INTEGER, ERR_SYNTAX } from '../../contract/errors.js';
import type { Args } from '../../util/args.js';
import { KEY } from '../argument-docs.js';
import { integerArgument } from '../integer-argument.js';
import { SortPattern } from './sort-pattern.js';

const NO_ARGUMENT = 0;
const ALL = -1;

export interface SortClauses {
  isDescending: boolean;
  isAlpha: boolean;
  /** LIMIT: the first place, and how many; negative for all. */
  start: number;
  count: number;
  /** BY: null to sort by the elements themselves. */
  by: SortPattern | null;
  /** BY without a star: the elements stay as they are. */
  isUnsorted: boolean;
  readonly gets: SortPattern[];
  /** The argument that is STORE's destination; 0 for none. */
  storeIndex: number;
}

/**
 * @param takesStore false for SORT_RO
 * @returns null after an error was replied
 */
export function parseSortClauses(
  ctx: Context,
  args: Args,
  takesStore: boolean,
): SortClauses | null {
  const clauses: SortClauses = {
    isDescending: false,
    isAlpha: false,
    start: 0,
    count: ALL,
    by: null,
    isUnsorted: false,
    gets: [],
    storeIndex: NO_ARGUMENT,
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    if (args.is(i, 'ASC')) {
      clauses.isDescending = false;
    } else if (args.is(i, 'DESC')) {
      clauses.isDescending = true;
    } else if (args.is(i, 'ALPHA')) {
      clauses.isAlpha = true;
    } else if (args.is(i, 'LIMIT') && left >= 2) {
      clauses.start = integerArgument(args, ++i);
      clauses.count = integerArgument(args, ++i);
      if (Number.isNaN(clauses.start) || Number.isNaN(clauses.count)) {
        ctx.reply.error(ERR_NOT_INTEGER);
        return null;
      }
    } else if (takesStore && args.is(i, 'STORE') && left >= 1) {
      clauses.storeIndex = ++i;
    } else if (args.is(i, 'BY') && left >= 1) {
      clauses.by = new SortPattern(args, ++i);
      // Once said it holds, whatever pattern comes after it.
      if (!clauses.by.hasStar) clauses.isUnsorted = true;
    } else if (args.is(i, 'GET') && left >= 1) {
      clauses.gets.push(new SortPattern(args, ++i));
    } else {
      ctx.reply.error(ERR_SYNTAX);
      return null;
    }
  }
  return clauses;
}

/** @returns the sorted key, and the last destination that STORE names */
export function sortKeys(args: Args): readonly KeyPosition[] {
  let storeIndex = NO_ARGUMENT;
  for (let i = 2; i < args.count; i++) {
    if (args.is(i, 'LIMIT')) i += 2;
    else if (args.is(i, 'GET') || args.is(i, 'BY')) i++;
    else if (args.is(i, 'STORE') && i + 1 < args.count) storeIndex = ++i;
  }
  const sorted: KeyPosition = { index: 1, flags: ['RO', 'access'] };
  if (storeIndex === NO_ARGUMENT) return [sorted];
  return [sorted, { index: storeIndex, flags: ['OW', 'update'] }];
}

/** The arguments that SORT and SORT_RO have in common. */
export const SORT_ARGUMENTS: readonly ArgumentDoc[] = [
  KEY,
  { name: 'by-pattern', type: 'pattern', token: 'BY', keySpecIndex: 1, optional: true },
  {
    name: 'limit',
    type: 'block',
    token: 'LIMIT',
    optional: true,
    arguments: [
      { name: 'offset', type: 'integer' },
      { name: 'count', type: 'integer' },
    ],
  },
  {
    name: 'get-pattern',
    type: 'pattern',
    token: 'GET',
    keySpecIndex: 1,
    optional: true,
    multiple: true,
    multipleToken: true,
  },
  {
    name: 'order',
    type: 'oneof',
    optional: true,
    arguments: [
      { name: 'asc', type: 'pure-token', token: 'ASC' },
      { name: 'desc', type: 'pure-token', token: 'DESC' },
    ],
  },
  { name: 'sorting', type: 'pure-token', token: 'ALPHA', optional: true },
];
