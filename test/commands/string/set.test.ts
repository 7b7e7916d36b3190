// SET and its older spellings. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

const invalidExpire = (command: string) =>
  `(error) ERR invalid expire time in '${command}' command`;

commandTest('SET stores and replaces a value and GET reads it', (ask) => {
  equal(ask('SET', 'k', 'v'), 'OK');
  equal(ask('GET', 'k'), 'v');
  equal(ask('SET', 'k', 'longer than before'), 'OK');
  equal(ask('GET', 'k'), 'longer than before');
  equal(ask('GET', 'absent'), null);
});

commandTest('SET keeps empty and binary keys and values', (ask) => {
  const every = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
  equal(ask('SET', '', ''), 'OK');
  equal(ask('GET', ''), '');
  equal(ask('SET', every, every + every), 'OK');
  equal(ask('GET', every), every + every);
});

commandTest('SET keeps values beyond 64 KiB and keys beyond 254 bytes', (ask) => {
  const key = 'k'.repeat(1000);
  const value = 'x'.repeat(200_000);
  ask('SET', key, value);
  equal(ask('GET', key), value);
  equal(ask('STRLEN', key), 200_000);
  ask('SET', key, 'short');
  equal(ask('GET', key), 'short');
});

commandTest('SET takes away a deadline unless KEEPTTL is given', (ask) => {
  ask('SET', 'k', 'v', 'EX', 100);
  ask('SET', 'k', 'w');
  equal(ask('TTL', 'k'), -1);
  ask('SET', 'k', 'v', 'EX', 100);
  equal(ask('SET', 'k', 'w', 'KEEPTTL'), 'OK');
  equal(ask('TTL', 'k'), 100);
  equal(ask('GET', 'k'), 'w');
});

commandTest('SET sets a deadline by EX, PX, EXAT and PXAT', (ask, { clock }) => {
  ask('SET', 'k', 'v', 'EX', 10);
  equal(ask('PTTL', 'k'), 10_000);
  ask('SET', 'k', 'v', 'px', 1500);
  equal(ask('PTTL', 'k'), 1500);
  ask('SET', 'k', 'v', 'EXAT', clock.now() / 1000 + 7);
  equal(ask('PTTL', 'k'), 7000);
  ask('SET', 'k', 'v', 'PXAT', clock.now() + 3);
  equal(ask('PTTL', 'k'), 3);
  clock.advance(3);
  equal(ask('GET', 'k'), null);
});

commandTest('SET logs relative times as a deadline', (ask, commands) => {
  const now = commands.clock.now();
  ask('SET', 'k', 'v', 'EX', 10, 'NX');
  ask('SET', 'k', 'v', 'PX', 20, 'GET');
  ask('SETEX', 'k', 5, 'w');
  ask('PSETEX', 'k', 5, 'x');
  ask('SET', 'k', 'y', 'KEEPTTL', 'XX');
  deepEqual(commands.takeLog(), [
    [0, 'SET', 'k', 'v', 'PXAT', String(now + 10_000)],
    [0, 'SET', 'k', 'v', 'PXAT', String(now + 20)],
    [0, 'SET', 'k', 'w', 'PXAT', String(now + 5000)],
    [0, 'SET', 'k', 'x', 'PXAT', String(now + 5)],
    [0, 'SET', 'k', 'y', 'KEEPTTL'],
  ]);
});

commandTest('SET with a deadline in the past deletes the key', (ask, commands) => {
  ask('SET', 'k', 'v');
  commands.takeLog();
  equal(ask('SET', 'k', 'w', 'PXAT', 1), 'OK');
  equal(ask('EXISTS', 'k'), 0);
  equal(ask('DBSIZE'), 0);
  deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
  equal(ask('SET', 'absent', 'w', 'EXAT', 1), 'OK');
  deepEqual(commands.takeLog(), []);
});

commandTest('SET NX sets only absent keys and XX only present ones', (ask, commands) => {
  equal(ask('SET', 'k', 'v', 'XX'), null);
  equal(ask('EXISTS', 'k'), 0);
  equal(ask('SET', 'k', 'v', 'NX'), 'OK');
  equal(ask('SET', 'k', 'w', 'NX'), null);
  equal(ask('GET', 'k'), 'v');
  equal(ask('SET', 'k', 'w', 'XX'), 'OK');
  equal(ask('GET', 'k'), 'w');
  equal(commands.takeLog().length, 2);
});

commandTest('SET NX takes an expired key for absent', (ask, { clock }) => {
  ask('SET', 'k', 'v', 'PX', 5);
  clock.advance(5);
  equal(ask('SET', 'k', 'w', 'NX'), 'OK');
  equal(ask('PTTL', 'k'), -1);
});

