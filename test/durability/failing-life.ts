// One life of a server whose disk fails: start on a directory that was killed, turns, rotations,
// rewrites, ticks and a clean stop, with the fault at a chosen file operation. Checked is what
// must hold whatever the fault is: nothing acknowledged is lost by kill or power cut at any
// point afterwards, what is refused is not executed, nothing is synced again whose sync failed,
// reads go on, and when the fault is over everything goes on by itself and leaves no litter.

import assert from 'node:assert/strict';
import { check } from '../../engine/log/check.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { fileError, MemoryFileSystem, type Operation } from '../support/memory-file-system.js';
import { DIR, JournalEngine, settled } from './journal-engine.js';
import type { JournalReader } from './journal-reader.js';

export interface Fault {
  readonly code: string;
  /** It fails once, or from then on until it is over. */
  readonly isSticky: boolean;
  /** The operation that fails, counted from 1. */
  readonly at: number;
  /** What else it may depend on: the operation's name. */
  readonly only?: readonly Operation['name'][];
}

/** Room enough for a life, and so little that RESERVE is small. */
export const ROOMY_BYTES = 512 * 1024;
const SEGMENT_SIZE_BYTES = 2500;
const LARGE_BYTES = 900;
/** The pause after failed rewrites is a minute at most. */
const RESUME_MS = 65_000;
const SYNCS: readonly Operation['name'][] = ['fdatasync', 'fsync'];

/** A disk with a fault, as the life on it sees it. */
export interface FailingDisk {
  readonly fs: MemoryFileSystem;
  readonly hasFailed: boolean;
  readonly wasRestarted: boolean;
  /** The fault in words. */
  readonly what: string;
  /** The fault is over. */
  heal(): void;
  /** Another process opens the files. */
  restarted(): void;
}

/** Lets faults happen, and watches what is done with files whose sync failed. */
export class FaultyDisk implements FailingDisk {
  readonly fs: MemoryFileSystem;
  hasFailed = false;
  private isOver = false;
  wasRestarted = false;
  what = 'no fault';
  /** Operations so far, as each fault counts them. */
  private readonly faults: { readonly fault: Fault; count: number }[];
  private readonly unsyncable = new Set<string>();

  constructor(fs: MemoryFileSystem, ...faults: Fault[]) {
    this.fs = fs;
    this.faults = faults.map((fault) => ({ fault, count: 0 }));
    fs.failedSyncDrops = true;
    fs.onOperation = (operation) => this.look(operation);
  }

  private look({ name, path }: Operation): void {
    if (name === 'unlink' || name === 'rename') this.unsyncable.delete(path);
    if (name === 'write' || SYNCS.includes(name)) {
      assert.ok(!this.unsyncable.has(path), `${path} is not used again after its sync failed`);
    }
    if (this.isOver) return;
    const due = this.faults.filter((counted) => isDue(counted, name));
    if (due.length === 0) return;
    for (const { fault, count } of due) if (count === fault.at) this.note(fault, name, path);
    if (SYNCS.includes(name)) this.unsyncable.add(path);
    throw fileError(due[0].fault.code);
  }

  private note({ code, isSticky, at }: Fault, name: string, path: string): void {
    const kind = isSticky ? 'from then on' : 'once';
    const what = `${code} ${kind}, operation ${at}: ${name} of ${path}`;
    this.what = this.hasFailed ? `${this.what}; ${what}` : what;
    this.hasFailed = true;
  }

  heal(): void {
    this.isOver = true;
  }

  /** Another process opens the files; it may sync them, and puts aside what it cannot explain. */
  restarted(): void {
    this.wasRestarted = true;
    this.unsyncable.clear();
  }
}

/** Counts an operation. @returns whether it fails */
function isDue(
  counted: { readonly fault: Fault; count: number },
  name: Operation['name'],
): boolean {
  const { at, isSticky, only } = counted.fault;
  if (only !== undefined && !only.includes(name)) return false;
  counted.count++;
  return counted.count === at || (isSticky && counted.count > at);
}

/** @returns a directory with a snapshot, history, segments and an end that no stop has sealed */
export async function killedDisk(): Promise<MemoryFileSystem> {
  const fs = new MemoryFileSystem();
  fs.capacityBytes = ROOMY_BYTES;
  const options = { seed: 1, segmentSizeBytes: SEGMENT_SIZE_BYTES };
  const journal = await JournalEngine.open(fs, options);
  await journal.writeStable();
  for (let i = 0; i < 4; i++) assert.equal(await journal.append(), null);
  assert.equal(await settled(journal.save(), 'a rewrite'), null);
  for (let i = 0; i < 4; i++) assert.equal(await journal.append(LARGE_BYTES), null);
  await journal.pass(300);
  assert.equal(await settled(journal.save(), 'a rewrite'), null);
  for (let i = 0; i < 3; i++) assert.equal(await journal.append(), null);
  const disk = fs.afterKill();
  await journal.close();
  return disk;
}

/** What a life needs besides the disk. */
export interface LifeParts {
  readonly random: SeededRandom;
  readonly reader: JournalReader;
  /** Numbers on the disk before. */
  readonly expected: number;
}

/** @returns whether the fault happened; the life was too short for it if not */
export async function live(disk: FailingDisk, parts: LifeParts): Promise<boolean> {
  const clock = new FakeClock();
  const journal = await start(disk, parts, clock);
  await work(journal, disk);
  if (!disk.hasFailed) {
    await stop(journal, disk, parts);
    return disk.hasFailed;
  }
  journal.check(disk.what);
  await checkDisks(journal, disk, parts);
  disk.heal();
  await resume(journal, disk);
  await checkDisks(journal, disk, parts, journal.length);
  await journal.close();
  await checkClosed(journal, disk, parts);
  return true;
}

