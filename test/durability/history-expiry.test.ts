// T10 and T15, for history that goes by age: the process or the machine stops before each operation
// of an expiry, and the clock may be set back before the next start. What is left of history then
// has no hole, each generation in it has all its files, and is restored from as it was.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeManifest } from '../../engine/log/manifest.js';
import { type Random, randomBelow } from '../../engine/util/random.js';
import {
  DIR,
  generationTimes,
  HistoryEngine,
  HOUR_MS,
  restoredValue,
} from '../support/history-engine.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';

const HOURS = 10;
const CUTS = 6;
/** Other operations change nothing that a stop would leave half done. */
const CHANGES = new Set(['write', 'rename', 'link', 'unlink', 'syncDirectory', 'fsync']);

interface Stop {
  readonly what: string;
  readonly disk: MemoryFileSystem;
}

/** Some generations of different lengths, all within the hours that are kept. */
async function prepared(random: Random): Promise<HistoryEngine> {
  const engine = await HistoryEngine.open(new MemoryFileSystem(), { hours: HOURS });
  const generations = 4 + randomBelow(random, 3);
  for (let i = 0; i < generations; i++) {
    for (let write = randomBelow(random, 3); write >= 0; write--) {
      await engine.write();
      await engine.pass(1 + randomBelow(random, HOUR_MS / 3));
    }
    await engine.rewrite();
  }
  await engine.write();
  await engine.pass(1000);
  return engine;
}

/** Lets two generations or more become too old. @returns a stop before each change of the disk */
async function stopsOf(engine: HistoryEngine, random: Random): Promise<Stop[]> {
  const { fs, clock } = engine;
  const stops: Stop[] = [];
  const times = await engine.generationTimes();
  const expired = times[2 + randomBelow(random, times.length - 2)];
  fs.onOperation = ({ name, path, index }) => {
    if (!CHANGES.has(name) || !path.startsWith(`${DIR}/history`)) return;
    stops.push({ what: `before ${name} of ${path} (operation ${index})`, disk: fs.copy() });
  };
  await engine.pass(expired.startMs + HOURS * HOUR_MS - clock.now());
  fs.onOperation = () => undefined;
  stops.push({ what: 'afterwards', disk: fs.copy() });
  const left = await engine.generationTimes();
  assert.equal(left[0].generation, expired.generation, 'what is too old is gone');
  return stops;
}

/** Checks the disk of a stop, and once more after a start at `nowMs`. */
async function checkDisk(
  disk: MemoryFileSystem,
  engine: HistoryEngine,
  nowMs: number,
  random: Random,
  what: string,
): Promise<void> {
  const again = await HistoryEngine.open(disk, { hours: HOURS }, nowMs);
  await again.close();
  const times = await generationTimes(disk);
  const { generation } = decodeManifest(disk.bytesOf(`${DIR}/MANIFEST`), 'MANIFEST');
  const expected = times.map((_, i) => generation - times.length + i);
  assert.deepEqual(
    times.map((time) => time.generation),
    expected,
    `${what}: no generation is missing between two`,
  );
  const { startMs } = times[randomBelow(random, times.length)];
  const timeMs = startMs + randomBelow(random, HOUR_MS / 3);
  assert.equal(await restoredValue(disk.afterKill(), timeMs), engine.valueAt(timeMs), what);
  const named = /^\/data\/history\/(MANIFEST-\d+|(log|snap)-\d+\.r(log|snap))$/;
  for (const path of disk.paths().filter((name) => name.startsWith(`${DIR}/history/`))) {
    assert.match(path, named, `${what}: nothing is left over`);
  }
}

test('a stop while history expires leaves generations that can be restored', async (t) => {
  const campaign = new Campaign(t, 'T10', 'stops in expiries of history');
  await campaign.run(casesOf({ short: 2, long: 200 }), async (random) => {
    const engine = await prepared(random);
    const stops = await stopsOf(engine, random);
    const nowMs = engine.clock.now();
    for (const { what, disk } of stops) {
      const disks: [string, MemoryFileSystem][] = [[`kill ${what}`, disk.afterKill()]];
      for (let i = 0; i < CUTS; i++) disks.push([`cut ${i} ${what}`, disk.afterPowerCut(random)]);
      for (const [name, left] of disks) {
        const setBackMs = randomBelow(random, 2) * randomBelow(random, HOURS) * HOUR_MS;
        await checkDisk(left, engine, nowMs - setBackMs, random, name);
        campaign.count++;
      }
    }
    await engine.close();
  });
});