commandTest('SET GET answers the value before, whether or not it sets', (ask) => {
  equal(ask('SET', 'k', 'a', 'GET'), null);
  equal(ask('SET', 'k', 'b', 'GET'), 'a');
  equal(ask('SET', 'k', 'c', 'NX', 'GET'), 'b');
  equal(ask('GET', 'k'), 'b');
  equal(ask('SET', 'absent', 'c', 'XX', 'GET'), null);
  equal(ask('EXISTS', 'absent'), 0);
  equal(ask('SET', 'k', 'd', 'GET', 'get', 'EX', 5), 'b');
});

commandTest('SET counts as one change however many parts it has', (ask, { engine }) => {
  const { dirty } = engine.keyspace;
  ask('SET', 'k', 'v', 'EX', 10);
  equal(engine.keyspace.dirty, dirty + 1);
  ask('SET', 'k', 'v', 'NX');
  equal(engine.keyspace.dirty, dirty + 1);
});

commandTest('SET refuses options that exclude each other or lack their time', (ask) => {
  for (const options of [
    ['NX', 'XX'],
    ['EX', '10', 'PX', '10'],
    ['EX', '10', 'KEEPTTL'],
    ['KEEPTTL', 'PXAT', '10'],
    ['EXAT', '10', 'PXAT', '10'],
    ['PERSIST'],
    ['EX'],
    ['NX', 'PX'],
    ['FOO'],
    ['NX\0'],
    [''],
  ]) {
    equal(ask('SET', 'k', 'v', ...options), SYNTAX, options.join(' '));
  }
  equal(ask('EXISTS', 'k'), 0);
});

commandTest('SET takes an option twice, and of two times the last', (ask) => {
  equal(ask('SET', 'k', 'v', 'NX', 'nx', 'EX', 5, 'EX', 7), 'OK');
  equal(ask('TTL', 'k'), 7);
  equal(ask('SET', 'k', 'v', 'KEEPTTL', 'KEEPTTL'), 'OK');
});

commandTest('SET refuses times that are no positive 64-bit milliseconds', (ask) => {
  equal(ask('SET', 'k', 'v', 'EX', 'x'), NOT_INTEGER);
  equal(ask('SET', 'k', 'v', 'EX', '1.5'), NOT_INTEGER);
  equal(ask('SET', 'k', 'v', 'EX', '9223372036854775808'), NOT_INTEGER);
  for (const [unit, time] of [
    ['EX', '0'],
    ['EX', '-1'],
    ['PX', '0'],
    ['PXAT', '-9223372036854775808'],
    ['EX', '9223372036854775807'],
    ['EXAT', '9223372036854776'],
    ['EX', '9223372036854775'],
    ['PX', '9223372036854775807'],
  ]) {
    equal(ask('SET', 'k', 'v', unit, time), invalidExpire('set'), `${unit} ${time}`);
  }
  equal(ask('SETEX', 'k', 0, 'v'), invalidExpire('setex'));
  equal(ask('PSETEX', 'k', -1, 'v'), invalidExpire('psetex'));
  equal(ask('SETEX', 'k', 'x', 'v'), NOT_INTEGER);
  equal(ask('EXISTS', 'k'), 0);
});

commandTest('SET keeps a deadline beyond 2^53 ms as 2^53 - 1', (ask) => {
  equal(ask('SET', 'k', 'v', 'PXAT', '9223372036854775807'), 'OK');
  equal(ask('PEXPIRETIME', 'k'), Number.MAX_SAFE_INTEGER);
  equal(ask('SET', 'k', 'v', 'EXAT', '9223372036854775'), 'OK');
  equal(ask('PEXPIRETIME', 'k'), Number.MAX_SAFE_INTEGER);
  equal(ask('SET', 'k', 'v', 'EX', '9007199254740991'), 'OK');
  equal(ask('PEXPIRETIME', 'k'), Number.MAX_SAFE_INTEGER);
});

commandTest('SETNX answers 1 or 0', (ask, commands) => {
  equal(ask('SETNX', 'k', 'v'), 1);
  equal(ask('SETNX', 'k', 'w'), 0);
  equal(ask('GET', 'k'), 'v');
  deepEqual(commands.takeLog(), [[0, 'SET', 'k', 'v']]);
});

commandTest('Encodings follow what was set', (ask) => {
  for (const [value, encoding] of [
    ['0', 'int'],
    ['-9223372036854775808', 'int'],
    ['9223372036854775807', 'int'],
    ['9223372036854775808', 'embstr'],
    ['007', 'embstr'],
    ['-0', 'embstr'],
    ['+1', 'embstr'],
    [' 1', 'embstr'],
    ['1.0', 'embstr'],
    ['', 'embstr'],
    ['x'.repeat(44), 'embstr'],
    ['x'.repeat(45), 'raw'],
  ]) {
    ask('SET', 'k', value);
    equal(ask('OBJECT', 'ENCODING', 'k'), encoding, value);
    equal(ask('GET', 'k'), value);
    equal(ask('STRLEN', 'k'), value.length);
  }
});