/** A start may be refused, with a reason; the next one, on a disk that is well, may not. */
async function start(
  disk: FailingDisk,
  { random, reader, expected }: LifeParts,
  clock: FakeClock,
): Promise<JournalEngine> {
  const { fs } = disk;
  const open = () => {
    const options = { seed: random.next32(), segmentSizeBytes: SEGMENT_SIZE_BYTES };
    return JournalEngine.open(fs, options, clock);
  };
  let journal: JournalEngine;
  try {
    journal = await open();
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    assert.ok(disk.hasFailed && text.length > 0, `a start says why it is refused: ${text}`);
    const cut = fs.afterPowerCut(random);
    const left = await reader.lengthOf(cut, random.next32(), `${disk.what}, power cut`);
    assert.equal(left, expected, `${disk.what}: a start that is refused loses nothing`);
    disk.heal();
    disk.restarted();
    journal = await open();
  }
  assert.equal(journal.length, expected, disk.what);
  return journal;
}

async function work(journal: JournalEngine, disk: FailingDisk): Promise<void> {
  const append = async (count: number, sizeBytes: number) => {
    for (let i = 0; i < count; i++) await checkedAppend(journal, sizeBytes, disk.what);
  };
  await append(3, 40);
  await journal.pass(300);
  await saveUnderWrites(journal, disk);
  await journal.pass(1100);
  await append(3, LARGE_BYTES);
  await journal.pass(200);
  await append(1, LARGE_BYTES);
  await journal.pass(1100);
  await saveUnderWrites(journal, disk);
  await append(1, 40);
  await journal.pass(1100);
  await append(1, 40);
}

async function saveUnderWrites(journal: JournalEngine, disk: FailingDisk): Promise<void> {
  const saving = journal.save();
  for (let i = 0; i < 2; i++) await checkedAppend(journal, 40, disk.what);
  await settled(saving, `${disk.what}: a rewrite`);
}

/** While writes are refused they are refused before they run, in words that name the reason. */
async function checkedAppend(
  journal: JournalEngine,
  sizeBytes: number,
  what: string,
): Promise<void> {
  const { persistence } = journal.engine;
  const wasRefusing = persistence.refusal !== null;
  const before = journal.length;
  const error = await journal.append(sizeBytes);
  await settled(journal.readStable(), `${what}: a read while writes are refused`);
  if (error === null) return;
  if (error !== 'waiting') assert.match(error, /^MISCONF /, what);
  if (wasRefusing) assert.equal(journal.length, before, `${what}: refused before it ran`);
}

/** The fault is over: writes are accepted again, and so is a rewrite, without anybody's doing. */
async function resume(journal: JournalEngine, disk: FailingDisk): Promise<void> {
  const { persistence } = journal.engine;
  const isWell = () => persistence.refusal === null && persistence.space?.isFull === false;
  const ms = await journal.passUntil(isWell, RESUME_MS);
  assert.ok(ms >= 0, `${disk.what}: writes are refused for ever: ${persistence.refusal}`);
  await journal.pass(100);
  assert.equal(await journal.append(), null, `${disk.what}: the server works again`);
  const saved = await settled(journal.save(), `${disk.what}: a rewrite afterwards`);
  assert.equal(saved, null, `${disk.what}: a rewrite afterwards`);
  assert.equal(await journal.append(), null, disk.what);
  await journal.pass(2200);
}

async function stop(journal: JournalEngine, disk: FailingDisk, parts: LifeParts): Promise<void> {
  try {
    await journal.close();
  } catch (error) {
    assert.ok(disk.hasFailed, `a stop on a sound disk works: ${error}`);
  }
  disk.heal();
  disk.restarted();
  await checkDisks(journal, disk, parts);
}

/**
 * What kill -9 and a power cut would leave now.
 * @param least numbers that must be there; by default those that were acknowledged
 */
async function checkDisks(
  journal: JournalEngine,
  { fs, what }: FailingDisk,
  { random, reader }: LifeParts,
  least = journal.acknowledged,
): Promise<void> {
  const disks = [
    ['kill -9', fs.afterKill()],
    ['a power cut', fs.afterPowerCut(random, randomBelow(random, 2) === 0 ? 512 : 4096)],
  ] as const;
  for (const [how, left] of disks) {
    const length = await reader.lengthOf(left, random.next32(), `${what}, ${how}`);
    assert.ok(length >= least, `${what}: ${length} are left after ${how}, ${least} were promised`);
    assert.ok(length <= journal.length, `${what}: ${length} are there after ${how}`);
  }
}

async function checkClosed(
  journal: JournalEngine,
  { fs, what, wasRestarted }: FailingDisk,
  { random, reader }: LifeParts,
): Promise<void> {
  const isLitter = (path: string) =>
    path.endsWith('.tmp') || (path.includes('/quarantine/') && !wasRestarted);
  const litter = fs.paths().filter(isLitter);
  assert.deepEqual(litter, [], `${what}: litter ${litter.join()}`);
  const report = await check(fs, DIR);
  assert.equal(report.verdict, 'sound', `${what}: the check agrees`);
  const length = await reader.lengthOf(fs.afterCrash(), random.next32(), `${what}, closed`);
  assert.equal(length, journal.length, what);
}
