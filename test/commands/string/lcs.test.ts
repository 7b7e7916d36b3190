// LCS. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

commandTest('LCS finds the subsequence, its length and its matches', (ask) => {
  ask('MSET', 'a', 'ohmytext', 'b', 'mynewtext');
  equal(ask('LCS', 'a', 'b'), 'mytext');
  equal(ask('LCS', 'a', 'b', 'LEN'), 6);
  const last = [
    [4, 7],
    [5, 8],
  ];
  const first = [
    [2, 3],
    [0, 1],
  ];
  const answer = (matches: unknown[]) =>
    new Map<unknown, unknown>([
      ['matches', matches],
      ['len', 6],
    ]);
  deepEqual(ask('LCS', 'a', 'b', 'IDX'), answer([last, first]));
  deepEqual(ask('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 4), answer([last]));
  deepEqual(
    ask('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', -1, 'WITHMATCHLEN'),
    answer([
      [...last, 4],
      [...first, 2],
    ]),
  );
});

commandTest('LCS takes absent keys for empty strings, and integers for their text', (ask) => {
  ask('MSET', 'a', '12345', 'b', '-345');
  equal(ask('LCS', 'a', 'absent'), '');
  equal(ask('LCS', 'absent', 'absent', 'LEN'), 0);
  equal(ask('LCS', 'a', 'b'), '345');
});

commandTest('LCS checks its options', (ask, { engine }) => {
  equal(
    ask('LCS', 'a', 'b', 'LEN', 'IDX'),
    '(error) ERR If you want both the length and indexes, please just use IDX.',
  );
  equal(ask('LCS', 'a', 'b', 'FOO'), SYNTAX);
  equal(ask('LCS', 'a', 'b', 'MINMATCHLEN'), SYNTAX);
  equal(ask('LCS', 'a', 'b', 'MINMATCHLEN', 'x'), NOT_INTEGER);
  engine.config.set([['proto-max-bulk-len', String(1024 * 1024)]], false);
  ask('SET', 'a', 'x'.repeat(1000));
  equal(
    ask('LCS', 'a', 'a'),
    '(error) ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
  );
});
