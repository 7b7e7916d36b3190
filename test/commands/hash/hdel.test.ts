// Deleting fields, and the hash with the last of them.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, SYNTAX } from '../command-test.js';
import { FIELD_COUNT } from './field-errors.js';

commandTest('HDEL counts what it deleted, and an emptied hash goes', (ask, { engine }) => {
  for (const count of [3, 700]) {
    for (let i = 0; i < count; i++) ask('HSET', 'h', `f${i}`, 'v');
    const { dirty } = engine.keyspace;
    equal(ask('HDEL', 'h', 'f0', 'x', 'f1', 'f0'), 2);
    equal(engine.keyspace.dirty, dirty + 2);
    equal(ask('HLEN', 'h'), count - 2);
    for (let i = 2; i < count; i++) equal(ask('HDEL', 'h', `f${i}`), 1);
    equal(ask('EXISTS', 'h'), 0);
    equal(engine.keyspace.dirty, dirty + count);
  }
});

commandTest('The deadline of a key ends with its last field', (ask) => {
  ask('HSET', 'h', 'a', '1');
  ask('EXPIRE', 'h', 100);
  ask('HDEL', 'h', 'a', 'b');
  ask('HSET', 'h', 'a', '1');
  equal(ask('TTL', 'h'), -1);
});

commandTest('HGETDEL reads and deletes, and is logged as a deletion', (ask, commands) => {
  ask('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
  commands.takeLog();
  deepEqual(ask('HGETDEL', 'h', 'FIELDS', 3, 'a', 'x', 'a'), ['1', null, null]);
  deepEqual(commands.takeLog(), [[0, 'HDEL', 'h', 'a', 'x', 'a']]);
  deepEqual(ask('HGETDEL', 'h', 'fields', 1, 'x'), [null]);
  deepEqual(commands.takeLog(), []);
  deepEqual(ask('HGETDEL', 'h', 'FIELDS', 3, 'c', 'b', 'a'), ['3', '2', null]);
  equal(ask('EXISTS', 'h'), 0);
  deepEqual(ask('HGETDEL', 'h', 'FIELDS', 2, 'c', 'b'), [null, null]);
});

commandTest('HGETDEL refuses a clause that is not sound', (ask) => {
  equal(ask('HGETDEL', 'h', 'FIELDS', 2, 'a'), FIELD_COUNT);
  equal(ask('HGETDEL', 'h', 'FIELDS', 0, 'a'), FIELD_COUNT);
  equal(ask('HGETDEL', 'h', 'FIELDS', -1, 'a'), FIELD_COUNT);
  equal(ask('HGETDEL', 'h', 'FIELD', 1, 'a'), SYNTAX);
});
