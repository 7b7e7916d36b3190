// Large collections of every type for the tests of snapshots, commands that change them while one
// is written, and a reader that loads it as it comes. Invariant: a world is the same for the same
// seed.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { Keyspace } from '../../engine/keyspace/keyspace.js';
import { FRAME_HEADER_BYTES } from '../../engine/log/format.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { SnapshotReader } from '../../engine/snapshot/snapshot-reader.js';
import type { Clock } from '../../engine/util/clock.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from './fake-clock.js';
import { contentsOf } from './keyspace-contents.js';
import { RandomWrites } from './random-writes.js';
import { SilentCaller } from './silent-caller.js';

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
export class TickingClock implements Clock {
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
export class SnapshotWorld {
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

  static async open(seed: number): Promise<SnapshotWorld> {
    const world = new SnapshotWorld(seed);
    await world.engine.load();
    return world;
  }

  get keyspace(): Keyspace {
    return this.engine.keyspace;
  }

  /**
   * @param keys with collections
   * @param counts how many elements they have, one of these
   */
  fill(keys = 14, counts = [5, 40, 900, 5000]): void {
    for (let i = 0; i < keys; i++) {
      this.caller.session.dbIndex = randomBelow(this.random, DATABASES - 1);
      const type = TYPES[i % TYPES.length];
      const key = this.writes.key(type);
      const count = counts[randomBelow(this.random, counts.length)];
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
export class SnapshotLoading {
  readonly keyspace: Keyspace;
  readonly reader: SnapshotReader;

  /** @param into an empty keyspace, or null for a new one */
  constructor(model: Keyspace, into: Keyspace | null = null) {
    const { seed } = model;
    const random = new SeededRandom(1);
    const options = { databases: DATABASES, seed, random, now: model.now };
    this.keyspace = into ?? new Keyspace(options);
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

export function makeFrames(): FrameBuffer {
  const frames = new FrameBuffer(new TickingClock());
  frames.beginFile(1, 0, 1_700_000_000_000);
  return frames;
}

/** For a difference that can be read: by name, and not one long text. */
export function sortedContents(contents: Map<string, string>): [string, string[]][] {
  return [...contents].sort().map(([key, text]) => [key, text.split('\n')]);
}
