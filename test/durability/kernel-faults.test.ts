// T21. Errors that the real kernel hands to the real daemon, injected by strace into the system
// calls of the running process: the same verdicts as with the file system in memory. A write that
// was acknowledged is there after kill -9, one that failed is answered MISCONF, the process lives,
// and writes go on once the disk is well. Skipped where there is no strace, or it may not attach.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { startDaemon } from '../support/daemon.js';
import { RespConnection } from '../support/resp-connection.js';
import { hasStrace, type Injection, inject } from '../support/strace.js';
import { tempDir } from '../support/temp-dir.js';
import { Campaign, casesOf } from './campaign.js';

interface Fault extends Injection {
  /** Whether it ends by itself. */
  readonly isPassing: boolean;
}

const FAULTS: readonly Fault[] = [
  { call: 'fdatasync', error: 'EIO', when: '2', isPassing: true },
  { call: 'fdatasync', error: 'EIO', when: '2+', isPassing: false },
  { call: 'pwrite64', error: 'EIO', when: '2', isPassing: true },
  { call: 'pwrite64', error: 'EIO', when: '2+', isPassing: false },
  { call: 'pwrite64', error: 'ENOSPC', when: '2', isPassing: true },
  { call: 'fsync', error: 'EIO', when: '1', isPassing: true },
];
const WRITES_BEFORE = 20;
const WRITES_DURING = 12;
const WRITES_AFTER = 5;
const PATIENCE_MS = 15_000;
const RETRY_MS = 50;

/** A client's writes: what was acknowledged must be there, what failed may be. */
class Writes {
  readonly acknowledged: number[] = [];
  readonly refused: number[] = [];
  private next = 0;
  private readonly connection: RespConnection;

  constructor(connection: RespConnection) {
    this.connection = connection;
  }

  /** @returns whether the next write was acknowledged; any error but MISCONF fails */
  async write(): Promise<boolean> {
    const number = this.next++;
    const reply = (await this.connection.call('SET', `key${number}`, `value ${number}`)).toString();
    if (reply === '+OK\r\n') {
      this.acknowledged.push(number);
      return true;
    }
    assert.match(reply, /^-MISCONF /, 'a write that cannot be kept is answered so');
    this.refused.push(number);
    return false;
  }

  /** Writes until one is acknowledged: the server has got over the fault. */
  async untilAcknowledged(what: string): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!(await this.write())) {
      assert.ok(performance.now() < endMs, `${what}: writes are accepted again`);
      await after(RETRY_MS);
    }
  }

  /** @returns whether reads are served; the value of an acknowledged write is right */
  async check(connection: RespConnection, what: string): Promise<void> {
    for (const number of this.acknowledged) {
      const reply = (await connection.call('GET', `key${number}`)).toString();
      assert.match(reply, new RegExp(`\r\nvalue ${number}\r\n$`), `${what}: write ${number}`);
    }
  }
}

/** @returns whether the fault could be injected */
async function runFault(t: TestContext, fault: Fault): Promise<boolean> {
  const what = `${fault.error} of ${fault.call}, ${fault.when}`;
  const dir = join(await tempDir(t), 'data');
  const outPath = join(await tempDir(t), 'calls');
  const args = ['--appendfsync', 'always'];
  const daemon = await startDaemon(t, { dir, args });
  const connection = await RespConnection.open(daemon.port);
  const writes = new Writes(connection);
  for (let i = 0; i < WRITES_BEFORE; i++) assert.ok(await writes.write(), what);
  const strace = await inject(t, daemon.process.pid, fault, outPath);
  if (strace === null) return false;
  for (let i = 0; i < WRITES_DURING; i++) {
    await writes.write();
    assert.equal((await connection.call('GET', 'key0')).toString(), '$7\r\nvalue 0\r\n', what);
  }
  // Files are made, synced and renamed, too.
  const saved = (await connection.call('SAVE')).toString();
  assert.match(saved, /^(\+OK|-)/, what);
  if (!fault.isPassing) {
    assert.ok(writes.refused.length > 0, `${what}: writes are refused while it lasts`);
    assert.ok(!(await writes.write()), `${what}: it lasts`);
  }
  if (fault.isPassing) await writes.untilAcknowledged(what);
  await strace.kill('SIGINT');
  await writes.untilAcknowledged(what);
  for (let i = 0; i < WRITES_AFTER; i++) assert.ok(await writes.write(), what);
  const calls = readFileSync(outPath, 'latin1');
  assert.match(calls, /\(INJECTED\)/, `${what}: there was such a call`);
  await writes.check(connection, `${what}, alive`);
  await daemon.kill();
  const again = await startDaemon(t, { dir, args });
  const reader = await RespConnection.open(again.port);
  await writes.check(reader, `${what}, after kill -9`);
  await reader.close();
  assert.equal((await again.stop()).code, 0, what);
  return true;
}

const skip = hasStrace() ? false : 'there is no strace on this machine';

test('an error of the real kernel costs nothing that was acknowledged', { skip }, async (t) => {
  const campaign = new Campaign(t, 'T21', 'injected faults');
  await campaign.run(casesOf({ short: 1, long: 5 }), async () => {
    for (const fault of FAULTS) {
      if (!(await runFault(t, fault))) {
        t.skip('strace may not attach to processes here');
        return;
      }
      campaign.count++;
    }
  });
});
