// The power goes while a tool works: restore and salvage leave a whole new directory or none that
// starts, the rebuilt manifest is there or not, a cut tail is in its file or in the backup, and
// the source is as it was.

import assert from 'node:assert/strict';
import {
  FRAME_HEADER_BYTES,
  FRAME_MAGIC_TEXT,
  FRAME_SEAL,
  FRAME_TYPE_AT,
} from '../../engine/log/format.js';
import type { SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { DIR, type LogModules, LogServer, openDisk } from './log-server.js';

const OUT = '/out/restored';
const ALONE = '/alone/log-00000001.rlog';
const HEADER_BYTES = 64;
const SEAL_BYTES = FRAME_HEADER_BYTES + 16;
const TAIL = Buffer.alloc(1500, 'torn');
const UNCHANGING = new Set(['read', 'stat', 'readdir', 'readFile', 'close']);

export class ToolCuts {
  /** Disks that were looked at. */
  cuts = 0;
  private readonly modules: LogModules;
  private readonly random: SeededRandom;
  private readonly cutsPerStop: number;
  private source = new MemoryFileSystem();
  private state: readonly string[] = [];

  constructor(modules: LogModules, random: SeededRandom, cutsPerStop: number) {
    this.modules = modules;
    this.random = random;
    this.cutsPerStop = cutsPerStop;
  }

  async run(): Promise<void> {
    const { modules, random } = this;
    await this.fill();
    await this.check(
      (disk) => modules.restoreTo(disk, DIR, 'latest', OUT, random),
      (disk, isDone) => this.checkOut(disk, isDone),
    );
    await this.check(
      (disk) => modules.salvage(disk, DIR, OUT, random),
      (disk, isDone) => this.checkOut(disk, isDone),
    );
    this.source.put(`${DIR}/MANIFEST`, Buffer.from('reddis-manifest 1\nnot one\n'));
    await this.check(
      (disk) => modules.rebuildManifest(disk, DIR),
      (disk, isDone) => this.checkRebuilt(disk, isDone),
    );
    const whole = this.segment();
    this.source.put(ALONE, Buffer.concat([whole, TAIL]));
    await this.check(
      (disk) => this.fix(disk),
      (disk, isDone) => checkFixed(disk, whole, isDone),
    );
  }

  /** A directory with a superseded generation, a snapshot and sealed and open segments. */
  private async fill(): Promise<void> {
    const { modules, random } = this;
    const server = new LogServer(new MemoryFileSystem(), random, { modules });
    await server.start();
    for (let i = 0; i < 2; i++) {
      await server.write(4);
      await server.compact(1);
    }
    await server.write(6);
    await server.close();
    await server.start();
    await server.write(3);
    this.state = server.promised.model.entries.slice();
    await server.kill();
    this.source = server.files.fs.afterKill();
  }

  /** @returns the segment that was appended to last, without a seal */
  private segment(): Buffer {
    const segments = this.source.paths().filter((path) => /^\/data\/log-\d+/.test(path));
    const filled = segments.filter((path) => this.source.bytesOf(path).length > HEADER_BYTES);
    const bytes = this.source.bytesOf(filled[filled.length - 1]);
    const sealAt = bytes.length - SEAL_BYTES;
    const isSealed = bytes.toString('latin1', sealAt, sealAt + 4) === FRAME_MAGIC_TEXT;
    return isSealed && bytes[sealAt + FRAME_TYPE_AT] === FRAME_SEAL
      ? bytes.subarray(0, sealAt)
      : bytes;
  }

  private async fix(disk: MemoryFileSystem): Promise<void> {
    const { modules, random } = this;
    const report = await modules.fix({
      fs: disk,
      path: ALONE,
      clock: new HandClock(),
      random,
      owner: null,
      historyGenerations: 1,
    });
    assert.equal(report.cutBytes, TAIL.length);
  }

  /** Runs a tool on a copy of the source, and looks at what cuts before each operation leave. */
  private async check(
    tool: (disk: MemoryFileSystem) => Promise<unknown>,
    look: (disk: MemoryFileSystem, isDone: boolean) => Promise<void> | void,
  ): Promise<void> {
    const disk = this.source.copy();
    const stops: [string, MemoryFileSystem][] = [];
    disk.onOperation = ({ name, path }) => {
      if (!UNCHANGING.has(name)) stops.push([`before ${name} of ${path}`, disk.copy()]);
    };
    await tool(disk);
    disk.onOperation = () => undefined;
    stops.push(['when it is done', disk]);
    for (const [what, stop] of stops) {
      for (let i = 0; i < this.cutsPerStop; i++) {
        const left = stop.afterPowerCut(this.random, i % 2 === 0 ? 512 : 4096);
        this.cuts++;
        try {
          await look(left, stop === disk);
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          throw new Error(`power cut ${i} ${what}: ${text}`, { cause: error });
        }
      }
    }
  }

  private async checkOut(disk: MemoryFileSystem, isDone: boolean): Promise<void> {
    const isThere = disk.paths().includes(`${OUT}/MANIFEST`);
    assert.ok(isThere || !isDone, 'the new directory is there');
    if (isThere) await this.checkState(disk.copy(), OUT);
    await this.checkState(disk, DIR);
  }

  private async checkRebuilt(disk: MemoryFileSystem, isDone: boolean): Promise<void> {
    const damaged = disk.paths().filter((path) => path.includes('/MANIFEST'));
    assert.ok(damaged.length > 0, 'the damaged manifest or the new one is there');
    try {
      await this.checkState(disk, DIR);
    } catch (error) {
      // A mutant has an error class of its own.
      if (isDone || !(error instanceof Error) || error.name !== 'LogError') throw error;
    }
  }

  private async checkState(disk: MemoryFileSystem, dir: string): Promise<void> {
    const { state, report } = await openDisk(this.modules, disk, 1, new HandClock(), dir);
    assert.deepEqual(state, this.state, `the state in ${dir}`);
    assert.equal(report.torn, null, `${dir} is sound`);
  }
}

function checkFixed(disk: MemoryFileSystem, whole: Buffer, isDone: boolean): void {
  const bytes = disk.bytesOf(ALONE);
  assert.ok(bytes.subarray(0, whole.length).equals(whole), 'the sound part is as it was');
  const backups = disk.paths().filter((path) => path.startsWith(`${ALONE}.cut-`));
  const isKept = backups.some((path) => disk.bytesOf(path).equals(TAIL));
  const isUncut = bytes.equals(Buffer.concat([whole, TAIL]));
  assert.ok(isKept || isUncut, 'what is cut is in the file or in the backup');
  if (isDone) assert.ok(isKept && bytes.equals(whole), 'what was reported is done');
}
