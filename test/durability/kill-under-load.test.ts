// Fifty pipelining clients, kill -9 at a random moment, restart: whatever was acknowledged is
// there, and whatever is there was sent.
//
//   REDDIS_KILL_LOOPS  kills in each campaign (default 2)
//   REDDIS_KILL_SEED   decides the writes and the moments, as far as the machine lets it

import { test } from 'node:test';
import { randomSeed } from '../../engine/util/random.js';
import { runCampaign } from './kill-campaign.js';

const loops = Number(process.env.REDDIS_KILL_LOOPS ?? 2);
const seed = Number(process.env.REDDIS_KILL_SEED ?? randomSeed());

for (const appendfsync of ['always', 'everysec'] as const) {
  test(`kill -9 loses nothing that appendfsync ${appendfsync} acknowledged`, async (t) => {
    await runCampaign(t, { loops, seed, appendfsync, rewrites: false });
  });

  test(`nor does it in the middle of a rewrite, appendfsync ${appendfsync}`, async (t) => {
    await runCampaign(t, { loops, seed: seed + 1, appendfsync, rewrites: true });
  });
}
