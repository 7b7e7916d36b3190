// ZREM and the ZREMRANGEs. Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { type Commands, commandTest, NOT_INTEGER, WRONGTYPE } from '../command-test.js';

function fill(ask: Commands['ask'], count: number): void {
  for (let i = 0; i < count; i++) ask('ZADD', 'z', i, `m${i}`);
}

commandTest('ZREM removes members, and the key with the last one', (ask, commands) => {
  fill(ask, 5);
  equal(ask('ZREM', 'z', 'm1', 'nobody', 'm3', 'm3'), 2);
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['m0', 'm2', 'm4']);
  commands.takeLog();
  equal(ask('ZREM', 'z', 'nobody'), 0);
  deepEqual(commands.takeLog(), []);
  const { dirty } = commands.engine.keyspace;
  equal(ask('ZREM', 'z', 'm0', 'm2', 'm4', 'm5'), 3);
  equal(commands.engine.keyspace.dirty, dirty + 3);
  equal(ask('EXISTS', 'z'), 0);
  equal(ask('ZREM', 'z', 'a'), 0);
});

for (const count of [50, 5000]) {
  commandTest(`Ranges of ${count} members go`, (ask) => {
    fill(ask, count);
    equal(ask('ZREMRANGEBYRANK', 'z', 0, 1), 2);
    equal(ask('ZREMRANGEBYRANK', 'z', -2, -1), 2);
    equal(ask('ZREMRANGEBYRANK', 'z', 5, 4), 0);
    equal(ask('ZREMRANGEBYRANK', 'z', count, count), 0);
    equal(ask('ZREMRANGEBYSCORE', 'z', '(5', 9), 4);
    equal(ask('ZREMRANGEBYSCORE', 'z', 9, 5), 0);
    deepEqual(ask('ZRANGE', 'z', 0, 5), ['m2', 'm3', 'm4', 'm5', 'm10', 'm11']);
    const left = count - 8;
    equal(ask('ZCARD', 'z'), left);
    equal(ask('ZREMRANGEBYSCORE', 'z', '-inf', '(20'), 14);
    equal(ask('ZREMRANGEBYRANK', 'z', 3, -1), left - 17);
    deepEqual(ask('ZRANGE', 'z', 0, -1), ['m20', 'm21', 'm22']);
    equal(ask('ZREMRANGEBYSCORE', 'z', '-inf', '+inf'), 3);
    equal(ask('EXISTS', 'z'), 0);
  });
}

commandTest('ZREMRANGEBYLEX removes between members', (ask) => {
  ask('ZADD', 'z', ...['a', 'b', 'c', 'd', 'e'].flatMap((member) => [0, member]));
  equal(ask('ZREMRANGEBYLEX', 'z', '[b', '(d'), 2);
  equal(ask('ZREMRANGEBYLEX', 'z', '(d', '[d'), 0);
  deepEqual(ask('ZRANGE', 'z', 0, -1), ['a', 'd', 'e']);
  equal(ask('ZREMRANGEBYLEX', 'z', '-', '+'), 3);
  equal(ask('EXISTS', 'z'), 0);
});

commandTest('Bounds are checked before the key', (ask) => {
  ask('SET', 's', 'x');
  equal(ask('ZREMRANGEBYRANK', 's', 'x', 1), NOT_INTEGER);
  equal(ask('ZREMRANGEBYRANK', 's', 1, 'x'), NOT_INTEGER);
  equal(ask('ZREMRANGEBYSCORE', 's', 'x', 1), '(error) ERR min or max is not a float');
  const lex = '(error) ERR min or max not valid string range item';
  equal(ask('ZREMRANGEBYLEX', 's', 'x', '+'), lex);
  equal(ask('ZREM', 's', 'a'), WRONGTYPE);
  equal(ask('ZREMRANGEBYRANK', 's', 0, 1), WRONGTYPE);
  equal(ask('ZREMRANGEBYSCORE', 's', 0, 1), WRONGTYPE);
  equal(ask('ZREMRANGEBYLEX', 's', '-', '+'), WRONGTYPE);
  equal(ask('ZREMRANGEBYRANK', 'absent', 0, 1), 0);
});
