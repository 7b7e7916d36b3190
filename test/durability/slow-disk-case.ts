// One case of campaign T12: clients that write and read on a machine whose disk is slow in a way
// of its own, with power cuts in between. Values only grow, so whatever a reply has shown of a key
// must not be less after a cut.

import assert from 'node:assert/strict';
import { Config, Engine } from '../../engine/index.js';
import { LocalClient } from '../../engine/local-client.js';
import type { SyncPolicy } from '../../engine/log/commit-pipeline.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { SlowMachine } from './slow-machine.js';

const DIR = '/data';
const SYNC_MS = [0.05, 1, 3, 10, 30, 100, 1000];
const STALL_MS = [20, 200, 3000, 30_000];
const WRITTEN_KEYS = 5;
const WRITERS = 3;
const READERS = 2;
const THINK_MAX_MS = 40;
const SLOW_MS = 6000;
const CUTS = 4;
/** In line an operation may hold the loop this long; one that is longer must change that. */
const HOLD_MAX_MS = 20;

/** A machine that lets time pass until the clock of the process says so. */
class SlowDisk extends SlowMachine {
  passUntil(ms: number): Promise<void> {
    return this.until(this.elapse(Math.max(0, ms - this.nowMs)), 600_000, 'time goes on');
  }
}

function makeEngine(fs: MemoryFileSystem, policy: string, machine: SlowMachine | null): Engine {
  const config = new Config();
  config.preset('appendfsync', policy);
  const clock = machine?.clock ?? new FakeClock();
  const loop = machine === null ? {} : { loop: machine.loop };
  const random = new SeededRandom(1);
  return new Engine({ dir: DIR, fs, owner: null, clock, config, random, ...loop });
}

export async function slowEngine(policy: SyncPolicy) {
  const machine = new SlowDisk();
  const engine = makeEngine(machine.fs, policy, machine);
  await machine.until(engine.load(), 10_000, 'the start');
  const client = new LocalClient(engine);
  const other = new LocalClient(engine);
  const close = (): Promise<void> => machine.until(engine.close(), 600_000, 'the end');
  return { machine, engine, client, other, close };
}

export class SlowCase {
  replies = 0;
  /** Milliseconds that reads of durable keys and PINGs took. */
  readonly readMs: number[] = [];
  /** Operations in line that held the loop for too long. */
  longHolds = 0;
  private readonly random: SeededRandom;
  private readonly policy: SyncPolicy;
  /** The highest value of each key that any reply has shown. */
  private readonly shown = new Map<string, number>();
  private readonly cuts: { disk: MemoryFileSystem; shown: Map<string, number>; what: string }[] =
    [];
  private isOver = false;

  constructor(random: SeededRandom) {
    this.random = random;
    this.policy = this.below(3) === 0 ? 'everysec' : 'always';
  }

  async run(): Promise<void> {
    const { machine, engine, client, close } = await slowEngine(this.policy);
    await machine.until(client.call('MSET', 'still', '1', 'calm', '2'), 1000, 'a fast disk');
    const clients = [];
    for (let i = 0; i < WRITERS; i++) clients.push(this.write(machine, engine));
    for (let i = 0; i < READERS; i++) clients.push(this.read(machine, engine));
    await machine.until(machine.elapse(500), 60_000, 'a fast disk');
    machine.diskMs = this.makeSlow();
    if (this.below(2) === 0) clients.push(this.compact(machine, engine));
    for (let cut = 0; cut < CUTS; cut++) {
      await machine.passUntil(machine.nowMs + 1 + this.below(SLOW_MS / CUTS));
      this.cut(machine.fs, engine);
    }
    machine.diskMs = () => 0.05;
    await machine.passUntil(machine.nowMs + 500);
    this.isOver = true;
    await machine.until(Promise.all(clients), 120_000, 'the last replies');
    // What stalled is over and forgotten: a write is acknowledged as fast as the disk is.
    const startMs = machine.nowMs;
    await machine.until(client.call('INCR', 'k0'), 1000, 'a write when the disk is well');
    assert.ok(machine.nowMs - startMs < HOLD_MAX_MS, 'writes go on by themselves');
    this.checkHolds(machine);
    await close();
  }

