// What was done is done: a power cut after the end of a switch, of making room, or of a clean stop
// brings nothing back and leaves no promise out. And no sync has gigabytes before it: of a file
// that is being written, never more than a bound is un-synced.

import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { parseDataFileName } from '../../engine/log/file-names.js';
import { FILE_HEADER_BYTES } from '../../engine/log/format.js';
import { decodeManifest, manifestFiles } from '../../engine/log/manifest.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { placesOf } from './forged-disk.js';
import { DIR, type LogModules, LogServer, openDisk } from './log-server.js';

const HISTORY = `${DIR}/history/`;
const MANIFEST = `${DIR}/MANIFEST`;
const CUTS = 4;
const TURNS_MAX = 50;
/** Of a segment that has entries, and not only a marker. */
const LEAST_BYTES = FILE_HEADER_BYTES + 500;
const MIB = 1024 * 1024;
const SNAPSHOT_TYPE = 16;
const RECORD_BYTES = 500 * 1024;
const RECORDS = 24;
/** What the design allows to be un-synced, and the write that goes beyond it. */
const UNSYNCED_MAX_BYTES = 4 * MIB + RECORD_BYTES + 1024;

export class SettledCuts {
  /** Disks that were looked at. */
  cuts = 0;
  private readonly modules: LogModules;
  private readonly random: SeededRandom;

  constructor(modules: LogModules, random: SeededRandom) {
    this.modules = modules;
    this.random = random;
  }

  async run(): Promise<void> {
    await this.afterSwitch(0);
    await this.afterSwitch(2);
    await this.afterMakingRoom();
    await this.afterCleanStop();
    await this.pacing();
  }

  /** What a rewrite put away does not come back. */
  private async afterSwitch(historyGenerations: number): Promise<void> {
    const server = await this.server(historyGenerations);
    for (let i = 1 + server.below(3); i >= 0; i--) {
      await server.write(2 + server.below(3));
      await server.compact(0);
    }
    for (const disk of this.cutsOf(server)) {
      const manifest = decodeManifest(disk.bytesOf(MANIFEST), MANIFEST);
      const named = new Set(manifestFiles(manifest));
      const left = dataFiles(disk).filter((path) => !path.startsWith(HISTORY));
      const back = left.filter((path) => !named.has(basename(path)));
      assert.deepEqual(withContent(disk, back), [], 'what a rewrite put away is back');
      const clock = new HandClock();
      await openDisk(this.modules, disk, 1, clock, DIR, historyGenerations);
      const aside = disk.paths().filter((path) => path.startsWith(`${DIR}/quarantine/`));
      assert.deepEqual(withContent(disk, aside), [], 'nothing had to be put aside');
    }
    await server.kill();
  }

  /** The space that was gained for a full disk is not taken again. */
  private async afterMakingRoom(): Promise<void> {
    const server = await this.server(3);
    for (let i = 0; i < 3; i++) {
      await server.write(3);
      await server.compact(0);
    }
    const generation = await server.log?.dropOldestGeneration();
    assert.ok(generation !== undefined && generation > 0, 'there was one');
    const kept = dataFiles(server.files.fs).filter((path) => path.startsWith(HISTORY));
    for (const disk of this.cutsOf(server)) {
      const left = dataFiles(disk).filter((path) => path.startsWith(HISTORY));
      assert.deepEqual(left, kept, 'what was removed to make room is back');
    }
    await server.kill();
  }

