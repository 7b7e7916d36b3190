// A database against a Map under random operations of every kind, and its promises one by one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../engine/keyspace/database.js';
import { ArenaFullError, CHUNK_SHIFT, NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { valueAtOf, valueLengthOf } from '../../engine/memory/record.js';
import { RefList } from '../../engine/memory/ref-list.js';
import { viewOf } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { get, keyArgs, makeKeyspace, put, START_MS, stringOf } from './key-writer.js';

interface Entry {
  value: string;
  deadline: number;
}

const KEYS = 3000;

function randomKey(random: SeededRandom): string {
  const number = randomBelow(random, KEYS);
  // Every length that matters: empty, ordinary, the longest short key, and long ones.
  if (number === 0) return '';
  if (number % 50 === 1) return `${number}`.padStart(253 + (number % 4), 'k');
  return `key:${number}`;
}

function randomValue(random: SeededRandom): string {
  const kind = randomBelow(random, 100);
  if (kind < 20) return String(random.next32() - 2 ** 31);
  if (kind < 22) return '-9223372036854775808';
  if (kind < 80) return 'v'.repeat(randomBelow(random, 60));
  if (kind < 98) return 'w'.repeat(randomBelow(random, 3000));
  return 'x'.repeat(65530 + randomBelow(random, 12));
}

/** A database and what it should hold. */
class Pair {
  readonly random: SeededRandom;
  readonly keyspace;
  readonly model = new Map<string, Entry>();
  readonly other = new Map<string, Entry>();

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.keyspace = makeKeyspace(seed);
  }

  get db(): Database {
    return this.keyspace.databases[0];
  }

  /** Forgets in the model what has expired by now. */
  expireModel(): void {
    for (const model of [this.model, this.other]) {
      for (const [key, entry] of model) {
        if (entry.deadline >= 0 && entry.deadline <= this.keyspace.now) model.delete(key);
      }
    }
  }

  step(): void {
    const { random, db, model } = this;
    const key = randomKey(random);
    const entry = model.get(key);
    switch (randomBelow(random, 10)) {
      case 0:
      case 1:
        this.set(key, false);
        return;
      case 2:
        this.set(key, true);
        return;
      case 3:
        this.resize(key);
        return;
      case 4:
      case 5: {
        const ref = db.lookupWrite(keyArgs(key), 0);
        assert.equal(ref !== NO_REF, entry !== undefined);
        if (ref !== NO_REF) db.remove(ref);
        model.delete(key);
        return;
      }
      case 6:
      case 7: {
        const ref = db.lookupWrite(keyArgs(key), 0);
        const deadline = this.keyspace.now + 1 + randomBelow(random, 50_000);
        if (ref === NO_REF || entry === undefined) return;
        this.checkEntry(db.setDeadline(ref, deadline), { ...entry, deadline });
        entry.deadline = deadline;
        return;
      }
      case 8: {
        const ref = db.lookupWrite(keyArgs(key), 0);
        if (ref === NO_REF || entry === undefined) return;
        this.checkEntry(db.clearDeadline(ref), { ...entry, deadline: -1 });
        entry.deadline = -1;
        return;
      }
      default:
        this.copy(key);
    }
  }

  checkEntry(ref: Ref, entry: Entry): void {
    assert.equal(stringOf(this.db, ref), entry.value);
    assert.equal(this.db.deadlineOf(ref), entry.deadline);
  }

  private set(key: string, keepDeadline: boolean): void {
    const value = randomValue(this.random);
    const ref = put(this.db, key, value, keepDeadline);
    const deadline = keepDeadline ? (this.model.get(key)?.deadline ?? -1) : -1;
    this.model.set(key, { value, deadline });
    this.checkEntry(ref, { value, deadline });
  }

  /** Cuts or lengthens a string in place; new bytes are filled in. */
  private resize(key: string): void {
    const { db } = this;
    const entry = this.model.get(key);
    let ref = db.lookupWrite(keyArgs(key), 0);
    if (ref === NO_REF || entry === undefined || valueLengthOf(db.arena, ref) === 0) return;
    const length = randomBelow(this.random, 2) === 0 ? 1 : entry.value.length * 2 + 10;
    if (length > 200_000) return;
    const before = Math.min(length, entry.value.length);
    ref = db.resizeValue(ref, length);
    assert.ok(db.recordSizeBytes(ref) <= 8 * (length + 400), 'room that is unused is given back');
    const at = valueAtOf(db.arena, ref);
    db.arena.bytes[ref >>> CHUNK_SHIFT].fill('y', at + before, at + length);
    entry.value = entry.value.slice(0, before) + 'y'.repeat(length - before);
    this.checkEntry(ref, entry);
  }

  private copy(key: string): void {
    const { db } = this;
    const entry = this.model.get(key);
    const from = db.peek(keyArgs(key), 0);
    if (from === NO_REF || entry === undefined) return;
    const target = this.keyspace.databases[1];
    const old = target.lookupWrite(keyArgs(key), 0);
    if (old !== NO_REF) target.remove(old);
    this.other.delete(key);
    target.copyFrom(db, from, keyArgs(key), 0);
    this.other.set(key, { ...entry });
  }
}

