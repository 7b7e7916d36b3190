// T15. Every point of a history of three generations is restored, by number and by time, and is
// what the model says it was; the source stays as it is, and a point that is not there is refused.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { LogError, type RestoreTarget, restoreLog } from '../../engine/index.js';
import { TYPE_HASH } from '../../engine/keyspace/encodings.js';
import { check } from '../../engine/log/check.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Contents, contentsOf } from '../support/keyspace-contents.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { type EntryStream, entryStream, segmentPaths } from './entry-stream.js';
import { digestOf, type History, makeHistory, openEngine, SOURCE_DIR } from './point-history.js';

const OUT = '/out';
/** Of so many restores one is loaded by a whole engine; the others are compared with the log. */
const LOADED_EVERY = 50;
const CHECKED_EVERY = 10;
const SHIFTED_EVERY = 250;
const LATER_MS = 3_600_000;
const WRITING = new Set(['write', 'fdatasync', 'fsync', 'ftruncate', 'rename', 'link', 'unlink']);

interface Source {
  readonly history: History;
  readonly fs: MemoryFileSystem;
  readonly log: EntryStream;
  /** Snapshots by the last entry in them. */
  readonly snapshots: ReadonlyMap<number, Buffer>;
  readonly later: FakeClock;
}

function fingerprint(fs: MemoryFileSystem): string {
  const hash = createHash('sha1');
  for (const path of fs.paths()) {
    if (path.startsWith(`${SOURCE_DIR}/`)) hash.update(path).update(fs.bytesOf(path));
  }
  return hash.digest('hex');
}

function sourceOf(history: History): Source {
  const { fs } = history;
  const log = entryStream(fs, segmentPaths(fs, SOURCE_DIR));
  assert.deepEqual([log.firstSeq, log.lastSeq], [1, history.lastSeq], 'all of it is kept');
  const snapshots = new Map<number, Buffer>();
  for (const path of fs.paths().filter((name) => name.endsWith('.rsnap'))) {
    const bytes = fs.bytesOf(path);
    snapshots.set(Number(bytes.readBigUInt64LE(40)), bytes);
  }
  assert.equal(snapshots.size, 2, 'the first generation began with nothing');
  const later = new FakeClock(history.endMs + LATER_MS);
  return { history, fs, log, snapshots, later };
}

/** The log's times are those of the clock, but never go back; transactions are units. */
function checkSource({ history, log }: Source): void {
  let latestMs = 0;
  for (const { seq, timeMs } of history.moments.values()) {
    if (seq === 0) continue;
    const loggedMs = log.timeOf(seq);
    assert.ok(loggedMs >= latestMs, `time of entry ${seq}`);
    latestMs = loggedMs;
    assert.ok(loggedMs >= timeMs, `entry ${seq} is not older than the clock was`);
    assert.ok(log.isBoundary(seq), `the state after entry ${seq} can be restored`);
  }
  for (const { firstSeq, lastSeq } of history.units) {
    for (let seq = firstSeq; seq < lastSeq; seq++) {
      assert.ok(!log.isBoundary(seq), `entry ${seq} is inside a transaction`);
    }
  }
}

/** @returns the entry after which the state of a target is */
function expectedSeq(log: EntryStream, target: RestoreTarget): number {
  assert.ok(target !== 'latest');
  const isWanted = (seq: number): boolean =>
    'seq' in target ? seq <= target.seq : log.timeOf(seq) <= target.timeMs;
  let expected = 0;
  for (let seq = 1; seq <= log.lastSeq && isWanted(seq); seq++) {
    if (log.isBoundary(seq)) expected = seq;
  }
  return expected;
}

function clearOut(fs: MemoryFileSystem): void {
  for (const path of fs.paths()) if (path.startsWith(`${OUT}/`)) fs.remove(path);
}