  /** What was shown before each cut is there after it. */
  async checkCuts(): Promise<void> {
    for (const { disk, shown, what } of this.cuts) {
      const engine = makeEngine(disk, this.policy, null);
      await engine.load();
      const client = new LocalClient(engine);
      for (const [key, value] of shown) {
        const kept = Number(await client.call('GET', key));
        assert.ok(kept >= value, `${what}: ${key} was shown as ${value} and is ${kept}`);
      }
      client.close();
      await engine.close();
    }
  }

  private below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  private makeSlow(): SlowMachine['diskMs'] {
    const syncMs = this.pick(SYNC_MS);
    const stallMs = this.pick(STALL_MS);
    const stallsEvery = this.pick([4, 20, 100]);
    const writesStall = this.below(2) === 0;
    return (name) => {
      const usual = name === 'write' ? 0.05 : syncMs;
      if (name === 'write' && !writesStall) return usual;
      return this.below(stallsEvery) === 0 ? 1 + this.below(stallMs) : usual;
    };
  }

  /** Power cuts under `always`; kills under `everysec`, which promises nothing else. */
  private cut(fs: MemoryFileSystem, engine: Engine): void {
    if (this.policy !== 'always' && engine.replyNotes.ungatedReplies > 0) return;
    const disk = this.policy === 'always' ? fs.afterPowerCut(this.random) : fs.afterKill();
    const what = this.policy === 'always' ? 'power cut' : 'kill';
    this.cuts.push({ disk, shown: new Map(this.shown), what });
  }

  private show(key: string, value: unknown): void {
    const seen = Number(value ?? 0);
    if (seen > (this.shown.get(key) ?? 0)) this.shown.set(key, seen);
    this.replies++;
  }

  private async write(machine: SlowMachine, engine: Engine): Promise<void> {
    const client = new LocalClient(engine);
    while (!this.isOver) {
      const key = `k${this.below(WRITTEN_KEYS)}`;
      this.show(key, await client.call('INCR', key));
      await machine.elapse(1 + this.below(THINK_MAX_MS));
    }
  }

  private async read(machine: SlowMachine, engine: Engine): Promise<void> {
    while (!this.isOver) {
      // A reader whose read waits must not keep the others from being made.
      void this.readOnce(machine, new LocalClient(engine));
      await machine.elapse(1 + this.below(THINK_MAX_MS));
    }
  }

  private async readOnce(machine: SlowMachine, client: LocalClient): Promise<void> {
    const startMs = machine.nowMs;
    const kind = this.below(4);
    const key = `k${this.below(WRITTEN_KEYS)}`;
    if (kind === 0) {
      this.show(key, await client.call('GET', key));
      return;
    }
    if (kind === 1) {
      const values = await client.call('MGET', 'still', key);
      this.show(key, Array.isArray(values) ? values[1] : null);
      return;
    }
    if (kind === 2) assert.equal(await client.call('PING'), 'PONG');
    else assert.deepEqual(await client.call('MGET', 'still', 'calm'), ['1', '2']);
    this.replies++;
    const heldMs = this.heldSince(machine, startMs);
    this.readMs.push(machine.nowMs - startMs - heldMs);
  }

  private async compact(machine: SlowMachine, engine: Engine): Promise<void> {
    const client = new LocalClient(engine);
    await machine.elapse(this.below(SLOW_MS));
    await client.call('BGREWRITEAOF');
  }

  /** How long operations in line, which `checkHolds` judges, have held the loop since. */
  private heldSince(machine: SlowMachine, sinceMs: number): number {
    let ms = 0;
    for (let i = machine.holds.length - 1; i >= 0; i--) {
      const hold = machine.holds[i];
      if (hold.atMs <= sinceMs) break;
      ms += Math.min(hold.ms, hold.atMs - sinceMs);
    }
    return ms;
  }

  /** A stall in line must be answered by leaving the line, for longer each time. */
  private checkHolds(machine: SlowMachine): void {
    const long = machine.holds.filter(({ ms }) => ms > HOLD_MAX_MS);
    this.longHolds = long.length;
    const { nowMs } = machine;
    // One write and one sync find out; then they are tried again after 2, 4, 8... seconds.
    const most = 2 * (1 + Math.log2(1 + nowMs / 2000));
    assert.ok(long.length <= most, `${long.length} long operations in line in ${nowMs} ms`);
  }
}
