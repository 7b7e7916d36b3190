// LINSERT and LSET, LREM and LTRIM.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX, WRONGTYPE } from '../command-test.js';

const NO_SUCH_KEY = '(error) ERR no such key';
const OUT_OF_RANGE = '(error) ERR index out of range';
const LEAST = '-9223372036854775808';
const HUGEST = '9223372036854775807';
const HUGE = 'h'.repeat(10_000);

for (const rest of [[], [HUGE]]) {
  const form = rest.length === 0 ? 'packed' : 'large';

  commandTest(`LINSERT puts an element beside the first match, ${form}`, (ask) => {
    ask('RPUSH', 'k', 'a', 'b', 'a', 'c', ...rest);
    equal(ask('LINSERT', 'k', 'BEFORE', 'a', 'x'), 5 + rest.length);
    equal(ask('LINSERT', 'k', 'after', 'c', '7'), 6 + rest.length);
    equal(ask('LINSERT', 'k', 'AFTER', 'b', HUGE), 7 + rest.length);
    equal(ask('LINSERT', 'k', 'AFTER', 'none', 'y'), -1);
    deepEqual(ask('LRANGE', 'k', 0, -1), ['x', 'a', 'b', HUGE, 'a', 'c', '7', ...rest]);
  });

  commandTest(`LSET replaces, whatever the sizes, ${form}`, (ask) => {
    ask('RPUSH', 'k', 'a', 'b', 'c', ...rest);
    for (const [index, element] of [
      [0, 'longer than before'],
      [-1 - rest.length, '12'],
      [1, ''],
      [1, HUGE],
      [1, 'small again'],
      [0, HUGE],
      [0, HUGE.slice(1)],
    ] as const) {
      equal(ask('LSET', 'k', index, element), 'OK');
      equal(ask('LINDEX', 'k', index), element);
    }
    deepEqual(ask('LRANGE', 'k', 1, 2), ['small again', '12']);
  });

  commandTest(`LREM takes the first, the last or all, ${form}`, (ask) => {
    ask('RPUSH', 'k', 'a', 'b', 'a', '1', 'a', ...rest, 'a', '1');
    equal(ask('LREM', 'k', 1, 'a'), 1);
    equal(ask('LREM', 'k', -2, 'a'), 2);
    deepEqual(ask('LRANGE', 'k', 0, -1), ['b', 'a', '1', ...rest, '1']);
    equal(ask('LREM', 'k', 0, '1'), 2);
    equal(ask('LREM', 'k', 0, 'none'), 0);
    deepEqual(ask('LRANGE', 'k', 0, -1), ['b', 'a', ...rest]);
    ask('LREM', 'k', 0, HUGE);
    ask('LREM', 'k', 5, 'a');
    equal(ask('LREM', 'k', -5, 'b'), 1);
    equal(ask('EXISTS', 'k'), 0);
  });

  commandTest(`LTRIM keeps a range, ${form}`, (ask) => {
    const trimmed = (start: number | string, stop: number | string): unknown => {
      ask('DEL', 'k');
      ask('RPUSH', 'k', 1, 2, 3, 4, 5, ...rest);
      equal(ask('LTRIM', 'k', start, stop), 'OK');
      return ask('LRANGE', 'k', 0, -1);
    };
    deepEqual(trimmed(0, 0), ['1']);
    deepEqual(trimmed(1, 3), ['2', '3', '4']);
    deepEqual(trimmed(4, '9223372036854775807'), ['5', ...rest]);
    deepEqual(trimmed(-100, 1), ['1', '2']);
    deepEqual(trimmed(3, 2), []);
    deepEqual(trimmed(99, 100), []);
    deepEqual(trimmed(0, 100), ['1', '2', '3', '4', '5', ...rest]);
    deepEqual(trimmed(-1 - rest.length, -1), ['5', ...rest]);
  });
}

commandTest('Errors come in the order of Redis', (ask) => {
  equal(ask('LINSERT', 'k', 'MIDDLE', 'a', 'b'), SYNTAX);
  equal(ask('LINSERT', 'k', 'BEFORE', 'a', 'b'), 0);
  equal(ask('LSET', 'k', 'x', 'a'), NO_SUCH_KEY);
  equal(ask('LREM', 'k', 'x', 'a'), NOT_INTEGER);
  equal(ask('LREM', 'k', 1, 'a'), 0);
  equal(ask('LTRIM', 'k', 0, 'x'), NOT_INTEGER);
  equal(ask('LTRIM', 'k', 0, 1), 'OK');
  equal(
    ask('LREM', 'k', LEAST, 'a'),
    `(error) ERR value is out of range, value must between -${HUGEST} and ${HUGEST}`,
  );
  ask('SET', 's', 'x');
  equal(ask('LINSERT', 's', 'BEFORE', 'a', 'b'), WRONGTYPE);
  equal(ask('LSET', 's', 'x', 'a'), WRONGTYPE);
  equal(ask('LREM', 's', 0, 'a'), WRONGTYPE);
  equal(ask('LTRIM', 's', 0, 0), WRONGTYPE);
  ask('RPUSH', 'k', 'a');
  equal(ask('LSET', 'k', 'x', 'a'), NOT_INTEGER);
  equal(ask('LSET', 'k', 1, 'a'), OUT_OF_RANGE);
  equal(ask('LSET', 'k', -2, 'a'), OUT_OF_RANGE);
});

commandTest('What changes nothing is not logged', (ask, commands) => {
  ask('RPUSH', 'k', 'a', 'b');
  commands.takeLog();
  ask('LREM', 'k', 0, 'none');
  ask('LINSERT', 'k', 'BEFORE', 'none', 'x');
  ask('LTRIM', 'k', 0, -1);
  ask('LSET', 'k', 5, 'x');
  equal(commands.takeLog().length, 0);
});

commandTest('A quicklist that LREM, LTRIM or LSET makes small is packed', (ask) => {
  const isPacked = (): void => equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  ask('RPUSH', 'k', 'a', HUGE);
  ask('LREM', 'k', 1, HUGE);
  isPacked();
  ask('RPUSH', 'k', HUGE);
  ask('LTRIM', 'k', 0, 0);
  isPacked();
  ask('DEL', 'k');
  ask('RPUSH', 'k', HUGE);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  ask('LSET', 'k', -1, 'c');
  isPacked();
});

commandTest('LTRIM of a large list frees what it cuts off', (ask, { engine }) => {
  const before = engine.keyspace.usedBytes;
  engine.config.set([['list-max-listpack-size', '1']], false);
  for (let i = 0; i < 20; i++) ask('RPUSH', 'k', ...Array.from({ length: 1000 }, (_, n) => n));
  ask('LTRIM', 'k', 9_990, 10_009);
  while (!engine.keyspace.lazyFree.step(100));
  deepEqual(
    ask('LRANGE', 'k', 0, -1),
    Array.from({ length: 20 }, (_, n) => String((990 + n) % 1000)),
  );
  const left = engine.keyspace.usedBytes - before;
  if (left > 3000) throw new Error(`${left} bytes for 20 elements`);
});
