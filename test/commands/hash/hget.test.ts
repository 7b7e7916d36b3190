// Reading single fields, several and all of them.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, WRONGTYPE } from '../command-test.js';

commandTest('Single fields, and how many there are', (ask) => {
  ask('HSET', 'h', 'a', 'one', 'n', '12345');
  equal(ask('HGET', 'h', 'a'), 'one');
  equal(ask('HGET', 'h', 'n'), '12345');
  equal(ask('HGET', 'h', 'x'), null);
  equal(ask('HEXISTS', 'h', 'a'), 1);
  equal(ask('HEXISTS', 'h', 'x'), 0);
  equal(ask('HSTRLEN', 'h', 'a'), 3);
  equal(ask('HSTRLEN', 'h', 'n'), 5);
  equal(ask('HSTRLEN', 'h', 'x'), 0);
  equal(ask('HLEN', 'h'), 2);
  deepEqual(ask('HMGET', 'h', 'x', 'n', 'a', 'n'), [null, '12345', 'one', '12345']);
});

commandTest('All fields, packed and large', (ask) => {
  for (const count of [3, 1000]) {
    const key = `h${count}`;
    const expected = new Map<string, string>();
    for (let i = 0; i < count; i++) {
      ask('HSET', key, `f${i}`, `v${i}`);
      expected.set(`f${i}`, `v${i}`);
    }
    deepEqual(ask('HGETALL', key), expected);
    deepEqual((ask('HKEYS', key) as string[]).sort(), [...expected.keys()].sort());
    deepEqual((ask('HVALS', key) as string[]).sort(), [...expected.values()].sort());
    equal(ask('HLEN', key), count);
  }
});

commandTest('An absent hash is an empty one', (ask) => {
  equal(ask('HGET', 'h', 'a'), null);
  equal(ask('HLEN', 'h'), 0);
  equal(ask('HEXISTS', 'h', 'a'), 0);
  equal(ask('HSTRLEN', 'h', 'a'), 0);
  deepEqual(ask('HMGET', 'h', 'a', 'b'), [null, null]);
  deepEqual(ask('HGETALL', 'h'), new Map());
  deepEqual(ask('HKEYS', 'h'), []);
  deepEqual(ask('HVALS', 'h'), []);
  deepEqual(ask('HSCAN', 'h', 0), ['0', []]);
  equal(ask('HRANDFIELD', 'h'), null);
  deepEqual(ask('HRANDFIELD', 'h', 3), []);
  equal(ask('HDEL', 'h', 'a'), 0);
});

commandTest('No hash command takes another type', (ask, commands) => {
  ask('SET', 's', 'v');
  commands.takeLog();
  const fields = ['FIELDS', 1, 'f'];
  for (const words of [
    ['HSET', 's', 'f', 'v'],
    ['HMSET', 's', 'f', 'v'],
    ['HSETNX', 's', 'f', 'v'],
    ['HGET', 's', 'f'],
    ['HMGET', 's', 'f'],
    ['HGETALL', 's'],
    ['HKEYS', 's'],
    ['HVALS', 's'],
    ['HLEN', 's'],
    ['HEXISTS', 's', 'f'],
    ['HSTRLEN', 's', 'f'],
    ['HDEL', 's', 'f'],
    ['HINCRBY', 's', 'f', 1],
    ['HINCRBYFLOAT', 's', 'f', 1],
    ['HRANDFIELD', 's'],
    ['HRANDFIELD', 's', 2],
    ['HSCAN', 's', 0],
    ['HEXPIRE', 's', 1, ...fields],
    ['HPEXPIRE', 's', 1, ...fields],
    ['HEXPIREAT', 's', 1, ...fields],
    ['HPEXPIREAT', 's', 1, ...fields],
    ['HTTL', 's', ...fields],
    ['HPTTL', 's', ...fields],
    ['HEXPIRETIME', 's', ...fields],
    ['HPEXPIRETIME', 's', ...fields],
    ['HPERSIST', 's', ...fields],
    ['HGETEX', 's', ...fields],
    ['HGETEX', 's', 'EX', 1, ...fields],
    ['HSETEX', 's', ...fields, 'v'],
    ['HGETDEL', 's', ...fields],
  ]) {
    equal(ask(...words), WRONGTYPE, words.join(' '));
  }
  deepEqual(commands.takeLog(), []);
});
