// SADD, SREM, SMOVE and what asks about members. Each test also replays what was logged and
// compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, type Plain, WRONGTYPE } from '../command-test.js';

const sorted = (reply: Plain) => [...(reply as string[])].sort();
const many = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => prefix + i);

commandTest('SADD adds what is new and says how many', (ask, { engine: { keyspace } }) => {
  equal(ask('SADD', 'k', 'a', 'b', 'a'), 2);
  const { dirty } = keyspace;
  equal(ask('SADD', 'k', 'b', 'c', 'd'), 2);
  equal(keyspace.dirty - dirty, 2);
  equal(ask('SADD', 'k', 'a'), 0);
  equal(keyspace.dirty - dirty, 2);
  deepEqual(sorted(ask('SMEMBERS', 'k')), ['a', 'b', 'c', 'd']);
  equal(ask('SCARD', 'k'), 4);
});

commandTest('SADD is logged as it came, and only when it changed something', (ask, commands) => {
  ask('SADD', 'k', 'a');
  ask('SADD', 'k', 'a');
  ask('SADD', 'k', 'a', 'b');
  deepEqual(commands.takeLog(), [
    [0, 'SADD', 'k', 'a'],
    [0, 'SADD', 'k', 'a', 'b'],
  ]);
});

commandTest('Members are bytes, and an integer is its shortest text', (ask) => {
  const members = ['', '\0', '\xff\r\n', '1', '01', '+1', '-0', '1.0', ' 1', '1'.padStart(20, '0')];
  equal(ask('SADD', 'k', ...members, ...members), members.length);
  for (const member of members) equal(ask('SISMEMBER', 'k', member), 1, JSON.stringify(member));
  equal(ask('SISMEMBER', 'k', '-1'), 0);
  deepEqual(sorted(ask('SMEMBERS', 'k')), [...members].sort());
});

commandTest('Integers are kept in order as long as there is nothing else', (ask) => {
  ask('SADD', 'k', 3, -7, '9223372036854775807', 70000, '-9223372036854775808', 0);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'intset');
  deepEqual(ask('SMEMBERS', 'k'), [
    '-9223372036854775808',
    '-7',
    '0',
    '3',
    '70000',
    '9223372036854775807',
  ]);
  equal(ask('SREM', 'k', '9223372036854775807', '9223372036854775808'), 1);
  ask('SADD', 'k', '9223372036854775808');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
});

commandTest('The directives say when a set becomes a table', (ask, { engine }) => {
  ask('SADD', 'ints', ...many(512, ''));
  equal(ask('OBJECT', 'ENCODING', 'ints'), 'intset');
  ask('SADD', 'ints', 512);
  equal(ask('OBJECT', 'ENCODING', 'ints'), 'hashtable');
  ask('SADD', 'texts', ...many(128));
  equal(ask('OBJECT', 'ENCODING', 'texts'), 'listpack');
  ask('SADD', 'texts', 'one more');
  equal(ask('OBJECT', 'ENCODING', 'texts'), 'hashtable');
  engine.config.set([['set-max-listpack-value', '3']], false);
  ask('SADD', 'long', 'abc');
  equal(ask('OBJECT', 'ENCODING', 'long'), 'listpack');
  ask('SADD', 'long', 'abcd');
  equal(ask('OBJECT', 'ENCODING', 'long'), 'hashtable');
  for (const key of ['ints', 'texts']) ask('SREM', key, ...many(600), ...many(600, ''), 'one more');
  equal(ask('EXISTS', 'ints', 'texts'), 0);
});

commandTest('What became a table stays one however few members are left', (ask) => {
  ask('SADD', 'k', ...many(300));
  equal(ask('SREM', 'k', ...many(299)), 299);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'hashtable');
  deepEqual(ask('SMEMBERS', 'k'), ['m299']);
});

commandTest('SREM removes the key with the last member', (ask, commands) => {
  for (const members of [['1', '2'], ['a', 'b'], many(200)]) {
    ask('SADD', 'k', ...members);
    equal(ask('SREM', 'k', 'absent', members[0]), 1);
    equal(ask('SREM', 'k', members[0]), 0);
    equal(ask('SREM', 'k', ...members, 'absent'), members.length - 1);
    equal(ask('EXISTS', 'k'), 0);
  }
  equal(ask('SREM', 'k', 'a'), 0);
  const { dirty } = commands.engine.keyspace;
  ask('SADD', 'k', 'a', 'b');
  ask('SREM', 'k', 'a', 'b', 'c');
  equal(commands.engine.keyspace.dirty - dirty, 4);
});

