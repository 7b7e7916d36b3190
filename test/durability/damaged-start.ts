// Starts on a damaged disk, as a server and with the tools, and holds what comes of it against the
// model: the state (I2), the verdict of the tools (I3), a second start (I5), files left over (I6),
// and that a refusal touches nothing.

import assert from 'node:assert/strict';
import { EXIT_CODES } from '../../cli/check-aof-report.js';
import { check } from '../../engine/log/check.js';
import { LogError } from '../../engine/log/errors.js';
import { fix } from '../../engine/log/fix.js';
import { type RecoveryReport, recover } from '../../engine/log/recovery.js';
import { SeededRandom } from '../../engine/util/random.js';
import { HandClock } from '../log/log-fixture.js';
import type { MemoryFileSystem, Operation } from '../support/memory-file-system.js';
import type { Damage, Expectation, SampleFile } from './damage-model.js';
import type { DamagePlace } from './damage-oracle.js';
import { EngineOracle } from './damaged-engine.js';
import { DIR, MANIFEST, type SampleLog } from './sample-log.js';

const CHANGES = new Set<Operation['name']>(['write', 'ftruncate', 'rename', 'link', 'unlink']);
const EXITS = { sound: 0, torn: 1, corrupt: 2 } as const;
/** Odd numbers, so that no kind of damage is always passed over. */
const [CHECKED_EVERY, REPEATED_EVERY, FIXED_EVERY, ENGINES_EVERY] = [5, 7, 31, 401];
let nextSeed = 1;

interface Started {
  /** Entries handed on. */
  readonly entries: number;
  readonly report: RecoveryReport;
}

/** What is asked besides a start as a server. */
export interface Thoroughness {
  /** The check tool gives the same verdict (I3). */
  readonly checks: boolean;
  /** After a power cut what a start did is still done, and a second one does nothing (I5, I6). */
  readonly repeats: boolean;
  /** The fix tool leaves a sound directory. */
  readonly fixes: boolean;
  /** A whole engine shows the data that the model says. */
  readonly engines: boolean;
}

/** @returns what the case with this number is asked besides, one of so many cases each */
export function thoroughnessOf(number: number): Thoroughness {
  return {
    checks: number % CHECKED_EVERY === 0,
    repeats: number % REPEATED_EVERY === 0,
    fixes: number % FIXED_EVERY === 0,
    engines: number % ENGINES_EVERY === 0,
  };
}

/** What is asynchronous is done at once: nothing else happens here that could come between. */
export function hurried(disk: MemoryFileSystem): MemoryFileSystem {
  disk.defer = (_name, _path, run) => run();
  return disk;
}

/** @returns a sink that checks each payload against what must come, and counts entries */
function comparing(expected: Buffer, what: string) {
  const counter = { entries: 0, bytes: 0 };
  const sink = (bytes: Buffer, from: number, to: number, count: number): void => {
    const at = counter.bytes;
    counter.bytes += to - from;
    counter.entries += count;
    if (bytes.compare(expected, at, counter.bytes, from, to) !== 0) {
      assert.fail(`${what}: other bytes are handed on than were put in`);
    }
  };
  return { counter, sink };
}

/** Starts as a server does. @throws LogError */
async function start(sample: SampleLog, disk: MemoryFileSystem, what: string): Promise<Started> {
  const snapshot = comparing(sample.snapshotPayloads, what);
  const log = comparing(sample.payloads, what);
  const { report } = await recover({
    fs: disk,
    dir: DIR,
    clock: new HandClock(),
    random: new SeededRandom(nextSeed++),
    owner: null,
    historyGenerations: 1,
    onSnapshot: snapshot.sink,
    onEntries: log.sink,
  });
  const { entries, bytes } = log.counter;
  assert.equal(snapshot.counter.bytes, sample.snapshotPayloads.length, `${what}: the snapshot`);
  assert.equal(bytes, entries === 0 ? 0 : sample.ends[entries - 1], `${what}: whole entries`);
  return { entries, report };
}

