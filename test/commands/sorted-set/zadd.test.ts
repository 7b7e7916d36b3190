// ZADD and ZINCRBY: options, replies, counts and errors. Each test also replays what was logged and
// compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { commandTest, SYNTAX, WRONGTYPE } from '../command-test.js';

const NOT_FLOAT = '(error) ERR value is not a valid float';
const NAN = '(error) ERR resulting score is not a number (NaN)';
const GT_LT_NX = '(error) ERR GT, LT, and/or NX options at the same time are not compatible';

commandTest('ZADD adds members in the order of scores, then of bytes', (ask) => {
  equal(ask('ZADD', 'z', 2, 'b', 1, 'c', 2, 'a', 1, '\xff', 1, ''), 5);
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['', 'c', '\xff', 'a', 'b']);
  equal(ask('ZADD', 'z', 0, 'b', 3, 'new'), 1, 'only new members count');
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['b', '', 'c', '\xff', 'a', 'new']);
  equal(ask('ZADD', 'z', 1, 'x', 2, 'x'), 1, 'the last score of a member counts');
  equal(ask('ZSCORE', 'z', 'x'), 2);
});

commandTest('ZADD changes only what its options let it change', (ask) => {
  ask('ZADD', 'z', 5, 'a');
  equal(ask('ZADD', 'z', 'NX', 9, 'a', 1, 'b'), 1);
  equal(ask('ZADD', 'z', 'XX', 9, 'b', 1, 'c'), 0);
  equal(ask('ZADD', 'z', 'XX', 'CH', 8, 'b', 1, 'c'), 1);
  equal(ask('ZADD', 'z', 'ch', 'gt', 4, 'a', 9, 'b', 7, 'd'), 2);
  equal(ask('ZADD', 'z', 'CH', 'LT', 4, 'a', 10, 'b'), 1);
  equal(ask('ZADD', 'z', 'XX', 'GT', 'CH', 1, 'a', 1, 'e'), 0);
  deepEqual(ask('ZMSCORE', 'z', 'a', 'b', 'c', 'd', 'e'), [4, 9, null, 7, null]);
  equal(ask('ZADD', 'absent', 'XX', 1, 'a'), 0);
  equal(ask('EXISTS', 'absent'), 0);
});

commandTest('ZADD INCR and ZINCRBY add, and answer the score or null', (ask) => {
  equal(ask('ZINCRBY', 'z', '1.5', 'a'), 1.5);
  equal(ask('ZADD', 'z', 'INCR', 2, 'a'), 3.5);
  equal(ask('ZADD', 'z', 'NX', 'INCR', 2, 'a'), null);
  equal(ask('ZADD', 'z', 'XX', 'INCR', 2, 'b'), null);
  equal(ask('ZADD', 'z', 'GT', 'INCR', -1, 'a'), null);
  equal(ask('ZADD', 'z', 'LT', 'INCR', -1, 'a'), 2.5);
  equal(ask('ZADD', 'absent', 'XX', 'INCR', 2, 'b'), null);
  equal(ask('ZSCORE', 'z', 'a'), 2.5);
});

commandTest('Infinite scores are scores, and what is no number is refused', (ask) => {
  equal(ask('ZADD', 'z', '-inf', 'low', '+inf', 'high', 'Infinity', 'highest', 0, 'zero'), 4);
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['low', 'zero', 'high', 'highest']);
  equal(ask('ZINCRBY', 'z', '+inf', 'low'), NAN);
  equal(ask('ZADD', 'z', 'INCR', '-inf', 'high'), NAN);
  for (const score of ['nan', '', 'x', '1x', ' 1', '1e400', '0x']) {
    equal(ask('ZADD', 'z', 1, 'new', score, 'other'), NOT_FLOAT, score);
    equal(ask('ZINCRBY', 'z', score, 'new'), NOT_FLOAT, score);
  }
  equal(ask('ZCARD', 'z'), 4, 'a bad score leaves all as it was');
});

