// What all campaigns have in common: how many cases each tier runs, the seed, and what they say.
// `npm test` runs the short tier, the same cases each time, so that a change is judged by what it
// changes; `npm test -- --long` runs new ones, many more; `--seed N` repeats one. Invariant: a case
// depends on nothing but its seed, so the seed that a failure names repeats it.

import type { TestContext } from 'node:test';
import { randomSeed, SeededRandom } from '../../engine/util/random.js';
import { atEnd } from '../support/at-end.js';

/** Of the short tier's first case. */
const SHORT_SEED = 1_790_000_000;

export const isLong = process.env.REDDIS_TIER === 'long';
const givenSeed = process.env.REDDIS_SEED;

/** @returns how many cases this run has */
export function casesOf(tiers: { readonly short: number; readonly long: number }): number {
  // A seed that is given names one case: the one to look at again.
  if (givenSeed !== undefined) return 1;
  return isLong ? tiers.long : tiers.short;
}

function tierSeed(): number {
  return isLong ? randomSeed() : SHORT_SEED;
}

/** Counts what a campaign did, and says so when its test ends. */
export class Campaign {
  /** Faults or cases that were tried. */
  count = 0;
  private readonly firstSeed = givenSeed === undefined ? tierSeed() : Number(givenSeed);
  private readonly startMs = performance.now();

  /** @param id of the matrix: T6 */
  constructor(t: TestContext, id: string, what: string) {
    atEnd(t, () => {
      const seconds = ((performance.now() - this.startMs) / 1000).toFixed(1);
      t.diagnostic(`${id}: ${this.count} ${what} in ${seconds} s, first seed ${this.firstSeed}`);
    });
  }

  /**
   * Runs cases, each with a seed of its own, one after the other.
   * @throws what the case threw, with the seed that repeats it
   */
  async run(
    cases: number,
    runCase: (random: SeededRandom, seed: number) => Promise<void>,
  ): Promise<void> {
    for (let i = 0; i < cases; i++) {
      const seed = (this.firstSeed + i) >>> 0;
      try {
        await runCase(new SeededRandom(seed), seed);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        throw new Error(`case ${i} (repeat it with --seed ${seed}): ${text}`, { cause: error });
      }
    }
  }
}
