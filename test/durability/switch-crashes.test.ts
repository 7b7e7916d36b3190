// T10: the process or the machine stops at each line of the switch to a rewritten log (R1 to R8,
// S1 to S9, G1 to G6 of the design), during load and idle, and once more at each operation of the
// recovery from it. One generation is the authority then, the old or the new one, with every
// acknowledged write.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHistory } from '../../engine/log/history.js';
import { manifestFiles } from '../../engine/log/manifest.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { commandSink, HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { DiskOracle, type Found } from './disk-oracle.js';
import { ENGINE, type LogModules } from './log-server.js';
import { SWITCH_LINES, SwitchEngine, SwitchLines } from './switch-engine.js';

interface SwitchStop {
  readonly line: string;
  readonly disk: MemoryFileSystem;
  readonly what: string;
  readonly acknowledged: number;
  readonly sent: number;
}

/** Stops before these are stops before what follows them, but they are lines of the switch. */
const CHANGES_NOTHING = new Set<Operation['name']>(['stat', 'readdir', 'readFile', 'close']);
const LARGE_BYTES = 5 * 1024 * 1024;
const CUTS = 3;

/** Reads a state without knowing what it means: equal ones are the same text. */
async function readRaw(modules: LogModules, disk: MemoryFileSystem, seed: number): Promise<Found> {
  const state: string[] = [];
  const { report } = await modules.recover({
    fs: disk,
    dir: '/data',
    clock: new HandClock(),
    random: new SeededRandom(seed),
    owner: null,
    historyGenerations: 1,
    onSnapshot: (bytes, from, to) => state.push(bytes.toString('latin1', from, to)),
    onEntries: commandSink(state, []),
  });
  return { state, report };
}

/** Fills an engine through two rewrites: history has a generation, which the third puts out. */
async function prepared(seed: number): Promise<SwitchEngine> {
  const engine = await SwitchEngine.open(new MemoryFileSystem(), seed);
  for (let rewrite = 0; rewrite < 2; rewrite++) {
    for (let i = 0; i < 10; i++) await engine.write();
    await engine.rewrite();
  }
  for (let i = 0; i < 5; i++) await engine.write();
  await engine.pass(200);
  await engine.pass(200);
  return engine;
}

/** @returns a stop before each operation of a rewrite */
async function stopsOf(engine: SwitchEngine, isLoaded: boolean): Promise<SwitchStop[]> {
  const { fs } = engine;
  const stops: SwitchStop[] = [];
  const lines = new SwitchLines(fs);
  fs.onOperation = (operation) => {
    const { index, name, path } = operation;
    const line = lines.lineOf(operation);
    if (CHANGES_NOTHING.has(name) || (name === 'read' && line === '')) return;
    const { acknowledged, sent } = engine;
    const what = `at ${line || 'no line'}, before ${name} of ${path} (operation ${index})`;
    stops.push({ line, disk: fs.copy(), what, acknowledged, sent });
  };
  const rewriting = engine.rewrite();
  for (let i = 0; isLoaded && i < 12; i++) await engine.write();
  await rewriting;
  await engine.write();
  fs.onOperation = () => undefined;
  return stops;
}

/** Checks disks of one seed; an engine looks at each state once. */
class SwitchOracle {
  readonly disks: DiskOracle;
  private readonly seed: number;
  private readonly writesOf = new Map<string, number>();

  constructor(seed: number) {
    this.seed = seed;
    this.disks = new DiskOracle(ENGINE, seed, readRaw);
  }

  async check(disk: MemoryFileSystem, stop: SwitchStop, what: string): Promise<Found> {
    const image = disk.copy();
    const found = await this.disks.inspect(disk, what);
    const key = found.state.join('\n');
    let seen = this.writesOf.get(key);
    if (seen === undefined) {
      const engine = await SwitchEngine.open(image, this.seed + this.writesOf.size);
      seen = await engine.writesSeen(what);
      await engine.close();
      this.writesOf.set(key, seen);
    }
    assert.ok(seen >= stop.acknowledged, `${what}: ${seen} of ${stop.acknowledged} are left`);
    assert.ok(seen <= stop.sent, `${what}: ${seen} are there, of ${stop.sent}`);
    return found;
  }
}

function disksOf(stop: SwitchStop, random: SeededRandom): [string, MemoryFileSystem][] {
  const disks: [string, MemoryFileSystem][] = [[`kill ${stop.what}`, stop.disk.afterKill()]];
  for (let i = 0; i < CUTS; i++) {
    const disk = stop.disk.afterPowerCut(random, i % 2 === 0 ? 512 : 4096);
    disks.push([`power cut ${i} ${stop.what}`, disk]);
  }
  return disks;
}

