// Random list commands on a few keys against JS arrays, with limits on both sides of which the
// lists lie; at the end every list is copied, dumped and restored, and the log is replayed.

import { deepEqual, equal } from 'node:assert/strict';
import { randomBelow, randomSeed, SeededRandom } from '../../../engine/util/random.js';
import { type Commands, commandTest } from '../command-test.js';

const KEYS = ['a', 'b', 'c'];
const STEPS = 2500;

class Model {
  readonly lists = new Map<string, string[]>(KEYS.map((key) => [key, []]));
  readonly random: SeededRandom;
  readonly ask: Commands['ask'];

  constructor(ask: Commands['ask'], seed: number) {
    this.ask = ask;
    this.random = new SeededRandom(seed);
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  key(): string {
    return KEYS[this.below(KEYS.length)];
  }

  list(key: string): string[] {
    return this.lists.get(key) ?? [];
  }

  element(): string {
    switch (this.below(10)) {
      case 0:
        return String(this.below(300) - 100);
      case 1:
        return String(this.below(2 ** 32) * 65_536);
      case 2:
        return 'x'.repeat(this.below(200));
      case 3:
        return this.below(15) === 0 ? 'L'.repeat(this.below(12_000)) : '';
      default:
        return `element ${this.below(20)}`;
    }
  }

  push(): void {
    const key = this.key();
    const list = this.list(key);
    const elements = Array.from({ length: 1 + this.below(8) }, () => this.element());
    const isFront = this.below(2) === 0;
    if (isFront) for (const element of elements) list.unshift(element);
    else list.push(...elements);
    equal(this.ask(isFront ? 'LPUSH' : 'RPUSH', key, ...elements), list.length);
  }

  pop(): void {
    const key = this.key();
    const list = this.list(key);
    const count = 1 + this.below(this.below(5) === 0 ? 200 : 5);
    const isFront = this.below(2) === 0;
    const expected = isFront ? list.splice(0, count) : list.splice(-count).reverse();
    const answer = this.ask(isFront ? 'LPOP' : 'RPOP', key, count);
    deepEqual(answer, expected.length === 0 ? null : expected);
  }

  move(): void {
    const [from, to] = [this.key(), this.key()];
    const [isFromLeft, isToLeft] = [this.below(2) === 0, this.below(2) === 0];
    const element = isFromLeft ? this.list(from).shift() : this.list(from).pop();
    if (element !== undefined) {
      if (isToLeft) this.list(to).unshift(element);
      else this.list(to).push(element);
    }
    const ends = [isFromLeft, isToLeft].map((isLeft) => (isLeft ? 'LEFT' : 'RIGHT'));
    equal(this.ask('LMOVE', from, to, ...ends), element ?? null);
  }

  insert(): void {
    const key = this.key();
    const list = this.list(key);
    const pivot = list.length > 0 && this.below(5) > 0 ? list[this.below(list.length)] : 'none';
    const element = this.element();
    const isAfter = this.below(2) === 0;
    const at = list.indexOf(pivot);
    const isThere = list.length > 0;
    if (at >= 0) list.splice(isAfter ? at + 1 : at, 0, element);
    const expected = at >= 0 ? list.length : isThere ? -1 : 0;
    equal(this.ask('LINSERT', key, isAfter ? 'AFTER' : 'BEFORE', pivot, element), expected);
  }

  set(): void {
    const key = this.key();
    const list = this.list(key);
    if (list.length === 0) return;
    const at = this.below(list.length);
    list[at] = this.element();
    equal(this.ask('LSET', key, this.below(2) === 0 ? at : at - list.length, list[at]), 'OK');
  }

  remove(): void {
    const key = this.key();
    const list = this.list(key);
    const element = list[this.below(list.length + 1)] ?? 'none';
    const count = this.below(7) - 3;
    let left = count === 0 ? Infinity : Math.abs(count);
    const kept = (value: string): boolean => value !== element || left-- <= 0;
    const after = count < 0 ? list.reverse().filter(kept).reverse() : list.filter(kept);
    this.lists.set(key, after);
    equal(this.ask('LREM', key, count, element), list.length - after.length);
  }

  trim(): void {
    const key = this.key();
    const list = this.list(key);
    const start = this.below(10);
    const stop = -1 - this.below(10);
    this.lists.set(key, list.slice(start, stop === -1 ? undefined : stop + 1));
    equal(this.ask('LTRIM', key, start, stop), 'OK');
  }

  check(): void {
    for (const [key, list] of this.lists) {
      deepEqual(this.ask('LRANGE', key, 0, -1), list);
      equal(this.ask('LLEN', key), list.length);
    }
  }

  step(): void {
    const kind = this.below(100);
    if (kind < 40) this.push();
    else if (kind < 55) this.pop();
    else if (kind < 65) this.move();
    else if (kind < 75) this.insert();
    else if (kind < 85) this.set();
    else if (kind < 95) this.remove();
    else if (kind < 98) this.trim();
    else this.check();
  }

  copyAll(): void {
    for (const [key, list] of this.lists) {
      if (list.length === 0) continue;
      equal(this.ask('COPY', key, `${key} copied`), 1);
      deepEqual(this.ask('LRANGE', `${key} copied`, 0, -1), list);
      const dump = Buffer.from(String(this.ask('DUMP', key)), 'latin1');
      equal(this.ask('RESTORE', `${key} restored`, 0, dump), 'OK');
      deepEqual(this.ask('LRANGE', `${key} restored`, 0, -1), list);
    }
  }
}

for (const fill of [-1, -2, 1, 5, 128]) {
  commandTest(`Random commands, list-max-listpack-size ${fill}`, (ask, { engine }) => {
    engine.config.set([['list-max-listpack-size', String(fill)]], false);
    const seed = randomSeed();
    try {
      const model = new Model(ask, seed);
      for (let i = 0; i < STEPS; i++) model.step();
      model.check();
      model.copyAll();
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  });
}
