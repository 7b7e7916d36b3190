// Walking a hash. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type Commands, commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';

/** @returns all that a whole walk answers, and in how many calls */
function walk(ask: Commands['ask'], ...options: (string | number)[]): [string[], number] {
  const items: string[] = [];
  let cursor = '0';
  let calls = 0;
  do {
    const [next, part] = ask('HSCAN', 'h', cursor, ...options) as [string, string[]];
    items.push(...part);
    cursor = next;
    calls++;
  } while (cursor !== '0');
  return [items, calls];
}

commandTest('A small hash comes at once, whatever COUNT and cursor say', (ask) => {
  ask('HSET', 'h', 'a', '1', 'b', '2', 'ac', '3');
  deepEqual(ask('HSCAN', 'h', 0, 'COUNT', 1), ['0', ['a', '1', 'b', '2', 'ac', '3']]);
  deepEqual(ask('HSCAN', 'h', 55), ['0', ['a', '1', 'b', '2', 'ac', '3']]);
  deepEqual(ask('HSCAN', 'h', 0, 'MATCH', 'a*', 'NOVALUES'), ['0', ['a', 'ac']]);
});

commandTest('A large hash comes in parts, each field once', (ask) => {
  for (let i = 0; i < 2000; i++) ask('HSET', 'h', `f${i}`, `v${i}`);
  const [items, calls] = walk(ask);
  equal(items.length, 4000);
  ok(calls > 20);
  equal(new Set(items).size, 4000);
  const [fields, fewer] = walk(ask, 'COUNT', 500, 'NOVALUES');
  equal(new Set(fields).size, 2000);
  ok(fewer < calls);
  const [matching] = walk(ask, 'MATCH', 'f19?', 'COUNT', 100);
  equal(matching.length, 20);
});

commandTest('What is wrong is said in the order of Redis', (ask) => {
  equal(ask('HSCAN', 'h', 'x'), '(error) ERR invalid cursor');
  deepEqual(ask('HSCAN', 'h', 0, 'COUNT', 0), ['0', []], 'an absent key comes first');
  ask('HSET', 'h', 'a', '1');
  equal(ask('HSCAN', 'h', 0, 'COUNT', 0), SYNTAX);
  equal(ask('HSCAN', 'h', 0, 'COUNT', 'x'), NOT_INTEGER);
  equal(ask('HSCAN', 'h', 0, 'COUNT'), SYNTAX);
  equal(ask('HSCAN', 'h', 0, 'TYPE', 'hash'), SYNTAX);
  equal(ask('HSCAN', 'h', 0, 'NOSCORES'), '(error) ERR NOSCORES option can only be used in ZSCAN');
});
