// The table of members against a Map over long random runs, several tables in turn through one
// object; what it takes, how it goes, and what a snapshot's walk through it sees.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref, UNIT_MASK } from '../../engine/memory/chunks.js';
import {
  HEADER_BYTES,
  HEADER_COUNT,
  HEADER_INDEX,
  HEADER_OWNER,
} from '../../engine/memory/large-header.js';
import { MemberTable, type WalkSink } from '../../engine/memory/member-table.js';
import {
  clearFlag,
  FLAG_MARKED,
  FLAG_PAYLOAD,
  flagsOf,
  keyAtOf,
  keyLengthOf,
  valueAtOf,
  valueLengthOf,
} from '../../engine/memory/record.js';
import { RefList } from '../../engine/memory/ref-list.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const HASH_SEED = { k0: 12345, k1: 67890 };

const slice = new ByteSlice();

function sliceOf(text: string): ByteSlice {
  return slice.ofBuffer(latin1Bytes(text));
}

function memberText(arena: Arena, ref: Ref): string {
  const at = keyAtOf(arena, ref);
  return arena.bytes[ref >>> CHUNK_SHIFT].toString('latin1', at, at + keyLengthOf(arena, ref));
}

function valueText(arena: Arena, ref: Ref): string {
  const at = valueAtOf(arena, ref);
  return arena.bytes[ref >>> CHUNK_SHIFT].toString('latin1', at, at + valueLengthOf(arena, ref));
}

function writeValue(arena: Arena, ref: Ref, value: string): void {
  arena.bytes[ref >>> CHUNK_SHIFT].write(value, valueAtOf(arena, ref), 'latin1');
}

function setMember(table: MemberTable, arena: Arena, member: string, value: string): void {
  const found = table.find(sliceOf(member));
  const ref =
    found === NO_REF
      ? table.add(slice, 0, value.length)
      : table.resize(found, flagsOf(arena, found) & FLAG_PAYLOAD, value.length);
  writeValue(arena, ref, value);
}

/** @returns every member with its value, by a walk of steps of `slots` home slots */
function contentOf(table: MemberTable, arena: Arena, slots: number): Map<string, string> {
  const content = new Map<string, string>();
  const found = new RefList();
  let position = 0;
  do {
    found.clear();
    position = table.scanStep(position, found, slots);
    for (let i = 0; i < found.length; i++) {
      const member = memberText(arena, found.refs[i]);
      assert.ok(!content.has(member), `${member} twice`);
      content.set(member, valueText(arena, found.refs[i]));
    }
  } while (position !== 0);
  return content;
}

function sorted(content: Map<string, string>): [string, string][] {
  return [...content].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('tables agree with Maps, whichever of them one object is opened on', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const arena = new Arena();
  const table = new MemberTable();
  const roots: Ref[] = [];
  const oracles: Map<string, string>[] = [];
  for (let i = 0; i < 12; i++) {
    roots.push(table.create(arena, HASH_SEED));
    oracles.push(new Map());
  }
  for (let round = 0; round < 4000; round++) {
    const which = randomBelow(random, roots.length);
    const oracle = oracles[which];
    table.open(arena, HASH_SEED, roots[which]);
    assert.equal(table.count, oracle.size, `seed ${seed}`);
    // Tables of few, some and many members, each growing for a while and then shrinking.
    const range = 4 ** (1 + (which % 6));
    const grows = (round >> 10) % 2 === 0 ? 80 : 15;
    for (let step = randomBelow(random, 100); step > 0; step--) {
      const member = `m${randomBelow(random, range)}`;
      const value = 'v'.repeat(randomBelow(random, 30)) + member;
      const found = table.find(sliceOf(member));
      assert.equal(found !== NO_REF, oracle.has(member), `seed ${seed}: ${member}`);
      if (found !== NO_REF) assert.equal(valueText(arena, found), oracle.get(member));
      if (randomBelow(random, 100) < grows) {
        setMember(table, arena, member, value);
        oracle.set(member, value);
      } else if (found !== NO_REF) {
        table.remove(found);
        oracle.delete(member);
      }
    }
    const words = arena.words[roots[which] >>> CHUNK_SHIFT];
    const at = (roots[which] & UNIT_MASK) << 1;
    assert.equal(words[at + HEADER_COUNT], oracle.size);
    assert.equal(words[at + HEADER_OWNER] | words[at + HEADER_INDEX], 0);
  }
  for (const [i, root] of roots.entries()) {
    table.open(arena, HASH_SEED, root);
    const content = contentOf(table, arena, 1 + randomBelow(random, 100));
    assert.deepEqual(sorted(content), sorted(oracles[i]), `seed ${seed}, table ${i}`);
    assert.ok(table.freeStep(Infinity));
  }
  assert.equal(arena.usedBytes, 0, `seed ${seed}`);
});

