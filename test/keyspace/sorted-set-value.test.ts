// Sorted sets against an ordered array, around every limit between the packed and the large form,
// with every question about ranks, the walk both ways, the cursor and the builder.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../engine/keyspace/database.js';
import { ENCODING_LISTPACK, ENCODING_SKIPLIST } from '../../engine/keyspace/encodings.js';
import { LargeSortedSet } from '../../engine/keyspace/values/large-sorted-set.js';
import {
  SortedSetBuilder,
  SortedSetCursor,
} from '../../engine/keyspace/values/sorted-set-cursor.js';
import { SortedSetValue } from '../../engine/keyspace/values/sorted-set-value.js';
import { NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { RefList } from '../../engine/memory/ref-list.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { keyArgs, makeKeyspace } from './key-writer.js';

const KEY = 'z';
const slice = (text: string) => new ByteSlice().ofBuffer(latin1Bytes(text));

/** [member, score] in order. */
type Entry = readonly [member: string, score: number];

function order([a, aScore]: Entry, [b, bScore]: Entry): number {
  if (aScore !== bScore) return aScore < bScore ? -1 : 1;
  return Buffer.compare(latin1Bytes(a), latin1Bytes(b));
}

/** One sorted set under a key, and what it should hold. */
class Subject {
  readonly random: SeededRandom;
  readonly keyspace;
  readonly scores = new Map<string, number>();
  readonly set = new SortedSetValue();
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.random = new SeededRandom(seed);
    this.keyspace = makeKeyspace(seed);
  }

  get db(): Database {
    return this.keyspace.databases[0];
  }

  ref(): Ref {
    return this.db.lookupWrite(keyArgs(KEY), 0);
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  entries(): Entry[] {
    // Packed, -0 becomes 0.
    return [...this.scores].map(([member, score]): Entry => [member, score + 0]).sort(order);
  }

  put(member: string, score: number): void {
    const { db, set, scores } = this;
    const ref = this.ref();
    if (ref === NO_REF) set.create(db, keyArgs(KEY), 0, 1, member.length);
    else set.open(db, ref);
    const isThere = set.find(slice(member));
    assert.equal(isThere, scores.has(member));
    if (isThere) {
      assert.ok(set.score === scores.get(member), member);
      set.setScore(slice(member), score);
    } else {
      set.add(slice(member), score);
    }
    scores.set(member, score);
  }

  remove(member: string): void {
    const ref = this.ref();
    if (ref === NO_REF) return;
    this.set.open(this.db, ref);
    assert.equal(this.set.remove(slice(member)), this.scores.delete(member));
    assert.equal(this.set.dropIfEmpty(), this.scores.size === 0);
  }

  removeRange(): void {
    const ref = this.ref();
    if (ref === NO_REF) return;
    const entries = this.entries();
    const from = this.below(entries.length + 1);
    const to = from + this.below(Math.min(12, entries.length - from + 1));
    this.set.open(this.db, ref).removeRange(from, to);
    for (const [member] of entries.slice(from, to)) this.scores.delete(member);
    this.set.dropIfEmpty();
  }

  /** Compares everything that can be asked with the model. */
  check(): void {
    const ref = this.ref();
    const entries = this.entries();
    if (entries.length === 0) {
      assert.equal(ref, NO_REF);
      return;
    }
    const set = this.set.open(this.db, ref);
    assert.equal(set.count, entries.length);
    set.seek(0);
    const walked = entries.map(() => [set.next() && set.element.text(), set.score + 0]);
    assert.deepEqual(walked, entries, `seed ${this.seed}`);
    assert.equal(set.next(), false);
    const back = entries.map(() => [set.previous() && set.element.text(), set.score + 0]);
    assert.deepEqual(back.reverse(), entries, `seed ${this.seed}`);
    assert.equal(set.previous(), false);
    for (let i = 0; i < 5; i++) this.checkRanks(entries, this.below(entries.length));
  }

  private checkRanks(entries: readonly Entry[], rank: number): void {
    const { set, seed } = this;
    const [member, score] = entries[rank];
    assert.ok(set.find(slice(member)));
    assert.equal(set.rankOfFound(), rank, `seed ${seed}`);
    const below = entries.filter((entry) => entry[1] < score).length;
    const upTo = entries.filter((entry) => entry[1] <= score).length;
    assert.equal(set.rankOfScore(score, false), below, `seed ${seed}`);
    assert.equal(set.rankOfScore(score, true), upTo, `seed ${seed}`);
    set.seek(rank);
    assert.ok(set.next());
    assert.equal(set.element.text(), member);
  }
}

const SCORES = [0, -0, 1, -1, 127, 128, 1.5, -0.1, 1e300, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 62];
const INFINITIES = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function randomScore(subject: Subject): number {
  const kind = subject.below(10);
  if (kind < 5) return subject.below(20);
  if (kind < 9) return SCORES[subject.below(SCORES.length)];
  return INFINITIES[subject.below(2)];
}

function randomMember(subject: Subject, longest: number): string {
  const kind = subject.below(20);
  if (kind === 0) return '';
  if (kind === 1) return 'x'.repeat(subject.below(longest + 1));
  if (kind < 8) return String(subject.below(60) - 10);
  return `member:${subject.below(60)}`;
}

test('sorted sets are as an ordered array is, on both sides of every limit', () => {
  const seed = randomSeed();
  for (let run = 0; run < 40; run++) {
    const subject = new Subject(seed + run);
    const { limits } = subject.keyspace;
    limits.zsetMaxListpackEntries = [0, 1, 2, 30, 128][run % 5];
    limits.zsetMaxListpackValue = [64, 64, 0, 8][run % 4];
    for (let step = 0; step < 400; step++) {
      const kind = subject.below(20);
      // Grows first, then shrinks.
      const grows = step < 250 ? 14 : 6;
      const member = randomMember(subject, 70);
      if (kind < grows) subject.put(member, randomScore(subject));
      else if (kind < 19) subject.remove(member);
      else subject.removeRange();
      if (step % 7 === 0) subject.check();
    }
    subject.check();
  }
});

test('a sorted set becomes large with one member too many, or one byte', () => {
  for (const [members, bytes, encoding] of [
    [128, 64, ENCODING_LISTPACK],
    [129, 64, ENCODING_SKIPLIST],
    [1, 65, ENCODING_SKIPLIST],
    [2, 65, ENCODING_SKIPLIST],
  ]) {
    const subject = new Subject(1);
    for (let i = 0; i < members; i++) subject.put(`${i}`.padEnd(i === 0 ? bytes : 5, '.'), i);
    assert.equal(subject.db.encodingOf(subject.ref()), encoding, `${members} of ${bytes} bytes`);
    for (let i = 1; i < members; i++) subject.remove(`${i}`.padEnd(5, '.'));
    subject.check();
    assert.equal(subject.db.encodingOf(subject.ref()), encoding, 'what is large stays so');
  }
});

test('what is announced decides the form before it comes', () => {
  const subject = new Subject(1);
  assert.equal(subject.ref(), NO_REF);
  subject.set.create(subject.db, keyArgs(KEY), 0, 129, 3);
  assert.equal(subject.set.isPacked, false);
  assert.equal(subject.db.encodingOf(subject.set.ref), ENCODING_SKIPLIST);
  const other = new Subject(2);
  other.put('a', 1);
  other.set.expect(128, 64);
  assert.equal(other.set.isPacked, true);
  other.set.expect(1, 65);
  assert.equal(other.set.isPacked, false);
  other.check();
});

test('among equal scores members have ranks, in both forms', () => {
  for (const count of [50, 500]) {
    const subject = new Subject(count);
    const members = Array.from({ length: count }, (_, i) => `m${(i * 7) % count}\xff`).sort();
    for (const member of members) subject.put(member, 0);
    const { set } = subject;
    for (const asked of ['', 'm', 'm1', 'm25\xff', 'm3', 'm9999', '\xff', members[count - 1]]) {
      const below = members.filter((member) => member < asked).length;
      const upTo = members.filter((member) => member <= asked).length;
      assert.equal(set.rankOfMember(slice(asked), false), below, asked);
      assert.equal(set.rankOfMember(slice(asked), true), upTo, asked);
    }
  }
});

test('the cursor and the builder copy a sorted set of either form', () => {
  for (const count of [1, 128, 129, 3000]) {
    const subject = new Subject(count);
    for (let i = 0; i < count; i++) subject.put(`m${i}`, (i * 7919) % 1000);
    const cursor = new SortedSetCursor();
    const builder = new SortedSetBuilder();
    const { db } = subject;
    cursor.open(db, subject.ref());
    assert.equal(cursor.count, count);
    db.find(keyArgs('copy'), 0);
    builder.create(db, keyArgs('copy'), 0);
    while (cursor.next()) builder.append(cursor.element, cursor.value, cursor.score);
    assert.equal(db.encodingOf(builder.ref), db.encodingOf(subject.ref()));
    cursor.open(db, builder.ref);
    cursor.rewind();
    const copied = subject
      .entries()
      .map(() => [cursor.next() && cursor.element.text(), cursor.score]);
    assert.deepEqual(copied, subject.entries());
    assert.equal(cursor.next(), false);
  }
});

test('a collected result becomes a sorted set of the form that fits', () => {
  for (const [count, bytes] of [
    [1, 64],
    [128, 64],
    [128, 65],
    [129, 10],
    [2000, 10],
  ]) {
    const { db, keyspace, set } = new Subject(count);
    const before = db.arena.usedBytes;
    const result = new LargeSortedSet(new ByteSlice());
    result.create(db.arena, keyspace.seed);
    for (let i = 0; i < count; i++) {
      const member = slice(`${(i * 31) % count}`.padEnd(bytes, '.'));
      assert.equal(result.find(member), NO_REF);
      result.recollect(result.collect(member, -1), i % 50);
    }
    result.finishCollecting();
    db.find(keyArgs(KEY), 0);
    set.createFrom(db, keyArgs(KEY), 0, result);
    assert.equal(set.isPacked, count <= 128 && bytes <= 64);
    set.seek(0);
    let last: Entry = ['', -1];
    for (let i = 0; i < count; i++) {
      assert.ok(set.next());
      const entry: Entry = [set.element.text(), set.score];
      assert.ok(order(last, entry) < 0);
      last = entry;
    }
    assert.equal(set.next(), false);
    db.remove(set.ref);
    while (!keyspace.lazyFree.step(100));
    assert.equal(db.arena.usedBytes, before, 'nothing is left of it');
  }
});

test('a scan in steps finds every member of a large sorted set', () => {
  const subject = new Subject(3);
  for (let i = 0; i < 2000; i++) subject.put(`m${i}`, i);
  const { set } = subject;
  const found = new RefList();
  const seen = new Map<string, number>();
  let position = 0;
  do {
    found.clear();
    position = set.scanStep(position, found, 10);
    for (let i = 0; i < found.length; i++) {
      set.openRecord(found.refs[i]);
      seen.set(set.element.text(), set.score);
    }
  } while (position !== 0);
  assert.deepEqual([...seen].sort(order), subject.entries());
});

test('a random member is any of them', () => {
  for (const count of [3, 300]) {
    const subject = new Subject(count);
    for (let i = 0; i < count; i++) subject.put(`m${i}`, i);
    const seen = new Set<string>();
    for (let i = 0; i < count * 20; i++) {
      subject.set.seekRandom(subject.random);
      seen.add(subject.set.element.text());
    }
    assert.equal(seen.size, count);
  }
});
