// LRANGE, LINDEX, LLEN and LPOS, on packed and on large lists.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, SYNTAX, WRONGTYPE } from '../command-test.js';

const HUGE = '9223372036854775807';
const LEAST = '-9223372036854775808';
const RANGE = `(error) ERR value is out of range, value must between -${HUGE} and ${HUGE}`;
const RANK_ZERO =
  "(error) ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
  'or use negative to start from the end of the list';

/** A list of one form: five elements, large by a huge one in the middle. */
const FORMS = [
  ['listpack', ['a', 'b', 'c', 'd', 'e']],
  ['quicklist', ['a', 'b', 'x'.repeat(9000), 'd', 'e']],
] as const;

for (const [form, elements] of FORMS) {
  commandTest(`LRANGE cuts what is outside, ${form}`, (ask) => {
    ask('RPUSH', 'k', ...elements);
    equal(ask('OBJECT', 'ENCODING', 'k'), form);
    deepEqual(ask('LRANGE', 'k', 1, 3), elements.slice(1, 4));
    deepEqual(ask('LRANGE', 'k', -2, -1), elements.slice(3));
    deepEqual(ask('LRANGE', 'k', -100, 1), elements.slice(0, 2));
    deepEqual(ask('LRANGE', 'k', 3, HUGE), elements.slice(3));
    deepEqual(ask('LRANGE', 'k', LEAST, HUGE), elements);
    deepEqual(ask('LRANGE', 'k', 3, 2), []);
    deepEqual(ask('LRANGE', 'k', 5, 9), []);
    deepEqual(ask('LRANGE', 'k', 0, -6), []);
  });

  commandTest(`LINDEX counts from either end, ${form}`, (ask) => {
    ask('RPUSH', 'k', ...elements);
    for (let i = 0; i < 5; i++) {
      equal(ask('LINDEX', 'k', i), elements[i]);
      equal(ask('LINDEX', 'k', i - 5), elements[i]);
    }
    equal(ask('LINDEX', 'k', 5), null);
    equal(ask('LINDEX', 'k', -6), null);
    equal(ask('LINDEX', 'k', LEAST), null);
    equal(ask('LLEN', 'k'), 5);
  });
}

commandTest('Reads of nothing and of other types', (ask) => {
  deepEqual(ask('LRANGE', 'k', 0, -1), []);
  equal(ask('LRANGE', 'k', 'x', 0), NOT_INTEGER);
  equal(ask('LRANGE', 'k', 0, '1.5'), NOT_INTEGER);
  equal(ask('LINDEX', 'k', 'x'), null);
  equal(ask('LLEN', 'k'), 0);
  equal(ask('LPOS', 'k', 'a'), null);
  deepEqual(ask('LPOS', 'k', 'a', 'COUNT', 0), []);
  ask('SET', 's', 'x');
  equal(ask('LRANGE', 's', 'x', 0), NOT_INTEGER);
  equal(ask('LRANGE', 's', 0, 0), WRONGTYPE);
  equal(ask('LINDEX', 's', 'x'), WRONGTYPE);
  equal(ask('LLEN', 's'), WRONGTYPE);
  equal(ask('LPOS', 's', 'x'), WRONGTYPE);
  ask('RPUSH', 'k', 'a');
  equal(ask('LINDEX', 'k', 'x'), NOT_INTEGER);
});

for (const filler of ['', 'x'.repeat(9000)]) {
  commandTest(`LPOS finds by rank, count and length, ${filler.length} bytes between`, (ask) => {
    ask('RPUSH', 'k', 'a', 'b', filler, 1, 2, 3, 'c', 'c');
    equal(ask('LPOS', 'k', 'a'), 0);
    equal(ask('LPOS', 'k', 'c'), 6);
    equal(ask('LPOS', 'k', '3'), 5);
    equal(ask('LPOS', 'k', 'none'), null);
    equal(ask('LPOS', 'k', 'c', 'RANK', 2), 7);
    equal(ask('LPOS', 'k', 'c', 'RANK', 3), null);
    equal(ask('LPOS', 'k', 'c', 'RANK', -1), 7);
    equal(ask('LPOS', 'k', 'c', 'rank', '-2'), 6);
    deepEqual(ask('LPOS', 'k', 'c', 'COUNT', 0), [6, 7]);
    deepEqual(ask('LPOS', 'k', 'c', 'COUNT', 1), [6]);
    deepEqual(ask('LPOS', 'k', 'c', 'COUNT', 0, 'RANK', 2), [7]);
    deepEqual(ask('LPOS', 'k', 'c', 'COUNT', 0, 'RANK', -1), [7, 6]);
    deepEqual(ask('LPOS', 'k', 'none', 'COUNT', 2), []);
    equal(ask('LPOS', 'k', 'a', 'MAXLEN', 1), 0);
    equal(ask('LPOS', 'k', 'c', 'MAXLEN', 6), null);
    equal(ask('LPOS', 'k', 'c', 'MAXLEN', 7), 6);
    deepEqual(ask('LPOS', 'k', 'c', 'COUNT', 0, 'MAXLEN', 1, 'RANK', -1), [7]);
    deepEqual(ask('LPOS', 'k', 'a', 'COUNT', 0, 'MAXLEN', 0, 'RANK', -1), [0]);
  });
}

commandTest('LPOS checks its options in order', (ask) => {
  equal(ask('LPOS', 'k', 'a', 'RANK', 0), RANK_ZERO);
  equal(ask('LPOS', 'k', 'a', 'RANK', 'x'), NOT_INTEGER);
  equal(ask('LPOS', 'k', 'a', 'RANK', LEAST), RANGE);
  equal(ask('LPOS', 'k', 'a', 'RANK', '-9223372036854775807'), null);
  equal(ask('LPOS', 'k', 'a', 'COUNT', -1), "(error) ERR COUNT can't be negative");
  equal(ask('LPOS', 'k', 'a', 'MAXLEN', 'x'), "(error) ERR MAXLEN can't be negative");
  equal(ask('LPOS', 'k', 'a', 'RANK'), SYNTAX);
  equal(ask('LPOS', 'k', 'a', 'FOO', 1), SYNTAX);
});

commandTest('Ranges of a list of many nodes', (ask) => {
  const elements = Array.from({ length: 20_000 }, (_, i) => `${i}:${'x'.repeat(i % 30)}`);
  ask('RPUSH', 'k', ...elements);
  for (let first = 0; first < 20_000; first += 3331) {
    deepEqual(ask('LRANGE', 'k', first, first + 1500), elements.slice(first, first + 1501));
    equal(ask('LINDEX', 'k', first), elements[first]);
    equal(ask('LPOS', 'k', elements[first]), first);
    equal(ask('LPOS', 'k', elements[first], 'RANK', -1), first);
  }
});