/** Damages one sample again and again. */
export class DamagedStarts {
  private readonly sample: SampleLog;
  /** One disk for all that changes nothing: checks and refusals. */
  private readonly standing: MemoryFileSystem;
  private readonly oracle: EngineOracle;
  private damaged: SampleFile | null = null;

  constructor(sample: SampleLog) {
    this.sample = sample;
    this.oracle = new EngineOracle(sample);
    this.standing = hurried(sample.disk.afterKill());
  }

  /** @throws AssertionError naming `what` when anything is not as the model says */
  async judge(
    damage: Damage,
    expected: Expectation,
    { checks, repeats, fixes, engines }: Thoroughness,
    what: string,
  ): Promise<void> {
    const { sample, standing } = this;
    this.repair(damage.file);
    standing.put(damage.file.path, damage.bytes);
    if (checks) await judgeCheck(standing, expected, what);
    if (expected.verdict === 'corrupt') {
      await judgeRefusal(sample, standing, expected, what);
      if (fixes) await refusal(standing, () => fixed(standing), `${what}: the fix tool`);
    } else {
      const disk = hurried(standing.afterKill());
      await judgeState(sample, disk, expected, repeats, what);
      if (fixes) await judgeFix(sample, hurried(standing.afterKill()), expected, what);
    }
    if (engines) await this.oracle.judge(standing.afterKill(), expected, what);
  }

  /** Checks that nothing is changed for good on a disk that only was looked at. */
  async end(): Promise<void> {
    const { sample, standing } = this;
    this.repair(null);
    const paths = sample.disk.paths();
    assert.deepEqual(standing.paths(), paths);
    for (const path of paths) {
      assert.ok(standing.bytesOf(path).equals(sample.disk.bytesOf(path)), `${path} was changed`);
    }
    await this.oracle.close();
  }

  /** Makes the file whole that was damaged last, unless it is damaged again. */
  private repair(next: SampleFile | null): void {
    const { damaged } = this;
    this.damaged = next;
    if (damaged !== null && damaged !== next) this.standing.put(damaged.path, damaged.bytes);
  }
}

async function judgeFix(
  sample: SampleLog,
  disk: MemoryFileSystem,
  expected: Expectation,
  what: string,
): Promise<void> {
  const report = await fixed(disk);
  assert.equal(report.lastSeq, expected.lastSeq, `${what}: last entry after a fix`);
  const after = await check(disk, DIR);
  assert.equal(EXIT_CODES[after.verdict], 0, `${what}: check after a fix: ${after.message}`);
  assert.equal(after.lastSoundSeq, expected.lastSeq, `${what}: check after a fix`);
  const again = await start(sample, hurried(disk.afterCrash()), what);
  assert.equal(again.entries, expected.entries, `${what}: the state after a fix`);
  assert.equal(again.report.torn, null, `${what}: nothing is torn after a fix`);
}

function fixed(disk: MemoryFileSystem) {
  return fix({
    fs: disk,
    path: DIR,
    clock: new HandClock(),
    random: new SeededRandom(nextSeed++),
    owner: null,
    historyGenerations: 1,
  });
}

async function judgeCheck(
  disk: MemoryFileSystem,
  expected: Expectation,
  what: string,
): Promise<void> {
  const isTouched = touching(disk);
  const report = await check(disk, DIR);
  assert.ok(!isTouched(), `${what}: a check changes nothing`);
  assert.equal(EXIT_CODES[report.verdict], EXITS[expected.verdict], `${what}: ${report.message}`);
  samePlace(report.damage, expected.place, `${what}: the check`);
  if (expected.verdict === 'corrupt') return;
  assert.equal(report.lastSoundSeq, expected.lastSeq, `${what}: last sound entry`);
}

