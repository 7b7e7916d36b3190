// Glob patterns: the forms people use, the habits of Redis's matcher, and bounded time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1Bytes } from '../../engine/util/bytes.js';
import { GLOB_STARS_MAX, globMatch, globMatchText } from '../../engine/util/glob.js';
import { randomBelow, randomSeed, SeededRandom } from '../../engine/util/random.js';

const MATCHES: [string, string][] = [
  ['', ''],
  ['abc', 'abc'],
  ['*', 'x'],
  ['**', 'xy'],
  ['a*', 'a'],
  ['a**', 'a'],
  ['*a', 'ba'],
  ['h?llo', 'hxllo'],
  ['h*llo', 'heeello'],
  ['h[ae]llo', 'hallo'],
  ['h[^e]llo', 'hbllo'],
  ['h[a-b]llo', 'hbllo'],
  ['[z-a]', 'm'],
  ['[a\\]]', ']'],
  ['\\*', '*'],
  ['a\\', 'a\\'],
  ['*foo*bar*', 'xfooybarz'],
  ['[abc', 'c'],
  ['[^', 'x'],
  ['[^]', 'x'],
  ['[a-', '-'],
  ['[a-z-]', '-'],
  ['[!a]', '!'],
  ['*[*]', 'a*'],
  ['user:*:name', 'user:a:b:name'],
  ['*?*?', 'ab'],
  ['[\x01-\xff]', '\x00'],
  ['\xe9*', '\xe9t\xe9'],
];

const MISSES: [string, string][] = [
  ['', 'a'],
  ['a', ''],
  ['*', ''],
  ['**', ''],
  ['?', ''],
  ['abc', 'ab'],
  ['ab', 'abc'],
  ['h[^e]llo', 'hello'],
  ['[a-b]', 'c'],
  ['[]', 'x'],
  ['[', '['],
  ['\\*', 'a'],
  ['a*b', 'abc'],
  ['*a*b', 'bba'],
  ['*?*?', 'a'],
  ['A', 'a'],
  ['[a-c]', 'B'],
  ['[a', 'b'],
  ['[\x01-\xff]', 'a'],
];

test('patterns match what Redis says they match', () => {
  for (const [pattern, text] of MATCHES) {
    assert.equal(globMatchText(pattern, text), true, JSON.stringify([pattern, text]));
  }
  for (const [pattern, text] of MISSES) {
    assert.equal(globMatchText(pattern, text), false, JSON.stringify([pattern, text]));
  }
});

test('ignoring case covers letters and ranges, but not an escape inside a class', () => {
  const matches = [
    ['ABC', 'abc'],
    ['a*Z', 'AxxZ'],
    ['[a-c]', 'B'],
    ['[X]', 'x'],
    ['\\a', 'A'],
  ];
  for (const [pattern, text] of matches) {
    assert.equal(globMatchText(pattern, text, true), true, JSON.stringify([pattern, text]));
  }
  for (const [pattern, text] of [
    ['[\\a]', 'A'],
    ['\xc9', '\xe9'],
    ['@', '`'],
    ['[[-]]', '{'],
  ]) {
    assert.equal(globMatchText(pattern, text, true), false, JSON.stringify([pattern, text]));
  }
});

test('only the given ranges of bytes take part', () => {
  const bytes = latin1Bytes('*[a-c]*x*ya*');
  assert.equal(globMatch(bytes, 1, 5, bytes, 10, 1, false), true);
  assert.equal(globMatch(bytes, 1, 4, bytes, 10, 1, false), true);
  assert.equal(globMatch(bytes, 7, 1, bytes, 7, 1, false), true);
  assert.equal(globMatch(bytes, 7, 0, bytes, 7, 0, false), true);
});

test('many stars cost at most the product of both lengths', () => {
  const text = 'a'.repeat(20000);
  assert.equal(globMatchText(`${'*a'.repeat(500)}*b`, text), false);
  assert.equal(globMatchText('*a'.repeat(GLOB_STARS_MAX), text), true);
});

test('more stars than the limit match nothing, as in Redis', () => {
  const text = 'a'.repeat(5000);
  assert.equal(globMatchText('*?'.repeat(GLOB_STARS_MAX), text), true);
  assert.equal(globMatchText('*?'.repeat(GLOB_STARS_MAX + 1), text), false);
  assert.equal(globMatchText('*'.repeat(GLOB_STARS_MAX + 1), text), true);
});

/** The obvious exponential matcher for patterns of letters, `?` and `*`. */
function plainMatch(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') {
    return (
      plainMatch(pattern.slice(1), text) || (text !== '' && plainMatch(pattern, text.slice(1)))
    );
  }
  if (text === '' || (pattern[0] !== '?' && pattern[0] !== text[0])) return false;
  return plainMatch(pattern.slice(1), text.slice(1));
}

test('random patterns agree with the obvious matcher', () => {
  const seed = randomSeed();
  const random = new SeededRandom(seed);
  const make = (alphabet: string, limit: number): string => {
    let made = '';
    for (let i = randomBelow(random, limit); i > 0; i--) {
      made += alphabet[randomBelow(random, alphabet.length)];
    }
    return made;
  };
  for (let round = 0; round < 20000; round++) {
    const pattern = make('ab*?*', 8);
    const text = `a${make('ab', 8)}`;
    const place = `seed ${seed}: ${JSON.stringify([pattern, text])}`;
    assert.equal(globMatchText(pattern, text), plainMatch(pattern, text), place);
  }
});
