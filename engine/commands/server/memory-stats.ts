// MEMORY STATS, DOCTOR and MALLOC-STATS: the arenas' own figures, under Redis's names where they
// mean the same. Invariant: nothing here is estimated; what is not measured is not shown.

import type { Context } from '../../contract/context.js';
import type { Reply } from '../../contract/reply.js';
import { humanBytes } from '../../observe/info-values.js';

const MIB = 1024 * 1024;
/** Below this the ratios say nothing. */
const EMPTY_BYTES_MAX = 5 * MIB;
const PEAK_RATIO_MAX = 1.5;
const FRAGMENTATION_RATIO_MAX = 1.4;
const FRAGMENTATION_BYTES_MAX = 10 * MIB;

type Stat = readonly [name: string, write: (reply: Reply) => void];

function integerStat(name: string, value: number): Stat {
  return [name, (reply) => reply.integer(value)];
}

function doubleStat(name: string, value: number): Stat {
  return [name, (reply) => reply.double(value)];
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

interface Figures {
  readonly usedBytes: number;
  readonly peakBytes: number;
  readonly overheadBytes: number;
  readonly fragmentedBytes: number;
  readonly reservedBytes: number;
  readonly keys: number;
}

function figuresOf({ keyspace, info }: Context): Figures {
  let keys = 0;
  for (const db of keyspace.databases) keys += db.count;
  return {
    usedBytes: keyspace.usedBytes,
    peakBytes: info.peakMemoryBytes,
    overheadBytes: keyspace.indexBytes,
    fragmentedBytes: keyspace.fragmentedBytes,
    reservedBytes: keyspace.reservedBytes,
    keys,
  };
}

function databaseStats(ctx: Context): Stat[] {
  const stats: Stat[] = [];
  for (const db of ctx.keyspace.databases) {
    if (db.count === 0) continue;
    const wheelBytes = db.wheel === null ? 0 : db.wheel.sizeBytes;
    const mainBytes = db.table.sizeBytes;
    stats.push([
      `db.${db.index}`,
      (reply) => {
        reply.map(2);
        reply.text('overhead.hashtable.main');
        reply.integer(mainBytes);
        reply.text('overhead.hashtable.expires');
        reply.integer(wheelBytes);
      },
    ]);
  }
  return stats;
}

export function memoryStatsCommand(ctx: Context): void {
  const figures = figuresOf(ctx);
  const { usedBytes, peakBytes, fragmentedBytes, reservedBytes, keys } = figures;
  const datasetBytes = usedBytes - figures.overheadBytes;
  const stats: Stat[] = [
    integerStat('peak.allocated', peakBytes),
    integerStat('total.allocated', usedBytes),
    integerStat('startup.allocated', 0),
    integerStat('replication.backlog', 0),
    integerStat('clients.slaves', 0),
    integerStat('cluster.links', 0),
    integerStat('lua.caches', 0),
    integerStat('functions.caches', 0),
    ...databaseStats(ctx),
    integerStat('overhead.total', figures.overheadBytes),
    integerStat('keys.count', keys),
    integerStat('keys.bytes-per-key', Math.floor(share(usedBytes, keys))),
    integerStat('dataset.bytes', datasetBytes),
    doubleStat('dataset.percentage', share(datasetBytes, usedBytes) * 100),
    doubleStat('peak.percentage', share(usedBytes, peakBytes) * 100),
    integerStat('allocator.allocated', usedBytes),
    integerStat('allocator.active', usedBytes + fragmentedBytes),
    integerStat('allocator.resident', reservedBytes),
    doubleStat('allocator-fragmentation.ratio', share(usedBytes + fragmentedBytes, usedBytes)),
    integerStat('allocator-fragmentation.bytes', fragmentedBytes),
  ];
  ctx.reply.map(stats.length);
  for (const [name, write] of stats) {
    ctx.reply.text(name);
    write(ctx.reply);
  }
}

function findings({ usedBytes, peakBytes, fragmentedBytes }: Figures): string[] {
  if (usedBytes < EMPTY_BYTES_MAX) {
    return ['This server holds very little: its figures say nothing yet.'];
  }
  const found: string[] = [];
  if (peakBytes > usedBytes * PEAK_RATIO_MAX) {
    found.push(
      `Peak: it once held ${humanBytes(peakBytes)}, now ${humanBytes(usedBytes)}. The room is ` +
        'kept for new data; a restart gives it back.',
    );
  }
  const isFragmented = usedBytes + fragmentedBytes > usedBytes * FRAGMENTATION_RATIO_MAX;
  if (isFragmented && fragmentedBytes > FRAGMENTATION_BYTES_MAX) {
    found.push(
      `Fragmentation: ${humanBytes(fragmentedBytes)} are free in blocks that still hold other ` +
        'values. New values of like size fill them; a restart packs them.',
    );
  }
  return found;
}

export function memoryDoctorCommand(ctx: Context): void {
  const found = findings(figuresOf(ctx));
  const text = found.length === 0 ? 'No memory problem was found.' : found.join('\n');
  ctx.reply.verbatim('txt', `${text}\n`);
}

/** A line of figures per database that holds keys. */
export function memoryMallocStatsCommand(ctx: Context): void {
  const lines = ['db keys used reserved fragmented (bytes)'];
  for (const { index, count, arena } of ctx.keyspace.databases) {
    if (count === 0) continue;
    lines.push(
      `${index} ${count} ${arena.usedBytes} ${arena.reservedBytes} ${arena.fragmentedBytes}`,
    );
  }
  ctx.reply.verbatim('txt', `${lines.join('\n')}\n`);
}

/** Freed memory is reused at once and chunks are kept: there is never anything to purge. */
export function memoryPurgeCommand(ctx: Context): void {
  ctx.reply.ok();
}
