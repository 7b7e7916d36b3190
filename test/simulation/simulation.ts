// A server's whole life in one process without time, sockets or files of its own: clients work, the
// disk has its weather, the process is killed or the power fails, and the next one starts on what
// is left. Invariant: everything follows from the seed, so a failure repeats.

import assert from 'node:assert/strict';
import { check } from '../../engine/log/check.js';
import { SeededRandom } from '../../engine/util/random.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { Client, type Host } from './client.js';
import type { Link, Op } from './link.js';
import { PromiseKeeper } from './promise-keeper.js';
import { entriesOf } from './server-contents.js';
import { DIR, ServerProcess } from './server-process.js';
import { startSettings } from './settings.js';
import type { Peer, VirtualSocket } from './virtual-socket.js';
import { type Scope, VirtualTime } from './virtual-time.js';
import { WEATHERS } from './weather.js';
import { Witness } from './witness.js';
import { Workload } from './workload.js';

/** A start on a disk that works. */
const START_MAX_MS = 30_000;
/** From the end of all faults until writes are taken again: pauses between rewrites are minutes. */
const HEALED_MAX_MS = 10 * 60_000;
const STOP_MAX_MS = 30_000;
/** The current segment, the next one, and the one before until it is put away. */
const OPEN_FILES_MAX = 3;

export interface SimulationFacts {
  readonly trace: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly commands: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly starts: number;
  readonly compactions: number;
  readonly faults: number;
}

const DIARY_SHOWN = 25;

/** By how much the wall clock may be set at once, either way: from a slip to a month. */
const CLOCK_STEPS_MS = [50, 1000, 10_000, 3600_000, 30 * 24 * 3600_000];

/** Commands that may wait. */
const WAITS = new Set(['BLPOP', 'SAVE', 'WAITAOF']);

export type Mutant = Partial<Pick<MemoryFileSystem, 'skipsSync'>>;

type Ending = 'kill' | 'kill in an operation' | 'power cut' | 'stop';

export class Simulation implements Host {
  readonly time: VirtualTime;
  readonly workload: Workload;
  private readonly network: Scope = { isAlive: true };
  private readonly witness: Witness;
  private readonly keeper: PromiseKeeper;
  private readonly clients: Client[] = [];
  private readonly mutant: Mutant;
  private files: MemoryFileSystem;
  private process: ServerProcess | null = null;
  /** The disk as a whole was sound so far: a start has no excuse. */
  private checkedSeq = 0;
  private starts = 0;
  private compactions = 0;
  private faults = 0;
  private failure: Error | null = null;
  private isCalm = false;
  /** What happened, for people. */
  private readonly diary: string[] = [];

  /** @param mutant what a disk leaves out, to see that it is found */
  constructor(seed: number, mutant: Mutant = {}) {
    this.mutant = mutant;
    this.files = this.disk(new MemoryFileSystem());
    this.time = new VirtualTime(new SeededRandom(seed));
    const { time } = this;
    this.workload = new Workload(time, () => this.process?.engine.keyspace.usedBytes ?? 0);
    this.witness = new Witness(time);
    this.keeper = new PromiseKeeper(this.witness);
    this.witness.onPolicy = () => this.keeper.policyChanged(time.nowMs);
  }

  /** @throws Error that says what was broken, and what the server said */
  async run(): Promise<SimulationFacts> {
    try {
      this.planClock();
      const generations = 1 + this.time.below(2);
      for (let i = 1 + this.time.below(6); i > 0; i--) this.clients.push(new Client(this));
      for (let i = 0; i < generations; i++) await this.generation();
      await this.lastGeneration();
    } catch (error) {
      const notices = this.diary.slice(-DIARY_SHOWN).join('\n  ');
      const text = error instanceof Error ? error.message : String(error);
      const { current } = this.witness.policies;
      const when = `${current}, ${Math.floor(this.time.nowMs)} ms, start ${this.starts}`;
      throw new Error(`${when}: ${text}\n  ${notices}`, { cause: error });
    }
    const { time, witness, keeper } = this;
    return {
      trace: time.trace,
      virtualMs: time.nowMs,
      events: time.events,
      commands: witness.executions,
      acknowledged: keeper.acknowledged,
      failed: keeper.failed,
      starts: this.starts,
      compactions: this.compactions,
      faults: this.faults,
    };
  }

