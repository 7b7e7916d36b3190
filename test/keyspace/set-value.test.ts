// Sets against a JS Set, around every limit between their three forms, and the promises of the
// value, its cursor, its builder, its result and its random choices one by one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../engine/keyspace/database.js';
import {
  ENCODING_HASHTABLE,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
} from '../../engine/keyspace/encodings.js';
import { SetBuilder, SetCursor } from '../../engine/keyspace/values/set-cursor.js';
import { SetResult } from '../../engine/keyspace/values/set-result.js';
import { SetSampler } from '../../engine/keyspace/values/set-sampler.js';
import { SetValue } from '../../engine/keyspace/values/set-value.js';
import { NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { Args } from '../../engine/util/args.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { makeKeyspace } from './key-writer.js';

const slice = (text: string) => new ByteSlice().ofBuffer(latin1Bytes(text));

function words(...texts: string[]): Args {
  const args = new Args();
  args.assign(texts.map(latin1Bytes));
  return args;
}

function contentOf(db: Database, ref: Ref): string[] {
  const cursor = new SetCursor();
  cursor.open(db, ref);
  const members: string[] = [];
  while (cursor.next()) members.push(cursor.element.text());
  assert.equal(members.length, cursor.count);
  return members.sort();
}

/** One set under a key, and what it should hold. */
class Subject {
  readonly random: SeededRandom;
  readonly keyspace;
  readonly set = new SetValue();
  readonly model = new Set<string>();
  readonly key: string;
  /** What the encoding has to be at least; it never goes back. */
  private largest = 0;

  constructor(seed: number, key = 's') {
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

  add(...members: string[]): void {
    const args = words(this.key, ...members);
    const ref = this.db.lookupWrite(args, 0);
    const before = this.model.size;
    let added = 0;
    if (ref === NO_REF) {
      this.largest = 0;
      added = this.set.create(this.db, args, 0, 1);
    } else {
      this.set.open(this.db, ref);
      this.set.expect(members.length);
      for (const member of members) if (this.set.add(slice(member))) added++;
    }
    for (const member of members) this.model.add(member);
    assert.equal(added, this.model.size - before);
  }

  delete(member: string): void {
    const ref = this.ref();
    if (ref === NO_REF) return;
    this.set.open(this.db, ref);
    assert.equal(this.set.delete(slice(member)), this.model.delete(member), member);
    assert.equal(this.set.dropIfEmpty(), this.model.size === 0);
  }

  /** Takes `count` members out, at random. */
  pop(count: number): void {
    const ref = this.ref();
    if (ref === NO_REF || count >= this.model.size) return;
    this.set.open(this.db, ref);
    const gone = new Set<string>();
    if (this.set.isLarge) {
      for (let i = 0; i < count; i++) {
        this.set.pick(this.random);
        gone.add(this.set.element.text());
        this.set.deletePicked();
      }
    } else {
      const sampler = new SetSampler();
      sampler.open(this.db, ref, count);
      while (sampler.next(this.random)) gone.add(sampler.element.text());
      sampler.removeTaken();
    }
    assert.equal(gone.size, count);
    for (const member of gone) assert.ok(this.model.delete(member), member);
  }

  check(): void {
    const ref = this.ref();
    if (this.model.size === 0) {
      assert.equal(ref, NO_REF);
      return;
    }
    const { db, set } = this;
    assert.equal(set.open(db, ref).count, this.model.size);
    for (const member of this.model) assert.ok(set.has(slice(member)), member);
    assert.deepEqual(contentOf(db, ref), [...this.model].sort());
    this.checkForm(db.encodingOf(ref));
  }

  private checkForm(encoding: number): void {
    const { limits } = this.keyspace;
    const rank = [ENCODING_INTSET, ENCODING_LISTPACK, ENCODING_HASHTABLE].indexOf(encoding);
    assert.ok(rank >= this.largest, 'a form never goes back');
    this.largest = rank;
    const isInteger = (member: string) =>
      /^(0|-?[1-9][0-9]{0,18})$/.test(member) &&
      BigInt.asIntN(64, BigInt(member)) === BigInt(member);
    if (encoding === ENCODING_INTSET) {
      assert.ok([...this.model].every(isInteger));
      assert.ok(this.model.size <= limits.setMaxIntsetEntries);
    } else if (encoding === ENCODING_LISTPACK) {
      assert.ok(this.model.size <= limits.setMaxListpackEntries);
      for (const member of this.model) assert.ok(member.length <= limits.setMaxListpackValue);
    }
  }
}

const INTEGER_EDGES = ['32767', '32768', '-32768', '-32769', '2147483647', '2147483648'];
INTEGER_EDGES.push('-2147483649', '9223372036854775807', '-9223372036854775808', '01', '-0');

function randomMember(random: SeededRandom, range: number, textPercent: number): string {
  if (randomBelow(random, 100) < textPercent) {
    const text = `m${randomBelow(random, range)}`;
    return randomBelow(random, 40) === 0 ? text.padEnd(10 + randomBelow(random, 80), '.') : text;
  }
  if (randomBelow(random, 20) === 0) {
    return INTEGER_EDGES[randomBelow(random, INTEGER_EDGES.length)];
  }
  return String(randomBelow(random, range) - (range >> 1));
}

test('sets agree with a JS Set, whatever the limits and the members are', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 60; run++) {
    const subject = new Subject(seed + run);
    const { limits } = subject.keyspace;
    limits.setMaxIntsetEntries = [0, 1, 8, 64, 512][randomBelow(random, 5)];
    limits.setMaxListpackEntries = [0, 1, 8, 40, 128][randomBelow(random, 5)];
    limits.setMaxListpackValue = [0, 4, 64][randomBelow(random, 3)];
    const range = [10, 100, 1000][run % 3];
    const textPercent = [0, 1, 50, 100][randomBelow(random, 4)];
    for (let step = 0; step < 400; step++) {
      const member = () => randomMember(random, range, textPercent);
      const kind = randomBelow(random, 100);
      if (kind < 55) subject.add(member());
      else if (kind < 60) subject.add(...Array.from({ length: 1 + (step % 30) }, member));
      else if (kind < 95) subject.delete(member());
      else subject.pop(randomBelow(random, 20));
      try {
        if (step % 10 === 0) subject.check();
      } catch (error) {
        throw new Error(`seed ${seed}, run ${run}, step ${step}`, { cause: error });
      }
    }
    subject.check();
    if (subject.model.size > 0) subject.db.drop(subject.ref());
    while (!subject.keyspace.lazyFree.step(100));
    assert.equal(subject.db.usedBytes - subject.db.table.sizeBytes, 0, `seed ${seed}, run ${run}`);
  }
});

