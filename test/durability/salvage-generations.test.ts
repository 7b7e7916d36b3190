// T15, second half. One damaged place anywhere in any file of each generation of a history: salvage
// keeps exactly the units that are intact and names exactly the entries that are lost; while an
// older generation is kept, a damaged snapshot costs nothing; what is put out can be opened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../engine/index.js';
import { check } from '../../engine/log/check.js';
import { type SalvageReport, salvage } from '../../engine/log/salvage.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { contentsOf } from '../support/keyspace-contents.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { type EntryStream, entryStream, segmentPaths } from './entry-stream.js';
import { FRAME_HEADER_BYTES, framesOf, type MappedFrame, payloadsOf } from './frame-map.js';
import { digestOf, type History, makeHistory, openEngine, SOURCE_DIR } from './point-history.js';

const OUT = '/out';
const ENTRIES = 1;
const GAP = 4;
const FILE_HEADER_BYTES = 64;
/** A damaged place has from one byte to so many. */
const PLACE_MAX_BYTES = 200;
const PLACES_PER_FILE = 6;
/** Of so many salvages one is loaded by a whole engine. */
const LOADED_EVERY = 20;

/** A directory whose current generation is one of the history's. */
interface View {
  readonly name: string;
  readonly fs: MemoryFileSystem;
  readonly log: EntryStream;
  readonly history: History;
  /** Entries of the current snapshot; 0 without one. */
  readonly snapshotSeq: number;
  /** Whether the generation before is kept. */
  readonly hasOlder: boolean;
}

/** @returns a directory of generation `number`, alone or with those before it */
function viewOf(history: History, number: number, hasOlder: boolean): View {
  const fs = history.fs.afterKill();
  const log = entryStream(fs, segmentPaths(fs, SOURCE_DIR));
  const inHistory = `${SOURCE_DIR}/history/`;
  const manifest = `${inHistory}MANIFEST-${number}`;
  if (fs.paths().includes(manifest)) {
    for (const path of fs.paths()) {
      if (path.startsWith(`${SOURCE_DIR}/`) && !path.startsWith(inHistory)) fs.remove(path);
    }
    const text = fs.bytesOf(manifest).toString('latin1');
    for (const [, name] of text.matchAll(/^(?:snapshot|segment) (\S+) /gm)) {
      move(fs, `${inHistory}${name}`, `${SOURCE_DIR}/${name}`);
    }
    move(fs, manifest, `${SOURCE_DIR}/MANIFEST`);
  }
  for (const path of fs.paths()) {
    if (!path.startsWith(inHistory)) continue;
    const isLater = Number(/MANIFEST-(\d+)$/.exec(path)?.[1]) >= number;
    if (isLater || !hasOlder) fs.remove(path);
  }
  const own = entryStream(fs, segmentPaths(fs, SOURCE_DIR));
  const text = fs.bytesOf(`${SOURCE_DIR}/MANIFEST`).toString('latin1');
  const snapshotSeq = Number(/^snapshot \S+ seq (\d+)/m.exec(text)?.[1] ?? 0);
  const name = `generation ${number}${hasOlder ? ' with history' : ''}`;
  assert.ok(own.lastSeq <= log.lastSeq);
  return { name, fs, log: own, history, snapshotSeq, hasOlder };
}

function move(fs: MemoryFileSystem, from: string, to: string): void {
  fs.put(to, fs.bytesOf(from));
  fs.remove(from);
}

interface Damage {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly what: string;
}

/** @returns one place of a file, changed; null when the change changes nothing */
function damageOf(fs: MemoryFileSystem, path: string, random: SeededRandom): Damage | null {
  const before = fs.bytesOf(path);
  const after = Buffer.from(before);
  const at = randomBelow(random, before.length);
  const isFlip = randomBelow(random, 2) === 0;
  const end = isFlip
    ? at + 1
    : Math.min(before.length, at + 1 + randomBelow(random, PLACE_MAX_BYTES));
  if (isFlip) after[at] ^= 1 << randomBelow(random, 8);
  else after.fill(randomBelow(random, 2) === 0 ? 0 : 0xa5, at, end);
  if (after.equals(before)) return null;
  return { path, before, after, what: `${path}, bytes ${at} to ${end - 1}` };
}

function isTouched({ before, after }: Damage, from: number, end: number): boolean {
  return !before.subarray(from, end).equals(after.subarray(from, end));
}

/** Ranges as they are reported. */
type Ranges = { firstSeq: number; lastSeq: number }[];

