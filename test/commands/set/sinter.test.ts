// SINTER, SUNION, SDIFF, their STORE forms and SINTERCARD, against JS sets for all combinations of
// forms. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import { commandTest, type Plain, SYNTAX } from '../command-test.js';

const sorted = (reply: Plain) => [...(reply as string[])].sort();
const many = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => prefix + i);

function expectedOf(name: string, sets: readonly Set<string>[]): string[] {
  const [first, ...others] = sets;
  if (name === 'SUNION') return [...new Set(sets.flatMap((set) => [...set]))].sort();
  const isKept =
    name === 'SINTER'
      ? (member: string) => others.every((set) => set.has(member))
      : (member: string) => !others.some((set) => set.has(member));
  return [...first].filter(isKept).sort();
}

commandTest('Intersections, unions and differences are those of JS sets', (ask) => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const below = (limit: number) => randomBelow(random, limit);
  const sets = new Map<string, Set<string>>();
  for (let i = 0; i < 12; i++) {
    const members = new Set<string>();
    const range = [20, 150, 900][i % 3];
    const isText = i % 4 > 1;
    for (let j = below(range); j >= 0; j--) members.add(`${isText ? 'm' : ''}${below(range)}`);
    if (i % 5 === 0) members.add('x'.repeat(100));
    if (i > 0) ask('SADD', `k${i}`, ...members);
    sets.set(`k${i}`, i > 0 ? members : new Set());
  }
  for (let round = 0; round < 400; round++) {
    const keys = Array.from({ length: 1 + below(7) }, () => `k${below(sets.size)}`);
    const sources = keys.map((key) => sets.get(key) ?? new Set<string>());
    const context = `seed ${seed}: ${keys}`;
    for (const name of ['SINTER', 'SUNION', 'SDIFF']) {
      const expected = expectedOf(name, sources);
      deepEqual(sorted(ask(name, ...keys)), expected, `${context}, ${name}`);
      if (round % 4 > 0) continue;
      // Now and then over a source, of which only its JS set is kept.
      const target = below(4) === 0 ? `k${below(sets.size)}` : 'target';
      equal(ask(`${name}STORE`, target, ...keys), expected.length, `${context}, ${name}`);
      deepEqual(sorted(ask('SMEMBERS', target)), expected);
      if (target !== 'target') sets.set(target, new Set(expected));
      sources.splice(0, sources.length, ...keys.map((key) => sets.get(key) ?? new Set<string>()));
    }
    const common = expectedOf('SINTER', sources).length;
    equal(ask('SINTERCARD', keys.length, ...keys), common, context);
    equal(ask('SINTERCARD', keys.length, ...keys, 'LIMIT', 3), Math.min(common, 3), context);
  }
});

commandTest('A stored result replaces a key of any type, with its deadline', (ask, commands) => {
  ask('SADD', 'a', 'x', 'y');
  ask('SADD', 'b', 'y', 'z');
  for (const [name, members] of [
    ['SINTERSTORE', ['y']],
    ['SUNIONSTORE', ['x', 'y', 'z']],
    ['SDIFFSTORE', ['x']],
  ] as const) {
    ask('SET', 'target', 'text', 'EX', 100);
    const { dirty } = commands.engine.keyspace;
    equal(ask(name, 'target', 'a', 'b'), members.length);
    equal(commands.engine.keyspace.dirty - dirty, 1, name);
    deepEqual(sorted(ask('SMEMBERS', 'target')), members);
    equal(ask('TTL', 'target'), -1);
  }
  commands.takeLog();
  ask('SUNIONSTORE', 'target', 'a', 'b');
  deepEqual(commands.takeLog(), [[0, 'SUNIONSTORE', 'target', 'a', 'b']]);
});

