// ZPOPMIN, ZPOPMAX and ZMPOP: order, counts, the shapes of their answers, and what is logged.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_POSITIVE = '(error) ERR value is out of range, must be positive';
const NUMKEYS = '(error) ERR numkeys should be greater than 0';
const COUNT = '(error) ERR count should be greater than 0';

commandTest('One member comes flat; several come in pairs in RESP3 and flat in RESP2', (ask) => {
  ask('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd', 5, 'e', 6, 'f');
  deepEqual(ask('ZPOPMIN', 'z'), ['a', 1]);
  deepEqual(ask('ZPOPMAX', 'z'), ['f', 6]);
  deepEqual(ask('ZPOPMIN', 'z', 1), [['b', 2]]);
  ask('HELLO', 2);
  deepEqual(ask('ZPOPMAX', 'z', 2), ['e', 5, 'd', 4]);
  deepEqual(ask('ZPOPMIN', 'z', 9), ['c', 3]);
  equal(ask('EXISTS', 'z'), 0);
  deepEqual(ask('ZPOPMIN', 'z'), []);
  deepEqual(ask('ZPOPMIN', 'z', 3), []);
});

commandTest('Pops of a large sorted set go from its ends inwards', (ask) => {
  for (let i = 0; i < 1000; i++) ask('ZADD', 'z', (i * 7) % 1000, `m${(i * 7) % 1000}`);
  for (let i = 0; i < 300; i++) {
    deepEqual(ask('ZPOPMIN', 'z'), [`m${i}`, i]);
    deepEqual(ask('ZPOPMAX', 'z'), [`m${999 - i}`, 999 - i]);
  }
  deepEqual(ask('ZPOPMIN', 'z', 2), [
    ['m300', 300],
    ['m301', 301],
  ]);
  equal((ask('ZPOPMAX', 'z', 1e6) as unknown[]).length, 398);
  equal(ask('EXISTS', 'z'), 0);
});

commandTest('Counts are checked before the key, and 0 takes nothing', (ask, commands) => {
  ask('SET', 's', 'x');
  ask('ZADD', 'z', 1, 'a');
  commands.takeLog();
  equal(ask('ZPOPMIN', 's', -1), NOT_POSITIVE);
  equal(ask('ZPOPMIN', 's', 'x'), NOT_POSITIVE);
  equal(ask('ZPOPMIN', 's', 1, 2), SYNTAX);
  equal(ask('ZPOPMAX', 's', 0), WRONGTYPE);
  deepEqual(ask('ZPOPMIN', 'z', 0), []);
  deepEqual(commands.takeLog(), []);
  equal(ask('ZCARD', 'z'), 1);
});

commandTest(
  'ZMPOP pops from the first key that has something, and is logged as a pop',
  (ask, c) => {
    ask('ZADD', 'b', 1, 'a', 2, 'b', 3, 'c', 4, 'd');
    c.takeLog();
    deepEqual(ask('ZMPOP', 2, 'a', 'b', 'MIN'), ['b', [['a', 1]]]);
    deepEqual(ask('ZMPOP', 2, 'a', 'b', 'max', 'count', 2), [
      'b',
      [
        ['d', 4],
        ['c', 3],
      ],
    ]);
    deepEqual(ask('ZMPOP', 1, 'b', 'MIN', 'COUNT', 9), ['b', [['b', 2]]]);
    equal(ask('ZMPOP', 2, 'a', 'b', 'MIN'), null);
    deepEqual(c.takeLog(), [
      [0, 'ZPOPMIN', 'b'],
      [0, 'ZPOPMAX', 'b', '2'],
      [0, 'ZPOPMIN', 'b'],
    ]);
  },
);

commandTest('ZMPOP and BZMPOP check their arguments in order', (ask) => {
  ask('SET', 's', 'x');
  for (const name of [['ZMPOP'], ['BZMPOP', 1]]) {
    equal(ask(...name, 0, 'a', 'MIN'), NUMKEYS);
    equal(ask(...name, 'x', 'a', 'MIN'), NUMKEYS);
    equal(ask(...name, 2, 'a', 'MIN'), SYNTAX);
    equal(ask(...name, 9e15, 'a', 'MIN'), SYNTAX);
    equal(ask(...name, 1, 'a', 'LEFT'), SYNTAX);
    equal(ask(...name, 1, 'a', 'MIN', 'COUNT'), SYNTAX);
    equal(ask(...name, 1, 'a', 'MIN', 'COUNT', 0), COUNT);
    equal(ask(...name, 1, 'a', 'MIN', 'COUNT', 'x'), COUNT);
    equal(ask(...name, 1, 'a', 'MIN', 'COUNT', 1, 'COUNT', 2), SYNTAX);
    equal(ask(...name, 2, 'a', 's', 'MIN'), WRONGTYPE);
  }
});

commandTest('The waiting forms answer at once where there is something', (ask, commands) => {
  ask('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd');
  commands.takeLog();
  deepEqual(ask('BZPOPMIN', 'absent', 'z', 0), ['z', 'a', 1]);
  deepEqual(ask('BZPOPMAX', 'z', 0), ['z', 'd', 4]);
  deepEqual(ask('BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 5), [
    'z',
    [
      ['b', 2],
      ['c', 3],
    ],
  ]);
  deepEqual(commands.takeLog(), [
    [0, 'ZPOPMIN', 'z'],
    [0, 'ZPOPMAX', 'z'],
    [0, 'ZPOPMIN', 'z', '2'],
  ]);
  equal(ask('BZPOPMIN', 'z', -1), '(error) ERR timeout is negative');
  equal(ask('BZPOPMIN', 'z', 'x'), '(error) ERR timeout is not a float or out of range');
  equal(ask('BZMPOP', 'x', 1, 'z', 'MIN'), '(error) ERR timeout is not a float or out of range');
});
