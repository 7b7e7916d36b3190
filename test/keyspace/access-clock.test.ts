// The access bits: idle time for LRU with its wrap-around, and LFU's counter with its decay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessClock } from '../../engine/keyspace/access-clock.js';
import { SeededRandom } from '../../engine/util/random.js';

const START_MS = 1_700_000_000_000;
const LRU_SECONDS = 2 ** 24;

test('idle time counts whole seconds since the last use, across the wrap of 24 bits', () => {
  const clock = new AccessClock(new SeededRandom(1));
  clock.refresh(START_MS);
  let bits = clock.initial();
  assert.equal(clock.idleSeconds(bits), 0);
  clock.refresh(START_MS + 12_900);
  assert.equal(clock.idleSeconds(bits), 12);
  bits = clock.touch(bits);
  assert.equal(clock.idleSeconds(bits), 0);
  clock.refresh(START_MS + 12_900 + (LRU_SECONDS - 5) * 1000);
  assert.equal(clock.idleSeconds(bits), LRU_SECONDS - 5);
});

test('access bits can be made for an idle time or a frequency', () => {
  const clock = new AccessClock(new SeededRandom(1));
  clock.refresh(START_MS);
  for (const seconds of [0, 1, 1000, LRU_SECONDS - 1]) {
    assert.equal(clock.idleSeconds(clock.bitsForIdle(seconds)), seconds);
  }
  for (const frequency of [0, 5, 255]) {
    assert.equal(clock.frequency(clock.bitsForFrequency(frequency)), frequency);
  }
});

test('the frequency counter grows with the logarithm of uses and decays by the minute', () => {
  const clock = new AccessClock(new SeededRandom(7));
  clock.isLfu = true;
  clock.refresh(START_MS);
  let bits = clock.initial();
  assert.equal(clock.frequency(bits), 5);
  for (let use = 0; use < 1000; use++) bits = clock.touch(bits);
  const frequency = clock.frequency(bits);
  assert.ok(frequency > 12 && frequency < 25, `${frequency} after a thousand uses`);
  clock.refresh(START_MS + 3 * 60_000);
  assert.equal(clock.frequency(bits), frequency - 3);
  clock.lfuDecayMinutes = 0;
  assert.equal(clock.frequency(bits), frequency);
  clock.lfuDecayMinutes = 1;
  clock.refresh(START_MS + 300 * 60_000);
  assert.equal(clock.frequency(bits), 0);
  for (let use = 0; use < 2_000_000; use++) bits = clock.touch(bits);
  assert.equal(clock.frequency(bits), 255);
});
