// The power goes while a scrub heals: files of the data set, its history and its manifests are
// damaged under a running log server, a pass of the scrub and the rewrite it asks for put that in
// order, and before each operation of theirs the machine may stop. What is left must be as sound
// as it was, or refused by name; another pass ends the work; and once a pass has ended, nothing of
// the damage comes back.

import assert from 'node:assert/strict';
import { readGenerations } from '../../engine/log/generation-chain.js';
import { readHistory } from '../../engine/log/history.js';
import type { Manifest } from '../../engine/log/manifest.js';
import { decodeManifest, manifestFiles } from '../../engine/log/manifest.js';
import type { Scrub } from '../../engine/log/scrub.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { imageOf } from './disk-oracle.js';
import { type Damage, damageFile } from './file-damage.js';
import type { Promised } from './log-server.js';
import { checkState, DIR, type LogModules, LogServer, nextTurn, openDisk } from './log-server.js';

const HISTORY = `${DIR}/history`;
const MANIFEST = `${DIR}/MANIFEST`;
const OUT = '/out/restored';
const UNCHANGING = new Set(['read', 'stat', 'readdir', 'readFile', 'close']);
const DAMAGED_MAX = 3;
/** How often more the end is looked at than one operation on the way. */
const CUTS_AT_END = 4;
const TURNS_MAX = 5000;
const ROUNDS_MAX = 8;
const HOUR_MS = 3_600_000;

interface HealingStop {
  readonly what: string;
  readonly disk: MemoryFileSystem;
  readonly promised: Promised;
  /** The pass has ended, and the rewrite with it. */
  readonly isHealed: boolean;
}

export class HealingCuts {
  /** Disks that were looked at. */
  cuts = 0;
  /** Those that a start took; the others it refused, for they still had the damage. */
  started = 0;
  private readonly modules: LogModules;
  private readonly random: SeededRandom;
  private readonly cutsPerStop: number;
  private readonly historyGenerations: number;
  private readonly seen = new Set<string>();
  private readonly damages: Damage[] = [];

  constructor(modules: LogModules, random: SeededRandom, cutsPerStop: number) {
    this.modules = modules;
    this.random = random;
    this.cutsPerStop = cutsPerStop;
    this.historyGenerations = 1 + randomBelow(random, 3);
  }

  async run(): Promise<void> {
    const { random } = this;
    const stops = await this.heal();
    for (const stop of stops) {
      const disks: [string, MemoryFileSystem][] = [[`kill ${stop.what}`, stop.disk.afterKill()]];
      for (let i = 0; i < this.cutsPerStop * (stop.isHealed ? CUTS_AT_END : 1); i++) {
        const disk = stop.disk.afterPowerCut(random, i % 2 === 0 ? 512 : 4096);
        disks.push([`power cut ${i} ${stop.what}`, disk]);
      }
      for (const [what, disk] of disks) await this.look(disk, stop, what);
    }
  }

  /** @returns a stop before each operation of the healing, and one at its end */
  private async heal(): Promise<HealingStop[]> {
    const { modules, random, historyGenerations } = this;
    const options = { modules, historyGenerations };
    const server = new LogServer(new MemoryFileSystem(), random, options);
    await server.start();
    for (let i = 2 + server.below(3); i > 0; i--) {
      await server.write(2 + server.below(4));
      await server.compact(server.below(2));
    }
    await server.write(3 + server.below(4));
    for (let i = 0; i < 3; i++) await server.pass(200);
    const { fs } = server.files;
    this.damageSome(fs);
    const stops: HealingStop[] = [];
    fs.onOperation = ({ index, name, path }) => {
      if (UNCHANGING.has(name)) return;
      const what = `before ${name} of ${path} (operation ${index})`;
      stops.push({ what, disk: fs.copy(), promised: server.promised, isHealed: false });
    };
    await this.healOn(server);
    fs.onOperation = () => undefined;
    const { promised } = server;
    stops.push({ what: 'when it is done', disk: fs.copy(), promised, isHealed: true });
    await server.kill();
    return stops;
  }

  /** Damages sealed files and manifests: half of the time of history alone. */
  private damageSome(fs: MemoryFileSystem): void {
    const { random } = this;
    const inHistory = fs.paths().filter((path) => path.startsWith(`${HISTORY}/`));
    const { snapshot, segments } = decodeManifest(fs.bytesOf(MANIFEST), MANIFEST);
    const sealed = segments.filter((segment) => segment.sealed !== null);
    const live = [snapshot, ...sealed].flatMap((file) => (file === null ? [] : [file.name]));
    const inUse = [MANIFEST, ...live.map((name) => `${DIR}/${name}`)];
    const manifests = inHistory.filter((path) => path.includes('/MANIFEST-'));
    const kinds = [inHistory, manifests, inUse, [...inHistory, ...inUse]];
    const paths = kinds[randomBelow(random, kinds.length)];
    for (let i = 1 + randomBelow(random, DAMAGED_MAX); i > 0 && paths.length > 0; i--) {
      const [path] = paths.splice(randomBelow(random, paths.length), 1);
      this.damages.push(damageFile(fs, path, random));
    }
  }