/** A server does not start, says where the damage is, and leaves everything as it is. */
async function judgeRefusal(
  sample: SampleLog,
  disk: MemoryFileSystem,
  expected: Expectation,
  what: string,
): Promise<void> {
  const error = await refusal(disk, () => start(sample, disk, what), what);
  assert.equal(error.code, 'CORRUPT', `${what}: ${error.message}`);
  assert.match(error.remedy, /reddis-check-aof/, what);
  assert.equal(error.damage?.file ?? MANIFEST, expected.file, `${what}: the file is named`);
  samePlace(error.damage, expected.place, what);
  if (expected.lost !== undefined) assert.deepEqual(error.lost, expected.lost, `${what}: lost`);
}

async function refusal(
  disk: MemoryFileSystem,
  run: () => Promise<unknown>,
  what: string,
): Promise<LogError> {
  const isTouched = touching(disk);
  let refused: LogError | null = null;
  try {
    await run();
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    refused = error;
  }
  if (refused === null) return assert.fail(`${what} was not noticed`);
  assert.ok(!isTouched(), `${what}: a refusal changes nothing`);
  return refused;
}

/** A server starts with what the model says; what it cut is kept; nothing else is left behind. */
async function judgeState(
  sample: SampleLog,
  disk: MemoryFileSystem,
  expected: Expectation,
  repeats: boolean,
  what: string,
): Promise<void> {
  const { entries, report } = await start(sample, disk, what);
  assert.equal(entries, expected.entries, `${what}: entries`);
  assert.equal(report.lastSeq, expected.lastSeq, `${what}: last entry`);
  samePlace(report.torn, expected.place, what);
  assert.equal(report.torn === null, expected.verdict === 'sound', `${what}: torn`);
  if (!repeats) return;
  // A power cut right after the start may take only what was not synced: nothing of this.
  const left = hurried(disk.afterCrash());
  checkCut(left, report, expected, what);
  checkFiles(left, what);
  const again = await start(sample, left, `${what}, second start`);
  assert.equal(again.entries, expected.entries, `${what}: entries of a second start`);
  assert.equal(again.report.lastSeq, expected.lastSeq, `${what}: last entry of a second start`);
  assert.equal(again.report.torn, null, `${what}: a second start cuts nothing`);
}

function checkCut(
  disk: MemoryFileSystem,
  report: RecoveryReport,
  { cut, verdict }: Expectation,
  what: string,
): void {
  if (verdict === 'sound') return;
  const kept = report.torn?.quarantine ?? [];
  const names = [...cut.keys()];
  assert.equal(kept.length, names.length, `${what}: as many pieces are kept as were cut`);
  let total = 0;
  names.forEach((name, i) => {
    const bytes = cut.get(name) ?? Buffer.alloc(0);
    total += bytes.length;
    assert.ok(disk.paths().includes(kept[i]), `${what}: ${kept[i]} is there after a power cut`);
    assert.ok(disk.bytesOf(kept[i]).equals(bytes), `${what}: what was cut of ${name} is kept`);
  });
  assert.equal(report.torn?.cutBytes, total, `${what}: bytes cut`);
}

/** Every file is named by the manifest or lies in quarantine. */
function checkFiles(disk: MemoryFileSystem, what: string): void {
  const manifest = disk.bytesOf(MANIFEST).toString();
  for (const path of disk.paths()) {
    const name = path.slice(DIR.length + 1);
    if (path === MANIFEST || name.startsWith('quarantine/')) continue;
    assert.ok(manifest.includes(` ${name} `), `${what}: ${name} belongs to nothing`);
  }
}

function samePlace(found: DamagePlace | null, expected: DamagePlace | null, what: string): void {
  if (expected === null) return;
  const place = found && { file: found.file, offset: found.offset, seq: found.seq };
  assert.deepEqual(place, expected, `${what}: the place of the damage`);
}

/** @returns tells whether the disk was changed since this call */
function touching(disk: MemoryFileSystem): () => boolean {
  const before = disk.paths().length;
  let isChanged = false;
  disk.onOperation = ({ name }) => {
    if (CHANGES.has(name)) isChanged = true;
  };
  return () => {
    disk.onOperation = () => undefined;
    return isChanged || disk.paths().length !== before;
  };
}
