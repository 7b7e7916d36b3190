// SSCAN: whole small sets, the promise to those that stay in a large one, and its clauses.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

const many = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => prefix + i);

commandTest('A packed set comes whole, whatever the count and the cursor', (ask) => {
  for (const members of [many(100, ''), many(100)]) {
    ask('DEL', 'k');
    ask('SADD', 'k', ...members);
    for (const cursor of [0, 12345]) {
      const [next, found] = ask('SSCAN', 'k', cursor, 'COUNT', 5) as [string, string[]];
      equal(next, '0');
      deepEqual(found.sort(), [...members].sort());
    }
  }
});

commandTest('A walk through a large set finds whatever stays in it', (ask) => {
  for (const count of [1, 10, 1000]) {
    ask('DEL', 'k');
    ask('SADD', 'k', ...many(3000));
    const seen = new Set<string>();
    let cursor = '0';
    let next = 0;
    do {
      const [position, found] = ask('SSCAN', 'k', cursor, 'COUNT', count) as [string, string[]];
      cursor = position;
      for (const member of found) seen.add(member);
      ok(found.length <= count * 10 + 20, `${found.length} members for a count of ${count}`);
      for (let i = 0; i < 5 && next < 1500; i++) {
        ask('SREM', 'k', `m${2 * next + 1}`);
        ask('SADD', 'k', `new${next++}`);
      }
    } while (cursor !== '0');
    for (const member of many(3000)) {
      if (Number(member.slice(1)) % 2 === 0) ok(seen.has(member), member);
    }
  }
});

commandTest('MATCH leaves out what does not match', (ask) => {
  ask('SADD', 'k', ...many(300), 'other');
  const [, found] = ask('SSCAN', 'k', 0, 'MATCH', 'o*', 'COUNT', 1000) as [string, string[]];
  deepEqual(found, ['other']);
  ask('SADD', 'small', 1, 10, 2);
  deepEqual(ask('SSCAN', 'small', 0, 'match', '1*'), ['0', ['1', '10']]);
});

commandTest('SSCAN checks the cursor, then the key, then the clauses', (ask) => {
  ask('SADD', 'k', 'a');
  equal(ask('SSCAN', 'absent', 'x'), '(error) ERR invalid cursor');
  deepEqual(ask('SSCAN', 'absent', 0, 'COUNT'), ['0', []]);
  equal(ask('SSCAN', 'k', 0, 'COUNT'), SYNTAX);
  equal(ask('SSCAN', 'k', 0, 'COUNT', 0), SYNTAX);
  equal(ask('SSCAN', 'k', 0, 'COUNT', 'x'), NOT_INTEGER);
  equal(ask('SSCAN', 'k', 0, 'FOO', 'x'), SYNTAX);
  equal(ask('SSCAN', 'k', 0, 'NOVALUES'), '(error) ERR NOVALUES option can only be used in HSCAN');
});