commandTest('An empty result deletes the destination', (ask, commands) => {
  ask('SADD', 'a', 'x');
  ask('SADD', 'b', 'y');
  for (const words of [
    ['SINTERSTORE', 'target', 'a', 'b'],
    ['SINTERSTORE', 'target', 'a', 'absent'],
    ['SUNIONSTORE', 'target', 'absent', 'absent'],
    ['SDIFFSTORE', 'target', 'absent', 'a'],
    ['SDIFFSTORE', 'target', 'a', 'b', 'a'],
    ['SDIFFSTORE', 'target', 'a', 'a'],
  ]) {
    ask('SET', 'target', 'text');
    const { dirty } = commands.engine.keyspace;
    equal(ask(...words), 0);
    equal(ask('EXISTS', 'target'), 0);
    equal(commands.engine.keyspace.dirty - dirty, 1);
    equal(ask(...words), 0);
    equal(commands.engine.keyspace.dirty - dirty, 1, 'nothing was there to delete');
  }
});

commandTest('A stored result has the form that its members ask for', (ask) => {
  ask('SADD', 'ints', ...many(500, ''));
  ask('SADD', 'more', ...many(600, ''));
  ask('SADD', 'texts', ...many(120));
  ask('SADD', 'mixed', ...many(200), '1', '2');
  for (const [encoding, ...words] of [
    ['intset', 'SINTERSTORE', 't', 'ints', 'more'],
    ['intset', 'SINTERSTORE', 't', 'mixed', 'more'],
    ['hashtable', 'SINTERSTORE', 't', 'more'],
    ['listpack', 'SINTERSTORE', 't', 'texts', 'mixed'],
    ['intset', 'SUNIONSTORE', 't', 'ints'],
    ['hashtable', 'SUNIONSTORE', 't', 'ints', 'more'],
    ['listpack', 'SUNIONSTORE', 't', 'texts'],
    ['hashtable', 'SUNIONSTORE', 't', 'ints', 'texts'],
    ['listpack', 'SDIFFSTORE', 't', 'texts', 'ints'],
    ['hashtable', 'SDIFFSTORE', 't', 'more', 'texts'],
    ['intset', 'SDIFFSTORE', 't', 'more', 'ints'],
  ]) {
    ask(...words);
    equal(ask('OBJECT', 'ENCODING', 't'), encoding, words.join(' '));
  }
});

commandTest('The difference has the form of the first set where Redis works on a copy', (ask) => {
  ask('SADD', 'large', ...many(600, ''));
  const others = Array.from({ length: 9 }, (_, i) => `o${i}`);
  for (const key of others) ask('SADD', key, ...many(60, ''), 'x');
  equal(ask('SDIFFSTORE', 't', 'large', ...others), 540);
  equal(ask('OBJECT', 'ENCODING', 't'), 'hashtable');
  for (const key of others) ask('SADD', key, ...many(599, ''));
  equal(ask('SDIFFSTORE', 't', 'large', ...others), 1);
  equal(ask('OBJECT', 'ENCODING', 't'), 'intset');
});

commandTest('SINTERCARD checks its arguments before it looks at a key', (ask) => {
  const numkeys = '(error) ERR numkeys should be greater than 0';
  const tooMany = "(error) ERR Number of keys can't be greater than number of args";
  const limit = "(error) ERR LIMIT can't be negative";
  ask('SET', 'text', 'v');
  ask('SADD', 's', 'a', 'b', 'c');
  for (const word of ['0', '-1', 'x', '99999999999999999999', '1.5']) {
    equal(ask('SINTERCARD', word, 's'), numkeys, word);
  }
  equal(ask('SINTERCARD', 2, 's'), tooMany);
  equal(ask('SINTERCARD', '9223372036854775807', 's'), tooMany);
  equal(ask('SINTERCARD', 1, 'text', 'LIMIT'), SYNTAX);
  equal(ask('SINTERCARD', 1, 'text', 'FOO', '1'), SYNTAX);
  equal(ask('SINTERCARD', 1, 'text', 'LIMIT', 'x'), limit);
  equal(ask('SINTERCARD', 1, 'text', 'LIMIT', '-1'), limit);
  equal(ask('SINTERCARD', 1, 's', 'limit', '2'), 2);
  equal(ask('SINTERCARD', 1, 's', 'LIMIT', '0'), 3);
  equal(ask('SINTERCARD', 1, 's', 'LIMIT', '1', 'LIMIT', '10'), 3);
});
