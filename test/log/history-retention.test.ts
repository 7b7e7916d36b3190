// How long superseded generations are kept: the rule, and an engine that follows it while time
// passes: by count, by age without a compaction, by size, and what INFO says of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryReason, type HistoryLimits } from '../../engine/log/history-retention.js';
import { HistoryEngine, HOUR_MS } from '../support/history-engine.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';

const NOW_MS = 1_700_000_000_000;

/** Generations of an hour each, of 100 bytes; the newest has just been superseded. */
function hourly(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const endMs = NOW_MS - (count - 1 - i) * HOUR_MS;
    return { generation: i + 1, startMs: endMs - HOUR_MS, endMs, sizeBytes: 100 };
  });
}

/** @returns how many are left, and why the last one went */
function left(count: number, limits: Partial<HistoryLimits>): [number, string] {
  const all = { generations: 0, hours: 0, maxBytes: 0, ...limits };
  const kept = hourly(count);
  let last = '';
  for (;;) {
    const reason = expiryReason(kept, kept.length * 100, all, NOW_MS);
    if (reason === '') return [kept.length, last];
    last = reason;
    kept.shift();
  }
}

test('count is the least that is kept, age adds to it, and size is above both', () => {
  assert.deepEqual(left(5, {}), [0, 'aof-history-generations']);
  assert.deepEqual(left(5, { generations: 2 }), [2, 'aof-history-generations']);
  assert.deepEqual(left(5, { generations: 9 }), [5, '']);
  // The one that ended exactly three hours ago is of use for nothing within them.
  assert.deepEqual(left(5, { hours: 3 }), [3, 'aof-history-hours']);
  assert.deepEqual(left(5, { hours: 3, generations: 4 }), [4, 'aof-history-hours']);
  assert.deepEqual(left(5, { hours: 9, maxBytes: 250 }), [2, 'aof-history-max-bytes']);
  assert.deepEqual(left(5, { generations: 9, maxBytes: 500 }), [5, '']);
  assert.deepEqual(left(5, { generations: 9, maxBytes: 99 }), [0, 'aof-history-max-bytes']);
});

test('a generation whose end is not known is not too old', () => {
  const limits = { generations: 0, hours: 1, maxBytes: 0 };
  const [old] = hourly(5);
  assert.equal(expiryReason([old], 100, limits, NOW_MS), 'aof-history-hours');
  const endMs = Number.POSITIVE_INFINITY;
  assert.equal(expiryReason([{ ...old, endMs }], 100, limits, NOW_MS), '');
});

test('any time of the last hours can be restored, what is older goes by itself', async () => {
  const fs = new MemoryFileSystem();
  const engine = await HistoryEngine.open(fs, { hours: 2 });
  for (let hour = 0; hour < 6; hour++) {
    await engine.write();
    await engine.pass(HOUR_MS / 2);
    await engine.write();
    await engine.rewrite();
    await engine.pass(HOUR_MS / 2);
  }
  const begun = engine.clock.now() - 2 * HOUR_MS;
  for (let timeMs = begun; timeMs < engine.clock.now(); timeMs += HOUR_MS / 4) {
    assert.equal(await engine.restoredTo(timeMs), engine.valueAt(timeMs), `${timeMs - begun}`);
  }
  const times = await engine.generationTimes();
  assert.ok(times[0].startMs <= begun, 'the window is covered');
  assert.ok(times[1].startMs > begun, 'by no more than it takes');
  assert.equal(await engine.info('aof_history_oldest_time'), Math.floor(times[0].startMs / 1000));
  assert.equal(await engine.info('aof_history_bytes'), engine.historyBytes());
  await engine.pass(HOUR_MS);
  assert.equal((await engine.generationTimes()).length, times.length - 1, 'one is too old now');
  await engine.pass(100 * HOUR_MS);
  assert.equal((await engine.generationTimes()).length, 1, 'as many as the count says stay');
  assert.match(engine.notices.at(-1) ?? '', /removed from history \(aof-history-hours\)/);
  await engine.close();
});

test('more bytes than the limit are never kept, and the oldest go first', async () => {
  const fs = new MemoryFileSystem();
  const engine = await HistoryEngine.open(fs, { generations: 10 });
  for (let i = 0; i < 5; i++) {
    for (let write = 0; write < 10; write++) await engine.write();
    await engine.rewrite();
    await engine.pass(HOUR_MS);
  }
  const all = await engine.generationTimes();
  assert.equal(all.length, 5);
  const limit = engine.historyBytes() - 1;
  await engine.configure('aof-history-max-bytes', String(limit));
  await engine.pass(1000);
  assert.ok(engine.historyBytes() <= limit);
  const kept = await engine.generationTimes();
  assert.deepEqual(kept, all.slice(all.length - kept.length));
  assert.ok(kept.length >= 3, 'no more than needed goes');
  await engine.configure('aof-history-max-bytes', '1');
  await engine.pass(1000);
  assert.equal(engine.historyBytes(), 0, 'not even one that alone is too large stays');
  await engine.write();
  await engine.rewrite();
  assert.equal(engine.historyBytes(), 0, 'nor does the next one');
  assert.equal(await engine.info('aof_history_bytes'), 0);
  await engine.close();
});

test('a fewer number of generations is kept at once when it is configured', async () => {
  const engine = await HistoryEngine.open(new MemoryFileSystem(), { generations: 10 });
  for (let i = 0; i < 4; i++) await engine.rewrite();
  assert.equal((await engine.generationTimes()).length, 4);
  await engine.configure('aof-history-generations', '2');
  await engine.pass(1000);
  const kept = await engine.generationTimes();
  assert.deepEqual(
    kept.map(({ generation }) => generation),
    [3, 4],
  );
  await engine.close();
});

test('a start keeps what the directives say, by the times in the files', async () => {
  const fs = new MemoryFileSystem();
  const engine = await HistoryEngine.open(fs, { hours: 2 });
  for (let i = 0; i < 3; i++) {
    await engine.rewrite();
    await engine.pass(HOUR_MS / 2);
  }
  const before = await engine.generationTimes();
  assert.equal(before.length, 3);
  await engine.close();
  const same = await HistoryEngine.open(fs, { hours: 2 }, engine.clock.now());
  assert.deepEqual(await same.generationTimes(), before);
  assert.equal(await same.info('aof_history_bytes'), same.historyBytes());
  await same.close();
  const later = await HistoryEngine.open(fs, { hours: 2 }, engine.clock.now() + 9 * HOUR_MS);
  assert.equal((await later.generationTimes()).length, 1);
  await later.close();
});
