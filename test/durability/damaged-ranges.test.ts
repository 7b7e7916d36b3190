// Ranges of a log overwritten, cut out and put in, frames swapped, doubled and deleted, and frames
// that a client hid in values. A salvage keeps exactly the units that are whole, a start refuses
// or cuts what was never durable, and nothing damaged or forged is ever replayed.

import { type TestContext, test } from 'node:test';
import { randomBelow, type SeededRandom } from '../../engine/util/random.js';
import { atEnd } from '../support/at-end.js';
import { Campaign, casesOf } from './campaign.js';
import { Outcomes, runDamaged } from './damage-case.js';
import { type Corpus, makeCorpora } from './damage-corpus.js';
import type { FileImage } from './file-image.js';
import { makeForgedCorpora } from './forged-corpus.js';
import { breakOpen, damageOnce } from './range-damage.js';

const DAMAGES_MAX = 3;
const FORGED_CORPORA = 40;

/** Damages one file, or several, of a corpus. */
async function damageSome(
  corpus: Corpus,
  random: SeededRandom,
  seed: number,
  outcomes: Outcomes,
): Promise<void> {
  const images = [...corpus.images.values()];
  const filled = images.filter(({ frames }) => frames.length > 1);
  const damaged = new Map<string, Buffer | null>();
  const done: string[] = [];
  const times = 1 + randomBelow(random, DAMAGES_MAX);
  for (let i = 0; i < times; i++) {
    // Now and then one of the empty ones.
    const from = randomBelow(random, 8) === 0 ? images : filled;
    const image = from[randomBelow(random, from.length)];
    const others = images.filter((other: FileImage) => other !== image);
    const { path } = image;
    if (randomBelow(random, 40) === 0) {
      damaged.set(path, null);
      done.push(`${path} removed`);
      continue;
    }
    const before = damaged.get(path) ?? image.bytes;
    const { bytes, what } = damageOnce(random, before, image, others);
    damaged.set(path, bytes);
    done.push(`${path}: ${what}`);
  }
  await runDamaged({ corpus, damaged, what: done.join(', '), seed }, outcomes);
}

function say(t: TestContext, outcomes: Outcomes): void {
  atEnd(t, () => t.diagnostic(outcomes.text));
}

const corpora = makeCorpora();

test('salvage of damaged ranges keeps all that is whole, and no start serves damage', async (t) => {
  const campaign = new Campaign(t, 'T3', 'damaged directories started, checked and salvaged');
  const outcomes = new Outcomes();
  say(t, outcomes);
  const { small } = await corpora;
  await campaign.run(casesOf({ short: 3000, long: 100_000 }), async (random, seed) => {
    await damageSome(small[randomBelow(random, small.length)], random, seed, outcomes);
    campaign.count++;
  });
});

test('the same with entries in fragments, and frames across the windows of a reader', async (t) => {
  const campaign = new Campaign(t, 'T3', 'damaged directories of 6 MB');
  const outcomes = new Outcomes();
  say(t, outcomes);
  const { large } = await corpora;
  await campaign.run(casesOf({ short: 30, long: 1500 }), async (random, seed) => {
    await damageSome(large, random, seed, outcomes);
    campaign.count++;
  });
});

test('frames that are hidden in values are never taken for frames of the log', async (t) => {
  const campaign = new Campaign(t, 'T3', 'logs with frames in values, broken open');
  const outcomes = new Outcomes();
  say(t, outcomes);
  const forged = await makeForgedCorpora(FORGED_CORPORA);
  await campaign.run(casesOf({ short: 2000, long: 40_000 }), async (random, seed) => {
    const corpus = forged[randomBelow(random, forged.length)];
    const [image] = corpus.images.values();
    const done: string[] = [];
    let { bytes } = image;
    const times = 1 + randomBelow(random, DAMAGES_MAX);
    for (let i = 0; i < times; i++) {
      const damage = randomBelow(random, 4) === 0 ? damageOnce : breakOpen;
      const after = damage(random, bytes, image, []);
      ({ bytes } = after);
      done.push(after.what);
    }
    const damaged = new Map([[image.path, bytes]]);
    await runDamaged({ corpus, damaged, what: done.join(', '), seed }, outcomes);
    campaign.count++;
  });
});
