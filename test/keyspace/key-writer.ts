// Short ways to write and read keys in tests, below any command.

import type { Database } from '../../engine/keyspace/database.js';
import { Keyspace } from '../../engine/keyspace/keyspace.js';
import { putBytes, StringView } from '../../engine/keyspace/strings.js';
import { NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { Args } from '../../engine/util/args.js';
import { SeededRandom } from '../../engine/util/random.js';

export const START_MS = 1_700_000_000_000;

export function makeKeyspace(seed: number, databases = 4): Keyspace {
  const random = new SeededRandom(seed);
  const hashSeed = { k0: random.next32() | 0, k1: random.next32() | 0 };
  return new Keyspace({ databases, seed: hashSeed, random, now: START_MS });
}

const args = new Args();
const view = new StringView();

/** @returns arguments whose first is `key`; the same object each time */
export function keyArgs(key: string): Args {
  args.assign([Buffer.from(key, 'latin1')]);
  return args;
}

export function put(db: Database, key: string, value: string, keepDeadline = false): Ref {
  const bytes = Buffer.from(value, 'latin1');
  keyArgs(key);
  const ref = db.lookupWrite(args, 0);
  return putBytes(db, ref, args, 0, bytes, keepDeadline);
}

/** @returns the string a key holds, or null */
export function get(db: Database, key: string): string | null {
  const ref = db.lookupRead(keyArgs(key), 0);
  return ref === NO_REF ? null : stringOf(db, ref);
}

export function stringOf(db: Database, ref: Ref): string {
  view.open(db, ref);
  return view.bytes.toString('latin1', view.at, view.at + view.length);
}
