// Campaign T12: disks that take their time, always or now and then, for a write or a sync, up to
// half a minute. Nothing may be shown that a power cut can take back, what is durable is read and
// PING is answered without waiting for the disk, what waits in memory is bounded, and writes go on
// by themselves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { SlowCase, slowEngine } from './slow-disk-case.js';

const CASES = casesOf({ short: 24, long: 400 });
const MIB = 1024 * 1024;
/** What the event loop may be held, and what a read may wait. */
const READ_MAX_MS = 20;

test('slow disks delay neither reads nor the loop, and nothing is shown early', async (t) => {
  const campaign = new Campaign(t, 'T12', 'replies on slow disks');
  let reads = 0;
  let late = 0;
  let longest = 0;
  let holds = 0;
  await campaign.run(CASES, async (random) => {
    const slow = new SlowCase(random);
    await slow.run();
    campaign.count += slow.replies;
    reads += slow.readMs.length;
    late += slow.readMs.filter((ms) => ms > READ_MAX_MS).length;
    longest = Math.max(longest, ...slow.readMs);
    holds += slow.longHolds;
    await slow.checkCuts();
  });
  t.diagnostic(
    `${reads} reads of durable keys, ${late} late, the longest ${longest.toFixed(1)} ms`,
  );
  t.diagnostic(`${holds} operations in line found out that the disk had become slow`);
  assert.ok(late * 1000 <= reads, `${late} of ${reads} reads waited longer than ${READ_MAX_MS} ms`);
});

test('everysec: replies do not wait for a write that stalls, and those are counted', async () => {
  const { machine, client, other, close } = await slowEngine('everysec');
  await machine.until(client.call('SET', 'k', '1'), 100, 'a fast disk');
  machine.diskMs = () => 3000;
  // The first write off-thread is one that finds a sync under way.
  await machine.passUntil(2000);
  const startMs = machine.nowMs;
  await machine.until(client.call('SET', 'k', '2'), 100, 'a reply without its write');
  assert.ok(
    machine.nowMs - startMs >= 50,
    `${machine.nowMs - startMs} ms: it waited for the bound`,
  );
  const info = String(await machine.until(other.call('INFO', 'persistence'), 10, 'INFO'));
  assert.match(info, /^aof_ungated_replies:[1-9]/m);
  await close();
});

test('always: no reply leaves before its sync, however long that takes', async () => {
  const { machine, client, other, close } = await slowEngine('always');
  await machine.until(client.call('SET', 'k', '1'), 100, 'a fast disk');
  await machine.until(client.call('SET', 'known', '1'), 100, 'a fast disk');
  machine.diskMs = (name) => (name === 'fdatasync' ? 300 : 0.05);
  // This one is made in line and tells what the disk has become.
  await machine.until(client.call('SET', 'k', '2'), 1000, 'the sync in line');
  machine.diskMs = (name) => (name === 'fdatasync' ? 30_000 : 0.05);
  const startMs = machine.nowMs;
  const write = client.call('SET', 'k', '3');
  await machine.until(machine.elapse(100), 200, 'time goes on');
  assert.equal(await machine.until(other.call('GET', 'known'), 20, 'a durable key'), '1');
  assert.equal(await machine.until(other.call('PING'), 20, 'PING'), 'PONG');
  const read = other.call('GET', 'k');
  await machine.until(Promise.race([read, machine.elapse(5000)]), 6000, 'time goes on');
  await machine.until(write, 60_000, 'the write');
  assert.ok(machine.nowMs - startMs >= 30_000, 'not before its sync');
  assert.equal(await read, '3');
  const info = String(await machine.until(other.call('INFO', 'persistence'), 20, 'INFO'));
  assert.match(info, /^aof_ungated_replies:0/m);
  machine.diskMs = () => 0.05;
  await close();
});

for (const policy of ['always', 'everysec'] as const) {
  test(`${policy}: what waits for a stalled disk is bounded`, async () => {
    const { machine, engine, client, other, close } = await slowEngine(policy);
    const value = Buffer.alloc(MIB, 'x');
    machine.diskMs = () => 100;
    await machine.until(client.call('SET', 'k', value), 1000, 'the disk is found slow');
    await machine.until(client.call('SET', 'k', value), 1000, 'the disk is found slow');
    machine.diskMs = () => 5000;
    const writes = Array.from({ length: 90 }, async (_, i) => {
      await machine.elapse(i);
      return client.call('SET', `k${i % 3}`, value);
    });
    await machine.until(machine.elapse(500), 600, 'time goes on');
    const { log } = engine.persistence;
    assert.ok(log !== null && log.pendingBytes > 60 * MIB, `${log?.pendingBytes} bytes wait`);
    assert.ok(log.pendingBytes < 67 * MIB, `${log.pendingBytes} bytes wait`);
    assert.equal(await machine.until(other.call('PING'), 20, 'PING'), 'PONG');
    machine.diskMs = () => 1;
    await machine.until(Promise.all(writes), 60_000, 'all writes');
    assert.ok(log.pendingBytes < MIB);
    await close();
  });
}
