// SORT and SORT_RO. Invariants: elements are copied out before anything is looked up or stored;
// elements that sort alike are in the order of their bytes, so a result depends on the dataset
// alone; STORE is logged as the list that it made.

import { type CommandSpec, type KeySpec, keySpec } from '../../contract/command.js';
import type { Context } from '../../contract/context.js';
import { WRONGTYPE } from '../../contract/errors.js';
import { TYPE_LIST, TYPE_SET, TYPE_ZSET } from '../../keyspace/encodings.js';
import { collectionOf } from '../../keyspace/values/collections.js';
import { NO_REF, type Ref } from '../../memory/chunks.js';
import type { Args } from '../../util/args.js';
import { ByteSlice } from '../../util/byte-slice.js';
import { parseSortClauses, SORT_ARGUMENTS, type SortClauses, sortKeys } from './sort-clauses.js';
import { sortNumber } from './sort-number.js';
import { SortOrder } from './sort-order.js';
import { releasePatternKey } from './sort-pattern.js';
import { type SortedTexts, storeSorted } from './sort-store.js';
import { SortTexts } from './sort-texts.js';

const ERR_NOT_NUMBERS = "ERR One or more scores can't be converted into double";

/** What is sorted, what it is sorted by (BY ALPHA), and what STORE stores. */
const elements = new SortTexts();
const weights = new SortTexts();
const results = new SortTexts();
const sorting = new SortOrder();
const element = new ByteSlice();
const weight = new ByteSlice();
const EMPTY = new ByteSlice();

/** Which places of the sorted elements are the answer: `[start, end)`. */
const range = { start: 0, end: 0 };

function setRange(clauses: SortClauses, count: number): void {
  range.start = Math.min(Math.max(clauses.start, 0), count);
  const wanted = clauses.count < 0 ? count : clauses.count;
  range.end = Math.min(count, range.start + wanted);
}

/** Copies all elements out; of those that stay unsorted only the answer, which `range` then is. */
function loadElements(ctx: Context, ref: Ref, clauses: SortClauses): void {
  elements.clear();
  if (ref === NO_REF) {
    setRange(clauses, 0);
    return;
  }
  const { db } = ctx;
  const { cursor } = collectionOf(db.typeOf(ref));
  cursor.open(db, ref);
  const { count } = cursor;
  setRange(clauses, count);
  let wanted = count;
  if (clauses.isUnsorted && cursor.seek !== undefined) {
    cursor.seek(clauses.isDescending ? count - range.end : range.start);
    range.end -= range.start;
    range.start = 0;
    wanted = range.end;
  }
  for (let i = 0; i < wanted && cursor.next(); i++) elements.add(cursor.element);
}

/** Fills in the keys to sort by. @returns false when one is no number */
function loadNumbers(ctx: Context, clauses: SortClauses): boolean {
  const { keys } = sorting;
  for (let i = 0; i < elements.count; i++) {
    elements.open(i, element);
    let key = 0;
    if (clauses.by === null) key = sortNumber(element);
    else if (clauses.by.lookup(ctx, element, weight)) key = sortNumber(weight);
    if (Number.isNaN(key)) return false;
    keys[i] = key;
  }
  return true;
}

function loadWeights(ctx: Context, by: NonNullable<SortClauses['by']>): void {
  weights.clear();
  for (let i = 0; i < elements.count; i++) {
    elements.open(i, element);
    if (by.lookup(ctx, element, weight)) weights.add(weight);
    else weights.addMissing();
  }
}

/** Puts `elements` in order. @returns false after an error was replied */
function sortElements(ctx: Context, clauses: SortClauses): boolean {
  const { count } = elements;
  // What sorts alike by BY ALPHA stays as it was; so it is read backwards twice.
  const isStable = clauses.isAlpha && clauses.by !== null;
  sorting.begin(count, clauses.isDescending && isStable && !clauses.isUnsorted);
  if (clauses.isUnsorted) return true;
  if (!clauses.isAlpha) {
    if (!loadNumbers(ctx, clauses)) {
      ctx.reply.error(ERR_NOT_NUMBERS);
      return false;
    }
    sorting.sortByKeysAndTexts(count, elements);
  } else if (clauses.by === null) {
    sorting.sortByTexts(count, elements);
  } else {
    loadWeights(ctx, clauses.by);
    sorting.sortByTexts(count, weights);
  }
  return true;
}

/** Points `out` at the element at a place of the sorted ones. */
function openPlace(place: number, isDescending: boolean, out: ByteSlice): void {
  const index = isDescending ? elements.count - 1 - place : place;
  elements.open(sorting.order[index], out);
}

