// The campaigns of power cuts and failed syncs in small, as one question: what does this log layer
// get wrong? Each is tried with seeds of its own, the cheap ones first.

import { SeededRandom } from '../../engine/util/random.js';
import { FailingServer } from './failing-server.js';
import { HealingCuts } from './healing-cuts.js';
import type { LogModules } from './log-server.js';
import { checkStops, randomLife } from './random-life.js';
import { SettledCuts } from './settled-cuts.js';
import { ToolCuts } from './tool-cuts.js';

type Attempt = (modules: LogModules, random: SeededRandom, seed: number) => Promise<void>;

const CUTS = 6;

function life(policy: 'always' | 'everysec'): Attempt {
  return async (modules, random, seed) => {
    const stops = await randomLife(random, { modules, policy });
    await checkStops(stops, random, seed, CUTS, modules);
  };
}

const CAMPAIGNS: readonly (readonly [name: string, attempts: number, attempt: Attempt])[] = [
  ['T6 always', 3, life('always')],
  ['T6 tools', 1, async (modules, random) => new ToolCuts(modules, random, 4).run()],
  ['T6 everysec', 1, life('everysec')],
  ['T6 settled', 3, async (modules, random) => new SettledCuts(modules, random).run()],
  ['T22', 6, async (modules, random) => new HealingCuts(modules, random, 2).run()],
  ['T11', 80, async (modules, random, seed) => new FailingServer(random, seed, modules).run()],
];

/**
 * @param likely the campaign to begin with
 * @returns which campaign a log layer fails, and how; null when it passes all of them
 */
export async function firstFailure(
  modules: LogModules,
  seed: number,
  likely = CAMPAIGNS[0][0],
): Promise<string | null> {
  const first = CAMPAIGNS.filter(([name]) => name === likely);
  const others = CAMPAIGNS.filter(([name]) => name !== likely);
  for (const [name, attempts, attempt] of [...first, ...others]) {
    for (let i = 0; i < attempts; i++) {
      try {
        await attempt(modules, new SeededRandom(seed + i), seed + i);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return `${name}: ${text.split('\n')[0]}`;
      }
    }
  }
  return null;
}
