// The wheel against a plain Map of deadlines: what is due comes out, in order of time, and
// nothing else; for near, far, equal and past deadlines, in small budgets and large jumps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, type Ref } from '../../engine/memory/chunks.js';
import {
  deadlineDoubleOf,
  deadlineOf,
  FLAG_DEADLINE,
  FLAG_LONG,
  recordBytes,
  writeLengths,
} from '../../engine/memory/record.js';
import { TimingWheel } from '../../engine/memory/timing-wheel.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const START = 1_700_000_000_000;
const FARTHEST = Number.MAX_SAFE_INTEGER;

class Deadlines {
  readonly arena = new Arena();
  readonly wheel = new TimingWheel(this.arena, START);
  readonly model = new Map<Ref, number>();

  /** @param layout FLAG_LONG or 0: both places a deadline can have in a record */
  add(deadline: number, layout: number): Ref {
    const flags = layout | FLAG_DEADLINE;
    const ref = this.arena.allocate(recordBytes(flags, 0, 0));
    writeLengths(this.arena, ref, flags, 0, 0);
    this.list(ref, deadline);
    return ref;
  }

  move(ref: Ref, deadline: number): void {
    this.wheel.remove(ref);
    this.list(ref, deadline);
  }

  remove(ref: Ref): void {
    this.wheel.remove(ref);
    this.arena.free(ref);
    this.model.delete(ref);
  }

  /** Lets the wheel hand out what is due. @returns the deadlines in the order they came */
  advance(now: number, stepsMax: number): { due: number[]; isDone: boolean } {
    const due: number[] = [];
    const expire = (ref: Ref): void => {
      const deadline = deadlineOf(this.arena, ref);
      assert.equal(deadline, this.model.get(ref));
      assert.ok(deadline <= now, `${deadline} is not due at ${now}`);
      due.push(deadline);
      this.remove(ref);
    };
    const isDone = this.wheel.advance(now, expire, stepsMax);
    return { due, isDone };
  }

  private list(ref: Ref, deadline: number): void {
    this.arena.doubles[ref >>> CHUNK_SHIFT][deadlineDoubleOf(this.arena, ref)] = deadline;
    this.wheel.add(ref);
    this.model.set(ref, deadline);
  }
}

function randomDeadline(random: SeededRandom, now: number): number {
  const kind = randomBelow(random, 20);
  if (kind === 0) return FARTHEST - randomBelow(random, 1000);
  if (kind === 1) return randomBelow(random, 2 ** 32);
  if (kind === 2) return now;
  if (kind === 3) return now + 1;
  // Any power of two away: every level of the wheel is used.
  return now + randomBelow(random, 2 ** randomBelow(random, 32) + 1);
}

test('what is due comes out and nothing else, under random changes and small budgets', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const deadlines = new Deadlines();
  const { model, wheel } = deadlines;
  let refs: Ref[] = [];
  let now = START;
  for (let step = 0; step < 30_000; step++) {
    const context = `seed ${seed}, step ${step}`;
    for (let i = randomBelow(random, 4); i > 0; i--) {
      const layout = randomBelow(random, 2) * FLAG_LONG;
      refs.push(deadlines.add(randomDeadline(random, now), layout));
    }
    const ref = refs[randomBelow(random, refs.length)];
    if (ref !== undefined && model.has(ref)) {
      if (randomBelow(random, 2) === 0) deadlines.remove(ref);
      else deadlines.move(ref, randomDeadline(random, now));
    }
    now += randomBelow(random, 2 ** randomBelow(random, 24));
    const { isDone } = deadlines.advance(now, randomBelow(random, 12));
    if (isDone) for (const deadline of model.values()) assert.ok(deadline > now, context);
    assert.equal(wheel.count, model.size, context);
    if (refs.length > 2000) refs = [...model.keys()];
  }
  const { due, isDone } = deadlines.advance(FARTHEST, Number.MAX_SAFE_INTEGER);
  assert.ok(isDone);
  assert.deepEqual(
    due,
    [...due].sort((a, b) => a - b),
    `seed ${seed}: earliest first`,
  );
  assert.equal(model.size, 0);
  assert.equal(deadlines.arena.usedBytes, 0);
  assert.equal(wheel.deadlineSum, 0);
});

test('every deadline around every level boundary is met to the millisecond', () => {
  for (let bits = 0; bits <= 52; bits++) {
    for (const offset of [-1, 0, 1]) {
      const deadline = START + 2 ** bits + offset;
      if (deadline <= START || deadline > FARTHEST) continue;
      const deadlines = new Deadlines();
      deadlines.add(deadline, 0);
      assert.deepEqual(deadlines.advance(deadline - 1, 100).due, []);
      assert.deepEqual(deadlines.advance(deadline, 100).due, [deadline]);
    }
  }
});

test('a budget that ends in the middle of many equal deadlines goes on where it stopped', () => {
  const deadlines = new Deadlines();
  for (let i = 0; i < 1000; i++) deadlines.add(START + 100_000, 0);
  const far = deadlines.add(START + 100_001, 0);
  let handedOut = 0;
  let calls = 0;
  for (;;) {
    const { due, isDone } = deadlines.advance(START + 100_000, 7);
    handedOut += due.length;
    calls++;
    if (isDone) break;
  }
  assert.equal(handedOut, 1000);
  assert.ok(calls > 1000 / 7);
  assert.deepEqual([...deadlines.model.keys()], [far]);
});

test('a clock that is set back hands nothing out early', () => {
  const deadlines = new Deadlines();
  deadlines.advance(START + 10_000, 10);
  deadlines.add(START + 5_000, 0);
  deadlines.add(START + 4_000, 0);
  assert.deepEqual(deadlines.advance(START + 1_000, 10), { due: [], isDone: true });
  assert.equal(deadlines.wheel.count, 2);
  assert.equal(deadlines.advance(START + 10_000, 10).due.length, 2);
});
