// A log server on a disk that loses the pages of a sync and says so once, and the rules it must
// keep meanwhile. The remedy is the engine's: a rewrite from memory into new files.

import assert from 'node:assert/strict';
import type { SyncPolicy } from '../../engine/log/commit-pipeline.js';
import type { SeededRandom } from '../../engine/util/random.js';
import { fileError, MemoryFileSystem } from '../support/memory-file-system.js';
import { DiskOracle } from './disk-oracle.js';
import { type LogModules, LogServer } from './log-server.js';

const POLICIES: readonly SyncPolicy[] = ['always', 'always', 'everysec', 'no'];
const FAULT_AFTER_MAX = 24;
const DEEDS_MAX = 12;
const RESTARTS_MAX = 6;
const CUTS = 3;
const REWRITES_MAX = 6;

/** What one case did. */
export interface SyncFaults {
  /** Syncs that failed. */
  failed: number;
  /** Disks that were looked at. */
  cuts: number;
  /** Rewrites that brought a failed log back. */
  mended: number;
}

/** Runs one case: a life, in it one to three failed syncs, and power cuts after them. */
export class FailingServer {
  readonly counts: SyncFaults = { failed: 0, cuts: 0, mended: 0 };
  private readonly server: LogServer;
  private readonly random: SeededRandom;
  private readonly oracle: DiskOracle;
  /** Syncs until the next one fails; below 0 none will. */
  private faultIn: number;
  private faultsLeft: number;
  private readonly failsDirectories: boolean;

  constructor(random: SeededRandom, seed: number, modules: LogModules) {
    this.random = random;
    this.oracle = new DiskOracle(modules, seed);
    const fs = new MemoryFileSystem();
    const policy = POLICIES[random.next32() % POLICIES.length];
    const isSlow = random.next32() % 2 === 0;
    this.server = new LogServer(fs, random, { modules, policy, isSlow });
    this.faultIn = this.server.below(FAULT_AFTER_MAX);
    this.faultsLeft = 1 + this.server.below(3);
    this.failsDirectories = this.server.below(4) === 0;
  }

  async run(): Promise<void> {
    const { server } = this;
    this.watch();
    await this.restart();
    const deeds = 4 + server.below(DEEDS_MAX);
    for (let i = 0; i < deeds; i++) {
      await this.deed();
      this.checkRules();
      if (this.counts.failed > 0 && server.below(3) === 0) await this.cut(`after deed ${i}`);
    }
    this.faultsLeft = 0;
    await this.mend();
    await this.cut('at the end');
  }

  private watch(): void {
    const { fs } = this.server.files;
    fs.failedSyncDrops = true;
    fs.onOperation = ({ name }) => {
      const isSync = name === 'fdatasync' || name === 'fsync';
      if (!isSync && !(this.failsDirectories && name === 'syncDirectory')) return;
      if (this.faultsLeft === 0 || this.faultIn-- > 0) return;
      this.faultsLeft--;
      this.faultIn = this.server.below(FAULT_AFTER_MAX / 2);
      this.counts.failed++;
      throw fileError('EIO');
    };
  }

  private async deed(): Promise<void> {
    const { server } = this;
    await server.write(server.below(3));
    const kind = server.below(10);
    if (kind < 4) await server.pass([100, 600, 1100][kind % 3]);
    else if (kind < 7) await server.compact(server.below(3)).catch(expected);
    else if (kind === 7) await this.stop(() => server.close());
    else if (kind === 8) await this.stop(() => server.kill());
  }

  /** Ends the process, and begins another on what the kernel shows. */
  private async stop(end: () => Promise<void>): Promise<void> {
    this.checkRules();
    await end().catch(expected);
    await this.restart();
  }

  /** A start that fails is tried again, as a service manager does. */
  private async restart(): Promise<void> {
    const { server } = this;
    for (let i = 0; i < RESTARTS_MAX; i++) {
      try {
        await server.start();
        return;
      } catch (error) {
        expected(error);
        await server.kill();
      }
    }
    assert.fail('it starts when the disk is well again');
  }

  private checkRules(): void {
    const { log, files } = this.server;
    assert.deepEqual(files.misdeeds, [], 'what no process may do');
    if (log?.failure != null) assert.ok(log.refusal !== null, 'a failed log refuses writes');
  }

  /** With the disk well again, a rewrite brings everything back, and writes are taken. */
  private async mend(): Promise<void> {
    const { server } = this;
    for (let i = 0; i < REWRITES_MAX && server.log?.refusal !== null; i++) {
      await server.pass(1100);
      if (server.log?.failure !== null) await server.compact(0);
      this.counts.mended++;
    }
    assert.equal(server.log?.refusal, null, 'writes are taken again');
    await server.write(2);
    const { promised } = server;
    assert.equal(promised.acknowledged, promised.model.entries.length, 'all are answered with OK');
    this.checkRules();
  }

  /** Looks at what a power cut now may leave. */
  private async cut(when: string): Promise<void> {
    const { server, oracle, counts } = this;
    const { promised } = server;
    for (let i = 0; i < CUTS; i++) {
      const disk = server.files.fs.afterPowerCut(this.random, i % 2 === 0 ? 512 : 4096);
      await oracle.check(disk, promised, promised.durable, `power cut ${i} ${when}`);
      counts.cuts++;
    }
  }
}

function expected(error: unknown): void {
  const text = String(error);
  if (!text.includes('EIO') && !text.includes('Input/output') && !text.includes('log failed')) {
    throw error;
  }
}
