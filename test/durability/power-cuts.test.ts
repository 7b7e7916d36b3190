// T6: the power goes before any file operation of a random life: turns, rotations, compactions,
// ticks, clean stops, kills and earlier power cuts, recoveries included. Of what was not synced
// the disk has any sectors, of 512 or 4096 bytes, and any names. Every such disk must start with
// all that was promised and nothing that never was.

import { test } from 'node:test';
import type { SyncPolicy } from '../../engine/log/commit-pipeline.js';
import type { SeededRandom } from '../../engine/util/random.js';
import { Campaign, casesOf } from './campaign.js';
import { ENGINE } from './log-server.js';
import { checkStops, randomLife } from './random-life.js';
import { ToolCuts } from './tool-cuts.js';

const CUTS_PER_STOP = 32;
const LIVES: readonly (readonly [SyncPolicy, number, number])[] = [
  ['always', 4, 1000],
  ['everysec', 1, 400],
  ['no', 1, 200],
];

for (const [policy, short, long] of LIVES) {
  test(`under ${policy} a power cut at any operation keeps what was promised`, async (t) => {
    const campaign = new Campaign(t, 'T6', `power cuts under ${policy}`);
    let distinct = 0;
    let stopCount = 0;
    await campaign.run(casesOf({ short, long }), async (random: SeededRandom, seed) => {
      const stops = await randomLife(random, { modules: ENGINE, policy });
      stopCount += stops.length;
      const looked = await checkStops(stops, random, seed, CUTS_PER_STOP, ENGINE);
      campaign.count += looked.cuts;
      distinct += looked.distinct;
    });
    t.diagnostic(`${stopCount} operations, ${distinct} different disks`);
  });
}

test('a power cut under a tool leaves the source, and its result whole or absent', async (t) => {
  const campaign = new Campaign(t, 'T6', 'power cuts under tools');
  await campaign.run(casesOf({ short: 1, long: 300 }), async (random) => {
    const tools = new ToolCuts(ENGINE, random, 8);
    await tools.run();
    campaign.count += tools.cuts;
  });
});
