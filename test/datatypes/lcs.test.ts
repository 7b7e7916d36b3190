// LCS: answers a real server gave, the limits, and properties of random comparisons.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareForLcs, Lcs, lcsTableBytes } from '../../engine/datatypes/lcs.js';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const LIMIT_BYTES = 512 * 1024 * 1024;

function compare(a: string, b: string): Lcs {
  const left = latin1Bytes(`?${a}!!`);
  const right = latin1Bytes(`??${b}!`);
  const lcs = compareForLcs(left, 1, a.length, right, 2, b.length, LIMIT_BYTES);
  assert.ok(lcs instanceof Lcs);
  return lcs;
}

/** Matches as the server prints them: start and end in a, start and end in b, length. */
function matches(lcs: Lcs, lengthMin?: number): number[][] {
  const all = lcs.matches(lengthMin);
  return all.map((match) => [match.aStart, match.aEnd, match.bStart, match.bEnd, match.length]);
}

const ANSWERS: [string, string, string, number[][]][] = [
  [
    'ohmytext',
    'mynewtext',
    'mytext',
    [
      [4, 7, 5, 8, 4],
      [2, 3, 0, 1, 2],
    ],
  ],
  ['', '', '', []],
  ['abc', '', '', []],
  ['abc', 'abc', 'abc', [[0, 2, 0, 2, 3]]],
  ['abc', 'xyz', '', []],
  ['aab', 'baa', 'aa', [[0, 1, 1, 2, 2]]],
  [
    'ABCBDAB',
    'BDCABA',
    'BDAB',
    [
      [5, 6, 3, 4, 2],
      [3, 4, 0, 1, 2],
    ],
  ],
  [
    'rnaboundtoribosome',
    'soundofribs',
    'oundoribs',
    [
      [14, 14, 10, 10, 1],
      [10, 12, 7, 9, 3],
      [9, 9, 5, 5, 1],
      [4, 7, 1, 4, 4],
    ],
  ],
  ['aaaa', 'aa', 'aa', [[2, 3, 0, 1, 2]]],
  [
    'xaxbxc',
    'abc',
    'abc',
    [
      [5, 5, 2, 2, 1],
      [3, 3, 1, 1, 1],
      [1, 1, 0, 0, 1],
    ],
  ],
  ['\x01\x02', '\x02\x01', '\x02', [[1, 1, 0, 0, 1]]],
];

test('subsequences and matches are those a real server finds', () => {
  for (const [a, b, text, runs] of ANSWERS) {
    const lcs = compare(a, b);
    assert.equal(lcs.text().toString('latin1'), text, `${a} and ${b}`);
    assert.equal(lcs.length, text.length, `${a} and ${b}`);
    assert.deepEqual(matches(lcs), runs, `${a} and ${b}`);
  }
});

test('a least length leaves out short matches and nothing else', () => {
  const lcs = compare('ohmytext', 'mynewtext');
  assert.deepEqual(matches(lcs, 4), [[4, 7, 5, 8, 4]]);
  assert.deepEqual(matches(lcs, 5), []);
  assert.deepEqual(matches(lcs, -3), matches(lcs));
  assert.equal(lcs.length, 6);
});

test('limits are kept exactly', () => {
  const bytes = Buffer.alloc(100);
  assert.equal(lcsTableBytes(100, 50), 101 * 51 * 4);
  const limit = lcsTableBytes(100, 50);
  assert.ok(compareForLcs(bytes, 0, 100, bytes, 0, 50, limit) instanceof Lcs);
  assert.equal(compareForLcs(bytes, 0, 100, bytes, 0, 50, limit - 1), 'table over limit');
  assert.equal(compareForLcs(bytes, 0, 2 ** 32 - 2, bytes, 0, 1, Infinity), 'string too long');
  assert.equal(compareForLcs(bytes, 0, 2 ** 31, bytes, 0, 2 ** 31, Infinity), 'no memory');
});

/** Whether `part` can be got from `whole` by leaving bytes out. */
function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const letter of whole) if (letter === part[at]) at++;
  return at === part.length;
}

test('random answers are common subsequences and made of their matches', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 500; round++) {
    const symbols = 1 + randomBelow(random, 6);
    const make = (): string => {
      const length = randomBelow(random, 40);
      return Array.from({ length }, () => 'abcdef'[randomBelow(random, symbols)]).join('');
    };
    const a = make();
    const b = make();
    const lcs = compare(a, b);
    const text = lcs.text().toString('latin1');
    const place = `seed ${seed}: ${a} and ${b}`;
    assert.ok(isSubsequence(text, a) && isSubsequence(text, b), place);
    assert.equal(text.length, lcs.length, place);
    assert.equal(compare(b, a).length, lcs.length, place);
    const runs = lcs.matches().reverse();
    assert.equal(runs.map((run) => a.slice(run.aStart, run.aEnd + 1)).join(''), text, place);
    assert.equal(runs.map((run) => b.slice(run.bStart, run.bEnd + 1)).join(''), text, place);
  }
});
