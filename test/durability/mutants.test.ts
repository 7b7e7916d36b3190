// Do the campaigns bite? Each sync of the log layer, and each check of its reader, is taken out of
// a copy of the compiled code in turn; a campaign must then fail. What protects nothing that a
// campaign could see is listed with the reason, and is the only exception.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../support/temp-dir.js';
import { Campaign } from './campaign.js';
import { CHECK_MUTANTS } from './check-mutants.js';
import { compiledFiles, mutate } from './engine-mutant.js';
import { firstUnnoticed } from './forgeries.js';
import { firstFailure } from './sync-campaigns.js';
import { syncSites } from './sync-sites.js';

const isLong = process.env.REDDIS_TIER === 'long';
const SEED = 100;
const SHOWN = 110;

/** Syncs without which none of these campaigns fails, and why they are there all the same. */
const UNSEEN: Readonly<Record<string, string>> = {
  'log/damaged-history cutHistory syncDirectory':
    'not run here: only when the scrub found damage in history (T22)',
  'log/damaged-history putStraysAside syncDirectory':
    'not run here: only when the scrub found damage in history (T22)',
  'log/frame-file-writer writeAfter syncData':
    'keeps syncs short: the sync that ends the file covers the same bytes',
  'log/history expireHistory syncDirectory':
    'every start expires the same generation again before anybody reads it',
  'log/history expireHistory syncDirectory #2': 'a start removes again what comes back',
  'log/log-directory retire syncDirectory': 'a start moves again what comes back',
  'log/log-writer sealLast syncData':
    'the seal of the empty successor only tells of damage that comes later; no entry is in it',
};

/** Which campaign is likely to notice; the others follow. */
const LIKELY: readonly (readonly [part: string, campaign: string])[] = [
  ['log/data-set-writer', 'T6 tools'],
  ['log/fix', 'T6 tools'],
  ['onOutgoingSynced', 'T6 everysec'],
  ['syncName', 'T11'],
  ['keepSealed', 'T11'],
];

test('a copy that is not changed passes what mutants must fail', async (t) => {
  const copy = await mutate(join(await tempDir(t), 'copy'), await compiledFiles(), []);
  assert.equal(await firstFailure(copy, SEED), null);
  assert.equal(await firstUnnoticed(copy), null);
});

test('each sync that is taken out makes a campaign fail', async (t) => {
  const campaign = new Campaign(t, 'mutants', 'syncs taken out');
  const root = await tempDir(t);
  const files = await compiledFiles();
  const sites = syncSites(files);
  const names = new Set(sites.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(UNSEEN).filter((name) => !names.has(name)),
    [],
    'exceptions that are no sync any more',
  );
  const survivors: string[] = [];
  for (const { name, change } of sites) {
    campaign.count++;
    const reason = UNSEEN[name];
    if (reason !== undefined && !isLong) {
      t.diagnostic(`${name} -> nothing here: ${reason}`);
      continue;
    }
    const mutant = await mutate(join(root, String(campaign.count)), files, [change]);
    const likely = LIKELY.find(([part]) => name.includes(part))?.[1];
    const caught = await firstFailure(mutant, SEED, likely);
    t.diagnostic(
      `${name} -> ${caught?.slice(0, SHOWN) ?? `nothing here: ${reason ?? 'NOT CAUGHT'}`}`,
    );
    if (caught === null && reason === undefined) survivors.push(name);
  }
  assert.deepEqual(survivors, [], 'syncs that no campaign misses');
});

test('each check that is taken out lets a forgery through', async (t) => {
  const campaign = new Campaign(t, 'mutants', 'checks taken out');
  const root = await tempDir(t);
  const files = await compiledFiles();
  const survivors: string[] = [];
  for (const [what, ...changes] of CHECK_MUTANTS) {
    campaign.count++;
    const mutant = await mutate(join(root, String(campaign.count)), files, changes);
    const caught = await firstUnnoticed(mutant);
    t.diagnostic(`${what} -> ${caught?.slice(0, SHOWN) ?? 'NOT CAUGHT'}`);
    if (caught === null) survivors.push(what);
  }
  assert.deepEqual(survivors, [], 'checks that no forgery misses');
});
