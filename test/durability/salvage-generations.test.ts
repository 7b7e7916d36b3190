// T15, second half. One damaged place anywhere in any file of each generation of a history: salvage
// keeps exactly the units that are intact and names exactly the entries that are lost; while an
// older generation is kept, a damaged snapshot costs nothing; what is put out can be opened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../engine/index.js';
import { check } from '../../engine/log/check.js';
import { salvage } from '../../engine/log/salvage.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { contentsOf } from '../support/keyspace-contents.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { assertReport } from './damage-case.js';
import { expectedSalvage } from './damage-oracle.js';
import { type EntryStream, entryStream, segmentPaths } from './entry-stream.js';
import { FRAME_HEADER, framesOf, type MappedFrame, payloadsOf } from './frame-map.js';
import { type GenerationImages, imagesOf } from './generation-images.js';
import { digestOf, type History, makeHistory, openEngine, SOURCE_DIR } from './point-history.js';

const OUT = '/out';
const ENTRIES = 1;
const GAP = 4;
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
  /** Whether the generation before is kept. */
  readonly hasOlder: boolean;
  /** Undamaged, newest first. */
  readonly generations: readonly GenerationImages[];
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
  const name = `generation ${number}${hasOlder ? ' with history' : ''}`;
  assert.ok(own.lastSeq <= log.lastSeq);
  const { generations } = imagesOf(fs, SOURCE_DIR);
  return { name, fs, log: own, history, hasOlder, generations };
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

/** Ranges as they are reported. */
type Ranges = { firstSeq: number; lastSeq: number }[];

function addRange(ranges: Ranges, firstSeq: number, lastSeq: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.lastSeq === firstSeq - 1) last.lastSeq = lastSeq;
  else ranges.push({ firstSeq, lastSeq });
}

/** @returns the entries put out and those marked as lost, each checked against the source */
function putOut({ fs, log }: View): { kept: number[]; gaps: Ranges } {
  const kept: number[] = [];
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
      assert.ok(found.equals(log.bytes(first, next - 1)), `entries ${first} to ${next - 1}`);
      for (let seq = first; seq < next; seq++) kept.push(seq);
      unit = [];
    }
    assert.equal(unit.length, 0, 'the last unit is whole');
  }
  return { kept, gaps };
}

/** @returns what the snapshot that was put out holds */
function recordsOut({ fs }: View): Buffer {
  const path = fs.paths().find((name) => /^\/out\/snap-\d+\.rsnap$/.test(name));
  if (path === undefined) return Buffer.alloc(0);
  const out = fs.bytesOf(path);
  return payloadsOf(out, framesOf(out));
}

/** @returns digest of the state that a whole engine finds in what was put out */
async function load(view: View, nowMs: number): Promise<string> {
  const engine = openEngine(view.fs.afterCrash(), OUT, new FakeClock(nowMs));
  await engine.load();
  const digest = digestOf(contentsOf(engine.keyspace));
  await engine.close();
  return digest;
}

async function salvageOne(view: View, damage: Damage, number: number): Promise<void> {
  const { fs, history, log, generations } = view;
  const { path, after } = damage;
  if (path.endsWith(`${SOURCE_DIR}/MANIFEST`)) {
    const attempt = salvage(fs, SOURCE_DIR, OUT, new SeededRandom(1));
    const isNamed = (error: unknown): boolean =>
      error instanceof LogError && /MANIFEST/.test(error.message);
    await assert.rejects(attempt, isNamed);
    return;
  }
  const expected = expectedSalvage(generations, (image) =>
    image.path === path ? after : image.bytes,
  );
  const report = await salvage(fs, SOURCE_DIR, OUT, new SeededRandom(number + 1));
  assert.ok(fs.bytesOf(path).equals(after), 'the source is only read');
  assertReport(report, expected);
  if (view.hasOlder) assert.equal(report.lostRecords, 0, 'history has what a snapshot lost');
  if (path.endsWith('.rsnap')) assert.equal(report.isEndUnknown, expected.isSnapshotEndGone);
  const { kept, gaps } = putOut(view);
  assert.deepEqual(kept, expected.keptSeqs, 'the entries that are put out');
  assert.deepEqual(gaps, expected.lost, 'gaps');
  const records = expected.records.map(({ bytes }) => bytes.subarray(FRAME_HEADER));
  assert.ok(recordsOut(view).equals(Buffer.concat(records)), 'the records that are put out');
  const { verdict } = await check(fs, OUT);
  assert.equal(verdict, 'sound');
  const isSnapshotHit = path.endsWith('.rsnap') && !path.includes('/history/');
  if (number % LOADED_EVERY > 0 && (!isSnapshotHit || view.hasOlder)) return;
  const moment = history.moments.get(log.lastSeq);
  const digest = await load(view, moment?.timeMs ?? 0);
  const isWhole = gaps.length === 0 && report.lostRecords === 0 && report.lastSeq === log.lastSeq;
  if (isWhole) assert.equal(digest, moment?.digest, 'the whole state');
}

/** Salvages a view with one more damage, and puts it in order again. */
async function salvageDamaged(view: View, damage: Damage, number: number): Promise<void> {
  const { fs } = view;
  fs.put(damage.path, damage.after);
  try {
    await salvageOne(view, damage, number);
  } catch (error) {
    throw new Error(`${view.name}: ${damage.what}: ${String(error)}`, { cause: error });
  }
  for (const one of fs.paths()) if (one.startsWith(`${OUT}/`)) fs.remove(one);
  fs.put(damage.path, damage.before);
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
            if (damage === null) continue;
            await salvageDamaged(view, damage, campaign.count++);
          }
        }
      }
    }
  });
});
