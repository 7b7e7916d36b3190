// A walk under writes of every kind equals a copy made at its start, and leaves no mark.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { FRAME_HEADER_BYTES } from '../../engine/log/format.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { CHUNK_SHIFT, NO_REF } from '../../engine/memory/chunks.js';
import {
  FLAG_MARKED,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  valueAtOf,
} from '../../engine/memory/record.js';
import { RefList } from '../../engine/memory/ref-list.js';
import { KeyspaceWalker } from '../../engine/snapshot/keyspace-walker.js';
import { RecordReader } from '../../engine/snapshot/record-codec.js';
import type { Clock } from '../../engine/util/clock.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { keyArgs, makeKeyspace, put, START_MS, stringOf } from '../keyspace/key-writer.js';

/** Each look at it takes a millisecond, so a slice of 1 ms is a single round. */
class TickingClock implements Clock {
  private ms = 0;

  now(): number {
    return START_MS;
  }

  nowUs(): number {
    return START_MS * 1000;
  }

  monotonicMs(): number {
    return this.ms++;
  }
}

type Contents = Map<string, string>[];

/** @returns per database: key -> encoding, deadline and value */
function contentsOf(keyspace: Keyspace): Contents {
  return keyspace.databases.map((db) => {
    const contents = new Map<string, string>();
    const found = new RefList();
    let position = 0;
    do {
      found.clear();
      position = db.table.scanStep(position, found);
      for (let i = 0; i < found.length; i++) {
        const ref = found.refs[i];
        const at = keyAtOf(db.arena, ref);
        const bytes = db.arena.bytes[ref >>> CHUNK_SHIFT];
        const key = bytes.toString('latin1', at, at + keyLengthOf(db.arena, ref));
        assert.equal(flagsOf(db.arena, ref) & FLAG_MARKED, 0, `${key} is still marked`);
        assert.ok(!contents.has(key));
        contents.set(key, `${db.encodingOf(ref)} ${db.deadlineOf(ref)} ${stringOf(db, ref)}`);
      }
    } while (position !== 0);
    assert.equal(contents.size, db.count);
    return contents;
  });
}

/** Closes the frames, reads all records into a new keyspace, and empties the buffer. */
function load(frames: FrameBuffer, reader: RecordReader): void {
  frames.closeFrame();
  let at = 0;
  while (at < frames.at) {
    const length = frames.bytes.readUInt32LE(at + 4);
    const from = at + FRAME_HEADER_BYTES;
    assert.equal(reader.read(frames.bytes, from, from + length), null);
    at = from + length;
  }
  frames.clear();
}

function writeRandomly(keyspace: Keyspace, random: SeededRandom, keys: number): void {
  const index = randomBelow(random, keyspace.databases.length);
  const db = keyspace.databases[index];
  const key = `key:${randomBelow(random, keys)}`;
  const kind = randomBelow(random, 1000);
  if (kind === 0) keyspace.flush(index);
  else if (kind === 1) keyspace.swap(index, randomBelow(random, keyspace.databases.length));
  else if (kind < 300) {
    put(db, key, 'v'.repeat(randomBelow(random, 70)) + String(random.next32()));
  } else if (kind < 400) put(db, key, String(random.next32()), true);
  else if (kind < 420) {
    keyspace.setTime(keyspace.now + randomBelow(random, 40));
    keyspace.expireDue(randomBelow(random, 20));
  } else if (kind < 500) db.lookupRead(keyArgs(key), 0);
  else if (kind < 560) copyAcross(keyspace, random, key);
  else {
    const ref = db.lookupWrite(keyArgs(key), 0);
    if (ref === NO_REF) return;
    if (kind < 650) db.setDeadline(ref, keyspace.now + 1 + randomBelow(random, 2000));
    else if (kind < 700) db.clearDeadline(ref);
    else if (kind < 750) {
      const length = 1 + randomBelow(random, 200);
      const moved = db.encodingOf(ref) === 1 ? put(db, key, 'x') : db.resizeValue(ref, length);
      if (moved === ref) return;
      const at = valueAtOf(db.arena, moved);
      db.arena.bytes[moved >>> CHUNK_SHIFT].fill('z', at, at + 1);
    } else db.remove(ref);
  }
}

function copyAcross(keyspace: Keyspace, random: SeededRandom, key: string): void {
  const [from] = keyspace.databases;
  const to = keyspace.databases[1 + randomBelow(random, keyspace.databases.length - 1)];
  const source = from.peek(keyArgs(key), 0);
  if (source === NO_REF || to.lookupWrite(keyArgs(key), 0) !== NO_REF) return;
  to.copyFrom(from, source, keyArgs(key), 0);
}

function fill(keyspace: Keyspace, random: SeededRandom, keys: number): void {
  keyspace.databases.forEach((db, index) => {
    // The last database begins empty.
    if (index === keyspace.databases.length - 1) return;
    for (let i = 0; i < keys; i++) {
      const ref = put(db, `key:${i}`, i % 3 === 0 ? String(i) : 'v'.repeat(i % 90));
      if (i % 4 === 0) db.setDeadline(ref, START_MS + 1 + randomBelow(random, 3000));
    }
  });
}

test('the snapshot is the keyspace at the start, whatever is written during the walk', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 12; run++) {
    const context = `seed ${seed}, run ${run}`;
    const keyspace = makeKeyspace(seed + run);
    const keys = [1, 10, 3000, 12_000][run % 4];
    fill(keyspace, random, keys);
    const before = contentsOf(keyspace);
    const frames = new FrameBuffer(new TickingClock());
    frames.beginFile(1, 0, START_MS);
    const loaded = makeKeyspace(seed + run);
    loaded.expiresKeys = false;
    const reader = new RecordReader(loaded);
    const walker = new KeyspaceWalker(keyspace, frames, new TickingClock());
    assert.equal(
      walker.keysTotal,
      before.reduce((sum, contents) => sum + contents.size, 0),
    );
    while (!walker.step(1, 64 * 1024)) {
      load(frames, reader);
      for (let i = randomBelow(random, 40); i > 0; i--) writeRandomly(keyspace, random, keys * 2);
    }
    load(frames, reader);
    assert.deepEqual(contentsOf(loaded), before, context);
    assert.equal(walker.keysWritten, walker.keysTotal, context);
    contentsOf(keyspace);
    for (const db of keyspace.databases) assert.equal(db.snapshot, null);
  }
});

test('an abandoned walk writes nothing more and takes its marks away', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const keyspace = makeKeyspace(seed);
  fill(keyspace, random, 5000);
  const frames = new FrameBuffer(new TickingClock());
  frames.beginFile(1, 0, START_MS);
  const walker = new KeyspaceWalker(keyspace, frames, new TickingClock());
  for (let step = 0; step < 8; step++) {
    walker.step(1, 64 * 1024);
    for (let i = 0; i < 400; i++) writeRandomly(keyspace, random, 10_000);
  }
  walker.abandon();
  const { keysWritten } = walker;
  while (!walker.step(1, Number.MAX_SAFE_INTEGER)) writeRandomly(keyspace, random, 10_000);
  assert.equal(walker.keysWritten, keysWritten);
  contentsOf(keyspace);
});

test('an empty keyspace is walked at once', () => {
  const frames = new FrameBuffer(new TickingClock());
  frames.beginFile(1, 0, START_MS);
  const walker = new KeyspaceWalker(makeKeyspace(1), frames, new TickingClock());
  assert.equal(walker.keysTotal, 0);
  assert.ok(walker.step(1, 1));
  assert.equal(frames.at, 0);
});
