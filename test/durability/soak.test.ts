// T23. Hours of mixed load on one directory: a compaction every minute, kill -9 every half to two
// minutes, everything accounted for after each start, memory and disk bounded. Only in the long
// tier.
//
//   REDDIS_SOAK_MINUTES  how long (default 60)

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { startDaemon, type TestDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { tempDir } from '../support/temp-dir.js';
import { Campaign, isLong } from './campaign.js';
import { assertClean, Load } from './kill-campaign.js';

const SOAK_MINUTES = Number(process.env.REDDIS_SOAK_MINUTES ?? 60);
const MINUTE_MS = 60_000;
const COMPACTION_EVERY_MS = MINUTE_MS;
const KILL_MIN_MS = 30_000;
const KILL_SPAN_MS = 90_000;
const LOOK_EVERY_MS = 500;
/** The data set stays small: what is more is a leak. */
const RSS_MAX_BYTES = 400 * 1024 * 1024;
/** Two minutes of writes, twice: the generation before is kept. */
const DISK_MAX_BYTES = 1024 * 1024 * 1024;
/** Growth over the whole run, once the first loop has warmed everything up. */
const RSS_GROWTH_MAX = 1.5;

interface Peaks {
  rssBytes: number;
  diskBytes: number;
  compactions: number;
}

function rssBytes(daemon: TestDaemon): number {
  const status = readFileSync(`/proc/${daemon.process.pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Files come and go while they are counted. */
function diskBytes(dir: string): number {
  let total = 0;
  for (const name of readdirSync(dir, { recursive: true }).map(String)) {
    total += statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return total;
}

/** Looks at a daemon until it is gone, and has it compact its log every minute. */
async function watch(daemon: TestDaemon, dir: string): Promise<Peaks> {
  const peaks: Peaks = { rssBytes: 0, diskBytes: 0, compactions: 0 };
  const connection = await RespConnection.open(daemon.port);
  let isGone = false;
  void daemon.process.ended.then(() => {
    isGone = true;
  });
  let nextMs = performance.now() + COMPACTION_EVERY_MS / 2;
  while (!isGone) {
    await after(LOOK_EVERY_MS);
    if (isGone) break;
    peaks.rssBytes = Math.max(peaks.rssBytes, rssBytes(daemon));
    peaks.diskBytes = Math.max(peaks.diskBytes, diskBytes(dir));
    if (performance.now() < nextMs) continue;
    nextMs += COMPACTION_EVERY_MS;
    // It may be killed before it answers.
    const answer = await connection.call('BGREWRITEAOF').catch(() => null);
    if (answer === null) break;
    // The log may have grown so much that one is under way.
    assert.match(answer.toString(), /^\+Background|already in progress/);
    peaks.compactions++;
  }
  return peaks;
}

async function soak(t: TestContext, campaign: Campaign, seed: number): Promise<void> {
  const dir = await tempDir(t);
  const appendfsync = 'everysec';
  const args = ['--appendfsync', appendfsync];
  const load = new Load({ loops: 0, seed, appendfsync, rewrites: false });
  const endMs = performance.now() + SOAK_MINUTES * MINUTE_MS;
  const all: Peaks[] = [];
  let daemon = await startDaemon(t, { dir, args });
  while (performance.now() < endMs) {
    const watching = watch(daemon, dir);
    await load.loadAndKill(daemon, KILL_MIN_MS, KILL_SPAN_MS);
    const peaks = await watching;
    all.push(peaks);
    daemon = await startDaemon(t, { dir, args });
    const failures = await load.check(daemon);
    const where = `kill ${++campaign.count} of seed ${seed}`;
    assert.deepEqual(failures, [], `${where}:\n${failures.join('\n')}\n${daemon.process.output}`);
    assert.ok(peaks.rssBytes < RSS_MAX_BYTES, `${where}: ${peaks.rssBytes} bytes of memory`);
    assert.ok(peaks.diskBytes < DISK_MAX_BYTES, `${where}: ${peaks.diskBytes} bytes on disk`);
  }
  const [first, last] = [all[0], all[all.length - 1]].map((peaks) => peaks.rssBytes);
  assert.ok(last < first * RSS_GROWTH_MAX, `memory grew from ${first} to ${last} bytes`);
  assert.equal((await daemon.stop()).code, 0);
  await assertClean(dir);
  const compactions = all.reduce((sum, peaks) => sum + peaks.compactions, 0);
  const mebibytes = (pick: (peaks: Peaks) => number): number =>
    Math.round(Math.max(...all.map(pick)) / 1048576);
  t.diagnostic(
    `${load.acknowledged} acknowledged writes, ${compactions} compactions, at most ` +
      `${mebibytes((peaks) => peaks.rssBytes)} MiB of memory and ` +
      `${mebibytes((peaks) => peaks.diskBytes)} MiB on disk`,
  );
}

const skip = isLong ? false : 'the long tier only: npm test -- --long durability/soak';

test('hours of load, compactions and kills lose nothing and leak nothing', { skip }, async (t) => {
  const campaign = new Campaign(t, 'T23', 'kills');
  await campaign.run(1, (_random, seed) => soak(t, campaign, seed));
});
