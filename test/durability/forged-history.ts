// A history of four generations, and files of it forged so that a single check of what restores
// can notice: everything else about them is right, checksums included. What is restored must be
// the state at that point, or it must be said why it is not.

import assert from 'node:assert/strict';
import type { RestoreTarget } from '../../engine/log/restore.js';
import { SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import {
  damage,
  forgeHeader,
  forgeManifest,
  manifestOf,
  placesOf,
  type SampleDisk,
  sampleDisk,
} from './forged-disk.js';
import { DIR, ENGINE, LogServer, openDisk, type Unit } from './log-server.js';

const OUT = '/out';
const SEED = 21;

export interface HistorySample {
  readonly disk: MemoryFileSystem;
  readonly entries: readonly string[];
  readonly units: readonly Unit[];
  /** When each entry was written. */
  readonly timesMs: readonly number[];
  /** Where the newest snapshot and the last entries are. */
  readonly snapshot: string;
  readonly open: string;
  /** The last entry in the newest snapshot. */
  readonly snapshotSeq: number;
}

/** @param saltOffset other numbers give the same entries, sizes and times under other salts */
async function makeHistory(saltOffset: number): Promise<HistorySample> {
  const server = new LogServer(new MemoryFileSystem(), new SeededRandom(SEED), {
    historyGenerations: 3,
    saltOffset,
  });
  await server.start();
  const { clock, model } = server;
  const timesMs: number[] = [];
  const write = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      clock.ms += 100;
      await server.write(1);
      while (timesMs.length < model.entries.length) timesMs.push(clock.ms);
    }
  };
  for (let generation = 0; generation < 3; generation++) {
    await write(4);
    clock.ms += 50;
    await server.compact(0);
  }
  await write(6);
  await server.kill();
  const disk = server.files.fs.afterKill();
  const { snapshot, segments } = manifestOf(disk);
  const open = segments.findLast(({ name }) => disk.bytesOf(`${DIR}/${name}`).length > 64);
  assert.ok(snapshot !== null && open !== undefined);
  return {
    disk,
    ...model,
    timesMs,
    snapshot: `${DIR}/${snapshot.name}`,
    open: `${DIR}/${open.name}`,
    snapshotSeq: snapshot.seq,
  };
}

/** What is forged: undamaged disks, which are to be copied. */
export interface Samples {
  readonly sample: SampleDisk;
  readonly history: HistorySample;
  /** The same entries, sizes and times under other salts. */
  readonly foreign: SampleDisk;
  readonly foreignHistory: HistorySample;
}

export async function makeSamples(): Promise<Samples> {
  return {
    sample: await sampleDisk(ENGINE),
    history: await makeHistory(0),
    foreign: await sampleDisk(ENGINE, 1),
    foreignHistory: await makeHistory(1),
  };
}

/** Something that must hold, and what it is. Throws when it does not. */
export type Reading = readonly [what: string, read: (samples: Samples) => Promise<void>];

/** @returns the first that does not hold, and why; null when all do */
export async function firstWrong(
  readings: readonly Reading[],
  samples: Samples,
): Promise<string | null> {
  for (const [what, read] of readings) {
    try {
      await read(samples);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return `${what}: ${text.split('\n')[0]}`;
    }
  }
  return null;
}

/** Restores on a copy of a disk. */
async function restored(disk: MemoryFileSystem, target: RestoreTarget) {
  const copy = disk.copy();
  const report = await ENGINE.restoreTo(copy, DIR, target, OUT, new SeededRandom(1));
  const { state } = await openDisk(ENGINE, copy, 1, new HandClock(), OUT);
  return { ...report, state };
}

function refused(disk: MemoryFileSystem, target: RestoreTarget, message: RegExp): Promise<void> {
  return assert.rejects(restored(disk, target), { name: 'LogError', message });
}

/** The state after entry `seq`; a unit is not cut in two. */
function stateAfter({ entries, units }: HistorySample, seq: number): readonly string[] {
  const cut = units.find(({ from, to }) => from < seq && seq < to);
  return entries.slice(0, cut?.from ?? seq);
}

/** A newest snapshot that was tampered with is passed over: the generation before has it all. */
function passesOver(
  what: string,
  forge: (disk: MemoryFileSystem, sample: HistorySample, foreign: HistorySample) => void,
): Reading {
  return [
    `restoring past ${what}`,
    async ({ history: sample, foreignHistory }) => {
      const disk = sample.disk.copy();
      forge(disk, sample, foreignHistory);
      const { snapshotSeq, state, stoppedBy } = await restored(disk, 'latest');
      assert.ok(snapshotSeq < sample.snapshotSeq, 'it begins with the generation before');
      assert.equal(stoppedBy, null);
      assert.deepEqual(state, sample.entries, 'the latest state');
    },
  ];
}

/** Copies the newest snapshot of other salts into place, as if it were ours. */
function foreignSnapshot(
  disk: MemoryFileSystem,
  { snapshot }: HistorySample,
  foreign: HistorySample,
): void {
  const theirs = foreign.disk.bytesOf(foreign.snapshot);
  const ours = disk.bytesOf(snapshot);
  assert.equal(theirs.length, ours.length);
  assert.notEqual(theirs.readUInt32LE(56), ours.readUInt32LE(56), 'they have other salts');
  disk.put(snapshot, theirs);
  forgeHeader(disk, snapshot, (bytes) => ours.copy(bytes, 16, 16, 32));
}

