// What must hold of any disk that a stop left: I1 to I6 of the campaigns. One object per run
// remembers the disks it has seen, so that equal ones are looked at once.

import assert from 'node:assert/strict';
import { crc32 } from '../../engine/log/crc.js';
import { LogError } from '../../engine/log/errors.js';
import { isTemporaryName, parseDataFileName } from '../../engine/log/file-names.js';
import { readHistory } from '../../engine/log/history.js';
import { manifestFiles } from '../../engine/log/manifest.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import {
  checkState,
  DIR,
  type FoundState,
  type LogModules,
  type Model,
  openDisk,
  type Promised,
} from './log-server.js';

export class DiskOracle {
  /** Disks that were not like one seen before. */
  distinct = 0;
  private readonly modules: LogModules;
  private readonly seen = new Map<string, FoundState>();
  private seed: number;
  private model: Model | null = null;

  constructor(modules: LogModules, seed: number) {
    this.modules = modules;
    this.seed = seed;
  }

  /**
   * Starts on a disk and checks what it finds.
   * @param least entries that must be there
   * @returns the state
   */
  async check(
    disk: MemoryFileSystem,
    promised: Promised,
    least: number,
    what: string,
  ): Promise<FoundState> {
    // The same bytes may be right for one list of entries and wrong for another.
    if (this.model !== promised.model) this.seen.clear();
    this.model = promised.model;
    const image = imageOf(disk);
    let found = this.seen.get(image);
    if (found === undefined) {
      this.distinct++;
      found = await this.open(disk, what);
      this.seen.set(image, found);
    }
    checkState(found.state, promised, least, what);
    return found;
  }

  /** I3 to I6: the tool agrees, it starts, all is put in order, and a second start changes nothing. */
  private async open(disk: MemoryFileSystem, what: string): Promise<FoundState> {
    const { modules } = this;
    const verdict = await modules.check(disk, DIR);
    let found: FoundState;
    try {
      found = await openDisk(modules, disk, ++this.seed);
    } catch (error) {
      throw new Error(`${what}: it does not start: ${error}`, { cause: error });
    }
    const { report, state } = found;
    if (verdict.verdict !== 'unusable') {
      assert.equal(verdict.verdict, report.torn === null ? 'sound' : 'torn', `${what}: the tool`);
      assert.equal(verdict.lastSoundSeq, report.lastSeq, `${what}: the tool's last entry`);
    } else {
      assert.equal(state.length, 0, `${what}: the tool found nothing: ${verdict.message}`);
    }
    assert.equal(report.lastSeq, state.length, `${what}: the last entry`);
    const cut = disk.afterCrash();
    await checkOrder(cut, report.torn?.quarantine ?? [], what);
    const second = await openDisk(modules, cut, ++this.seed);
    assert.equal(second.report.torn, null, `${what}: a second start finds nothing torn`);
    assert.deepEqual(second.report.orphans, [], `${what}: a second start finds no orphans`);
    assert.deepEqual(second.state, state, `${what}: a second start finds the same`);
    return found;
  }
}

/** What is on a disk after a start that a power cut followed at once: files in order, none lost. */
async function checkOrder(
  disk: MemoryFileSystem,
  quarantined: readonly string[],
  what: string,
): Promise<void> {
  const names = await disk.readdir(DIR);
  assert.deepEqual(names.filter(isTemporaryName), [], `${what}: no temporary file is left`);
  for (const path of quarantined) {
    assert.ok(disk.paths().includes(path), `${what}: what was cut is kept in ${path}`);
    assert.ok(disk.bytesOf(path).length > 0, `${what}: ${path} has bytes`);
  }
  const { manifests, damaged } = await readHistory(disk, DIR);
  assert.deepEqual(damaged, [], `${what}: the manifests in history are whole`);
  assert.ok(manifests.length <= 1, `${what}: one superseded generation is kept`);
  const there = new Set(disk.paths().map((path) => path.slice(path.lastIndexOf('/') + 1)));
  for (const name of manifests.flatMap(manifestFiles)) {
    assert.ok(there.has(name), `${what}: ${name} of the generation before is kept`);
  }
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

/** Whether a name in the data directory is a log or a snapshot. */
export function isDataFile(name: string): boolean {
  return parseDataFileName(name) !== null;
}

/** @returns whether a start refused a disk, by name */
export function isRefusal(error: unknown): boolean {
  return error instanceof LogError;
}
