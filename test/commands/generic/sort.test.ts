// SORT and SORT_RO. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, type Plain, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_NUMBERS = "(error) ERR One or more scores can't be converted into double";
const words = (text: string): string[] => text.split(' ');

commandTest('SORT sorts numbers, and texts only when it is told', (ask) => {
  ask('RPUSH', 'l', '3', '-2', '10', '1.5', '1e1', ' 7', '', 'inf', '0x10');
  deepEqual(ask('SORT', 'l'), ['-2', '', '1.5', '3', ' 7', '10', '1e1', '0x10', 'inf']);
  deepEqual(ask('SORT', 'l', 'DESC', 'LIMIT', 0, 2), ['inf', '0x10']);
  deepEqual(ask('SORT', 'l', 'ALPHA'), ['', ' 7', '-2', '0x10', '1.5', '10', '1e1', '3', 'inf']);
  for (const bad of ['x', '1x', ' ', 'nan', '1e999']) {
    ask('DEL', 'bad');
    ask('RPUSH', 'bad', '1', bad);
    equal(ask('SORT', 'bad'), NOT_NUMBERS, bad);
  }
});

commandTest('SORT takes lists, sets and sorted sets, and absent keys for empty ones', (ask) => {
  ask('SADD', 's', '3', '1', '2');
  ask('ZADD', 'z', '1', 'c', '2', 'a', '3', 'b');
  ask('SET', 'string', '1');
  ask('HSET', 'hash', 'f', '1');
  deepEqual(ask('SORT', 's'), words('1 2 3'));
  deepEqual(ask('SORT_RO', 's', 'DESC'), words('3 2 1'));
  deepEqual(ask('SORT', 'z', 'ALPHA'), words('a b c'));
  equal(ask('SORT', 'z'), NOT_NUMBERS);
  deepEqual(ask('SORT', 'absent'), []);
  equal(ask('SORT', 'string'), WRONGTYPE);
  equal(ask('SORT', 'hash'), WRONGTYPE);
});

commandTest('equal numbers are in the order of their texts, both ways', (ask) => {
  ask('RPUSH', 'l', '1.0', '01', '1', '2', '1.00', '0x1');
  deepEqual(ask('SORT', 'l'), words('01 0x1 1 1.0 1.00 2'));
  deepEqual(ask('SORT', 'l', 'DESC'), words('2 1.00 1.0 1 0x1 01'));
});

commandTest('BY sorts by other keys, by fields, or not at all', (ask) => {
  ask('RPUSH', 'l', '1', '2', '3', '4');
  ask('MSET', 'w_1', '30', 'w_2', '10', 'w_4', '20');
  deepEqual(ask('SORT', 'l', 'BY', 'w_*'), words('3 2 4 1'));
  deepEqual(ask('SORT', 'l', 'BY', 'w_*', 'DESC'), words('1 4 2 3'));
  ask('HSET', 'o_1_x', 'f', 'b', 'g', '5');
  ask('HSET', 'o_2_x', 'f', 'a');
  ask('HSET', 'o_3_x', 'f', 'b');
  deepEqual(ask('SORT', 'l', 'BY', 'o_*_x->f', 'ALPHA'), words('4 2 1 3'));
  deepEqual(ask('SORT', 'l', 'BY', 'o_*_x->f', 'ALPHA', 'DESC'), words('1 3 2 4'));
  deepEqual(ask('SORT', 'l', 'BY', 'o_*_x->g'), words('2 3 4 1'));
  equal(ask('SORT', 'l', 'BY', 'o_*_x->f'), NOT_NUMBERS);
  deepEqual(ask('SORT', 'l', 'BY', 'nosort', 'DESC'), words('4 3 2 1'));
  deepEqual(ask('SORT', 'l', 'BY', 'nosort', 'LIMIT', 1, 2), words('2 3'));
  deepEqual(ask('SORT', 'l', 'BY', 'nosort', 'DESC', 'LIMIT', 1, 2), words('3 2'));
  deepEqual(ask('SORT', 'l', 'BY', 'nosort', 'BY', 'w_*'), words('1 2 3 4'));
});

commandTest('BY nosort leaves a sorted set in its own order', (ask) => {
  for (let i = 0; i < 300; i++) ask('ZADD', 'z', String(i), `m${i}`);
  deepEqual(ask('SORT', 'z', 'BY', 'x', 'LIMIT', 250, 2), words('m250 m251'));
  deepEqual(ask('SORT', 'z', 'BY', 'x', 'DESC', 'LIMIT', 250, 2), words('m49 m48'));
  equal(ask('SORT', 'z', 'BY', 'x', 'STORE', 'd'), 300);
  deepEqual(ask('LRANGE', 'd', 0, 1), words('m0 m1'));
});

commandTest('GET gives what it finds, null for what it does not, and the element for #', (ask) => {
  ask('RPUSH', 'l', '2', '1');
  ask('MSET', 'v_1', 'one', 'fixed', 'x');
  ask('HSET', 'h_2', 'name', 'two', '', 'empty');
  deepEqual(ask('SORT', 'l', 'GET', 'v_*', 'GET', '#', 'GET', 'h_*->name', 'GET', 'fixed'), [
    'one',
    '1',
    null,
    null,
    null,
    '2',
    'two',
    null,
  ]);
  // An arrow without a field belongs to the key.
  ask('SET', 'h_1->', 'arrow');
  deepEqual(ask('SORT', 'l', 'GET', 'h_*->'), ['arrow', null]);
  // The wrong type of key is as good as none.
  deepEqual(ask('SORT', 'l', 'GET', 'h_*', 'GET', 'v_*->f'), [null, null, null, null]);
});