  /** Passes and rewrites until one finds nothing any more. @returns what they found */
  private async healOn(server: LogServer): Promise<number> {
    const scrub = this.scrubOf(server);
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const { errors } = scrub;
      await this.pass(server, scrub);
      if (scrub.needsRewrite) await server.compact(server.below(2));
      else if (scrub.errors === errors && scrub.lastOkMs > 0) return errors;
    }
    throw new Error(`damage is found again and again: ${scrub.lastError}`);
  }

  private scrubOf(server: LogServer): Scrub {
    const { directory, clock } = server;
    assert.ok(directory !== null);
    return new this.modules.Scrub({ directory, clock, hours: () => 24, notice: () => undefined });
  }

  private async pass({ clock }: LogServer, scrub: Scrub): Promise<void> {
    const before = scrub.passes;
    clock.ms += 25 * HOUR_MS;
    scrub.tick();
    for (let turn = 0; turn < TURNS_MAX && scrub.isRunning; turn++) {
      clock.ms += 250;
      scrub.tick();
      await nextTurn();
    }
    assert.equal(scrub.passes, before + 1, `the pass ends: ${scrub.lastError}`);
  }

  private async look(disk: MemoryFileSystem, stop: HealingStop, what: string): Promise<void> {
    const image = `${stop.isHealed} ${imageOf(disk)}`;
    this.cuts++;
    if (this.seen.has(image)) return;
    this.seen.add(image);
    const all = this.damages.map((damage) => `${damage.path} ${damage.what}`).join(', ');
    try {
      await this.lookAtHistory(disk);
      await this.lookAtState(disk, stop);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`${what}: ${text} (${all})`, { cause: error });
    }
  }

  /** Before anything is put in order: what a manifest in history names is there. */
  private async lookAtHistory(disk: MemoryFileSystem): Promise<void> {
    const { manifests, damaged } = await readHistory(disk, DIR);
    for (const name of damaged) {
      assert.ok(this.isDamaged(disk, `${HISTORY}/${name}`), `${name} is as it was damaged`);
    }
    const there = new Set(disk.paths());
    for (const name of manifests.flatMap(manifestFiles)) {
      const paths = [`${HISTORY}/${name}`, `${DIR}/${name}`];
      const isRemoved = this.damages.some(
        ({ path, bytes }) => bytes === null && paths.includes(path),
      );
      const isThere = paths.some((path) => there.has(path));
      assert.ok(isThere || isRemoved, `${name}, which history names, is there`);
    }
  }

  private async lookAtState(disk: MemoryFileSystem, stop: HealingStop): Promise<void> {
    const { modules, historyGenerations } = this;
    const { promised, isHealed } = stop;
    const before = disk.afterKill();
    const verdict = await modules.check(disk, DIR);
    try {
      const clock = new HandClock();
      const { state, report } = await openDisk(modules, disk, 1, clock, DIR, historyGenerations);
      checkState(state, promised, promised.durable, 'the state');
      assert.equal(verdict.verdict, report.torn === null ? 'sound' : 'torn', 'the tool agrees');
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'LogError') throw error;
      assert.ok(this.hasDamageInUse(before), `it does not start: ${error.message}`);
      assert.notEqual(verdict.verdict, 'sound', 'the tool agrees');
      return;
    }
    this.started++;
    await this.lookAtStart(disk.afterCrash(), promised, isHealed);
  }

  /** The first start was followed by a power cut at once; this is the second. */
  private async lookAtStart(
    disk: MemoryFileSystem,
    promised: Promised,
    isHealed: boolean,
  ): Promise<void> {
    const { modules, historyGenerations } = this;
    for (const dir of [DIR, HISTORY]) {
      const names = (await disk.stat(dir)) === null ? [] : await disk.readdir(dir);
      assert.deepEqual(
        names.filter((name) => name.endsWith('.tmp')),
        [],
        `no temporary file is left in ${dir}`,
      );
    }
    const random = new SeededRandom(this.cuts);
    const server = new LogServer(disk, random, { modules, historyGenerations });
    const { entries, units } = promised.model;
    server.model = { entries: entries.slice(), units: units.slice() };
    const { orphans } = await server.start();
    assert.deepEqual(orphans, [], 'a second start finds no orphans');
    const found = await this.healOn(server);
    if (isHealed) assert.equal(found, 0, 'what was healed stays healed');
    await this.assertRestorable(server);
    await server.kill();
  }

  /** Each generation that is left leads to the states it claims to. */
  private async assertRestorable({ files, model }: LogServer): Promise<void> {
    const disk = files.fs.afterKill();
    const { modules } = this;
    let out = 0;
    for (const { snapshot, segments } of await readGenerations(disk, DIR)) {
      const seq = Math.max(snapshot?.seq ?? 0, segments[0]?.sealed?.lastSeq ?? 0);
      const dir = `${OUT}-${++out}`;
      const { stoppedBy } = await modules.restoreTo(disk, DIR, { seq }, dir, new SeededRandom(out));
      assert.equal(stoppedBy, null, `restoring the state after entry ${seq}`);
      const { state } = await openDisk(modules, disk, 1, new HandClock(), dir);
      assert.deepEqual(state, model.entries.slice(0, seq), `the state after entry ${seq}`);
    }
  }

  /** Whether the data set that would be started has a file that is still damaged. */
  private hasDamageInUse(disk: MemoryFileSystem): boolean {
    if (this.isDamaged(disk, MANIFEST)) return true;
    const manifest: Manifest = decodeManifest(disk.bytesOf(MANIFEST), MANIFEST);
    return manifestFiles(manifest).some((name) => this.isDamaged(disk, `${DIR}/${name}`));
  }

  private isDamaged(disk: MemoryFileSystem, path: string): boolean {
    const damage = this.damages.find((one) => one.path === path);
    if (damage === undefined) return false;
    const bytes = disk.paths().includes(path) ? disk.bytesOf(path) : null;
    return bytes === null ? damage.bytes === null : damage.bytes?.equals(bytes) === true;
  }
}
