// INCRBYFLOAT. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

const NOT_FLOAT = '(error) ERR value is not a valid float';

commandTest('INCRBYFLOAT adds and prints as Redis does', (ask) => {
  equal(ask('INCRBYFLOAT', 'k', 1), '1');
  equal(ask('INCRBYFLOAT', 'k', '0.25'), '1.25');
  equal(ask('GET', 'k'), '1.25');
  equal(ask('INCRBYFLOAT', 'k', '-1.25'), '0');
  ask('SET', 'k', '5.0e3');
  equal(ask('INCRBYFLOAT', 'k', '200'), '5200');
  ask('SET', 'k', '17179869184');
  equal(ask('INCRBYFLOAT', 'k', '1.5'), '17179869185.5');
  ask('SET', 'k', '10.1');
  equal(ask('INCRBYFLOAT', 'k', '0.1'), '10.2');
});

commandTest('INCRBYFLOAT takes every 64-bit integer exactly', (ask) => {
  ask('SET', 'k', '9223372036854775807');
  equal(ask('INCRBYFLOAT', 'k', '1'), '9223372036854775808');
  ask('SET', 'k', '-9223372036854775808');
  equal(ask('INCRBYFLOAT', 'k', '0'), '-9223372036854775808');
});

commandTest('INCRBYFLOAT leaves text, also when it is whole, and SET makes it an int', (ask) => {
  ask('INCRBYFLOAT', 'k', 3);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'embstr');
  equal(ask('INCR', 'k'), 4);
});

commandTest('INCRBYFLOAT keeps the deadline and logs the result', (ask, commands) => {
  ask('SET', 'k', '1', 'EX', 10);
  commands.takeLog();
  ask('INCRBYFLOAT', 'k', '0.5');
  equal(ask('TTL', 'k'), 10);
  deepEqual(commands.takeLog(), [[0, 'SET', 'k', '1.5', 'KEEPTTL']]);
});

commandTest('INCRBYFLOAT refuses what is no number, and sums that are none', (ask) => {
  for (const value of ['', 'x', ' 1', '1 ', '1x', 'nan']) {
    ask('SET', 'k', value);
    equal(ask('INCRBYFLOAT', 'k', 1), NOT_FLOAT, value);
    equal(ask('INCRBYFLOAT', 'absent', value), NOT_FLOAT, value);
  }
  equal(
    ask('INCRBYFLOAT', 'absent', '+inf'),
    '(error) ERR increment would produce NaN or Infinity',
  );
  equal(ask('EXISTS', 'absent'), 0);
});
