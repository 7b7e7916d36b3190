// Files and payloads that somebody made up: structure-aware changes, checksums mostly put right.
// Whatever reads them (a start, the check, salvage, restore, rebuild, dump, export, fix, the
// manifest's parser, RESTORE) answers with a documented error that names file and place, in
// bounded time and memory.

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, test } from 'node:test';
import {
  checkLog,
  dumpLog,
  exportLog,
  LogError,
  rebuildLogManifest,
  restoreLog,
  salvageLog,
} from '../../engine/index.js';
import { fix } from '../../engine/log/fix.js';
import { decodeManifest, encodeManifest } from '../../engine/log/manifest.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { atEnd } from '../support/at-end.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { AllocationMeter } from './allocation-meter.js';
import { Campaign, casesOf } from './campaign.js';
import {
  claimingKeys,
  mutateFile,
  mutateManifest,
  overlappingFrames,
  pick,
  withSizes,
} from './format-mutation.js';
import { EntryReplay } from './fuzz-entries.js';
import { DIR, engineOver, makeFuzzSources } from './fuzz-source.js';
import { ValueReader } from './fuzz-values.js';
import { HangWatch } from './hang-watch.js';
import { madeUpPayload, restoreSamples } from './restore-payload.js';

const CASE_MAX_MS = 1000;
const HANG_MS = 60_000;
/** What a reader may ask for beyond its blocks, for each byte of what it reads. */
const ALLOCATED_PER_BYTE = 24;
/** Blocks, windows, frame buffers and a keyspace, whatever the size of the files. */
const ALLOCATED_FIXED_BYTES = 8 * 1024 * 1024;
/** One for each database that files can name, and one for a table that grows. */
const CHUNKS_MAX = 4;
const OPERATIONS_MAX = 20_000;
/** LZF makes up to 88 bytes of one, and each of them is copied a few times. */
const RESTORED_PER_BYTE = 1000;
const RESTORE_FIXED_BYTES = 1024 * 1024;
const OVERLAPPING_BYTES = 2 * 1024 * 1024;
const MANIFEST = `${DIR}/MANIFEST`;
const OUT = '/out';

const watch = new HangWatch(HANG_MS);
after(() => watch.end());

/** Does one thing with the directory; what it throws is judged by the caller. */
type Target = (fs: MemoryFileSystem, random: SeededRandom, seed: number) => Promise<void>;

const load: Target = async (fs, _random, seed) => {
  const engine = engineOver(fs, DIR, seed);
  await engine.load();
  await engine.close();
};

const salvageAll: Target = async (fs) => {
  await salvageLog(DIR, OUT, { fs });
  const { verdict, message } = await checkLog(OUT, { fs });
  assert.equal(verdict, 'sound', `what salvage wrote: ${message}`);
};

const salvageOne: Target = async (fs, random) => {
  const { verdict: before } = await checkLog(pick(random, dataFiles(fs)), { fs });
  assert.ok(before !== undefined);
  await salvageLog(pick(random, dataFiles(fs)), OUT, { fs });
  const { verdict, message } = await checkLog(OUT, { fs });
  assert.equal(verdict, 'sound', `what salvage wrote: ${message}`);
};

const restore: Target = async (fs, random) => {
  const seq = randomBelow(random, 120);
  const timeMs = 1_700_000_000_000 + randomBelow(random, 100_000);
  await restoreLog(DIR, pick(random, [{ seq }, { timeMs }, 'latest' as const]), OUT, { fs });
  const { verdict, message } = await checkLog(OUT, { fs });
  assert.equal(verdict, 'sound', `what restore wrote: ${message}`);
};

const rebuild: Target = async (fs, random) => {
  if (randomBelow(random, 2) === 0) fs.remove(MANIFEST);
  await rebuildLogManifest(DIR, { fs });
  await checkLog(DIR, { fs });
};

const exportAll: Target = async (fs, random) => {
  const path = randomBelow(random, 2) === 0 ? DIR : pick(random, dataFiles(fs));
  expectNamed(await exportLog(path, () => undefined, { fs }));
};

const dump: Target = async (fs, random) => {
  const path = randomBelow(random, 2) === 0 ? DIR : pick(random, dataFiles(fs));
  const error = await dumpLog(
    path,
    ({ args }) => {
      for (let i = 0; i < args.count; i++) args.text(i);
    },
    { fs },
  );
  expectNamed(error);
};

