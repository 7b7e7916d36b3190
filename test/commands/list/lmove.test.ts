// LMOVE, RPOPLPUSH and, where there is something to take, their blocking forms and BLPOP.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_FLOAT = '(error) ERR timeout is not a float or out of range';
const NEGATIVE = '(error) ERR timeout is negative';
const OUT_OF_RANGE = '(error) ERR timeout is out of range';
const HUGE = 'h'.repeat(30_000);

commandTest('LMOVE takes from either end and puts at either end', (ask) => {
  ask('RPUSH', 'a', 1, 2, 3, 4);
  equal(ask('LMOVE', 'a', 'b', 'LEFT', 'LEFT'), '1');
  equal(ask('LMOVE', 'a', 'b', 'left', 'right'), '2');
  equal(ask('LMOVE', 'a', 'b', 'RIGHT', 'LEFT'), '4');
  equal(ask('RPOPLPUSH', 'a', 'b'), '3');
  equal(ask('EXISTS', 'a'), 0);
  deepEqual(ask('LRANGE', 'b', 0, -1), ['3', '4', '1', '2']);
  equal(ask('LMOVE', 'a', 'b', 'LEFT', 'LEFT'), null);
});

commandTest('A list can be turned in itself', (ask) => {
  for (const rest of [[], [HUGE]]) {
    ask('DEL', 'k');
    ask('RPUSH', 'k', 'a', 'b', 'c', ...rest);
    equal(ask('LMOVE', 'k', 'k', 'LEFT', 'RIGHT'), 'a');
    deepEqual(ask('LRANGE', 'k', 0, -1), ['b', 'c', ...rest, 'a']);
    equal(ask('RPOPLPUSH', 'k', 'k'), 'a');
    equal(ask('LMOVE', 'k', 'k', 'LEFT', 'LEFT'), 'a');
    deepEqual(ask('LRANGE', 'k', 0, -1), ['a', 'b', 'c', ...rest]);
  }
  ask('DEL', 'k');
  ask('RPUSH', 'k', 'only');
  equal(ask('RPOPLPUSH', 'k', 'k'), 'only');
  deepEqual(ask('LRANGE', 'k', 0, -1), ['only']);
});

commandTest('Elements of any size move between lists of both forms', (ask) => {
  const elements = ['a', HUGE, '7', 'b'.repeat(100), HUGE.slice(1), 'c'];
  ask('RPUSH', 'a', ...elements);
  for (const element of [...elements].reverse()) equal(ask('RPOPLPUSH', 'a', 'b'), element);
  deepEqual(ask('LRANGE', 'b', 0, -1), elements);
  for (const element of elements) equal(ask('LMOVE', 'b', 'a', 'LEFT', 'RIGHT'), element);
  deepEqual(ask('LRANGE', 'a', 0, -1), elements);
});

commandTest('LMOVE checks ends, then the source, then the destination', (ask) => {
  ask('SET', 's', 'x');
  equal(ask('LMOVE', 's', 'b', 'UP', 'LEFT'), SYNTAX);
  equal(ask('LMOVE', 's', 'b', 'LEFT', 'UP'), SYNTAX);
  equal(ask('LMOVE', 's', 'b', 'LEFT', 'LEFT'), WRONGTYPE);
  equal(ask('LMOVE', 'absent', 's', 'LEFT', 'LEFT'), null);
  ask('RPUSH', 'k', 'a');
  equal(ask('LMOVE', 'k', 's', 'LEFT', 'LEFT'), WRONGTYPE);
  deepEqual(ask('LRANGE', 'k', 0, -1), ['a']);
});

commandTest('Blocking commands that need not wait are logged as what they did', (ask, commands) => {
  ask('RPUSH', 'k', 1, 2, 3, 4, 5, 6, 7);
  commands.takeLog();
  deepEqual(ask('BLPOP', 'absent', 'k', 0), ['k', '1']);
  deepEqual(ask('BRPOP', 'absent', 'k', '0.5'), ['k', '7']);
  equal(ask('BLMOVE', 'k', 'd', 'LEFT', 'RIGHT', 1), '2');
  equal(ask('BRPOPLPUSH', 'k', 'd', 1), '6');
  deepEqual(ask('BLMPOP', 1, 2, 'absent', 'k', 'RIGHT', 'COUNT', 2), ['k', ['5', '4']]);
  deepEqual(commands.takeLog(), [
    [0, 'LPOP', 'k'],
    [0, 'RPOP', 'k'],
    [0, 'LMOVE', 'k', 'd', 'LEFT', 'RIGHT'],
    [0, 'RPOPLPUSH', 'k', 'd'],
    [0, 'RPOP', 'k', '2'],
  ]);
});

commandTest('Time-outs are checked before keys', (ask) => {
  ask('SET', 's', 'x');
  for (const [timeout, error] of [
    ['x', NOT_FLOAT],
    ['-1', NEGATIVE],
    ['-0.001', NEGATIVE],
    ['1e300', OUT_OF_RANGE],
  ]) {
    equal(ask('BLPOP', 's', timeout), error);
    equal(ask('BRPOP', 's', timeout), error);
    equal(ask('BRPOPLPUSH', 's', 'd', timeout), error);
    equal(ask('BLMOVE', 's', 'd', 'LEFT', 'LEFT', timeout), error);
    equal(ask('BLMPOP', timeout, 1, 's', 'LEFT'), error);
  }
  equal(ask('BLMOVE', 's', 'd', 'UP', 'LEFT', 'x'), SYNTAX);
  equal(ask('BLPOP', 's', 0), WRONGTYPE);
  equal(ask('BLMOVE', 's', 'd', 'LEFT', 'LEFT', 0), WRONGTYPE);
});
