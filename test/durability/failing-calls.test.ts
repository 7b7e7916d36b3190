// T7: one file operation fails, the first, the second, and so on until the life of the server is
// too short to reach it; with each error, once or from then on. And two, anywhere.

import { test } from 'node:test';
import { randomBelow } from '../../engine/util/random.js';
import { Campaign, casesOf } from './campaign.js';
import { type Fault, FaultyDisk, killedDisk, live, ROOMY_BYTES } from './failing-life.js';
import { JournalReader } from './journal-reader.js';

const OPERATIONS_MAX = 2000;
/** A life without faults has about as many. */
const OPERATIONS_USUAL = 300;
/** Of so many operations one fails, in the short tier. */
const CODES: readonly (readonly [code: string, onceEvery: number, stickyEvery: number])[] = [
  ['EIO', 2, 4],
  ['ENOSPC', 4, 2],
  ['EDQUOT', 12, 12],
  ['EMFILE', 12, 12],
  ['EROFS', 12, 12],
  ['EINTR', 12, 12],
  ['EAGAIN', 12, 12],
];

for (const [code, onceEvery, stickyEvery] of CODES) {
  for (const [isSticky, every] of [
    [false, onceEvery],
    [true, stickyEvery],
  ] as const) {
    const kind = isSticky ? 'from then on' : 'once';
    test(`${code} ${kind} at any operation costs nothing that was acknowledged`, async (t) => {
      const campaign = new Campaign(t, 'T7', `operations failed with ${code} ${kind}`);
      const image = await killedDisk();
      const reader = await JournalReader.open();
      const expected = await reader.lengthOf(image.afterKill(), 1, 'before');
      const step = casesOf({ short: every, long: 1 });
      await campaign.run(1, async (random) => {
        let isReached = true;
        for (let at = 1 + randomBelow(random, step); isReached; at += step) {
          if (at > OPERATIONS_MAX) throw new Error('the life ends');
          const fs = image.copy();
          fs.capacityBytes = ROOMY_BYTES;
          const disk = new FaultyDisk(fs, { code, isSticky, at });
          isReached = await live(disk, { random, reader, expected });
          if (isReached) campaign.count++;
        }
      });
    });
  }
}

test('two operations that fail cost nothing that was acknowledged, either', async (t) => {
  const campaign = new Campaign(t, 'T7', 'pairs of operations failed');
  const image = await killedDisk();
  const reader = await JournalReader.open();
  const expected = await reader.lengthOf(image.afterKill(), 1, 'before');
  await campaign.run(casesOf({ short: 60, long: 100_000 }), async (random) => {
    const fault = (): Fault => ({
      code: CODES[randomBelow(random, CODES.length)][0],
      isSticky: randomBelow(random, 4) === 0,
      at: 1 + randomBelow(random, OPERATIONS_USUAL),
    });
    const fs = image.copy();
    fs.capacityBytes = ROOMY_BYTES;
    const isReached = await live(new FaultyDisk(fs, fault(), fault()), {
      random,
      reader,
      expected,
    });
    if (isReached) campaign.count++;
  });
});