const check: Target = async (fs, random) => {
  const path = randomBelow(random, 2) === 0 ? DIR : pick(random, dataFiles(fs));
  const { verdict, message, remedy } = await checkLog(path, { fs });
  if (verdict === 'sound') return;
  assert.match(message, /\/data\b/, 'the check names the file');
  if (verdict === 'corrupt') assert.notEqual(remedy, '');
};

const fixTorn: Target = async (fs, random) => {
  const path = randomBelow(random, 2) === 0 ? DIR : pick(random, dataFiles(fs));
  const clock = new HandClock();
  // Not by fixLog: that would lock a directory of the real file system.
  await fix({ fs, path, clock, random, owner: null, historyGenerations: 1 });
  const { verdict, message } = await checkLog(path, { fs });
  assert.equal(verdict, 'sound', `what fix left: ${message}`);
};

const TARGETS: Readonly<Record<string, Target>> = {
  load,
  check,
  salvageAll,
  salvageOne,
  restore,
  rebuild,
  exportAll,
  dump,
  fixTorn,
};

/** Loading is most of what can go wrong. */
const TARGET_NAMES = ['load', 'load', 'load', ...Object.keys(TARGETS)];

/** Time that this process has worked: the machine may have others. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function dataFiles(fs: MemoryFileSystem): string[] {
  return fs.paths().filter((path) => /^\/data\/.*\.(rlog|rsnap)$/.test(path));
}

/** What is said of a point to restore, not of a file. */
const NO_DAMAGE = /^(history does not reach back|there is no entry)/;

/** Whether an error says which file is wrong, and where in it. */
function expectNamed(error: LogError | null): void {
  if (error === null || NO_DAMAGE.test(error.message)) return;
  assert.match(error.message, /\/(data|out)\b/, 'the error names a file');
  if (error.code !== 'CORRUPT' || /MANIFEST/.test(error.message)) return;
  assert.match(error.message, /\bbyte \d+\b|begins with entry/, 'the error names a place');
}

function mutateDirectory(random: SeededRandom, source: MemoryFileSystem): MemoryFileSystem {
  const fs = source.afterKill();
  const times = randomBelow(random, 4) === 0 ? 2 : 1;
  for (let i = 0; i < times; i++) {
    const path = pick(random, dataFiles(fs));
    const isFirst = i === 0;
    if (isFirst) fs.put(path, mutateFile(random, source.bytesOf(path)));
  }
  const sizeOf = (name: string) => {
    const path = fs.paths().find((one) => basename(one) === name);
    return path === undefined ? null : fs.bytesOf(path).length;
  };
  for (const path of fs.paths().filter((one) => /MANIFEST/.test(one))) {
    if (randomBelow(random, 10) > 0) fs.put(path, withSizes(fs.bytesOf(path), sizeOf));
    if (randomBelow(random, 10) === 0) fs.put(path, mutateManifest(random, fs.bytesOf(path)));
  }
  return fs;
}

test('no made-up file brings a reader down', async (t) => {
  const campaign = new Campaign(t, 'T18', 'directories with made-up files, read');
  const sources = await makeFuzzSources();
  const meter = new AllocationMeter({ isRecycling: true });
  atEnd(t, meter.install());
  let slowestMs = 0;
  let mostBytes = 0;
  let refused = 0;
  await campaign.run(casesOf({ short: 4000, long: 150_000 }), async (random, seed) => {
    const fs = mutateDirectory(random, pick(random, sources));
    const name = pick(random, TARGET_NAMES);
    const bytes = fs.paths().reduce((sum, path) => sum + fs.bytesOf(path).length, 0);
    const first = fs.operationCount;
    fs.onOperation = ({ index }) => {
      if (index - first > OPERATIONS_MAX) throw new Error('it does not end');
    };
    meter.reset();
    const startMs = cpuMs();
    try {
      await watch.watch(seed, () => TARGETS[name](fs, random, seed));
    } catch (error) {
      if (!(error instanceof LogError))
        throw new Error(`${name}: ${stackOf(error)}`, { cause: error });
      refused++;
      expectNamed(error);
    }
    const elapsedMs = cpuMs() - startMs;
    slowestMs = Math.max(slowestMs, elapsedMs);
    mostBytes = Math.max(mostBytes, meter.bytes);
    assert.ok(elapsedMs < CASE_MAX_MS, `${name} took ${elapsedMs} ms`);
    const allowed = ALLOCATED_FIXED_BYTES + ALLOCATED_PER_BYTE * bytes;
    assert.ok(meter.bytes < allowed, `${name} asked for ${meter.bytes} bytes to read ${bytes}`);
    assert.ok(meter.chunks <= CHUNKS_MAX, `${name} asked for ${meter.chunks} chunks`);
    campaign.count++;
  });
  t.diagnostic(
    `refused ${refused}; slowest ${slowestMs.toFixed(0)} ms, at most ${mostBytes} bytes`,
  );
});

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

