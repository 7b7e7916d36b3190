// The arguments of `reddis`: what they ask for, and which of them are refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions, UsageError } from '../../cli/options.js';

/** @returns `name word word` of each directive that the arguments give */
function directives(...words: string[]): string[] {
  return parseOptions(words).lines.map((line) => [line.name, ...line.words].join(' '));
}

function refusal(...words: string[]): string {
  try {
    parseOptions(words);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  assert.fail(`${words.join(' ')} was accepted`);
}

test('a directive takes the words up to the next flag', () => {
  assert.deepEqual(directives('--port', '7000', '--bind', '127.0.0.1', '-::1', '--dir', '/x'), [
    'port 7000',
    'bind 127.0.0.1 -::1',
    'dir /x',
  ]);
});

test('a value may follow an equals sign', () => {
  assert.deepEqual(directives('--port=7000', '--requirepass=--x'), [
    'port 7000',
    'requirepass --x',
  ]);
});

test('names are known in any case, values keep theirs', () => {
  assert.deepEqual(directives('--MaxMemory', '10MB', '--requirepass', 'Secret'), [
    'maxmemory 10MB',
    'requirepass Secret',
  ]);
});

test('a directive that begins with no- is a name', () => {
  assert.deepEqual(directives('--no-appendfsync-on-rewrite', 'yes'), [
    'no-appendfsync-on-rewrite yes',
  ]);
});

test('numbers below zero are values', () => {
  assert.deepEqual(directives('--slowlog-log-slower-than', '-1'), ['slowlog-log-slower-than -1']);
});

test('one quoted argument may hold the words of a directive', () => {
  assert.deepEqual(directives('--save', '900 1', '--bind', '127.0.0.1 ::1'), [
    'save 900 1',
    'bind 127.0.0.1 ::1',
  ]);
});

test('save without a value, or with an empty one, is save ""', () => {
  const empty = parseOptions(['--save', '--port', '1']).lines[0].words;
  assert.deepEqual(empty, ['']);
  assert.deepEqual(parseOptions(['--save', '']).lines[0].words, ['']);
});

test('listenAddress is bind and port, in the spellings of Go', () => {
  const everywhere = ['port 6379', 'bind * -::*'];
  assert.deepEqual(directives('--listenAddress', ':6379'), everywhere);
  assert.deepEqual(directives('-listenAddress=:6379'), everywhere);
  assert.deepEqual(directives('-listenAddress', ':6379'), everywhere);
  assert.deepEqual(directives('-listenAddress=":6379"'), everywhere);
  assert.deepEqual(directives('--listenAddress', 'localhost:7'), ['port 7', 'bind localhost']);
  assert.deepEqual(directives('--listenAddress', '[::1]:7'), ['port 7', 'bind ::1']);
  assert.deepEqual(directives('--listenAddress', '7000'), ['port 7000']);
});

test('a listenAddress without a port is refused', () => {
  for (const address of ['', 'localhost', 'localhost:', ':70000', 'a:b']) {
    assert.match(refusal('--listenAddress', address), /':port' or 'host:port'/);
  }
});

test('the first argument may be a configuration file', () => {
  const options = parseOptions(['/etc/redis.conf', '--port', '1']);
  assert.equal(options.confFile, '/etc/redis.conf');
  assert.equal(options.readsStdin, false);
  assert.equal(options.lines.length, 1);
});

test('a dash, first or last, reads more configuration from standard input', () => {
  assert.equal(parseOptions(['-']).readsStdin, true);
  const both = parseOptions(['x.conf', '--port', '1', '-']);
  assert.equal(both.readsStdin, true);
  assert.equal(both.confFile, 'x.conf');
  assert.deepEqual(both.lines[0].words, ['1']);
});

test('version, help and healthcheck are modes', () => {
  assert.equal(parseOptions(['--version']).mode, 'version');
  assert.equal(parseOptions(['-v']).mode, 'version');
  assert.equal(parseOptions(['--help']).mode, 'help');
  assert.equal(parseOptions(['-h']).mode, 'help');
  const check = parseOptions(['--healthcheck', '--port', '7']);
  assert.equal(check.mode, 'healthcheck');
  assert.deepEqual(check.lines[0].words, ['7']);
  assert.equal(parseOptions([]).mode, 'run');
});

test('a flag without a value, and a word that is no flag, are refused by name', () => {
  assert.match(refusal('--port'), /--port needs a value/);
  assert.match(refusal('-x'), /'-x' is not a flag/);
});

test('text beyond ASCII reaches the configuration as its bytes', () => {
  assert.deepEqual(parseOptions(['--requirepass', 'ü']).lines[0].words, ['\u00c3\u00bc']);
});