  // --- for the clients ---

  dial(link: Link, peer: Peer): VirtualSocket | null {
    link.server = this.process?.scope ?? null;
    return this.process?.accept(link, peer) ?? null;
  }

  answered(link: Link, op: Op, reply: string): void {
    const { process } = this;
    const mayFail = process === null || !process.isLoaded || process.weather.wasRough;
    const isStarting = op.refusal?.startsWith('LOADING ') === true;
    this.guard(() => this.keeper.answered(link, op, reply, this.time.nowMs, mayFail || isStarting));
  }

  ended(link: Link): void {
    if (!link.isHalfClosed || link.server?.isAlive !== true) return;
    const owed = link.ops.slice(link.replied);
    // Who waits inside a command when its sending side ends is given up, with all that is owed.
    if (owed.length === 0 || owed.some(({ words }) => WAITS.has(words[0]))) return;
    const what = owed[0].words.join(' ');
    this.guard(() => assert.fail(`a half-closed client got no reply to ${what}`));
  }

  // --- lives ---

  private async generation(): Promise<void> {
    const { time } = this;
    const process = await this.boot();
    const endings: Ending[] = ['kill', 'kill', 'kill in an operation', 'power cut', 'power cut'];
    const ending = time.oneIn(6) ? 'stop' : endings[time.below(endings.length)];
    this.planWeather(process);
    const endUs = time.nowUs + 1000 * time.below(time.oneIn(3) ? 300 : 2500);
    await this.until(() => time.nowUs >= endUs || !process.scope.isAlive, 60_000, 'work');
    const isCalm = ending === 'stop' || time.oneIn(4);
    if (isCalm) await this.calm(process);
    if (ending === 'kill in an operation') {
      process.weather.operationsUntilKill = time.below(60);
      await this.until(() => !process.scope.isAlive, 60_000, 'kill').catch(() => process.kill());
    }
    await this.end(process, ending);
    this.isCalm = false;
    for (const client of this.clients) client.isBusy = true;
  }

  /** Ends well, and finds everything again. */
  private async lastGeneration(): Promise<void> {
    const process = await this.boot();
    await this.calm(process);
    await this.end(process, 'stop');
    const again = await this.boot();
    await this.calm(again);
    await this.end(again, 'stop');
  }

  private async boot(): Promise<ServerProcess> {
    for (;;) {
      await this.check();
      const { time, files, network, witness } = this;
      const settings = startSettings(time);
      const seed = time.random.next32();
      const onLoaded = (loaded: ServerProcess): void => this.loaded(loaded);
      const process = new ServerProcess({
        ...{ time, files, network, witness, seed, onLoaded, ...settings },
        notice: (text) => this.note(text),
      });
      this.process = process;
      this.starts++;
      witness.started(settings);
      this.note(`start, ${settings.policy}`);
      const isTroubled = time.oneIn(5);
      if (isTroubled) this.troubleStart(process);
      process.start();
      const isOver = (): boolean =>
        process.isLoaded || process.failure !== null || !process.scope.isAlive;
      await this.until(isOver, START_MAX_MS, 'start');
      process.weather.operationsUntilKill = -1;
      if (process.isLoaded && process.scope.isAlive) return process;
      if (process.failure !== null) {
        const { message } = process.failure;
        assert.ok(!process.isRefusal, `the start was refused: ${message}`);
        assert.ok(process.weather.wasRough, `the start failed: ${message}`);
      }
      await this.end(process, time.oneIn(3) ? 'power cut' : 'kill');
    }
  }