function addRange(ranges: Ranges, firstSeq: number, lastSeq: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.lastSeq === firstSeq - 1) last.lastSeq = lastSeq;
  else ranges.push({ firstSeq, lastSeq });
}

/** @returns the entries of units that lost a byte, and whether anything intact follows them */
function lostIn(damage: Damage, isLastFile: boolean): { lost: Ranges; isEndKnown: boolean } {
  const frames = framesOf(damage.before);
  const touched = frames.filter(({ offset, end }) => isTouched(damage, offset, end));
  const units = new Set(touched.filter(({ type }) => type === ENTRIES).map((one) => one.unitSeq));
  const lost: Ranges = [];
  for (const frame of frames.filter(({ type }) => type === ENTRIES)) {
    if (!units.has(frame.unitSeq) || frame.nextSeq === frame.seq) continue;
    addRange(lost, frame.seq, frame.nextSeq - 1);
  }
  const [end, seal] = [frames.findLast(({ type }) => type === ENTRIES), frames.at(-1)];
  const isSealIntact = seal !== undefined && !isTouched(damage, seal.offset, seal.end);
  if (!isLastFile) return { lost, isEndKnown: true };
  return { lost, isEndKnown: isSealIntact || end === undefined || !units.has(end.unitSeq) };
}

/** @returns the entries put out and those marked as lost, each checked against the source */
function putOut({ fs, log }: View, what: string): { kept: Set<number>; gaps: Ranges } {
  const kept = new Set<number>();
  const gaps: Ranges = [];
  for (const path of segmentPaths(fs, OUT)) {
    const bytes = fs.bytesOf(path);
    let unit: MappedFrame[] = [];
    for (const frame of framesOf(bytes)) {
      if (frame.type === GAP) addRange(gaps, frame.seq, frame.nextSeq - 1);
      if (frame.type !== ENTRIES) continue;
      unit.push(frame);
      if (frame.continues) continue;
      const [first, next] = [unit[0].seq, frame.nextSeq];
      const found = payloadsOf(bytes, unit);
      assert.ok(
        found.equals(log.bytes(first, next - 1)),
        `${what}: entries ${first} to ${next - 1}`,
      );
      for (let seq = first; seq < next; seq++) kept.add(seq);
      unit = [];
    }
    assert.equal(unit.length, 0, `${what}: the last unit is whole`);
  }
  return { kept, gaps };
}

function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0);
}

/** A damaged segment costs the units it touches. */
function assertLog(view: View, report: SalvageReport, lost: Ranges, what: string): void {
  const { kept, gaps } = putOut(view, what);
  assert.deepEqual(report.lost, lost, what);
  assert.deepEqual(gaps, lost, `${what}: gaps`);
  for (const { firstSeq, lastSeq } of lost) {
    for (let seq = firstSeq; seq <= lastSeq; seq++) assert.ok(!kept.has(seq), what);
  }
  const { lastSeq } = view.log;
  assert.equal(kept.size, lastSeq - report.snapshotSeq - sizeOf(lost), `${what}: the others`);
  assert.equal(report.entryCount, kept.size, what);
}

/** A damaged snapshot costs its damaged records; those put out are in the order they had. */
function assertSnapshot(view: View, report: SalvageReport, damage: Damage): void {
  const { fs } = view;
  const frames = framesOf(damage.before);
  const intact = frames.filter(({ offset, end }) => !isTouched(damage, offset, end));
  const records = (some: readonly MappedFrame[]): number =>
    some.reduce((sum, { seq, nextSeq }) => sum + nextSeq - seq, 0);
  const seal = frames.at(-1);
  const last = frames.at(-2);
  const hasHeader = (frame: MappedFrame | undefined): boolean =>
    frame !== undefined && !isTouched(damage, frame.offset, frame.offset + FRAME_HEADER_BYTES);
  const lost = records(frames) - records(intact);
  const isEndLost = !hasHeader(seal) && !hasHeader(last);
  assert.equal(report.isEndUnknown, isEndLost, damage.what);
  if (!isEndLost) assert.equal(report.lostRecords, lost, damage.what);
  assert.ok(report.lostRecords <= lost, damage.what);
  const [path] = fs.paths().filter((name) => /^\/out\/snap-\d+\.rsnap$/.test(name));
  const out = fs.bytesOf(path);
  const found = payloadsOf(out, framesOf(out));
  assert.ok(found.equals(payloadsOf(damage.before, intact)), `${damage.what}: intact records`);
}

