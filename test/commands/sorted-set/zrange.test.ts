// ZRANGE in all its ways, its older spellings, and ZRANGESTORE, against plain arrays.

import { deepEqual, equal } from 'node:assert/strict';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import {
  type Commands,
  commandTest,
  NOT_INTEGER,
  type Plain,
  SYNTAX,
  WRONGTYPE,
} from '../command-test.js';

type Ask = Commands['ask'];

/** Fills `z` with m000 .. @returns members in order, with scores three of which are alike */
function fill(ask: Ask, count: number): [string, number][] {
  const entries = Array.from({ length: count }, (_, i): [string, number] => [
    `m${String(i).padStart(3, '0')}`,
    Math.floor(i / 3),
  ]);
  for (const [member, score] of entries) ask('ZADD', 'z', score, member);
  return entries;
}

function names(entries: readonly [string, number][]): string[] {
  return entries.map(([member]) => member);
}

for (const count of [60, 400]) {
  commandTest(`Ranges of ${count} members by rank`, (ask) => {
    const all = names(fill(ask, count));
    const seed = randomSeed();
    const random = new SeededRandom(seed);
    const rank = () => randomBelow(random, count * 3) - count - (count >> 1);
    for (let i = 0; i < 200; i++) {
      const [first, last] = [rank(), rank()];
      const from = Math.max(0, first < 0 ? first + count : first);
      const to = (last < 0 ? last + count : last) + 1;
      const context = `seed ${seed}: ${first} ${last}`;
      deepEqual(ask('ZRANGE', 'z', first, last), all.slice(from, Math.max(0, to)), context);
      const down = [...all].reverse().slice(from, Math.max(0, to));
      deepEqual(ask('ZRANGE', 'z', first, last, 'REV'), down, context);
      deepEqual(ask('ZREVRANGE', 'z', first, last), down, context);
    }
  });

  commandTest(`Ranges of ${count} members by score`, (ask) => {
    const all = fill(ask, count);
    const seed = randomSeed();
    const random = new SeededRandom(seed);
    for (let i = 0; i < 200; i++) {
      const [min, max] = [0, 1].map(() => randomBelow(random, count / 2) - 5);
      const [after, before] = [0, 1].map(() => randomBelow(random, 2) === 1);
      const found = all.filter(
        ([, score]) =>
          (after ? score > min : score >= min) && (before ? score < max : score <= max),
      );
      const bounds = [`${after ? '(' : ''}${min}`, `${before ? '(' : ''}${max}`];
      const [offset, limit] = [randomBelow(random, 6), randomBelow(random, 9) - 1];
      const cut = (entries: [string, number][]) =>
        names(entries).slice(offset, limit < 0 ? undefined : offset + limit);
      const context = `seed ${seed}: ${bounds} ${offset} ${limit}`;
      const limits = ['LIMIT', offset, limit];
      deepEqual(ask('ZRANGEBYSCORE', 'z', ...bounds), names(found), context);
      deepEqual(ask('ZRANGE', 'z', ...bounds, 'BYSCORE', ...limits), cut(found), context);
      const down = [...found].reverse();
      const [lower, upper] = bounds;
      deepEqual(ask('ZREVRANGEBYSCORE', 'z', upper, lower, ...limits), cut(down), context);
      const reverse = ask('ZRANGE', 'z', upper, lower, 'REV', 'BYSCORE');
      deepEqual(reverse, names(down), context);
    }
  });

  commandTest(`Ranges of ${count} members by member`, (ask) => {
    for (let i = 0; i < count; i++) ask('ZADD', 'z', 1, `m${String(i).padStart(3, '0')}`);
    deepEqual(ask('ZRANGEBYLEX', 'z', '[m010', '(m013'), ['m010', 'm011', 'm012']);
    deepEqual(ask('ZREVRANGEBYLEX', 'z', '(m013', '(m010'), ['m012', 'm011']);
    deepEqual(ask('ZRANGE', 'z', '-', '+', 'BYLEX', 'LIMIT', 2, 2), ['m002', 'm003']);
    deepEqual(ask('ZRANGE', 'z', '+', '-', 'BYLEX', 'REV', 'LIMIT', 0, 1), [
      `m${String(count - 1).padStart(3, '0')}`,
    ]);
    deepEqual(ask('ZRANGEBYLEX', 'z', '[n', '+'), []);
    deepEqual(ask('ZRANGEBYLEX', 'z', '+', '-'), []);
  });
}

commandTest('Scores come flat in RESP2 and in pairs in RESP3', (ask) => {
  ask('ZADD', 'z', 1, 'a', '2.5', 'b');
  deepEqual(ask('ZRANGE', 'z', 0, -1, 'WITHSCORES'), [
    ['a', 1],
    ['b', 2.5],
  ]);
  ask('HELLO', 2);
  deepEqual(ask('ZRANGE', 'z', 0, -1, 'withscores'), ['a', 1, 'b', 2.5]);
  deepEqual(ask('ZREVRANGEBYSCORE', 'z', 9, 0, 'WITHSCORES', 'LIMIT', 0, 1), ['b', 2.5]);
  deepEqual(ask('ZRANGE', 'absent', 0, -1, 'WITHSCORES'), []);
});

