// What the first and the second signal do.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { handleSignals } from '../../cli/signals.js';

function signalled(...signals: string[]): string[] {
  const source = new EventEmitter();
  const done: string[] = [];
  handleSignals(source, {
    stop: (signal) => done.push(`stop ${signal}`),
    abort: () => done.push('abort'),
  });
  for (const signal of signals) source.emit(signal);
  return done;
}

test('the first SIGTERM or SIGINT begins one orderly stop', () => {
  assert.deepEqual(signalled('SIGTERM', 'SIGTERM'), ['stop SIGTERM']);
  assert.deepEqual(signalled('SIGINT'), ['stop SIGINT']);
});

test('a SIGINT during the stop ends the process at once', () => {
  assert.deepEqual(signalled('SIGINT', 'SIGINT'), ['stop SIGINT', 'abort']);
  assert.deepEqual(signalled('SIGTERM', 'SIGINT'), ['stop SIGTERM', 'abort']);
});

test('SIGHUP does nothing', () => {
  assert.deepEqual(signalled('SIGHUP'), []);
});
