// T1: a log is cut off at every byte of each of its segments. What must hold: the state is what was
// whole before the cut, units whole or not at all; the tools say what the server does; what was
// durable, or sealed, and is missing is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign, casesOf } from './campaign.js';
import { expectationOf } from './damage-model.js';
import { DamagedStarts, thoroughnessOf } from './damaged-start.js';
import { makeSample, type SampleState } from './sample-log.js';

/** @param step cuts at every byte, or at every few bytes, other ones for each seed */
async function truncateEverywhere(
  state: SampleState,
  seed: number,
  step: number,
  campaign: Campaign,
): Promise<void> {
  const sample = await makeSample(seed, state);
  const starts = new DamagedStarts(sample);
  const verdicts = { sound: 0, torn: 0, corrupt: 0 };
  for (const file of sample.segments) {
    for (let size = seed % step; size < file.bytes.length; size += step) {
      const damage = { file, bytes: file.bytes.subarray(0, size) };
      const expected = expectationOf(sample, damage);
      verdicts[expected.verdict]++;
      const what = `${state}: ${file.path} cut at ${size} of ${file.bytes.length}`;
      await starts.judge(damage, expected, thoroughnessOf(campaign.count++), what);
    }
  }
  await starts.end();
  const { sound, torn, corrupt } = verdicts;
  const isVaried = state === 'closed' ? torn > 0 : torn > 100 && sound > 0;
  assert.ok(corrupt > 100 && isVaried, `${sound} sound, ${torn} torn, ${corrupt} corrupt`);
}

for (const [state, step] of [
  ['killed', 1],
  ['unsynced', 16],
  ['closed', 16],
] as const) {
  const places = step === 1 ? 'every byte' : `every ${step}th byte`;
  test(`a log that was ${state}, cut at ${places}, holds what was whole before`, async (t) => {
    const campaign = new Campaign(t, 'T1', `cuts of a log that was ${state}`);
    await campaign.run(casesOf({ short: 1, long: 20 }), async (_random, seed) => {
      await truncateEverywhere(state, seed, step, campaign);
    });
  });
}
