// How long CLIENT PAUSE holds whom back: until its end, measured by a clock that nobody sets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCallers } from './callers.js';

/** @returns whether a call is answered once everything that can happen now has */
async function isAnswered(call: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(() => setImmediate(resolve, 'waits')));
  return (await Promise.race([call, turn])) !== 'waits';
}

test('PAUSE ALL holds back every command, CLIENT too; PAUSE WRITE those that write', async () => {
  await withCallers(async ({ engine, clock, caller }) => {
    const [one, two] = [caller(), caller()];
    assert.equal(await one.run('CLIENT', 'PAUSE', '100', 'ALL'), 'OK');
    const calls = [one.run('PING'), two.run('CLIENT', 'PAUSE', '5', 'WRITE')];
    clock.advance(99);
    engine.tick();
    for (const call of calls) assert.ok(!(await isAnswered(call)));
    clock.advance(1);
    engine.tick();
    assert.deepEqual(await Promise.all(calls), ['PONG', 'OK']);
    assert.equal(await one.run('GET', 'k'), null);
    const write = one.run('SET', 'k', '1');
    assert.ok(!(await isAnswered(write)));
    assert.equal(await two.run('CLIENT', 'UNPAUSE'), 'OK');
    assert.equal(await write, 'OK');
  });
});

test('a clock that is set back makes no pause longer', async () => {
  const directives = { 'expire-clock': 'wall' };
  await withCallers(async ({ engine, clock, caller }) => {
    const one = caller();
    assert.equal(await one.run('CLIENT', 'PAUSE', '100', 'WRITE'), 'OK');
    const write = one.run('SET', 'k', '1');
    const setBack = clock.now() - 86_400_000;
    clock.now = () => setBack;
    clock.advance(100);
    engine.refreshClock();
    engine.tick();
    assert.equal(await write, 'OK');
  }, directives);
});
