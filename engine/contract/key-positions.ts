// Where a command's keys are among its arguments, by its key specifications: what COMMAND GETKEYS
// answers and what ACL, tracking and cluster look at.
//
// The two steps of a specification are Redis's: begin_search finds the first key, find_keys the
// others. Invariant: a position returned is that of an argument.

import type { Args } from '../util/args.js';
import { parseInteger } from '../util/numbers.js';
import type { Command, KeyPosition, KeySpec } from './command.js';

export type { KeyPosition };

interface Range {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** @returns whether some argument of the command can be a key */
export function hasKeys({ spec }: Command): boolean {
  if (spec.getKeys !== undefined) return true;
  return spec.keys?.some((key) => !key.flags.includes('not_key')) ?? false;
}

/** @returns index of the first key; 0 when there is none, -1 when the specification cannot tell */
function firstKey({ beginSearch }: KeySpec, args: Args): number {
  if (beginSearch.type === 'index') return beginSearch.index;
  if (beginSearch.type === 'unknown') return -1;
  const { keyword, startFrom } = beginSearch;
  const forward = startFrom > 0;
  const step = forward ? 1 : -1;
  // The last argument cannot be followed by a key, and the name is no keyword.
  const end = forward ? args.count - 1 : 1;
  const upper = keyword.toUpperCase();
  for (let i = forward ? startFrom : args.count + startFrom; i !== end; i += step) {
    if (i >= args.count || i < 1) break;
    if (args.is(i, upper)) return i + 1;
  }
  return 0;
}

/** @returns null when the arguments do not have what the specification needs */
function keyRange({ findKeys }: KeySpec, args: Args, first: number): Range | null {
  if (findKeys.type === 'unknown') return null;
  if (findKeys.type === 'keynum') {
    const at = first + findKeys.keyNumIndex;
    if (at >= args.count) return null;
    const count = parseInteger(args.bytes, args.at[at], args.length[at]);
    if (!(count >= 0)) return null;
    const begin = first + findKeys.firstKey;
    return { first: begin, last: begin + count - 1, step: findKeys.step };
  }
  const { lastKey, limit, step } = findKeys;
  if (lastKey >= 0) return { first, last: first + lastKey, step };
  if (limit === 0) return { first, last: args.count + lastKey, step };
  return { first, last: first + Math.floor((args.count - first) / limit) + lastKey, step };
}

/** @returns null when the specifications do not say it, or the arguments do not fit them */
function positionsBySpecs(specs: readonly KeySpec[], args: Args): KeyPosition[] | null {
  const found: KeyPosition[] = [];
  for (const spec of specs) {
    if (spec.flags.includes('not_key')) continue;
    const first = firstKey(spec, args);
    if (first === 0) continue;
    const range = first < 0 ? null : keyRange(spec, args, first);
    if (range === null || range.last >= args.count || range.last < range.first) return null;
    for (let index = range.first; index <= range.last; index += range.step) {
      found.push({ index, flags: spec.flags });
    }
    if (spec.flags.includes('incomplete')) return null;
  }
  return found;
}

/**
 * @param args the command with its name as argument 0, its arity checked
 * @returns the keys in the order of the specifications; null when the arguments are not valid
 */
export function keyPositions(command: Command, args: Args): readonly KeyPosition[] | null {
  const { keys, getKeys, keyFlags } = command.spec;
  const bySpecs = keys === undefined ? null : positionsBySpecs(keys, args);
  if (bySpecs !== null && keyFlags !== undefined) {
    const flags = keyFlags(args);
    return bySpecs.map(({ index }) => ({ index, flags }));
  }
  return bySpecs !== null || getKeys === undefined ? bySpecs : getKeys(args);
}

/** A command's keys as Redis's clients of old know them: first, last (may be negative), step. */
export interface LegacyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Whether there are, or may be, keys that the range does not cover. */
  readonly movesKeys: boolean;
}

/** Sums the key specifications of a command up in one range, with the rules of Redis 7. */
export function legacyRange(specs: readonly KeySpec[]): LegacyRange {
  if (specs.length === 0) return { first: 0, last: 0, step: 0, movesKeys: false };
  const isIncomplete = specs.some((spec) => spec.flags.includes('incomplete'));
  if (specs.length === 1) {
    const { beginSearch, findKeys } = specs[0];
    if (beginSearch.type === 'index' && findKeys.type === 'range') {
      const { index } = beginSearch;
      const last = findKeys.lastKey >= 0 ? index + findKeys.lastKey : findKeys.lastKey;
      return { first: index, last, step: findKeys.step, movesKeys: isIncomplete };
    }
  }
  let first = 0;
  let last = 0;
  let movesKeys = isIncomplete;
  for (const { beginSearch, findKeys } of specs) {
    const isPlain =
      beginSearch.type === 'index' &&
      findKeys.type === 'range' &&
      findKeys.step === 1 &&
      (last === 0 || last === beginSearch.index - 1);
    if (!isPlain) {
      movesKeys = true;
      continue;
    }
    if (first === 0) first = beginSearch.index;
    const end = findKeys.lastKey >= 0 ? beginSearch.index + findKeys.lastKey : findKeys.lastKey;
    // A negative end lies behind every positive one.
    last = last < 0 || end < 0 ? Math.min(last, end) : Math.max(last, end);
  }
  if (first === 0) return { first: 0, last: 0, step: 0, movesKeys: true };
  return { first, last, step: 1, movesKeys };
}
