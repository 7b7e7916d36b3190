// SPOP and SRANDMEMBER: what they choose, what they leave and what they log. Each test also replays
// what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { commandTest, NOT_INTEGER, type Plain, SYNTAX } from '../command-test.js';

const NOT_POSITIVE = '(error) ERR value is out of range, must be positive';
const many = (count: number, prefix = 'm') => Array.from({ length: count }, (_, i) => prefix + i);
const sorted = (reply: Plain) => [...(reply as string[])].sort();
/** One set of each form. */
const FORMS = [many(100, ''), many(100), many(700)];

commandTest('SPOP takes one member after the other until the key goes', (ask, commands) => {
  for (const members of FORMS) {
    ask('SADD', 'k', ...members);
    const popped: Plain[] = [];
    for (let i = 0; i < members.length; i++) {
      commands.takeLog();
      const member = ask('SPOP', 'k') as string;
      popped.push(member);
      equal(ask('SISMEMBER', 'k', member), 0);
      const last = i === members.length - 1;
      deepEqual(commands.takeLog(), [last ? [0, 'DEL', 'k'] : [0, 'SREM', 'k', member]]);
    }
    deepEqual(sorted(popped), [...members].sort());
    equal(ask('EXISTS', 'k'), 0);
    equal(ask('SPOP', 'k'), null);
  }
});

commandTest('SPOP with a count takes so many, and is logged as their removal', (ask, commands) => {
  for (const members of FORMS) {
    for (const count of [1, 2, 50, 99]) {
      ask('DEL', 'k');
      ask('SADD', 'k', ...members);
      commands.takeLog();
      const { dirty } = commands.engine.keyspace;
      const popped = ask('SPOP', 'k', count) as string[];
      equal(new Set(popped).size, count);
      equal(commands.engine.keyspace.dirty - dirty, count);
      deepEqual(commands.takeLog(), [[0, 'SREM', 'k', ...popped]]);
      const left = members.filter((member) => !popped.includes(member));
      deepEqual(sorted(ask('SMEMBERS', 'k')), left.sort());
    }
  }
});

commandTest('SPOP of very many is logged in parts', (ask, commands) => {
  ask('SADD', 'k', ...many(5000));
  commands.takeLog();
  const popped = ask('SPOP', 'k', 4999) as string[];
  const logged = commands.takeLog();
  deepEqual(
    logged.map((entry) => entry.length - 3),
    [1024, 1024, 1024, 1024, 903],
  );
  deepEqual(
    logged.flatMap((entry) => entry.slice(3)),
    popped,
  );
  equal(ask('SCARD', 'k'), 1);
});

commandTest('SPOP of all or more is logged as a deletion', (ask, commands) => {
  for (const members of FORMS) {
    for (const count of [members.length, members.length + 1, '9223372036854775807']) {
      ask('SADD', 'k', ...members);
      commands.takeLog();
      const { dirty } = commands.engine.keyspace;
      deepEqual(sorted(ask('SPOP', 'k', count)), [...members].sort());
      equal(commands.engine.keyspace.dirty - dirty, members.length);
      deepEqual(commands.takeLog(), [[0, 'DEL', 'k']]);
      equal(ask('EXISTS', 'k'), 0);
    }
  }
});

commandTest('SPOP checks its count before the key', (ask) => {
  ask('SET', 'text', 'v');
  equal(ask('SPOP', 'text', '-1'), NOT_POSITIVE);
  equal(ask('SPOP', 'text', 'x'), NOT_POSITIVE);
  equal(ask('SPOP', 'text', '9223372036854775808'), NOT_POSITIVE);
  equal(ask('SPOP', 'text', '1', '2'), SYNTAX);
  deepEqual(ask('SPOP', 'absent', '0'), []);
  deepEqual(ask('SPOP', 'absent', '3'), []);
  ask('SADD', 'k', 'a');
  deepEqual(ask('SPOP', 'k', '0'), []);
  equal(ask('SCARD', 'k'), 1);
});

commandTest('SPOP keeps the deadline of what is left', (ask) => {
  ask('SADD', 'k', 'a', 'b', 'c');
  ask('EXPIRE', 'k', 100);
  ask('SPOP', 'k');
  ask('SPOP', 'k', 1);
  equal(ask('TTL', 'k'), 100);
});

commandTest('SRANDMEMBER picks without changing anything', (ask, commands) => {
  for (const members of FORMS) {
    ask('DEL', 'k');
    ask('SADD', 'k', ...members);
    commands.takeLog();
    ok(members.includes(ask('SRANDMEMBER', 'k') as string));
    for (const count of [1, 2, 30, 99]) {
      const picked = ask('SRANDMEMBER', 'k', count) as string[];
      equal(picked.length, count);
      equal(new Set(picked).size, count);
      ok(picked.every((member) => members.includes(member)));
    }
    deepEqual(sorted(ask('SRANDMEMBER', 'k', members.length)), [...members].sort());
    deepEqual(sorted(ask('SRANDMEMBER', 'k', '9223372036854775807')), [...members].sort());
    const repeated = ask('SRANDMEMBER', 'k', -2000) as string[];
    equal(repeated.length, 2000);
    ok(repeated.every((member) => members.includes(member)));
    ok(new Set(repeated).size > members.length / 2);
    deepEqual(commands.takeLog(), []);
    equal(ask('SCARD', 'k'), members.length);
  }
});

commandTest('SRANDMEMBER checks its count before the key', (ask) => {
  const max = '9223372036854775807';
  ask('SET', 'text', 'v');
  equal(ask('SRANDMEMBER', 'text', 'x'), NOT_INTEGER);
  equal(ask('SRANDMEMBER', 'text', '1', '2'), SYNTAX);
  equal(
    ask('SRANDMEMBER', 'text', '-9223372036854775808'),
    `(error) ERR value is out of range, value must between -${max} and ${max}`,
  );
  equal(ask('SRANDMEMBER', 'text', `-${max}`), '(error) ERR value is out of range');
  equal(ask('SRANDMEMBER', 'absent'), null);
  deepEqual(ask('SRANDMEMBER', 'absent', '5'), []);
  deepEqual(ask('SRANDMEMBER', 'absent', '-5'), []);
  ask('SADD', 'k', 'a');
  deepEqual(ask('SRANDMEMBER', 'k', '0'), []);
  deepEqual(ask('SRANDMEMBER', 'k', '-3'), ['a', 'a', 'a']);
});
