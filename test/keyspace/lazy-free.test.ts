// Dropped values give their memory back in slices, all of it, whatever else goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Config, Engine } from '../../engine/index.js';
import { evictTo } from '../../engine/keyspace/evict.js';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { FrameBuffer } from '../../engine/log/frame-buffer.js';
import { KeyspaceWalker } from '../../engine/snapshot/keyspace-walker.js';
import { SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { SilentCaller } from '../support/silent-caller.js';

type Type = 'list' | 'set' | 'hash' | 'zset';
const TYPES: readonly Type[] = ['list', 'set', 'hash', 'zset'];
const ADD = { list: 'RPUSH', set: 'SADD', hash: 'HSET', zset: 'ZADD' };
const COUNT = 5000;

class World {
  readonly clock = new FakeClock();
  readonly engine: Engine;
  readonly keyspace: Keyspace;
  private readonly caller: SilentCaller;

  private constructor(config: Config) {
    const random = new SeededRandom(1);
    this.engine = new Engine({ dir: null, config, clock: this.clock, random });
    this.keyspace = this.engine.keyspace;
    this.caller = new SilentCaller(this.engine);
  }

  static async open(): Promise<World> {
    const config = new Config();
    config.preset('list-max-listpack-size', '16');
    const world = new World(config);
    await world.engine.load();
    // The test itself says when something is freed.
    world.keyspace.lazyFree.onPending = null;
    return world;
  }

  run(...words: (string | number)[]): void {
    assert.equal(this.caller.run(words), null, words.slice(0, 2).join(' '));
  }

  fill(type: Type, key: string, count = COUNT): void {
    for (let first = 0; first < count; first += 500) {
      const words: (string | number)[] = [ADD[type], key];
      for (let i = first; i < Math.min(count, first + 500); i++) {
        if (type === 'zset') words.push(i % 100);
        words.push(`element:${i}`);
        if (type === 'hash') words.push(`value:${i}`);
      }
      this.run(...words);
    }
  }

  /** Lets time pass, and the engine notice. */
  pass(ms: number): void {
    this.clock.advance(ms);
    this.engine.runCron();
  }

  get arenaBytes(): number {
    return this.keyspace.databases.reduce((sum, db) => sum + db.arena.usedBytes, 0);
  }
}

for (const type of TYPES) {
  test(`a deleted ${type} goes in slices, to the last byte`, async () => {
    const world = await World.open();
    const { lazyFree } = world.keyspace;
    world.fill(type, 'key');
    const fullBytes = world.arenaBytes;
    world.run('DEL', 'key');
    assert.equal(lazyFree.pendingObjects, 1);
    assert.ok(world.arenaBytes > fullBytes * 0.9, 'nothing counts as free before it is');
    let steps = 0;
    let lastBytes = world.arenaBytes;
    while (!lazyFree.step(100)) {
      assert.ok(world.arenaBytes <= lastBytes);
      lastBytes = world.arenaBytes;
      steps++;
    }
    assert.ok(steps > (type === 'list' ? 2 : 20), `${steps} steps`);
    assert.equal(world.arenaBytes, 0);
    assert.equal(lazyFree.pendingObjects, 0);
    assert.equal(lazyFree.freedObjects, 1);
    await world.engine.close();
  });

  test(`a small ${type} is freed at once and does not count`, async () => {
    const world = await World.open();
    const { lazyFree } = world.keyspace;
    world.fill(type, 'key', 60);
    world.run('UNLINK', 'key');
    assert.equal(lazyFree.pendingObjects + lazyFree.freedObjects, 0);
    assert.equal(world.arenaBytes, 0);
    await world.engine.close();
  });

  test(`a ${type} that is overwritten, expired or evicted goes as a deleted one does`, async () => {
    const world = await World.open();
    const { lazyFree } = world.keyspace;
    const [db] = world.keyspace.databases;
    const ways: [string, () => void][] = [
      ['SET', () => world.run('SET', 'key', 'v')],
      ['RENAME', () => [world.run('SET', 'o', 'v'), world.run('RENAME', 'o', 'key')]],
      ['expiry', () => [world.run('PEXPIRE', 'key', 5), world.pass(10)]],
      ['eviction', () => db.evict(db.randomRef())],
    ];
    for (const [what, act] of ways) {
      world.fill(type, 'key');
      const freed = lazyFree.freedObjects;
      act();
      while (!lazyFree.step(1000));
      world.run('DEL', 'key');
      assert.equal(lazyFree.freedObjects, freed + 1, what);
      const tableBytes = db.table.sizeBytes - db.table.directoryBytes;
      assert.equal(world.arenaBytes, tableBytes, what);
    }
    await world.engine.close();
  });

  test(`a ${type} that a snapshot is on its way through waits for it`, async () => {
    const world = await World.open();
    const { keyspace, clock } = world;
    world.fill(type, 'key');
    const frames = new FrameBuffer(clock);
    frames.beginFile(1, 0, clock.now());
    const walker = new KeyspaceWalker(keyspace, frames, clock);
    // The frames are full at once, so one step is one look.
    while (keyspace.databases[0].snapshot?.position === 0) walker.step(1, 1);
    world.run('DEL', 'key');
    assert.ok(keyspace.lazyFree.step(1000), 'nothing can be freed yet');
    assert.equal(keyspace.lazyFree.pendingObjects, 1);
    while (!walker.step(1, Number.MAX_SAFE_INTEGER));
    while (!keyspace.lazyFree.step(1000));
    assert.equal(keyspace.lazyFree.pendingObjects, 0);
    assert.equal(world.arenaBytes, 0);
    await world.engine.close();
  });
}

test('the cron frees what waits while nothing else happens', async () => {
  const world = await World.open();
  for (const type of TYPES) world.fill(type, type);
  world.run('UNLINK', ...TYPES);
  world.engine.runCron();
  assert.equal(world.keyspace.lazyFree.pendingObjects, 0);
  assert.equal(world.arenaBytes, 0);
  await world.engine.close();
});

test('fields of a dropped hash that come due meanwhile harm nothing', async () => {
  const world = await World.open();
  const { keyspace, clock } = world;
  world.fill('hash', 'key');
  for (let i = 0; i < COUNT; i += 3) {
    world.run('HPEXPIREAT', 'key', clock.now() + 1 + (i % 50), 'FIELDS', 1, `element:${i}`);
  }
  world.run('DEL', 'key');
  while (!keyspace.lazyFree.step(50)) {
    clock.advance(1);
    keyspace.setTime(clock.now());
    keyspace.databases[0].expireDue(20);
    keyspace.databases[0].fieldDeadlines?.expireDue(20);
  }
  assert.equal(keyspace.databases[0].fieldDeadlines?.wheel.count, 0);
  assert.equal(world.arenaBytes, 0);
  await world.engine.close();
});

test('a database that is emptied takes what waits with it', async () => {
  const world = await World.open();
  const { lazyFree } = world.keyspace;
  world.fill('zset', 'key');
  world.run('DEL', 'key');
  world.run('FLUSHALL');
  assert.equal(lazyFree.pendingObjects, 0);
  assert.ok(lazyFree.step(1));
  await world.engine.close();
});

test('no other key is evicted for memory that a dropped value will give back', async () => {
  const world = await World.open();
  const { keyspace } = world;
  for (let i = 0; i < 1000; i++) world.run('SET', `key:${i}`, 'x'.repeat(100));
  const limitBytes = keyspace.usedBytes;
  world.fill('hash', 'huge', 60_000);
  world.run('DEL', 'huge');
  const rules = { policy: 'allkeys-random', samples: 5 } as const;
  let calls = 0;
  while (keyspace.usedBytes > limitBytes) {
    assert.ok(evictTo(keyspace, limitBytes, rules));
    calls++;
  }
  assert.ok(calls > 1, 'one call frees a bounded part');
  assert.equal(keyspace.evictedKeys, 0);
  await world.engine.close();
});

test('what is dropped while the log is replayed goes at once', async () => {
  const world = await World.open();
  world.fill('zset', 'key');
  world.keyspace.expiresKeys = false;
  world.run('DEL', 'key');
  assert.equal(world.keyspace.lazyFree.pendingObjects, 0);
  assert.equal(world.arenaBytes, 0);
  await world.engine.close();
});