function checkAll(db: Database, model: Map<string, Entry>, context: string): void {
  assert.equal(db.count, model.size, context);
  let withDeadline = 0;
  for (const [key, entry] of model) {
    const ref = db.peek(keyArgs(key), 0);
    assert.notEqual(ref, NO_REF, `${context}: ${key} is missing`);
    assert.equal(stringOf(db, ref), entry.value, context);
    assert.equal(db.deadlineOf(ref), entry.deadline, context);
    if (entry.deadline >= 0) withDeadline++;
  }
  assert.equal(db.expiresCount, withDeadline, context);
}

/** Sum of the blocks of all records. */
function recordBytesOf(db: Database): number {
  const found = new RefList();
  let bytes = 0;
  let position = 0;
  do {
    found.clear();
    position = db.table.scanStep(position, found);
    for (let i = 0; i < found.length; i++) bytes += db.recordSizeBytes(found.refs[i]);
  } while (position !== 0);
  return bytes;
}

test('a database agrees with a Map under random operations, expiry included', () => {
  const seed = randomSeed();
  const pair = new Pair(seed);
  const { keyspace, random } = pair;
  const emptyBytes = keyspace.databases[0].usedBytes;
  for (let step = 0; step < 120_000; step++) {
    pair.step();
    if (randomBelow(random, 3) !== 0) continue;
    keyspace.setTime(keyspace.now + randomBelow(random, 20));
    // Sometimes actively, sometimes only when a key is looked at.
    if (randomBelow(random, 10) === 0) keyspace.expireDue(randomBelow(random, 50));
    pair.expireModel();
    if (step % 10_000 > 2) continue;
    assert.ok(keyspace.expireDue(Number.MAX_SAFE_INTEGER));
    const [first, second] = keyspace.databases;
    checkAll(first, pair.model, `seed ${seed}, step ${step}`);
    checkAll(second, pair.other, `seed ${seed}, step ${step}`);
    const wheelBytes = first.wheel?.sizeBytes ?? 0;
    assert.equal(first.usedBytes, recordBytesOf(first) + first.table.sizeBytes + wheelBytes);
  }
  const wheelBytes = pair.db.wheel?.sizeBytes ?? 0;
  assert.ok(keyspace.expireDue(Number.MAX_SAFE_INTEGER));
  for (const key of pair.model.keys()) pair.db.remove(pair.db.lookupWrite(keyArgs(key), 0));
  assert.equal(pair.db.usedBytes, emptyBytes + wheelBytes, `seed ${seed}`);
  assert.equal(pair.db.arena.usedBytes, 0);
});

