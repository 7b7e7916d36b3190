// Fields that expire after the clock was set back: the wheel of deadlines is ahead of it then, and
// whoever counts fields must look for himself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCallers } from '../exec/callers.js';

const DAY_MS = 86_400_000;

test('a field that expires after the clock was set back is not counted', async () => {
  const directives = { 'expire-clock': 'wall' };
  await withCallers(async ({ engine, clock, caller }) => {
    const { run } = caller();
    let ms = clock.now();
    clock.now = () => ms;
    await run('HSET', 'h', 'a', '1', 'b', '2', 'c', '3');
    assert.deepEqual(await run('HPEXPIRE', 'h', `${9 * DAY_MS}`, 'FIELDS', '1', 'c'), [1]);
    ms += DAY_MS;
    engine.refreshClock();
    ms -= DAY_MS;
    assert.deepEqual(await run('HPEXPIRE', 'h', '100', 'FIELDS', '2', 'a', 'b'), [1, 1]);
    assert.equal(await run('HLEN', 'h'), 3);
    ms += 200;
    assert.equal(await run('HLEN', 'h'), 1);
    assert.deepEqual(await run('HKEYS', 'h'), ['c']);
  }, directives);
});