function replySorted(ctx: Context, clauses: SortClauses, isDescending: boolean): void {
  const { reply } = ctx;
  const { gets } = clauses;
  reply.array((range.end - range.start) * Math.max(1, gets.length));
  for (let place = range.start; place < range.end; place++) {
    openPlace(place, isDescending, element);
    if (gets.length === 0) reply.bulk(element.bytes, element.at, element.length);
    for (const get of gets) {
      if (get.lookup(ctx, element, weight)) reply.bulk(weight.bytes, weight.at, weight.length);
      else reply.null();
    }
  }
}

/** @returns what STORE stores; what GET finds is copied first, as storing changes the database */
function resultTexts(ctx: Context, { gets }: SortClauses, isDescending: boolean): SortedTexts {
  if (gets.length === 0) {
    return {
      count: range.end - range.start,
      open: (place, out) => openPlace(range.start + place, isDescending, out),
    };
  }
  results.clear();
  for (let place = range.start; place < range.end; place++) {
    openPlace(place, isDescending, element);
    for (const get of gets) results.add(get.lookup(ctx, element, weight) ? weight : EMPTY);
  }
  return results;
}

function sortGenericCommand(ctx: Context, args: Args, takesStore: boolean): void {
  const { db, reply } = ctx;
  const clauses = parseSortClauses(ctx, args, takesStore);
  if (clauses === null) return;
  const ref = db.lookupRead(args, 1);
  const type = ref === NO_REF ? TYPE_LIST : db.typeOf(ref);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_ZSET) {
    reply.error(WRONGTYPE);
    return;
  }
  // The order of a set is nobody's, so what is stored of it has to be sorted after all.
  if (clauses.isUnsorted && type === TYPE_SET && clauses.storeIndex !== 0) {
    clauses.isUnsorted = false;
    clauses.isAlpha = true;
    clauses.by = null;
  }
  loadElements(ctx, ref, clauses);
  if (sortElements(ctx, clauses)) {
    const isDescending = clauses.isDescending && !(clauses.isUnsorted && type === TYPE_SET);
    if (clauses.storeIndex === 0) {
      replySorted(ctx, clauses, isDescending);
    } else {
      const texts = resultTexts(ctx, clauses, isDescending);
      reply.integer(storeSorted(ctx, args, clauses.storeIndex, texts));
    }
  }
  elements.clear();
  weights.clear();
  results.clear();
  sorting.release();
  releasePatternKey();
}

export function sortCommand(ctx: Context, args: Args): void {
  sortGenericCommand(ctx, args, true);
}

export function sortRoCommand(ctx: Context, args: Args): void {
  sortGenericCommand(ctx, args, false);
}

const UNKNOWN = { beginSearch: { type: 'unknown' }, findKeys: { type: 'unknown' } } as const;
const KEYS: readonly KeySpec[] = [
  keySpec(['RO', 'access'], 1),
  { ...UNKNOWN, flags: ['RO', 'access'], notes: 'Keys made of BY or GET patterns and elements.' },
];
const COMPLEXITY =
  'O(N + M log M) for N elements of which M are returned, O(N) when they stay unsorted.';
const ACL = ['list', 'set', 'sortedset', 'dangerous'];

export const sortSpec: CommandSpec = {
  name: 'SORT',
  group: 'generic',
  since: '1.0.0',
  arity: -2,
  flags: ['write', 'denyoom'],
  summary: 'Sorts the elements of a list, a set or a sorted set, and may store them as a list.',
  complexity: COMPLEXITY,
  keys: [
    ...KEYS,
    { ...UNKNOWN, flags: ['OW', 'update'], notes: 'STORE may be anywhere among the arguments.' },
  ],
  getKeys: sortKeys,
  arguments: [
    ...SORT_ARGUMENTS,
    { name: 'destination', type: 'key', token: 'STORE', keySpecIndex: 2, optional: true },
  ],
  acl: ACL,
  propagate: 'effects',
  handler: sortCommand,
};

export const sortRoSpec: CommandSpec = {
  name: 'SORT_RO',
  group: 'generic',
  since: '7.0.0',
  arity: -2,
  flags: ['readonly'],
  summary: 'Sorts the elements of a list, a set or a sorted set.',
  complexity: COMPLEXITY,
  keys: KEYS,
  getKeys: () => [{ index: 1, flags: ['RO', 'access'] }],
  arguments: SORT_ARGUMENTS,
  acl: ACL,
  propagate: 'never',
  handler: sortRoCommand,
};
