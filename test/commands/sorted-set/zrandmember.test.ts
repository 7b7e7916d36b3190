// ZRANDMEMBER and ZSCAN.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type Commands, commandTest, NOT_INTEGER, SYNTAX, WRONGTYPE } from '../command-test.js';

const OUT_OF_RANGE = '(error) ERR value is out of range';
const BETWEEN = `${OUT_OF_RANGE}, value must between -9223372036854775807 and 9223372036854775807`;

function fill(ask: Commands['ask'], count: number): string[] {
  const members = Array.from({ length: count }, (_, i) => `m${i}`);
  for (const [i, member] of members.entries()) ask('ZADD', 'z', i, member);
  return members;
}

for (const count of [20, 500]) {
  commandTest(`Random members of ${count}`, (ask) => {
    const members = new Set(fill(ask, count));
    ok(members.has(ask('ZRANDMEMBER', 'z') as string));
    for (const asked of [1, 5, count >> 1, count - 1, count, count + 5]) {
      const picked = ask('ZRANDMEMBER', 'z', asked) as string[];
      equal(picked.length, Math.min(asked, count));
      equal(new Set(picked).size, picked.length, 'none comes twice');
      ok(picked.every((member) => members.has(member)));
    }
    const repeated = ask('ZRANDMEMBER', 'z', -3 * count) as string[];
    equal(repeated.length, 3 * count);
    ok(new Set(repeated).size < repeated.length);
    ok(repeated.every((member) => members.has(member)));
    for (const [member, score] of ask('ZRANDMEMBER', 'z', -9, 'WITHSCORES') as [string, number][]) {
      equal(member, `m${score}`);
    }
    ask('HELLO', 2);
    equal((ask('ZRANDMEMBER', 'z', 3, 'withscores') as unknown[]).length, 6);
  });
}

commandTest('Every member is picked sooner or later', (ask) => {
  const members = fill(ask, 200);
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    for (const member of ask('ZRANDMEMBER', 'z', i % 2 === 0 ? 30 : 100) as string[]) {
      seen.add(member);
    }
  }
  equal(seen.size, members.length);
});

commandTest('Of an absent key there is nothing, and counts are checked before it', (ask) => {
  equal(ask('ZRANDMEMBER', 'z'), null);
  deepEqual(ask('ZRANDMEMBER', 'z', 5), []);
  deepEqual(ask('ZRANDMEMBER', 'z', -5, 'WITHSCORES'), []);
  equal(ask('ZRANDMEMBER', 'z', 'x'), NOT_INTEGER);
  equal(ask('ZRANDMEMBER', 'z', 1, 'x'), SYNTAX);
  equal(ask('ZRANDMEMBER', 'z', 1, 'WITHSCORES', 'x'), SYNTAX);
  equal(ask('ZRANDMEMBER', 'z', '-9223372036854775808'), BETWEEN);
  equal(ask('ZRANDMEMBER', 'z', '9223372036854775807', 'WITHSCORES'), OUT_OF_RANGE);
  equal(ask('ZRANDMEMBER', 'z', '-9223372036854775807'), OUT_OF_RANGE);
  ask('SET', 's', 'x');
  equal(ask('ZRANDMEMBER', 's'), WRONGTYPE);
  equal(ask('ZRANDMEMBER', 's', 1), WRONGTYPE);
  ask('ZADD', 'z', 1, 'a');
  deepEqual(ask('ZRANDMEMBER', 'z', 0), []);
});

/** @returns all that a whole walk answers, and in how many calls */
function walk(ask: Commands['ask'], ...options: (string | number)[]): [string[], number] {
  const items: string[] = [];
  let cursor = '0';
  let calls = 0;
  do {
    const [next, part] = ask('ZSCAN', 'z', cursor, ...options) as [string, string[]];
    items.push(...part);
    cursor = next;
    calls++;
  } while (cursor !== '0');
  return [items, calls];
}

commandTest('ZSCAN gives a small sorted set at once and a large one in parts', (ask) => {
  ask('ZADD', 'z', 1, 'a', '2.5', 'b', 3, 'ac');
  deepEqual(ask('ZSCAN', 'z', 0, 'COUNT', 1), ['0', ['a', '1', 'b', '2.5', 'ac', '3']]);
  deepEqual(ask('ZSCAN', 'z', 55, 'MATCH', 'a*', 'NOSCORES'), ['0', ['a', 'ac']]);
  ask('DEL', 'z');
  fill(ask, 2000);
  const [items, calls] = walk(ask);
  equal(items.length, 4000);
  ok(calls > 20);
  for (let i = 0; i < items.length; i += 2) equal(items[i], `m${items[i + 1]}`);
  const [members, fewer] = walk(ask, 'COUNT', 500, 'NOSCORES');
  equal(new Set(members).size, 2000);
  ok(fewer < calls);
  equal(walk(ask, 'MATCH', 'm19?', 'COUNT', 100)[0].length, 20);
});

commandTest(
  'ZSCAN gives about as many members as COUNT says, all of them when it is large',
  (ask) => {
    const count = 6000;
    fill(ask, count);
    const [items, calls] = walk(ask, 'COUNT', 100, 'NOSCORES');
    equal(new Set(items).size, count);
    ok(calls > 50 && calls <= 60, `${calls} calls`);
    equal(walk(ask, 'COUNT', 10 * count, 'NOSCORES')[1], 1);
  },
);

commandTest('ZSCAN says what is wrong in the order of Redis', (ask) => {
  equal(ask('ZSCAN', 'z', 'x'), '(error) ERR invalid cursor');
  deepEqual(ask('ZSCAN', 'z', 0, 'COUNT', 0), ['0', []], 'an absent key comes first');
  ask('ZADD', 'z', 1, 'a');
  equal(ask('ZSCAN', 'z', 0, 'COUNT', 0), SYNTAX);
  equal(ask('ZSCAN', 'z', 0, 'COUNT', 'x'), NOT_INTEGER);
  equal(ask('ZSCAN', 'z', 0, 'COUNT'), SYNTAX);
  equal(ask('ZSCAN', 'z', 0, 'NOVALUES'), '(error) ERR NOVALUES option can only be used in HSCAN');
  ask('SET', 's', 'x');
  equal(ask('ZSCAN', 's', 0), WRONGTYPE);
});
