// SCAN and its options. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type Commands, commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

const INVALID_CURSOR = '(error) ERR invalid cursor';

/** Walks to the end. @returns the keys in the order they came, repeats included */
function scanAll(ask: Commands['ask'], ...clauses: (string | number)[]): string[] {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = ask('SCAN', cursor, ...clauses) as [string, string[]];
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}

commandTest('SCAN of an empty database is over at once', (ask) => {
  deepEqual(ask('SCAN', 0), ['0', []]);
});

commandTest('SCAN returns every key of a table at rest exactly once', (ask) => {
  for (let i = 0; i < 3000; i++) ask('SET', `key:${i}`, i);
  for (const count of [1, 7, 10, 1000, 100_000]) {
    const keys = scanAll(ask, 'COUNT', count);
    equal(keys.length, 3000);
    equal(new Set(keys).size, 3000);
  }
});

commandTest('SCAN returns at least COUNT keys in a full table, and not many more', (ask) => {
  for (let i = 0; i < 3000; i++) ask('SET', `key:${i}`, i);
  const [, keys] = ask('SCAN', 0, 'COUNT', 100) as [string, string[]];
  ok(keys.length >= 100 && keys.length < 130, String(keys.length));
});

commandTest('SCAN misses no key that stays while others come and go', (ask) => {
  for (let i = 0; i < 500; i++) ask('SET', `stay:${i}`, i);
  const seen = new Set<string>();
  let cursor = '0';
  let round = 0;
  do {
    const [next, found] = ask('SCAN', cursor, 'COUNT', 5) as [string, string[]];
    for (const key of found) seen.add(key);
    cursor = next;
    const names = Array.from({ length: 60 }, (_, i) => `go:${round}:${i}`);
    if (round < 40) for (const name of names) ask('SET', name, 'v');
    if (round > 10) for (let i = 0; i < 60; i++) ask('DEL', `go:${round - 10}:${i}`);
    round++;
  } while (cursor !== '0');
  equal([...seen].filter((key) => key.startsWith('stay:')).length, 500);
});

commandTest('SCAN filters by MATCH and TYPE', (ask) => {
  for (let i = 0; i < 100; i++) ask('SET', `a:${i}`, i);
  for (let i = 0; i < 100; i++) ask('SET', `b:${i}`, i);
  equal(scanAll(ask, 'MATCH', 'a:*').length, 100);
  equal(scanAll(ask, 'MATCH', '*', 'TYPE', 'STRING').length, 200);
  equal(scanAll(ask, 'TYPE', 'list').length, 0);
  equal(scanAll(ask, 'MATCH', 'b:1?', 'COUNT', 3, 'TYPE', 'string').length, 10);
  ask('SET', '', 'v');
  equal(scanAll(ask, 'MATCH', '*').length, 201);
});

commandTest('SCAN deletes the expired keys that it would have returned', (ask, { clock }) => {
  for (let i = 0; i < 50; i++) ask('SET', `live${i}`, 'v');
  for (let i = 0; i < 50; i++) ask('SET', `dead${i}`, 'v', 'PX', 5);
  clock.advance(5);
  equal(scanAll(ask, 'TYPE', 'hash').length, 0);
  equal(ask('DBSIZE'), 100);
  equal(scanAll(ask).length, 50);
  equal(ask('DBSIZE'), 50);
});

commandTest('SCAN takes any 64-bit cursor and refuses others before its clauses', (ask) => {
  ask('SET', 'k', 'v');
  for (const cursor of ['x', '', '-1', '1x', '18446744073709551616', '1.0', '0x1']) {
    equal(ask('SCAN', cursor, 'FOO'), INVALID_CURSOR, cursor);
  }
  deepEqual(ask('SCAN', '18446744073709551615'), ['0', []]);
  deepEqual(ask('SCAN', '4294967296'), ['0', []]);
  deepEqual(ask('SCAN', '00'), ['0', ['k']]);
});

commandTest('SCAN checks its clauses', (ask) => {
  equal(ask('SCAN', 0, 'COUNT', 'x'), NOT_INTEGER);
  equal(ask('SCAN', 0, 'COUNT', 0), SYNTAX);
  equal(ask('SCAN', 0, 'COUNT', -5), SYNTAX);
  equal(ask('SCAN', 0, 'COUNT'), SYNTAX);
  equal(ask('SCAN', 0, 'FOO', 'bar'), SYNTAX);
  equal(ask('SCAN', 0, 'TYPE', 'string1'), "(error) ERR unknown type name 'string1'");
  deepEqual(ask('SCAN', 0, 'COUNT', '9223372036854775807'), ['0', []]);
});
