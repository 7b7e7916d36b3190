// Random calls of the sorted-set commands, mostly on a few keys of their own that grow past the
// packed form and shrink again.

import type { CommandWord } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import { exact, sameNumbers, samePicks, wholeScanOfScores } from './comparison.js';
import { type CallMaker, call, type Step } from './step.js';

const KEYS = 'z1 z1 z1 z2 z2 z3 z4 {tag}z5';
const MEMBERS = 'a b c d e f g h aa ab member:10 1 -1 0 42 300 70000 007 9223372036854775807';
const SCORES = '0 1 2 3 -1 -2 10 100 1.5 -0.25 3.14159 1e10 1e300 -1e300 0.1 inf -inf +inf';
const ODD_SCORES = ['nan', 'abc', '', '-0', '1e400', '0x10', ' 1', '1 ', '9007199254740993', '5.'];
const BOUNDS = '-inf +inf 0 1 2 (1 (2 3 10 (0 -1 1.5 (1.5 100 50 (50 1e10 inf (inf (-inf';
const ODD_BOUNDS = ['', '(', 'abc', '(abc', 'nan', '[1', '1e400', '((1'];
const LEX_BOUNDS = '- + [a (a [c (c [m (member:5 [member:50 [z (z [ ( [1';
const ODD_LEX_BOUNDS = ['', 'a', '--', '++', '1', '-inf'];
const RANKS = '0 1 2 5 10 100 127 128 129 200 -1 -2 -5 -10 -100 -129';
const TO_ABOVE_PACKED = 160;
const LONG_MEMBERS: readonly CommandWord[] = ['x'.repeat(64), 'x'.repeat(65), 'y'.repeat(200)];

function key(source: ArgumentSource): CommandWord {
  return source.chance(92) ? source.word(KEYS) : source.key();
}

function member(source: ArgumentSource): CommandWord {
  const kind = source.below(20);
  if (kind < 9) return source.word(MEMBERS);
  if (kind < 18) return `member:${source.below(TO_ABOVE_PACKED)}`;
  return kind === 18 ? source.pick(LONG_MEMBERS) : source.bytes(source.below(12));
}

function members(source: ArgumentSource, countMax: number): CommandWord[] {
  return Array.from({ length: 1 + source.below(countMax) }, () => member(source));
}

function score(source: ArgumentSource): CommandWord {
  if (source.chance(3)) return source.pick(ODD_SCORES);
  return source.chance(50) ? String(source.below(50)) : source.word(SCORES);
}

function pairs(source: ArgumentSource, countMax: number): CommandWord[] {
  return members(source, countMax).flatMap((word) => [score(source), word]);
}

function bound(source: ArgumentSource): CommandWord {
  return source.chance(95) ? source.word(BOUNDS) : source.pick(ODD_BOUNDS);
}

function lexBound(source: ArgumentSource): CommandWord {
  return source.chance(95) ? source.word(LEX_BOUNDS) : source.pick(ODD_LEX_BOUNDS);
}

function rank(source: ArgumentSource): CommandWord {
  return source.chance(95) ? source.word(RANKS) : source.offset();
}

function limit(source: ArgumentSource): CommandWord[] {
  return [source.keyword('LIMIT'), source.word('0 0 1 2 10 150'), source.word('0 1 3 10 -1 200')];
}

function withScores(source: ArgumentSource): CommandWord[] {
  return source.chance(50) ? [source.keyword('WITHSCORES')] : [];
}

/** XX with a member too long for the packed form changes the form since Redis 7.2 only. */
function zadd(source: ArgumentSource): CommandWord[] {
  const options = zaddOptions(source);
  const mayBeLong = !options.some((word) => String(word).toUpperCase() === 'XX');
  const words = pairs(source, 4).filter((word) => mayBeLong || !LONG_MEMBERS.includes(word));
  return [source.keyword('ZADD'), key(source), ...options, ...words];
}

/** Members that are all different: if they alone are too many, so is the sorted set. */
function zaddMany(source: ArgumentSource): CommandWord[] {
  const count = 1 + source.below(TO_ABOVE_PACKED);
  const words = Array.from({ length: count }, (_, i) => [score(source), `member:${i}`]);
  return ['ZADD', key(source), ...words.flat()];
}

function zaddOptions(source: ArgumentSource): CommandWord[] {
  if (source.chance(50)) return [];
  return source.some(3, [
    () => [source.keyword('NX XX')],
    () => [source.keyword('GT LT')],
    () => [source.keyword('CH')],
    () => [source.keyword('INCR')],
  ]);
}

