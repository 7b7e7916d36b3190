// Deadlines against a list that is sorted each time: random adding, removing and passing of time.

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { type Deadline, Deadlines } from '../../engine/exec/deadlines.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';
import { FakeClock } from '../support/fake-clock.js';

const STEPS = 5000;

class Entry implements Deadline {
  heapIndex = -1;
  readonly deadlineMs: number;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }
}

test('entries end in the order of their deadlines, each in its time', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const clock = new FakeClock();
  const ended: Entry[] = [];
  const deadlines = new Deadlines<Entry>(clock, (entry) => ended.push(entry));
  let expected: Entry[] = [];
  for (let step = 0; step < STEPS; step++) {
    const kind = randomBelow(random, 10);
    if (kind < 6) {
      const entry = new Entry(clock.monotonicMs() + randomBelow(random, 200));
      deadlines.add(entry);
      expected.push(entry);
    } else if (kind < 8 && expected.length > 0) {
      const [entry] = expected.splice(randomBelow(random, expected.length), 1);
      deadlines.remove(entry);
      deadlines.remove(entry);
    } else {
      ended.length = 0;
      clock.advance(randomBelow(random, 40));
      const now = clock.monotonicMs();
      const due = expected.filter(({ deadlineMs }) => deadlineMs <= now);
      expected = expected.filter(({ deadlineMs }) => deadlineMs > now);
      const times = due.map(({ deadlineMs }) => deadlineMs).sort((a, b) => a - b);
      deepEqual(
        ended.map(({ deadlineMs }) => deadlineMs),
        times,
        `seed ${seed}, step ${step}`,
      );
      equal(new Set(ended).size, due.length, `seed ${seed}: each once`);
    }
    equal(deadlines.size, expected.length, `seed ${seed}, step ${step}`);
  }
});

test('what is added while entries end, and is due already, ends as well', () => {
  const clock = new FakeClock();
  const ended: number[] = [];
  const deadlines: Deadlines<Entry> = new Deadlines(clock, ({ deadlineMs }) => {
    ended.push(deadlineMs);
    if (ended.length === 1) for (const ms of [7, 50]) deadlines.add(new Entry(ms));
  });
  deadlines.add(new Entry(5));
  clock.advance(10);
  deepEqual(ended, [5, 7]);
  clock.advance(40);
  deepEqual(ended, [5, 7, 50]);
});
