// One damaged directory given to everything that reads one: a start, the check, and a salvage,
// each held against what the oracle says must come of it.

import assert from 'node:assert/strict';
import { check } from '../../engine/log/check.js';
import { LogError } from '../../engine/log/errors.js';
import { openSource } from '../../engine/log/log-source.js';
import { walk } from '../../engine/log/log-walk.js';
import { type SalvageReport, salvage } from '../../engine/log/salvage.js';
import { SeededRandom } from '../../engine/util/random.js';
import { open } from '../log/log-fixture.js';
import type { MemoryFileSystem } from '../support/memory-file-system.js';
import { type Corpus, DIR } from './damage-corpus.js';
import {
  type BytesOf,
  expectedSalvage,
  expectedStart,
  type SalvageExpected,
} from './damage-oracle.js';
import type { MappedFrame } from './frame-map.js';

const OUT = '/out';

export interface DamagedCase {
  readonly corpus: Corpus;
  /** New bytes by path; null for a file that is gone. */
  readonly damaged: ReadonlyMap<string, Buffer | null>;
  readonly what: string;
  readonly seed: number;
}

/** What became of the cases, for the line at the end. */
export class Outcomes {
  sound = 0;
  torn = 0;
  corrupt = 0;

  get text(): string {
    return `refused ${this.corrupt}, cut ${this.torn}, no harm ${this.sound}`;
  }
}

