// RENAME and RENAMENX. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

const NO_SUCH_KEY = '(error) ERR no such key';

commandTest('RENAME takes value, encoding and deadline along', (ask) => {
  ask('SET', 'a', 'x'.repeat(70_000), 'EX', 10);
  equal(ask('RENAME', 'a', 'b'), 'OK');
  equal(ask('EXISTS', 'a'), 0);
  equal(ask('STRLEN', 'b'), 70_000);
  equal(ask('TTL', 'b'), 10);
  ask('SET', 'n', '77');
  ask('RENAME', 'n', 'k'.repeat(300));
  equal(ask('OBJECT', 'ENCODING', 'k'.repeat(300)), 'int');
  equal(ask('GET', 'k'.repeat(300)), '77');
});

commandTest('RENAME replaces the target with its deadline, and counts once', (ask, { engine }) => {
  ask('SET', 'a', 'new');
  ask('SET', 'b', 'old', 'EX', 10);
  const { dirty } = engine.keyspace;
  equal(ask('RENAME', 'a', 'b'), 'OK');
  equal(ask('GET', 'b'), 'new');
  equal(ask('TTL', 'b'), -1);
  equal(engine.keyspace.dirty, dirty + 1);
});

commandTest('RENAME to itself changes nothing, and needs the key', (ask, commands) => {
  equal(ask('RENAME', 'a', 'a'), NO_SUCH_KEY);
  equal(ask('RENAMENX', 'a', 'a'), NO_SUCH_KEY);
  ask('SET', 'a', '1');
  commands.takeLog();
  equal(ask('RENAME', 'a', 'a'), 'OK');
  equal(ask('RENAMENX', 'a', 'a'), 0);
  deepEqual(commands.takeLog(), []);
});

commandTest('RENAMENX spares an existing target', (ask, { clock }) => {
  ask('MSET', 'a', '1', 'b', '2');
  equal(ask('RENAMENX', 'a', 'b'), 0);
  deepEqual(ask('MGET', 'a', 'b'), ['1', '2']);
  ask('PEXPIRE', 'b', 5);
  clock.advance(5);
  equal(ask('RENAMENX', 'a', 'b'), 1);
  deepEqual(ask('MGET', 'a', 'b'), [null, '1']);
});

commandTest('RENAME of an expired key finds none', (ask, { clock }) => {
  ask('SET', 'a', '1', 'PX', 5);
  clock.advance(5);
  equal(ask('RENAME', 'a', 'b'), NO_SUCH_KEY);
});
