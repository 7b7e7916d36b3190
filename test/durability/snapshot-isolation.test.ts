// A snapshot is a deep copy of the moment of its cut, whatever runs while it is written: compared
// whole, in the forms and deadlines things had. An engine without a snapshot that is told the same
// shows that a snapshot changes nothing and what memory it takes. Work is counted, not timed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Keyspace } from '../../engine/keyspace/keyspace.js';
import { KeyspaceWalker } from '../../engine/snapshot/keyspace-walker.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { assertNoTraces, contentsOf } from '../support/keyspace-contents.js';
import {
  makeFrames,
  SnapshotLoading,
  SnapshotWorld,
  sortedContents,
  TickingClock,
} from '../support/snapshot-world.js';
import { Campaign, casesOf } from './campaign.js';
import { type Change, IsolationStream } from './isolation-stream.js';

/** Asked of each step; what comes on top is one round's. */
const STEP_BYTES = 64 * 1024;
/** One round of the walk, between two looks at the clock, writes no more: 1 or 2 ms. */
const ROUND_BYTES_MAX = 512 * 1024;
/** What one command may have to write before it changes anything, as long as values are as here. */
const COMMAND_BYTES_MAX = 512 * 1024;
const CHANGES_MAX = 20;
/** Nothing is copied in memory: at most what was there at the cut is kept a while longer. */
const EXTRA_SHARE_MAX = 1;
const COUNTS = [3, 10, 30, 100, 300, 1500];
/** Taken in one case, one after the other. */
const SNAPSHOTS = 20;

interface IsolationSize {
  readonly keys: number;
  /** Elements of a collection, one of these. */
  readonly counts: readonly number[];
  readonly snapshots: number;
}

interface Work {
  /** Changes between the steps of a walk, all of them. */
  changes: number;
  roundBytes: number;
  commandBytes: number;
  /** More memory than the engine without a snapshot, in parts of what there was at the cut. */
  extraShare: number;
}

/** Two engines that are told the same; a snapshot is taken of the first. */
class Isolation {
  readonly world: SnapshotWorld;
  readonly twin: SnapshotWorld;
  /** Takes the snapshots. */
  readonly copy: SnapshotWorld;
  readonly frames = makeFrames();
  private readonly random: SeededRandom;
  private readonly stream: IsolationStream;
  private readonly both: readonly SnapshotWorld[];

  private constructor(random: SeededRandom, worlds: readonly SnapshotWorld[]) {
    const [world, twin, copy] = worlds;
    this.random = random;
    this.world = world;
    this.twin = twin;
    this.copy = copy;
    this.both = [world, twin];
    this.stream = new IsolationStream(random, () => world.clock.now());
  }

  static async open(random: SeededRandom): Promise<Isolation> {
    const seed = random.next32();
    const open = () => SnapshotWorld.open(seed);
    return new Isolation(random, [await open(), await open(), await open()]);
  }

  fill(keys: number, counts: readonly number[]): void {
    const words = this.stream.fill(keys, counts);
    for (const each of this.both) for (const command of words) each.run(command);
    for (let i = 0; i < 60; i++) this.change(this.stream.next());
  }

  /** Walks to the end, with changes between the steps. @returns the most work that was done */
  walk(loading: SnapshotLoading): Work {
    const { frames, world, twin, random } = this;
    const walker = new KeyspaceWalker(world.keyspace, frames, new TickingClock());
    const cutBytes = usedBytes(world.keyspace);
    const work = noWork();
    for (;;) {
      const before = frames.at;
      const hasEnded = walker.step(1, before + STEP_BYTES);
      work.roundBytes = Math.max(work.roundBytes, frames.at - before);
      if (hasEnded) break;
      loading.take(frames);
      for (let i = randomBelow(random, CHANGES_MAX); i > 0; i--) {
        const change = this.stream.next();
        const at = frames.at;
        this.change(change);
        work.changes++;
        work.commandBytes = Math.max(work.commandBytes, frames.at - at);
      }
      const extra = usedBytes(world.keyspace) - usedBytes(twin.keyspace);
      work.extraShare = Math.max(work.extraShare, extra / cutBytes);
    }
    loading.take(frames);
    assert.equal(loading.reader.finish(), null);
    assert.equal(walker.keysWritten, walker.keysTotal);
    return work;
  }

  /** What was dropped is freed in both. */
  settle(): void {
    for (const { keyspace } of this.both) while (!keyspace.lazyFree.step(1000));
  }

  async close(): Promise<void> {
    for (const each of [...this.both, this.copy]) await each.close();
  }

