// Setting fields of a hash, one or many, new or known.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { ArenaFullError } from '../../../engine/memory/chunks.js';
import { commandTest } from '../command-test.js';

const wrongArity = (command: string) =>
  `(error) ERR wrong number of arguments for '${command}' command`;

commandTest('HSET makes the hash and counts the fields that are new', (ask, commands) => {
  equal(ask('HSET', 'h', 'a', '1', 'b', 'two'), 2);
  equal(ask('HSET', 'h', 'a', 'one', 'c', '3'), 1);
  equal(ask('HSET', 'h', 'a', 'x', 'a', 'y'), 0);
  deepEqual(ask('HMGET', 'h', 'a', 'b', 'c', 'd'), ['y', 'two', '3', null]);
  equal(ask('HSET', 'i', 'a', '1', 'a', '2', 'b', '3'), 2);
  deepEqual(
    ask('HGETALL', 'i'),
    new Map([
      ['a', '2'],
      ['b', '3'],
    ]),
  );
  deepEqual(commands.takeLog()[0], [0, 'HSET', 'h', 'a', '1', 'b', 'two']);
});

commandTest('HSET counts one change for each pair', (ask, { engine }) => {
  const { dirty } = engine.keyspace;
  ask('HSET', 'h', 'a', '1', 'b', '2', 'a', '3');
  equal(engine.keyspace.dirty, dirty + 3);
  ask('HSETNX', 'h', 'a', '1');
  equal(engine.keyspace.dirty, dirty + 3);
});

commandTest('HMSET answers OK', (ask) => {
  equal(ask('HMSET', 'h', 'a', '1', 'b', '2'), 'OK');
  equal(ask('HLEN', 'h'), 2);
});

commandTest('A field without a value is an error of arity', (ask) => {
  for (const name of ['HSET', 'HMSET']) {
    equal(ask(name, 'h', 'a', '1', 'b'), wrongArity(name.toLowerCase()));
    equal(ask(name, 'h', 'a'), wrongArity(name.toLowerCase()));
  }
  equal(ask('EXISTS', 'h'), 0);
});

commandTest('HSETNX sets only what is not there', (ask, commands) => {
  equal(ask('HSETNX', 'h', 'a', '1'), 1);
  equal(ask('HSETNX', 'h', 'a', '2'), 0);
  equal(ask('HSETNX', 'h', 'b', '2'), 1);
  deepEqual(ask('HMGET', 'h', 'a', 'b'), ['1', '2']);
  equal(commands.takeLog().length, 2);
});

commandTest('Fields and values are bytes of any length', (ask) => {
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  ask('HSET', 'h', bytes, bytes, '', '');
  equal(ask('HGET', 'h', bytes), bytes.toString('latin1'));
  equal(ask('HGET', 'h', ''), '');
  const long = 'v'.repeat(100_000);
  ask('HSET', 'h', long, long);
  equal(ask('HGET', 'h', long), long);
  equal(ask('HSTRLEN', 'h', long), 100_000);
  ask('HSET', 'h', long, 'short');
  equal(ask('HGET', 'h', long), 'short');
});

commandTest('A number comes back with the very bytes it had', (ask) => {
  const texts = ['0', '-1', '127', '128', '65536', '9223372036854775807', '-9223372036854775808'];
  const others = ['00', '+1', '-0', '1.0', '9223372036854775808', ' 1', '1e3'];
  for (const text of [...texts, ...others]) ask('HSET', 'h', text, text);
  for (const text of [...texts, ...others]) equal(ask('HGET', 'h', text), text);
});

commandTest('A hash changes its form at the configured limits', (ask) => {
  ask('CONFIG', 'SET', 'hash-max-listpack-entries', '2', 'hash-max-listpack-value', '5');
  ask('HSET', 'h', 'a', '12345', 'b', '2');
  equal(ask('OBJECT', 'ENCODING', 'h'), 'listpack');
  ask('HSET', 'h', 'c', '3');
  equal(ask('OBJECT', 'ENCODING', 'h'), 'hashtable');
  ask('HDEL', 'h', 'c', 'b');
  equal(ask('OBJECT', 'ENCODING', 'h'), 'hashtable');
  ask('HSET', 'i', 'a', '123456');
  equal(ask('OBJECT', 'ENCODING', 'i'), 'hashtable');
  ask('HSET', 'j', 'a', '1');
  ask('HINCRBY', 'j', 'a', '123456');
  equal(ask('OBJECT', 'ENCODING', 'j'), 'hashtable');
  // The replay knows other limits, and a payload shows the form.
  ask('DEL', 'h', 'i', 'j');
});

commandTest('A field that is set loses its deadline', (ask) => {
  ask('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
  ask('HEXPIRE', 'h', 10, 'FIELDS', 3, 'a', 'b', 'c');
  ask('HSET', 'h', 'a', 'x');
  ask('HMSET', 'h', 'b', 'longer than it was');
  deepEqual(ask('HTTL', 'h', 'FIELDS', 3, 'a', 'b', 'c'), [-1, -1, 10]);
});

commandTest('What was set before memory ran out is logged', (ask, commands) => {
  const { arena } = commands.engine.keyspace.databases[0];
  const allocate = arena.allocate.bind(arena);
  const pairs = Array.from({ length: 600 }, (_, i) => [`f${i}`, `v${i}`]).flat();
  const outOfMemory = (after: number, ...words: string[]) => {
    let left = after;
    arena.allocate = (size) => {
      if (left-- <= 0) throw new ArenaFullError('no more');
      return allocate(size);
    };
    const answer = ask(...words);
    arena.allocate = allocate;
    return answer;
  };
  for (const after of [0, 1, 2, 3, 50]) {
    match(String(outOfMemory(after, 'HSET', 'h', ...pairs)), /^\(error\) OOM/, String(after));
  }
  ok((ask('HLEN', 'h') as number) > 40);
  match(String(outOfMemory(20, 'HSET', 'h', ...pairs.reverse())), /^\(error\) OOM/);
  equal(ask('HSET', 'h', 'f0', 'last'), 0);
  const logged = new Map<string, string>();
  for (const [, , , ...words] of commands.takeLog()) {
    for (let i = 0; i < words.length; i += 2) logged.set(words[i], words[i + 1]);
  }
  deepEqual(sorted(ask('HGETALL', 'h') as Map<string, string>), sorted(logged));
  // The replay sets fewer fields at once, and so gives the hash another form.
  ask('DEL', 'h');
});

function sorted(fields: Map<string, string>): [string, string][] {
  return [...fields].sort();
}
