// Large lists against a JS array: random operations with leaves of all sizes, elements larger than
// a leaf, and lists that are frozen, changed, read as they were and thawed. At the end of each run
// the arena must have got back every byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrozenList, freeze, thaw } from '../../engine/datatypes/list-frozen.js';
import { ListTree } from '../../engine/datatypes/list-tree.js';
import { Arena } from '../../engine/memory/arena.js';
import { NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { nextEntry, readEntry } from '../../engine/memory/packed-list.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const slice = new ByteSlice();

function sliceOf(text: string): ByteSlice {
  return slice.ofBuffer(Buffer.from(text, 'latin1'));
}

/** A list and what it should hold. */
class Checked {
  readonly arena: Arena;
  readonly tree = new ListTree();
  expected: string[] = [];
  frozen: Ref = NO_REF;
  frozenExpected: string[] = [];
  readonly thawing: Ref[] = [];
  readonly random: SeededRandom;

  constructor(arena: Arena, random: SeededRandom, fill: number, packedThreshold = 0) {
    this.arena = arena;
    this.random = random;
    this.tree.limits.set(fill, packedThreshold);
    this.tree.create(arena);
  }

  below(limit: number): number {
    return randomBelow(this.random, limit);
  }

  element(): string {
    switch (this.below(12)) {
      case 0:
        return String(this.below(200));
      case 1:
        return String(this.below(2 ** 31) * (this.below(2) === 0 ? 1 : -70000));
      case 2:
        return 'x'.repeat(this.below(300));
      case 3:
        return this.below(20) === 0 ? 'L'.repeat(this.below(20000)) : 'small';
      default:
        return `element:${this.below(50)}`;
    }
  }

  read(): string[] {
    const { tree } = this;
    const found: string[] = [];
    if (tree.count === 0) return found;
    tree.seek(0);
    do {
      readEntry(tree.bytes, tree.view, tree.at, slice);
      found.push(slice.text());
    } while (tree.forward());
    return found;
  }

  readBackward(): string[] {
    const { tree } = this;
    const found: string[] = [];
    if (tree.count === 0) return found;
    tree.seek(tree.count);
    while (tree.backward()) {
      readEntry(tree.bytes, tree.view, tree.at, slice);
      found.push(slice.text());
    }
    return found.reverse();
  }

  push(): void {
    const text = this.element();
    if (this.below(2) === 0) {
      this.tree.pushBack(sliceOf(text));
      this.expected.push(text);
    } else {
      this.tree.pushFront(sliceOf(text));
      this.expected.unshift(text);
    }
  }

  insert(): void {
    if (this.expected.length === 0) return;
    const at = this.below(this.expected.length);
    const text = this.element();
    this.tree.seek(at);
    if (this.below(2) === 0) {
      this.tree.insertBefore(sliceOf(text));
      this.expected.splice(at, 0, text);
    } else {
      this.tree.insertAfter(sliceOf(text));
      this.expected.splice(at + 1, 0, text);
    }
  }

  replace(): void {
    if (this.expected.length === 0) return;
    const at = this.below(this.expected.length);
    const text = this.element();
    this.tree.seek(at);
    this.tree.replace(sliceOf(text));
    this.expected[at] = text;
  }

  removeRange(most: number): void {
    if (this.expected.length === 0) return;
    const at = this.below(3) === 0 ? 0 : this.below(this.expected.length);
    const count = Math.min(this.expected.length - at, this.below(most) + 1);
    this.tree.removeRange(at, count);
    this.expected.splice(at, count);
    this.freeCutOff();
  }

  removeEqual(): void {
    const text = this.expected[this.below(this.expected.length + 1)] ?? 'none';
    const limit = this.below(3) === 0 ? Infinity : this.below(10) + 1;
    const fromEnd = this.below(2) === 0;
    let left = limit;
    const kept = (value: string): boolean => value !== text || left-- <= 0;
    const before = this.expected.length;
    this.expected = fromEnd
      ? this.expected.reverse().filter(kept).reverse()
      : this.expected.filter(kept);
    const removed = this.tree.removeEqual(sliceOf(text), limit, fromEnd);
    assert.equal(removed, before - this.expected.length);
  }

  find(): void {
    const text = this.expected[this.below(this.expected.length + 1)] ?? 'none';
    assert.equal(this.tree.find(sliceOf(text)), this.expected.indexOf(text));
  }

  seek(): void {
    if (this.expected.length === 0) return;
    const at = this.below(this.expected.length);
    this.tree.seek(at);
    readEntry(this.tree.bytes, this.tree.view, this.tree.at, slice);
    assert.equal(slice.text(), this.expected[at]);
  }

  freezeOrThaw(): void {
    if (this.frozen === NO_REF) {
      this.frozen = freeze(this.arena, this.tree.root);
      this.frozenExpected = [...this.expected];
    } else {
      this.checkFrozen();
      this.thawing.push(this.frozen);
      this.frozen = NO_REF;
      this.thawSome(0);
    }
  }

  /** Goes on with all that is thawing. */
  thawSome(steps: number): void {
    const done = this.thawing.filter((handle) => thaw(this.arena, handle, steps));
    for (const handle of done) this.thawing.splice(this.thawing.indexOf(handle), 1);
  }

  checkFrozen(): void {
    const list = new FrozenList();
    list.open(this.arena, this.frozen);
    assert.equal(list.count, this.frozenExpected.length);
    const found: string[] = [];
    while (list.next()) {
      let entries = 0;
      for (let at = list.from; at < list.to; at = nextEntry(list.view, at)) {
        readEntry(list.bytes, list.view, at, slice);
        found.push(slice.text());
        entries++;
      }
      assert.equal(entries, list.leafCount);
    }
    assert.deepEqual(found, this.frozenExpected);
  }

  freeCutOff(): void {
    const { cutOff } = this.tree;
    for (let i = 0; i < cutOff.length; i++) {
      const other = new ListTree();
      other.open(this.arena, cutOff.refs[i]);
      while (!other.freeStep(10));
    }
    cutOff.clear();
  }

  check(): void {
    assert.equal(this.tree.count, this.expected.length);
    assert.deepEqual(this.read(), this.expected);
    assert.deepEqual(this.readBackward(), this.expected);
  }

  step(freezes: boolean, most: number): void {
    const kind = this.below(100);
    if (kind < 40) for (let i = this.below(most / 10); i >= 0; i--) this.push();
    else if (kind < 60) this.insert();
    else if (kind < 70) this.replace();
    else if (kind < 78) this.removeRange(this.below(8) === 0 ? most * 4 : 30);
    else if (kind < 84) this.removeEqual();
    else if (kind < 90) this.find();
    else if (kind < 96 || !freezes) this.seek();
    else this.freezeOrThaw();
    if (this.thawing.length > 0) this.thawSome(3);
  }

  end(): void {
    this.check();
    if (this.frozen !== NO_REF) this.freezeOrThaw();
    this.thawSome(Infinity);
    while (!this.tree.freeStep(5));
    assert.equal(this.arena.usedBytes, 0, 'every byte was given back');
  }
}

function run(fill: number, freezes: boolean, steps: number, most: number, threshold = 0): void {
  const seed = randomSeed();
  try {
    const checked = new Checked(new Arena(), new SeededRandom(seed), fill, threshold);
    for (let i = 0; i < steps; i++) {
      checked.step(freezes, most);
      if (i % 50 === 0) checked.check();
    }
    checked.end();
  } catch (error) {
    throw new Error(`seed ${seed}, fill ${fill}`, { cause: error });
  }
}

for (const fill of [-1, -2, -5, 0, 1, 3, 16, 128]) {
  test(`Random operations give what an array gives, fill ${fill}`, () => {
    run(fill, false, 1500, 200);
  });
  test(`A frozen list stays as it was while commands change it, fill ${fill}`, () => {
    run(fill, true, 1500, 200);
  });
}

test('Elements above the packed threshold get leaves of their own', () => {
  run(-2, true, 1000, 100, 20);
});

test('A tree of several levels keeps order through pushes, inserts and cuts', () => {
  const seed = randomSeed();
  const checked = new Checked(new Arena(), new SeededRandom(seed), 1);
  try {
    for (let i = 0; i < 30_000; i++) checked.push();
    for (let i = 0; i < 3000; i++) checked.insert();
    checked.check();
    checked.freezeOrThaw();
    for (let i = 0; i < 300; i++) checked.step(false, 100);
    checked.check();
    checked.freezeOrThaw();
    checked.thawSome(Infinity);
    checked.freezeOrThaw();
    for (let i = 0; i < 300; i++) checked.push();
    while (checked.expected.length > 0) {
      checked.removeRange(20_000);
      checked.check();
      if (checked.below(4) === 0) checked.freezeOrThaw();
    }
    checked.end();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
});

test('A list that is let go of while it is frozen can still be read and thawed', () => {
  const arena = new Arena();
  const checked = new Checked(arena, new SeededRandom(1), 2);
  for (let i = 0; i < 5000; i++) checked.push();
  checked.freezeOrThaw();
  checked.removeRange(3000);
  for (let i = 0; i < 100; i++) checked.push();
  checked.checkFrozen();
  while (!thaw(arena, checked.frozen, 7));
  while (!checked.tree.freeStep(7));
  assert.equal(arena.usedBytes, 0);
});

test('A queue of a million elements stays shallow and gives its memory back', () => {
  const arena = new Arena();
  const tree = new ListTree();
  tree.create(arena);
  const one = new ByteSlice().ofBuffer(Buffer.from('queued element'));
  for (let i = 0; i < 1_000_000; i++) {
    tree.pushBack(one);
    if (tree.count > 1000) tree.removeRange(0, 1);
  }
  assert.equal(tree.count, 1000);
  assert.ok(arena.usedBytes < 40_000, `${arena.usedBytes} bytes for 1000 elements`);
  assert.ok(tree.freeStep(Infinity));
  assert.equal(arena.usedBytes, 0);
});

test('A million small elements take little more than their entries', () => {
  const arena = new Arena();
  const tree = new ListTree();
  tree.create(arena);
  const one = new ByteSlice().ofBuffer(Buffer.from('0123456789'));
  for (let i = 0; i < 1_000_000; i++) tree.pushFront(one);
  assert.ok(arena.usedBytes < 12_250_000, `${arena.usedBytes} bytes of entries of 12 bytes each`);
});