/** Starts, checks and salvages a damaged directory. */
export async function runDamaged(one: DamagedCase, outcomes: Outcomes): Promise<void> {
  const { corpus, damaged } = one;
  const fs = corpus.fs.afterKill();
  for (const [path, bytes] of damaged) {
    if (bytes === null) fs.remove(path);
    else fs.put(path, bytes);
  }
  const bytesOf: BytesOf = ({ path, bytes }) => {
    const changed = damaged.get(path);
    return changed === undefined ? bytes : changed;
  };
  try {
    await expectStart(one, fs.afterKill(), bytesOf, outcomes);
    await expectSalvage(one, fs, bytesOf);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${corpus.name}, ${one.what}: ${text}`, { cause: error });
  }
}

async function expectStart(
  one: DamagedCase,
  fs: MemoryFileSystem,
  bytesOf: BytesOf,
  outcomes: Outcomes,
): Promise<void> {
  const { corpus, seed } = one;
  const [generation] = corpus.generations;
  const { verdict, lastSeq } = expectedStart(generation, bytesOf);
  outcomes[verdict]++;
  const checked = await check(fs, DIR);
  assert.equal(checked.verdict, verdict, `the verdict of check (${checked.message})`);
  if (verdict !== 'sound') {
    assert.ok(checked.damage !== null, 'check says where');
    assert.match(
      checked.message,
      new RegExp(`^${checked.damage.file} .*\\bbyte ${checked.damage.offset}\\b`),
    );
    assert.notEqual(checked.remedy, '');
  }
  if (verdict === 'corrupt') {
    await expectRefusal(corpus, fs, bytesOf);
    return;
  }
  const { commands, snapshot, report } = await open(fs, DIR, undefined, seed);
  const { snapshotSeq, snapshot: image } = generation;
  const wanted = corpus.commands.slice(snapshotSeq, lastSeq);
  assert.deepEqual(
    commands,
    wanted.filter((command) => command !== null),
    'what is served',
  );
  assert.equal(snapshot.join(''), image === null ? '' : recordsOf(image.frames).join(''));
  assert.equal(report.lastSeq, lastSeq);
  assert.equal(report.torn !== null, verdict === 'torn', 'what is cut is said');
  if (seed % 8 > 0) return;
  const again = await open(fs, DIR, undefined, seed + 1);
  assert.deepEqual(again.commands, commands, 'a second start');
  assert.equal(again.report.torn, null, 'a second start finds nothing to cut');
}

/** Whether the refusal names what is wrong, and leaves everything as it was. */
async function expectRefusal(
  corpus: Corpus,
  fs: MemoryFileSystem,
  bytesOf: BytesOf,
): Promise<void> {
  const before = contentsOf(fs);
  const error = await open(fs, DIR).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LogError, `a damaged log is refused: ${String(error)}`);
  assert.equal(error.code, 'CORRUPT');
  const { damage } = error;
  assert.ok(damage !== null, 'the refusal has a place');
  const image = corpus.images.get(damage.file);
  assert.ok(image !== undefined, `${damage.file} is a file of the directory`);
  const size = Math.max(image.bytes.length, bytesOf(image)?.length ?? 0);
  assert.ok(damage.offset >= 0 && damage.offset <= size, `${damage.offset} is in the file`);
  assert.match(error.message, new RegExp(`^${damage.file} is damaged at byte ${damage.offset}: `));
  assert.match(error.remedy, /^reddis-check-aof --(salvage|restore-to)/);
  assert.equal(contentsOf(fs), before, 'nothing on disk is touched');
}

async function expectSalvage(
  { corpus, seed }: DamagedCase,
  fs: MemoryFileSystem,
  bytesOf: BytesOf,
): Promise<void> {
  const expected = expectedSalvage(corpus.generations, bytesOf);
  const commands = expected.keptSeqs.map((seq) => corpus.commands[seq - 1]);
  const before = contentsOf(fs);
  const report: SalvageReport = await salvage(fs, DIR, OUT, new SeededRandom(seed));
  assert.equal(contentsOf(fs), before, 'the source is only read');
  const found = await contentsOfDataSet(fs);
  assert.deepEqual(found.commands, commands, 'the entries that salvage keeps');
  assert.deepEqual(
    found.records,
    recordsOf(expected.records),
    'the snapshot records that salvage keeps',
  );
  assertReport(report, expected);
  const again = await check(fs, OUT);
  assert.equal(again.verdict, 'sound', again.message);
  if (seed % 8 > 0) return;
  const started = await open(fs, OUT, undefined, seed);
  assert.deepEqual(started.commands, commands, 'what a server has of the salvaged directory');
}

/** What a salvage says of its source is what it kept and lost. */
export function assertReport(report: SalvageReport, expected: SalvageExpected): void {
  assert.equal(report.snapshotSeq, expected.snapshotSeq, 'the snapshot that it begins with');
  assert.deepEqual(report.lost, expected.lost, 'the entries that salvage says are lost');
  assert.equal(report.entryCount, expected.keptSeqs.length, 'the entries that it says it kept');
  assert.equal(report.lostRecords, expected.lostRecords, 'lost records');
  assert.deepEqual(sorted(report.damages), sorted(expected.damages), 'where the damage is');
}

async function contentsOfDataSet(
  fs: MemoryFileSystem,
): Promise<{ commands: string[]; records: string[] }> {
  const commands: string[] = [];
  const records: string[] = [];
  const error = await walk(fs, await openSource(fs, OUT), {
    snapshot: (bytes, from, to) => {
      records.push(bytes.toString('latin1', from, to));
    },
    entry: ({ dbIndex, args }) => {
      const words = Array.from({ length: args.count }, (_, i) => args.text(i));
      commands.push(`${dbIndex}:${words.join(' ')}`);
    },
  });
  assert.equal(error, null);
  return { commands, records };
}

function recordsOf(frames: readonly MappedFrame[]): string[] {
  return frames.filter(({ type }) => type >= 16).map(({ bytes }) => bytes.toString('latin1', 32));
}

/** All bytes of the source, as one text that can be compared. */
function contentsOf(fs: MemoryFileSystem): string {
  const paths = fs.paths().filter((path) => path.startsWith(`${DIR}/`));
  return paths.map((path) => `${path} ${fs.bytesOf(path).toString('latin1')}`).join('\n');
}

function sorted<T extends { file: string; offset: number }>(from: readonly T[]): T[] {
  return [...from].sort((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.offset - b.offset,
  );
}
