// Snapshots of large collections while commands of every kind change them: what is loaded is what
// was there at the cut, in the same forms, and nothing of the walk is left behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config, Engine } from '../../engine/index.js';
import { Keyspace } from '../../engine/keyspace/keyspace.js';
import { FRAME_HEADER_BYTES } from '../../engine/log/format.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { KeyspaceWalker } from '../../engine/snapshot/keyspace-walker.js';
import { SnapshotReader } from '../../engine/snapshot/snapshot-reader.js';
import type { Clock } from '../../engine/util/clock.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { assertNoTraces, contentsOf } from '../support/keyspace-contents.js';
import { RandomWrites } from '../support/random-writes.js';
import { SilentCaller } from '../support/silent-caller.js';

const DATABASES = 3;
const ELEMENTS = 3000;
const TYPES = ['list', 'set', 'hash', 'zset'] as const;
const LIMITS = {
  databases: String(DATABASES),
  'list-max-listpack-size': '16',
  'hash-max-listpack-entries': '16',
  'set-max-listpack-entries': '16',
  'set-max-intset-entries': '16',
  'zset-max-listpack-entries': '16',
};

/** Each look at it takes a millisecond, so a slice of 1 ms is a single round. */
class TickingClock implements Clock {
  private ms = 0;

  now(): number {
    return 1_700_000_000_000;
  }

  nowUs(): number {
    return this.now() * 1000;
  }

  monotonicMs(): number {
    return this.ms++;
  }
}

/** An engine without a log, some large values in it, and a stream of changes. */
class World {
  readonly clock = new FakeClock();
  readonly engine: Engine;
  readonly caller: SilentCaller;
  readonly writes: RandomWrites;
  readonly random: SeededRandom;
  refused = 0;
  ran = 0;

  private constructor(seed: number) {
    const config = new Config();
    for (const [name, value] of Object.entries(LIMITS)) config.preset(name, value);
    this.random = new SeededRandom(seed);
    this.engine = new Engine({ dir: null, config, clock: this.clock, random: this.random });
    this.caller = new SilentCaller(this.engine);
    this.writes = new RandomWrites(this.random, {
      keys: 4,
      elements: ELEMENTS,
      batch: 60,
      databases: DATABASES,
      nowMs: () => this.clock.now(),
      deadlineSpanMs: 4000,
    });
  }

  static async open(seed: number): Promise<World> {
    const world = new World(seed);
    await world.engine.load();
    return world;
  }

  get keyspace(): Keyspace {
    return this.engine.keyspace;
  }

  fill(): void {
    for (let i = 0; i < 14; i++) {
      this.caller.session.dbIndex = randomBelow(this.random, DATABASES - 1);
      const type = TYPES[i % TYPES.length];
      const key = this.writes.key(type);
      const count = [5, 40, 900, 5000][randomBelow(this.random, 4)];
      for (let first = 0; first < count; first += 500) {
        this.run(this.writes.fill(type, key, first, Math.min(500, count - first)));
      }
    }
    for (let i = 0; i < 300; i++) this.change();
  }

  /** One random command, or time goes on a little. */
  change(): void {
    const { random, caller } = this;
    if (randomBelow(random, 40) === 0) caller.session.dbIndex = randomBelow(random, DATABASES);
    if (randomBelow(random, 60) === 0) {
      this.clock.advance(randomBelow(random, 200));
      this.keyspace.setTime(this.clock.now());
      this.keyspace.expireDue(randomBelow(random, 30));
    }
    if (randomBelow(random, 10) === 0) this.keyspace.lazyFree.step(randomBelow(random, 200));
    this.run(this.writes.next());
  }

  run(words: (string | number)[]): void {
    this.ran++;
    if (this.caller.run(words) !== null) this.refused++;
  }

  /** Deletes everything. @returns the bytes that are then still in use */
  arenaBytesWithoutKeys(): number {
    const { keyspace } = this;
    keyspace.databases.forEach((db, index) => {
      this.caller.session.dbIndex = index;
      for (const key of contentsOf(keyspace)[db.index].keys()) this.run(['DEL', key]);
    });
    while (!keyspace.lazyFree.step(1000));
    assert.equal(keyspace.lazyFree.pendingObjects, 0);
    return keyspace.databases.reduce((sum, db) => sum + db.arena.usedBytes, 0);
  }

  async close(): Promise<void> {
    await this.engine.close();
  }
}

/** Loads frames as they come into another keyspace. */
class Loading {
  readonly keyspace: Keyspace;
  readonly reader: SnapshotReader;

  constructor(model: Keyspace) {
    const { seed } = model;
    const random = new SeededRandom(1);
    this.keyspace = new Keyspace({ databases: DATABASES, seed, random, now: model.now });
    this.keyspace.expiresKeys = false;
    this.reader = new SnapshotReader(this.keyspace);
  }

