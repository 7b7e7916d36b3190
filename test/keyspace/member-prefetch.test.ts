// Members of a large collection fetched ahead: what the commands do is the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashValue } from '../../engine/keyspace/values/hash-value.js';
import { Args } from '../../engine/util/args.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { makeKeyspace, put } from './key-writer.js';

const FIELDS = 5000;

function words(...texts: string[]): Args {
  const args = new Args();
  args.assign(texts.map(latin1Bytes));
  return args;
}

test('Fetching members ahead changes nothing, whatever the commands are', () => {
  const keyspace = makeKeyspace(1);
  const db = keyspace.databases[0];
  const hash = new HashValue();
  const create = words('HSET', 'h');
  db.lookupWrite(create, 1);
  hash.createEmpty(db, create, 1, 0);
  for (let i = 0; i < FIELDS; i++) {
    const [field, value] = [latin1Bytes(`f${i}`), latin1Bytes(`v${i}`)];
    hash.set(new ByteSlice().ofBuffer(field), new ByteSlice().ofBuffer(value), false);
  }
  put(db, 'other', 'value');
  const { usedBytes } = db;
  for (const first of [['HGET', 'h', 'f1'], ['HGETALL', 'h'], ['GET', 'other'], ['PING']]) {
    const commands = [
      words(...first),
      words('HGET', 'h', 'f17'),
      words('HGET', 'h', 'absent'),
      words('HSET', 'h', 'x'.repeat(100), 'v'),
      words('HGET', 'other', 'f1'),
      words('HLEN', 'h'),
      words('PING'),
      ...Array.from({ length: 60 }, (_, i) => words('HMGET', 'h', `f${i}`, 'f2')),
    ];
    db.prefetch(commands, commands.length);
    for (const args of commands) {
      if (args.count < 3 || args.text(1) !== 'h') continue;
      hash.open(db, db.lookupRead(args, 1));
      const number = Number(args.text(2).slice(1));
      const isThere = hash.get(new ByteSlice().ofArgument(args, 2));
      assert.equal(isThere, number < FIELDS, args.text(2));
      if (isThere) assert.equal(hash.value.text(), `v${number}`);
    }
  }
  assert.equal(db.usedBytes, usedBytes);
});
