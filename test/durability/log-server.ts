// A server in small over the log layer: its memory is the list of entries it was told, so a state
// is a number of entries, and the seq of an entry is its place in the list. It lives through
// turns, compactions, ticks, clean stops, kills and power cuts, and knows at any moment what must
// be left. Invariant: nothing but the seed decides what it does.

import assert from 'node:assert/strict';
import { check } from '../../engine/log/check.js';
import type { SyncPolicy } from '../../engine/log/commit-pipeline.js';
import { fix } from '../../engine/log/fix.js';
import type { LogDirectory } from '../../engine/log/log-directory.js';
import { LogWriter } from '../../engine/log/log-writer.js';
import { rebuildManifest } from '../../engine/log/rebuild-manifest.js';
import { type RecoveryReport, recover } from '../../engine/log/recovery.js';
import { restoreTo } from '../../engine/log/restore.js';
import { salvage } from '../../engine/log/salvage.js';
import { Scrub } from '../../engine/log/scrub.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { append, commandSink, HandClock, until } from '../log/log-fixture.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { ProcessFiles } from './process-files.js';

/** The log layer under test: the engine's, or a copy with one thing taken out. */
export interface LogModules {
  readonly recover: typeof recover;
  readonly LogWriter: typeof LogWriter;
  readonly check: typeof check;
  readonly fix: typeof fix;
  readonly restoreTo: typeof restoreTo;
  readonly salvage: typeof salvage;
  readonly rebuildManifest: typeof rebuildManifest;
  readonly Scrub: typeof Scrub;
}

export const ENGINE: LogModules = {
  recover,
  LogWriter,
  check,
  fix,
  restoreTo,
  salvage,
  rebuildManifest,
  Scrub,
};
export const DIR = '/data';
const SNAPSHOT_TYPE = 16;
/** Small, so that rotations come often. */
const SEGMENT_SIZE_BYTES = 6000;
/** How long a sync takes on a slow disk: too long to be made in line. */
const SLOW_SYNC_MS = 3;
const QUIET_TURNS = 4;

/** What is in a directory: the state and what recovery said of it. */
export interface FoundState {
  readonly state: string[];
  readonly report: RecoveryReport;
  readonly recovered: Awaited<ReturnType<typeof recover>>;
}

/** Opens a disk as a starting process does. @throws what recovery throws */
export async function openDisk(
  modules: LogModules,
  files: ProcessFiles | MemoryFileSystem,
  seed: number,
  clock: HandClock = new HandClock(),
  dir = DIR,
  historyGenerations = 1,
): Promise<FoundState> {
  const state: string[] = [];
  const recovered = await modules.recover({
    fs: files instanceof ProcessFiles ? files.view : files,
    dir,
    clock,
    random: new SeededRandom(seed),
    owner: null,
    historyGenerations,
    onSnapshot: (bytes, from, to) => {
      // As in real snapshots, a frame holds many records.
      for (let at = from; at < to; ) {
        const length = bytes.readUInt32LE(at);
        state.push(bytes.toString('latin1', at + 4, at + 4 + length));
        at += 4 + length;
      }
    },
    onEntries: commandSink(state, []),
  });
  return { state, report: recovered.report, recovered };
}

/** A range of entries that stands or falls whole. */
export interface Unit {
  readonly from: number;
  readonly to: number;
}

/** What the server was told, for those who look at a disk later. Both lists only grow. */
export interface Model {
  readonly entries: string[];
  readonly units: Unit[];
}

/** What must be left at one moment. */
export interface Promised {
  readonly model: Model;
  /** Entries that no power cut may take: acknowledged under `always`, or said to be durable. */
  readonly durable: number;
  /** Entries that no kill may take: all that were acknowledged. */
  readonly acknowledged: number;
}

export interface LogServerOptions {
  readonly modules?: LogModules;
  readonly policy?: SyncPolicy;
  /** Whether syncs take so long that they are made off-thread. */
  readonly isSlow?: boolean;
  /** Other numbers make other salts, and change nothing else. */
  readonly saltOffset?: number;
  /** Superseded generations that are kept. */
  readonly historyGenerations?: number;
}

