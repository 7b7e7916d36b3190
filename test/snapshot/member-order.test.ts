// Members sorted at once stand as a comparison of score and bytes would put them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from '../../engine/memory/arena.js';
import { CHUNK_SHIFT, NO_REF, type Ref } from '../../engine/memory/chunks.js';
import { MemberTable } from '../../engine/memory/member-table.js';
import { FLAG_PAYLOAD, keyAtOf, keyLengthOf, payloadWordOf } from '../../engine/memory/record.js';
import { MemberOrder, scoreOfMember } from '../../engine/snapshot/member-order.js';
import { ByteSlice } from '../../engine/util/byte-slice.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

type Entry = readonly [score: number, member: string];

function sortedByOrder(entries: readonly Entry[]): Entry[] {
  const arena = new Arena();
  const table = new MemberTable();
  table.create(arena, { k0: 1, k1: 2 });
  const order = new MemberOrder(arena);
  for (const [score, member] of entries) {
    const slice = new ByteSlice().ofBuffer(Buffer.from(member, 'latin1'));
    assert.equal(table.find(slice), NO_REF);
    const ref = table.add(slice, FLAG_PAYLOAD, 0);
    arena.doubles[ref >>> CHUNK_SHIFT][payloadWordOf(arena, ref) >>> 1] = score;
    order.push(ref);
  }
  order.sort();
  const memberOf = (ref: Ref): string => {
    const at = keyAtOf(arena, ref);
    return arena.bytes[ref >>> CHUNK_SHIFT].toString('latin1', at, at + keyLengthOf(arena, ref));
  };
  return Array.from({ length: order.length }, (_, i): Entry => {
    const ref = order.refs[i];
    return [scoreOfMember(arena, ref), memberOf(ref)];
  });
}

function check(entries: readonly Entry[], context: string): void {
  const expected = [...entries].sort(([a, x], [b, y]) => {
    if (a !== b) return a < b ? -1 : 1;
    return Buffer.compare(Buffer.from(x, 'latin1'), Buffer.from(y, 'latin1'));
  });
  assert.deepEqual(sortedByOrder(entries), expected, context);
}

test('scores of every size and sign', () => {
  const scores = [0, -0, 1, -1, 0.5, 1e-320, -1e-320, 1e300, -1e300, Infinity, -Infinity, 2 ** 53];
  check(
    scores.map((score, i): Entry => [score, `m${i}`]),
    'chosen scores',
  );
  check([], 'nothing');
  check([[5, 'only']], 'one');
});

test('members of one score, also those that begin with each other or with zeros', () => {
  const members = [
    '',
    '\0',
    '\0\0',
    'a',
    'a\0',
    'abcdefg',
    'abcdefgh',
    'abcdefg\0',
    '\xff',
    '\x7f',
  ];
  check(
    members.map((member): Entry => [1, member]),
    'chosen members',
  );
  const zeros = Array.from({ length: 300 }, (_, i): Entry => [3, '\0'.repeat(i)]);
  check([...zeros].reverse(), 'zeros of every length');
  const long = Array.from({ length: 200 }, (_, i): Entry => [3, `${'p'.repeat(1000)}${i}`]);
  check(long, 'long common beginnings');
});

test('random sets, with few and with many scores', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 40; run++) {
    const count = [2, 40, 60, 3000][run % 4];
    const scores = [1, 5, 1000, 2 ** 31][(run >> 2) % 4];
    const members = new Map<string, number>();
    while (members.size < count) {
      const length = randomBelow(random, 20);
      const letters = run % 3 === 0 ? 2 : 256;
      let member = '';
      for (let i = 0; i < length; i++) member += String.fromCharCode(randomBelow(random, letters));
      members.set(`${member}${run % 5 === 0 ? '' : members.size}`, randomBelow(random, scores) / 8);
    }
    check(
      [...members].map(([member, score]): Entry => [score, member]),
      `seed ${seed}, run ${run}`,
    );
  }
});
