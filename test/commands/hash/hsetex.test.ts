// HSETEX and HGETEX: fields and their deadlines in one step.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';
import { FIELD_COUNT } from './field-errors.js';

const invalidExpire = (command: string) =>
  `(error) ERR invalid expire time in '${command}' command`;

commandTest('HSETEX sets fields and gives them a deadline', (ask, commands) => {
  const now = commands.clock.now();
  equal(ask('HSETEX', 'h', 'FIELDS', 2, 'a', '1', 'b', '2'), 1);
  equal(ask('OBJECT', 'ENCODING', 'h'), 'listpack');
  equal(ask('HSETEX', 'h', 'EX', 10, 'FIELDS', 1, 'a', 'x'), 1);
  equal(ask('HSETEX', 'h', 'px', 10, 'FIELDS', 1, 'b', 'y'), 1);
  equal(ask('HSETEX', 'h', 'EXAT', now / 1000 + 3, 'FIELDS', 1, 'c', 'z'), 1);
  equal(ask('HSETEX', 'h', 'PXAT', now + 4, 'FIELDS', 1, 'd', 'z'), 1);
  deepEqual(ask('HPTTL', 'h', 'FIELDS', 4, 'a', 'b', 'c', 'd'), [10_000, 10, 3000, 4]);
  deepEqual(commands.takeLog().slice(0, 2), [
    [0, 'HSETEX', 'h', 'FIELDS', '2', 'a', '1', 'b', '2'],
    [0, 'HSETEX', 'h', 'PXAT', String(now + 10_000), 'FIELDS', '1', 'a', 'x'],
  ]);
  equal(ask('HSETEX', 'h', 'KEEPTTL', 'FIELDS', 1, 'a', 'a longer value'), 1);
  equal(ask('HSETEX', 'h', 'FIELDS', 1, 'b', 'y'), 1);
  deepEqual(ask('HPTTL', 'h', 'FIELDS', 2, 'a', 'b'), [10_000, -1]);
  equal(ask('HGET', 'h', 'a'), 'a longer value');
});

commandTest('Conditions of HSETEX hold for the key or for all fields', (ask, commands) => {
  const set = (...words: string[]) => ask('HSETEX', 'h', ...words);
  equal(set('XX', 'FIELDS', '1', 'a', '1'), 0);
  equal(set('FXX', 'FIELDS', '1', 'a', '1'), 0);
  equal(set('NX', 'FNX', 'FIELDS', '1', 'a', '1'), 1);
  equal(set('NX', 'FIELDS', '1', 'b', '1'), 0);
  equal(set('XX', 'FIELDS', '1', 'b', '1'), 1);
  equal(set('FNX', 'FIELDS', '2', 'c', '1', 'b', '2'), 0);
  equal(set('FXX', 'FIELDS', '2', 'c', '1', 'b', '2'), 0);
  equal(set('FXX', 'FIELDS', '2', 'a', '3', 'b', '2'), 1);
  equal(set('FNX', 'EX', '10', 'FIELDS', '1', 'c', '3'), 1);
  deepEqual(ask('HMGET', 'h', 'a', 'b', 'c'), ['3', '2', '3']);
  equal(commands.takeLog().length, 4);
});