test('members of any bytes and length are told apart', () => {
  const arena = new Arena();
  const table = new MemberTable();
  table.create(arena, HASH_SEED);
  const members = ['', '\0', '\0\0', 'a', '\xff', 'x'.repeat(254), 'x'.repeat(255)];
  members.push('x'.repeat(256), 'y'.repeat(70_000));
  for (const member of members) setMember(table, arena, member, member);
  for (const member of members) {
    const ref = table.find(sliceOf(member));
    assert.equal(memberText(arena, ref), member);
    assert.equal(valueText(arena, ref), member);
    const long = table.resize(ref, 0, 100_000);
    assert.equal(memberText(arena, long), member);
    assert.equal(table.find(sliceOf(member)), long);
  }
  assert.equal(table.count, members.length);
});

test('a payload layout can come and go with resize', () => {
  const arena = new Arena();
  const table = new MemberTable();
  table.create(arena, HASH_SEED);
  assert.equal(table.find(sliceOf('m')), NO_REF);
  const ref = table.add(slice, FLAG_PAYLOAD, 0);
  assert.equal(flagsOf(arena, ref) & FLAG_PAYLOAD, FLAG_PAYLOAD);
  table.find(sliceOf('m'));
  const plain = table.resize(ref, 0, 5);
  assert.equal(flagsOf(arena, plain) & FLAG_PAYLOAD, 0);
  assert.equal(valueLengthOf(arena, plain), 5);
  assert.equal(table.find(sliceOf('m')), plain);
});

test('a million members of 16 bytes take less than four fifths of 56 bytes each', () => {
  const arena = new Arena();
  const table = new MemberTable();
  table.create(arena, HASH_SEED);
  const bytes = Buffer.alloc(16, 'm');
  slice.ofBuffer(bytes);
  for (let i = 0; i < 1_000_000; i++) {
    slice.view.setUint32(12, i);
    if (table.find(slice) === NO_REF) table.add(slice, 0, 0);
  }
  const perMember = arena.usedBytes / table.count;
  assert.ok(perMember < 0.8 * 56, `${perMember} bytes`);
  assert.equal(arena.usedBytes, table.sizeBytes + 24 * table.count);
});

test('small tables are small', () => {
  for (const [count, bytesMax] of [
    [1, 64],
    [7, 64],
    [13, 128],
    [52, 512],
    [200, 2048],
  ]) {
    const arena = new Arena();
    const table = new MemberTable();
    table.create(arena, HASH_SEED);
    for (let i = 0; i < count; i++) setMember(table, arena, `${i}`, '');
    assert.ok(table.sizeBytes <= HEADER_BYTES + bytesMax, `${count}: ${table.sizeBytes}`);
  }
});