/** What was put out is a snapshot of the source and exactly the entries after it. */
function compareWithLog({ fs, log, snapshots }: Source, lastSeq: number, what: string): void {
  const snapshotPath = fs.paths().find((path) => /^\/out\/snap-\d+\.rsnap$/.test(path));
  let snapshotSeq = 0;
  if (snapshotPath !== undefined) {
    const bytes = fs.bytesOf(snapshotPath);
    snapshotSeq = Number(bytes.readBigUInt64LE(40));
    assert.ok(snapshots.get(snapshotSeq)?.equals(bytes), `${what}: the snapshot is a copy`);
  }
  const out = entryStream(fs, segmentPaths(fs, OUT));
  if (lastSeq === snapshotSeq) {
    assert.equal(out.firstSeq, 0, `${what}: no entries after the snapshot`);
    return;
  }
  assert.deepEqual([out.firstSeq, out.lastSeq], [snapshotSeq + 1, lastSeq], what);
  const [found, expected] = [out, log].map((one) => one.bytes(snapshotSeq + 1, lastSeq));
  assert.ok(found.equals(expected), `${what}: the entries are those of the source`);
}

/** @returns what a whole engine finds in the directory that was put out */
async function load(fs: MemoryFileSystem, nowMs: number): Promise<Contents> {
  const engine = openEngine(fs, OUT, new FakeClock(nowMs));
  await engine.load();
  const contents = contentsOf(engine.keyspace);
  await engine.close();
  return contents;
}

/** One restore, compared. @returns the last entry that it has */
async function restoreOne(source: Source, target: RestoreTarget, number: number): Promise<void> {
  const { fs, log, history, later } = source;
  const what = JSON.stringify(target);
  const seq = expectedSeq(log, target);
  const report = await restoreLog(SOURCE_DIR, target, OUT, { fs, clock: later });
  assert.equal(report.stoppedBy, null, what);
  assert.equal(report.lastSeq, seq, what);
  compareWithLog(source, seq, what);
  if (number % CHECKED_EVERY === 0) {
    const { verdict, lastSoundSeq } = await check(fs, OUT);
    assert.deepEqual([verdict, lastSoundSeq], ['sound', seq], what);
  }
  const moment = history.moments.get(seq);
  if (moment !== undefined && number % LOADED_EVERY < 2) {
    const contents = await load(fs.afterCrash(), moment.timeMs);
    assert.equal(digestOf(contents), moment.digest, `${what}: the state of then`);
  }
  clearOut(fs);
}

/**
 * @returns the contents with deadlines that are `shiftMs` earlier, and without encodings: those of
 *   a state that was built again follow the limits of the one who built it, and the score -0 is 0
 *   in a packed sorted set
 */
function earlier(contents: Contents, shiftMs: number): Contents {
  const move = (text: string): string => String(Number(text) < 0 ? text : Number(text) - shiftMs);
  return contents.map((db) => {
    const texts = new Map<string, string>();
    for (const [key, text] of db) {
      const [head, ...elements] = text.split('\n');
      const [type, ...rest] = head.split(' ');
      const isHash = type === String(TYPE_HASH);
      const lines = elements.map((line) =>
        isHash ? line.replace(/-?\d+$/, move) : line.replace(/ -0$/, ' 0'),
      );
      texts.set(key, [type, move(rest.at(-1) ?? ''), ...lines].join('\n'));
    }
    return texts;
  });
}

/** A restore that moves deadlines is the same state, with as much time left as there was. */
async function restoreShifted(source: Source, target: RestoreTarget): Promise<void> {
  const { fs, log, later } = source;
  const what = `shifted ${JSON.stringify(target)}`;
  const seq = expectedSeq(log, target);
  const loggedMs = log.timeOf(seq);
  const pointMs = typeof target === 'object' && 'timeMs' in target ? target.timeMs : loggedMs;
  const found: Contents[] = [];
  for (const shiftsDeadlines of [false, true]) {
    const options = { fs, clock: later, shiftsDeadlines };
    const report = await restoreLog(SOURCE_DIR, target, OUT, options);
    assert.equal(report.lastSeq, seq, what);
    assert.equal(report.shiftMs, shiftsDeadlines ? later.now() - pointMs : 0, what);
    found.push(earlier(await load(fs.afterCrash(), loggedMs), report.shiftMs));
    clearOut(fs);
  }
  assert.deepEqual(found[1], found[0], what);
}