/** A set of more members than the packed form takes, all with one score. */
function lexSet(source: ArgumentSource): Step[] {
  const target = source.word('zlex1 zlex2');
  const count = source.below(TO_ABOVE_PACKED);
  const words = Array.from({ length: count }, (_, i) => ['0', `member:${i}`]).flat();
  const extra = ['0', 'a', '0', 'm', '0', 'z', '0', ''];
  return [
    { words: ['DEL', target], compare: exact },
    { words: ['ZADD', target, ...extra, ...words], compare: exact },
    { words: ['OBJECT', 'ENCODING', target], compare: exact },
  ];
}

function rangeWords(source: ArgumentSource, isStore: boolean): CommandWord[] {
  const options = source.chance(40) ? [source.keyword('REV')] : [];
  const scores = isStore ? [] : withScores(source);
  const kind = source.below(10);
  if (kind < 4) return [rank(source), rank(source), ...options, ...scores];
  const limits = source.chance(40) ? limit(source) : [];
  if (kind < 8) {
    const by = [source.keyword('BYSCORE'), ...options, ...limits, ...scores];
    return [bound(source), bound(source), ...by];
  }
  return [lexBound(source), lexBound(source), source.keyword('BYLEX'), ...options, ...limits];
}

/** BYLEX means something only where all scores are equal. */
function rangeKey(source: ArgumentSource, words: readonly CommandWord[]): CommandWord {
  const isLex = words.some((word) => String(word).toUpperCase() === 'BYLEX');
  return isLex ? source.word('zlex1 zlex2 absent') : key(source);
}

function zrange(source: ArgumentSource): CommandWord[] {
  const words = rangeWords(source, false);
  return [source.keyword('ZRANGE'), rangeKey(source, words), ...words];
}

function zrangestore(source: ArgumentSource): Step[] {
  const words = rangeWords(source, true);
  const target = key(source);
  return [
    { words: ['ZRANGESTORE', target, rangeKey(source, words), ...words], compare: exact },
    { words: ['OBJECT', 'ENCODING', target], compare: exact },
  ];
}

function sources(source: ArgumentSource): CommandWord[] {
  const keys = Array.from({ length: 1 + source.below(3) }, () =>
    source.chance(80) ? source.word('z1 z2 z3 z4 absent') : source.word('zlex1 s1 s2'),
  );
  return [String(keys.length), ...keys];
}

function operationOptions(source: ArgumentSource, keyCount: number): CommandWord[] {
  return source.some(2, [
    () => [
      source.keyword('WEIGHTS'),
      ...Array.from({ length: keyCount }, () =>
        source.word('1 1 2 2 0 -1 0.5 1.5 inf -inf 1e300 nan abc'),
      ),
    ],
    () => [source.keyword('AGGREGATE'), source.keyword('SUM MIN MAX')],
  ]);
}

function operation(source: ArgumentSource): CommandWord[] {
  const words = sources(source);
  const name = source.word('ZUNION ZINTER ZDIFF');
  const options = name === 'ZDIFF' ? [] : operationOptions(source, words.length - 1);
  return [name, ...words, ...options, ...withScores(source)];
}

function operationStore(source: ArgumentSource): Step[] {
  const words = sources(source);
  const name = source.word('ZUNIONSTORE ZINTERSTORE ZDIFFSTORE');
  const options = name === 'ZDIFFSTORE' ? [] : operationOptions(source, words.length - 1);
  const target = key(source);
  return [
    { words: [name, target, ...words, ...options], compare: exact },
    { words: ['OBJECT', 'ENCODING', target], compare: exact },
  ];
}

function pops(source: ArgumentSource): CommandWord[] {
  const count = source.word('0 1 2 10 100 -1');
  return [source.keyword('ZPOPMIN ZPOPMAX'), key(source), ...(source.chance(50) ? [count] : [])];
}

function zmpop(source: ArgumentSource): CommandWord[] {
  const count = source.chance(50) ? [source.keyword('COUNT'), source.word('1 2 10 0 -1 abc')] : [];
  return ['ZMPOP', ...sources(source), source.keyword('MIN MAX'), ...count];
}

