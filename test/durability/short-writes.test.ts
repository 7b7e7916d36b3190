// T8: a write takes fewer bytes than it was given. Whatever it takes, what is on the disk in the
// end is the same, byte by byte, as on a disk that takes everything; a write that takes nothing
// at all is an error, and the log is rewritten.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogWriter } from '../../engine/log/log-writer.js';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { append, HandClock, open, until, writerOf } from '../log/log-fixture.js';
import { MemoryFileSystem } from '../support/memory-file-system.js';
import { Campaign, casesOf } from './campaign.js';
import { JournalEngine } from './journal-engine.js';

/** Every length up to here; one batch has a few bytes more. */
const BATCH_BYTES = 4096;
const SEGMENT_SIZE_BYTES = 256 * 1024;
const SNAPSHOT_TYPE = 16;
const START_SEED = 5;

/** How much the next write takes. */
type Taken = () => number;
const ALL: Taken = () => Number.POSITIVE_INFINITY;

/** @returns the files of a finished run, by path */
type Run = (fs: MemoryFileSystem, nextBatch: () => void) => Promise<void>;

async function filesOf(run: Run, takes: (batch: number) => Taken): Promise<Map<string, Buffer>> {
  const fs = new MemoryFileSystem();
  let batch = 0;
  let taken = takes(batch);
  fs.onOperation = ({ name }) => {
    if (name === 'write') fs.writeMaxBytes = taken();
  };
  await run(fs, () => {
    taken = takes(++batch);
  });
  return new Map(fs.paths().map((path) => [path, fs.bytesOf(path)]));
}

function sameFiles(is: Map<string, Buffer>, was: Map<string, Buffer>): void {
  assert.deepEqual([...is.keys()], [...was.keys()]);
  for (const [path, bytes] of was) assert.ok(is.get(path)?.equals(bytes), `${path} is the same`);
}

async function openLog(fs: MemoryFileSystem, clock: HandClock): Promise<LogWriter> {
  const recovered = await open(fs, '/data', clock, START_SEED);
  return writerOf(recovered, { policy: 'always', segmentSizeBytes: SEGMENT_SIZE_BYTES });
}

/** Batches of a turn each, written in line or off-thread. */
function turns(lengths: number, isDiskBusy: boolean): Run {
  return async (fs, nextBatch) => {
    const clock = new HandClock();
    const log = await openLog(fs, clock);
    log.setDiskBusy(isDiskBusy);
    for (let batch = 0; batch < lengths; batch++) {
      append(log, 0, 'SET', `key${batch}`, 'v'.repeat(BATCH_BYTES - 40));
      const ticket = log.commit();
      await until(() => log.acknowledged >= ticket);
      assert.equal(log.failedThrough, 0);
      clock.ms++;
      log.tick();
      await until(() => !log.isBusy);
      if (!log.canRotate) await log.prepareRotation();
      nextBatch();
    }
    await log.close();
  };
}

/** Pieces of a snapshot. */
function pieces(lengths: number): Run {
  return async (fs, nextBatch) => {
    const log = await openLog(fs, new HandClock());
    const seq = log.rotate();
    const { name, writer } = log.createSnapshot(seq);
    for (let batch = 0; batch < lengths; batch++) {
      const { frames } = writer;
      const length = BATCH_BYTES - 40;
      frames.beginEntry(SNAPSHOT_TYPE, length);
      frames.bytes.fill(97 + (batch % 26), frames.at, frames.at + length);
      frames.at += length;
      frames.endEntry();
      await writer.flush();
      nextBatch();
    }
    const sizeBytes = await writer.finish();
    await log.switchGeneration({ name, seq, sizeBytes, salt: writer.header.salt });
    await log.close();
  };
}

const WAYS: readonly (readonly [string, (lengths: number) => Run])[] = [
  ['in line', (lengths) => turns(lengths, false)],
  ['off-thread', (lengths) => turns(lengths, true)],
  ['of a snapshot', pieces],
];

for (const [way, runOf] of WAYS) {
  test(`a write ${way} that takes any number of bytes is gone on with`, async (t) => {
    const campaign = new Campaign(t, 'T8', `lengths of writes ${way}`);
    const run = runOf(BATCH_BYTES);
    const was = await filesOf(run, () => ALL);
    const cases = casesOf({ short: 1, long: 12 });
    await campaign.run(cases, async (random: SeededRandom) => {
      // Of batch n the first write takes n bytes, and those after it what chance gives them.
      const is = await filesOf(run, (batch) => {
        let isFirst = batch > 0;
        return () => {
          const length = isFirst ? batch : 1 + randomBelow(random, BATCH_BYTES);
          isFirst = false;
          return length;
        };
      });
      sameFiles(is, was);
      campaign.count += BATCH_BYTES;
    });
  });
}

test('headers, manifests and seals are whole, however little each write takes', async (t) => {
  const campaign = new Campaign(t, 'T8', 'lengths that no write exceeds');
  const was = await filesOf(pieces(3), () => ALL);
  const turnsWere = await filesOf(turns(3, false), () => ALL);
  await campaign.run(1, async () => {
    for (let length = 1; length <= casesOf({ short: 64, long: BATCH_BYTES }); length++) {
      sameFiles(await filesOf(pieces(3), () => () => length), was);
      sameFiles(await filesOf(turns(3, false), () => () => length), turnsWere);
      campaign.count += 2;
    }
  });
});

test('a write that takes nothing is an error; the log is rewritten and goes on', async () => {
  const fs = new MemoryFileSystem();
  const journal = await JournalEngine.open(fs, { seed: 1 });
  assert.equal(await journal.append(), null);
  const write = fs.writeSync.bind(fs);
  fs.writeSync = () => 0;
  assert.match((await journal.append()) ?? '', /^MISCONF .*wrote nothing/);
  assert.equal(journal.length, 2);
  fs.writeSync = write;
  assert.ok((await journal.passUntil(() => journal.engine.persistence.refusal === null, 5000)) > 0);
  assert.equal(await journal.append(), null);
  await journal.close();
  const again = await JournalEngine.open(fs.afterCrash(), { seed: 2 });
  assert.equal(again.length, 3);
  again.check('after a write that took nothing');
  await again.close();
});
