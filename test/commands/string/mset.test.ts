// MSET and MSETNX. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

commandTest('MSET sets all pairs, of a key given twice the last', (ask) => {
  equal(ask('MSET', 'a', '1', 'b', 'x', 'a', '2'), 'OK');
  deepEqual(ask('MGET', 'a', 'b'), ['2', 'x']);
});

commandTest('MSET takes deadlines away and counts each pair', (ask, { engine }) => {
  ask('SET', 'a', 'v', 'EX', 10);
  const { dirty } = engine.keyspace;
  ask('MSET', 'a', '1', 'b', '2');
  equal(ask('TTL', 'a'), -1);
  equal(engine.keyspace.dirty, dirty + 2);
});

commandTest('MSET and MSETNX refuse a key without a value', (ask) => {
  equal(ask('MSET', 'a', '1', 'b'), "(error) ERR wrong number of arguments for 'mset' command");
  equal(ask('MSETNX', 'a', '1', 'b'), "(error) ERR wrong number of arguments for 'msetnx' command");
  equal(ask('EXISTS', 'a'), 0);
});

commandTest('MSETNX sets all or nothing', (ask, commands) => {
  ask('SET', 'b', 'old');
  commands.takeLog();
  equal(ask('MSETNX', 'a', '1', 'b', '2'), 0);
  equal(ask('EXISTS', 'a'), 0);
  deepEqual(commands.takeLog(), []);
  equal(ask('MSETNX', 'a', '1', 'c', '2', 'a', '3'), 1);
  deepEqual(ask('MGET', 'a', 'b', 'c'), ['3', 'old', '2']);
});