test('an operation that finds no memory changes nothing, and deleting always works', () => {
  const seed = randomSeed();
  const pair = new Pair(seed);
  const { keyspace, random } = pair;
  for (let i = 0; i < 5000; i++) pair.step();
  for (const db of keyspace.databases) {
    const allocate = db.arena.allocate.bind(db.arena);
    db.arena.allocate = (size) => {
      if (randomBelow(random, 3) === 0) throw new ArenaFullError('no memory in this test');
      return allocate(size);
    };
  }
  let failures = 0;
  for (let i = 0; i < 40_000; i++) {
    try {
      pair.step();
    } catch (error) {
      if (!(error instanceof ArenaFullError)) throw error;
      failures++;
    }
  }
  assert.ok(failures > 1000, `seed ${seed}: ${failures} failures`);
  checkAll(keyspace.databases[0], pair.model, `seed ${seed}`);
  checkAll(keyspace.databases[1], pair.other, `seed ${seed}`);
  for (const key of pair.model.keys()) pair.db.remove(pair.db.lookupWrite(keyArgs(key), 0));
  assert.equal(pair.db.arena.usedBytes, 0);
});

test('a key past its deadline is gone for every lookup, before anything has removed it', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  const expired: string[] = [];
  keyspace.onRemoved = (_, bytes, at, length) => {
    expired.push(bytes.toString('latin1', at, at + length));
  };
  for (const key of ['read', 'write', 'peek', 'due', 'later']) {
    db.setDeadline(put(db, key, 'v'), START_MS + (key === 'later' ? 11 : 10));
  }
  keyspace.setTime(START_MS + 9);
  assert.equal(get(db, 'read'), 'v');
  keyspace.setTime(START_MS + 10);
  const { dirty } = keyspace;
  assert.equal(db.count, 5);
  assert.equal(db.lookupRead(keyArgs('read'), 0), NO_REF);
  assert.equal(db.lookupWrite(keyArgs('write'), 0), NO_REF);
  assert.equal(db.peek(keyArgs('peek'), 0), NO_REF);
  assert.deepEqual(expired, ['read', 'write', 'peek']);
  assert.ok(keyspace.expireDue(100));
  assert.deepEqual(expired, ['read', 'write', 'peek', 'due']);
  assert.equal(keyspace.expiredKeys, 4);
  assert.equal(keyspace.dirty, dirty, "an expiry is nobody's write");
  assert.equal(db.count, 1);
});

test('during replay nothing expires', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  keyspace.expiresKeys = false;
  db.setDeadline(put(db, 'key', 'v'), START_MS - 5);
  assert.equal(get(db, 'key'), 'v');
  keyspace.expiresKeys = true;
  assert.equal(get(db, 'key'), null);
});

test('storing under another key than the one looked up last stops the process', () => {
  const [db] = makeKeyspace(1).databases;
  const args = keyArgs('first');
  args.assign([Buffer.from('first'), Buffer.from('second')]);
  const ref = db.lookupWrite(args, 0);
  db.lookupWrite(args, 1);
  assert.throws(() => db.store(ref, args, 0, 0, 0, 1, false), /looked up last/);
});

test('loading refuses a key that is there', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  const key = viewOf(Buffer.from('key'));
  assert.notEqual(db.load(key, 0, 3, 0, 0, 5, -1), NO_REF);
  assert.equal(db.load(key, 0, 3, 0, 0, 5, -1), NO_REF);
  assert.equal(db.count, 1);
  assert.equal(keyspace.dirty, 0);
});

test('appending byte by byte moves a value only a few times', () => {
  const [db] = makeKeyspace(1).databases;
  let ref = put(db, 'key', 'x');
  let moves = 0;
  for (let length = 2; length <= 100_000; length++) {
    const next = db.resizeValue(ref, length);
    if (next !== ref) moves++;
    ref = next;
  }
  assert.ok(moves < 20, `${moves} moves`);
});

test('the average time to live is that of the keys with a deadline', () => {
  const keyspace = makeKeyspace(1);
  const [db] = keyspace.databases;
  assert.equal(db.averageTtlMs(), 0);
  put(db, 'none', 'v');
  db.setDeadline(put(db, 'a', 'v'), START_MS + 1000);
  db.setDeadline(put(db, 'b', 'v'), START_MS + 3000);
  assert.equal(db.averageTtlMs(), 2000);
  db.remove(db.lookupWrite(keyArgs('b'), 0));
  keyspace.setTime(START_MS + 400);
  assert.equal(db.averageTtlMs(), 600);
});