  take(frames: FrameBuffer): void {
    frames.closeFrame();
    for (let at = 0; at < frames.at; ) {
      const length = frames.bytes.readUInt32LE(at + 4);
      const from = at + FRAME_HEADER_BYTES;
      const type = frames.bytes[at + 20];
      assert.equal(this.reader.read(frames.bytes, from, from + length, type), null);
      at = from + length;
    }
    frames.clear();
  }
}

function makeFrames(): FrameBuffer {
  const frames = new FrameBuffer(new TickingClock());
  frames.beginFile(1, 0, 1_700_000_000_000);
  return frames;
}

/** @returns how often commands ran while a table was walked through */
async function walkUnderWrites(seed: number): Promise<number> {
  const world = await World.open(seed);
  const { keyspace, random } = world;
  world.fill();
  const before = contentsOf(keyspace);
  const frames = makeFrames();
  const loading = new Loading(keyspace);
  const walker = new KeyspaceWalker(keyspace, frames, new TickingClock());
  const context = `seed ${seed}`;
  let innerSteps = 0;
  while (!walker.step(1, 64 * 1024)) {
    loading.take(frames);
    if (keyspace.databases.some((db) => db.arena.walks.size > 0)) innerSteps++;
    for (let i = randomBelow(random, 30); i > 0; i--) world.change();
  }
  loading.take(frames);
  assert.equal(loading.reader.finish(), null, context);
  const after = contentsOf(loading.keyspace);
  assert.deepEqual(after.map(sorted), before.map(sorted), context);
  assert.equal(walker.keysWritten, walker.keysTotal, context);
  assertNoTraces(keyspace, context);
  assertNoTraces(loading.keyspace, `${context}, loaded`);
  assert.ok(world.refused < world.ran / 2, `${context}: ${world.refused} of ${world.ran} refused`);
  assert.equal(world.arenaBytesWithoutKeys(), 0, `${context}: bytes in use without a key`);
  await world.close();
  return innerSteps;
}

/** For a difference that can be read: by name, and not one long text. */
function sorted(contents: Map<string, string>): [string, string[]][] {
  return [...contents].sort().map(([key, text]) => [key, text.split('\n')]);
}

test('a snapshot is what was there at its start, whatever is written meanwhile', async () => {
  const seed = Number(process.env.REDDIS_WALK_SEED ?? randomSeed());
  const runs = Number(process.env.REDDIS_WALK_RUNS ?? 12);
  let innerSteps = 0;
  for (let run = 0; run < runs; run++) innerSteps += await walkUnderWrites(seed + run);
  assert.ok(innerSteps > runs, `seed ${seed}: ${innerSteps} steps met an open walk`);
});

test('an abandoned walk takes its marks and frozen lists away, in slices', async () => {
  const seed = randomSeed();
  for (let run = 0; run < 6; run++) {
    const context = `seed ${seed}, run ${run}`;
    const world = await World.open(seed + run);
    const { keyspace, random } = world;
    world.fill();
    const frames = makeFrames();
    const walker = new KeyspaceWalker(keyspace, frames, new TickingClock());
    for (let step = randomBelow(random, 30); step > 0; step--) {
      if (walker.step(1, 64 * 1024)) break;
      for (let i = 0; i < 20; i++) world.change();
    }
    walker.abandon();
    const { entriesWritten } = walker;
    while (!walker.step(1, Number.MAX_SAFE_INTEGER)) world.change();
    assert.equal(walker.entriesWritten, entriesWritten, context);
    assertNoTraces(keyspace, context);
    assert.equal(world.arenaBytesWithoutKeys(), 0, `${context}: bytes in use without a key`);
    await world.close();
  }
});

test('a command that drops thousands of large values does not write them all at once', async () => {
  const world = await World.open(randomSeed());
  const keys = Array.from({ length: 1500 }, (_, i) => `hash:many:${i}`);
  for (const key of keys) world.run(world.writes.fill('hash', key, 0, 200));
  const before = contentsOf(world.keyspace);
  const frames = makeFrames();
  const loading = new Loading(world.keyspace);
  const walker = new KeyspaceWalker(world.keyspace, frames, new TickingClock());
  walker.step(1, 1);
  world.run(['DEL', ...keys]);
  assert.ok(frames.at < 2 * 1024 * 1024, `${frames.at} bytes are waiting for the disk`);
  while (!walker.step(1, 64 * 1024)) loading.take(frames);
  loading.take(frames);
  assert.equal(loading.reader.finish(), null);
  assert.deepEqual(contentsOf(loading.keyspace).map(sorted), before.map(sorted));
  assert.equal(world.arenaBytesWithoutKeys(), 0);
  await world.close();
});
