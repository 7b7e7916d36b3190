// COPY, RENAME, MOVE, DUMP, RESTORE, TYPE and SCAN TYPE over collections, packed and large. Each
// test also replays what was logged and compares the datasets.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { SeededRandom } from '../../../engine/util/random.js';
import { payload, SAMPLES } from '../../snapshot/rdb/old-forms.js';
import { type Commands, commandTest, type Plain } from '../command-test.js';

type Ask = Commands['ask'];

const numbers = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => i + from);

interface Sample {
  readonly key: string;
  readonly type: string;
  readonly encoding: string;
  readonly make: (ask: Ask, key: string) => void;
}

const LONG = 'x'.repeat(70);
const BULKY = 'y'.repeat(9000);

/** A collection of each type and encoding. */
const COLLECTIONS: readonly Sample[] = [
  {
    key: 'packed list',
    type: 'list',
    encoding: 'listpack',
    make: (ask, key) => ask('RPUSH', key, 'a', '1', '', '-70000'),
  },
  {
    key: 'large list',
    type: 'list',
    encoding: 'quicklist',
    make: (ask, key) =>
      ask('RPUSH', key, ...numbers(40).map((i) => `${i}${LONG.repeat(5)}`), BULKY),
  },
  {
    key: 'integer set',
    type: 'set',
    encoding: 'intset',
    make: (ask, key) => ask('SADD', key, ...numbers(300, -5), '99999999999'),
  },
  {
    key: 'packed set',
    type: 'set',
    encoding: 'listpack',
    make: (ask, key) => ask('SADD', key, 'a', '1', ''),
  },
  {
    key: 'large set',
    type: 'set',
    encoding: 'hashtable',
    make: (ask, key) => ask('SADD', key, ...numbers(200).map((i) => `m${i}`), LONG),
  },
  {
    key: 'packed hash',
    type: 'hash',
    encoding: 'listpack',
    make: (ask, key) => ask('HSET', key, 'f', 'v', '1', '2', '', ''),
  },
  {
    key: 'large hash',
    type: 'hash',
    encoding: 'hashtable',
    make: (ask, key) => {
      ask('HSET', key, 'f', LONG, 'g', 'v', '1', '2');
      ask('HPEXPIREAT', key, '1800000000000', 'FIELDS', 1, 'g');
    },
  },
  {
    key: 'packed sorted set',
    type: 'zset',
    encoding: 'listpack',
    make: (ask, key) => ask('ZADD', key, '1', 'a', '-inf', '5', '1.5', 'b', '1.5', 'c'),
  },
  {
    key: 'large sorted set',
    type: 'zset',
    encoding: 'skiplist',
    make: (ask, key) => ask('ZADD', key, ...numbers(200).flatMap((i) => [i / 3, `m${i}`])),
  },
];

/** @returns all that a collection holds, in an order of its own */
function content(ask: Ask, key: string): Plain {
  switch (ask('TYPE', key)) {
    case 'list':
      return ask('LRANGE', key, 0, -1);
    case 'set':
      return (ask('SMEMBERS', key) as string[]).sort();
    case 'hash': {
      const fields = (ask('HKEYS', key) as string[]).sort();
      return fields.map((field) => [
        field,
        ask('HGET', key, field),
        ask('HPEXPIRETIME', key, 'FIELDS', 1, field),
      ]);
    }
    case 'zset':
      return ask('ZRANGE', key, 0, -1, 'WITHSCORES');
    default:
      return null;
  }
}

/** Makes one of each. @returns what each holds */
function makeAll(ask: Ask): Map<Sample, Plain> {
  const contents = new Map<Sample, Plain>();
  for (const sample of COLLECTIONS) {
    sample.make(ask, sample.key);
    equal(ask('OBJECT', 'ENCODING', sample.key), sample.encoding, sample.key);
    equal(ask('TYPE', sample.key), sample.type, sample.key);
    contents.set(sample, content(ask, sample.key));
  }
  return contents;
}