function encodingAfter(subject: Subject): number {
  subject.check();
  return subject.db.encodingOf(subject.ref());
}

test('the forms change at the limits and not before', () => {
  const integers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  const texts = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);
  const cases: [string[][], number][] = [
    [[integers(512)], ENCODING_INTSET],
    [[integers(512), ['512']], ENCODING_HASHTABLE],
    [[integers(513)], ENCODING_HASHTABLE],
    [[integers(127), ['x']], ENCODING_LISTPACK],
    [[integers(128), ['x']], ENCODING_HASHTABLE],
    [[[...integers(127), 'x']], ENCODING_LISTPACK],
    [[texts(128)], ENCODING_LISTPACK],
    [[texts(128), ['x']], ENCODING_HASHTABLE],
    [[texts(129)], ENCODING_HASHTABLE],
    [[['x'.repeat(64)]], ENCODING_LISTPACK],
    [[['x'.repeat(65)]], ENCODING_HASHTABLE],
    [[['1'], ['x'.repeat(65)]], ENCODING_HASHTABLE],
    [[['1'], ['x'.repeat(64)]], ENCODING_LISTPACK],
    [[['x', '1']], ENCODING_LISTPACK],
    // As many as alone would pass a limit, though all are there.
    [[['1'], Array(513).fill('1')], ENCODING_HASHTABLE],
    [[['m'], Array(129).fill('m')], ENCODING_HASHTABLE],
    [[Array(600).fill('m')], ENCODING_HASHTABLE],
  ];
  for (const [i, [calls, encoding]] of cases.entries()) {
    const subject = new Subject(i);
    for (const members of calls) subject.add(...members);
    assert.equal(encodingAfter(subject), encoding, `case ${i}`);
  }
});