  /** A log that was closed says how far it goes: an end that is cut off later is missed. */
  private async afterCleanStop(): Promise<void> {
    const server = await this.server(1);
    const { entries } = server.model;
    let current: string | null = null;
    for (let turn = 0; turn < TURNS_MAX && current === null; turn++) {
      await server.write(1 + server.below(3));
      await server.pass(200);
      current = currentOf(server.files.fs);
    }
    assert.ok(current !== null, 'a segment with entries, and an empty one behind it');
    await server.close();
    for (const disk of this.cutsOf(server)) {
      const bytes = disk.bytesOf(current);
      const ends = [FILE_HEADER_BYTES, ...placesOf(bytes).map(({ end }) => end)].slice(0, -1);
      for (const end of [...ends, randomBelow(this.random, bytes.length)]) {
        const cut = disk.copy();
        cut.put(current, bytes.subarray(0, end));
        const what = `${current}, closed and later cut at ${end} of ${bytes.length}`;
        await this.assertNothingLost(cut, entries, what);
      }
    }
  }

  private async assertNothingLost(
    disk: MemoryFileSystem,
    entries: readonly string[],
    what: string,
  ): Promise<void> {
    let state: readonly string[];
    try {
      ({ state } = await openDisk(this.modules, disk, 1));
    } catch (error) {
      // A mutant has an error class of its own.
      if (error instanceof Error && error.name === 'LogError') return;
      throw error;
    }
    assert.equal(state.length, entries.length, `${what}, is started without a word of the loss`);
  }

  /** While a snapshot is written, and at its end, the sync that is next has little to do. */
  private async pacing(): Promise<void> {
    const server = await this.server(1);
    await server.write(1);
    const { log, files } = server;
    assert.ok(log !== null);
    await log.prepareRotation();
    const { writer } = log.createSnapshot(log.rotate());
    let written = 0;
    let synced = 0;
    let most = 0;
    files.fs.onOperation = ({ name, path }) => {
      if (path !== writer.path) return;
      most = Math.max(most, written - synced);
      if (name === 'fdatasync' || name === 'fsync') synced = written;
    };
    for (let i = 0; i < RECORDS; i++) {
      const { frames } = writer;
      frames.beginEntry(SNAPSHOT_TYPE, RECORD_BYTES);
      frames.at += RECORD_BYTES;
      frames.endEntry();
      await writer.flush();
      written = writer.sizeBytes;
    }
    await writer.finish();
    this.cuts++;
    assert.ok(written > 2 * UNSYNCED_MAX_BYTES, 'it is large enough');
    assert.ok(most > RECORD_BYTES, 'writes were seen');
    assert.ok(most <= UNSYNCED_MAX_BYTES, `${most} bytes of a snapshot were not yet synced`);
    await server.kill();
  }

  private async server(historyGenerations: number): Promise<LogServer> {
    const { modules, random } = this;
    const options = { modules, historyGenerations };
    const server = new LogServer(new MemoryFileSystem(), random, options);
    await server.start();
    return server;
  }

  private cutsOf(server: LogServer): MemoryFileSystem[] {
    const disks: MemoryFileSystem[] = [];
    for (let i = 0; i < CUTS; i++) {
      disks.push(server.files.fs.afterPowerCut(this.random, i % 2 === 0 ? 512 : 4096));
    }
    this.cuts += disks.length;
    return disks;
  }
}

function dataFiles(disk: MemoryFileSystem): string[] {
  return disk.paths().filter((path) => parseDataFileName(basename(path)) !== null);
}

/** But for a segment that is not yet in use: it may be there before the manifest names it. */
function withContent(disk: MemoryFileSystem, paths: readonly string[]): string[] {
  return paths.filter((path) => disk.bytesOf(path).length > FILE_HEADER_BYTES);
}

/** @returns the segment that has the last entries; null unless an empty one is ready behind it */
function currentOf(disk: MemoryFileSystem): string | null {
  const { segments } = decodeManifest(disk.bytesOf(MANIFEST), MANIFEST);
  const sizes = segments.map(({ name }) => disk.bytesOf(`${DIR}/${name}`).length);
  const isReady = sizes.at(-1) === FILE_HEADER_BYTES && (sizes.at(-2) ?? 0) > LEAST_BYTES;
  return isReady ? `${DIR}/${segments.at(-2)?.name}` : null;
}
