// Setting, reading and taking away deadlines.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { commandTest, NOT_INTEGER } from '../command-test.js';

const invalidExpire = (command: string) =>
  `(error) ERR invalid expire time in '${command}' command`;

commandTest('The EXPIRE family sets a deadline, and TTL and its kin tell it', (ask, { clock }) => {
  const now = clock.now();
  equal(ask('EXPIRE', 'k', 10), 0);
  ask('SET', 'k', 'v');
  equal(ask('TTL', 'k'), -1);
  equal(ask('EXPIRETIME', 'k'), -1);
  equal(ask('EXPIRE', 'k', 10), 1);
  equal(ask('PTTL', 'k'), 10_000);
  equal(ask('PEXPIRE', 'k', 1499), 1);
  equal(ask('TTL', 'k'), 1, 'seconds are rounded to the nearest');
  equal(ask('PEXPIRE', 'k', 1500), 1);
  equal(ask('TTL', 'k'), 2);
  equal(ask('EXPIREAT', 'k', now / 1000 + 5), 1);
  equal(ask('PEXPIRETIME', 'k'), now + 5000);
  equal(ask('PEXPIREAT', 'k', now + 7600), 1);
  equal(ask('EXPIRETIME', 'k'), now / 1000 + 8);
  equal(ask('PTTL', 'k'), 7600);
  equal(ask('GET', 'k'), 'v');
});

commandTest('Absent keys are answered with -2', (ask) => {
  for (const name of ['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']) equal(ask(name, 'k'), -2, name);
});

commandTest('A key ends in the millisecond of its deadline', (ask, { clock }) => {
  ask('SET', 'k', 'v');
  ask('PEXPIRE', 'k', 100);
  clock.advance(99);
  equal(ask('PTTL', 'k'), 1);
  clock.advance(1);
  equal(ask('PTTL', 'k'), -2);
});

commandTest('A deadline in the past deletes the key', (ask, commands) => {
  for (const [name, time] of [
    ['EXPIRE', '0'],
    ['EXPIRE', '-1'],
    ['PEXPIRE', '-9223372036854775808'],
    ['EXPIREAT', '1'],
    ['PEXPIREAT', '-5'],
  ]) {
    ask('SET', 'k', 'v');
    commands.takeLog();
    const { dirty } = commands.engine.keyspace;
    equal(ask(name, 'k', time), 1, `${name} ${time}`);
    equal(commands.engine.keyspace.dirty, dirty + 1);
    equal(ask('EXISTS', 'k'), 0);
    deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
  }
});

commandTest('The EXPIRE family is logged as PEXPIREAT', (ask, commands) => {
  const now = commands.clock.now();
  ask('SET', 'k', 'v');
  commands.takeLog();
  ask('EXPIRE', 'k', 10);
  ask('PEXPIRE', 'k', 10, 'LT');
  ask('EXPIREAT', 'k', now / 1000 + 1, 'GT');
  ask('PEXPIREAT', 'k', now + 1, 'XX');
  ask('PEXPIREAT', 'k', now + 1, 'NX');
  deepEqual(commands.takeLog(), [
    [0, 'PEXPIREAT', 'k', String(now + 10_000)],
    [0, 'PEXPIREAT', 'k', String(now + 10)],
    [0, 'PEXPIREAT', 'k', String(now + 1000)],
    [0, 'PEXPIREAT', 'k', String(now + 1)],
  ]);
});

commandTest('A logged deadline in the past is kept, not acted on, in replay', (ask, commands) => {
  ask('SET', 'k', 'v');
  commands.engine.keyspace.expiresKeys = false;
  equal(ask('PEXPIREAT', 'k', 5), 1);
  equal(ask('SET', 'l', 'v', 'PXAT', 5), 'OK');
  equal(ask('PEXPIREAT', 'l', -5), 1);
  equal(ask('PEXPIRETIME', 'k'), 5);
  equal(ask('PEXPIRETIME', 'l'), 0);
  deepEqual(ask('MGET', 'k', 'l'), ['v', 'v']);
  commands.engine.keyspace.expiresKeys = true;
  deepEqual(ask('MGET', 'k', 'l'), [null, null]);
});

