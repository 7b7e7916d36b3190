// Snapshots of large collections while commands of every kind change them: what is loaded is what
// was there at the cut, in the same forms, and nothing of the walk is left behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyspaceWalker } from '../../engine/snapshot/keyspace-walker.js';
import { randomBelow, randomSeed } from '../../engine/util/random.js';
import { assertNoTraces, contentsOf } from '../support/keyspace-contents.js';
import {
  makeFrames,
  SnapshotLoading,
  SnapshotWorld,
  sortedContents,
  TickingClock,
} from '../support/snapshot-world.js';

/** @returns how often commands ran while a table was walked through */
async function walkUnderWrites(seed: number): Promise<number> {
  const world = await SnapshotWorld.open(seed);
  const { keyspace, random } = world;
  world.fill();
  const before = contentsOf(keyspace);
  const frames = makeFrames();
  const loading = new SnapshotLoading(keyspace);
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
  assert.deepEqual(after.map(sortedContents), before.map(sortedContents), context);
  assert.equal(walker.keysWritten, walker.keysTotal, context);
  assertNoTraces(keyspace, context);
  assertNoTraces(loading.keyspace, `${context}, loaded`);
  assert.ok(world.refused < world.ran / 2, `${context}: ${world.refused} of ${world.ran} refused`);
  assert.equal(world.arenaBytesWithoutKeys(), 0, `${context}: bytes in use without a key`);
  await world.close();
  return innerSteps;
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
    const world = await SnapshotWorld.open(seed + run);
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
  const world = await SnapshotWorld.open(randomSeed());
  const keys = Array.from({ length: 1500 }, (_, i) => `hash:many:${i}`);
  for (const key of keys) world.run(world.writes.fill('hash', key, 0, 200));
  const before = contentsOf(world.keyspace);
  const frames = makeFrames();
  const loading = new SnapshotLoading(world.keyspace);
  const walker = new KeyspaceWalker(world.keyspace, frames, new TickingClock());
  walker.step(1, 1);
  world.run(['DEL', ...keys]);
  assert.ok(frames.at < 2 * 1024 * 1024, `${frames.at} bytes are waiting for the disk`);
  while (!walker.step(1, 64 * 1024)) loading.take(frames);
  loading.take(frames);
  assert.equal(loading.reader.finish(), null);
  assert.deepEqual(contentsOf(loading.keyspace).map(sortedContents), before.map(sortedContents));
  assert.equal(world.arenaBytesWithoutKeys(), 0);
  await world.close();
});
