// One case of the scrub campaign: a server with a past, files of it damaged while it serves, passes
// of the scrub, and what must hold afterwards. Invariant: turns, ticks and random numbers are the
// case's own, so its seed repeats it.

import assert from 'node:assert/strict';
import { check } from '../../engine/log/check.js';
import { DataSet } from '../../engine/log/data-set.js';
import { LogError } from '../../engine/log/errors.js';
import { MANIFEST_NAME } from '../../engine/log/file-names.js';
import { readGenerations } from '../../engine/log/generation-chain.js';
import { decodeManifest, type Manifest } from '../../engine/log/manifest.js';
import { restoreTo } from '../../engine/log/restore.js';
import type { Scrub } from '../../engine/log/scrub.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { turnLoop } from '../support/turn-loop.js';
import { type Damage, damageFile } from './file-damage.js';
import { MemoryEngine } from './memory-engine.js';

const DIR = '/data';
const HISTORY = `${DIR}/history`;
const SEGMENT_BYTES = 150_000;
const TURNS_MAX = 20_000;
const HOUR_MS = 3_600_000;

/** Operations that change nothing on the disk: a stop before one is a stop before the next. */
const CHANGES_NOTHING = new Set<Operation['name']>([
  'read',
  'stat',
  'readdir',
  'readFile',
  'close',
]);
/** Of the moments to stop at, one in so many is tried. */
const STOP_ONE_IN = 5;

interface Stop {
  readonly disk: MemoryFileSystem;
  readonly what: string;
  /** Writes acknowledged, and sent. */
  readonly least: number;
  readonly most: number;
}

export class ScrubCase {
  fs = new MemoryFileSystem();
  readonly random: SeededRandom;
  /** Log lines of the scrub. */
  readonly lines: string[] = [];
  private memory: MemoryEngine | null = null;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  get engine(): MemoryEngine {
    assert.ok(this.memory !== null, 'the case is open');
    return this.memory;
  }

  get scrub(): Scrub {
    const { scrub } = this.engine.engine.persistence;
    assert.ok(scrub !== null, 'a server with a log has a scrub');
    return scrub;
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  async open(): Promise<void> {
    const before = this.memory;
    this.memory = await MemoryEngine.open(this.fs, {
      random: new SeededRandom(this.random.next32()),
      loop: turnLoop,
      segmentSizeBytes: SEGMENT_BYTES,
      logger: (_level, text) => {
        if (text.startsWith('Scrub: ')) this.lines.push(text);
      },
    });
    this.memory.acknowledged = before?.acknowledged ?? 0;
    this.memory.sent = before?.sent ?? 0;
  }

  /** Writes, rewrites and restarts: sealed segments, a snapshot, generations in history. */
  async makePast(): Promise<void> {
    await this.open();
    const generations = 1 + this.below(3);
    await this.engine.command('CONFIG', 'SET', 'aof-history-generations', String(generations));
    for (let step = 2 + this.below(4); step > 0; step--) {
      await this.write(3 + this.below(12));
      if (this.below(3) > 0) await this.save();
      if (this.below(4) === 0) {
        await this.engine.close();
        await this.open();
        await this.engine.command('CONFIG', 'SET', 'aof-history-generations', String(generations));
      }
    }
    await this.write(2 + this.below(10));
    // The last seal is in the manifest a few turns later.
    for (let i = 0; i < 10; i++) await this.turn(100);
  }

  async write(count: number): Promise<void> {
    for (let i = 0; i < count; i++) assert.equal(await this.engine.write(), null, 'a write');
  }

  async save(): Promise<void> {
    assert.equal(await this.engine.command('SAVE'), null, 'a rewrite');
  }

  /** A while: time goes on, cron runs, and so does what waits for the disk. */
  async turn(ms: number): Promise<void> {
    const { clock, engine } = this.engine;
    clock.advance(ms);
    engine.runCron();
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Until `isDone`, with writes now and then. */
  async serveUntil(what: string, isDone: () => boolean, ms = 250): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (isDone()) return;
      await this.turn(ms);
      if (this.below(6) === 0) await this.write(1);
    }
    throw new Error(`${what} did not come: ${this.lines.join('\n')}`);
  }

  /** A pass that begins now (or, when one is running, the next one), to its end. */
  async pass(): Promise<void> {
    const { scrub } = this;
    const target = scrub.passes + (scrub.isRunning ? 2 : 1);
    if (!scrub.isRunning) this.engine.clock.advance(25 * HOUR_MS);
    await this.serveUntil(`pass ${target}`, () => {
      if (!scrub.isRunning && scrub.passes < target) this.engine.clock.advance(25 * HOUR_MS);
      return scrub.passes >= target;
    });
  }

  // --- damage ---

  /** Paths of sealed files that the data set has now, but for those that were removed. */
  get livePaths(): string[] {
    const there = new Set(this.fs.paths());
    return this.namedPaths.filter((path) => there.has(path));
  }

  private get namedPaths(): string[] {
    const names = sealedNames(this.manifestAt(`${DIR}/${MANIFEST_NAME}`));
    return names.map((name) => `${DIR}/${name}`);
  }