commandTest('COPY gives an equal value that lives on its own', (ask) => {
  for (const [{ key, encoding }, before] of makeAll(ask)) {
    ask('PEXPIREAT', key, 1_900_000_000_000);
    equal(ask('COPY', key, 'copy'), 1, key);
    equal(ask('COPY', key, 'copy'), 0, key);
    equal(ask('COPY', key, 'copy', 'REPLACE'), 1, key);
    deepEqual(content(ask, 'copy'), before, key);
    equal(ask('OBJECT', 'ENCODING', 'copy'), encoding, key);
    equal(ask('PEXPIRETIME', 'copy'), 1_900_000_000_000, key);
    ask('DEL', key);
    deepEqual(content(ask, 'copy'), before, key);
    ask('DEL', 'copy');
  }
});

commandTest('the copy of a table that has shrunk is a table too', (ask) => {
  ask('HSET', 'h', 'f', LONG, 'g', 'v');
  ask('HDEL', 'h', 'f');
  ask('SADD', 's', LONG, 'm');
  ask('SREM', 's', LONG);
  ask('ZADD', 'z', 1, LONG, 2, 'm');
  ask('ZREM', 'z', LONG);
  for (const [key, encoding] of Object.entries({ h: 'hashtable', s: 'hashtable', z: 'skiplist' })) {
    equal(ask('OBJECT', 'ENCODING', key), encoding, key);
    ask('COPY', key, 'copy', 'REPLACE');
    equal(ask('OBJECT', 'ENCODING', 'copy'), encoding, key);
    deepEqual(content(ask, 'copy'), content(ask, key), key);
  }
  // The limits are as they were.
  ask('HSET', 'new', 'f', 'v');
  equal(ask('OBJECT', 'ENCODING', 'new'), 'listpack');
});

commandTest('COPY and MOVE take values to other databases', (ask, commands) => {
  for (const [{ key, encoding }, before] of makeAll(ask)) {
    ask('PEXPIREAT', key, 1_900_000_000_000);
    equal(ask('COPY', key, 'copy', 'DB', 3), 1, key);
    equal(ask('MOVE', key, 2), 1, key);
    equal(ask('EXISTS', key), 0, key);
    for (const [dbIndex, name] of [
      [2, key],
      [3, 'copy'],
    ] as const) {
      commands.select(dbIndex);
      deepEqual(content(ask, name), before, key);
      equal(ask('OBJECT', 'ENCODING', name), encoding, key);
      equal(ask('PEXPIRETIME', name), 1_900_000_000_000, key);
    }
    ask('DEL', 'copy');
    commands.select(0);
  }
});

commandTest('RENAME takes everything along, onto any other value', (ask) => {
  const name = `a name of ${'n'.repeat(300)} bytes`;
  for (const [{ key, encoding }, before] of makeAll(ask)) {
    for (const expires of [false, true]) {
      if (expires) ask('PEXPIREAT', key, 1_900_000_000_000);
      ask('RPUSH', name, 'in the way');
      equal(ask('RENAMENX', key, name), 0, key);
      equal(ask('RENAME', key, name), 'OK', key);
      equal(ask('EXISTS', key), 0, key);
      deepEqual(content(ask, name), before, key);
      equal(ask('OBJECT', 'ENCODING', name), encoding, key);
      equal(ask('PEXPIRETIME', name), expires ? 1_900_000_000_000 : -1, key);
      equal(ask('RENAMENX', name, key), 1, key);
      deepEqual(content(ask, key), before, key);
    }
  }
});

commandTest('a renamed large collection goes on working', (ask) => {
  ask('ZADD', 'z', ...numbers(200).flatMap((i) => [i, `m${i}`]));
  ask('RENAME', 'z', 'y');
  ask('ZADD', 'y', 500, 'last');
  equal(ask('ZRANK', 'y', 'last'), 200);
  ask('HSET', 'h', 'f', LONG);
  ask('RENAME', 'h', 'i');
  ask('HSET', 'i', 'g', 'v');
  equal(ask('HLEN', 'i'), 2);
  equal(ask('DEL', 'y', 'i'), 2);
});

