// Random calls of the list commands, mostly on a few keys of their own that grow past the packed
// form and shrink again. Where a blocking command waits, it does so for some milliseconds.

import type { CommandWord } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import { exact } from './comparison.js';
import { type CallMaker, call } from './step.js';

const KEYS = 'l1 l1 l1 l2 l2 l3 l4 {tag}l5';
const ELEMENTS = 'a b c d e aa ab element:10 1 -1 0 42 127 128 4095 4096 -4097 70000 007';
const INDEXES = '0 1 2 3 5 10 50 100 300 -1 -2 -3 -5 -10 -100 -300';
const COUNTS = '0 1 1 2 3 5 10 100 1000 -1';
const LIMITS = ['9223372036854775807', '-9223372036854775808', '-9223372036854775807'];
const ENDS = 'LEFT RIGHT LEFT RIGHT LEFT RIGHT LEFT RIGHT LEFT RIGHT UP';
const TIMEOUTS = '0.01 0.001 0.01 0.005 -1 abc 1e300 inf nan';
/** So that some lists exceed 8 KiB. */
const LONG_ELEMENTS = [100, 255, 300, 1000, 4095, 4096, 8180, 9000].map((n) => 'e'.repeat(n));

function key(source: ArgumentSource): CommandWord {
  return source.chance(93) ? source.word(KEYS) : source.key();
}

function keys(source: ArgumentSource): CommandWord[] {
  return Array.from({ length: 1 + source.below(3) }, () => key(source));
}

function element(source: ArgumentSource): CommandWord {
  const kind = source.below(20);
  if (kind < 10) return source.word(ELEMENTS);
  if (kind < 15) return `element:${source.below(60)}`;
  if (kind < 17) return source.value();
  return kind < 19 ? source.bytes(source.below(80)) : source.pick(LONG_ELEMENTS);
}

function elements(source: ArgumentSource): CommandWord[] {
  const countMax = source.chance(5) ? 200 : 6;
  return Array.from({ length: 1 + source.below(countMax) }, () => element(source));
}

function index(source: ArgumentSource): CommandWord {
  if (source.chance(94)) return source.word(INDEXES);
  return source.chance(50) ? source.pick(LIMITS) : source.integer();
}

function count(source: ArgumentSource): CommandWord {
  if (source.chance(94)) return source.word(COUNTS);
  return source.chance(50) ? source.pick(LIMITS) : source.integer();
}

/** Not -2^63, which Redis 7.0 takes. */
function removalCount(source: ArgumentSource): CommandWord {
  const isUsual = source.chance(96);
  return source.word(isUsual ? '0 1 1 2 3 10 -1 -1 -2 -3 -10' : '1000000 9223372036854775807 x');
}

function end(source: ArgumentSource): CommandWord {
  return source.keyword(ENDS);
}

function fromKeys(source: ArgumentSource): CommandWord[] {
  const several = keys(source);
  const numkeys = source.chance(95) ? String(several.length) : source.word('0 -1 5 abc');
  const clause = source.chance(50) ? [source.keyword('COUNT'), count(source)] : [];
  return [numkeys, ...several, end(source), ...clause];
}

function lposOptions(source: ArgumentSource): CommandWord[] {
  return source.some(3, [
    () => [source.keyword('RANK'), count(source)],
    () => [source.keyword('COUNT'), count(source)],
    () => [source.keyword('MAXLEN'), count(source)],
  ]);
}

/** Mostly none: a trim that keeps little would leave the lists short. */
function trimRange(source: ArgumentSource): CommandWord[] {
  if (source.chance(30)) return [index(source), index(source)];
  return [source.word('0 0 1 2 -300'), source.word('-1 -1 -2 -3 300')];
}

/** A call that a broken argument could make wait for ever, or do what only one server does. */
function unbroken(weight: number, words: (source: ArgumentSource) => CommandWord[]): CallMaker {
  return { weight, mayBeBroken: false, make: (s) => ({ words: words(s), compare: exact }) };
}

export const listCalls: readonly CallMaker[] = [
  call(14, (s) => [s.keyword('LPUSH RPUSH'), key(s), ...elements(s)], exact),
  call(4, (s) => [s.keyword('LPUSHX RPUSHX'), key(s), ...elements(s)], exact),
  call(6, (s) => [s.keyword('LPOP RPOP'), key(s)], exact),
  call(4, (s) => [s.keyword('LPOP RPOP'), key(s), count(s)], exact),
  call(3, (s) => ['LLEN', key(s)], exact),
  call(6, (s) => ['LINDEX', key(s), index(s)], exact),
  call(8, (s) => ['LRANGE', key(s), index(s), index(s)], exact),
  call(3, (s) => ['LRANGE', key(s), '0', '-1'], exact),
  call(7, (s) => ['LINSERT', key(s), s.keyword('BEFORE AFTER'), element(s), element(s)], exact),
  call(6, (s) => ['LSET', key(s), index(s), element(s)], exact),
  unbroken(5, (s) => ['LREM', key(s), removalCount(s), element(s)]),
  call(2, (s) => ['LTRIM', key(s), ...trimRange(s)], exact),
  call(8, (s) => ['LPOS', key(s), element(s), ...lposOptions(s)], exact),
  call(6, (s) => ['LMOVE', key(s), key(s), end(s), end(s)], exact),
  call(3, (s) => ['RPOPLPUSH', key(s), key(s)], exact),
  call(4, (s) => ['LMPOP', ...fromKeys(s)], exact),
  unbroken(2, (s) => [s.keyword('BLPOP BRPOP'), ...keys(s), s.word(TIMEOUTS)]),
  unbroken(1, (s) => ['BLMPOP', s.word(TIMEOUTS), ...fromKeys(s)]),
  unbroken(1, (s) => ['BLMOVE', key(s), key(s), end(s), end(s), s.word(TIMEOUTS)]),
  unbroken(1, (s) => ['BRPOPLPUSH', key(s), key(s), s.word(TIMEOUTS)]),
];
