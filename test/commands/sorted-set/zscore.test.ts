// ZCARD, ZSCORE, ZMSCORE, ZRANK, ZREVRANK, ZCOUNT and ZLEXCOUNT, in both forms.

import { deepEqual, equal } from 'node:assert/strict';
import { type Commands, commandTest, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_RANGE = '(error) ERR min or max is not a float';
const NOT_LEX_RANGE = '(error) ERR min or max not valid string range item';

/** Fills `z` with m0 .. with scores 0, 0.5, 1 .. */
function fill(ask: Commands['ask'], count: number): void {
  for (let i = 0; i < count; i++) ask('ZADD', 'z', i / 2, `m${i}`);
}

for (const count of [100, 300]) {
  commandTest(`Scores, ranks and counts of ${count} members`, (ask) => {
    fill(ask, count);
    equal(ask('ZCARD', 'z'), count);
    equal(ask('ZSCORE', 'z', 'm7'), 3.5);
    equal(ask('ZSCORE', 'z', 'nobody'), null);
    deepEqual(ask('ZMSCORE', 'z', 'm0', 'nobody', 'm99'), [0, null, 49.5]);
    equal(ask('ZRANK', 'z', 'm30'), 30);
    equal(ask('ZREVRANK', 'z', 'm30'), count - 31);
    deepEqual(ask('ZRANK', 'z', 'm30', 'withscore'), [30, 15]);
    deepEqual(ask('ZREVRANK', 'z', 'm0', 'WITHSCORE'), [count - 1, 0]);
    equal(ask('ZCOUNT', 'z', '-inf', '+inf'), count);
    equal(ask('ZCOUNT', 'z', 10, 20), 21);
    equal(ask('ZCOUNT', 'z', '(10', '(20'), 19);
    equal(ask('ZCOUNT', 'z', '10.1', '10.4'), 0);
    equal(ask('ZCOUNT', 'z', 20, 10), 0);
    equal(ask('ZCOUNT', 'z', '(10', '10'), 0);
  });

  commandTest(`Counts of members among ${count} with one score`, (ask) => {
    for (let i = 0; i < count; i++) ask('ZADD', 'z', 0, `m${String(i).padStart(3, '0')}`);
    equal(ask('ZLEXCOUNT', 'z', '-', '+'), count);
    equal(ask('ZLEXCOUNT', 'z', '[m010', '[m020'), 11);
    equal(ask('ZLEXCOUNT', 'z', '(m010', '(m020'), 9);
    equal(ask('ZLEXCOUNT', 'z', '[m01', '[m02'), 10);
    equal(ask('ZLEXCOUNT', 'z', '-', '(m000'), 0);
    equal(ask('ZLEXCOUNT', 'z', '[n', '+'), 0);
    equal(ask('ZLEXCOUNT', 'z', '+', '-'), 0);
    equal(ask('ZLEXCOUNT', 'z', '[', '['), 0);
  });
}

commandTest('Of an absent key there is nothing', (ask) => {
  equal(ask('ZCARD', 'z'), 0);
  equal(ask('ZSCORE', 'z', 'a'), null);
  deepEqual(ask('ZMSCORE', 'z', 'a', 'b'), [null, null]);
  equal(ask('ZRANK', 'z', 'a'), null);
  equal(ask('ZRANK', 'z', 'a', 'WITHSCORE'), null);
  equal(ask('ZCOUNT', 'z', 1, 2), 0);
  equal(ask('ZLEXCOUNT', 'z', '-', '+'), 0);
});

commandTest('Bounds are those of strtod', (ask) => {
  fill(ask, 10);
  equal(ask('ZCOUNT', 'z', '', '1e999'), 10, 'nothing is 0, and too much is infinite');
  equal(ask('ZCOUNT', 'z', '(', 'INF'), 9);
  equal(ask('ZCOUNT', 'z', '0x1', '1e0'), 1);
  for (const bound of ['x', '1 ', 'nan', '((1', '[1']) {
    equal(ask('ZCOUNT', 'z', bound, 1), NOT_RANGE, bound);
    equal(ask('ZCOUNT', 'z', 1, bound), NOT_RANGE, bound);
  }
  for (const bound of ['', 'a', '-x', '++', '1']) {
    equal(ask('ZLEXCOUNT', 'z', bound, '+'), NOT_LEX_RANGE, bound);
    equal(ask('ZLEXCOUNT', 'z', '-', bound), NOT_LEX_RANGE, bound);
  }
});

commandTest('Arguments come before the key, and the key before its type', (ask) => {
  ask('SET', 's', 'x');
  equal(ask('ZRANK', 's', 'a', 'x'), SYNTAX);
  equal(ask('ZCOUNT', 's', 'x', 1), NOT_RANGE);
  const arity = "(error) ERR wrong number of arguments for 'zrank' command";
  equal(ask('ZRANK', 's', 'a', 'WITHSCORE', 'x'), arity);
  for (const call of [
    ['ZCARD', 's'],
    ['ZSCORE', 's', 'a'],
    ['ZMSCORE', 's', 'a'],
    ['ZRANK', 's', 'a'],
    ['ZREVRANK', 's', 'a', 'WITHSCORE'],
    ['ZCOUNT', 's', 1, 2],
    ['ZLEXCOUNT', 's', '-', '+'],
  ]) {
    equal(ask(...call), WRONGTYPE, String(call));
  }
});
