// The arguments of `reddis-check-aof`: one action, one path, and no surprise.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCheckAofOptions, parseRestoreTarget } from '../../cli/check-aof-options.js';
import { UsageError } from '../../cli/options.js';

function refusal(...words: string[]): string {
  try {
    parseCheckAofOptions(words);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  assert.fail(`${words.join(' ')} was accepted`);
}

test('a path alone is a check', () => {
  const options = parseCheckAofOptions(['./data']);
  assert.equal(options.action, 'check');
  assert.equal(options.path, './data');
  assert.equal(options.json, false);
});

test('flags may come before and after the path', () => {
  const before = parseCheckAofOptions(['--fix', '--yes', '--json', 'data']);
  const after = parseCheckAofOptions(['data', '--fix', '-y', '--json']);
  assert.deepEqual(before, after);
  assert.equal(before.action, 'fix');
  assert.equal(before.yes, true);
  assert.equal(before.json, true);
});

test('salvage and restore take a new directory', () => {
  const salvage = parseCheckAofOptions(['--salvage', '--out', 'new', 'data']);
  assert.deepEqual([salvage.action, salvage.out, salvage.path], ['salvage', 'new', 'data']);
  const restore = parseCheckAofOptions(['--restore-to', 'seq:12', '--out=new', 'data']);
  assert.deepEqual([restore.action, restore.out], ['restore', 'new']);
  assert.deepEqual(restore.target, { seq: 12 });
  assert.equal(restore.shiftsTtl, false);
  const shifted = ['--restore-to', 'latest', '--shift-ttl', '--out', 'new', 'data'];
  assert.equal(parseCheckAofOptions(shifted).shiftsTtl, true);
  assert.match(refusal('--shift-ttl', 'data'), /--shift-ttl goes with --restore-to/);
  assert.match(refusal('--salvage', 'data'), /needs --out/);
  assert.match(refusal('--restore-to', 'latest', 'data'), /needs --out/);
  assert.match(refusal('--fix', '--out', 'new', 'data'), /--out goes with/);
});

test('a point to restore to is a sequence number, a time, or latest', () => {
  assert.equal(parseRestoreTarget('latest'), 'latest');
  assert.deepEqual(parseRestoreTarget('time:1700000000000'), {
    timeMs: 1700000000000,
  });
  assert.deepEqual(parseRestoreTarget('time:2026-11-22T14:05:00Z'), {
    timeMs: Date.UTC(2026, 10, 22, 14, 5),
  });
  for (const wrong of ['', '12', 'seq:', 'seq:x', 'seq:-1', 'time:yesterday', 'time:']) {
    assert.throws(() => parseRestoreTarget(wrong), UsageError, wrong);
  }
});

test('what is not understood is refused by name', () => {
  assert.match(refusal('--fixx', 'data'), /--fixx/);
  assert.match(refusal('--fix'), /no path/);
  assert.match(refusal('a', 'b'), /only one path/);
  assert.match(refusal('--fix', '--dump', 'data'), /choose one of fix, dump/);
  assert.match(refusal('--export-resp', '--json', 'data'), /no --json/);
});

test('help and version need no path', () => {
  assert.equal(parseCheckAofOptions([]).action, 'help');
  assert.equal(parseCheckAofOptions(['--help', '--fix']).action, 'help');
  assert.equal(parseCheckAofOptions(['-v']).action, 'version');
});