/** @returns digest of the state that a whole engine finds in what was put out */
async function load(view: View, nowMs: number): Promise<string> {
  const engine = openEngine(view.fs.afterCrash(), OUT, new FakeClock(nowMs));
  await engine.load();
  const digest = digestOf(contentsOf(engine.keyspace));
  await engine.close();
  return digest;
}

function isSegment(path: string): boolean {
  return path.endsWith('.rlog');
}

/** Whether no other file says how far the log went. */
function isLast({ fs, log }: View, path: string): boolean {
  const name = path.split('/').at(-1);
  const manifest = fs.bytesOf(`${SOURCE_DIR}/MANIFEST`).toString('latin1');
  if (new RegExp(`^segment ${name} .* last `, 'm').test(manifest)) return false;
  return framesOf(fs.bytesOf(path)).at(-1)?.nextSeq === log.lastSeq + 1;
}

async function salvageOne(view: View, damage: Damage, number: number): Promise<void> {
  const { fs, snapshotSeq, history, log } = view;
  const { path, after } = damage;
  const what = `${view.name}: ${damage.what}`;
  const isLastFile = isSegment(path) && isLast(view, path);
  fs.put(path, after);
  if (path.endsWith(`${SOURCE_DIR}/MANIFEST`)) {
    const attempt = salvage(fs, SOURCE_DIR, OUT, new SeededRandom(1));
    const isNamed = (error: unknown): boolean =>
      error instanceof LogError && /MANIFEST/.test(error.message);
    await assert.rejects(attempt, isNamed, what);
    fs.put(path, damage.before);
    return;
  }
  const report = await salvage(fs, SOURCE_DIR, OUT, new SeededRandom(number + 1));
  assert.ok(fs.bytesOf(path).equals(after), `${what}: the source is only read`);
  const isCurrent = !path.includes('/history/');
  const isSnapshot = path.endsWith('.rsnap');
  const { lost, isEndKnown } = isSegment(path)
    ? lostIn(damage, isLastFile)
    : { lost: [], isEndKnown: true };
  if (isCurrent && isSnapshot) {
    assertLog(view, report, [], what);
    if (view.hasOlder) assert.equal(report.lostRecords, 0, `${what}: history has it all`);
    else assertSnapshot(view, report, damage);
  } else if (!isCurrent) {
    assert.equal(report.snapshotSeq, snapshotSeq, what);
    assertLog(view, report, [], what);
  } else if (isEndKnown) {
    assertLog(view, report, lost, what);
  } else {
    // Nothing is left that says how far the log went: what is put out ends before.
    const { kept } = putOut(view, what);
    const isKept = ({ firstSeq, lastSeq }: Ranges[number]): boolean =>
      kept.has(firstSeq) || kept.has(lastSeq);
    assert.ok(!lost.some(isKept), `${what}: nothing that is damaged is kept`);
    assert.equal(kept.size, log.lastSeq - snapshotSeq - sizeOf(lost), `${what}: the others`);
  }
  const isHarmless = isCurrent && !isSnapshot ? lost.length === 0 : isCurrent === view.hasOlder;
  const { verdict } = await check(fs, OUT);
  assert.equal(verdict, 'sound', what);
  if (number % LOADED_EVERY === 0 || (isCurrent && isSnapshot && !view.hasOlder)) {
    const moment = history.moments.get(log.lastSeq);
    const digest = await load(view, moment?.timeMs ?? 0);
    if (isHarmless && isEndKnown) assert.equal(digest, moment?.digest, `${what}: the whole state`);
  }
  for (const one of fs.paths()) if (one.startsWith(`${OUT}/`)) fs.remove(one);
  fs.put(path, damage.before);
}

test('one damaged place in any file of any generation costs what it touches', async (t) => {
  const campaign = new Campaign(t, 'T15', 'salvages');
  const cases = casesOf({ short: 1, long: 50 });
  await campaign.run(cases, async (random) => {
    const history = await makeHistory(random, false);
    for (const number of [1, 2, 3]) {
      for (const hasOlder of number === 1 ? [false] : [false, true]) {
        const view = viewOf(history, number, hasOlder);
        const paths = view.fs.paths().filter((path) => !/RESERVE|LOCK/.test(path));
        for (const path of paths) {
          for (let i = 0; i < PLACES_PER_FILE; i++) {
            const damage = damageOf(view.fs, path, random);
            if (damage === null || isHeaderOnly(damage)) continue;
            await salvageOne(view, damage, campaign.count++);
          }
        }
      }
    }
  });
});

/** The manifest repeats a file header: the log's oracle has nothing to say of it. */
function isHeaderOnly(damage: Damage): boolean {
  return damage.before.length <= FILE_HEADER_BYTES;
}
