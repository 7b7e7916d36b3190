// String commands on keys that hold another type.
// Each test also replays what was logged and compares the datasets.

import { deepEqual, equal } from 'node:assert/strict';
import { ENCODING_LISTPACK, TYPE_LIST } from '../../../engine/keyspace/encodings.js';
import { Args } from '../../../engine/util/args.js';
import { latin1Bytes } from '../../../engine/util/bytes.js';
import { type Commands, commandTest, WRONGTYPE } from '../command-test.js';

const ON_THE_KEY = [
  ['GET', 'k'],
  ['GETSET', 'k', 'v'],
  ['GETDEL', 'k'],
  ['GETEX', 'k', 'EX', '10'],
  ['GETRANGE', 'k', '0', '-1'],
  ['STRLEN', 'k'],
  ['APPEND', 'k', 'v'],
  ['SETRANGE', 'k', '0', ''],
  ['INCR', 'k'],
  ['INCRBYFLOAT', 'k', 'no float'],
  ['SET', 'k', 'v', 'GET'],
];

/** Puts an empty record of another type under `k`; the log does not know of it. */
function putList({ engine }: Commands): void {
  const db = engine.keyspace.databases[0];
  const args = new Args();
  args.assign([latin1Bytes('k')]);
  db.store(db.lookupWrite(args, 0), args, 0, TYPE_LIST | (ENCODING_LISTPACK << 4), 0, 0, false);
}

commandTest('Commands on strings refuse other types and leave them', (ask, commands) => {
  putList(commands);
  for (const words of ON_THE_KEY) equal(ask(...words), WRONGTYPE, words.join(' '));
  equal(
    ask('LCS', 'k', 'absent', 'FOO'),
    '(error) ERR The specified keys must contain string values',
  );
  deepEqual(ask('MGET', 'k'), [null]);
  equal(ask('TYPE', 'k'), 'list');
  deepEqual(commands.takeLog(), []);
  ask('DEL', 'k');
});

commandTest('SET, MSET and SETEX replace other types', (ask, commands) => {
  for (const words of [
    ['SET', 'k', '1'],
    ['MSET', 'k', 'text'],
    ['SETEX', 'k', '10', 'text'],
  ]) {
    putList(commands);
    equal(ask(...words), 'OK');
    equal(ask('TYPE', 'k'), 'string');
  }
  putList(commands);
  equal(ask('SETNX', 'k', 'v'), 0);
  equal(ask('SET', 'k', 'v', 'XX'), 'OK');
});
