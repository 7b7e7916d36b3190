// Random calls of the string commands.

import type { ArgumentSource } from './argument-source.js';
import { exact } from './comparison.js';
import { type CallMaker, call, type Step } from './step.js';

/** A deadline long past is noticed at once, so that both servers drop the key at the same step. */
function setCall(source: ArgumentSource): Step[] {
  const key = source.key();
  const options = source.some(3, [
    () => [source.keyword('NX XX')],
    () => [source.keyword('GET KEEPTTL')],
    () => source.timeOption(),
    () => source.timeOption(),
  ]);
  return [
    { words: [source.keyword('SET'), key, source.value(), ...options], compare: exact },
    { words: ['EXISTS', key], compare: exact },
  ];
}

function getexCall(source: ArgumentSource): Step[] {
  const key = source.key();
  const options = source.some(2, [
    () => source.timeOption(),
    () => source.timeOption(),
    () => [source.keyword('PERSIST')],
  ]);
  return [
    { words: ['GETEX', key, ...options], compare: exact },
    { words: ['EXISTS', key], compare: exact },
  ];
}

function lcsCall(source: ArgumentSource): Step[] {
  const keys = [source.key(), source.key()];
  const options = source.some(3, [
    () => [source.keyword('IDX LEN')],
    () => [source.keyword('WITHMATCHLEN')],
    () => ['MINMATCHLEN', source.chance(80) ? source.word('0 1 2 4 -1') : source.integer()],
  ]);
  return [{ words: ['LCS', ...keys, ...options], compare: exact }];
}

function pairs(source: ArgumentSource): (Buffer | string)[] {
  return source.keys(5).flatMap((key) => [key, source.value()]);
}

/** Within a short string, or what no string has. */
function bitOffset(source: ArgumentSource): string {
  return source.chance(95) ? String(source.below(3000)) : source.word('-1 abc 4294967296 1.5');
}

export const stringCalls: readonly CallMaker[] = [
  { weight: 16, mayBeBroken: true, make: setCall },
  { weight: 6, mayBeBroken: true, make: getexCall },
  { weight: 5, mayBeBroken: true, make: lcsCall },
  call(8, (s) => [s.keyword('GET'), s.key()], exact),
  call(3, (s) => ['GETSET', s.key(), s.value()], exact),
  call(3, (s) => ['GETDEL', s.key()], exact),
  call(4, (s) => ['MGET', ...s.keys(6)], exact),
  call(4, (s) => ['MSET', ...pairs(s)], exact),
  call(3, (s) => ['MSETNX', ...pairs(s)], exact),
  call(3, (s) => ['SETNX', s.key(), s.value()], exact),
  call(3, (s) => ['SETEX', s.key(), s.relativeTime('s'), s.value()], exact),
  call(3, (s) => ['PSETEX', s.key(), s.relativeTime('ms'), s.value()], exact),
  call(5, (s) => ['APPEND', s.key(), s.value()], exact),
  call(4, (s) => ['STRLEN', s.key()], exact),
  call(5, (s) => ['SETRANGE', s.key(), s.offset(), s.chance(80) ? s.value() : ''], exact),
  call(5, (s) => ['GETRANGE', s.key(), s.offset(), s.offset()], exact),
  call(2, (s) => ['SUBSTR', s.key(), s.offset(), s.offset()], exact),
  call(3, (s) => ['SETBIT', s.key(), bitOffset(s), s.word('0 1 0 1 2 x')], exact),
  call(2, (s) => ['GETBIT', s.key(), bitOffset(s)], exact),
  call(6, (s) => [s.keyword('INCR DECR'), s.key()], exact),
  call(8, (s) => [s.keyword('INCRBY DECRBY'), s.key(), s.integer()], exact),
  call(8, (s) => ['INCRBYFLOAT', s.key(), s.float()], exact),
];