commandTest('NX sets only where there is no deadline, XX only where there is one', (ask) => {
  ask('SET', 'k', 'v');
  equal(ask('EXPIRE', 'k', 10, 'XX'), 0);
  equal(ask('TTL', 'k'), -1);
  equal(ask('EXPIRE', 'k', 10, 'NX'), 1);
  equal(ask('EXPIRE', 'k', 20, 'NX'), 0);
  equal(ask('EXPIRE', 'k', 20, 'xx'), 1);
  equal(ask('TTL', 'k'), 20);
});

commandTest('GT and LT compare with the deadline, none being never', (ask) => {
  ask('SET', 'k', 'v');
  equal(ask('EXPIRE', 'k', 10, 'GT'), 0);
  equal(ask('EXPIRE', 'k', 10, 'LT'), 1);
  equal(ask('EXPIRE', 'k', 10, 'LT'), 0);
  equal(ask('EXPIRE', 'k', 10, 'GT'), 0);
  equal(ask('EXPIRE', 'k', 9, 'GT'), 0);
  equal(ask('EXPIRE', 'k', 11, 'LT'), 0);
  equal(ask('EXPIRE', 'k', 11, 'GT', 'XX'), 1);
  equal(ask('EXPIRE', 'k', 5, 'LT', 'XX'), 1);
  equal(ask('TTL', 'k'), 5);
  equal(ask('EXPIRE', 'k', -1, 'GT'), 0);
  equal(ask('EXPIRE', 'k', -1, 'LT'), 1);
  equal(ask('EXISTS', 'k'), 0);
  ask('SET', 'k', 'v');
  equal(ask('EXPIRE', 'k', 5, 'LT', 'XX'), 0);
});

commandTest('EXPIRE checks options, their combination, then the time, then the key', (ask) => {
  equal(ask('EXPIRE', 'k', 'x', 'AB', 'NX'), '(error) ERR Unsupported option AB');
  for (const other of ['XX', 'GT', 'LT']) {
    equal(
      ask('EXPIRE', 'k', 'x', 'NX', other),
      '(error) ERR NX and XX, GT or LT options at the same time are not compatible',
    );
  }
  equal(
    ask('EXPIRE', 'k', 'x', 'GT', 'LT'),
    '(error) ERR GT and LT options at the same time are not compatible',
  );
  equal(ask('EXPIRE', 'k', 'x'), NOT_INTEGER);
  equal(ask('EXPIRE', 'k', '9223372036854775808'), NOT_INTEGER);
});

commandTest('Times that overflow 64-bit milliseconds are refused, also of absent keys', (ask) => {
  for (const [name, time] of [
    ['EXPIRE', '9223372036854775807'],
    ['EXPIRE', '9223372036854776'],
    ['EXPIRE', '9223372036854775'],
    ['EXPIRE', '-9223372036854776'],
    ['EXPIRE', '-9223372036854775808'],
    ['PEXPIRE', '9223372036854775807'],
    ['EXPIREAT', '9223372036854776'],
  ]) {
    equal(ask(name, 'k', time), invalidExpire(name.toLowerCase()), `${name} ${time}`);
  }
  equal(ask('EXPIREAT', 'k', '9223372036854775'), 0);
  equal(ask('PEXPIREAT', 'k', '9223372036854775807'), 0);
  equal(ask('PEXPIREAT', 'k', '-9223372036854775808'), 0);
});

commandTest('Deadlines beyond 2^53 ms are kept as 2^53 - 1', (ask) => {
  ask('SET', 'k', 'v');
  equal(ask('PEXPIREAT', 'k', '9223372036854775807'), 1);
  equal(ask('PEXPIRETIME', 'k'), Number.MAX_SAFE_INTEGER);
  equal(ask('PEXPIRE', 'k', '9007199254740991'), 1);
  equal(ask('PEXPIRETIME', 'k'), Number.MAX_SAFE_INTEGER);
});

commandTest('PERSIST lifts a deadline and says whether there was one', (ask, commands) => {
  equal(ask('PERSIST', 'k'), 0);
  ask('SET', 'k', '5', 'EX', 10);
  commands.takeLog();
  equal(ask('PERSIST', 'k'), 1);
  equal(ask('PERSIST', 'k'), 0);
  equal(ask('TTL', 'k'), -1);
  equal(ask('GET', 'k'), '5');
  deepEqual(commands.takeLog(), [[0, 'PERSIST', 'k']]);
});
