// Random calls of the set commands, mostly on a few keys of their own: some of integers, some of
// texts, that grow past the packed forms and shrink again. Members are only taken at random where
// all of them go: two servers would not choose the same ones.

import type { CommandWord } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import { type Comparison, exact, inAnyOrder, samePicks, wholeScan } from './comparison.js';
import { type CallMaker, call, type Step } from './step.js';

const KEYS = 's1 s1 s2 s2 s3 {tag}s5 n1 n1 n2 n3';
const MEMBERS = 'a b c d e aa ab member:10 1 -1 0 42 300 70000 007 +1 9223372036854775807';
const EDGES =
  '32767 32768 -32768 -32769 2147483647 2147483648 -2147483649 -9223372036854775808 ' +
  '9223372036854775808';
const TO_ABOVE_PACKED = 160;
const TO_ABOVE_INTSET = 700;
const LONG_MEMBERS = ['x'.repeat(64), 'x'.repeat(65), 'y'.repeat(200)];
const COUNTS = '0 1 2 5 100 1000 -1 -5 abc 9223372036854775807 -9223372036854775808 1.5';
/** Sees more members than any set holds. */
const SCAN_COUNT_ALL = 100_000;

function key(source: ArgumentSource): CommandWord {
  return source.chance(92) ? source.word(KEYS) : source.key();
}

function keys(source: ArgumentSource, countMax: number): CommandWord[] {
  return Array.from({ length: 1 + source.below(countMax) }, () => key(source));
}

function member(source: ArgumentSource): CommandWord {
  const kind = source.below(20);
  if (kind < 6) return source.word(MEMBERS);
  if (kind < 10) return `member:${source.below(TO_ABOVE_PACKED)}`;
  if (kind < 18) return String(source.below(TO_ABOVE_INTSET));
  if (kind === 18) return source.chance(50) ? source.word(EDGES) : source.pick(LONG_MEMBERS);
  return source.bytes(source.below(12));
}

function members(source: ArgumentSource, countMax: number): CommandWord[] {
  return Array.from({ length: 1 + source.below(countMax) }, () => member(source));
}

/** Members for `SADD`: sets of integers alone come from nowhere else. */
function addWords(source: ArgumentSource): CommandWord[] {
  if (source.chance(60)) return ['SADD', key(source), ...members(source, 6)];
  const count = source.word('1 10 100 130 300 520');
  const first = source.below(TO_ABOVE_INTSET);
  const prefix = source.chance(60) ? '' : 'member:';
  const run = Array.from({ length: Number(count) }, (_, i) => `${prefix}${first + i}`);
  return ['SADD', source.word(prefix === '' ? 'n1 n2 n3' : 's1 s2 s3'), ...run];
}

function removeWords(source: ArgumentSource): CommandWord[] {
  if (source.chance(80)) return ['SREM', key(source), ...members(source, 8)];
  const first = source.below(TO_ABOVE_INTSET);
  const run = Array.from({ length: 300 }, (_, i) => String(first + i));
  return ['SREM', key(source), ...run];
}

function cardWords(source: ArgumentSource): CommandWord[] {
  const some = keys(source, 4);
  const numkeys = source.chance(90) ? some.length : source.word('0 -1 abc 9 99999999999999999999');
  const limit = source.some(2, [() => [source.keyword('LIMIT'), source.word(COUNTS)]]);
  return ['SINTERCARD', numkeys, ...some, ...limit];
}

function scanWords(source: ArgumentSource): CommandWord[] {
  const clauses = source.some(2, [
    () => ['MATCH', source.pattern()],
    () => ['MATCH', source.word('member:* 1* *0 ?')],
    () => ['COUNT', source.word('100000 9223372036854775807 0 -1 abc')],
  ]);
  const cursor = source.chance(95) ? '0' : source.word('abc -1 18446744073709551616');
  return ['SSCAN', key(source), cursor, ...clauses, 'COUNT', SCAN_COUNT_ALL];
}

/** Without its count it would take one at random. */
function popCall(weight: number, counts: string, compare: Comparison): CallMaker {
  const make = (s: ArgumentSource) => ({ words: ['SPOP', key(s), s.word(counts)], compare });
  return { weight, mayBeBroken: false, make };
}

/** A name of its own for what is taken at random: the two servers take other members. */
const POPPED = 'popped';

/** Takes members of a copy at random, which is gone afterwards; how many are left is no chance. */
function popRandomly(source: ArgumentSource): Step[] {
  const words = source.chance(30)
    ? ['SPOP', POPPED]
    : ['SPOP', POPPED, source.word('1 2 3 5 20 100 127 128 129 300 512')];
  return [
    { words: ['COPY', key(source), POPPED, 'REPLACE'], compare: exact },
    { words, compare: samePicks },
    { words: ['SCARD', POPPED], compare: exact },
    { words: ['DEL', POPPED], compare: exact },
  ];
}

export const setCalls: readonly CallMaker[] = [
  call(30, addWords, exact),
  call(12, removeWords, exact),
  call(8, (s) => ['SISMEMBER', key(s), member(s)], exact),
  call(6, (s) => ['SMISMEMBER', key(s), ...members(s, 5)], exact),
  call(6, (s) => ['SCARD', key(s)], exact),
  call(6, (s) => ['SMEMBERS', key(s)], inAnyOrder),
  call(6, (s) => ['OBJECT', 'ENCODING', key(s)], exact),
  call(10, (s) => ['SMOVE', key(s), key(s), member(s)], exact),
  { weight: 4, mayBeBroken: false, make: popRandomly },
  popCall(2, '0 5000 9223372036854775807', inAnyOrder),
  popCall(1, '-1 abc 1.5 9223372036854775808', exact),
  call(4, (s) => ['SRANDMEMBER', key(s), s.word('0 1 5 1000 -7 abc')], samePicks),
  call(2, (s) => ['SRANDMEMBER', key(s)], samePicks),
  call(6, (s) => [s.keyword('SINTER SUNION SDIFF'), ...keys(s, 5)], inAnyOrder),
  call(10, (s) => [s.keyword('SINTERSTORE SUNIONSTORE SDIFFSTORE'), ...keys(s, 5)], exact),
  call(6, cardWords, exact),
  call(6, scanWords, wholeScan),
];
