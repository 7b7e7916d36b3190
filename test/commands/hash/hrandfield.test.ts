// Fields at random. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { withEngine } from '../../support/test-engine.js';
import { type Commands, commandTest, NOT_INTEGER, type Plain, SYNTAX } from '../command-test.js';

const OUT_OF_RANGE = '(error) ERR value is out of range';

function fill(ask: Commands['ask'], count: number): void {
  for (let i = 0; i < count; i++) ask('HSET', 'h', `f${i}`, `v${i}`);
}

for (const count of [10, 1000]) {
  commandTest(
    `Fields of a hash of ${count} come once, or again where the count is negative`,
    (ask) => {
      fill(ask, count);
      ok((ask('HRANDFIELD', 'h') as string).startsWith('f'));
      for (const wanted of [1, 3, count - 1, count, count + 10]) {
        const fields = ask('HRANDFIELD', 'h', wanted) as string[];
        equal(fields.length, Math.min(wanted, count));
        equal(new Set(fields).size, fields.length);
      }
      const repeated = ask('HRANDFIELD', 'h', -5 * count) as string[];
      equal(repeated.length, 5 * count);
      ok(new Set(repeated).size > count / 2);
      deepEqual(ask('HRANDFIELD', 'h', 0), []);
    },
  );
}

commandTest('WITHVALUES answers pairs', (ask) => {
  fill(ask, 5);
  for (const count of [3, 5, -8]) {
    const pairs = ask('HRANDFIELD', 'h', count, 'WITHVALUES') as Plain[];
    equal(pairs.length, Math.abs(count));
    for (const pair of pairs) {
      const [field, value] = pair as string[];
      equal(value, `v${field.slice(1)}`);
    }
  }
});

test('Pairs are flat in RESP2', async () => {
  await withEngine({ resp: 2 }, async (engine) => {
    await engine.run('HSET', 'h', 'a', '1');
    deepEqual(await engine.run('HRANDFIELD', 'h', 5, 'WITHVALUES'), ['a', '1']);
    deepEqual(await engine.run('HRANDFIELD', 'h', -2, 'WITHVALUES'), ['a', '1', 'a', '1']);
  });
});

commandTest('Counts are checked', (ask) => {
  fill(ask, 2);
  equal(ask('HRANDFIELD', 'h', 'x'), NOT_INTEGER);
  equal(ask('HRANDFIELD', 'h', 1, 'VALUES'), SYNTAX);
  equal(ask('HRANDFIELD', 'h', 1, 'WITHVALUES', 'x'), SYNTAX);
  equal(ask('HRANDFIELD', 'h', '-9223372036854770000', 'WITHVALUES'), OUT_OF_RANGE);
  equal(ask('HRANDFIELD', 'h', '9223372036854775807', 'WITHVALUES'), OUT_OF_RANGE);
  ok((ask('HRANDFIELD', 'h', '-9223372036854775808') as string).startsWith(OUT_OF_RANGE));
  equal((ask('HRANDFIELD', 'h', '9223372036854775807') as string[]).length, 2);
});

commandTest('A field whose deadline has passed is never chosen', (ask, { clock, engine }) => {
  fill(ask, 20);
  engine.keyspace.expiresActively = false;
  const gone = Array.from({ length: 19 }, (_, i) => `f${i}`);
  ask('HPEXPIRE', 'h', 5, 'FIELDS', gone.length, ...gone);
  clock.advance(5);
  deepEqual(ask('HRANDFIELD', 'h', 5), ['f19']);
  deepEqual(ask('HRANDFIELD', 'h', 100), ['f19']);
  ask('HPEXPIRE', 'h', 5, 'FIELDS', 1, 'f19');
  clock.advance(5);
  equal(ask('HRANDFIELD', 'h'), null);
  deepEqual(ask('HRANDFIELD', 'h', -3), []);
});