export class LogServer {
  readonly clock = new HandClock();
  readonly random: SeededRandom;
  readonly modules: LogModules;
  readonly policy: SyncPolicy;
  files: ProcessFiles;
  log: LogWriter | null = null;
  /** Of the log that is open, or was last. */
  directory: LogDirectory | null = null;
  model: Model = { entries: [], units: [] };
  private readonly isSlow: boolean;
  private readonly saltOffset: number;
  private readonly historyGenerations: number;
  private acknowledged = 0;
  private durable = 0;
  private turns: { ticket: number; length: number }[] = [];

  constructor(fs: MemoryFileSystem, random: SeededRandom, options: LogServerOptions = {}) {
    this.random = random;
    this.modules = options.modules ?? ENGINE;
    this.policy = options.policy ?? 'always';
    this.isSlow = options.isSlow ?? false;
    this.saltOffset = options.saltOffset ?? 0;
    this.historyGenerations = options.historyGenerations ?? 1;
    this.files = this.process(fs);
  }

  get promised(): Promised {
    const { log } = this;
    if (log !== null) {
      this.settle(log.acknowledged);
      this.durable = Math.max(this.durable, log.durableSeq);
    }
    const { model, durable, acknowledged } = this;
    return { model, durable, acknowledged: Math.max(acknowledged, durable) };
  }

  below(bound: number): number {
    return randomBelow(this.random, bound);
  }

  /** Starts on what the disk holds; everything it finds is from then on promised for good. */
  async start(): Promise<RecoveryReport> {
    const { modules, policy, model, historyGenerations } = this;
    const seed = (this.random.next32() + this.saltOffset) >>> 0;
    const found = await openDisk(modules, this.files, seed, this.clock, DIR, historyGenerations);
    const { length } = found.state;
    checkState(found.state, this.promised, this.promised.durable, 'a start');
    this.model = {
      entries: model.entries.slice(0, length),
      units: model.units.filter(({ to }) => to <= length),
    };
    this.durable = length;
    this.acknowledged = length;
    this.turns = [];
    const log = new modules.LogWriter(found.recovered, {
      policy,
      segmentSizeBytes: SEGMENT_SIZE_BYTES,
    });
    log.onFailed = (from, to) => {
      this.settle(from - 1);
      this.turns = this.turns.filter(({ ticket }) => ticket > to);
    };
    this.log = log;
    this.directory = found.recovered.directory;
    return found.report;
  }

  /** Appends one turn, unless writes are refused. @returns its ticket, or 0 */
  turn(): number {
    const { log } = this;
    if (log === null || log.refusal !== null) return 0;
    const { entries, units } = this.model;
    const from = entries.length;
    const count = 1 + this.below(3);
    const isUnit = this.below(4) === 0;
    if (isUnit) log.beginUnit();
    for (let i = 0; i < count; i++) {
      const words = ['SET', `key${entries.length}`, this.value()];
      append(log, 0, ...words);
      entries.push(`0:${words.join(' ')}`);
    }
    if (isUnit) {
      log.endUnit();
      units.push({ from, to: entries.length });
    }
    const ticket = log.commit();
    if (ticket > log.failedThrough) this.turns.push({ ticket, length: entries.length });
    return ticket;
  }

