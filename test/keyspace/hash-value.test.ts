// Hashes against a Map, around every limit between the packed and the large form, with deadlines,
// and the promises of the value, its cursor, its builder and its random choice one by one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../engine/keyspace/database.js';
import { ENCODING_HASHTABLE, ENCODING_LISTPACK } from '../../engine/keyspace/encodings.js';
import { HashBuilder, HashCursor } from '../../engine/keyspace/values/hash-cursor.js';
import { HashSampler } from '../../engine/keyspace/values/hash-sampler.js';
import { HashValue } from '../../engine/keyspace/values/hash-value.js';
import { NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { Args } from '../../engine/util/args.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { makeKeyspace, START_MS } from './key-writer.js';

interface Field {
  value: string;
  /** Unix ms, or -1. */
  deadlineMs: number;
}

type Model = Map<string, Field>;

const slice = (text: string) => new ByteSlice().ofBuffer(latin1Bytes(text));

function words(...texts: string[]): Args {
  const args = new Args();
  args.assign(texts.map(latin1Bytes));
  return args;
}

/** One hash under a key, and what it should hold. */
class Subject {
  readonly random: SeededRandom;
  readonly keyspace;
  readonly model: Model = new Map();
  readonly hash = new HashValue();
  readonly key: string;

  constructor(seed: number, key = 'h') {
    this.random = new SeededRandom(seed);
    this.keyspace = makeKeyspace(seed);
    this.key = key;
  }

  get db(): Database {
    return this.keyspace.databases[0];
  }

  ref(): Ref {
    return this.db.lookupWrite(words(this.key), 0);
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  set(field: string, value: string, keepDeadline = false): void {
    const ref = this.ref();
    const known = this.model.get(field);
    if (ref === NO_REF) {
      const args = words(this.key, field, value);
      const isFilled = this.hash.create(this.db, args, 0, 1);
      if (!isFilled) assert.ok(this.hash.set(slice(field), slice(value), false));
    } else {
      const isNew = this.hash.open(this.db, ref).set(slice(field), slice(value), keepDeadline);
      assert.equal(isNew, known === undefined, field);
    }
    const deadlineMs = keepDeadline && known !== undefined ? known.deadlineMs : -1;
    this.model.set(field, { value, deadlineMs });
  }

  delete(field: string): void {
    const ref = this.ref();
    if (ref === NO_REF) return;
    this.hash.open(this.db, ref);
    assert.equal(this.hash.delete(slice(field)), this.model.delete(field));
    assert.equal(this.hash.dropIfEmpty(), this.model.size === 0);
  }

  setDeadline(field: string, deadlineMs: number): void {
    const known = this.model.get(field);
    if (known === undefined) return;
    this.hash.open(this.db, this.ref()).setDeadline(slice(field), deadlineMs);
    known.deadlineMs = deadlineMs;
  }

  /** Lets time pass; what is due goes at once. */
  pass(ms: number): void {
    this.keyspace.setTime(this.keyspace.now + ms);
    assert.equal(this.db.expireFieldsDue(Number.POSITIVE_INFINITY), true);
    for (const [field, { deadlineMs }] of this.model) {
      if (deadlineMs >= 0 && deadlineMs <= this.keyspace.now) this.model.delete(field);
    }
  }

  /** Compares everything that can be asked with the model. */
  check(): void {
    const ref = this.ref();
    if (this.model.size === 0) {
      assert.equal(ref, NO_REF);
      return;
    }
    const { hash } = this;
    assert.equal(hash.open(this.db, ref).count, this.model.size);
    let withDeadline = 0;
    for (const [field, { value, deadlineMs }] of this.model) {
      assert.ok(hash.get(slice(field)), field);
      assert.equal(hash.value.text(), value);
      assert.equal(hash.deadlineOf(slice(field)), deadlineMs);
      if (deadlineMs >= 0) withDeadline++;
    }
    assert.equal(hash.volatileCount, withDeadline);
    assert.equal(this.db.fieldDeadlines?.wheel.count ?? 0, withDeadline);
    assert.equal(this.db.fieldDeadlines?.hashes ?? 0, withDeadline > 0 ? 1 : 0);
    assert.deepEqual(contentOf(this.db, ref), this.model);
  }
}

function contentOf(db: Database, ref: Ref): Model {
  const cursor = new HashCursor();
  const content: Model = new Map();
  cursor.open(db, ref);
  while (cursor.next()) {
    const { value, deadlineMs } = cursor;
    assert.ok(!content.has(cursor.element.text()), 'no field comes twice');
    content.set(cursor.element.text(), { value: value.text(), deadlineMs });
  }
  assert.equal(cursor.count, content.size);
  return content;
}

function randomText(subject: Subject, max: number): string {
  const kind = subject.below(12);
  if (kind < 3) return String(subject.below(300) - 100);
  if (kind === 3) return String(subject.random.next32() * 2 ** subject.below(20));
  if (kind === 4) return '-9223372036854775808';
  if (kind === 5) return '';
  // Around the limit, and around the lengths where the forms of entries and records change.
  if (kind === 6) return 'v'.repeat(max - 1 + subject.below(3));
  if (kind === 7)
    return 'w'.repeat(subject.below(2) === 0 ? 62 + subject.below(4) : 252 + subject.below(6));
  if (kind === 8 && subject.below(20) === 0) return 'x'.repeat(65530 + subject.below(10));
  return `t${subject.below(1000)}`;
}

for (const [entries, valueMax] of [
  [0, 64],
  [1, 64],
  [5, 8],
  [16, 300],
  [512, 100_000],
]) {
  test(`A hash agrees with a Map, ${entries} entries of ${valueMax} bytes packed`, () => {
    const seed = randomSeed();
    const subject = new Subject(seed);
    subject.keyspace.limits.hashMaxListpackEntries = entries;
    subject.keyspace.limits.hashMaxListpackValue = valueMax;
    try {
      for (let step = 0; step < 6000; step++) {
        // Grows and shrinks in turns, now and then down to nothing.
        const isGrowing = Math.floor(step / 300) % 2 === 0;
        const field =
          subject.below(8) === 0 ? randomText(subject, valueMax) : `f${subject.below(40)}`;
        const kind = subject.below(100);
        if (kind < (isGrowing ? 60 : 15)) {
          subject.set(field, randomText(subject, valueMax), subject.below(3) === 0);
        } else if (kind < 85) {
          subject.delete(field);
        } else if (kind < 92 && step % 900 > 450) {
          const deadlineMs = subject.keyspace.now + 1 + subject.below(5000);
          subject.setDeadline(field, subject.below(4) === 0 ? -1 : deadlineMs);
        } else if (kind < 95) {
          subject.pass(subject.below(300));
        } else {
          subject.check();
        }
      }
      while (subject.model.size > 0) subject.delete([...subject.model.keys()][0]);
      subject.check();
      assert.equal(subject.db.arena.usedBytes, 0, 'all memory is given back');
    } catch (error) {
      console.error(`seed ${seed}`);
      throw error;
    }
  });
}

function encodingOf(subject: Subject): number {
  return subject.db.encodingOf(subject.ref());
}

test('A hash is packed up to its limits, and never again once it was large', () => {
  const subject = new Subject(1);
  subject.keyspace.limits.hashMaxListpackEntries = 3;
  for (const field of ['a', 'b', 'c']) subject.set(field, 'v');
  assert.equal(encodingOf(subject), ENCODING_LISTPACK);
  subject.set('c', 'w');
  assert.equal(encodingOf(subject), ENCODING_LISTPACK);
  subject.set('d', 'v');
  assert.equal(encodingOf(subject), ENCODING_HASHTABLE);
  subject.delete('d');
  subject.delete('c');
  assert.equal(encodingOf(subject), ENCODING_HASHTABLE);
  subject.check();
});

test('A field or value over the limit, or a deadline, makes a hash large', () => {
  const long = 'x'.repeat(65);
  for (const change of [
    (subject: Subject) => subject.set(long, 'v'),
    (subject: Subject) => subject.set('f', long),
    (subject: Subject) => subject.set('a', long),
    (subject: Subject) => subject.setDeadline('a', START_MS + 1000),
  ]) {
    const subject = new Subject(1);
    subject.set('a', 'x'.repeat(64));
    assert.equal(encodingOf(subject), ENCODING_LISTPACK);
    change(subject);
    assert.equal(encodingOf(subject), ENCODING_HASHTABLE);
    subject.check();
  }
});

test('A hash made at once has just the size it needs, also when a field comes twice', () => {
  const { db, hash } = new Subject(1);
  const once = words('h', 'a', '1', 'bb', 'two', 'c', '3'.repeat(30));
  db.lookupWrite(once, 0);
  assert.equal(hash.create(db, once, 0, 1), true);
  assert.equal(db.recordSizeBytes(hash.ref), 64);
  const twice = words('i', 'a', '1', 'b', '2', 'a', 'three', 'c', '4', 'b', '5');
  db.lookupWrite(twice, 0);
  assert.equal(hash.create(db, twice, 0, 1), true);
  const values = [...contentOf(db, hash.ref)].map(([field, { value }]) => field + value);
  assert.deepEqual(values, ['athree', 'b5', 'c4']);
});

test('A field whose deadline has passed is not found even while it is still there', () => {
  const subject = new Subject(1);
  subject.set('a', '1');
  subject.set('b', '2');
  subject.setDeadline('a', START_MS + 10);
  const { hash, keyspace, db } = subject;
  keyspace.setTime(START_MS + 10);
  hash.open(db, subject.ref());
  assert.equal(hash.get(slice('a')), false);
  assert.equal(hash.has(slice('a')), false);
  assert.ok(Number.isNaN(hash.deadlineOf(slice('a'))));
  assert.equal(hash.count, 2);
  assert.equal(db.fieldDeadlines?.isCurrent, false);
  keyspace.expiresKeys = false;
  assert.equal(hash.get(slice('a')), true, 'replay knows no time');
});

test('Fields that are due go in slices, each reported, and the key with the last', () => {
  const subject = new Subject(1);
  const removed: string[] = [];
  subject.keyspace.onFieldRemoved = (db, owner, field) => {
    const cursor = new HashCursor();
    cursor.open(db, owner);
    removed.push(`${cursor.count}`);
    assert.notEqual(field, NO_REF);
  };
  for (let i = 0; i < 10; i++) {
    subject.set(`f${i}`, 'v');
    subject.setDeadline(`f${i}`, START_MS + 5 + i);
  }
  const { dirty } = subject.keyspace;
  subject.keyspace.setTime(START_MS + 1000);
  let slices = 1;
  while (!subject.db.expireDue(7)) slices++;
  assert.ok(slices > 2);
  assert.deepEqual(removed, ['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
  assert.equal(subject.keyspace.expiredFields, 10);
  assert.equal(subject.keyspace.dirty, dirty, 'nobody wrote');
  assert.equal(subject.ref(), NO_REF);
  assert.equal(subject.db.arena.usedBytes, 0);
});

test('A deleted hash takes its deadlines with it', () => {
  const subject = new Subject(1);
  for (let i = 0; i < 1000; i++) subject.set(`f${i}`, 'v');
  for (let i = 0; i < 1000; i += 3) subject.setDeadline(`f${i}`, START_MS + 5000 + i);
  subject.db.remove(subject.ref());
  subject.keyspace.setTime(START_MS + 5500);
  subject.db.expireFieldsDue(50);
  while (!subject.keyspace.lazyFree.step(10)) subject.db.expireFieldsDue(10);
  assert.equal(subject.db.fieldDeadlines?.wheel.count, 0);
  assert.equal(subject.db.fieldDeadlines?.hashes, 0);
  assert.equal(subject.db.arena.usedBytes, 0);
  assert.equal(subject.keyspace.expiredFields, 0, 'they were deleted, they did not expire');
});

test('What a cursor gives builds an equal hash, in any form', () => {
  for (const count of [0, 1, 40, 512, 513, 3000]) {
    const subject = new Subject(count);
    for (let i = 0; i < count; i++) subject.set(`field:${i}`, randomText(subject, 60));
    if (count === 3000) {
      for (let i = 0; i < count; i += 7) subject.setDeadline(`field:${i}`, START_MS + i + 1);
    }
    const { db } = subject;
    const to = words('copy');
    db.lookupWrite(to, 0);
    const builder = new HashBuilder();
    builder.create(db, to, 0);
    const cursor = new HashCursor();
    if (count > 0) cursor.open(db, subject.ref());
    while (cursor.next()) builder.append(cursor.element, cursor.value, 0, cursor.deadlineMs);
    assert.deepEqual(contentOf(db, builder.ref), subject.model);
    if (count > 0) cursor.rewind();
    assert.equal(cursor.next(), count > 0);
  }
});

test('A walk in parts finds every field that stays, whatever comes and goes', () => {
  const subject = new Subject(5);
  for (let i = 0; i < 700; i++) subject.set(`stays:${i}`, 'v');
  const found = new Set<string>();
  const cursor = new HashCursor();
  let position = 0;
  let calls = 0;
  do {
    position = cursor.openPart(subject.db, subject.ref(), position, 10, 100);
    while (cursor.next()) found.add(cursor.element.text());
    for (let i = 0; i < 30; i++) subject.set(`new:${calls * 30 + i}`, 'v');
    if (calls > 5) for (let i = 0; i < 60; i++) subject.delete(`new:${(calls - 5) * 60 + i}`);
    calls++;
  } while (position !== 0);
  assert.ok(calls > 10);
  for (let i = 0; i < 700; i++) assert.ok(found.has(`stays:${i}`), `stays:${i}`);
});

test('Random choice takes every field, none twice when they must differ', () => {
  for (const count of [5, 400, 2000]) {
    const subject = new Subject(count);
    for (let i = 0; i < count; i++) subject.set(`f${i}`, `v${i}`);
    const sampler = new HashSampler();
    const picked = new Set<string>();
    sampler.open(subject.db, subject.ref());
    for (let i = 0; i < count * 20; i++) {
      assert.ok(sampler.pick(subject.random));
      assert.equal(sampler.value.text(), `v${sampler.field.text().slice(1)}`);
      picked.add(sampler.field.text());
    }
    assert.equal(picked.size, count);
    for (const wanted of [1, 2, Math.floor(count / 4), count - 1]) {
      sampler.open(subject.db, subject.ref());
      assert.equal(sampler.choose(wanted, subject.random), wanted);
      const chosen = new Set<string>();
      for (let i = 0; i < wanted; i++) {
        sampler.take(i);
        chosen.add(sampler.field.text());
      }
      assert.equal(chosen.size, wanted);
    }
  }
});