test('no made-up manifest is read as anything but what it says', async (t) => {
  const campaign = new Campaign(t, 'T18', 'made-up manifests, parsed');
  const [source] = await makeFuzzSources();
  const bytes = source.bytesOf(MANIFEST);
  await campaign.run(casesOf({ short: 4000, long: 400_000 }), async (random) => {
    const changed = mutateManifest(random, bytes);
    try {
      const manifest = decodeManifest(changed, MANIFEST);
      assert.ok(encodeManifest(manifest).equals(changed), 'it prints back as it was');
      const { revision, generation, nextNumber, baseSizeBytes } = manifest;
      for (const number of [revision, generation, nextNumber, baseSizeBytes]) {
        assert.ok(Number.isSafeInteger(number) && number >= 0, `${number} is a count`);
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      assert.match(error.message, /\/data\/MANIFEST/);
    }
    campaign.count++;
  });
});

test('no made-up payload of RESTORE brings an engine down, or gives it half a value', async (t) => {
  const campaign = new Campaign(t, 'T18', 'made-up payloads, restored');
  const values = new ValueReader();
  await values.begin();
  atEnd(t, () => values.end());
  const samples = restoreSamples(await values.dumpAll());
  const meter = new AllocationMeter({ isRecycling: false });
  atEnd(t, meter.install());
  let taken = 0;
  await campaign.run(casesOf({ short: 6000, long: 400_000 }), async (random, seed) => {
    const payload = madeUpPayload(random, samples);
    meter.reset();
    const startMs = cpuMs();
    const isTaken = await watch.watch(seed, () => values.restore(payload));
    assert.ok(cpuMs() - startMs < CASE_MAX_MS, 'it takes its time');
    const allowed = RESTORE_FIXED_BYTES + RESTORED_PER_BYTE * payload.length;
    assert.ok(meter.bytes < allowed, `${meter.bytes} bytes asked for, for ${payload.length}`);
    assert.ok(meter.chunks <= 1);
    if (isTaken) {
      taken++;
      await values.expectWhole();
    }
    campaign.count++;
  });
  t.diagnostic(`${taken} were values`);
});

test('no made-up entry of a log brings a replay down', async (t) => {
  const campaign = new Campaign(t, 'T18', 'made-up entries, replayed');
  const entries = new EntryReplay();
  await entries.begin();
  atEnd(t, () => entries.end());
  let refused = 0;
  await campaign.run(casesOf({ short: 6000, long: 1_000_000 }), async (random, seed) => {
    const error = await watch.watch(seed, () => entries.replayOne(random));
    if (error !== null) refused++;
    campaign.count++;
  });
  t.diagnostic(`${refused} were refused`);
});

test('a snapshot that claims millions of keys gets room for what its file can hold', async (t) => {
  const [source] = await makeFuzzSources();
  const fs = source.afterKill();
  const path = dataFiles(fs).find((one) => /^\/data\/snap-/.test(one)) ?? '';
  fs.put(path, claimingKeys(fs.bytesOf(path), 2 ** 24));
  const meter = new AllocationMeter({ isRecycling: false });
  atEnd(t, meter.install());
  const engine = engineOver(fs, DIR, 1);
  await engine.load();
  await engine.close();
  assert.ok(meter.chunks <= CHUNKS_MAX, `${meter.chunks} chunks`);
  assert.ok(meter.bytes < ALLOCATED_FIXED_BYTES, `${meter.bytes} bytes`);
});

test('frames made up to overlap cost no more time than others', async () => {
  const [source] = await makeFuzzSources();
  const path = `${DIR}/log-00000006.rlog`;
  const fs = source.afterKill();
  fs.put(path, overlappingFrames(source.bytesOf(path), OVERLAPPING_BYTES));
  const startMs = cpuMs();
  assert.notEqual((await checkLog(path, { fs })).verdict, 'sound');
  assert.ok(cpuMs() - startMs < CASE_MAX_MS, 'the check');
  await salvageLog(path, OUT, { fs });
  assert.ok(cpuMs() - startMs < 2 * CASE_MAX_MS, 'the salvage');
});
