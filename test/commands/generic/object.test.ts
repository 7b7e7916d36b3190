// OBJECT and its subcommands. Each test also replays what was logged and compares the datasets.

import { equal, match } from 'node:assert/strict';
import { commandTest } from '../command-test.js';

const SHARED = 2 ** 31 - 1;

commandTest('OBJECT answers null for absent keys', (ask) => {
  for (const name of ['ENCODING', 'FREQ', 'IDLETIME', 'REFCOUNT']) {
    equal(ask('OBJECT', name, 'absent'), null, name);
  }
});

commandTest(
  'OBJECT IDLETIME counts seconds since the last use, and asking is none',
  (ask, { clock }) => {
    ask('SET', 'k', 'v');
    clock.advance(10_000);
    equal(ask('OBJECT', 'IDLETIME', 'k'), 10);
    ask('TTL', 'k');
    ask('TYPE', 'k');
    ask('EXISTS', 'k');
    clock.advance(1000);
    equal(ask('OBJECT', 'IDLETIME', 'k'), 11);
    ask('GET', 'k');
    equal(ask('OBJECT', 'IDLETIME', 'k'), 0);
  },
);

commandTest('OBJECT FREQ and IDLETIME depend on the policy', (ask, { engine }) => {
  ask('SET', 'k', 'v');
  match(
    String(ask('OBJECT', 'FREQ', 'k')),
    /^\(error\) ERR An LFU maxmemory policy is not selected, /,
  );
  engine.config.set([['maxmemory-policy', 'allkeys-lfu']], false);
  match(
    String(ask('OBJECT', 'IDLETIME', 'k')),
    /^\(error\) ERR An LFU maxmemory policy is selected, /,
  );
  ask('SET', 'l', 'v');
  equal(ask('OBJECT', 'FREQ', 'l'), 5);
});

commandTest(
  'OBJECT REFCOUNT tells small integers from others where Redis shares them',
  (ask, { engine }) => {
    ask('MSET', 'a', '0', 'b', '9999', 'c', '10000', 'd', '-1', 'e', 'text');
    for (const [key, count] of [
      ['a', SHARED],
      ['b', SHARED],
      ['c', 1],
      ['d', 1],
      ['e', 1],
    ]) {
      equal(ask('OBJECT', 'REFCOUNT', key), count, String(key));
    }
    engine.config.set(
      [
        ['maxmemory', '1gb'],
        ['maxmemory-policy', 'allkeys-lru'],
      ],
      false,
    );
    equal(ask('OBJECT', 'REFCOUNT', 'a'), 1);
    engine.config.set([['maxmemory-policy', 'allkeys-random']], false);
    equal(ask('OBJECT', 'REFCOUNT', 'a'), SHARED);
  },
);

commandTest('OBJECT checks subcommand and arity', (ask) => {
  match(String(ask('OBJECT', 'FOO', 'k')), /unknown subcommand 'FOO'. Try OBJECT HELP\./);
  match(
    String(ask('OBJECT', 'ENCODING')),
    /wrong number of arguments for 'object\|encoding' command/,
  );
  match((ask('OBJECT', 'HELP') as string[])[0], /^OBJECT <subcommand>/);
});
