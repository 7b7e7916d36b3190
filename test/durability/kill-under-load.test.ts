// T5. Fifty pipelining clients, kill -9 at a random moment, restart: whatever was acknowledged is
// there, and whatever is there was sent. Commands of every type, transactions, deadlines, and in
// every other campaign compactions all the time.

import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { runKills } from './kill-campaign.js';

/** Kills of each of the four campaigns: 20 and 1,000 together. */
const LOOPS = { short: 5, long: 250 };
/** Loops on one directory; then another one begins, with a seed of its own. */
const LOOPS_PER_DIRECTORY = 25;

for (const appendfsync of ['always', 'everysec'] as const) {
  for (const rewrites of [false, true]) {
    const when = rewrites ? ' in the middle of rewrites' : '';
    test(`kill -9${when} loses nothing that appendfsync ${appendfsync} acknowledged`, async (t) => {
      const campaign = new Campaign(t, 'T5', 'kills');
      const { short, long } = LOOPS;
      const directories = casesOf({ short: 1, long: Math.ceil(long / LOOPS_PER_DIRECTORY) });
      const loops = directories === 1 ? short : LOOPS_PER_DIRECTORY;
      await campaign.run(directories, async (_random, seed) => {
        campaign.count += await runKills(t, { loops, seed, appendfsync, rewrites });
      });
    });
  }
}
