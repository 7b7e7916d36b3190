// ZUNION, ZINTER, ZDIFF, their STORE forms and ZINTERCARD, over sorted sets, sets and absent keys.

import { deepEqual, equal } from 'node:assert/strict';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import { type Commands, commandTest, NOT_INTEGER, SYNTAX, WRONGTYPE } from '../command-test.js';

type Ask = Commands['ask'];
type Scores = Map<string, number>;

function put(ask: Ask, key: string, scores: Scores): void {
  for (const [member, score] of scores) ask('ZADD', key, score, member);
}

function inOrder(scores: Scores): [string, number][] {
  return [...scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

commandTest('Small sets are united, intersected and subtracted', (ask) => {
  ask('ZADD', 'a', 1, 'x', 2, 'y', 3, 'z');
  ask('ZADD', 'b', 10, 'y', 20, 'z', 30, 'w');
  deepEqual(ask('ZUNION', 2, 'a', 'b'), ['x', 'y', 'z', 'w']);
  deepEqual(ask('ZUNION', 2, 'a', 'b', 'WITHSCORES'), [
    ['x', 1],
    ['y', 12],
    ['z', 23],
    ['w', 30],
  ]);
  deepEqual(ask('ZINTER', 2, 'a', 'b', 'WEIGHTS', 2, 1, 'AGGREGATE', 'MAX', 'WITHSCORES'), [
    ['y', 10],
    ['z', 20],
  ]);
  deepEqual(ask('ZINTER', 2, 'a', 'b', 'aggregate', 'min'), ['y', 'z']);
  deepEqual(ask('ZDIFF', 2, 'a', 'b', 'withscores'), [['x', 1]]);
  deepEqual(ask('ZDIFF', 3, 'b', 'absent', 'a'), ['w']);
  deepEqual(ask('ZINTER', 2, 'a', 'absent'), []);
  deepEqual(ask('ZUNION', 2, 'absent', 'absent', 'WITHSCORES'), []);
  ask('HELLO', 2);
  deepEqual(ask('ZUNION', 1, 'a', 'WITHSCORES'), ['x', 1, 'y', 2, 'z', 3]);
});

commandTest('Members of sets have the score 1', (ask) => {
  ask('ZADD', 'a', 5, 'x', 6, '7');
  ask('SADD', 's', 'x', 'y');
  ask('SADD', 'i', 7, 8);
  deepEqual(ask('ZUNION', 3, 'a', 's', 'i', 'WEIGHTS', 1, 10, 100, 'WITHSCORES'), [
    ['y', 10],
    ['x', 15],
    ['8', 100],
    ['7', 106],
  ]);
  deepEqual(ask('ZINTER', 2, 'i', 'a', 'WITHSCORES'), [['7', 7]]);
  deepEqual(ask('ZDIFF', 2, 's', 'a', 'WITHSCORES'), [['y', 1]]);
  equal(ask('ZINTERCARD', 2, 's', 'a'), 1);
  equal(ask('ZUNIONSTORE', 's', 1, 's'), 2);
  equal(ask('TYPE', 's'), 'zset');
});

commandTest('Random sets of either form, against maps', (ask) => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 20; run++) {
    const span = run % 2 === 0 ? 40 : 400;
    const sets = [0, 1, 2].map((key): Scores => {
      const scores: Scores = new Map();
      const size = randomBelow(random, span);
      for (let i = 0; i < size; i++) {
        scores.set(`m${randomBelow(random, span)}`, randomBelow(random, 50));
      }
      ask('DEL', `k${key}`);
      put(ask, `k${key}`, scores);
      return scores;
    });
    const [first, second, third] = sets;
    const weights = [2, 1, 3];
    const union: Scores = new Map();
    for (const [i, scores] of sets.entries()) {
      for (const [member, score] of scores) {
        union.set(member, (union.get(member) ?? 0) + score * weights[i]);
      }
    }
    const shared = new Map([...union].filter(([m]) => sets.every((scores) => scores.has(m))));
    const left = new Map([...first].filter(([m]) => !second.has(m) && !third.has(m)));
    const keys = [3, 'k0', 'k1', 'k2'];
    const options = ['WEIGHTS', ...weights];
    deepEqual(ask('ZUNION', ...keys, ...options, 'WITHSCORES'), inOrder(union), `seed ${seed}`);
    deepEqual(ask('ZINTER', ...keys, ...options, 'WITHSCORES'), inOrder(shared), `seed ${seed}`);
    deepEqual(ask('ZDIFF', ...keys, 'WITHSCORES'), inOrder(left), `seed ${seed}`);
    equal(ask('ZINTERCARD', ...keys), shared.size, `seed ${seed}`);
    equal(ask('ZINTERCARD', ...keys, 'LIMIT', 5), Math.min(5, shared.size), `seed ${seed}`);
    for (const [name, result] of [
      ['ZUNIONSTORE', union],
      ['ZINTERSTORE', shared],
    ] as const) {
      equal(ask(name, 'd', ...keys, ...options), result.size, `seed ${seed}`);
      deepEqual(ask('ZRANGE', 'd', 0, -1, 'WITHSCORES'), inOrder(result), `seed ${seed}`);
      const encoding = result.size === 0 ? null : result.size > 128 ? 'skiplist' : 'listpack';
      equal(ask('OBJECT', 'ENCODING', 'd'), encoding, `seed ${seed}`);
    }
    equal(ask('ZDIFFSTORE', 'd', ...keys), left.size, `seed ${seed}`);
    deepEqual(ask('ZRANGE', 'd', 0, -1, 'WITHSCORES'), inOrder(left), `seed ${seed}`);
  }
});