commandTest('Options that do not go together are refused in the order of Redis', (ask) => {
  equal(ask('ZADD', 'z', 1), "(error) ERR wrong number of arguments for 'zadd' command");
  equal(ask('ZADD', 'z', 1, 'a', 2), SYNTAX);
  equal(ask('ZADD', 'z', 'NX', 'CH'), SYNTAX);
  const xx = '(error) ERR XX and NX options at the same time are not compatible';
  equal(ask('ZADD', 'z', 'NX', 'XX', 'GT', 1, 'a'), xx);
  equal(ask('ZADD', 'z', 'NX', 'GT', 1, 'a'), GT_LT_NX);
  equal(ask('ZADD', 'z', 'LT', 'NX', 1, 'a'), GT_LT_NX);
  equal(ask('ZADD', 'z', 'LT', 'GT', 1, 'a'), GT_LT_NX);
  const pairs = '(error) ERR INCR option supports a single increment-element pair';
  equal(ask('ZADD', 'z', 'INCR', 1, 'a', 2, 'b'), pairs);
  equal(ask('ZINCRBY', 'z', 'NX', 'a'), SYNTAX);
  equal(ask('EXISTS', 'z'), 0);
});

commandTest('-0 is 0 while the sorted set is packed', (ask) => {
  ask('ZADD', 'z', '-0', 'a', '-0', 'x'.repeat(65));
  ask('ZADD', 'small', '-0', 'a', 1, 'b');
  equal(ask('ZINCRBY', 'small', '-1', 'b'), 0);
  ok(Object.is(ask('ZSCORE', 'z', 'a'), -0));
  ok(Object.is(ask('ZSCORE', 'small', 'a'), 0));
});

commandTest('Only what changes is counted and logged', (ask, commands) => {
  ask('ZADD', 'z', 1, 'a', 2, 'b');
  commands.takeLog();
  const { keyspace } = commands.engine;
  const { dirty } = keyspace;
  ask('ZADD', 'z', 1, 'a', 2, 'b');
  ask('ZADD', 'z', 'NX', 5, 'a');
  ask('ZADD', 'z', 'XX', 5, 'c');
  ask('ZINCRBY', 'z', 0, 'a');
  equal(keyspace.dirty, dirty);
  deepEqual(commands.takeLog(), []);
  ask('ZADD', 'z', 1, 'a', 3, 'b', 4, 'c');
  equal(keyspace.dirty, dirty + 2);
  deepEqual(commands.takeLog(), [[0, 'ZADD', 'z', '1', 'a', '3', 'b', '4', 'c']]);
});

commandTest('The encoding changes where Redis changes it', (ask) => {
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => [i, `m${i}`]).flat();
  ask('ZADD', 'z', ...pairs(128));
  equal(ask('OBJECT', 'ENCODING', 'z'), 'listpack');
  ask('ZADD', 'z', 5, 'm1', 6, 'm1');
  equal(ask('OBJECT', 'ENCODING', 'z'), 'listpack');
  ask('ZADD', 'z', 1, 'one more');
  equal(ask('OBJECT', 'ENCODING', 'z'), 'skiplist');
  equal(ask('ZCARD', 'z'), 129);
  ask('ZADD', 'long', 1, 'x'.repeat(65));
  equal(ask('OBJECT', 'ENCODING', 'long'), 'skiplist');
  // What a command brings decides, even if most of it is there.
  ask('ZADD', 'same', ...Array.from({ length: 129 }, () => [1, 'a']).flat());
  equal(ask('OBJECT', 'ENCODING', 'same'), 'skiplist');
  equal(ask('ZCARD', 'same'), 1);
});

commandTest('Deadlines stay, and other types are left alone', (ask) => {
  ask('ZADD', 'z', 1, 'a');
  ask('EXPIRE', 'z', 100);
  ask('ZADD', 'z', 2, 'a', 3, 'b');
  equal(ask('TTL', 'z'), 100);
  ask('SET', 's', 'x');
  equal(ask('ZADD', 's', 1, 'a'), WRONGTYPE);
  equal(ask('ZADD', 's', 'x', 'a'), NOT_FLOAT, 'the score is looked at first');
  equal(ask('ZINCRBY', 's', 1, 'a'), WRONGTYPE);
});
