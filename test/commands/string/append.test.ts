// APPEND and SETRANGE. Each test also replays what was logged and compares the datasets.

import { equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER } from '../command-test.js';

const TOO_LONG = '(error) ERR string exceeds maximum allowed size (proto-max-bulk-len)';
const OFFSET = '(error) ERR offset is out of range';
const MIB = 1024 * 1024;

commandTest('APPEND creates, then extends', (ask) => {
  equal(ask('APPEND', 'k', 'ab'), 2);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'embstr');
  equal(ask('APPEND', 'k', 'cd'), 4);
  equal(ask('GET', 'k'), 'abcd');
  equal(ask('OBJECT', 'ENCODING', 'k'), 'raw');
  equal(ask('APPEND', 'k', ''), 4);
});

commandTest('APPEND treats integers as their text', (ask) => {
  equal(ask('APPEND', 'k', '12'), 2);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'int');
  equal(ask('APPEND', 'k', '3'), 3);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'raw');
  equal(ask('GET', 'k'), '123');
  equal(ask('INCR', 'k'), 124);
  ask('SET', 'k', '-9223372036854775808');
  equal(ask('APPEND', 'k', 'x'), 21);
  equal(ask('GET', 'k'), '-9223372036854775808x');
});

commandTest('APPEND keeps the deadline', (ask) => {
  ask('SET', 'k', 'a', 'EX', 10);
  ask('APPEND', 'k', 'b');
  equal(ask('TTL', 'k'), 10);
  ask('SET', 'k', '7', 'EX', 10);
  ask('APPEND', 'k', '8');
  equal(ask('TTL', 'k'), 10);
});

commandTest('Many appends of all sizes give what was appended', (ask) => {
  let expected = '';
  for (let i = 0; i < 400; i++) {
    const piece = String.fromCharCode(33 + (i % 90)).repeat((i * 37) % 700);
    expected += piece;
    equal(ask('APPEND', 'k', piece), expected.length);
  }
  equal(ask('GET', 'k'), expected);
});

commandTest('APPEND and SETRANGE stop at proto-max-bulk-len', (ask, { engine }) => {
  engine.config.set([['proto-max-bulk-len', String(MIB)]], false);
  ask('SET', 'k', 'x'.repeat(MIB - 1));
  equal(ask('APPEND', 'k', 'ab'), TOO_LONG);
  equal(ask('APPEND', 'k', 'a'), MIB);
  equal(ask('SETRANGE', 'k', MIB, 'a'), TOO_LONG);
  equal(ask('SETRANGE', 'absent', '9223372036854775807', 'a'), TOO_LONG);
  equal(ask('SETRANGE', 'absent', MIB - 1, 'ab'), TOO_LONG);
  equal(ask('EXISTS', 'absent'), 0);
});

commandTest('SETRANGE overwrites, extends and fills with zeros', (ask) => {
  equal(ask('SETRANGE', 'k', 0, 'hello'), 5);
  equal(ask('SETRANGE', 'k', 1, 'E'), 5);
  equal(ask('GET', 'k'), 'hEllo');
  equal(ask('SETRANGE', 'k', 8, 'x'), 9);
  equal(ask('GET', 'k'), 'hEllo\0\0\0x');
  equal(ask('SETRANGE', 'new', 3, 'abc'), 6);
  equal(ask('GET', 'new'), '\0\0\0abc');
  equal(ask('OBJECT', 'ENCODING', 'new'), 'raw');
});

commandTest('SETRANGE fills with zeros what memory held before', (ask) => {
  for (let i = 0; i < 50; i++) ask('SET', `junk${i}`, '\xff'.repeat(100 + i));
  for (let i = 0; i < 50; i++) ask('DEL', `junk${i}`);
  equal(ask('SETRANGE', 'k', 120, 'x'), 121);
  equal(ask('GET', 'k'), `${'\0'.repeat(120)}x`);
});

commandTest('SETRANGE edits integers as text and keeps the deadline', (ask) => {
  ask('SET', 'k', '12345', 'EX', 10);
  equal(ask('SETRANGE', 'k', 1, '99'), 5);
  equal(ask('GET', 'k'), '19945');
  equal(ask('TTL', 'k'), 10);
});

commandTest('SETRANGE with nothing to write changes nothing', (ask, commands) => {
  equal(ask('SETRANGE', 'absent', 10, ''), 0);
  equal(ask('EXISTS', 'absent'), 0);
  ask('SET', 'k', '12');
  commands.takeLog();
  equal(ask('SETRANGE', 'k', '9223372036854775807', ''), 2);
  equal(ask('OBJECT', 'ENCODING', 'k'), 'int');
  equal(commands.takeLog().length, 0);
});

commandTest('SETRANGE checks its offset first', (ask) => {
  equal(ask('SETRANGE', 'k', 'x', 'v'), NOT_INTEGER);
  equal(ask('SETRANGE', 'k', '9223372036854775808', 'v'), NOT_INTEGER);
  equal(ask('SETRANGE', 'k', -1, 'v'), OFFSET);
  equal(ask('SETRANGE', 'k', -1, ''), OFFSET);
});
