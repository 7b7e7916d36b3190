// Deadlines of fields: setting, reading and taking them away, and what happens when they pass.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, match } from 'node:assert/strict';
import { ArenaFullError } from '../../../engine/memory/chunks.js';
import { type Commands, commandTest, NOT_INTEGER, SYNTAX } from '../command-test.js';
import { FIELD_COUNT } from './field-errors.js';

const invalidExpire = (command: string) =>
  `(error) ERR invalid expire time in '${command}' command`;

function abc(ask: Commands['ask']): void {
  ask('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
}

commandTest(
  'The HEXPIRE family sets deadlines, and HTTL and its kin tell them',
  (ask, commands) => {
    const now = commands.clock.now();
    abc(ask);
    deepEqual(ask('HTTL', 'h', 'FIELDS', 2, 'a', 'x'), [-1, -2]);
    deepEqual(ask('HEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'x'), [1, -2]);
    deepEqual(ask('HPTTL', 'h', 'FIELDS', 2, 'a', 'b'), [10_000, -1]);
    deepEqual(ask('HPEXPIRE', 'h', 1499, 'FIELDS', 1, 'a'), [1]);
    deepEqual(ask('HTTL', 'h', 'FIELDS', 1, 'a'), [1], 'seconds are rounded to the nearest');
    deepEqual(ask('HPEXPIRE', 'h', 1500, 'FIELDS', 1, 'b'), [1]);
    deepEqual(ask('HTTL', 'h', 'FIELDS', 1, 'b'), [2]);
    deepEqual(ask('HEXPIREAT', 'h', now / 1000 + 5, 'FIELDS', 1, 'c'), [1]);
    deepEqual(ask('HPEXPIRETIME', 'h', 'FIELDS', 1, 'c'), [now + 5000]);
    deepEqual(ask('HPEXPIREAT', 'h', now + 7600, 'FIELDS', 1, 'c'), [1]);
    deepEqual(ask('HEXPIRETIME', 'h', 'FIELDS', 1, 'c'), [now / 1000 + 8]);
    deepEqual(ask('HGETALL', 'h'), new Map(Object.entries({ a: '1', b: '2', c: '3' })));
    equal(ask('OBJECT', 'ENCODING', 'h'), 'hashtable');
  },
);

commandTest('An absent key has no fields', (ask) => {
  for (const name of ['HTTL', 'HPTTL', 'HEXPIRETIME', 'HPEXPIRETIME', 'HPERSIST']) {
    deepEqual(ask(name, 'k', 'FIELDS', 2, 'a', 'b'), [-2, -2], name);
  }
  for (const name of ['HEXPIRE', 'HPEXPIRE', 'HEXPIREAT', 'HPEXPIREAT']) {
    deepEqual(ask(name, 'k', '10', 'FIELDS', 2, 'a', 'b'), [-2, -2], name);
  }
  equal(ask('EXISTS', 'k'), 0);
});

commandTest('A packed hash stays packed until a deadline is really set', (ask) => {
  abc(ask);
  deepEqual(ask('HEXPIRE', 'h', 10, 'FIELDS', 1, 'x'), [-2]);
  deepEqual(ask('HEXPIRE', 'h', 10, 'XX', 'FIELDS', 1, 'a'), [0]);
  deepEqual(ask('HEXPIRE', 'h', 10, 'GT', 'FIELDS', 1, 'a'), [0]);
  deepEqual(ask('HPERSIST', 'h', 'FIELDS', 1, 'a'), [-1]);
  equal(ask('OBJECT', 'ENCODING', 'h'), 'listpack');
  deepEqual(ask('HEXPIRE', 'h', 10, 'LT', 'FIELDS', 1, 'a'), [1]);
  equal(ask('OBJECT', 'ENCODING', 'h'), 'hashtable');
});

commandTest(
  'A field goes in the millisecond of its deadline, and is logged as deleted',
  (ask, c) => {
    abc(ask);
    ask('HPEXPIRE', 'h', 100, 'FIELDS', 2, 'a', 'b');
    c.clock.advance(99);
    c.takeLog();
    deepEqual(ask('HPTTL', 'h', 'FIELDS', 2, 'a', 'b'), [1, 1]);
    equal(ask('HLEN', 'h'), 3);
    c.clock.advance(1);
    deepEqual(ask('HPTTL', 'h', 'FIELDS', 2, 'a', 'b'), [-2, -2]);
    equal(ask('HLEN', 'h'), 1);
    deepEqual(ask('HGETALL', 'h'), new Map([['c', '3']]));
    deepEqual(c.takeLog().sort(), [
      [0, 'HDEL', 'h', 'a'],
      [0, 'HDEL', 'h', 'b'],
    ]);
    equal(c.engine.keyspace.expiredFields, 2);
  },
);

commandTest('The key goes with its last field', (ask, { clock, engine }) => {
  ask('HSETEX', 'h', 'PX', 50, 'FIELDS', 2, 'a', '1', 'b', '2');
  const { dirty } = engine.keyspace;
  clock.advance(50);
  equal(ask('EXISTS', 'h'), 0);
  equal(engine.keyspace.dirty, dirty, 'nobody wrote');
  equal(engine.keyspace.expiredKeys, 0);
  equal(ask('DBSIZE'), 0);
});

commandTest('Fields expire by themselves, a few at a time', (ask, { clock, engine }) => {
  const fields = Array.from({ length: 3000 }, (_, i) => `f${i}`);
  ask('HSET', 'h', ...fields.flatMap((field) => [field, 'v']));
  ask('HPEXPIRE', 'h', 50, 'FIELDS', fields.length, ...fields);
  clock.advance(50);
  engine.refreshClock();
  const rest = engine.keyspace.databases[0].fieldDeadlines?.wheel.count ?? 0;
  equal(rest > 0, true);
  equal(ask('HLEN', 'h'), 0, 'those that are due do not count');
  deepEqual(ask('HGETALL', 'h'), new Map());
  for (let i = 0; i < 60; i++) engine.refreshClock();
  equal(ask('EXISTS', 'h'), 0);
});

commandTest('A deadline in the past deletes fields', (ask, commands) => {
  for (const [name, time] of [
    ['HEXPIRE', '0'],
    ['HPEXPIRE', '0'],
    ['HEXPIREAT', '1'],
    ['HPEXPIREAT', '5'],
  ]) {
    abc(ask);
    commands.takeLog();
    const { dirty } = commands.engine.keyspace;
    deepEqual(ask(name, 'h', time, 'FIELDS', 3, 'a', 'x', 'b'), [2, -2, 2], name);
    equal(commands.engine.keyspace.dirty, dirty + 2);
    deepEqual(commands.takeLog(), [[0, 'HDEL', 'h', 'a', 'x', 'b']]);
    deepEqual(ask(name, 'h', time, 'FIELDS', 2, 'c', 'c'), [2, -2]);
    equal(ask('EXISTS', 'h'), 0);
  }
  equal(commands.engine.keyspace.expiredFields, 12);
});

commandTest('Relative times are logged as absolute ones', (ask, commands) => {
  const now = commands.clock.now();
  abc(ask);
  commands.takeLog();
  ask('HEXPIRE', 'h', 10, 'NX', 'FIELDS', 1, 'a');
  ask('HEXPIRE', 'h', 5, 'NX', 'FIELDS', 1, 'a');
  ask('HPERSIST', 'h', 'FIELDS', 1, 'a');
  ask('HPERSIST', 'h', 'FIELDS', 1, 'a');
  deepEqual(commands.takeLog(), [
    [0, 'HPEXPIREAT', 'h', String(now + 10_000), 'NX', 'FIELDS', '1', 'a'],
    [0, 'HPERSIST', 'h', 'FIELDS', '1', 'a'],
  ]);
});

commandTest('NX, XX, GT and LT are conditions on each field by itself', (ask) => {
  abc(ask);
  const expire = (seconds: number, condition: string) =>
    ask('HEXPIRE', 'h', seconds, condition, 'FIELDS', 2, 'a', 'b');
  ask('HEXPIRE', 'h', 100, 'FIELDS', 1, 'a');
  deepEqual(expire(50, 'NX'), [0, 1]);
  ask('HPERSIST', 'h', 'FIELDS', 1, 'b');
  deepEqual(expire(60, 'xx'), [1, 0]);
  deepEqual(expire(60, 'GT'), [0, 0]);
  deepEqual(expire(61, 'GT'), [1, 0]);
  deepEqual(expire(61, 'LT'), [0, 1]);
  deepEqual(expire(60, 'LT'), [1, 1]);
  deepEqual(ask('HTTL', 'h', 'FIELDS', 2, 'a', 'b'), [60, 60]);
  deepEqual(ask('HEXPIRE', 'h', 70, 'XX', 'GT', 'FIELDS', 1, 'a'), [1]);
});

commandTest('Wrong options and clauses are refused', (ask, commands) => {
  abc(ask);
  commands.takeLog();
  const refusals: [string, ...(string | number)[]][] = [
    [FIELD_COUNT, 'HEXPIRE', 'h', 10, 'FIELDS', 2, 'a'],
    [FIELD_COUNT, 'HEXPIRE', 'h', 10, 'FIELDS', 1, 'a', 'b'],
    [FIELD_COUNT, 'HEXPIRE', 'h', 10, 'FIELDS', 0, 'a'],
    [FIELD_COUNT, 'HEXPIRE', 'h', 10, 'NX', 'NX', 'FIELDS'],
    [FIELD_COUNT, 'HEXPIRE', 'h', 10, 'a', 'b', 'c'],
    [NOT_INTEGER, 'HEXPIRE', 'h', 10, 'FIELDS', 'x', 'a'],
    [NOT_INTEGER, 'HEXPIRE', 'h', 'x', 'FIELDS', 1, 'a'],
    [invalidExpire('hexpire'), 'HEXPIRE', 'h', -1, 'FIELDS', 1, 'a'],
    [invalidExpire('hpexpireat'), 'HPEXPIREAT', 'h', -5, 'FIELDS', 1, 'a'],
    [invalidExpire('hexpireat'), 'HEXPIREAT', 'h', '9223372036854775807', 'FIELDS', 1, 'a'],
    ['(error) ERR Unsupported option YY', 'HEXPIRE', 'h', 10, 'YY', 'FIELDS', 1, 'a'],
    [
      '(error) ERR NX and XX, GT or LT options at the same time are not compatible',
      ...(['HEXPIRE', 'h', 10, 'NX', 'GT', 'FIELDS', 1, 'a'] as const),
    ],
    [
      '(error) ERR GT and LT options at the same time are not compatible',
      ...(['HEXPIRE', 'h', 10, 'LT', 'GT', 'FIELDS', 1, 'a'] as const),
    ],
    [SYNTAX, 'HTTL', 'h', 'FIELDS', 2, 'a'],
    [SYNTAX, 'HTTL', 'h', 'a', 1, 'a'],
    [NOT_INTEGER, 'HPTTL', 'h', 'FIELDS', 'x', 'a'],
    [FIELD_COUNT, 'HPERSIST', 'h', 'FIELDS', 2, 'a'],
    [SYNTAX, 'HPERSIST', 'h', 'a', 1, 'a'],
  ];
  for (const [error, ...words] of refusals) equal(ask(...words), error, words.join(' '));
  deepEqual(commands.takeLog(), []);
  deepEqual(ask('HTTL', 'h', 'FIELDS', 1, 'a'), [-1]);
});

commandTest('A written field whose deadline has passed is a new one', (ask, { clock, engine }) => {
  engine.keyspace.expiresActively = false;
  ask('HSET', 'h', 'a', '1', 'b', '2');
  ask('HPEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'b');
  clock.advance(10);
  equal(ask('HDEL', 'h', 'a'), 0);
  equal(ask('HSETNX', 'h', 'b', '3'), 1);
  deepEqual(ask('HTTL', 'h', 'FIELDS', 2, 'a', 'b'), [-2, -1]);
  ask('EXPIRE', 'h', 100);
  ask('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'b');
  clock.advance(10);
  equal(ask('HSET', 'h', 'b', '4'), 1);
  equal(ask('TTL', 'h'), -1, 'the hash had ended with its last field');
});

commandTest('COPY and RENAME keep the deadlines of fields', (ask, { clock }) => {
  abc(ask);
  ask('HPEXPIRE', 'h', 500, 'FIELDS', 1, 'a');
  ask('COPY', 'h', 'copy');
  ask('RENAME', 'h', 'renamed');
  deepEqual(ask('HPTTL', 'copy', 'FIELDS', 2, 'a', 'b'), [500, -1]);
  deepEqual(ask('HPTTL', 'renamed', 'FIELDS', 2, 'a', 'b'), [500, -1]);
  clock.advance(500);
  equal(ask('HLEN', 'copy'), 2);
  equal(ask('HLEN', 'renamed'), 2);
});

commandTest(
  'Deadlines of fields go with a hash to another database, and into payloads',
  (ask, c) => {
    abc(ask);
    ask('HPEXPIRE', 'h', 500, 'FIELDS', 1, 'a');
    equal(ask('COPY', 'h', 'copy', 'DB', 1), 1);
    const payload = Buffer.from(ask('DUMP', 'h') as string, 'latin1');
    equal(ask('RESTORE', 'restored', 0, payload), 'OK');
    deepEqual(ask('HPTTL', 'restored', 'FIELDS', 2, 'a', 'b'), [500, -1]);
    equal(ask('MOVE', 'h', 1), 1);
    c.select(1);
    for (const key of ['copy', 'h']) {
      deepEqual(ask('HPTTL', key, 'FIELDS', 2, 'a', 'b'), [500, -1], key);
    }
    c.clock.advance(500);
    deepEqual([ask('HLEN', 'copy'), ask('HLEN', 'h')], [2, 2]);
  },
);

commandTest('DEL, FLUSHDB and SWAPDB leave no deadline behind', (ask, commands) => {
  abc(ask);
  ask('HPEXPIRE', 'h', 500, 'FIELDS', 2, 'a', 'b');
  ask('SWAPDB', 0, 1);
  commands.clock.advance(200);
  equal(ask('EXISTS', 'h'), 0);
  abc(ask);
  ask('HPEXPIRE', 'h', 500, 'FIELDS', 2, 'a', 'b');
  ask('DEL', 'h');
  commands.clock.advance(300);
  commands.select(1);
  deepEqual(ask('HKEYS', 'h'), ['c']);
  ask('HPEXPIRE', 'h', 500, 'FIELDS', 1, 'c');
  ask('FLUSHDB');
  commands.clock.advance(1000);
  commands.engine.runCron();
  equal(commands.engine.keyspace.expiredFields, 2);
});

commandTest('INFO tells of expired fields and of hashes with deadlines', (ask, { clock }) => {
  abc(ask);
  equal(/volatile/.test(ask('INFO', 'keyspace') as string), false);
  ask('HPEXPIRE', 'h', 5, 'FIELDS', 2, 'a', 'b');
  equal(/,keys_with_volatile_items=1\r/.test(ask('INFO', 'keyspace') as string), true);
  clock.advance(5);
  equal(/volatile/.test(ask('INFO', 'keyspace') as string), false);
  equal(/\r\nexpired_fields:2\r/.test(ask('INFO', 'stats') as string), true);
});

commandTest(
  'What was set before memory ran out is logged, and the answer is whole',
  (ask, { engine }) => {
    const fields = Array.from({ length: 30 }, (_, i) => `f${i}`);
    ask('HSET', 'h', ...fields.flatMap((field) => [field, 'v']), 'long', 'x'.repeat(100));
    const { arena } = engine.keyspace.databases[0];
    const allocate = arena.allocate.bind(arena);
    const clause = ['FIELDS', fields.length, ...fields];
    let timed = 0;
    for (const words of [
      ['HPEXPIRE', 'h', 1000, ...clause],
      ['HGETEX', 'h', 'EX', 10, ...clause],
      ['HSETEX', 'h', 'EX', 20, 'FIELDS', 20, ...fields.slice(5, 25).flatMap((f) => [f, 'long'])],
      ['HPERSIST', 'h', ...clause],
    ]) {
      let left = 7;
      arena.allocate = (size) => {
        if (left-- <= 0) throw new ArenaFullError('no more');
        return allocate(size);
      };
      match(String(ask(...words)), /^\(error\) OOM/);
      arena.allocate = allocate;
      const deadlines = ask('HPTTL', 'h', ...clause) as number[];
      timed += deadlines.filter((ms) => ms >= 0).length;
    }
    // HSETEX takes a deadline before it gives one: the field it failed at has none.
    equal(timed, 7 + 14 + 13 + 6);
  },
);