  private change({ elapsedMs, freeSteps, commands }: Change): void {
    for (const each of this.both) {
      const { keyspace, engine, clock } = each;
      if (elapsedMs > 0) {
        clock.advance(elapsedMs);
        engine.refreshClock();
        keyspace.expireDue(100);
      }
      if (freeSteps > 0) keyspace.lazyFree.step(freeSteps);
      for (const command of commands) each.run(command);
    }
  }
}

function usedBytes(keyspace: Keyspace): number {
  return keyspace.databases.reduce((sum, db) => sum + db.arena.usedBytes, 0);
}

/** Fills two engines, and takes one snapshot after the other of the first. */
async function runIsolated(
  random: SeededRandom,
  { keys, counts, snapshots }: IsolationSize,
): Promise<Work> {
  const isolation = await Isolation.open(random);
  const { world, twin, copy } = isolation;
  isolation.fill(keys, counts);
  const most = noWork();
  for (let i = 0; i < snapshots; i++) {
    const model = contentsOf(world.keyspace).map(sortedContents);
    const loading = new SnapshotLoading(world.keyspace, copy.keyspace);
    raise(most, isolation.walk(loading));
    const loaded = contentsOf(loading.keyspace).map(sortedContents);
    assert.deepEqual(loaded, model, `snapshot ${i}: the state at the cut`);
    assertNoTraces(world.keyspace, `after snapshot ${i}`);
    assertNoTraces(copy.keyspace, `snapshot ${i}, loaded`);
    assert.equal(copy.arenaBytesWithoutKeys(), 0, `snapshot ${i}: bytes in use without a key`);
  }
  isolation.settle();
  const [live, unwatched] = [world, twin].map(({ keyspace }) => contentsOf(keyspace));
  assert.deepEqual(live.map(sortedContents), unwatched.map(sortedContents), 'the live state');
  assert.ok(world.refused < world.ran / 2, `${world.refused} of ${world.ran} were refused`);
  assert.equal(world.arenaBytesWithoutKeys(), 0, 'bytes in use without a key');
  await isolation.close();
  return most;
}

function assertBounded({ roundBytes, commandBytes, extraShare }: Work): void {
  assert.ok(roundBytes <= ROUND_BYTES_MAX, `a round wrote ${roundBytes} bytes`);
  assert.ok(commandBytes <= COMMAND_BYTES_MAX, `a command wrote ${commandBytes} bytes`);
  assert.ok(extraShare <= EXTRA_SHARE_MAX, `${extraShare} of the memory is held twice`);
}

function noWork(): Work {
  return { changes: 0, roundBytes: 0, commandBytes: 0, extraShare: 0 };
}

function raise(most: Work, work: Work): void {
  most.changes += work.changes;
  most.roundBytes = Math.max(most.roundBytes, work.roundBytes);
  most.commandBytes = Math.max(most.commandBytes, work.commandBytes);
  most.extraShare = Math.max(most.extraShare, work.extraShare);
}

test('a snapshot is a deep copy of its moment under every kind of command', async (t) => {
  const campaign = new Campaign(t, 'T16', 'snapshots under changes');
  const most = noWork();
  await campaign.run(casesOf({ short: 25, long: 1000 }), async (random) => {
    const work = await runIsolated(random, { keys: 10, counts: COUNTS, snapshots: SNAPSHOTS });
    campaign.count += SNAPSHOTS;
    raise(most, work);
    assertBounded(work);
  });
  const perSnapshot = most.changes / campaign.count;
  assert.ok(perSnapshot > 10, `${perSnapshot} changes in a snapshot test nothing`);
  t.diagnostic(`${perSnapshot.toFixed(0)} changes while a snapshot was written`);
  t.diagnostic(`most in a round: ${most.roundBytes} bytes, for a command: ${most.commandBytes}`);
  t.diagnostic(`most memory kept: ${most.extraShare.toFixed(2)} of what there was at the cut`);
});

for (const [size, elements, tiers] of [
  ['large', 20_000, { short: 4, long: 40 }],
  ['very large', 1_000_000, { short: 0, long: 4 }],
] as const) {
  test(`a snapshot with a ${size} collection is sliced and exact`, async (t) => {
    const cases = casesOf(tiers);
    if (cases === 0) {
      t.skip('in the long tier');
      return;
    }
    const campaign = new Campaign(t, 'T16', `snapshots with a ${size} collection`);
    await campaign.run(cases, async (random) => {
      assertBounded(await runIsolated(random, { keys: 1, counts: [elements], snapshots: 1 }));
      campaign.count++;
    });
  });
}
