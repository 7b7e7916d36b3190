// COPY and MOVE. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

const DB_INDEX = '(error) ERR DB index is out of range';
const SAME = '(error) ERR source and destination objects are the same';
const NOT_INT32 =
  '(error) ERR value is out of range, value must between -2147483648 and 2147483647';

commandTest('COPY copies value and deadline and leaves the source', (ask) => {
  ask('SET', 'a', 'v', 'EX', 10);
  equal(ask('COPY', 'a', 'b'), 1);
  deepEqual(ask('MGET', 'a', 'b'), ['v', 'v']);
  equal(ask('TTL', 'b'), 10);
  ask('APPEND', 'b', 'w');
  deepEqual(ask('MGET', 'a', 'b'), ['v', 'vw']);
});

commandTest('COPY replaces a target only when told', (ask, { engine }) => {
  ask('MSET', 'a', '1', 'b', '2');
  equal(ask('COPY', 'a', 'b'), 0);
  equal(ask('GET', 'b'), '2');
  const { dirty } = engine.keyspace;
  equal(ask('COPY', 'a', 'b', 'replace'), 1);
  equal(engine.keyspace.dirty, dirty + 1);
  equal(ask('GET', 'b'), '1');
  equal(ask('COPY', 'absent', 'b', 'REPLACE'), 0);
  equal(ask('GET', 'b'), '1');
});

commandTest('COPY goes to another database', (ask, commands) => {
  ask('SET', 'a', '1');
  equal(ask('COPY', 'a', 'a', 'DB', 3), 1);
  equal(ask('COPY', 'a', 'a', 'DB', 3), 0);
  equal(ask('COPY', 'a', 'b', 'DB', 3, 'REPLACE'), 1);
  commands.select(3);
  deepEqual(ask('MGET', 'a', 'b'), ['1', '1']);
});

commandTest('COPY makes a young key', (ask, { clock }) => {
  ask('SET', 'a', '1');
  clock.advance(10_000);
  ask('COPY', 'a', 'b');
  equal(ask('OBJECT', 'IDLETIME', 'b'), 0);
});

commandTest('COPY checks its options in order, then the names', (ask) => {
  equal(ask('COPY', 'a', 'a', 'DB', 'x'), NOT_INTEGER);
  equal(ask('COPY', 'a', 'a', 'DB', 99), DB_INDEX);
  equal(ask('COPY', 'a', 'a', 'DB', -1), DB_INDEX);
  equal(ask('COPY', 'a', 'a', 'DB', 4_294_967_296), NOT_INT32);
  equal(ask('COPY', 'a', 'a', 'DB'), SYNTAX);
  equal(ask('COPY', 'a', 'a', 'FOO'), SYNTAX);
  equal(ask('COPY', 'a', 'a'), SAME);
  equal(ask('COPY', 'a', 'a', 'DB', 0, 'REPLACE'), SAME);
});

commandTest('MOVE takes a key with its deadline to a database without it', (ask, commands) => {
  ask('SET', 'a', 'v', 'EX', 10);
  const { dirty } = commands.engine.keyspace;
  equal(ask('MOVE', 'a', 9), 1);
  equal(commands.engine.keyspace.dirty, dirty + 1);
  equal(ask('EXISTS', 'a'), 0);
  equal(ask('MOVE', 'a', 9), 0);
  ask('SET', 'a', 'w');
  equal(ask('MOVE', 'a', 9), 0);
  equal(ask('GET', 'a'), 'w');
  commands.select(9);
  equal(ask('GET', 'a'), 'v');
  equal(ask('TTL', 'a'), 10);
});

commandTest('MOVE takes an expired target for absent', (ask, commands) => {
  commands.select(1);
  ask('SET', 'a', 'old', 'PX', 5);
  commands.select(0);
  ask('SET', 'a', 'new');
  commands.clock.advance(5);
  equal(ask('MOVE', 'a', 1), 1);
  commands.select(1);
  equal(ask('GET', 'a'), 'new');
});

commandTest('MOVE checks the database before the key', (ask) => {
  equal(ask('MOVE', 'a', 'x'), NOT_INTEGER);
  equal(ask('MOVE', 'a', 99_999_999_999), NOT_INT32);
  equal(ask('MOVE', 'a', 16), DB_INDEX);
  equal(ask('MOVE', 'a', 0), SAME);
  equal(ask('MOVE', 'a', 1), 0);
});
