// T11: syncs fail as they do on ext4, XFS and Btrfs ("Can Applications Recover from fsync
// Failures?", ATC 2020): the error comes once, the pages count as clean, readers go on seeing
// them, and the disk never gets them. Then the power goes, at once or later, with or without a
// restart of the process in between. Nothing is called durable that is not, no file is synced
// again, and the log is rewritten into new files or refuses writes.

import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { FailingServer } from './failing-server.js';
import { ENGINE } from './log-server.js';

test('a sync that fails and drops its pages is never taken for one that worked', async (t) => {
  const campaign = new Campaign(t, 'T11', 'syncs failed and dropped their pages');
  let cuts = 0;
  let mended = 0;
  await campaign.run(casesOf({ short: 500, long: 20_000 }), async (random, seed) => {
    const server = new FailingServer(random, seed, ENGINE);
    await server.run();
    campaign.count += server.counts.failed;
    cuts += server.counts.cuts;
    mended += server.counts.mended;
  });
  t.diagnostic(`${cuts} power cuts after them, ${mended} rewrites that brought a log back`);
});
