// How the time of deadlines follows a wall clock that jumps: slowly, never back, at once only over
// more than an hour; and what the clock of an engine makes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockSlew, GAP_MAX_MS, RATE_MAX, SLEW_MS } from '../../engine/util/clock-slew.js';
import { EngineClock } from '../../engine/util/engine-clock.js';
import { randomBelow, SeededRandom } from '../../engine/util/random.js';

const START_MS = 1_700_000_000_000;
const TICK_MS = 100;
const SEEDS = 200;
const STEPS_MS = [5, 900, 1100, 30_000, 300_000, 3_000_000, 5_000_000, 400 * 86_400_000];

/** A wall clock that can be set, and monotonic time. */
class SetClock {
  wallMs = START_MS;
  elapsedMs = 0.25;

  now = (): number => Math.floor(this.wallMs);
  nowUs = (): number => Math.floor(this.wallMs * 1000);
  monotonicMs = (): number => this.elapsedMs;
  alarm = (): (() => void) => () => {};

  pass(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }
}

test('without a jump the time is the wall clock, to the millisecond', () => {
  const clock = new SetClock();
  clock.wallMs += 0.7;
  const slew = new ClockSlew(clock.now(), clock.monotonicMs());
  for (let i = 0; i < 1000; i++) {
    clock.pass(TICK_MS + (i % 7) * 0.37);
    assert.equal(slew.look(clock.now(), clock.monotonicMs()), 0);
  }
  assert.equal(Math.floor(slew.timeAt(clock.monotonicMs())), clock.now());
});

test('a jump of five minutes is made up for in ten, a smaller one no faster', () => {
  for (const stepMs of [2000, 60_000, 300_000, -2000, -60_000, -300_000]) {
    const clock = new SetClock();
    const slew = new ClockSlew(clock.now(), clock.monotonicMs());
    clock.wallMs += stepMs;
    assert.equal(slew.look(clock.now(), clock.monotonicMs()), stepMs);
    assert.equal(slew.timeAt(clock.monotonicMs()), START_MS, 'nothing is made up for at once');
    let elapsedMs = 0;
    for (; slew.gapMs !== 0; elapsedMs += TICK_MS) {
      clock.pass(TICK_MS);
      assert.equal(slew.look(clock.now(), clock.monotonicMs()), 0);
      assert.ok(elapsedMs < 2 * SLEW_MS, `${stepMs}`);
    }
    assert.ok(Math.abs(elapsedMs - SLEW_MS) <= SLEW_MS / 100, `${stepMs}: ${elapsedMs}`);
  }
});

test('a jump of over an hour is followed at once', () => {
  for (const stepMs of [GAP_MAX_MS + 1000, -GAP_MAX_MS - 1000]) {
    const clock = new SetClock();
    const slew = new ClockSlew(clock.now(), clock.monotonicMs());
    clock.wallMs += stepMs;
    assert.equal(slew.look(clock.now(), clock.monotonicMs()), stepMs);
    assert.ok(Math.abs(slew.timeAt(clock.monotonicMs()) - clock.now()) <= 1);
    assert.equal(slew.gapMs, 0);
  }
});

test('whatever the wall clock does, time stays within its bounds', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new SeededRandom(seed);
    const clock = new SetClock();
    const slew = new ClockSlew(clock.now(), clock.monotonicMs());
    for (let i = 0; i < 300; i++) {
      const what = `seed ${seed}, step ${i}`;
      if (randomBelow(random, 10) === 0) {
        const stepMs = STEPS_MS[randomBelow(random, STEPS_MS.length)];
        clock.wallMs += randomBelow(random, 2) === 0 ? stepMs : -stepMs;
      }
      const beforeMs = slew.timeAt(clock.monotonicMs());
      const elapsedMs = 1 + randomBelow(random, randomBelow(random, 5) === 0 ? 60_000 : 200);
      clock.pass(elapsedMs);
      const timeMs = slew.timeAt(clock.monotonicMs());
      const speed = (timeMs - beforeMs) / elapsedMs;
      assert.ok(speed > 1 - RATE_MAX - 0.01 && speed < 1 + RATE_MAX + 0.01, `${what}: ${speed}`);
      const aheadMs = clock.now() - timeMs;
      slew.look(clock.now(), clock.monotonicMs());
      const movedMs = slew.timeAt(clock.monotonicMs()) - timeMs;
      const isFollowed = Math.abs(aheadMs) > GAP_MAX_MS;
      if (!isFollowed) assert.ok(movedMs >= 0 && movedMs <= 10, `${what}: ${movedMs}`);
      const offMs = Math.abs(clock.now() - slew.timeAt(clock.monotonicMs()));
      assert.ok(offMs <= GAP_MAX_MS + 1, `${what}: off by ${offMs}`);
    }
    for (let i = 0; i < (2 * GAP_MAX_MS) / RATE_MAX / 1000; i++) {
      clock.pass(1000);
      slew.look(clock.now(), clock.monotonicMs());
    }
    assert.equal(slew.gapMs, 0, `seed ${seed}: it agrees in the end`);
  }
});

test('the clock of an engine counts and tells jumps, and follows them as it is told', () => {
  const wall = new SetClock();
  const clock = new EngineClock(wall);
  const told: string[] = [];
  clock.onJump = (text) => told.push(text);
  wall.wallMs += 60_000;
  assert.equal(clock.now(), START_MS, 'a jump is not seen between two looks');
  clock.look();
  assert.equal(clock.now(), START_MS);
  assert.equal(clock.gapMs, 60_000);
  wall.wallMs -= 5_000_000;
  clock.look();
  assert.equal(clock.now(), wall.now());
  clock.setSlewed(false);
  wall.wallMs += 2000;
  assert.equal(clock.now(), wall.now());
  clock.look();
  assert.equal(clock.jumps, 3);
  assert.deepEqual(told, [
    'The wall clock jumped forward by 60.0 s; deadlines follow slowly',
    'The wall clock jumped back by 5000.0 s; deadlines follow at once: it is over 60 minutes off',
    'The wall clock jumped forward by 2.0 s; deadlines follow at once',
  ]);
  clock.setSlewed(true);
  assert.equal(clock.nowUs(), wall.nowUs(), 'it begins in agreement');
});