  /** Paths of data files and manifests in history. */
  get historyPaths(): string[] {
    const manifests = this.historyManifests;
    const names = new Set(manifests.flatMap((path) => sealedNames(this.manifestAt(path))));
    return [...manifests, ...[...names].map((name) => `${HISTORY}/${name}`)];
  }

  private get historyManifests(): string[] {
    return this.fs.paths().filter((path) => path.startsWith(`${HISTORY}/${MANIFEST_NAME}-`));
  }

  private manifestAt(path: string): Manifest {
    return decodeManifest(this.fs.bytesOf(path), path);
  }

  damage(path: string): Damage {
    return damageFile(this.fs, path, this.random);
  }

  // --- stops ---

  /** @returns disks as they are left by a kill or a power cut at some moments while `run` runs */
  async stopsWhile(run: () => Promise<void>): Promise<Stop[]> {
    const { fs, engine } = this;
    const stops: Stop[] = [];
    fs.onOperation = ({ index, name, path }) => {
      if (CHANGES_NOTHING.has(name) || this.below(STOP_ONE_IN) > 0) return;
      const isKill = this.below(2) === 0;
      const disk = isKill ? fs.afterKill() : fs.afterPowerCut(this.random);
      const what = `${isKill ? 'kill' : 'power cut'} before ${name} of ${path} (${index})`;
      stops.push({ disk, what, least: engine.acknowledged, most: engine.sent });
    };
    await run();
    fs.onOperation = () => undefined;
    return stops;
  }

  /**
   * Starts from what a stop left: everything is there and history can be relied on; or, while the
   * manifest still names what is damaged, the start is refused.
   * @returns whether it started
   */
  async startsAfter(
    { disk, what, least, most }: Stop,
    damages: readonly Damage[],
  ): Promise<boolean> {
    this.fs = disk;
    const named = this.namedPaths;
    try {
      await this.open();
    } catch (error) {
      assert.ok(error instanceof LogError && error.code === 'CORRUPT', `${what}: ${error}`);
      assert.ok(
        damages.some(({ path }) => named.includes(path)),
        `${what}: ${error}`,
      );
      return false;
    }
    const seen = await this.engine.writesSeen(what);
    assert.ok(seen >= least && seen <= most, `${what}: ${seen} writes of ${least} to ${most}`);
    await this.assertRestorable(what);
    await this.engine.close();
    return true;
  }

  // --- what must hold ---

  /** Everything on disk can be relied on. */
  async assertSound(what: string): Promise<void> {
    const disk = this.fs.afterKill();
    const report = await check(disk, DIR);
    assert.equal(report.verdict, 'sound', `${what}: ${report.message}`);
    for (const path of this.historyManifests) {
      const manifest = this.manifestAt(path);
      const dataSet = new DataSet(disk, manifest, (name) => `${HISTORY}/${name}`);
      for (const name of sealedNames(manifest)) await dataSet.verifySealed(name, 4096, () => {});
    }
    await this.assertRestorable(what);
  }

  /** What history names leads from each of its snapshots up to now. */
  private async assertRestorable(what: string): Promise<void> {
    const disk = this.fs.afterKill();
    let out = 0;
    for (const { snapshot, segments } of await readGenerations(disk, DIR)) {
      const seq = Math.max(snapshot?.seq ?? 0, segments[0]?.sealed?.lastSeq ?? 0);
      const dir = `/restored-${++out}`;
      const { stoppedBy } = await restoreTo(disk, DIR, { seq }, dir, new SeededRandom(out));
      assert.equal(stoppedBy, null, `${what}: restoring the state after entry ${seq}`);
      assert.equal((await check(disk, dir)).verdict, 'sound', what);
    }
  }

  /** What was damaged is kept aside, as it was found. */
  assertKeptAside({ path, bytes, what }: Damage): void {
    if (bytes === null) return;
    const kept = this.fs.paths().filter((name) => name.startsWith(`${DIR}/quarantine/`));
    const isThere = kept.some((name) => this.fs.bytesOf(name).equals(bytes));
    assert.ok(isThere, `${path}, ${what}, is in quarantine`);
  }

  /** kill -9 and a new start: nothing is lost, nothing is wrong, and it goes on. */
  async assertRestartsClean(what: string): Promise<void> {
    const { acknowledged, sent } = this.engine;
    this.fs = this.fs.afterKill();
    await this.open();
    const seen = await this.engine.writesSeen(what);
    assert.ok(seen >= acknowledged && seen <= sent, `${what}: ${seen} of ${acknowledged} writes`);
    this.engine.acknowledged = seen;
    await this.write(1);
    await this.save();
    await this.engine.close();
    assert.equal((await check(this.fs, DIR)).verdict, 'sound', what);
  }
}

function sealedNames({ snapshot, segments }: Manifest): string[] {
  const sealed = segments.filter((segment) => segment.sealed !== null);
  const names = sealed.map(({ name }) => name);
  return snapshot === null ? names : [snapshot.name, ...names];
}