  /** The start itself is killed, or the disk is not well. */
  private troubleStart(process: ServerProcess): void {
    const { time } = this;
    if (time.oneIn(2)) process.weather.operationsUntilKill = time.below(120);
    else process.weather.become(WEATHERS[time.below(WEATHERS.length)], 2000);
  }

  private planWeather(process: ServerProcess): void {
    const { time } = this;
    process.weather.clear();
    process.weather.operationsUntilKill = -1;
    if (time.oneIn(4)) return;
    const change = (): void => {
      if (this.isCalm) return;
      const kind = WEATHERS[time.below(WEATHERS.length)];
      const lastsMs = 100 + time.below(2500);
      process.weather.become(kind, lastsMs);
      time.after(lastsMs * 1000, process.scope, 'weather', change);
    };
    time.after(time.below(1_000_000), process.scope, 'weather', change);
  }

  /** The wall clock is set, by hand or by a service that keeps it right. */
  private planClock(): void {
    const { time } = this;
    if (time.oneIn(2)) return;
    const set = (): void => {
      const stepMs = CLOCK_STEPS_MS[time.below(CLOCK_STEPS_MS.length)];
      // A pause ends by the wall clock: set back, it would not end while somebody waits for that.
      const ms = (1 + time.below(stepMs)) * (this.isCalm || time.oneIn(2) ? 1 : -1);
      this.note(`the clock is set ${ms} ms forward`);
      time.setForward(ms);
      time.after(time.below(1_500_000), this.network, 'clock', set);
    };
    time.after(time.below(1_500_000), this.network, 'clock', set);
  }

  /** All is well from now on: every reply comes, writes are taken, memory is as the model says. */
  private async calm(process: ServerProcess): Promise<void> {
    if (!process.scope.isAlive) return;
    process.weather.clear();
    this.isCalm = true;
    for (const client of this.clients) client.isBusy = false;
    await this.untilWritable(process);
    const isQuiet = (): boolean => this.clients.every((client) => !client.isWaiting);
    await this.until(isQuiet, STOP_MAX_MS, 'the replies that are owed');
    await this.untilWritable(process);
    const idleUs = this.time.nowUs + 3_000_000;
    const isIdle = (): boolean =>
      this.time.nowUs > idleUs && !process.engine.persistence.isCompacting;
    await this.until(isIdle, STOP_MAX_MS, 'rest');
    const { openFiles } = process.disk;
    assert.ok(openFiles <= OPEN_FILES_MAX, `${openFiles} files are open at rest`);
    this.compare(process, this.witness.state.commands, 'memory at rest');
  }

  private async untilWritable(process: ServerProcess): Promise<void> {
    const probe = new Client(this);
    probe.isBusy = false;
    const { time } = this;
    const endMs = time.nowMs + HEALED_MAX_MS;
    for (let isWritable = false; !isWritable; ) {
      assert.ok(time.nowMs < endMs, 'the disk is well, but writes are still refused');
      // The clock may have been set back since a pause began.
      probe.send(['CLIENT', 'UNPAUSE']);
      probe.send(['CONFIG', 'SET', 'maxmemory', '0']);
      const op = probe.send(['SET', 'r:probe', `p${time.nowUs}`]);
      const isAnswered = (): boolean => !probe.isWaiting;
      await this.until(isAnswered, STOP_MAX_MS, 'a reply to a write');
      isWritable = op?.state === 'acknowledged';
      const nextUs = time.nowUs + 500_000;
      await this.until(() => time.nowUs > nextUs, 1000, 'a moment');
    }
    probe.hangUp();
    probe.retire();
    assert.equal(process.engine.persistence.refusal, null, 'a write was taken');
  }