function withoutSeal(disk: MemoryFileSystem, { snapshot }: HistorySample): void {
  let sealAt = 0;
  damage(disk, snapshot, (bytes) => {
    sealAt = placesOf(bytes).at(-1)?.at ?? 0;
    return bytes.subarray(0, sealAt);
  });
  forgeManifest(disk, (next) => {
    if (next.snapshot !== null) next.snapshot.sizeBytes = sealAt;
  });
}

function flip(bytes: Buffer, at: number): void {
  bytes[at] ^= 0x10;
}

export const HISTORY_READINGS: readonly Reading[] = [
  passesOver('a changed byte', (disk, { snapshot }) => damage(disk, snapshot, (b) => flip(b, 100))),
  passesOver('a snapshot without its seal', withoutSeal),
  passesOver('bytes behind a seal', (disk, { snapshot }) => {
    damage(disk, snapshot, (bytes) => Buffer.concat([bytes, Buffer.alloc(40)]));
    forgeManifest(disk, (next) => {
      if (next.snapshot !== null) next.snapshot.sizeBytes += 40;
    });
  }),
  passesOver('a snapshot of another number', (disk, { snapshot }) =>
    forgeHeader(disk, snapshot, (bytes) => flip(bytes, 32)),
  ),
  passesOver('a snapshot of another data set', (disk, { snapshot }) =>
    forgeHeader(disk, snapshot, (bytes) => flip(bytes, 16)),
  ),
  passesOver('a snapshot of another salt', foreignSnapshot),
  passesOver('a snapshot that is gone', (disk, { snapshot }) => disk.remove(snapshot)),
  [
    'an entry to come',
    async ({ history }) => {
      const { disk, entries } = history;
      await refused(disk, { seq: entries.length + 1 }, /^there is no entry/);
    },
  ],
  [
    'a moment before the beginning',
    async ({ history }) => {
      const { disk } = history;
      await refused(disk, { timeMs: 1_600_000_000_000 }, /does not reach back/);
    },
  ],
  [
    'a moment of which the entries are gone',
    async ({ history }) => {
      const { disk, timesMs } = history;
      const copy = disk.copy();
      const generations = copy.paths().filter((path) => path.includes('/history/MANIFEST-'));
      const [first] = generations;
      assert.equal(manifestOf(copy, first).snapshot, null, 'the first generation has no snapshot');
      forgeManifest(copy, (next) => next.segments.shift(), first);
      await refused(copy, { timeMs: timesMs[1] }, /does not reach back/);
    },
  ],
  [
    'a damaged entry that is wanted',
    async ({ history }) => {
      const { disk, open, entries } = history;
      const copy = disk.copy();
      damage(copy, open, (bytes) => flip(bytes, (placesOf(bytes).at(-1)?.at ?? 0) + 1));
      const { stoppedBy, state } = await restored(copy, { seq: entries.length });
      assert.notEqual(stoppedBy, null, 'it is said that the restored state ends before');
      assert.ok(state.length < entries.length);
      assert.deepEqual(state, entries.slice(0, state.length));
    },
  ],
  [
    'a sealed segment that the manifest says is longer',
    async ({ history }) => {
      const { disk } = history;
      const copy = disk.copy();
      const [first] = copy.paths().filter((path) => path.includes('/history/MANIFEST-'));
      forgeManifest(
        copy,
        ({ segments }) => {
          const sealed = segments.at(-1)?.sealed;
          assert.ok(sealed);
          sealed.lastSeq++;
        },
        first,
      );
      for (const path of copy.paths()) if (path.endsWith('.rsnap')) copy.remove(path);
      const { stoppedBy } = await restored(copy, 'latest');
      assert.notEqual(stoppedBy, null, 'it is said that an entry is missing');
    },
  ],
  [
    'a manifest in history that is of the present generation',
    async ({ history }) => {
      const { disk, entries, snapshot } = history;
      const copy = disk.copy();
      const { generation } = manifestOf(copy);
      copy.remove(snapshot);
      copy.put(`${DIR}/history/MANIFEST-${generation}`, copy.bytesOf(`${DIR}/MANIFEST`));
      const { state, stoppedBy } = await restored(copy, 'latest');
      assert.equal(stoppedBy, null);
      assert.deepEqual(state, entries);
    },
  ],
  [
    'each entry',
    async ({ history: sample }) => {
      for (let seq = 1; seq <= sample.entries.length; seq++) {
        const { state, entryCount, snapshotSeq, lastSeq } = await restored(sample.disk, { seq });
        const expected = stateAfter(sample, seq);
        assert.deepEqual(state, expected, `the state after entry ${seq}`);
        assert.equal(lastSeq, expected.length, `the last entry up to ${seq}`);
        assert.equal(entryCount, lastSeq - snapshotSeq, `entries up to ${seq}`);
      }
    },
  ],
  [
    'each moment',
    async ({ history }) => {
      const { disk, timesMs, entries } = history;
      for (const timeMs of new Set(timesMs)) {
        const { state } = await restored(disk, { timeMs });
        const count = timesMs.filter((time) => time <= timeMs).length;
        assert.deepEqual(state, entries.slice(0, count), `the state at ${timeMs}`);
      }
    },
  ],
];
