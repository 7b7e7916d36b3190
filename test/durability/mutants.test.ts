// Do the campaigns bite? Each sync of the log layer, and each check of what reads logs, is taken
// out of a copy of the compiled code in turn; a campaign must then fail. There are no exceptions:
// a sync or a check that no campaign misses protects nothing, or a campaign is missing.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../support/temp-dir.js';
import { Campaign } from './campaign.js';
import { type CheckCampaign, firstLetThrough, makeMaterial } from './check-campaigns.js';
import { CHECK_MUTANTS, type CheckMutant } from './check-mutants.js';
import { Mutants, StaleMutant } from './engine-mutant.js';
import { READER_MUTANTS } from './reader-mutants.js';
import { RULE_MUTANTS } from './rule-mutants.js';
import { firstFailure } from './sync-campaigns.js';
import { syncSites } from './sync-sites.js';

const SEED = 100;
const SHOWN = 110;
/** Of T3, for each check. */
const DAMAGED_CASES = 100;
const CHECK_MODULE = 'test/durability/check-campaigns.js';
/** The cheap ones first. */
const CHECK_CAMPAIGNS: readonly CheckCampaign[] = [
  'frames',
  'start',
  'repair',
  'history',
  'snapshot',
  'T3',
];

/** Which campaign is likely to notice; the others follow. */
const LIKELY: readonly (readonly [part: string, campaign: string])[] = [
  ['log/data-set-writer', 'T6 tools'],
  ['log/fix', 'T6 tools'],
  ['log/damaged-history', 'T22'],
  ['writeAfter', 'T6 settled'],
  ['retire', 'T6 settled'],
  ['sealLast', 'T6 settled'],
  ['onOutgoingSynced', 'T6 everysec'],
  ['syncName', 'T11'],
  ['keepSealed', 'T11'],
];

const material = makeMaterial(DAMAGED_CASES, SEED);

test('a copy that is not changed passes what mutants must fail', async (t) => {
  const mutants = await Mutants.in(await tempDir(t), [CHECK_MODULE]);
  const copy = await mutants.make([]);
  assert.equal(await firstFailure(copy.modules, SEED), null);
  const own: { firstLetThrough: typeof firstLetThrough } = await import(copy.url(CHECK_MODULE));
  assert.notEqual(own.firstLetThrough, firstLetThrough, 'it is another module');
  assert.equal(await own.firstLetThrough(CHECK_CAMPAIGNS, await material), null);
});

test('each sync that is taken out makes a campaign fail', async (t) => {
  const campaign = new Campaign(t, 'mutants', 'syncs taken out');
  const mutants = await Mutants.in(await tempDir(t), ['test/durability/log-server.js']);
  const survivors: string[] = [];
  for (const { name, change } of syncSites(mutants.files)) {
    campaign.count++;
    const likely = LIKELY.find(([part]) => name.includes(part))?.[1];
    await tryMutant(t, name, survivors, async () =>
      firstFailure((await mutants.make([change])).modules, SEED, likely),
    );
  }
  assert.deepEqual(survivors, [], 'syncs that no campaign misses');
});

test('each rule of putting files in order that is taken out makes a campaign fail', async (t) => {
  const campaign = new Campaign(t, 'mutants', 'rules taken out');
  const mutants = await Mutants.in(await tempDir(t), ['test/durability/log-server.js']);
  const survivors: string[] = [];
  for (const [what, likely, ...changes] of RULE_MUTANTS) {
    campaign.count++;
    await tryMutant(t, what, survivors, async () =>
      firstFailure((await mutants.make(changes)).modules, SEED, likely),
    );
  }
  assert.deepEqual(survivors, [], 'rules that no campaign misses');
});

test('each check that is taken out lets something through', async (t) => {
  const campaign = new Campaign(t, 'mutants', 'checks taken out');
  const mutants = await Mutants.in(await tempDir(t), [CHECK_MODULE]);
  const survivors: string[] = [];
  const lists: readonly (readonly [CheckCampaign, readonly CheckMutant[]])[] = [
    ['start', CHECK_MUTANTS],
    ...READER_MUTANTS,
  ];
  for (const [likely, list] of lists) {
    const campaigns = [likely, ...CHECK_CAMPAIGNS.filter((one) => one !== likely)];
    for (const [what, ...changes] of list) {
      campaign.count++;
      await tryMutant(t, what, survivors, async () => {
        const mutant = await mutants.make(changes);
        const own: { firstLetThrough: typeof firstLetThrough } = await import(
          mutant.url(CHECK_MODULE)
        );
        return own.firstLetThrough(campaigns, await material);
      });
    }
  }
  assert.deepEqual(survivors, [], 'checks that nothing misses');
});

/** Notes a mutant that nothing caught, or whose code is not there any more; the others go on. */
async function tryMutant(
  t: TestContext,
  what: string,
  survivors: string[],
  run: () => Promise<string | null>,
): Promise<void> {
  let caught: string | null = null;
  let reason = 'NOT CAUGHT';
  try {
    caught = await run();
  } catch (error) {
    if (!(error instanceof StaleMutant)) throw error;
    reason = `must be written anew: ${error.message}`;
  }
  t.diagnostic(`${what} -> ${caught?.slice(0, SHOWN) ?? reason}`);
  if (caught === null) survivors.push(`${what}: ${reason}`);
}
