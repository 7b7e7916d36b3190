// The lines of the daemon's log: their format, their threshold, their file.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { formatLogLine, LogLines } from '../../cli/log-lines.js';
import { systemClock } from '../../engine/index.js';
import { atEnd } from '../support/at-end.js';

const TIME_MS = new Date(2026, 10, 2, 3, 4, 5, 6).getTime();
const clock = { ...systemClock, now: () => TIME_MS };

function captured(): { lines: string[]; out: Writable } {
  const lines: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, out };
}

test('a line has pid, role, local time, level and message, as Redis writes them', () => {
  const head = { pid: 42, timeMs: TIME_MS };
  const line = (level: 'debug' | 'verbose' | 'notice' | 'warning') =>
    formatLogLine({ ...head, level }, 'hello');
  assert.equal(line('notice'), '42:M 02 Nov 2026 03:04:05.006 * hello');
  assert.equal(line('warning'), '42:M 02 Nov 2026 03:04:05.006 # hello');
  assert.equal(line('verbose'), '42:M 02 Nov 2026 03:04:05.006 - hello');
  assert.equal(line('debug'), '42:M 02 Nov 2026 03:04:05.006 . hello');
});

test('a message cannot forge a second line', () => {
  const line = formatLogLine({ pid: 1, timeMs: TIME_MS, level: 'notice' }, 'a\r\nb\nc');
  assert.match(line, / \* a b c$/);
});

test('lines below the threshold are not written', () => {
  const { lines, out } = captured();
  const logs = new LogLines(clock, 1, out);
  logs.threshold = 'notice';
  logs.write('verbose', 'no');
  logs.write('notice', 'yes');
  logs.threshold = 'nothing';
  logs.write('warning', 'no');
  assert.equal(lines.length, 1);
  assert.match(lines[0], /yes\n$/);
});

test('a log file may be moved away while the server runs', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reddis-logs-'));
  atEnd(t, () => rmSync(dir, { recursive: true }));
  const logs = new LogLines(clock, 1, captured().out);
  logs.file = join(dir, 'log');
  logs.checkFile();
  logs.write('notice', 'one');
  renameSync(logs.file, `${logs.file}.1`);
  logs.write('notice', 'two');
  assert.match(readFileSync(`${logs.file}.1`, 'utf8'), /one\n$/);
  assert.match(readFileSync(logs.file, 'utf8'), /two\n$/);
});

test('lines that the file does not take go to the stream, with one word about it', () => {
  const { lines, out } = captured();
  const logs = new LogLines(clock, 1, out);
  logs.file = join(tmpdir(), 'no', 'such', 'directory', 'log');
  assert.throws(() => logs.checkFile(), /ENOENT/);
  logs.write('notice', 'one');
  logs.write('notice', 'two');
  assert.equal(lines.length, 3);
  assert.match(lines[0], /cannot write/);
  assert.match(lines[2], /two\n$/);
});
