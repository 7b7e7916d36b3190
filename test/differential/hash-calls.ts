// Random calls of the hash commands, mostly on a few keys of their own that grow past the packed
// form and shrink again. What came with Valkey 9 is not here: the reference does not have it.

import { type CommandWord, parseReply } from '../support/resp-connection.js';
import type { ArgumentSource } from './argument-source.js';
import {
  type Comparison,
  exact,
  inAnyOrder,
  sameItemTypes,
  sameType,
  wholeScan,
} from './comparison.js';
import { type CallMaker, call, type Step } from './step.js';

const KEYS = 'h1 h1 h1 h2 h2 h3 h4 {tag}h5';
const FIELDS = 'a b c d e f aa ab field:10 1 -1 0 42 300 70000 007 9223372036854775807';
const FIELDS_ABOVE_PACKED = 600;
const BULK_PAIRS_MAX = 200;
const LONG_TEXTS = ['x'.repeat(64), 'x'.repeat(65), 'y'.repeat(300)];
const COUNTS = '0 1 2 5 -1 -3 600 1000 -700';
const ODD_COUNTS = [
  'abc',
  '1.5',
  '',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
];

function key(source: ArgumentSource): CommandWord {
  return source.chance(92) ? source.word(KEYS) : source.key();
}

function field(source: ArgumentSource): CommandWord {
  const kind = source.below(20);
  if (kind < 10) return source.word(FIELDS);
  if (kind < 18) return `field:${source.below(FIELDS_ABOVE_PACKED)}`;
  return kind === 18 ? source.pick(LONG_TEXTS) : source.bytes(source.below(12));
}

function fields(source: ArgumentSource, countMax: number): CommandWord[] {
  return Array.from({ length: 1 + source.below(countMax) }, () => field(source));
}

/** Short, but for a few: a packed hash should not become large with every second value. */
function value(source: ArgumentSource): CommandWord {
  const kind = source.below(40);
  if (kind < 15) return source.integer();
  if (kind < 20) return source.float();
  if (kind < 38) return `value ${source.below(1000)}`;
  return kind === 38 ? source.pick(LONG_TEXTS) : source.value();
}

function pairs(source: ArgumentSource, countMax: number): CommandWord[] {
  return fields(source, countMax).flatMap((word) => [word, value(source)]);
}

/** Many short fields in one command, so that both forms and the change between them are met. */
function bulkCall(source: ArgumentSource): Step[] {
  const of = key(source);
  const from = source.below(FIELDS_ABOVE_PACKED);
  const count = 1 + source.below(BULK_PAIRS_MAX);
  const names = Array.from({ length: count }, (_, i) => `field:${from + i}`);
  const isSetting = source.chance(60);
  const words = isSetting
    ? [source.keyword('HSET HMSET'), of, ...names.flatMap((name) => [name, `${name.length}`])]
    : [source.keyword('HDEL'), of, ...names];
  return [
    { words, compare: exact },
    { words: ['OBJECT', 'ENCODING', of], compare: exact },
    { words: ['HLEN', of], compare: exact },
  ];
}

/** As many of the same types; which ones is chance. */
const asManyOf: Comparison = (ours, theirs) => {
  const isArray = parseReply(ours).type === 'array';
  return (isArray ? sameItemTypes : sameType)(ours, theirs);
};

function randomCall(source: ArgumentSource): Step[] {
  const count = source.chance(90) ? source.word(COUNTS) : source.pick(ODD_COUNTS);
  const options = source.chance(40) ? [source.keyword('WITHVALUES WITHVALUES VALUES')] : [];
  const words = source.chance(20) ? [] : [count, ...options];
  return [{ words: [source.keyword('HRANDFIELD'), key(source), ...words], compare: asManyOf }];
}

/** Large enough a COUNT sees everything, in whatever order. */
function scanCall(source: ArgumentSource): Step[] {
  const options = source.some(2, [
    () => [source.keyword('MATCH'), source.pattern()],
    () => [source.keyword('MATCH'), source.word('f* field:1* [ab] *')],
    () => [source.keyword('COUNT'), source.word('0 -1 x')],
  ]);
  const cursor = source.chance(95) ? '0' : source.word('abc 1.5 99999999999999999999999');
  const words = ['HSCAN', key(source), cursor, ...options, 'COUNT', '100000'];
  return [{ words, compare: wholeScan }];
}

export const hashCalls: readonly CallMaker[] = [
  { weight: 6, mayBeBroken: true, make: bulkCall },
  { weight: 5, mayBeBroken: true, make: randomCall },
  { weight: 5, mayBeBroken: true, make: scanCall },
  call(16, (s) => [s.keyword('HSET'), key(s), ...pairs(s, 4)], exact),
  call(4, (s) => [s.keyword('HMSET'), key(s), ...pairs(s, 4)], exact),
  call(5, (s) => ['HSETNX', key(s), field(s), value(s)], exact),
  call(8, (s) => [s.keyword('HGET'), key(s), field(s)], exact),
  call(5, (s) => ['HMGET', key(s), ...fields(s, 6)], exact),
  call(3, (s) => ['HGETALL', key(s)], inAnyOrder),
  call(2, (s) => ['HKEYS', key(s)], inAnyOrder),
  call(2, (s) => ['HVALS', key(s)], inAnyOrder),
  call(8, (s) => [s.keyword('HDEL'), key(s), ...fields(s, 5)], exact),
  call(4, (s) => ['HEXISTS', key(s), field(s)], exact),
  call(4, (s) => ['HLEN', key(s)], exact),
  call(4, (s) => ['HSTRLEN', key(s), field(s)], exact),
  call(8, (s) => ['HINCRBY', key(s), field(s), s.integer()], exact),
  call(8, (s) => ['HINCRBYFLOAT', key(s), field(s), s.float()], exact),
  call(3, (s) => ['OBJECT', 'ENCODING', key(s)], exact),
  call(1, (s) => ['DEL', key(s)], exact),
];
