// Prints what Reddis costs beside redis-server on this machine: `npm run bench -- --keys 10000000`.
//   --keys N       keys of the memory, restart and compaction measurements (default 200000)
//   --rate N       requests per second during compaction (default 20000)
//   --only LIST    of dataset, compaction, start, idle, collections
// Requests per second are not measured here. No figure is judged; Linux only.

import mri from 'mri';
import { hasRedis, REDDIS, REDIS, type ServerKind } from './bench-server.js';
import { type CollectionFigure, measureCollections } from './collections.js';
import { measureCompaction, measureDataset, measureIdle, measureStart } from './measurements.js';

const START_ROUNDS = 7;
const IDLE_SECONDS = 10;
const MIB = 1024 * 1024;
const NAME_WIDTH = 44;
const CELL_WIDTH = 14;

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly digits: number;
  readonly values: readonly number[];
}

type Flags = { keys?: number; rate?: number; only?: string };

function print({ name, unit, digits, values }: Row): void {
  const cells = values.map((value) => `${value.toFixed(digits)} ${unit}`.padStart(CELL_WIDTH));
  const ratio = values.length > 1 ? (values[0] / values[1]).toFixed(2).padStart(8) : '';
  process.stdout.write(`${name.padEnd(NAME_WIDTH)}${cells.join('')}${ratio}\n`);
}

/** Measures every server in turn, and prints a row per figure. */
async function report<T>(
  kinds: readonly ServerKind[],
  measure: (kind: ServerKind) => Promise<T>,
  rows: readonly [name: string, unit: string, digits: number, value: (figures: T) => number][],
): Promise<void> {
  const figures: T[] = [];
  for (const kind of kinds) figures.push(await measure(kind));
  for (const [name, unit, digits, value] of rows) {
    print({ name, unit, digits, values: figures.map(value) });
  }
}

const flags = mri<Flags>(process.argv.slice(2));
const keys = flags.keys ?? 200_000;
const rate = flags.rate ?? 20_000;
const only = flags.only?.split(',') ?? ['start', 'idle', 'dataset', 'compaction', 'collections'];
const kinds = hasRedis() ? [REDDIS, REDIS] : [REDDIS];
const titles = kinds.map(({ name }) => name.padStart(CELL_WIDTH)).join('');
process.stdout.write(`${`${keys} keys`.padEnd(NAME_WIDTH)}${titles}${'ratio'.padStart(8)}\n`);

if (only.includes('start')) {
  await report(kinds, (kind) => measureStart(kind, START_ROUNDS), [
    ['start on an empty folder to first PONG', 'ms', 0, (ms) => ms],
  ]);
}
if (only.includes('idle')) {
  await report(kinds, (kind) => measureIdle(kind, IDLE_SECONDS), [
    ['CPU while idle', '%', 2, (share) => share * 100],
  ]);
}
if (only.includes('dataset')) {
  await report(kinds, (kind) => measureDataset(kind, keys), [
    ['filling, one connection', 's', 1, ({ fillSeconds }) => fillSeconds],
    ['growth of resident memory', 'MiB', 1, ({ grownBytes }) => grownBytes / MIB],
    ['the same per key (16 + 16 bytes)', 'B', 1, ({ grownBytes }) => grownBytes / keys],
    ['restart from a plain log', 'ms', 0, ({ restartFromLogMs }) => restartFromLogMs],
    ['restart from a snapshot', 'ms', 0, ({ restartFromSnapshotMs }) => restartFromSnapshotMs],
  ]);
}
if (only.includes('compaction')) {
  await report(kinds, (kind) => measureCompaction(kind, keys, rate), [
    [`compaction under ${rate} requests/s`, 's', 2, ({ seconds }) => seconds],
    ['longest request before it', 'ms', 2, ({ quietMaxMs }) => quietMaxMs],
    ['longest request during it', 'ms', 2, ({ maxMs }) => maxMs],
    ['99th percentile during it', 'ms', 2, ({ p99Ms }) => p99Ms],
    ['extra resident memory (one process)', 'MiB', 1, ({ extraBytes }) => extraBytes / MIB],
  ]);
}
if (only.includes('collections')) {
  const byKind: CollectionFigure[][] = [];
  for (const kind of kinds) byKind.push(await measureCollections(kind));
  byKind[0].forEach(({ name, unit }, i) => {
    const values = byKind.map((figures) => figures[i].value);
    print({ name, unit, digits: unit === 's' ? 3 : 1, values });
  });
}
