// GETRANGE and SUBSTR. Each test also replays what was logged and compares the datasets.

import { equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER } from '../command-test.js';

/** The range as the reference documentation words it, by hand. */
function slice(value: string, start: number, end: number): string {
  if (start < 0 && end < 0 && start > end) return '';
  const from = start < 0 ? Math.max(0, value.length + start) : start;
  const last = end < 0 ? Math.max(0, value.length + end) : end;
  return value.slice(from, Math.min(last, value.length - 1) + 1);
}

commandTest('GETRANGE cuts any range out of strings and integers', (ask) => {
  for (const value of ['', 'x', 'Hello', '1234567', '-5']) {
    ask('SET', 'k', value);
    for (let start = -9; start <= 9; start++) {
      for (let end = -9; end <= 9; end++) {
        const expected = slice(value, start, end);
        equal(ask('GETRANGE', 'k', start, end), expected, `${value} ${start} ${end}`);
      }
    }
  }
});

commandTest('GETRANGE takes positions at the limits of 64 bits', (ask) => {
  ask('SET', 'k', 'Hello');
  equal(ask('GETRANGE', 'k', '-9223372036854775808', '9223372036854775807'), 'Hello');
  equal(ask('GETRANGE', 'k', '9223372036854775807', '9223372036854775807'), '');
  equal(ask('GETRANGE', 'k', '-9223372036854775808', '-9223372036854775808'), 'H');
});

commandTest('SUBSTR is GETRANGE', (ask) => {
  ask('SET', 'k', 'Hello');
  equal(ask('SUBSTR', 'k', 1, -2), 'ell');
});

commandTest('GETRANGE checks its positions before the key', (ask) => {
  equal(ask('GETRANGE', 'absent', 'x', 1), NOT_INTEGER);
  equal(ask('GETRANGE', 'absent', 0, '1.0'), NOT_INTEGER);
  equal(ask('GETRANGE', 'absent', 0, -1), '');
});
