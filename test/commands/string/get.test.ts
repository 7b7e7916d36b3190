// GET, MGET and the commands that read and then change.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

commandTest('MGET answers null for what is absent, in the order asked', (ask) => {
  ask('MSET', 'a', '1', 'b', 'two');
  deepEqual(ask('MGET', 'a', 'absent', 'b', 'a'), ['1', null, 'two', '1']);
});

commandTest('STRLEN counts bytes, of integers too', (ask) => {
  equal(ask('STRLEN', 'absent'), 0);
  for (const value of ['', '0', '-1', '12345', '-9223372036854775808', 'a\0b']) {
    ask('SET', 'k', value);
    equal(ask('STRLEN', 'k'), value.length, value);
  }
});

commandTest('GETDEL reads and deletes, and is logged as a deletion', (ask, commands) => {
  ask('SET', 'k', 'v');
  commands.takeLog();
  equal(ask('GETDEL', 'k'), 'v');
  equal(ask('EXISTS', 'k'), 0);
  equal(ask('GETDEL', 'k'), null);
  deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
});

commandTest('GETSET answers the value before and takes the deadline away', (ask) => {
  equal(ask('GETSET', 'k', 'a'), null);
  ask('EXPIRE', 'k', 10);
  equal(ask('GETSET', 'k', '5'), 'a');
  equal(ask('TTL', 'k'), -1);
  equal(ask('GETSET', 'k', 'b'), '5');
});

commandTest('GETEX without options only reads', (ask, commands) => {
  ask('SET', 'k', 'v', 'EX', 10);
  commands.takeLog();
  equal(ask('GETEX', 'k'), 'v');
  equal(ask('TTL', 'k'), 10);
  equal(ask('GETEX', 'absent', 'EX', 10), null);
  deepEqual(commands.takeLog(), []);
});

commandTest('GETEX sets, moves and lifts the deadline', (ask, commands) => {
  const now = commands.clock.now();
  ask('SET', 'k', 'v');
  commands.takeLog();
  equal(ask('GETEX', 'k', 'EX', 10), 'v');
  equal(ask('PTTL', 'k'), 10_000);
  ask('GETEX', 'k', 'PX', 10);
  equal(ask('PTTL', 'k'), 10);
  ask('GETEX', 'k', 'EXAT', now / 1000 + 1);
  equal(ask('PTTL', 'k'), 1000);
  ask('GETEX', 'k', 'PXAT', now + 5);
  equal(ask('PTTL', 'k'), 5);
  equal(ask('GETEX', 'k', 'PERSIST'), 'v');
  equal(ask('PTTL', 'k'), -1);
  equal(ask('GETEX', 'k', 'PERSIST'), 'v');
  deepEqual(commands.takeLog(), [
    [0, 'PEXPIREAT', 'k', String(now + 10_000)],
    [0, 'PEXPIREAT', 'k', String(now + 10)],
    [0, 'PEXPIREAT', 'k', String(now + 1000)],
    [0, 'PEXPIREAT', 'k', String(now + 5)],
    [0, 'PERSIST', 'k'],
  ]);
});

commandTest('GETEX with a deadline in the past reads and deletes', (ask, commands) => {
  ask('SET', 'k', 'v');
  commands.takeLog();
  equal(ask('GETEX', 'k', 'PXAT', 1), 'v');
  equal(ask('EXISTS', 'k'), 0);
  deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
});

commandTest('GETEX checks its options before the key and the time after it', (ask) => {
  equal(ask('GETEX', 'absent', 'EX'), SYNTAX);
  equal(ask('GETEX', 'absent', 'KEEPTTL'), SYNTAX);
  equal(ask('GETEX', 'absent', 'NX'), SYNTAX);
  equal(ask('GETEX', 'absent', 'PERSIST', 'EX', 1), SYNTAX);
  equal(ask('GETEX', 'absent', 'EX', 'x'), null);
  ask('SET', 'k', 'v');
  equal(ask('GETEX', 'k', 'EX', 'x'), NOT_INTEGER);
  equal(ask('GETEX', 'k', 'PX', 0), "(error) ERR invalid expire time in 'getex' command");
});

commandTest('Reading counts hits and misses', (ask, { engine: { keyspace } }) => {
  ask('SET', 'k', 'v');
  const { keyspaceHits, keyspaceMisses } = keyspace;
  ask('GET', 'k');
  ask('MGET', 'k', 'absent');
  ask('EXISTS', 'k', 'absent');
  ask('STRLEN', 'absent');
  equal(keyspace.keyspaceHits - keyspaceHits, 3);
  equal(keyspace.keyspaceMisses - keyspaceMisses, 3);
});
