// INCR, DECR and their relatives. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, type Plain } from '../command-test.js';

const OVERFLOW = '(error) ERR increment or decrement would overflow';
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** A reply as an integer of any size. */
const big = (value: Plain) => BigInt(value as number | bigint);

commandTest('INCR and DECR count from 0', (ask) => {
  equal(ask('INCR', 'k'), 1);
  equal(ask('INCR', 'k'), 2);
  equal(ask('DECR', 'k'), 1);
  equal(ask('DECR', 'new'), -1);
  equal(ask('GET', 'new'), '-1');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'int');
});

commandTest('INCRBY and DECRBY are exact over all 64-bit integers', (ask) => {
  const edges = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 62n, MAX];
  const values = edges.flatMap((edge) => [edge, -edge, edge - 1n, -edge - 1n]);
  for (const value of values.filter((edge) => edge >= MIN)) {
    for (const increment of values.filter((edge) => edge >= MIN)) {
      ask('SET', 'k', value);
      const sum = value + increment;
      const answer = ask('INCRBY', 'k', increment);
      if (sum > MAX || sum < MIN) {
        equal(answer, OVERFLOW, `${value} + ${increment}`);
        equal(ask('GET', 'k'), String(value));
      } else {
        equal(big(answer), sum, `${value} + ${increment}`);
        equal(ask('GET', 'k'), String(sum));
        if (value !== MIN) equal(big(ask('DECRBY', 'k', value)), increment);
      }
    }
  }
});

commandTest('INCR overflows at the ends of 64 bits', (ask) => {
  ask('SET', 'k', MAX);
  equal(ask('INCR', 'k'), OVERFLOW);
  equal(ask('GET', 'k'), String(MAX));
  ask('SET', 'k', MIN);
  equal(ask('DECR', 'k'), OVERFLOW);
  equal(ask('DECRBY', 'k', MIN), '(error) ERR decrement would overflow');
});

commandTest('INCR refuses what is no integer and leaves it', (ask, commands) => {
  for (const value of ['x', '', ' 1', '1 ', '01', '+1', '1.0', '9223372036854775808', '1\0']) {
    ask('SET', 'k', value);
    equal(ask('INCR', 'k'), NOT_INTEGER, value);
    equal(ask('GET', 'k'), value);
  }
  commands.takeLog();
  equal(ask('INCRBY', 'absent', 'x'), NOT_INTEGER);
  equal(ask('DECRBY', 'absent', '1.5'), NOT_INTEGER);
  equal(ask('EXISTS', 'absent'), 0);
  deepEqual(commands.takeLog(), []);
});

commandTest('INCR takes integers that are kept as bytes', (ask) => {
  ask('SETRANGE', 'k', 0, '41');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'raw');
  equal(ask('INCR', 'k'), 42);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'int');
});

commandTest('INCR keeps the deadline and counts one change', (ask, { engine }) => {
  ask('SET', 'k', '1', 'EX', 10);
  const { dirty } = engine.keyspace;
  ask('INCR', 'k');
  equal(ask('TTL', 'k'), 10);
  equal(engine.keyspace.dirty, dirty + 1);
});

commandTest('INCR begins at 0 after the key expired', (ask, { clock }) => {
  ask('SET', 'k', '10', 'PX', 5);
  clock.advance(6);
  equal(ask('INCR', 'k'), 1);
  equal(ask('TTL', 'k'), -1);
});
