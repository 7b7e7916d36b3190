// The ordered index against a sorted array over random runs, its structure after each of them, and
// what it promises about memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { ArenaFullError, CHUNK_SHIFT, type Ref } from '../../engine/memory/chunks.js';
import { OrderedIndex } from '../../engine/memory/ordered-index.js';
import {
  CAPACITY,
  COUNT,
  childOf,
  LEAF_MAX,
  nodeWord,
  refOf,
  scoreOf,
  sizeOfNode,
} from '../../engine/memory/ordered-node.js';
import {
  FLAG_PAYLOAD,
  keyAtOf,
  lengthLayout,
  recordBytes,
  writeLengths,
} from '../../engine/memory/record.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

interface Entry {
  score: number;
  readonly member: Buffer;
  readonly ref: Ref;
}

function order(a: Entry, b: Entry): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return Buffer.compare(a.member, b.member);
}

/** The first index of a sorted array for which `isAfter` holds. */
function firstIndex(entries: readonly Entry[], isAfter: (entry: Entry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(entries[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** An index and what it should hold. */
class CheckedIndex {
  readonly arena = new Arena();
  readonly index = new OrderedIndex();
  readonly entries: Entry[] = [];
  private readonly context: string;

  constructor(context: string) {
    this.context = context;
    this.index.create(this.arena);
  }

  makeRecord(member: Buffer): Ref {
    const layout = FLAG_PAYLOAD | lengthLayout(member.length, 0);
    const ref = this.arena.allocate(recordBytes(layout, member.length, 0));
    writeLengths(this.arena, ref, layout, member.length, 0);
    member.copy(this.arena.bytes[ref >>> CHUNK_SHIFT], keyAtOf(this.arena, ref));
    return ref;
  }

  insert(score: number, member: Buffer): void {
    const entry = { score, member, ref: this.makeRecord(member) };
    this.index.insert(score, entry.ref);
    this.entries.splice(
      firstIndex(this.entries, (other) => order(other, entry) > 0),
      0,
      entry,
    );
  }

  remove(at: number): void {
    const [entry] = this.entries.splice(at, 1);
    this.index.remove(entry.score, entry.ref);
    this.arena.free(entry.ref);
  }

  move(at: number, score: number): void {
    const [entry] = this.entries.splice(at, 1);
    this.index.move(entry.score, entry.ref, score);
    entry.score = score;
    const to = firstIndex(this.entries, (other) => order(other, entry) > 0);
    this.entries.splice(to, 0, entry);
  }

  /** Both ways from a gap, and every question about a rank. */
  check(gap: number): void {
    const { index, entries, context } = this;
    assert.equal(index.count, entries.length, context);
    const at = Math.min(gap, entries.length);
    index.seek(at);
    for (let i = at; i < Math.min(entries.length, at + 200); i++) this.expect(index.next(), i);
    if (at + 200 > entries.length) assert.equal(index.next(), false, context);
    index.seek(at);
    for (let i = at - 1; i >= Math.max(0, at - 200); i--) this.expect(index.previous(), i);
    if (at < 200) assert.equal(index.previous(), false, context);
    if (at === entries.length) return;
    const { score, ref } = entries[at];
    assert.equal(index.rank(score, ref), at, context);
    const below = firstIndex(entries, (entry) => entry.score >= score);
    const upTo = firstIndex(entries, (entry) => entry.score > score);
    assert.equal(index.rankOfScore(score, false), below, context);
    assert.equal(index.rankOfScore(score, true), upTo, context);
  }

  private expect(found: boolean, i: number): void {
    const { index, entries, context } = this;
    const { ref, score } = entries[i];
    if (found && index.ref === ref && Object.is(index.score, score)) return;
    assert.fail(`${context} at ${i}: ${found} ${index.ref} ${index.score}, not ${ref} ${score}`);
  }

  /** Sizes, separators and depths of all nodes. @returns how many leaves there are */
  checkNodes(): number {
    const { index, entries, context } = this;
    if (entries.length > 0) {
      assert.equal(this.checkNode(index.root, 0, this.leafDepth()), entries.length, context);
    }
    return this.leaves;
  }

  private leaves = 0;

  private leafDepth(): number {
    this.leaves = 0;
    let depth = 0;
    let node = this.index.root;
    while (nodeWord(this.arena, node, CAPACITY) === 0) {
      node = childOf(this.arena, node, 0);
      depth++;
    }
    return depth;
  }

  private checkNode(node: Ref, first: number, depth: number): number {
    const { arena, context } = this;
    const count = nodeWord(arena, node, COUNT);
    assert.ok(count > 0, context);
    assert.equal(nodeWord(arena, node, CAPACITY) !== 0, depth === 0, context);
    if (depth === 0) {
      this.leaves++;
      return count;
    }
    if (node === this.index.root) assert.ok(count > 1, context);
    let size = 0;
    for (let i = 0; i < count; i++) {
      if (i > 0) {
        const entry = this.entries[first + size];
        assert.equal(refOf(arena, node, i), entry.ref, context);
        assert.ok(Object.is(scoreOf(arena, node, i), entry.score), context);
      }
      const child = childOf(arena, node, i);
      size += this.checkNode(child, first + size, depth - 1);
    }
    assert.equal(sizeOfNode(arena, node), size, context);
    return size;
  }

  free(stepsMax: number): void {
    const { arena, index, context } = this;
    for (const { ref } of this.entries) arena.free(ref);
    while (!index.freeStep(stepsMax));
    assert.equal(arena.usedBytes, 0, context);
  }
}

const INFINITIES = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -0, 0, 5e-324];

/** @param spread how many different scores there are, besides the special ones */
function randomScore(random: SeededRandom, spread: number): number {
  const choice = randomBelow(random, 40);
  if (choice < INFINITIES.length && spread > 1) return INFINITIES[choice];
  return spread === 1 ? 7 : randomBelow(random, spread) / 8 - spread / 16;
}

/** Members are unique by their number and begin with bytes of every kind. */
function makeMember(random: SeededRandom, number: number): Buffer {
  const prefix = Buffer.from([randomBelow(random, 3) * 127]);
  const long = randomBelow(random, 100) === 0 ? 'x'.repeat(300) : '';
  return Buffer.concat([prefix, Buffer.from(`${long}${number}`)]);
}

/** Grows and shrinks in waves, so that splitting and joining happen at all depths. */
function runWaves(seed: number, spread: number, sizeMax: number): void {
  const random = new SeededRandom(seed);
  const checked = new CheckedIndex(`seed ${seed} spread ${spread}`);
  let number = 0;
  for (let wave = 0; wave < 4; wave++) {
    const target = wave % 2 === 0 ? sizeMax : randomBelow(random, 100);
    const step = checked.entries.length < target ? 1 : -1;
    while (checked.entries.length !== target) {
      const { length } = checked.entries;
      const grows = randomBelow(random, 4) === 0 ? -step : step;
      if (grows > 0) checked.insert(randomScore(random, spread), makeMember(random, number++));
      else if (length > 0) checked.remove(randomBelow(random, length));
      if (length > 1 && randomBelow(random, 3) === 0) {
        const at = randomBelow(random, checked.entries.length);
        const near = checked.entries[at].score + randomBelow(random, 3) / 64;
        const isNear = randomBelow(random, 2) === 0;
        checked.move(at, isNear ? near : randomScore(random, spread));
      }
      if (randomBelow(random, 64) === 0) checked.check(randomBelow(random, length + 1));
    }
    checked.check(0);
    checked.check(target);
    checked.checkNodes();
  }
  checked.free(1 + randomBelow(random, 50));
}

test('it holds what a sorted array holds, through growth and shrinkage', () => {
  const seed = randomSeed();
  for (const spread of [1, 3, 100, 1e6]) runWaves(seed + spread, spread, 6000);
});

test('four levels of nodes are as one', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const checked = new CheckedIndex(`seed ${seed}`);
  const { index, entries } = checked;
  for (let number = 0; number < 150_000; number++) {
    const member = Buffer.from(String(number));
    const entry = { score: randomBelow(random, 1e5), member, ref: checked.makeRecord(member) };
    index.insert(entry.score, entry.ref);
    entries.push(entry);
  }
  entries.sort(order);
  checked.checkNodes();
  for (let i = 0; i < 500; i++) checked.check(randomBelow(random, entries.length));
  const kept = entries.filter(() => randomBelow(random, 50) === 0);
  const keptRefs = new Set(kept.map(({ ref }) => ref));
  for (const { score, ref } of entries) if (!keptRefs.has(ref)) index.remove(score, ref);
  entries.splice(0, entries.length, ...kept);
  const leaves = checked.checkNodes();
  assert.ok(leaves < kept.length / 20, `seed ${seed}: ${leaves} leaves for ${kept.length}`);
});

test('among equal scores a member has a rank, be it there or not', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const checked = new CheckedIndex(`seed ${seed}`);
  const slice = new ByteSlice();
  assert.equal(checked.index.rankOfMember(slice.ofBuffer(Buffer.from('x')), true), 0);
  for (let number = 0; number < 9000; number++) checked.insert(3, makeMember(random, number));
  const asked: Buffer[] = [Buffer.alloc(0), Buffer.from([255]), Buffer.from('\x7f5')];
  for (let i = 0; i < 500; i++) asked.push(checked.entries[randomBelow(random, 9000)].member);
  for (const member of asked) {
    const order = (entry: Entry): number => Buffer.compare(entry.member, member);
    const below = firstIndex(checked.entries, (entry) => order(entry) >= 0);
    const upTo = firstIndex(checked.entries, (entry) => order(entry) > 0);
    slice.ofBuffer(member);
    assert.equal(checked.index.rankOfMember(slice, false), below, `seed ${seed}`);
    assert.equal(checked.index.rankOfMember(slice, true), upTo, `seed ${seed}`);
  }
});

test('entries that arrive in order, either way, leave full leaves behind', () => {
  for (const direction of [1, -1]) {
    const checked = new CheckedIndex(`direction ${direction}`);
    const count = LEAF_MAX * 300;
    for (let i = 0; i < count; i++) checked.insert(i * direction, Buffer.from(String(i)));
    const leaves = checked.checkNodes();
    assert.ok(leaves <= 301, `${leaves} leaves for ${count} entries`);
  }
});

test('taking from one end to the last leaves no node behind', () => {
  for (const fromEnd of [true, false]) {
    const checked = new CheckedIndex(`from end ${fromEnd}`);
    for (let i = 0; i < 10_000; i++) checked.insert((i * 7919) % 10_007, Buffer.from(String(i)));
    while (checked.entries.length > 0) {
      checked.remove(fromEnd ? checked.entries.length - 1 : 0);
      if (checked.entries.length % 1000 === 0) checked.checkNodes();
    }
    checked.check(0);
    checked.free(1);
  }
});

test('a small index takes little memory', () => {
  const arena = new Arena();
  const index = new OrderedIndex();
  index.create(arena);
  assert.ok(arena.usedBytes <= 64, `${arena.usedBytes} bytes`);
});

test('an insertion that finds no memory changes nothing', () => {
  const checked = new CheckedIndex('out of memory');
  const { arena, entries } = checked;
  for (let i = 0; i < 50_000; i++) checked.insert(i % 1000, Buffer.from(String(i)));
  const allocate = arena.allocate.bind(arena);
  let allowed = 0;
  arena.allocate = (size) => {
    if (size >= 1024 && allowed-- === 0) throw new ArenaFullError('full, says the test');
    return allocate(size);
  };
  let failures = 0;
  for (let i = 0; i < 5000; i++) {
    allowed = i % 2;
    const ref = checked.makeRecord(Buffer.from(`new ${i}`));
    const { usedBytes } = arena;
    try {
      checked.index.insert(i % 1000, ref);
      checked.index.remove(i % 1000, ref);
    } catch (error) {
      if (!(error instanceof ArenaFullError)) throw error;
      failures++;
      assert.equal(arena.usedBytes, usedBytes);
    }
    arena.free(ref);
  }
  assert.ok(failures > 0);
  checked.check(0);
  checked.check(entries.length >>> 1);
  checked.checkNodes();
});
