// A snapshot of little data is in place before the segment that it supersedes was synced. The
// switch must not trip over the sealing of that segment, nor the other way round.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { append, HandClock, open, until, writerOf, writeSnapshot } from './log-fixture.js';

/** Rewrites the log without a single turn between the cut and the switch that is not its own. */
async function compact(log: LogWriter, state: string): Promise<void> {
  await log.prepareRotation();
  const seq = log.rotate();
  await log.switchGeneration(await writeSnapshot(log, seq, state));
}

for (const policy of ['no', 'everysec', 'always'] as const) {
  test(`under ${policy} rewrites may follow each other without a pause`, async () => {
    const fs = new MemoryFileSystem();
    const clock = new HandClock();
    const log = writerOf(await open(fs, '/data', clock), { policy });
    for (let i = 0; i < 5; i++) {
      append(log, 0, 'SET', 'k', String(i));
      const ticket = log.commit();
      await until(
        () => log.acknowledged >= ticket,
        () => log.tick(),
      );
      await compact(log, `k=${i}`);
      if (i % 2 === 0) continue;
      clock.ms += 2000;
      await until(
        () => log.canRotate,
        () => log.tick(),
      );
    }
    append(log, 0, 'SET', 'k', 'last');
    await log.close();
    const again = await open(fs);
    assert.deepEqual(again.snapshot, ['k=4']);
    assert.deepEqual(again.commands, ['0:SET k last']);
  });
}