async function assertRefused(source: Source, target: RestoreTarget, says: RegExp): Promise<void> {
  const { fs, later } = source;
  await assert.rejects(
    restoreLog(SOURCE_DIR, target, OUT, { fs, clock: later }),
    (error) => error instanceof LogError && error.code === 'UNUSABLE' && says.test(error.message),
    JSON.stringify(target),
  );
  assert.ok(!fs.paths().some((path) => path.startsWith(`${OUT}/`)), 'nothing is put out');
}

/** Once the first generation is not kept any more its points are refused, the others are there. */
async function forgetFirst(source: Source, random: SeededRandom): Promise<number> {
  const { history } = source;
  const fs = history.fs.afterKill();
  const firstKept = Math.min(...source.snapshots.keys());
  for (const path of fs.paths()) if (path.endsWith('/history/MANIFEST-1')) fs.remove(path);
  const left = { ...source, fs };
  const targets = [0, 1, firstKept - 1, randomBelow(random, firstKept)];
  for (const seq of targets) await assertRefused(left, { seq }, /does not reach back.*entry \d+/);
  const timeMs = source.log.timeOf(firstKept) - 1;
  await assertRefused(left, { timeMs }, /does not reach back.*entry \d+, at \d{4}-/);
  const [first, last] = [firstKept, history.lastSeq];
  const kept = [first, first + randomBelow(random, last - first), last];
  for (const [i, seq] of kept.entries()) await restoreOne(left, { seq }, i);
  return targets.length + kept.length + 1;
}

async function runCase(t: TestContext, campaign: Campaign, random: SeededRandom): Promise<void> {
  const source = sourceOf(await makeHistory(random, true));
  const { fs, log, history, later } = source;
  checkSource(source);
  const before = fingerprint(fs);
  fs.onOperation = ({ name, path }) => {
    if (WRITING.has(name) && path.startsWith(`${SOURCE_DIR}/`)) throw new Error(`${name} ${path}`);
  };
  for (let seq = 0; seq <= history.lastSeq; seq++) {
    await restoreOne(source, { seq }, seq);
    const atMs = seq === 0 ? history.startMs : log.timeOf(seq);
    const timeMs = atMs + [0, 0, -1, randomBelow(random, 500)][randomBelow(random, 4)];
    await restoreOne(source, { timeMs: Math.max(history.startMs, timeMs) }, seq + 1);
    campaign.count += 2;
    if (seq === 0 || seq % SHIFTED_EVERY !== 0) continue;
    await restoreShifted(source, seq % (2 * SHIFTED_EVERY) === 0 ? { seq } : { timeMs: atMs });
    campaign.count++;
  }
  await assertRefused(source, { seq: history.lastSeq + 1 }, /no entry \d+ yet.*ends with entry/);
  await assertRefused(source, { timeMs: later.now() + 1 }, /still to come/);
  await assertRefused(source, { timeMs: history.startMs - 1 }, /log begins at/);
  campaign.count += 3 + (await forgetFirst(source, random));
  assert.equal(fingerprint(fs), before, 'the source is only read');
  t.diagnostic(`${history.lastSeq} entries, ${history.units.length} transactions`);
}

test('every point of three generations is restored as it was, by number and by time', async (t) => {
  const campaign = new Campaign(t, 'T15', 'restores');
  const cases = casesOf({ short: 1, long: 10 });
  await campaign.run(cases, (random) => runCase(t, campaign, random));
});
