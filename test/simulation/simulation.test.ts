// T17: the whole server under simulation, seed by seed. What it must hold is in simulation.ts: no
// acknowledged write is lost, replies are linearizable, every start finds a state there was, and
// the server gets over every fault. That this can fail is tested, too: with a disk that lies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Campaign, casesOf } from '../durability/campaign.js';
import { Simulation } from './simulation.js';

/** Of so many simulations with a disk that lies at least one loses what was promised. */
const LIES_MAX = 40;

test('a simulated server keeps its promises through faults, kills and power cuts', async (t) => {
  const campaign = new Campaign(t, 'T17', 'simulated lives of a server');
  const total = { commands: 0, failed: 0, starts: 0, compactions: 0, faults: 0, virtualMs: 0 };
  const names = Object.keys(total) as (keyof typeof total)[];
  await campaign.run(casesOf({ short: 200, long: 3000 }), async (_random, seed) => {
    const facts = await new Simulation(seed).run();
    for (const name of names) total[name] += facts[name];
    campaign.count++;
  });
  t.diagnostic(names.map((name) => `${Math.floor(total[name])} ${name}`).join(', '));
});

test('the same seed is the same simulation, to the last event', async (t) => {
  const campaign = new Campaign(t, 'T17', 'simulations that were repeated');
  await campaign.run(casesOf({ short: 5, long: 100 }), async (_random, seed) => {
    const first = await new Simulation(seed).run();
    assert.deepEqual(await new Simulation(seed).run(), first);
    assert.notEqual((await new Simulation(seed + 1).run()).trace, first.trace);
    campaign.count++;
  });
});

test('a disk that only says it synced is found out', async () => {
  let seed = 1;
  const broken = async (): Promise<string> => {
    try {
      await new Simulation(seed, { skipsSync: (name) => name === 'fdatasync' }).run();
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  let message = '';
  for (; message === '' && seed <= LIES_MAX; seed++) message = await broken();
  assert.match(message, /may not be lost|is no state there ever was|the check says/);
});
