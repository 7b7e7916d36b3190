// Records as bytes: what is written loads as it was, and no payload, however damaged, does more
// than be reported.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../engine/keyspace/database.js';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { FRAME_HEADER_BYTES } from '../../engine/log/format.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { NO_REF } from '../../engine/memory/chunks.js';
import { RecordReader, writeRecord } from '../../engine/snapshot/record-codec.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { keyArgs, makeKeyspace, put, START_MS, stringOf } from '../keyspace/key-writer.js';
import { FakeClock } from '../support/fake-clock.js';

const VALUES = ['', '5', '-9223372036854775808', 'short', 'x'.repeat(300), 'y'.repeat(70_000)];
const KEYS = ['', 'key', 'k'.repeat(254), 'k'.repeat(255), 'k'.repeat(70_000)];

/** One frame's payload with a single record. */
function payloadOf(db: Database, dbIndex: number, key: string): Buffer {
  const frames = new FrameBuffer(new FakeClock(START_MS));
  frames.beginFile(1, 0, START_MS);
  writeRecord(frames, db, dbIndex, db.find(keyArgs(key), 0));
  frames.closeFrame();
  return Buffer.from(frames.bytes.subarray(FRAME_HEADER_BYTES, frames.at));
}

function checkLoaded(keyspace: Keyspace, from: Database, key: string): void {
  const to = keyspace.databases[3];
  const original = from.find(keyArgs(key), 0);
  const loaded = to.find(keyArgs(key), 0);
  assert.notEqual(loaded, NO_REF);
  assert.equal(stringOf(to, loaded), stringOf(from, original));
  assert.equal(to.encodingOf(loaded), from.encodingOf(original));
  assert.equal(to.deadlineOf(loaded), from.deadlineOf(original));
  assert.equal(to.accessOf(loaded), from.accessOf(original));
}

test('records load as they were, for all shapes of key, value and deadline', () => {
  const source = makeKeyspace(1);
  const [db] = source.databases;
  for (const key of KEYS) {
    for (const value of VALUES) {
      for (const deadline of [-1, START_MS + 5, Number.MAX_SAFE_INTEGER]) {
        let ref = put(db, key, value);
        if (deadline >= 0) ref = db.setDeadline(ref, deadline);
        db.setAccess(ref, 0xfedcba);
        const payload = payloadOf(db, 3, key);
        const target = makeKeyspace(2);
        assert.equal(new RecordReader(target).read(payload, 0, payload.length), null);
        checkLoaded(target, db, key);
        assert.equal(target.dirty, 0);
      }
    }
  }
});

test('a payload that ends too early is reported, at every length', () => {
  const [db] = makeKeyspace(1).databases;
  for (const value of ['12', 'some text']) {
    db.setDeadline(put(db, 'key', value), START_MS + 5);
    const payload = payloadOf(db, 3, 'key');
    for (let length = 1; length < payload.length; length++) {
      const target = makeKeyspace(2);
      // The rest of the buffer is there, but not part of the payload.
      assert.equal(typeof new RecordReader(target).read(payload, 0, length), 'string');
      const cut = Buffer.from(payload.subarray(0, length));
      assert.equal(typeof new RecordReader(target).read(cut, 0, length), 'string');
      assert.equal(target.databases[3].count, 0);
    }
  }
});

test('a key that is there twice is reported', () => {
  const [db] = makeKeyspace(1).databases;
  put(db, 'key', 'value');
  const payload = payloadOf(db, 3, 'key');
  const twice = Buffer.concat([payload, payload]);
  const target = makeKeyspace(2);
  assert.equal(new RecordReader(target).read(twice, 0, twice.length), 'a key is there twice');
  assert.equal(target.databases[3].count, 1);
});

test('what cannot be is named: databases, kinds, shapes, deadlines', () => {
  const [db] = makeKeyspace(1).databases;
  db.setDeadline(put(db, 'key', '77'), START_MS + 5);
  const payload = payloadOf(db, 3, 'key');
  const spoilt = (at: number, bytes: readonly number[]): string | null => {
    const copy = Buffer.from(payload);
    copy.set(bytes, at);
    return new RecordReader(makeKeyspace(2)).read(copy, 0, copy.length);
  };
  assert.equal(spoilt(0, [3]), null);
  assert.match(spoilt(0, [4]) ?? '', /database 4/);
  assert.match(spoilt(1, [0x0f]) ?? '', /unknown kind 15/);
  assert.match(spoilt(1, [0x21]) ?? '', /unknown kind 33/);
  assert.match(spoilt(1, [0x41]) ?? '', /kind 65 is among the keys/);
  assert.match(spoilt(1, [0x00]) ?? '', /shape 3/);
  assert.match(spoilt(2, [0x07]) ?? '', /shape 7/);
  for (const deadline of [Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 60, -1, 0.5]) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(deadline);
    assert.match(spoilt(6, [...bytes]) ?? '', /impossible deadline/);
  }
  assert.match(spoilt(0, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) ?? '', /does not fit/);
});

test('random bytes and random changes never throw and never touch what is outside', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const [db] = makeKeyspace(1).databases;
  db.setDeadline(put(db, 'key', 'some text'), START_MS + 5);
  const sound = payloadOf(db, 3, 'key');
  const target = makeKeyspace(2);
  const reader = new RecordReader(target);
  for (let run = 0; run < 50_000; run++) {
    const payload = Buffer.from(sound);
    const changes = run % 2 === 0 ? payload.length : 1 + randomBelow(random, 3);
    for (let i = 0; i < changes; i++) {
      payload[randomBelow(random, payload.length)] = random.next32() & 255;
    }
    const problem = reader.read(payload, 0, payload.length);
    assert.ok(problem === null || problem.length > 10, `seed ${seed}, run ${run}`);
  }
  assert.ok(target.expireDue(Number.MAX_SAFE_INTEGER));
});
