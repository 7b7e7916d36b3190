// KEYS and RANDOMKEY. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

commandTest('KEYS lists what matches, expired keys not', (ask, { clock }) => {
  ask('MSET', 'foo', '1', 'fob', '2', 'bar', '3', 'f[o', '4', '', '5');
  ask('SET', 'foe', '6', 'PX', 5);
  const keys = (pattern: string) => (ask('KEYS', pattern) as string[]).sort();
  deepEqual(keys('*'), ['', 'bar', 'f[o', 'fob', 'foe', 'foo']);
  deepEqual(keys('fo?'), ['fob', 'foe', 'foo']);
  deepEqual(keys('fo[a-d]'), ['fob']);
  deepEqual(keys('f\\[o'), ['f[o']);
  deepEqual(keys('FOO'), []);
  clock.advance(5);
  deepEqual(keys('fo*'), ['fob', 'foo']);
  equal(ask('DBSIZE'), 6, 'KEYS deletes nothing');
});

commandTest('KEYS finds every one of many keys', (ask) => {
  for (let i = 0; i < 5000; i++) ask('SET', `key:${i}`, i);
  equal((ask('KEYS', '*') as string[]).length, 5000);
  equal((ask('KEYS', 'key:1???') as string[]).length, 1000);
});

commandTest('RANDOMKEY picks existing keys only, and each of them sometimes', (ask, { clock }) => {
  equal(ask('RANDOMKEY'), null);
  for (let i = 0; i < 8; i++) ask('SET', `live${i}`, 'v');
  for (let i = 0; i < 50; i++) ask('SET', `dead${i}`, 'v', 'PX', 5);
  clock.advance(5);
  const seen = new Set<unknown>();
  for (let i = 0; i < 500; i++) seen.add(ask('RANDOMKEY'));
  equal(seen.size, 8);
  ok([...seen].every((key) => String(key).startsWith('live')));
});

commandTest('RANDOMKEY answers null when every key has expired', (ask, { clock }) => {
  for (let i = 0; i < 20; i++) ask('SET', `dead${i}`, 'v', 'PX', 5);
  clock.advance(5);
  equal(ask('RANDOMKEY'), null);
  equal(ask('DBSIZE'), 0);
});

commandTest('DBSIZE counts the keys of one database', (ask, commands) => {
  ask('MSET', 'a', '1', 'b', '2');
  commands.select(1);
  equal(ask('DBSIZE'), 0);
  commands.select(0);
  equal(ask('DBSIZE'), 2);
});