test('a builder makes an equal set of any size', () => {
  for (const count of [1, 5, 128, 129, 512, 513, 5000]) {
    for (const prefix of ['', 'm']) {
      const subject = new Subject(count);
      subject.add(...Array.from({ length: count }, (_, i) => `${prefix}${i}`));
      const { db } = subject;
      const builder = new SetBuilder();
      const cursor = new SetCursor();
      const args = words('copy');
      cursor.open(db, subject.ref());
      assert.equal(db.lookupWrite(args, 0), NO_REF);
      builder.create(db, args, 0);
      // A cursor's member lies in the arena, which a builder fills.
      while (cursor.next()) builder.append(slice(cursor.element.text()));
      assert.deepEqual(contentOf(db, builder.ref), [...subject.model].sort());
      assert.equal(db.encodingOf(builder.ref), db.encodingOf(subject.ref()), `${count}`);
    }
  }
});

test('a result is stored in the form that its members ask for', () => {
  const cases: [start: number, members: string[], encoding: number][] = [
    [ENCODING_INTSET, ['3', '-1', '9223372036854775807'], ENCODING_INTSET],
    [ENCODING_INTSET, ['3', 'x'], ENCODING_LISTPACK],
    [ENCODING_INTSET, ['3', 'x'.repeat(65)], ENCODING_HASHTABLE],
    [ENCODING_LISTPACK, ['3', '4'], ENCODING_LISTPACK],
    [ENCODING_INTSET, Array.from({ length: 513 }, (_, i) => `${i}`), ENCODING_HASHTABLE],
    [ENCODING_LISTPACK, Array.from({ length: 129 }, (_, i) => `m${i}`), ENCODING_HASHTABLE],
  ];
  for (const [start, members, encoding] of cases) {
    const subject = new Subject(1);
    const { db } = subject;
    const result = new SetResult();
    const cursor = new SetCursor();
    result.begin(db, start);
    subject.add(...members);
    cursor.open(db, subject.ref());
    while (cursor.next()) result.add(cursor);
    assert.equal(result.count, members.length);
    result.finish();
    const args = words('r');
    assert.equal(db.lookupWrite(args, 0), NO_REF);
    const ref = result.store(args, 0);
    assert.equal(db.encodingOf(ref), encoding);
    assert.deepEqual(contentOf(db, ref), [...members].sort());
    if (start === ENCODING_INTSET && encoding === ENCODING_INTSET) {
      cursor.open(db, ref);
      cursor.next();
      assert.equal(cursor.element.text(), '-1', 'integers are in order');
    }
  }
});

test('selections of members are distinct, and each member is as likely as any other', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const sampler = new SetSampler();
  const cases: [members: string[], count: number][] = [
    [Array.from({ length: 20 }, (_, i) => `${i}`), 7],
    [Array.from({ length: 20 }, (_, i) => `m${i}`), 13],
    [Array.from({ length: 600 }, (_, i) => `m${i}`), 30],
    [Array.from({ length: 600 }, (_, i) => `m${i}`), 400],
  ];
  for (const [members, count] of cases) {
    const subject = new Subject(seed);
    subject.add(...members);
    const times = new Map(members.map((member) => [member, 0]));
    const rounds = Math.ceil((members.length * 300) / count);
    for (let round = 0; round < rounds; round++) {
      const taken = new Set<string>();
      sampler.open(subject.db, subject.ref(), count);
      while (sampler.next(random)) taken.add(sampler.element.text());
      assert.equal(taken.size, count, `seed ${seed}`);
      for (const member of taken) times.set(member, (times.get(member) ?? 0) + 1);
    }
    const expected = (rounds * count) / members.length;
    for (const [member, drawn] of times) {
      const far = Math.abs(drawn - expected) > 7 * Math.sqrt(expected);
      assert.ok(!far, `seed ${seed}: ${member} ${drawn} times, not ${expected}`);
    }
  }
});