commandTest('HSETEX with a deadline in the past deletes', (ask, commands) => {
  equal(ask('HSETEX', 'h', 'EX', 0, 'FIELDS', 1, 'a', '1'), 0);
  equal(ask('EXISTS', 'h'), 0);
  ask('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
  commands.takeLog();
  equal(ask('HSETEX', 'h', 'PXAT', 5, 'FIELDS', 2, 'a', 'x', 'no', 'y'), 0);
  equal(ask('HSETEX', 'h', 'PX', 0, 'FIELDS', 2, 'b', 'x', 'c', 'y'), 1);
  equal(ask('EXISTS', 'h'), 0);
  deepEqual(commands.takeLog(), [
    [0, 'HDEL', 'h', 'a', 'no'],
    [0, 'HDEL', 'h', 'b', 'c'],
  ]);
});

commandTest('HGETEX reads, and sets, moves or lifts deadlines', (ask, commands) => {
  const now = commands.clock.now();
  ask('HSET', 'h', 'a', '1', 'b', '2');
  commands.takeLog();
  deepEqual(ask('HGETEX', 'h', 'FIELDS', 2, 'a', 'x'), ['1', null]);
  equal(ask('OBJECT', 'ENCODING', 'h'), 'listpack');
  deepEqual(commands.takeLog(), []);
  deepEqual(ask('HGETEX', 'h', 'EX', 10, 'FIELDS', 2, 'a', 'x'), ['1', null]);
  deepEqual(ask('HPTTL', 'h', 'FIELDS', 2, 'a', 'b'), [10_000, -1]);
  deepEqual(ask('HGETEX', 'h', 'PXAT', now + 7, 'FIELDS', 1, 'a'), ['1']);
  deepEqual(ask('HPTTL', 'h', 'FIELDS', 1, 'a'), [7]);
  deepEqual(ask('HGETEX', 'h', 'PERSIST', 'FIELDS', 2, 'a', 'b'), ['1', '2']);
  deepEqual(ask('HGETEX', 'h', 'PERSIST', 'FIELDS', 2, 'a', 'b'), ['1', '2']);
  deepEqual(ask('HPTTL', 'h', 'FIELDS', 1, 'a'), [-1]);
  deepEqual(commands.takeLog(), [
    [0, 'HPEXPIREAT', 'h', String(now + 10_000), 'FIELDS', '2', 'a', 'x'],
    [0, 'HPEXPIREAT', 'h', String(now + 7), 'FIELDS', '1', 'a'],
    [0, 'HPERSIST', 'h', 'FIELDS', '2', 'a', 'b'],
  ]);
  deepEqual(ask('HGETEX', 'no', 'EX', 1, 'FIELDS', 2, 'a', 'b'), [null, null]);
});

commandTest('HGETEX with a deadline in the past reads for the last time', (ask, commands) => {
  ask('HSET', 'h', 'a', '1', 'b', '2');
  commands.takeLog();
  deepEqual(ask('HGETEX', 'h', 'EX', 0, 'FIELDS', 3, 'a', 'x', 'b'), ['1', null, '2']);
  equal(ask('EXISTS', 'h'), 0);
  deepEqual(commands.takeLog(), [[0, 'HDEL', 'h', 'a', 'x', 'b']]);
});

commandTest('Wrong options and clauses are refused', (ask, commands) => {
  ask('HSET', 'h', 'a', '1');
  commands.takeLog();
  const refusals: [string, ...(string | number)[]][] = [
    [SYNTAX, 'HSETEX', 'h', 'EX', 1, 'PX', 1, 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HSETEX', 'h', 'EX', 1, 'KEEPTTL', 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HSETEX', 'h', 'NX', 'XX', 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HSETEX', 'h', 'FNX', 'FXX', 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HSETEX', 'h', 'PERSIST', 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HSETEX', 'h', 'EX', 'FIELDS', 1, 'a', 'x'],
    [FIELD_COUNT, 'HSETEX', 'h', 'KEEPTTL', 'KEEPTTL', 'KEEPTTL', 'FIELDS'],
    [FIELD_COUNT, 'HSETEX', 'h', 'FIELDS', 1, 'a', 'x', 'b'],
    [FIELD_COUNT, 'HSETEX', 'h', 'FIELDS', 2, 'a', 'x'],
    [NOT_INTEGER, 'HSETEX', 'h', 'EX', 'x', 'FIELDS', 1, 'a', 'x'],
    [invalidExpire('hsetex'), 'HSETEX', 'h', 'EX', -1, 'FIELDS', 1, 'a', 'x'],
    [SYNTAX, 'HGETEX', 'h', 'EX', 1, 'PERSIST', 'FIELDS', 1, 'a'],
    [SYNTAX, 'HGETEX', 'h', 'KEEPTTL', 'FIELDS', 1, 'a'],
    [FIELD_COUNT, 'HGETEX', 'h', 'PERSIST', 'PERSIST', 'FIELDS'],
    [FIELD_COUNT, 'HGETEX', 'h', 'FIELDS', 1, 'a', 'b'],
    [invalidExpire('hgetex'), 'HGETEX', 'h', 'PX', -10, 'FIELDS', 1, 'a'],
    [NOT_INTEGER, 'HGETEX', 'h', 'PX', 'abc', 'FIELDS', 1, 'a'],
  ];
  for (const [error, ...words] of refusals) equal(ask(...words), error, words.join(' '));
  deepEqual(commands.takeLog(), []);
});
