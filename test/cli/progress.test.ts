// Progress of long work: when it shows, and how, on a terminal and elsewhere.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSize, Progress } from '../../cli/progress.js';

function progressAt(isTerminal: boolean) {
  const time = { ms: 0 };
  const drawn: string[] = [];
  const lines: string[] = [];
  const progress = new Progress({
    label: 'Loading',
    clock: { now: () => 0, nowUs: () => 0, monotonicMs: () => time.ms },
    draw: isTerminal ? (text) => drawn.push(text) : null,
    line: (text) => lines.push(text),
  });
  return { time, drawn, lines, progress };
}

test('short work shows nothing', () => {
  for (const isTerminal of [true, false]) {
    const { time, drawn, lines, progress } = progressAt(isTerminal);
    time.ms = 499;
    progress.update(99, 100);
    progress.end();
    assert.deepEqual([...drawn, ...lines], []);
  }
});

test('on a terminal a bar is drawn over itself, and wiped at the end', () => {
  const { time, drawn, lines, progress } = progressAt(true);
  time.ms = 500;
  progress.update(500_000, 1_000_000);
  time.ms = 550;
  progress.update(600_000, 1_000_000);
  progress.end();
  assert.equal(drawn.length, 2);
  const bar = `[${'#'.repeat(15)}${'.'.repeat(15)}]`;
  const text = 'Loading: 50% (500 kB of 1.00 MB, about 1 s left)';
  assert.equal(drawn[0], `\r\u001b[K${bar} ${text}`);
  assert.equal(drawn[1], '\r\u001b[K');
  assert.deepEqual(lines, []);
});

test('elsewhere a line comes every two seconds', () => {
  const { time, drawn, lines, progress } = progressAt(false);
  for (time.ms = 0; time.ms <= 5000; time.ms += 100) progress.update(time.ms, 10_000);
  progress.end();
  assert.equal(lines.length, 3);
  assert.match(lines[0], /^Loading: 5% \(500 B of 10.0 kB, about 10 s left\)$/);
  assert.deepEqual(drawn, []);
});

test('work without a size is not a division by zero', () => {
  const { time, lines, progress } = progressAt(false);
  time.ms = 3000;
  progress.update(0, 0);
  assert.deepEqual(lines, ['Loading: 100% (0 B of 0 B, about 0 s left)']);
});

test('sizes have three significant digits', () => {
  const shown = [0, 999, 1000, 1234, 99_949, 999_499, 999_500, 1.5e9, 2e15].map(formatSize);
  assert.deepEqual(shown, [
    '0 B',
    '999 B',
    '1.00 kB',
    '1.23 kB',
    '99.9 kB',
    '999 kB',
    '1.00 MB',
    '1.50 GB',
    '2000 TB',
  ]);
});
