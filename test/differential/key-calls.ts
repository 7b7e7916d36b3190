// Random calls of the commands on keys of any type.

import type { CommandWord } from '../support/resp-connection.js';
import { anyKey } from './any-key.js';
import type { ArgumentSource } from './argument-source.js';
import { exact, inAnyOrder, nearMs, nearSeconds, sameType, wholeScan } from './comparison.js';
import { sameDump } from './dump-comparison.js';
import { type CallMaker, call } from './step.js';

/** Sees more keys than any database holds. */
const SCAN_COUNT_ALL = 100_000;

function expiryConditions(source: ArgumentSource): string[] {
  if (source.chance(50)) return [];
  return Array.from({ length: 1 + source.below(2) }, () => source.keyword('NX XX GT LT FOO'));
}

function expireWords(source: ArgumentSource): CommandWord[] {
  const name = source.keyword('EXPIRE PEXPIRE EXPIREAT PEXPIREAT');
  const unit = name.toUpperCase().startsWith('P') ? 'ms' : 's';
  const time = /at$/i.test(name) ? source.moment(unit) : source.relativeTime(unit);
  return [name, anyKey(source), time, ...expiryConditions(source)];
}

function scanWords(source: ArgumentSource): CommandWord[] {
  const clauses = source.some(2, [
    () => ['MATCH', source.pattern()],
    () => ['TYPE', source.keyword('STRING LIST HASH ZSET SET STREAM NOSUCH')],
    () => ['COUNT', source.word('100000 9223372036854775807 0 -1 abc')],
  ]);
  const cursor = source.chance(95) ? '0' : source.word('abc -1 18446744073709551616');
  return ['SCAN', cursor, ...clauses, 'COUNT', SCAN_COUNT_ALL];
}

function copyWords(source: ArgumentSource): CommandWord[] {
  const options = source.some(2, [
    () => [source.keyword('REPLACE')],
    () => ['DB', source.database()],
    () => ['DB'],
  ]);
  return ['COPY', anyKey(source), anyKey(source), ...options];
}

export const keyCalls: readonly CallMaker[] = [
  call(
    4,
    (s) => [s.keyword('DEL UNLINK'), ...s.keys(3), ...(s.chance(10) ? [anyKey(s)] : [])],
    exact,
  ),
  call(4, (s) => ['EXISTS', anyKey(s), ...s.keys(4)], exact),
  call(2, (s) => ['TOUCH', anyKey(s), ...s.keys(4)], exact),
  call(3, (s) => ['TYPE', anyKey(s)], exact),
  call(3, (s) => ['KEYS', s.pattern()], inAnyOrder),
  call(4, scanWords, wholeScan),
  call(4, (s) => [s.keyword('RENAME RENAMENX'), anyKey(s), anyKey(s)], exact),
  call(5, copyWords, exact),
  call(3, (s) => ['MOVE', anyKey(s), s.database()], exact),
  call(3, () => ['DBSIZE'], exact),
  call(14, expireWords, exact),
  call(5, (s) => ['TTL', anyKey(s)], nearSeconds),
  call(5, (s) => ['PTTL', anyKey(s)], nearMs),
  call(3, (s) => ['EXPIRETIME', anyKey(s)], nearSeconds),
  call(3, (s) => ['PEXPIRETIME', anyKey(s)], nearMs),
  call(4, (s) => ['PERSIST', anyKey(s)], exact),
  call(5, (s) => ['OBJECT', s.keyword('ENCODING REFCOUNT FREQ'), anyKey(s)], exact),
  call(2, (s) => ['OBJECT', 'IDLETIME', anyKey(s)], sameType),
  call(1, (s) => ['OBJECT', s.keyword('HELP NOSUCH FREQ'), ...s.some(2, [() => [s.key()]])], exact),
  call(5, (s) => ['DUMP', anyKey(s)], sameDump),
  call(1, (s) => ['SWAPDB', s.database(), s.database()], exact),
  call(
    1,
    (s) => (s.chance(15) ? [s.keyword('FLUSHDB'), s.keyword('SYNC ASYNC X')] : ['DBSIZE']),
    exact,
  ),
  call(
    1,
    (s) =>
      s.chance(8) ? ['FLUSHALL', ...s.some(1, [() => [s.word('SYNC ASYNC X')]])] : ['DBSIZE'],
    exact,
  ),
];
