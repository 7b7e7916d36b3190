// The checks of everything that reads files, as one question: what do they let through? Forged
// files first, each of which only one check can notice, then the campaign of damaged ranges (T3).
// A mutant brings its own copy of this module.

import { randomBelow, SeededRandom } from '../../engine/util/random.js';
import { type DamagedCase, Outcomes, runDamaged } from './damage-case.js';
import { makeCorpora } from './damage-corpus.js';
import { FRAME_READINGS } from './forged-frames.js';
import {
  firstWrong,
  HISTORY_READINGS,
  makeSamples,
  type Reading,
  type Samples,
} from './forged-history.js';
import { REPAIR_READINGS } from './forged-repairs.js';
import { firstUnnoticed } from './forgeries.js';
import { ENGINE } from './log-server.js';
import { damageOnce } from './range-damage.js';

/** What may notice that a check is missing. */
export type CheckCampaign = 'start' | 'frames' | 'history' | 'repair' | 'snapshot' | 'T3';

/** What is given to the checks: the same in each run, and for each mutant. */
export interface CheckMaterial {
  readonly samples: Samples;
  /** Directories to try, for T3. */
  readonly damaged: readonly DamagedCase[];
}

/** @param damagedCount how many directories there are for T3 */
export async function makeMaterial(damagedCount: number, seed: number): Promise<CheckMaterial> {
  return { samples: await makeSamples(), damaged: await damagedCases(damagedCount, seed) };
}

async function damagedCases(count: number, firstSeed: number): Promise<DamagedCase[]> {
  const { small: corpora } = await makeCorpora();
  return Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    const random = new SeededRandom(seed);
    const corpus = corpora[randomBelow(random, corpora.length)];
    const images = [...corpus.images.values()].filter(({ frames }) => frames.length > 1);
    const damaged = new Map<string, Buffer>();
    const done: string[] = [];
    for (let times = 1 + randomBelow(random, 2); times > 0; times--) {
      const image = images[randomBelow(random, images.length)];
      const others = images.filter((other) => other !== image);
      const { bytes, what } = damageOnce(
        random,
        damaged.get(image.path) ?? image.bytes,
        image,
        others,
      );
      damaged.set(image.path, bytes);
      done.push(`${image.path}: ${what}`);
    }
    return { corpus, damaged, what: done.join(', '), seed };
  });
}

/**
 * @returns what the checks of this copy of the engine let through, or null when it is nothing
 */
export async function firstLetThrough(
  campaigns: readonly CheckCampaign[],
  { samples, damaged }: CheckMaterial,
): Promise<string | null> {
  for (const campaign of campaigns) {
    let found: string | null;
    if (campaign === 'start') found = await firstUnnoticed(ENGINE, samples.sample, samples.foreign);
    else if (campaign === 'T3') found = await firstDamaged(damaged);
    else found = await firstWrong(await readingsOf(campaign), samples);
    if (found !== null) return found;
  }
  return null;
}

async function readingsOf(
  campaign: Exclude<CheckCampaign, 'start' | 'T3'>,
): Promise<readonly Reading[]> {
  switch (campaign) {
    case 'frames':
      return FRAME_READINGS;
    case 'history':
      return HISTORY_READINGS;
    case 'repair':
      return REPAIR_READINGS;
    case 'snapshot':
      // Only this one needs the keyspace and all below it.
      return (await import('./forged-snapshots.js')).SNAPSHOT_READINGS;
  }
}

async function firstDamaged(cases: readonly DamagedCase[]): Promise<string | null> {
  const outcomes = new Outcomes();
  for (const [i, one] of cases.entries()) {
    try {
      await runDamaged(one, outcomes);
    } catch (error) {
      const { cause } = error instanceof Error ? error : { cause: error };
      const text = cause instanceof Error ? cause.message : String(cause);
      return `T3, case ${i}: ${text.split('\n')[0]}`;
    }
  }
  return null;
}
