// Key positions and the legacy range, on specifications of every kind Redis has.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandSpec, type KeySpec, keySpec } from '../../engine/contract/command.js';
import { hasKeys, keyPositions, legacyRange } from '../../engine/contract/key-positions.js';
import { Registry } from '../../engine/exec/registry.js';
import { Args } from '../../engine/util/args.js';

function positions(keys: readonly KeySpec[], line: string, extra: Partial<CommandSpec> = {}) {
  const spec: CommandSpec = {
    name: 'X',
    group: 'generic',
    since: '1.0.0',
    arity: -1,
    flags: [],
    summary: 's',
    complexity: 'c',
    propagate: 'never',
    handler: () => {},
    keys,
    ...extra,
  };
  const command = new Registry([spec]).byName('x');
  assert.ok(command !== null);
  const args = new Args();
  args.assign(line.split(' ').map((word) => Buffer.from(word)));
  return {
    hasKeys: hasKeys(command),
    indexes: keyPositions(command, args)?.map(({ index }) => index) ?? null,
  };
}

const RO = ['RO'] as const;

function keyword(word: string, startFrom: number, lastKey = 0): KeySpec {
  return {
    flags: RO,
    beginSearch: { type: 'keyword', keyword: word, startFrom },
    findKeys: { type: 'range', lastKey, step: 1, limit: 0 },
  };
}

const KEYNUM: KeySpec = {
  flags: RO,
  beginSearch: { type: 'index', index: 1 },
  findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, step: 1 },
};

test('a range counts from its first key, or from the end', () => {
  assert.deepEqual(positions([keySpec(RO, 1)], 'X a b').indexes, [1]);
  assert.deepEqual(positions([keySpec(RO, 1, -1)], 'X a b c').indexes, [1, 2, 3]);
  assert.deepEqual(positions([keySpec(RO, 1, -1, 2)], 'X a 1 b 2').indexes, [1, 3]);
  assert.deepEqual(positions([keySpec(RO, 1, -2)], 'X a b 0').indexes, [1, 2]);
});

test('a limit takes the first part of what follows', () => {
  const half: KeySpec = {
    ...keyword('STREAMS', 1),
    findKeys: { type: 'range', lastKey: -1, step: 1, limit: 2 },
  };
  assert.deepEqual(positions([half], 'X COUNT 2 streams a b 1 2').indexes, [4, 5]);
});

test('a keyword is searched forwards or backwards, in any case, and may be absent', () => {
  assert.deepEqual(positions([keyword('store', 2)], 'X a Store b').indexes, [3]);
  assert.deepEqual(positions([keyword('KEYS', -2, -1)], 'X a b keys c d').indexes, [4, 5]);
  assert.deepEqual(positions([keyword('KEYS', -2)], 'X a b keys c').indexes, [4]);
  assert.deepEqual(positions([keySpec(RO, 1), keyword('STORE', 2)], 'X a b c').indexes, [1]);
});

test('a counted list needs a sound count that fits', () => {
  assert.deepEqual(positions([KEYNUM], 'X 2 a b c').indexes, [2, 3]);
  for (const bad of ['X 0 a', 'X 4 a b c', 'X -1 a', 'X x a', 'X']) {
    assert.equal(positions([KEYNUM], bad).indexes, null, bad);
  }
});

test('what is marked as no key is none', () => {
  const spec: KeySpec = { ...keySpec(RO, 1), flags: ['RW', 'not_key'] };
  const found = positions([spec], 'X a');
  assert.equal(found.hasKeys, false);
  assert.deepEqual(found.indexes, []);
});

test('an unknown or incomplete specification leaves it to the command', () => {
  const unknown: KeySpec = {
    flags: RO,
    beginSearch: { type: 'unknown' },
    findKeys: { type: 'unknown' },
  };
  const incomplete: KeySpec = { ...keySpec(RO, 1), flags: ['RO', 'incomplete'] };
  const getKeys = () => [{ index: 2, flags: RO }];
  assert.deepEqual(positions([unknown], 'X a b', { getKeys }).indexes, [2]);
  assert.deepEqual(positions([incomplete], 'X a b', { getKeys }).indexes, [2]);
  assert.equal(positions([incomplete], 'X a b').indexes, null);
});

test('the legacy range sums up what it can and says when keys may be elsewhere', () => {
  const none = { first: 0, last: 0, step: 0 };
  const cases: [specs: KeySpec[], first: number, last: number, step: number, moves: boolean][] = [
    [[keySpec(RO, 1)], 1, 1, 1, false],
    [[keySpec(RO, 1, -1, 2)], 1, -1, 2, false],
    [[keySpec(RO, 1), keySpec(RO, 2)], 1, 2, 1, false],
    [[keySpec(RO, 1), keySpec(RO, 2, -1)], 1, -1, 1, false],
    [[keySpec(RO, 1), keyword('STORE', 2)], 1, 1, 1, true],
    [[keySpec(RO, 2), KEYNUM], 2, 2, 1, true],
    [[keySpec(RO, 1), keySpec(RO, 3)], 1, 1, 1, true],
  ];
  for (const [specs, first, last, step, movesKeys] of cases) {
    assert.deepEqual(legacyRange(specs), { first, last, step, movesKeys });
  }
  assert.deepEqual(legacyRange([]), { ...none, movesKeys: false });
  assert.deepEqual(legacyRange([KEYNUM]), { ...none, movesKeys: true });
});