function checkLines(stops: readonly SwitchStop[]): void {
  const seen = new Set(stops.map(({ line }) => line));
  const missing = SWITCH_LINES.filter((line) => !seen.has(line));
  assert.deepEqual(missing, [], 'every line of the switch was stopped at');
}

for (const [what, isLoaded] of [
  ['during load', true],
  ['idle', false],
] as const) {
  test(`a stop at any line of the switch, ${what}, leaves one good generation`, async (t) => {
    const campaign = new Campaign(t, 'T10', `stops in switches, ${what}`);
    await campaign.run(casesOf({ short: 4, long: 200 }), async (random, seed) => {
      const engine = await prepared(seed);
      const stops = await stopsOf(engine, isLoaded);
      await engine.close();
      checkLines(stops);
      const oracle = new SwitchOracle(seed);
      for (const stop of stops) {
        for (const [name, disk] of disksOf(stop, random)) {
          await oracle.check(disk, stop, name);
          campaign.count++;
        }
      }
    });
  });
}

test('a second stop, in the recovery from the first, changes nothing', async (t) => {
  const campaign = new Campaign(t, 'T10', 'stops in recoveries from stops in switches');
  await campaign.run(casesOf({ short: 1, long: 100 }), async (random, seed) => {
    const engine = await prepared(seed);
    const stops = await stopsOf(engine, true);
    await engine.close();
    const oracle = new SwitchOracle(seed);
    for (const line of SWITCH_LINES) {
      const ofLine = stops.filter((stop) => stop.line === line);
      const stop = ofLine[randomBelow(random, ofLine.length)];
      for (const [name, disk] of disksOf(stop, random).slice(0, 2)) {
        const { state } = await oracle.check(disk.copy(), stop, name);
        for (const [second, left] of await stopsInRecovery(disk, random, seed)) {
          const found = await oracle.check(left, stop, `${name}, then ${second}`);
          assert.deepEqual(found.state, state, `${name}, then ${second}`);
          campaign.count++;
        }
      }
    }
  });
});

/** @returns what a kill or a power cut before each operation of a recovery leaves */
async function stopsInRecovery(
  disk: MemoryFileSystem,
  random: SeededRandom,
  seed: number,
): Promise<[string, MemoryFileSystem][]> {
  const left: [string, MemoryFileSystem][] = [];
  disk.onOperation = ({ name, path }) => {
    if (CHANGES_NOTHING.has(name) || name === 'read') return;
    left.push([`kill before ${name} of ${path}`, disk.afterKill()]);
    left.push([`power cut before ${name} of ${path}`, disk.afterPowerCut(random)]);
  };
  await readRaw(ENGINE, disk, seed);
  disk.onOperation = () => undefined;
  return left;
}

test('a stop while a large snapshot is synced in pieces leaves the old one', async (t) => {
  const campaign = new Campaign(t, 'T10', 'stops in the writing of a large snapshot');
  await campaign.run(1, async (random, seed) => {
    const engine = await prepared(seed);
    await engine.setOther(LARGE_BYTES);
    const all = await stopsOf(engine, false);
    await engine.close();
    const stops = all.filter(({ line }) => line === 'S2' || line === 'S3');
    const syncs = stops.filter(({ what }) => what.includes('before fdatasync'));
    assert.ok(syncs.length > 0, 'it is synced in pieces');
    const oracle = new SwitchOracle(seed);
    for (const stop of [...syncs, ...stops.slice(-2)]) {
      const [kill, cut] = disksOf(stop, random);
      for (const [name, disk] of [kill, cut]) {
        await oracle.check(disk, stop, name);
        campaign.count++;
      }
    }
  });
});

test('after a switch the generation before it is in history, whole, and no other', async () => {
  const engine = await prepared(1);
  const { manifests, damaged } = await readHistory(engine.fs, '/data');
  assert.deepEqual(damaged, []);
  assert.deepEqual(
    manifests.map(({ generation }) => generation),
    [2],
  );
  const files = manifestFiles(manifests[0]).map((name) => `/data/history/${name}`);
  const there = engine.fs.paths().filter((path) => /^\/data\/history\/(log|snap)-/.test(path));
  assert.deepEqual(there, files.sort());
  await engine.close();
});
