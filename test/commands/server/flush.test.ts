// FLUSHDB, FLUSHALL and DBSIZE. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, SYNTAX } from '../command-test.js';

commandTest('FLUSHDB empties the selected database and counts its keys', (ask, commands) => {
  ask('MSET', 'a', '1', 'b', '2');
  ask('EXPIRE', 'a', 10);
  commands.select(1);
  ask('SET', 'c', '3');
  commands.select(0);
  const { dirty } = commands.engine.keyspace;
  commands.takeLog();
  equal(ask('FLUSHDB'), 'OK');
  equal(commands.engine.keyspace.dirty, dirty + 2);
  equal(ask('DBSIZE'), 0);
  equal(ask('GET', 'a'), null);
  ask('SET', 'a', 'again');
  commands.select(1);
  equal(ask('FLUSHDB', 'async'), 'OK');
  equal(ask('DBSIZE'), 0);
  deepEqual(commands.takeLog(), [
    [0, 'FLUSHDB'],
    [0, 'SET', 'a', 'again'],
    [1, 'FLUSHDB', 'async'],
  ]);
});

commandTest('FLUSHALL empties every database', (ask, commands) => {
  for (let index = 0; index < 16; index++) {
    commands.select(index);
    ask('SET', 'k', index);
  }
  commands.takeLog();
  equal(ask('FLUSHALL', 'SYNC'), 'OK');
  deepEqual(commands.dataset(), []);
  deepEqual(commands.takeLog(), [[15, 'FLUSHALL', 'SYNC']]);
});

commandTest('FLUSHDB and FLUSHALL refuse other words', (ask) => {
  ask('SET', 'k', 'v');
  for (const name of ['FLUSHDB', 'FLUSHALL']) {
    equal(ask(name, 'NOW'), SYNTAX);
    equal(ask(name, 'SYNC', 'ASYNC'), SYNTAX);
  }
  equal(ask('DBSIZE'), 1);
});