commandTest('LIMIT cuts, whatever its numbers are', (ask) => {
  ask('RPUSH', 'l', '3', '1', '2');
  const cuts: [number | string, number | string, string[]][] = [
    [0, 2, words('1 2')],
    [1, -1, words('2 3')],
    [-5, 1, ['1']],
    [3, 1, []],
    [9, 9, []],
    [0, 0, []],
    [0, '9223372036854775807', words('1 2 3')],
    ['9223372036854775807', 1, []],
  ];
  for (const [offset, count, expected] of cuts) {
    deepEqual(ask('SORT', 'l', 'LIMIT', offset, count), expected, `LIMIT ${offset} ${count}`);
  }
  equal(ask('SORT', 'l', 'LIMIT', 'x', 1), NOT_INTEGER);
  equal(ask('SORT', 'l', 'LIMIT', 1), SYNTAX);
});

commandTest('clauses that are cut short or unknown are syntax errors', (ask) => {
  for (const bad of ['BY', 'GET', 'STORE', 'LIMIT', 'FOO']) equal(ask('SORT', 'l', bad), SYNTAX);
  equal(ask('SORT_RO', 'l', 'STORE', 'd'), SYNTAX);
});

commandTest('STORE makes a list and logs just that', (ask, commands) => {
  ask('RPUSH', 'l', '3', '1', '2');
  ask('SET', 'v_1', 'one');
  commands.takeLog();
  const { dirty } = commands.engine.keyspace;
  equal(ask('SORT', 'l', 'STORE', 'd'), 3);
  equal(commands.engine.keyspace.dirty, dirty + 3);
  deepEqual(commands.takeLog(), [[0, 'RPUSH', 'd', '1', '2', '3']]);
  equal(ask('SORT', 'l', 'GET', 'v_*', 'STORE', 'd'), 3);
  deepEqual(ask('LRANGE', 'd', 0, -1), ['one', '', '']);
  deepEqual(commands.takeLog().slice(0, 2), [
    [0, 'DEL', 'd'],
    [0, 'RPUSH', 'd', 'one', '', ''],
  ]);
  // Onto itself, over another type, and nothing at all.
  equal(ask('SORT', 'l', 'DESC', 'STORE', 'l'), 3);
  deepEqual(ask('LRANGE', 'l', 0, -1), words('3 2 1'));
  equal(ask('SORT', 'l', 'STORE', 'v_1'), 3);
  equal(ask('TYPE', 'v_1'), 'list');
  equal(ask('PTTL', 'v_1'), -1);
  equal(ask('SORT', 'absent', 'STORE', 'v_1'), 0);
  equal(ask('EXISTS', 'v_1'), 0);
  equal(ask('SORT', 'absent', 'STORE', 'v_1'), 0);
});

commandTest('what STORE stores of an unsorted set is sorted all the same', (ask) => {
  ask('SADD', 's', 'c', 'a', 'b', '10', '9');
  equal(ask('SORT', 's', 'BY', 'nosort', 'STORE', 'd'), 5);
  deepEqual(ask('LRANGE', 'd', 0, -1), words('10 9 a b c'));
});

commandTest('a long result is stored and logged in pieces', (ask) => {
  const numbers = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 3001);
  for (let i = 0; i < numbers.length; i += 500) ask('RPUSH', 'l', ...numbers.slice(i, i + 500));
  equal(ask('SORT', 'l', 'STORE', 'd'), 3000);
  equal(ask('SORT', 'l', 'DESC', 'STORE', 'd'), 3000);
  const sorted = numbers.sort((a, b) => b - a).map(String);
  deepEqual(ask('LRANGE', 'd', 0, -1), sorted);
});

commandTest('keys that expire while they are looked up are as good as absent', (ask, commands) => {
  ask('RPUSH', 'l', '1', '2');
  ask('SET', 'w_1', '9', 'PX', 10);
  ask('SET', 'w_2', '5');
  deepEqual(ask('SORT', 'l', 'BY', 'w_*'), words('2 1'));
  commands.clock.advance(20);
  deepEqual(ask('SORT', 'l', 'BY', 'w_*'), words('1 2'));
});

commandTest('COMMAND GETKEYS finds the sorted key and the last destination', (ask) => {
  const keys = (...command: string[]): Plain => ask('COMMAND', 'GETKEYS', ...command);
  deepEqual(keys('SORT', 'abc', 'STORE', 'def'), ['abc', 'def']);
  deepEqual(keys('SORT', 'abc', 'STORE', 'x', 'STORE', 'y', 'STORE', 'def'), ['abc', 'def']);
  deepEqual(keys('SORT', 'abc', 'LIMIT', '0', 'STORE', 'STORE', 'def'), ['abc', 'def']);
  deepEqual(keys('SORT_RO', 'abc', 'GET', 'x_*'), ['abc']);
  deepEqual(ask('COMMAND', 'GETKEYSANDFLAGS', 'SORT', 'abc', 'STORE', 'def'), [
    ['abc', ['RO', 'access']],
    ['def', ['OW', 'update']],
  ]);
});
