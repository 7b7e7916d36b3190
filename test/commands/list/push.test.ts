// LPUSH, RPUSH and their X forms: order, forms of the list, and what is logged.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, WRONGTYPE } from '../command-test.js';

commandTest('LPUSH and RPUSH put elements at their ends, one by one', (ask) => {
  equal(ask('RPUSH', 'k', 'c'), 1);
  equal(ask('RPUSH', 'k', 'd', 'e'), 3);
  equal(ask('LPUSH', 'k', 'b', 'a'), 5);
  deepEqual(ask('LRANGE', 'k', 0, -1), ['a', 'b', 'c', 'd', 'e']);
});

commandTest('Elements keep their bytes, numbers among them', (ask) => {
  const elements = ['', '0', '-0', '01', '127', '128', '-1', '4096', '32768', '-32769', '8388608'];
  elements.push('2147483648', '9223372036854775807', '-9223372036854775808');
  elements.push('9223372036854775808', '1e3', ' 1', '\0\xff', 'x'.repeat(63), 'x'.repeat(64));
  elements.push('y'.repeat(255), 'z'.repeat(5000));
  equal(ask('RPUSH', 'k', ...elements), elements.length);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  deepEqual(ask('LRANGE', 'k', 0, -1), elements);
  equal(ask('RPUSH', 'k', 'x'.repeat(8000)), elements.length + 1);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  deepEqual(ask('LRANGE', 'k', 0, -2), elements);
});

commandTest('LPUSHX and RPUSHX need a list', (ask, commands) => {
  equal(ask('LPUSHX', 'k', 'a'), 0);
  equal(ask('RPUSHX', 'k', 'a', 'b'), 0);
  equal(ask('EXISTS', 'k'), 0);
  equal(commands.takeLog().length, 0);
  ask('RPUSH', 'k', 'm');
  equal(ask('LPUSHX', 'k', 'b', 'a'), 3);
  equal(ask('RPUSHX', 'k', 'z'), 4);
  deepEqual(ask('LRANGE', 'k', 0, -1), ['a', 'b', 'm', 'z']);
});

commandTest('Pushing to another type is an error that changes nothing', (ask) => {
  ask('SET', 's', 'text');
  for (const name of ['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']) {
    equal(ask(name, 's', 'a'), WRONGTYPE);
  }
  equal(ask('GET', 's'), 'text');
});

commandTest('A list becomes a quicklist where it exceeds its size in bytes', (ask, { engine }) => {
  engine.config.set([['list-max-listpack-size', '-1']], false);
  ask('RPUSH', 'k', 'x'.repeat(2000));
  ask('RPUSH', 'k', 'x'.repeat(2000));
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  // 7 bytes around both entries of 2004 bytes each leave 81.
  ask('RPUSH', 'k', 'x'.repeat(81));
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  ask('RPUSH', 'k', 'x');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
});

commandTest('A list becomes a quicklist where it exceeds its count', (ask, { engine }) => {
  engine.config.set([['list-max-listpack-size', '3']], false);
  ask('RPUSH', 'k', 1, 2, 3);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  ask('RPUSH', 'k', 4);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  ask('RPUSH', 'many', 1, 2, 3, 4);
  equal(ask('OBJECT', 'ENCODING', 'many'), 'quicklist');
  engine.config.set([['list-max-listpack-size', '0']], false);
  ask('RPUSH', 'one', 1);
  equal(ask('OBJECT', 'ENCODING', 'one'), 'listpack');
  ask('RPUSH', 'one', 2);
  equal(ask('OBJECT', 'ENCODING', 'one'), 'quicklist');
});

commandTest('Empty elements count for their entries', (ask) => {
  const empty = Array.from({ length: 35_000 }, () => '');
  equal(ask('RPUSH', 'k', ...empty), 35_000);
  equal(ask('RPUSH', 'k', ...empty), 70_000);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  equal(ask('LPOS', 'k', '', 'RANK', 70_000), 69_999);
});

commandTest('Many pushes at both ends keep all elements in order', (ask) => {
  const expected: string[] = [];
  for (let i = 0; i < 6000; i++) {
    const element = i % 7 === 0 ? String(i) : `element ${i} ${'.'.repeat(i % 100)}`;
    if (i % 3 === 0) {
      expected.unshift(element);
      ask('LPUSH', 'k', element);
    } else {
      expected.push(element);
      ask('RPUSH', 'k', element);
    }
  }
  deepEqual(ask('LRANGE', 'k', 0, -1), expected);
});

commandTest('Pushing keeps the deadline, also when the form changes', (ask) => {
  ask('RPUSH', 'k', 'a');
  ask('EXPIRE', 'k', 100);
  ask('RPUSH', 'k', 'x'.repeat(9000));
  equal(ask('OBJECT', 'ENCODING', 'k'), 'quicklist');
  equal(ask('TTL', 'k'), 100);
  ask('RPOP', 'k');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'listpack');
  equal(ask('TTL', 'k'), 100);
});
