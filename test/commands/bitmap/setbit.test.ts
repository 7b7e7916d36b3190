// SETBIT and GETBIT. Each test also replays what was logged and compares the datasets.

import { equal } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

const OFFSET = '(error) ERR bit offset is not an integer or out of range';
const BIT = '(error) ERR bit is not an integer or out of range';

commandTest('SETBIT creates a string that is just long enough', (ask) => {
  equal(ask('SETBIT', 'k', 9, 1), 0);
  equal(ask('GET', 'k'), '\x00@');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'raw');
  equal(ask('SETBIT', 'k', 9, 0), 1);
  equal(ask('GET', 'k'), '\x00\x00');
  equal(ask('SETBIT', 'other', 20, 0), 0);
  equal(ask('STRLEN', 'other'), 3);
});

commandTest('SETBIT changes text and integers, and keeps the deadline', (ask) => {
  ask('SET', 'k', '@', 'EX', 100);
  equal(ask('SETBIT', 'k', 2, 1), 0);
  equal(ask('GET', 'k'), '`');
  equal(ask('SETBIT', 'k', 15, 1), 0);
  equal(ask('GET', 'k'), '`\x01');
  equal(ask('TTL', 'k'), 100);
  ask('SET', 'n', 1);
  equal(ask('SETBIT', 'n', 6, 1), 0);
  equal(ask('GET', 'n'), '3');
  equal(ask('GETBIT', 'n', 6), 1);
});

commandTest('GETBIT reads text, integers, and nothing behind the end', (ask) => {
  ask('SET', 'k', '`');
  equal([0, 1, 2, 3, 8, 100, 10000].map((at) => ask('GETBIT', 'k', at)).join(''), '0110000');
  ask('SET', 'n', 1);
  equal([0, 1, 2, 3, 7, 8].map((at) => ask('GETBIT', 'n', at)).join(''), '001110');
  equal(ask('GETBIT', 'absent', 3), 0);
});

commandTest('SETBIT looks at the offset first, then at the bit', (ask) => {
  for (const offset of [-1, 'x', 4 * 1024 * 1024 * 1024]) {
    equal(ask('SETBIT', 'k', offset, 7), OFFSET);
    equal(ask('GETBIT', 'k', offset), OFFSET);
  }
  for (const bit of [-1, 2, 10, 'x']) equal(ask('SETBIT', 'k', 0, bit), BIT);
  equal(ask('EXISTS', 'k'), 0);
});