  private async end(process: ServerProcess, ending: Ending): Promise<void> {
    const { time } = this;
    this.note(ending);
    if (ending === 'stop' && process.scope.isAlive) {
      for (const client of this.clients) client.hangUp();
      process.close();
      const isOver = (): boolean => process.isClosed || process.failure !== null;
      await this.until(isOver, STOP_MAX_MS, 'stop');
      assert.equal(process.failure, null, `the stop failed: ${process.failure?.message}`);
      assert.equal(process.disk.openFiles, 0, 'files are open after the stop');
      this.keeper.afterKill = this.witness.state.commands;
      this.keeper.afterPowerCut = this.keeper.afterKill;
    }
    this.compactions += process.engine.persistence.rewrites;
    this.faults += process.weather.faults;
    process.kill();
    this.files = this.disk(process.filesLeft);
    if (ending === 'power cut') {
      this.keeper.powerCut(time.nowMs, !process.weather.wasRough);
      const sectorBytes = time.oneIn(2) ? 512 : 4096;
      this.files = this.disk(this.files.afterPowerCut(time.random, sectorBytes));
    }
    // What is still on its way to clients.
    const doneUs = time.nowUs + time.below(100_000);
    await this.until(() => time.nowUs >= doneUs, 1000, 'the end');
  }

  // --- checks ---

  /** The check tool, before the start: it must agree with it. */
  private async check(): Promise<void> {
    if (this.files.statSync(DIR) === null) return;
    const report = await check(this.files, DIR);
    const isUsable = report.verdict === 'sound' || report.verdict === 'torn';
    const isEmpty = this.files.statSync(`${DIR}/MANIFEST`) === null;
    assert.ok(isUsable || isEmpty, `the check says ${report.verdict}: ${report.message}`);
    this.checkedSeq = isEmpty ? 0 : report.lastSoundSeq;
  }

  /** The first look at what a start found. */
  private loaded(process: ServerProcess): void {
    const { keeper } = this;
    const lastSeq = process.engine.persistence.report?.lastSeq ?? -1;
    assert.equal(lastSeq, this.checkedSeq, 'the check and the start find the same last entry');
    const found = this.compare(process, keeper.afterKill, 'what a start found');
    keeper.restarted(found);
    // On a disk that is full the directory is put in order later.
    if (process.weather.wasRough) return;
    const left = this.files.paths().filter((path) => path.endsWith('.tmp'));
    assert.deepEqual(left, [], 'temporary files are left after a start');
  }

  /** @returns how many commands of the model make the state that the server holds */
  private compare(process: ServerProcess, least: number, what: string): number {
    const { state } = this.witness;
    const actual = entriesOf(process.engine.keyspace);
    const found = state.prefixThatIs(actual);
    if (found >= least) return found;
    const of = `${state.commands} commands, ${least} may not be lost: ${this.keeper.cause}`;
    const expected = found < 0 ? state.commands : least;
    const difference = state.difference(actual, expected);
    const verdict = found < 0 ? 'is no state there ever was' : `is the state after ${found}`;
    return assert.fail(`${what} ${verdict} (${of}):\n${difference}`);
  }

  /** @returns the disk, which does at once what it is asked until a process has it */
  private disk(files: MemoryFileSystem): MemoryFileSystem {
    files.defer = (_name, _path, run) => run();
    files.skipsSync = this.mutant.skipsSync ?? files.skipsSync;
    return files;
  }

  private note(text: string): void {
    this.diary.push(`${Math.floor(this.time.nowMs)} ${text}`);
    this.time.note(text);
  }

  private guard(check_: () => void): void {
    try {
      check_();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  private async until(isDone: () => boolean, limitMs: number, what: string): Promise<void> {
    const isOver = (): boolean => this.failure !== null || this.broken !== null || isDone();
    await this.time.runUntil(isOver, limitMs, what);
    const failure = this.failure ?? this.broken;
    if (failure !== null) throw failure;
  }

  /** What a loaded process failed with. */
  private get broken(): Error | null {
    const { process } = this;
    return process?.isLoaded && !process.isClosed ? process.failure : null;
  }
}