commandTest('Infinities that cancel out, and 0 times one, are 0', (ask) => {
  ask('ZADD', 'a', '+inf', 'x', 5, 'y');
  ask('ZADD', 'b', '-inf', 'x', 5, 'y');
  deepEqual(ask('ZUNION', 2, 'a', 'b', 'WITHSCORES'), [
    ['x', 0],
    ['y', 10],
  ]);
  deepEqual(ask('ZUNION', 1, 'a', 'WEIGHTS', 0, 'WITHSCORES'), [
    ['x', 0],
    ['y', 0],
  ]);
  deepEqual(ask('ZINTER', 2, 'a', 'b', 'WEIGHTS', 1, 0, 'WITHSCORES'), [
    ['x', 0],
    ['y', 5],
  ]);
});

commandTest('A stored result takes the place of whatever was there', (ask, commands) => {
  ask('ZADD', 'a', 1, 'x');
  ask('SET', 'd', 'text', 'EX', 100);
  const { keyspace } = commands.engine;
  const { dirty } = keyspace;
  equal(ask('ZUNIONSTORE', 'd', 1, 'a'), 1);
  equal(keyspace.dirty, dirty + 1);
  equal(ask('TTL', 'd'), -1);
  equal(ask('ZINTERSTORE', 'd', 2, 'a', 'absent'), 0);
  equal(ask('EXISTS', 'd'), 0);
  equal(keyspace.dirty, dirty + 2);
  commands.takeLog();
  equal(ask('ZDIFFSTORE', 'd', 2, 'a', 'a'), 0);
  deepEqual(commands.takeLog(), []);
  equal(ask('ZUNIONSTORE', 'a', 2, 'a', 'a', 'WEIGHTS', 2, 3), 1);
  equal(ask('ZSCORE', 'a', 'x'), 5);
  ask('ZADD', 'long', 1, 'x'.repeat(65));
  ask('ZUNIONSTORE', 'd', 2, 'a', 'long');
  equal(ask('OBJECT', 'ENCODING', 'd'), 'skiplist');
  ask('ZDIFFSTORE', 'd', 2, 'd', 'long');
  equal(ask('OBJECT', 'ENCODING', 'd'), 'listpack');
});

commandTest('No result leaves anything in memory', (ask, { engine }) => {
  for (let i = 0; i < 500; i++) ask('ZADD', 'a', i, `m${i}`);
  const { usedBytes } = engine.keyspace;
  for (const name of ['ZUNION', 'ZINTER', 'ZDIFF']) ask(name, 1, 'a');
  while (!engine.keyspace.lazyFree.step(1000));
  equal(engine.keyspace.usedBytes, usedBytes);
});

commandTest('What is wrong is said in the order of Redis', (ask) => {
  ask('SET', 's', 'x');
  equal(ask('ZUNION', 'x', 's'), NOT_INTEGER);
  const none = "(error) ERR at least 1 input key is needed for 'zinterstore' command";
  equal(ask('ZINTERSTORE', 'd', 0, 's'), none);
  equal(ask('ZUNION', 2, 's'), SYNTAX);
  equal(ask('ZUNION', 1, 's', 'x'), WRONGTYPE);
  equal(ask('ZDIFF', 1, 's'), WRONGTYPE);
  equal(ask('ZUNION', 1, 'a', 'WEIGHTS'), SYNTAX);
  equal(ask('ZUNION', 1, 'a', 'WEIGHTS', 'x'), '(error) ERR weight value is not a float');
  equal(ask('ZUNION', 1, 'a', 'AGGREGATE', 'x'), SYNTAX);
  equal(ask('ZUNIONSTORE', 'd', 1, 'a', 'WITHSCORES'), SYNTAX);
  equal(ask('ZDIFF', 1, 'a', 'WEIGHTS', 1), SYNTAX);
  equal(ask('ZINTERCARD', 1, 'a', 'LIMIT', -1), "(error) ERR LIMIT can't be negative");
  equal(ask('ZINTERCARD', 1, 'a', 'LIMIT'), SYNTAX);
  equal(ask('ZINTERCARD', 1, 'a', 'WITHSCORES'), SYNTAX);
});
