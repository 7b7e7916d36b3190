// What must hold of any disk that a stop left: I1 to I6 of the campaigns. One object per run
// remembers the disks it has seen, so that equal ones are looked at once.

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { crc32 } from '../../engine/log/crc.js';
import { isTemporaryName, parseDataFileName } from '../../engine/log/file-names.js';
import { type History, readHistory } from '../../engine/log/history.js';
import { manifestFiles } from '../../engine/log/manifest.js';
import type { RecoveryReport } from '../../engine/log/recovery.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import {
  checkState,
  DIR,
  type LogModules,
  type Model,
  openDisk,
  type Promised,
} from './log-server.js';

/** What a start finds: its state as text, and the report. */
export interface Found {
  readonly state: readonly string[];
  readonly report: RecoveryReport;
}

/** Starts on a disk and says what is there. @throws what a start throws */
export type DiskReader = (
  modules: LogModules,
  disk: MemoryFileSystem,
  seed: number,
) => Promise<Found>;

export class DiskOracle {
  /** Disks that were not like one seen before. */
  distinct = 0;
  private readonly modules: LogModules;
  private readonly read: DiskReader;
  private readonly seen = new Map<string, Found>();
  private seed: number;
  private model: Model | null = null;

  /** @param read how a state is read; as log servers write it when left out */
  constructor(modules: LogModules, seed: number, read: DiskReader = openDisk) {
    this.modules = modules;
    this.seed = seed;
    this.read = read;
  }

  /**
   * Starts on a disk and checks what it finds against what a log server was told.
   * @param least entries that must be there
   */
  async check(
    disk: MemoryFileSystem,
    promised: Promised,
    least: number,
    what: string,
  ): Promise<void> {
    // The same bytes may be right for one list of entries and wrong for another.
    if (this.model !== promised.model) this.seen.clear();
    this.model = promised.model;
    const { state, report } = await this.inspect(disk, what);
    assert.equal(report.lastSeq, state.length, `${what}: the last entry`);
    checkState(state, promised, least, what);
  }

  /**
   * I3 to I6: the tool agrees, it starts, all is put in order, and a second start changes nothing.
   * @returns what the first start found; the disk is as the start left it, unless it was known
   */
  async inspect(disk: MemoryFileSystem, what: string): Promise<Found> {
    const image = imageOf(disk);
    const known = this.seen.get(image);
    if (known !== undefined) return known;
    this.distinct++;
    const found = await this.open(disk, what);
    this.seen.set(image, found);
    return found;
  }

  private async open(disk: MemoryFileSystem, what: string): Promise<Found> {
    const { modules } = this;
    const verdict = await modules.check(disk, DIR);
    await checkHistory(disk, what);
    let found: Found;
    try {
      found = await this.read(modules, disk, ++this.seed);
    } catch (error) {
      throw new Error(`${what}: it does not start: ${error}`, { cause: error });
    }
    const { report, state } = found;
    if (verdict.verdict !== 'unusable') {
      assert.equal(verdict.verdict, report.torn === null ? 'sound' : 'torn', `${what}: the tool`);
      assert.equal(verdict.lastSoundSeq, report.lastSeq, `${what}: the tool's last entry`);
    } else {
      assert.equal(report.lastSeq, 0, `${what}: the tool found nothing: ${verdict.message}`);
    }
    const cut = disk.afterCrash();
    await checkOrder(cut, report, what);
    const second = await this.read(modules, cut, ++this.seed);
    assert.equal(second.report.torn, null, `${what}: a second start finds nothing torn`);
    assert.deepEqual(second.report.orphans, [], `${what}: a second start finds no orphans`);
    assert.deepEqual(second.state, state, `${what}: a second start finds the same`);
    return found;
  }
}

/** What is on a disk after a start that a power cut followed at once: files in order, none lost. */
async function checkOrder(
  disk: MemoryFileSystem,
  { torn, orphans }: RecoveryReport,
  what: string,
): Promise<void> {
  const names = await disk.readdir(DIR);
  assert.deepEqual(names.filter(isTemporaryName), [], `${what}: no temporary file is left`);
  for (const orphan of orphans) {
    const isKept = disk.paths().some((path) => path.endsWith(`-${orphan}`));
    assert.ok(isKept, `${what}: ${orphan}, which belonged to nothing, is kept aside`);
  }
  for (const path of torn?.quarantine ?? []) {
    assert.ok(disk.paths().includes(path), `${what}: what was cut is kept in ${path}`);
    assert.ok(disk.bytesOf(path).length > 0, `${what}: ${path} has bytes`);
  }
  const { manifests } = await checkHistory(disk, what);
  assert.ok(manifests.length <= 1, `${what}: one superseded generation is kept`);
  const named = new Set(manifests.flatMap(manifestFiles));
  const inHistory = disk.paths().filter((path) => path.startsWith(`${DIR}/history/`));
  const stray = inHistory.find((path) => {
    const name = basename(path);
    return name.endsWith('.tmp') || (parseDataFileName(name) !== null && !named.has(name));
  });
  assert.equal(stray, undefined, `${what}: every file in history belongs to a generation`);
}

/** A tool may read history before any start: what a manifest in it names is there. */
async function checkHistory(disk: MemoryFileSystem, what: string): Promise<History> {
  const history = await readHistory(disk, DIR);
  assert.deepEqual(history.damaged, [], `${what}: the manifests in history are whole`);
  const there = new Set(disk.paths().map((path) => basename(path)));
  for (const name of history.manifests.flatMap(manifestFiles)) {
    assert.ok(there.has(name), `${what}: ${name} of a generation before is kept`);
  }
  return history;
}

/** @returns what tells one disk from another: names and what they hold */
export function imageOf(disk: MemoryFileSystem): string {
  return disk
    .paths()
    .map((path) => {
      const bytes = disk.bytesOf(path);
      return `${path} ${bytes.length} ${crc32(bytes, 0, bytes.length, 0)}`;
    })
    .join('\n');
}