commandTest('deadlines of fields hold under the new name', (ask, commands) => {
  const START = commands.clock.now();
  ask('HSET', 'h', 'f', 'v', 'g', 'w');
  ask('HPEXPIREAT', 'h', START + 1000, 'FIELDS', 1, 'f');
  ask('RENAME', 'h', 'renamed');
  ask('COPY', 'renamed', 'copied');
  ask('COPY', 'renamed', 'moved');
  ask('MOVE', 'moved', 1);
  ask('RESTORE', 'restored', 0, Buffer.from(ask('DUMP', 'renamed') as string, 'latin1'));
  const survivors = (key: string): Plain => [ask('HGET', key, 'f'), ask('HGET', key, 'g')];
  const fieldsOfAll = (): Plain[] => {
    const found = ['renamed', 'copied', 'restored'].map(survivors);
    commands.select(1);
    found.push(survivors('moved'));
    commands.select(0);
    return found;
  };
  deepEqual(
    fieldsOfAll(),
    numbers(4).map(() => ['v', 'w']),
  );
  commands.clock.advance(1000);
  deepEqual(
    fieldsOfAll(),
    numbers(4).map(() => [null, 'w']),
  );
});

commandTest('RESTORE makes what DUMP was given', (ask) => {
  for (const [{ key, encoding }, before] of makeAll(ask)) {
    const dumped = ask('DUMP', key) as string;
    equal(ask('RESTORE', 'back', 0, Buffer.from(dumped, 'latin1'), 'REPLACE'), 'OK', key);
    deepEqual(content(ask, 'back'), before, key);
    equal(ask('OBJECT', 'ENCODING', 'back'), encoding, key);
    const options = ['ABSTTL', 'REPLACE', 'IDLETIME', 100];
    const deadline = 1_900_000_000_000;
    equal(ask('RESTORE', 'back', deadline, Buffer.from(dumped, 'latin1'), ...options), 'OK', key);
    equal(ask('PEXPIRETIME', 'back'), deadline, key);
    equal(ask('OBJECT', 'IDLETIME', 'back'), 100, key);
    deepEqual(content(ask, 'back'), before, key);
  }
});

commandTest('SCAN TYPE finds the keys of one type', (ask) => {
  makeAll(ask);
  ask('SET', 'string', 'v');
  for (const type of ['list', 'set', 'hash', 'zset', 'string', 'stream']) {
    const [, found] = ask('SCAN', 0, 'COUNT', 1000, 'TYPE', type) as [string, string[]];
    const expected = COLLECTIONS.filter((sample) => sample.type === type).map(({ key }) => key);
    deepEqual(found.sort(), type === 'string' ? ['string'] : expected.sort(), type);
  }
});

commandTest('damaged payloads that are sealed again change nothing and break nothing', (ask) => {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  const BAD = '(error) ERR Bad data format';
  ask('SET', 'k', 'v');
  let restored = 0;
  for (const { name, value } of SAMPLES) {
    for (let round = 0; round < 60; round++) {
      let bytes = Buffer.from(value);
      if (random.next32() % 4 === 0)
        bytes = bytes.subarray(0, 1 + (random.next32() % bytes.length));
      else bytes[random.next32() % Math.min(60, bytes.length)] = random.next32() & 0xff;
      const answer = ask('RESTORE', 'r', 0, payload(bytes), 'REPLACE');
      ok(answer === 'OK' || answer === BAD, `${name}, seed ${seed}: ${String(answer)}`);
      if (answer !== 'OK') continue;
      restored++;
      ok(ask('TYPE', 'r') === 'string' || content(ask, 'r') !== null, `${name}, seed ${seed}`);
    }
    equal(ask('RESTORE', 'k', 0, payload(value.subarray(0, -1)), 'REPLACE'), BAD, name);
    equal(ask('GET', 'k'), 'v', name);
  }
  ok(restored > 0, 'some damage makes another good value');
});
