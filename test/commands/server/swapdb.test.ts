// SWAPDB. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

commandTest('SWAPDB lets two databases change places', (ask, commands) => {
  ask('SET', 'a', 'zero', 'EX', 10);
  commands.select(1);
  ask('SET', 'b', 'one');
  equal(ask('SWAPDB', 0, 1), 'OK');
  deepEqual(ask('KEYS', '*'), ['a']);
  equal(ask('TTL', 'a'), 10);
  ask('SET', 'c', 'in one');
  commands.select(0);
  deepEqual(ask('KEYS', '*'), ['b']);
  equal(ask('SWAPDB', 0, 0), 'OK');
  deepEqual(ask('KEYS', '*'), ['b']);
});

commandTest('SWAPDB checks that both are integers, then that both exist', (ask) => {
  equal(ask('SWAPDB', 'x', 'y'), '(error) ERR invalid first DB index');
  equal(ask('SWAPDB', 99, 'y'), '(error) ERR invalid second DB index');
  equal(ask('SWAPDB', 0, 99_999_999_999), '(error) ERR invalid second DB index');
  equal(ask('SWAPDB', 99, 0), '(error) ERR DB index is out of range');
  equal(ask('SWAPDB', 0, -1), '(error) ERR DB index is out of range');
});
