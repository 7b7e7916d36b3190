// DUMP and RESTORE. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, type Plain, SYNTAX } from '../command-test.js';

const BAD_PAYLOAD = '(error) ERR DUMP payload version or checksum are wrong';
/** DUMP of "hello" and of 12345 by redis-server 7.0.15. */
const HELLO = Buffer.from('000568656c6c6f0a006372df766534200a', 'hex').toString('latin1');
const NUMBER = Buffer.from('00c139300a009d94ea2793fc08b9', 'hex').toString('latin1');

const text = (value: Plain) => value as string;

commandTest('DUMP gives what a Redis server gives', (ask) => {
  ask('MSET', 'a', 'hello', 'b', '12345');
  equal(ask('DUMP', 'a'), HELLO);
  equal(ask('DUMP', 'b'), NUMBER);
  equal(ask('DUMP', 'absent'), null);
});

commandTest('RESTORE takes what DUMP gave, of every string', (ask) => {
  for (const value of [
    '',
    'hello',
    '-1',
    '2147483648',
    '-9223372036854775808',
    'x'.repeat(100_000),
    Array.from({ length: 300 }, (_, i) => String.fromCharCode((i * 7919) & 255)).join(''),
  ]) {
    ask('SET', 'a', value);
    equal(ask('RESTORE', 'b', 0, text(ask('DUMP', 'a')), 'REPLACE'), 'OK');
    equal(ask('GET', 'b'), value);
    equal(ask('OBJECT', 'ENCODING', 'b'), ask('OBJECT', 'ENCODING', 'a'));
  }
});

commandTest(
  'RESTORE sets relative and absolute deadlines and logs absolute ones',
  (ask, commands) => {
    const now = commands.clock.now();
    equal(ask('RESTORE', 'a', 5000, HELLO), 'OK');
    equal(ask('PTTL', 'a'), 5000);
    equal(ask('RESTORE', 'b', now + 7, HELLO, 'ABSTTL'), 'OK');
    equal(ask('PTTL', 'b'), 7);
    equal(ask('RESTORE', 'c', 0, HELLO), 'OK');
    equal(ask('PTTL', 'c'), -1);
    equal(ask('RESTORE', 'c', 9, HELLO, 'REPLACE', 'IDLETIME', 3), 'OK');
    deepEqual(commands.takeLog(), [
      [0, 'RESTORE', 'a', String(now + 5000), HELLO, 'ABSTTL'],
      [0, 'RESTORE', 'b', String(now + 7), HELLO, 'ABSTTL'],
      [0, 'RESTORE', 'c', '0', HELLO],
      [0, 'RESTORE', 'c', String(now + 9), HELLO, 'REPLACE', 'IDLETIME', '3', 'ABSTTL'],
    ]);
  },
);

commandTest('RESTORE with a deadline in the past stores nothing', (ask, commands) => {
  equal(ask('RESTORE', 'a', 1, HELLO, 'ABSTTL'), 'OK');
  equal(ask('EXISTS', 'a'), 0);
  deepEqual(commands.takeLog(), []);
  ask('SET', 'a', 'v');
  commands.takeLog();
  equal(ask('RESTORE', 'a', 1, HELLO, 'ABSTTL', 'REPLACE'), 'OK');
  equal(ask('EXISTS', 'a'), 0);
  deepEqual(commands.takeLog(), [[0, 'DEL', 'a']]);
});

commandTest('RESTORE makes keys as old or as used as it is told', (ask, { engine }) => {
  ask('RESTORE', 'a', 0, HELLO, 'IDLETIME', 1000);
  equal(ask('OBJECT', 'IDLETIME', 'a'), 1000);
  ask('RESTORE', 'b', 0, HELLO, 'FREQ', 100);
  equal(ask('OBJECT', 'IDLETIME', 'b'), 0);
  engine.config.set([['maxmemory-policy', 'allkeys-lfu']], false);
  ask('RESTORE', 'c', 0, HELLO, 'FREQ', 100);
  equal(ask('OBJECT', 'FREQ', 'c'), 100);
});

commandTest('RESTORE checks options, key, time and payload in this order', (ask) => {
  ask('SET', 'k', 'v');
  equal(ask('RESTORE', 'k', 'x', 'bad', 'FOO'), SYNTAX);
  equal(ask('RESTORE', 'k', 'x', 'bad', 'IDLETIME'), SYNTAX);
  equal(ask('RESTORE', 'k', 'x', 'bad', 'IDLETIME', 1, 'FREQ', 1), SYNTAX);
  equal(ask('RESTORE', 'k', 'x', 'bad', 'FREQ', 1, 'IDLETIME', 1), SYNTAX);
  equal(ask('RESTORE', 'k', 'x', 'bad', 'IDLETIME', 'x'), NOT_INTEGER);
  const idletime = '(error) ERR Invalid IDLETIME value, must be >= 0';
  equal(ask('RESTORE', 'k', 'x', 'bad', 'IDLETIME', -1), idletime);
  const freq = '(error) ERR Invalid FREQ value, must be >= 0 and <= 255';
  equal(ask('RESTORE', 'k', 'x', 'bad', 'FREQ', 256), freq);
  equal(ask('RESTORE', 'k', 'x', 'bad'), '(error) BUSYKEY Target key name already exists.');
  equal(ask('RESTORE', 'k', 'x', 'bad', 'REPLACE'), NOT_INTEGER);
  equal(ask('RESTORE', 'k', -1, 'bad', 'REPLACE'), '(error) ERR Invalid TTL value, must be >= 0');
  equal(ask('RESTORE', 'k', 0, 'bad', 'REPLACE'), BAD_PAYLOAD);
  equal(ask('GET', 'k'), 'v');
});

commandTest('RESTORE notices every flipped bit and every missing byte', (ask) => {
  const bytes = Buffer.from(HELLO, 'latin1');
  for (let i = 0; i < bytes.length * 8; i++) {
    const flipped = Buffer.from(bytes);
    flipped[i >> 3] ^= 1 << (i & 7);
    equal(ask('RESTORE', 'k', 0, flipped), BAD_PAYLOAD, `bit ${i}`);
  }
  for (let i = 0; i < bytes.length; i++) {
    equal(ask('RESTORE', 'k', 0, bytes.subarray(0, i)), BAD_PAYLOAD, `${i} bytes`);
  }
});