test('a table is freed in steps, each of a bounded number of members', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const arena = new Arena();
  for (const count of [0, 1, 100, 5000, 60_000]) {
    const table = new MemberTable();
    const other = new MemberTable();
    const root = table.create(arena, HASH_SEED);
    for (let i = 0; i < count; i++) setMember(table, arena, `${i}`, 'value');
    const released = new Set<string>();
    let freed = 0;
    let isDone = false;
    while (!isDone) {
      // Each step by another object: nothing of the state is outside the arena.
      const stepper = freed % 2 === 0 ? table : other;
      stepper.open(arena, HASH_SEED, root);
      const left = stepper.count;
      const stepsMax = 1 + randomBelow(random, 700);
      isDone = stepper.freeStep(stepsMax, (ref) => released.add(memberText(arena, ref)));
      freed += left - stepper.count;
      assert.ok(left - stepper.count <= stepsMax, `seed ${seed}`);
    }
    assert.equal(freed, count, `seed ${seed}`);
    assert.equal(released.size, count, `seed ${seed}`);
    assert.equal(arena.usedBytes, 0, `seed ${seed}, ${count} members`);
  }
});

test('random members are drawn evenly', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const arena = new Arena();
  const table = new MemberTable();
  table.create(arena, HASH_SEED);
  assert.equal(table.randomRef(random), NO_REF);
  const count = 3000;
  for (let i = 0; i < count; i++) setMember(table, arena, `${i}`, '');
  const draws = 200_000;
  const drawn = new Int32Array(count);
  for (let i = 0; i < draws; i++) drawn[Number(memberText(arena, table.randomRef(random)))]++;
  const expected = draws / count;
  let chiSquare = 0;
  for (const times of drawn) chiSquare += (times - expected) ** 2 / expected;
  assert.ok(Math.abs(chiSquare - count) < 6 * Math.sqrt(2 * count), `seed ${seed}: ${chiSquare}`);
});

/** A snapshot of one table, as the engine's own goes through it. */
class RecordingWalk implements WalkSink {
  position = 0;
  readonly seen = new Map<string, string>();
  private readonly found = new RefList();

  writeElement(arena: Arena, ref: Ref): void {
    const member = memberText(arena, ref);
    assert.ok(!this.seen.has(member), `${member} is written twice`);
    this.seen.set(member, valueText(arena, ref));
  }

  /** @returns whether the walk has ended */
  step(table: MemberTable, arena: Arena, slots: number): boolean {
    const { found } = this;
    found.clear();
    const next = table.scanStep(this.position, found, slots);
    this.position = next === 0 ? Infinity : next;
    for (let i = 0; i < found.length; i++) {
      const ref = found.refs[i];
      if ((flagsOf(arena, ref) & FLAG_MARKED) !== 0) clearFlag(arena, ref, FLAG_MARKED);
      else this.writeElement(arena, ref);
    }
    return next === 0;
  }
}

test('a walk writes every member as it was at its start, whatever happens meanwhile', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 20; run++) {
    const arena = new Arena();
    const table = new MemberTable();
    table.create(arena, HASH_SEED);
    const count = randomBelow(random, run % 2 === 0 ? 100 : 8000);
    for (let i = 0; i < count; i++) setMember(table, arena, `${i}`, `value ${i}`);
    const start = contentOf(table, arena, 64);
    const walk = new RecordingWalk();
    table.beginWalk(walk);
    let isDone = false;
    while (!isDone) {
      for (let change = randomBelow(random, 60); change > 0; change--) {
        const member = `${randomBelow(random, count + 200)}`;
        const found = table.find(sliceOf(member));
        if (found === NO_REF || randomBelow(random, 3) === 0) {
          setMember(table, arena, member, 'x'.repeat(randomBelow(random, 40)));
        } else if (randomBelow(random, 2) === 0) {
          table.remove(found);
        } else {
          table.changing(found);
          writeValue(arena, found, 'y'.repeat(valueLengthOf(arena, found)));
        }
      }
      isDone = walk.step(table, arena, 1 + randomBelow(random, 64));
    }
    table.endWalk();
    assert.deepEqual(sorted(walk.seen), sorted(start), `seed ${seed}, run ${run}`);
    const found = new RefList();
    let position = 0;
    do position = table.scanStep(position, found, 64);
    while (position !== 0);
    for (let i = 0; i < found.length; i++) {
      assert.equal(flagsOf(arena, found.refs[i]) & FLAG_MARKED, 0, `seed ${seed}: a mark is left`);
    }
  }
});
