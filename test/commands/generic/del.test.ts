// DEL, UNLINK and TOUCH. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

for (const name of ['DEL', 'UNLINK']) {
  commandTest(`${name} counts the keys that were there`, (ask, commands) => {
    ask('MSET', 'a', '1', 'b', '2', 'c', '3');
    commands.takeLog();
    equal(ask(name, 'a', 'absent', 'b', 'a'), 2);
    equal(ask('DBSIZE'), 1);
    equal(ask(name, 'a'), 0);
    deepEqual(commands.takeLog(), [[0, name, 'a', 'absent', 'b', 'a']]);
  });
}

commandTest('DEL does not count an expired key, whose end is logged by itself', (ask, commands) => {
  ask('SET', 'k', 'v', 'PX', 5);
  commands.takeLog();
  commands.clock.advance(5);
  const { dirty } = commands.engine.keyspace;
  equal(ask('DEL', 'k'), 0);
  equal(commands.engine.keyspace.dirty, dirty);
  deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
});

commandTest('EXISTS counts a key as often as it is given', (ask, { clock }) => {
  ask('MSET', 'a', '1', 'b', '2');
  ask('PEXPIRE', 'b', 5);
  equal(ask('EXISTS', 'a', 'a', 'b', 'absent'), 3);
  clock.advance(5);
  equal(ask('EXISTS', 'a', 'a', 'b', 'absent'), 2);
});

commandTest('TYPE names the type or none', (ask, { clock }) => {
  ask('SET', 'k', 'v', 'PX', 5);
  equal(ask('TYPE', 'k'), 'string');
  clock.advance(5);
  equal(ask('TYPE', 'k'), 'none');
});

commandTest('TOUCH counts existing keys and makes them young', (ask, { clock }) => {
  ask('MSET', 'a', '1', 'b', '2');
  clock.advance(10_000);
  equal(ask('TOUCH', 'a', 'absent', 'a'), 2);
  equal(ask('OBJECT', 'IDLETIME', 'a'), 0);
  equal(ask('OBJECT', 'IDLETIME', 'b'), 10);
});