commandTest('Sets keep their deadline while they change form', (ask) => {
  ask('SADD', 'k', 1);
  ask('EXPIRE', 'k', 100);
  ask('SADD', 'k', 'a');
  ask('SADD', 'k', ...many(200));
  ask('SREM', 'k', 1);
  equal(ask('TTL', 'k'), 100);
});

commandTest('SISMEMBER and SMISMEMBER tell members from others in every form', (ask) => {
  for (const members of [['1', '2'], ['a', 'b'], many(200)]) {
    ask('DEL', 'k');
    ask('SADD', 'k', ...members);
    equal(ask('SISMEMBER', 'k', members[1]), 1);
    equal(ask('SISMEMBER', 'k', '3'), 0);
    deepEqual(ask('SMISMEMBER', 'k', members[0], 'x', members[1], ''), [1, 0, 1, 0]);
  }
  equal(ask('SISMEMBER', 'absent', 'a'), 0);
  deepEqual(ask('SMISMEMBER', 'absent', 'a', 'b'), [0, 0]);
  equal(ask('SCARD', 'absent'), 0);
  deepEqual(ask('SMEMBERS', 'absent'), []);
});

commandTest('SMOVE moves between forms, and creates and deletes keys', (ask, { engine }) => {
  const { keyspace } = engine;
  ask('SADD', 'a', 'x', '1');
  ask('SADD', 'b', '2');
  const { dirty } = keyspace;
  equal(ask('SMOVE', 'a', 'b', '1'), 1);
  equal(keyspace.dirty - dirty, 2);
  deepEqual(sorted(ask('SMEMBERS', 'b')), ['1', '2']);
  equal(ask('SMOVE', 'a', 'c', 'x'), 1);
  equal(ask('EXISTS', 'a'), 0);
  deepEqual(ask('SMEMBERS', 'c'), ['x']);
  equal(ask('SMOVE', 'c', 'b', 'absent'), 0);
  ask('SADD', 'b', 'x');
  equal(ask('SMOVE', 'c', 'b', 'x'), 1);
  equal(keyspace.dirty - dirty, 2 + 2 + 1 + 1);
  equal(ask('EXISTS', 'c'), 0);
  equal(ask('SMOVE', 'b', 'new', '2'), 1);
  equal(ask('OBJECT', 'ENCODING', 'new'), 'intset');
});

commandTest('SMOVE onto the same set only looks', (ask, commands) => {
  ask('SADD', 'a', 'x');
  commands.takeLog();
  equal(ask('SMOVE', 'a', 'a', 'x'), 1);
  equal(ask('SMOVE', 'a', 'a', 'y'), 0);
  deepEqual(commands.takeLog(), []);
});

commandTest('SMOVE asks for the source before it looks at types', (ask) => {
  ask('SET', 'text', 'v');
  ask('SADD', 's', 'a');
  equal(ask('SMOVE', 'absent', 'text', 'a'), 0);
  equal(ask('SMOVE', 's', 'text', 'a'), WRONGTYPE);
  equal(ask('SMOVE', 'text', 's', 'a'), WRONGTYPE);
  equal(ask('SMOVE', 's', 'text', 'absent'), WRONGTYPE);
});

commandTest('Keys of other types are refused', (ask) => {
  ask('SET', 'k', 'v');
  for (const words of [
    ['SADD', 'k', 'a'],
    ['SREM', 'k', 'a'],
    ['SCARD', 'k'],
    ['SMEMBERS', 'k'],
    ['SISMEMBER', 'k', 'a'],
    ['SMISMEMBER', 'k', 'a'],
    ['SPOP', 'k'],
    ['SPOP', 'k', '0'],
    ['SRANDMEMBER', 'k'],
    ['SRANDMEMBER', 'k', '0'],
    ['SSCAN', 'k', '0'],
    ['SINTER', 'absent', 'k'],
    ['SINTERCARD', '2', 'absent', 'k'],
    ['SUNION', 'absent', 'k'],
    ['SDIFF', 'absent', 'k'],
    ['SINTERSTORE', 'd', 'absent', 'k'],
    ['SUNIONSTORE', 'd', 'absent', 'k'],
    ['SDIFFSTORE', 'd', 'absent', 'k'],
  ]) {
    equal(ask(...words), WRONGTYPE, words.join(' '));
  }
});
