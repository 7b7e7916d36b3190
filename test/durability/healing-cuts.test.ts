// T22 and T6 together: the scrub found damage and puts it in order, and the power goes at each
// operation of that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { HealingCuts } from './healing-cuts.js';
import { ENGINE } from './log-server.js';

test('a power cut at any operation of healing loses nothing, and it is healed later', async (t) => {
  const campaign = new Campaign(t, 'T22', 'power cuts while damage was healed');
  let started = 0;
  await campaign.run(casesOf({ short: 12, long: 2000 }), async (random) => {
    const healing = new HealingCuts(ENGINE, random, 2);
    await healing.run();
    campaign.count += healing.cuts;
    started += healing.started;
  });
  t.diagnostic(`${started} different disks were started and healed, the others refused by name`);
  assert.ok(started > 0, 'some were started');
});