  /** Appends turns one right after the other and waits until all are answered. */
  async write(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.turn();
      if (this.below(2) === 0) await nextTurn();
    }
    await this.answered();
  }

  /** Resolves when every turn is acknowledged or failed. */
  async answered(): Promise<void> {
    const { log } = this;
    if (log === null) return;
    await until(
      () => this.turns.length === 0 || this.turns[this.turns.length - 1].ticket <= log.acknowledged,
    );
    this.settle(log.acknowledged);
  }

  /** Lets time pass and waits for what that begins. */
  async pass(ms: number): Promise<void> {
    this.clock.ms += ms;
    this.log?.tick();
    await until(() => this.log?.isBusy !== true);
    await this.quiet();
  }

  /**
   * Rewrites the log as the engine does, turns coming in meanwhile.
   * @throws what the file system says
   */
  async compact(turns: number): Promise<void> {
    const { log } = this;
    if (log === null) return;
    await log.prepareRotation();
    const seq = log.rotate();
    const { name, writer } = log.createSnapshot(seq);
    const { entries } = this.model;
    assert.equal(seq, entries.length, 'the seq of an entry is its place');
    let sizeBytes: number;
    try {
      for (const [i, entry] of entries.slice().entries()) {
        const { frames } = writer;
        frames.beginEntry(SNAPSHOT_TYPE, 4 + entry.length);
        frames.bytes.writeUInt32LE(entry.length, frames.at);
        frames.bytes.set(latin1Bytes(entry), frames.at + 4);
        frames.at += 4 + entry.length;
        frames.endEntry();
        if (i % 16 === 15) {
          if (turns-- > 0) this.turn();
          await writer.flush();
        }
      }
      sizeBytes = await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    while (turns-- > 0) this.turn();
    const { fs } = this.files;
    const switching = log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
    if (this.below(2) === 0) this.turn();
    try {
      await switching;
    } catch (error) {
      if ((await fs.stat(writer.path)) !== null) await this.files.view.unlink(writer.path);
      throw error;
    }
    await this.answered();
  }

  /** Stops cleanly. @throws LogError IO when the disk does not let it; it stops all the same */
  async close(): Promise<void> {
    try {
      await this.log?.close();
    } finally {
      await this.kill();
    }
  }

  /** kill -9: what the kernel was given stays, un-synced as it is. */
  async kill(): Promise<void> {
    const { acknowledged } = this.promised;
    this.files.isDead = true;
    this.log = null;
    await this.quiet();
    this.files = this.process(this.files.fs);
    // What was acknowledged is there as long as the machine runs.
    this.acknowledged = acknowledged;
  }

  /** The machine loses its power; `disk` is what it left. */
  async cut(disk: MemoryFileSystem): Promise<void> {
    const { durable } = this.promised;
    this.files.isDead = true;
    this.log = null;
    await this.quiet();
    this.acknowledged = durable;
    this.files = this.process(disk);
  }

  private process(fs: MemoryFileSystem): ProcessFiles {
    const files = new ProcessFiles(fs);
    files.onSync = () => {
      if (this.isSlow) this.clock.ms += SLOW_SYNC_MS;
    };
    return files;
  }

  private settle(ticket: number): void {
    const { turns } = this;
    let count = 0;
    while (count < turns.length && turns[count].ticket <= ticket) count++;
    if (count === 0) return;
    const [{ length }] = turns.splice(0, count).slice(-1);
    this.acknowledged = Math.max(this.acknowledged, length);
    if (this.policy === 'always') this.durable = Math.max(this.durable, length);
  }

  /** Sizes on both sides of a sector, a page and a frame. */
  private value(): string {
    const number = this.model.entries.length;
    const sizeBytes = [8, 40, 200, 500, 1500, 5000][
      [0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5][this.below(11)]
    ];
    const letter = 'abcdefghijklmnop'[number % 16];
    return `${number}`.padEnd(sizeBytes, letter);
  }

  private async quiet(): Promise<void> {
    for (let i = 0; i < QUIET_TURNS; i++) await nextTurn();
  }
}

/**
 * I1 and I2: a state is what the model was after some of its entries, at least `least` of them,
 * and no unit is in it by half.
 */
export function checkState(
  state: readonly string[],
  { model }: Promised,
  least: number,
  what: string,
): void {
  const { entries, units } = model;
  const { length } = state;
  assert.ok(length <= entries.length, `${what}: ${length} entries are there, of ${entries.length}`);
  for (let i = 0; i < length; i++) {
    if (state[i] === entries[i]) continue;
    const [is, was] = [state[i], entries[i]].map((entry) => entry.slice(0, 60));
    assert.fail(`${what}: entry ${i} is ${is}, it was ${was}`);
  }
  assert.ok(length >= least, `${what}: ${length} entries are left, ${least} were promised`);
  const half = units.find(({ from, to }) => from < length && length < to);
  assert.equal(half, undefined, `${what}: a unit is there by half`);
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