commandTest('A negative offset takes nothing', (ask) => {
  fill(ask, 10);
  deepEqual(ask('ZRANGEBYSCORE', 'z', 0, 9, 'LIMIT', -1, 5), []);
  deepEqual(ask('ZRANGEBYSCORE', 'z', 0, 9, 'LIMIT', 100, 5), []);
  deepEqual(ask('ZRANGEBYSCORE', 'z', 0, 9, 'LIMIT', 8, -5), ['m008', 'm009']);
});

commandTest('What is wrong with a range is said in the order of Redis', (ask) => {
  ask('SET', 's', 'x');
  const limit =
    '(error) ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX';
  const scores = '(error) ERR syntax error, WITHSCORES not supported in combination with BYLEX';
  equal(ask('ZRANGE', 's', 'x', 1), NOT_INTEGER);
  equal(ask('ZRANGE', 's', 0, 1, 'LIMIT', 0, 1), limit);
  equal(ask('ZREVRANGE', 's', 0, 1, 'LIMIT', 0, 1), limit);
  equal(ask('ZRANGE', 's', 'x', 1, 'BYLEX', 'WITHSCORES'), scores);
  equal(ask('ZRANGEBYLEX', 's', 'x', 1, 'WITHSCORES'), scores);
  equal(ask('ZRANGE', 's', 'x', 1, 'BYSCORE'), '(error) ERR min or max is not a float');
  const lex = '(error) ERR min or max not valid string range item';
  equal(ask('ZRANGE', 's', 'x', '+', 'BYLEX'), lex);
  equal(ask('ZRANGE', 's', 0, 1, 'BYSCORE', 'LIMIT', 'x', 1), NOT_INTEGER);
  for (const options of [['BYSCORE', 'BYLEX'], ['x'], ['LIMIT', 1], ['REV', 'REV']]) {
    equal(ask('ZRANGE', 's', 0, 1, ...options), SYNTAX, String(options));
  }
  equal(ask('ZREVRANGE', 's', 0, 1, 'REV'), SYNTAX);
  equal(ask('ZRANGEBYSCORE', 's', 0, 1, 'BYLEX'), SYNTAX);
  equal(ask('ZRANGESTORE', 'd', 's', 0, 1, 'WITHSCORES'), SYNTAX);
  for (const name of ['ZRANGE', 'ZREVRANGE', 'ZRANGEBYSCORE']) {
    equal(ask(name, 's', 0, 1), WRONGTYPE, name);
  }
  equal(ask('ZRANGESTORE', 'd', 's', 0, 1), WRONGTYPE);
});

commandTest('ZRANGESTORE stores a range in the form that fits', (ask) => {
  const all = fill(ask, 400);
  const stored = (): Plain => ask('ZRANGE', 'd', 0, -1);
  equal(ask('ZRANGESTORE', 'd', 'z', 0, 127), 128);
  equal(ask('OBJECT', 'ENCODING', 'd'), 'listpack');
  deepEqual(stored(), names(all).slice(0, 128));
  equal(ask('ZRANGESTORE', 'd', 'z', 0, 128, 'REV'), 129);
  equal(ask('OBJECT', 'ENCODING', 'd'), 'skiplist');
  deepEqual(stored(), names(all).slice(-129));
  equal(ask('ZRANGESTORE', 'd', 'z', 5, 9, 'BYSCORE', 'LIMIT', 1, 3), 3);
  deepEqual(ask('ZRANGE', 'd', 0, -1, 'WITHSCORES'), all.slice(16, 19));
  equal(ask('ZRANGESTORE', 'z', 'z', 0, 1), 2, 'a source may be the destination');
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['m000', 'm001']);
});

commandTest('ZRANGESTORE of nothing removes what was there', (ask, commands) => {
  fill(ask, 5);
  ask('SET', 'd', 'x', 'EX', 100);
  equal(ask('ZRANGESTORE', 'd', 'z', 7, 9), 0);
  equal(ask('EXISTS', 'd'), 0);
  commands.takeLog();
  const { dirty } = commands.engine.keyspace;
  equal(ask('ZRANGESTORE', 'd', 'absent', 0, -1), 0);
  equal(commands.engine.keyspace.dirty, dirty);
  deepEqual(commands.takeLog(), []);
  ask('SET', 'd', 'x', 'EX', 100);
  equal(ask('ZRANGESTORE', 'd', 'z', 0, 0), 1);
  equal(ask('TTL', 'd'), -1, 'a new value has no deadline');
});