/** Waits next to nothing: both servers must time out. */
function blocking(source: ArgumentSource): CommandWord[] {
  const where = source.keyword('MIN MAX');
  if (source.chance(50)) {
    const count = source.chance(50) ? [source.keyword('COUNT'), source.word('1 2 0 -1 x')] : [];
    return ['BZMPOP', source.word('0.01 0.001 abc -1'), ...sources(source), where, ...count];
  }
  return [source.keyword('BZPOPMIN BZPOPMAX'), key(source), key(source), '0.01'];
}

function randomMembers(source: ArgumentSource): CommandWord[] {
  if (source.chance(20)) return ['ZRANDMEMBER', key(source)];
  const count = source.word('0 1 5 130 1000 -3 -200 abc 1.5 9223372036854775808');
  return ['ZRANDMEMBER', key(source), count, ...withScores(source)];
}

function removedRange(source: ArgumentSource): CommandWord[] {
  switch (source.below(3)) {
    case 0:
      return ['ZREMRANGEBYRANK', key(source), rank(source), rank(source)];
    case 1:
      return ['ZREMRANGEBYSCORE', key(source), bound(source), bound(source)];
    default:
      return ['ZREMRANGEBYLEX', source.word('zlex1 zlex2'), lexBound(source), lexBound(source)];
  }
}

function olderRange(source: ArgumentSource): CommandWord[] {
  const options = [...(source.chance(40) ? limit(source) : []), ...withScores(source)];
  switch (source.below(3)) {
    case 0:
      return ['ZREVRANGE', key(source), rank(source), rank(source), ...withScores(source)];
    case 1:
      return [
        source.keyword('ZRANGEBYSCORE ZREVRANGEBYSCORE'),
        key(source),
        bound(source),
        bound(source),
        ...options,
      ];
    default:
      return [
        source.keyword('ZRANGEBYLEX ZREVRANGEBYLEX'),
        source.word('zlex1 zlex2'),
        lexBound(source),
        lexBound(source),
        ...(source.chance(40) ? limit(source) : []),
      ];
  }
}

export const sortedSetCalls: readonly CallMaker[] = [
  call(16, zadd, sameNumbers),
  { weight: 3, mayBeBroken: false, make: (s) => ({ words: zaddMany(s), compare: sameNumbers }) },
  call(6, (s) => ['ZINCRBY', key(s), score(s), member(s)], sameNumbers),
  call(6, (s) => ['ZREM', key(s), ...members(s, 5)], exact),
  call(3, (s) => ['ZCARD', key(s)], exact),
  call(5, (s) => ['ZSCORE', key(s), member(s)], sameNumbers),
  call(4, (s) => ['ZMSCORE', key(s), ...members(s, 4)], sameNumbers),
  call(8, (s) => [s.keyword('ZRANK ZREVRANK'), key(s), member(s)], exact),
  call(6, (s) => ['ZCOUNT', key(s), bound(s), bound(s)], exact),
  call(4, (s) => ['ZLEXCOUNT', s.word('zlex1 zlex2 absent'), lexBound(s), lexBound(s)], exact),
  { weight: 2, mayBeBroken: false, make: lexSet },
  call(16, zrange, sameNumbers),
  call(12, olderRange, sameNumbers),
  { weight: 5, mayBeBroken: true, make: zrangestore },
  call(4, removedRange, exact),
  call(8, operation, sameNumbers),
  { weight: 6, mayBeBroken: true, make: operationStore },
  call(4, (s) => ['ZINTERCARD', ...sources(s), ...cardLimit(s)], exact),
  call(5, pops, sameNumbers),
  call(4, zmpop, sameNumbers),
  { weight: 2, mayBeBroken: false, make: (s) => ({ words: blocking(s), compare: sameNumbers }) },
  call(4, randomMembers, samePicks),
  call(3, (s) => ['ZSCAN', key(s), '0', 'COUNT', '100000', ...scanPattern(s)], wholeScanOfScores),
  call(3, (s) => ['SADD', s.word('s1 s2'), ...members(s, 5)], exact),
  call(2, (s) => ['OBJECT', 'ENCODING', key(s)], exact),
  call(1, (s) => ['DEL', key(s)], exact),
];

function cardLimit(source: ArgumentSource): CommandWord[] {
  return source.chance(50) ? [source.keyword('LIMIT'), source.word('0 1 3 100 -1 abc')] : [];
}

function scanPattern(source: ArgumentSource): CommandWord[] {
  return source.chance(40) ? ['MATCH', source.word('* a* member:1* ?? nothing')] : [];
}
