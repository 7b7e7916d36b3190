// T6: power cuts after something was answered as done: a rewrite, room made on a full disk, a clean
// stop; and how much of a snapshot waits for its sync.

import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { ENGINE } from './log-server.js';
import { SettledCuts } from './settled-cuts.js';

test('a power cut after a switch, a removal or a clean stop brings nothing back', async (t) => {
  const campaign = new Campaign(t, 'T6', 'power cuts after what was done');
  await campaign.run(casesOf({ short: 10, long: 2000 }), async (random) => {
    const settled = new SettledCuts(ENGINE, random);
    await settled.run();
    campaign.count += settled.cuts;
  });
});
